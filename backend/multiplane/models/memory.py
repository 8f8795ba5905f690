"""Memory plans: the ways to lay a model out, and which of them fit a machine.

A plan says how the weights are kept, which of them are on the device at a time, whether the text
encoder makes room for the rest, whether the VAE works in tiles, and whether the picture is painted
smaller and enlarged. What a plan needs is predicted from parameters, dtype and tokens, and put
right by what was measured (`multiplane.models.measured`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import product

from multiplane.contract.errors import Failure
from multiplane.contract.told_values import Value
from multiplane.models.facts import ModelProfile, bytes_of
from multiplane.models.machine import Machine
from multiplane.models.quantisers import (
    BY_LOADING,
    Quantiser,
    Weights,
    computes_in,
    is_encoder,
    is_missing,
    is_quantised,
)

_GIB = 1024**3


class Placement(StrEnum):
    """How a pipeline's components share the device's memory, fastest first."""

    FULL = "full"  # everything on the device
    ENCODER_FREED = "text encoder freed"  # it is read anew for every new prompt
    MODEL_OFFLOAD = "model offload"  # one component on the device at a time
    GROUP_OFFLOAD = "group offload"  # a few blocks at a time


@dataclass(frozen=True)
class MemoryPlan:
    """One way to lay a model out."""

    weights: Weights = Weights.FULL
    placement: Placement = Placement.FULL
    tiled: bool = False  # the VAE works tile by tile: seams too faint to see
    scale: float = 1.0  # of the picture's sides while it is painted; it is enlarged afterwards

    @property
    def is_plain(self) -> bool:
        """Whether the picture is to the bit what it is with memory for everything."""
        return self.weights is Weights.FULL and not self.tiled and self.scale == 1.0

    def in_words(self) -> str:
        """Such as "8-bit weights, one component on the device at a time, VAE in tiles"."""
        said = [_WEIGHTS[self.weights], _PLACEMENTS[self.placement]]
        said += ["VAE in tiles"] if self.tiled else []
        said += [f"painted at {self.scale:.0%} and enlarged"] if self.scale < 1.0 else []
        return ", ".join(said)


PLAIN = MemoryPlan()
"""Everything on the device, as it is."""

_WEIGHTS: Mapping[Weights, str] = {
    Weights.FULL: "full weights",
    Weights.HALF: "bfloat16 weights",
    Weights.INT8: "8-bit weights",
    Weights.NF4: "4-bit weights",
    Weights.STORED: "quantised weights",
}
_PLACEMENTS: Mapping[Placement, str] = {
    Placement.FULL: "all on the device",
    Placement.ENCODER_FREED: "text encoder freed before painting",
    Placement.MODEL_OFFLOAD: "one component on the device at a time",
    Placement.GROUP_OFFLOAD: "a few blocks on the device at a time",
}
_SCALES = (1.0, 0.75, 0.5)
_TILED = 0.6
"""Share of the working memory that is left where the VAE works in tiles."""
_BYTES: Mapping[Weights, float] = {
    Weights.INT8: 1.03,  # with a scale for each row
    Weights.NF4: 0.53,  # with a scale for each 64 values, quantised itself
}
_GROUPS = 12
"""Of so many parts a denoiser has two on the device under group offload, at the least."""
_LESS = 0.95
"""What the next plan may need of what the last one did; nearer ones are no help."""


@dataclass(frozen=True)
class Need:
    """Predicted memory of a plan at its peak, in GiB. On cpu and mps both are the same memory."""

    device: float
    ram: float


@dataclass(frozen=True)
class Situation:
    """What decides about plans beside the model's facts.

    stored: bytes of components whose weights are kept quantised in the model's files. correction:
    what was measured above the prediction (GiB; below it: negative). packages: of quantisers that
    are taken as installed; None: those that are.
    """

    machine: Machine
    stored: Mapping[str, int] = field(default_factory=dict, hash=False)
    correction: float = 0.0
    packages: frozenset[Quantiser] | None = None

    def uncorrected(self) -> Situation:
        """As if nothing had been measured."""
        return replace(self, correction=0.0)


def plans(profile: ModelProfile, situation: Situation) -> tuple[MemoryPlan, ...]:
    """The plans that fit, best first; each needs less of the device's memory than the one before.

    Quality goes first: full weights at the model's own size before quantised ones, and those
    before a smaller picture; among equals the fastest. Where memory runs out with one, the next is
    taken.
    """
    machine = situation.machine
    fitting: list[MemoryPlan] = []
    least = float("inf")
    for plan in _candidates(profile, situation):
        wanted = need(profile, plan, situation)
        if wanted.device > machine.free_device_gb or wanted.ram > machine.free_ram_gb:
            continue
        if not fitting or wanted.device < least * _LESS:
            fitting.append(plan)
            least = wanted.device
    return tuple(fitting)


def plan(profile: ModelProfile, situation: Situation, lacks: int = 0) -> MemoryPlan:
    """The plan after memory has run out `lacks` times.

    Raises Failure `models.memory`: with what is needed and what is free where no plan fits, or
    with what was tried when none is left.
    """
    fitting = plans(profile, situation)
    if lacks < len(fitting):
        return fitting[lacks]
    machine = situation.machine
    if fitting:
        raise Failure(
            code="models.memory",
            message="{model} ran out of memory on the {device} however little of it was loaded, at "
            "last with {plan}.",
            value=profile.name,
            remedy="Close other programs, or use --model storyboard-mini.",
            values={
                "model": profile.name,
                "device": machine.device_name,
                "plan": fitting[-1].in_words(),
            },
        )
    free: dict[str, Value] = {
        "free": round(machine.free_device_gb, 1),
        "device": machine.device_name,
    }
    if machine.kind == "cuda":
        free["ram"] = round(machine.free_ram_gb, 1)
    helps = _helps(profile, situation)
    leanest = min(
        (need(profile, one, situation) for one in _candidates(profile, situation)),
        key=lambda needed: needed.device,
    )
    raise Failure(
        code="models.memory",
        message="{model} needs about {need} GB of memory, and {least} GB at the least; {free} GB "
        "is free on the {device} and {ram} GB in RAM."
        if machine.kind == "cuda"
        else "{model} needs about {need} GB of memory, and {least} GB at the least; {free} GB is "
        "free on the {device}.",
        value=profile.name,
        remedy="Install {package} into Multiplane's environment (pip install {package}): it "
        "would fit with {plan}. Or: close other programs, or use --model storyboard-mini, or "
        "--model auto."
        if helps
        else "Close other programs, or use --model storyboard-mini, or --model auto.",
        values={
            "model": profile.name,
            "need": round(profile_gb(profile, machine.kind), 1),
            "least": round(leanest.device, 1),
            **free,
            **helps,
        },
    )


def need(profile: ModelProfile, plan: MemoryPlan, situation: Situation) -> Need:
    """What the plan is predicted to need at its peak."""
    kind = situation.machine.kind
    sizes = {name: component_gb(profile, name, plan, situation) for name in profile.parameters}
    whole, encoders = sum(sizes.values()), sum(sizes[name] for name in sizes if is_encoder(name))
    working = profile.working_gb * plan.scale**2 * (_TILED if plan.tiled else 1.0)
    working = max(0.1, working + situation.correction)
    match plan.placement:
        case Placement.FULL:
            device = whole + working
        case Placement.ENCODER_FREED:
            device = max(encoders + 0.5, whole - encoders + working)
        case Placement.MODEL_OFFLOAD:
            device = max(sizes.values()) + working
        case Placement.GROUP_OFFLOAD:
            device = 2.0 * max(sizes.values()) / _GROUPS + working
    if kind != "cuda":
        return Need(device, device)
    offloads = plan.placement in (Placement.MODEL_OFFLOAD, Placement.GROUP_OFFLOAD)
    return Need(device, whole + 1.0 if offloads else 0.0)


def profile_gb(profile: ModelProfile, kind: str) -> float:
    """GiB of the whole model at once, as it is best."""
    return profile.memory_gb(profile.dtype(kind))


def component_gb(profile: ModelProfile, name: str, plan: MemoryPlan, situation: Situation) -> float:
    """GiB of a component's weights under the plan."""
    if name in situation.stored:
        return situation.stored[name] / _GIB
    values = profile.parameters[name]
    if plan.weights in _BYTES and is_quantised(name):
        return values * _BYTES[plan.weights] / _GIB
    kind = situation.machine.kind
    return values * bytes_of(computes_in(plan.weights, profile.dtype(kind), kind)) / _GIB


