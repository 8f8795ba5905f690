"""Which of a model's published weights are fetched: the best that fit this computer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from multiplane.contract.known_names import unknown_name
from multiplane.models.facts import ModelProfile, Variant
from multiplane.models.machine import Machine, whole_machine
from multiplane.models.memory import Placement, Situation, plans
from multiplane.models.quantisers import Quantiser, is_encoder

if TYPE_CHECKING:
    from multiplane.models.facts import AnyProfile

AUTO, FULL = "auto", "full"
_AT_ONCE = (Placement.FULL, Placement.ENCODER_FREED)
"""Where no step waits for weights to be moved."""


@dataclass(frozen=True)
class Fitting:
    """variant: None for the model's own weights. why: a sentence; "" where nothing was chosen."""

    variant: Variant | None = None
    why: str = ""


def variant_that_fits(profile: AnyProfile, machine: Machine | None = None) -> Fitting:
    """The best weights with which the model paints without moving weights at every step.

    Where none does, those with which it paints at all; the model's own where nothing helps.
    machine: with all its memory; None: this one. Quantisers count as installed, and reading a
    variant says what is missing.
    """
    if not isinstance(profile, ModelProfile) or not profile.variants:
        return Fitting()
    machine = machine or whole_machine()
    choices: list[Variant | None] = [None, *profile.variants]
    choices = [one for one in choices if _runs_on(one, machine)]
    for at_once in (True, False):
        for choice in choices:
            found = plans(profile, _situation(profile, choice, machine))
            if found and (not at_once or found[0].placement in _AT_ONCE):
                return Fitting(choice, _why(profile, choice, machine, found[0].in_words()))
    return Fitting()


def variant_called(profile: AnyProfile, name: str) -> Fitting:
    """The variant called `name`; "auto" as `variant_that_fits`, "full" the model's own weights.

    Raises InputError `models.variant_unknown`.
    """
    if name == AUTO:
        return variant_that_fits(profile)
    variants = profile.variants if isinstance(profile, ModelProfile) else ()
    known = {one.name: one for one in variants}
    if name == FULL:
        return Fitting()
    if name not in known:
        raise unknown_name(
            "models.variant_unknown", "variant", name, [AUTO, FULL, *known], field="--variant"
        )
    return Fitting(known[name])


def download_bytes(profile: ModelProfile, variant: Variant | None) -> int:
    """About how much is fetched; the hub tells exactly."""
    if variant is None:
        return profile.download_bytes
    stored = _stored(profile, variant)
    return sum(stored.get(name, 2 * count) for name, count in profile.parameters.items())


def _runs_on(variant: Variant | None, machine: Machine) -> bool:
    """Bits of four by bitsandbytes or nunchaku are for NVIDIA's GPUs."""
    return variant is None or variant.package == Quantiser.GGUF or machine.kind == "cuda"


def _stored(profile: ModelProfile, variant: Variant) -> dict[str, int]:
    """Bytes of the components that the variant keeps in fewer bits."""
    return {
        name: round(count * variant.bits / 8)
        for name, count in profile.parameters.items()
        if name in ("transformer", "unet") or (variant.file is None and is_encoder(name))
    }


def _situation(profile: ModelProfile, variant: Variant | None, machine: Machine) -> Situation:
    stored = {} if variant is None else _stored(profile, variant)
    return Situation(machine, stored, packages=frozenset())


def _why(profile: ModelProfile, variant: Variant | None, machine: Machine, plan: str) -> str:
    what = "its full weights fit" if variant is None else f"its variant {variant.name} fits"
    gb = f"{machine.free_device_gb:.0f} GB"
    return f"Of {profile.name} {what} this {machine.device_name} ({gb}) best: {plan}."
