"""What a capture costs at a big model's own width, with random weights.

The denoiser is built from its published configuration, as deep as memory allows; what a pass costs
is then reckoned for all its blocks from the time that its blocks and the rest take, and that is
said. No weights are needed: what attention costs depends on sizes alone. Text encoder and VAE are
left out, so shares are of denoising only; a whole picture takes longer, and the shares are smaller.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import torch

from multiplane.attention.capture import CapturePlan, TokenGroup, capture_attention
from multiplane.attention.steps import choose_steps
from multiplane.contract.errors import InputError
from multiplane.models.facts import ModelProfile
from multiplane.models.families.flux2 import FLUX2_KLEIN
from multiplane.models.families.registry import family
from multiplane.models.families.z_image import Z_IMAGE_TURBO
from multiplane_study.paper_hook import paper_blocks, paper_capture
from multiplane_study.peak_memory import peak_bytes
from multiplane_study.report import Report
from multiplane_study.turns import synchronize

_THREE = (0.4, 0.5, 0.6)
"""Where three blocks lie, as shares of the depth; the paper's are 12, 15 and 18 of 30."""
_PHRASES, _WORDS = 4, 3
"""Phrases of so many tokens each: a usual prompt's."""


@dataclass(frozen=True)
class FullSize:
    """A model's denoiser in its published configuration."""

    profile: ModelProfile
    depth: int  # blocks whose attention can be captured
    build: Callable[
        [int | None], Any
    ]  # the pipeline around a denoiser of so many blocks; None: all
    inputs: Callable[[tuple[int, int], int], dict[str, Any]]  # for (width, height) px, text tokens
    papers_hook: bool  # whether the paper's hook fits its attention


def _z_image(blocks: int | None) -> Any:
    from diffusers import FlowMatchEulerDiscreteScheduler, ZImagePipeline, ZImageTransformer2DModel

    # Its defaults are Z-Image-Turbo's: 30 blocks of 3840 channels and 30 heads, 2 + 2 refiners.
    transformer = ZImageTransformer2DModel(**({} if blocks is None else {"n_layers": blocks}))
    return ZImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=None, text_encoder=None, tokenizer=None, transformer=transformer,
    )  # fmt: skip