def _candidates(profile: ModelProfile, situation: Situation) -> Iterator[MemoryPlan]:
    """Every plan that the machine can carry out, best first, whether it fits or not."""
    kind = situation.machine.kind
    offloads = [*Placement] if kind == "cuda" else [Placement.FULL, Placement.ENCODER_FREED]
    if not any(is_encoder(name) for name in profile.parameters):
        offloads.remove(Placement.ENCODER_FREED)
    for scale, weights in product(_SCALES, _weights(situation)):
        for placement, tiled in product(offloads, (False, True)):
            # What bitsandbytes has quantised stays whole.
            if not (weights is Weights.NF4 and placement is Placement.GROUP_OFFLOAD):
                yield MemoryPlan(weights, placement, tiled, scale)


def _weights(situation: Situation) -> list[Weights]:
    if situation.stored:
        return [Weights.STORED]
    kind = situation.machine.kind
    wanted = {"cpu": [Weights.HALF, Weights.INT8], "cuda": [Weights.INT8, Weights.NF4]}
    there = situation.packages
    return [
        Weights.FULL,
        *(
            one
            for one in wanted.get(kind, [])
            if one not in BY_LOADING
            or (not is_missing(BY_LOADING[one]) if there is None else BY_LOADING[one] in there)
        ),
    ]  # fmt: skip


def _helps(profile: ModelProfile, situation: Situation) -> dict[str, str]:
    """A package that is missing and the plan that fits with it, where there is one."""
    for quantiser in Quantiser:
        would = replace(situation, packages=frozenset({quantiser}))
        better = plans(profile, would)
        if better and is_missing(quantiser):
            return {"package": str(quantiser), "plan": better[0].in_words()}
    return {}