def _z_image_inputs(size: tuple[int, int], text: int) -> dict[str, Any]:
    width, height = size
    return {
        "x": [torch.randn(16, 1, height // 8, width // 8)],
        "t": torch.full((1,), 0.5),
        "cap_feats": [torch.randn(text, 2560)],
    }


def _klein(blocks: int | None) -> Any:
    from diffusers import (
        FlowMatchEulerDiscreteScheduler,
        Flux2KleinPipeline,
        Flux2Transformer2DModel,
    )

    # As black-forest-labs publishes it: 5 blocks of two streams and 20 of one. A shallower one
    # keeps one of every five for two.
    double = 5 if blocks is None else max(1, blocks // 5)
    single = 20 if blocks is None else blocks - double
    transformer = Flux2Transformer2DModel(
        num_layers=double,
        num_single_layers=single,
        num_attention_heads=24,
        attention_head_dim=128,
        joint_attention_dim=7680,
        guidance_embeds=False,
    )
    return Flux2KleinPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=None, text_encoder=None, tokenizer=None, transformer=transformer,
    )  # fmt: skip


def _klein_inputs(size: tuple[int, int], text: int) -> dict[str, Any]:
    columns, rows = size[0] // 16, size[1] // 16
    zero = torch.tensor([0])
    places = torch.cartesian_prod(zero, torch.arange(rows), torch.arange(columns), zero)
    words = torch.cartesian_prod(zero, zero, zero, torch.arange(text))
    return {
        "hidden_states": torch.randn(1, rows * columns, 128),
        "timestep": torch.full((1,), 0.5),
        "encoder_hidden_states": torch.randn(1, text, 7680),
        "img_ids": places[None],
        "txt_ids": words[None],
    }


FULL_SIZES: Mapping[str, FullSize] = MappingProxyType(
    {
        "z-image-turbo": FullSize(Z_IMAGE_TURBO, 30, _z_image, _z_image_inputs, True),
        "flux2-klein-4b": FullSize(FLUX2_KLEIN, 25, _klein, _klein_inputs, False),
    }
)


def full_size(name: str) -> FullSize:
    """Raises InputError `study.overhead.size` for a model that is not among `FULL_SIZES`."""
    if name not in FULL_SIZES:
        raise InputError(
            "study.overhead.size",
            "This model's full configuration is not known here.",
            field="--model",
            value=name,
            remedy=f"Known are {', '.join(FULL_SIZES)}.",
        )
    return FULL_SIZES[name]


def that_fit(model: FullSize, free_gb: float) -> int | None:
    """How many blocks are built where so many GiB are free: half of them; None: all."""
    each = 2.0 * model.profile.parameters["transformer"] / model.depth / 2**30
    blocks = max(5, int(0.5 * free_gb / each))
    return None if blocks >= model.depth else blocks


@dataclass(frozen=True)
class Pass:
    """CPU seconds of one pass (on a GPU: of the clock): of the blocks, and of the rest."""

    blocks: float
    rest: float

    @property
    def whole(self) -> float:
        return self.blocks + self.rest


@dataclass(frozen=True)
class Added:
    """What one way of capturing adds to a pass; for the model's whole depth.

    blocks: how many it captures there. share: seconds added by a captured pass over a plain one's.
    of_picture: the same for all the profile's steps, of which few are captured. memory: bytes added
    at the peak, with the blocks that were built.
    """

    blocks: int
    share: float
    of_picture: float
    memory: int


def measure_full_size(
    model: FullSize,
    *,
    blocks: int | None = None,
    size: tuple[int, int] = (1024, 1024),
    text: int = 128,
    device: str = "cpu",
    rounds: int = 3,
    on_round: Callable[[int, int], None] | None = None,
) -> Report:
    """Time and memory of captures in a denoiser of full width, in bfloat16.

    blocks: that are built, at least 5; None: all. size: (width, height) px; text: tokens. rounds:
    of which the medians are taken.
    """
    depth = model.depth if blocks is None else min(blocks, model.depth)
    pipeline, inputs = _built(model, None if depth == model.depth else depth, size, text, device)
    denoiser = pipeline.transformer
    layout = family(model.profile.family).layout
    choice = model.profile.capture
    three = tuple(sorted({round(share * depth) for share in _THREE}))
    own = tuple(sorted({round(block * depth / model.depth) for block in choice.blocks}))
    groups = tuple(
        TokenGroup(f"phrase {n}", tuple(range(10 + n * _WORDS, 10 + (n + 1) * _WORDS)))
        for n in range(_PHRASES)
    )

    def captured(of: tuple[int, ...]) -> Any:
        plan = CapturePlan(groups, of, hops=choice.hops, sharpness=choice.sharpness)
        return capture_attention(pipeline, plan)

    ways: dict[str, tuple[int, int, Callable[[], Any]]] = {
        "capture": (len(own), len(choice.blocks), lambda: captured(own)),
        "three": (len(three), 3, lambda: captured(three)),
        "all": (depth, model.depth, lambda: captured(tuple(range(depth)))),
    }
    if model.papers_hook:
        theirs = paper_blocks(depth)
        # Of three steps its hook stores from the second on.
        ways["paper"] = (len(theirs), 3, lambda: paper_capture(pipeline, theirs, 3))
        ways["paper_all"] = (
            depth, model.depth, lambda: paper_capture(pipeline, tuple(range(depth)), 3),
        )  # fmt: skip

    def once() -> None:
        with torch.no_grad():
            denoiser(**inputs)

    clock = time.perf_counter if device.startswith("cuda") else time.process_time
    plain: list[Pass] = []
    over: dict[str, list[float]] = {name: [] for name in ways}
    memory = {"plain": peak_bytes(device, once)}
    for name, (_, _, way) in ways.items():
        with way(), _warm(name, once):
            memory[name] = peak_bytes(device, once) - memory["plain"]
        gc.collect()
    for number in range(rounds):
        for name, (_, _, way) in ways.items():
            before = _timed(layout.blocks(denoiser), once, clock, device)
            with way(), _warm(name, once):
                with_it = _timed((), once, clock, device)
            over[name].append(with_it.whole - before.whole)
            plain.append(before)
        if on_round is not None:
            on_round(number + 1, rounds)
    of_blocks = statistics.median(one.blocks for one in plain)
    rest = statistics.median(one.rest for one in plain)
    whole = of_blocks * model.depth / depth + rest
    steps = model.profile.steps
    taken = _captured_steps(model.profile)
    added = {}
    for name, (built, full, _) in ways.items():
        share = statistics.median(over[name]) * full / built / whole
        part = 0.5 if name.startswith("paper") else taken / steps
        added[name] = Added(full, share, share * part, memory[name])
    return _report(model, depth, size, text, device, rounds, Pass(of_blocks, rest), added, taken)


def _built(
    model: FullSize, blocks: int | None, size: tuple[int, int], text: int, device: str
) -> tuple[Any, dict[str, Any]]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.bfloat16)
    try:
        with torch.random.fork_rng(devices=[]), torch.device(device):
            torch.manual_seed(0)
            pipeline = model.build(blocks)
            inputs = model.inputs(size, text)
    finally:
        torch.set_default_dtype(before)
    pipeline.transformer.eval()
    return pipeline, inputs


@contextmanager
def _warm(name: str, once: Callable[[], None]) -> Iterator[None]:
    """The paper's hook begins with the second pass."""
    if name.startswith("paper"):
        once()
    with nullcontext():
        yield


def _timed(
    blocks: Sequence[Any], once: Callable[[], None], clock: Callable[[], float], device: str
) -> Pass:
    """A pass, apart from what `blocks` take of it."""
    spent, began = 0.0, 0.0

    def begins(*_: Any) -> None:
        nonlocal began
        synchronize(device)
        began = clock()

    def ends(*_: Any) -> None:
        nonlocal spent
        synchronize(device)
        spent += clock() - began

    hooks = [block.register_forward_pre_hook(begins) for block in blocks]
    hooks += [block.register_forward_hook(ends) for block in blocks]
    try:
        synchronize(device)
        start = clock()
        once()
        synchronize(device)
        whole = clock() - start
    finally:
        for hook in hooks:
            hook.remove()
    return Pass(spent, whole - spent)


def _captured_steps(profile: ModelProfile) -> int:
    """Of the profile's steps those that are captured, as the pipeline's own sigmas lie."""
    from diffusers import FlowMatchEulerDiscreteScheduler

    scheduler = FlowMatchEulerDiscreteScheduler(shift=3.0)
    scheduler.set_timesteps(profile.steps)
    sigmas = [float(sigma) for sigma in scheduler.sigmas[:-1]]
    choice, most = profile.capture, CapturePlan((TokenGroup("any", (0,)),), (0,)).max_steps
    return len(choose_steps(sigmas, choice.sigma_low, choice.sigma_high, most))


_SAID = {
    "capture": "capture, the profile's",
    "three": "capture, three blocks",
    "all": "capture, every block",
    "paper": "paper's hook, three blocks",
    "paper_all": "paper's hook, every block",
}


def _report(
    model: FullSize,
    depth: int,
    size: tuple[int, int],
    text: int,
    device: str,
    rounds: int,
    plain: Pass,
    added: Mapping[str, Added],
    taken: int,
) -> Report:
    name = model.profile.name
    scaled = depth < model.depth
    figures: dict[str, object] = {
        "model": name,
        "weights": "random",
        "dtype": "bfloat16",
        "device": device,
        "threads": torch.get_num_threads(),
        "size": list(size),
        "text_tokens": text,
        "blocks_built": depth,
        "blocks_of_the_model": model.depth,
        "scaled": scaled,
        "rounds": rounds,
        "steps": model.profile.steps,
        "steps_captured": taken,
        "plain_pass_s": {"blocks": plain.blocks, "rest": plain.rest},
        "added": {
            way: {
                "blocks": one.blocks,
                "of_a_captured_pass": one.share,
                "of_a_picture": one.of_picture,
                "peak_bytes": one.memory,
            }
            for way, one in added.items()
        },
    }
    report = Report("overhead_full_size", figures)
    depths = (
        f"{depth} of {model.depth} blocks built, times scaled to all" if scaled else "all blocks"
    )
    report.table(
        f"Capture in {name} at full width, random weights, bfloat16, {size[0]} x {size[1]} px and "
        f"{text} text tokens on {device}; {depths}. Shares of denoising.",
        ("", "blocks", "added to a captured pass", "to a picture", "peak MB added"),
        [
            (
                _SAID[way],
                one.blocks,
                f"{one.share:.2%}",
                f"{one.of_picture:.2%}",
                one.memory / 1e6,
            )
            for way, one in added.items()
        ],
    )
    return report
