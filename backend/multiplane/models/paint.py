"""Painting a picture from words, and showing a picture to the model without painting.

Both run the pipeline's own components in the way of its family, so that a surrounding
`capture_attention` sees the attention of either.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from multiplane.contract.errors import Failure, InputError
from multiplane.models.families.family import Beside, Painting, Repainting, ShownPicture
from multiplane.models.finite import finite
from multiplane.models.load import Painter
from multiplane.models.threads import compute_with

if TYPE_CHECKING:
    from multiplane.models.facts import ModelProfile

OnStep = Callable[[int, int], None]  # (steps done, steps in all)
INTO_PLATE = 0.8
"""Noise on the subjects when they are painted into the plate of a place."""


def picture_size(profile: ModelProfile, aspect: float) -> tuple[int, int]:
    """The (width, height) in px at which the model paints a frame of this aspect (width/height).

    The short side is the model's native one and the long side follows the aspect, both rounded to
    the model's multiple. Frames longer than `longest_aspect` keep the long side that this aspect
    has and get a smaller short side, since models fall apart on strips.
    """
    if not aspect > 0:
        raise ValueError(f"aspect must be positive, got {aspect}")
    multiple, short = profile.size_multiple, profile.native_short_side
    ratio = max(aspect, 1 / aspect)
    long_side = short * min(ratio, profile.longest_aspect)
    short_side = long_side / ratio

    def fit(value: float) -> int:
        return max(multiple * round(value / multiple), multiple * 2)

    sides = (fit(long_side), fit(short_side))
    return sides if aspect >= 1 else (sides[1], sides[0])


def painting_size(painter: Painter, size: tuple[int, int]) -> tuple[int, int]:
    """The (width, height) px at which the memory plan has a picture of `size` painted."""
    scale, multiple = painter.plan.scale, painter.profile.size_multiple
    if scale == 1.0:
        return size
    width, height = (max(2, round(side * scale / multiple)) * multiple for side in size)
    return width, height


def paint(
    painter: Painter,
    prompt: str,
    size: tuple[int, int],
    seed: int,
    *,
    steps: int | None = None,
    guidance: float | None = None,
    references: Sequence[NDArray[np.uint8]] = (),
    beside: Sequence[Beside] = (),
    on_step: OnStep | None = None,
) -> NDArray[np.uint8]:
    """Paint `prompt` at `size` (width, height) px; returns sRGB uint8 (H, W, 3).

    Where the painter's memory plan says so it is painted at `painting_size` and enlarged.

    references: pictures (H, W, 3) of who shall be in it, at most the family's `most_references`.
    beside: what is painted in the same batch and thrown away, for a surrounding `shared_attention`;
    none with references, nor where the family does not `paints_beside`. The noise is drawn on the
    CPU, so that a seed means the same start on every device. Steps and guidance are the profile's
    unless given. `on_step` is called after every step; what it raises stops the painting.

    Raises InputError `models.prompt_too_long` when the model would not read all of the prompt, and
    Failure `models.memory` or `models.picture_not_finite`.
    """
    image = _run(
        painter, prompt, size, seed, steps, guidance, references, beside, on_step, output="np"
    )  # fmt: skip
    return resize(_finite(painter, image[0]), size)


def denoise(
    painter: Painter,
    prompt: str,
    size: tuple[int, int],
    seed: int,
    *,
    steps: int,
    references: Sequence[NDArray[np.uint8]] = (),
    beside: Sequence[Beside] = (),
    on_step: OnStep | None = None,
) -> None:
    """Paint as `paint` does, without making a picture of the latent in the end.

    A surrounding `capture_attention` sees all of it. Raises as `paint`.
    """
    _run(painter, prompt, size, seed, steps, None, references, beside, on_step, output="latent")


def _run(
    painter: Painter,
    prompt: str,
    size: tuple[int, int],
    seed: int,
    steps: int | None,
    guidance: float | None,
    references: Sequence[NDArray[np.uint8]],
    beside: Sequence[Beside],
    on_step: OnStep | None,
    *,
    output: Literal["np", "latent"],
) -> Any:
    import torch

    profile = painter.profile
    all_steps = profile.steps if steps is None else steps
    for words in (prompt, *(one.prompt for one in beside)):
        _check_length(painter, words)

    def step_ended(step: int) -> None:
        if on_step is not None:
            on_step(step + 1, all_steps)

    wanted = Painting(
        prompt=prompt,
        size=painting_size(painter, size),
        seed=seed,
        steps=all_steps,
        guidance=profile.guidance if guidance is None else guidance,
        max_text_tokens=profile.max_text_tokens,
        output=output,
        step_ended=step_ended,
        references=tuple(references),
        beside=tuple(beside),
    )
    if len(wanted.references) > painter.family.most_references:
        raise ValueError(f"{painter.family.name} takes {painter.family.most_references} references")
    if wanted.beside and (wanted.references or not painter.family.paints_beside):
        raise ValueError(f"{painter.family.name} paints nothing beside, or not with references")
    compute_with(profile.cpu_threads)
    try:
        return painter.family.paint(painter.pipeline, wanted)
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise _out_of_memory(painter) from error


def steps_into_plate(profile: ModelProfile) -> int:
    """How many steps it takes at most to paint subjects into a plate."""
    return math.ceil(profile.steps * INTO_PLATE)


def repainting(painter: Painter) -> Painter:
    """The painter with its family's inpainting pipeline, for a capture of what `repaint` does.

    Raises InputError `models.repaints_nothing` where the family has none.
    """
    return replace(painter, pipeline=painter.family.repainting(painter.pipeline))


def repaint(
    painter: Painter,
    picture: NDArray[np.uint8],
    hole: NDArray[np.bool_],
    prompt: str,
    seed: int,
    *,
    strength: float,
    on_step: OnStep | None = None,
) -> NDArray[np.uint8]:
    """`picture` (H, W, 3), of any size, with `hole` (H, W) painted anew after `prompt`.

    It is painted at the model's own size and enlarged; outside of the hole the picture comes back
    as it was. What is in the hole already is where the painting starts from, the less so the
    larger `strength` (0..1] is, and the more of the profile's steps are made. `on_step` as in
    `paint`. Raises as `paint` and `repainting`.
    """
    import torch

    profile = painter.profile
    _check_length(painter, prompt)
    height, width = hole.shape
    size = painting_size(painter, picture_size(profile, width / height))
    made = max(1, math.ceil(profile.steps * strength))  # at most: pipelines round either way

    def step_ended(step: int) -> None:
        if on_step is not None:
            on_step(step + 1, made)

    whole = Image.fromarray(hole.astype(np.uint8) * np.uint8(255))
    small = np.asarray(whole.resize(size, Image.Resampling.BOX))
    wanted = Painting(
        prompt=prompt,
        size=size,
        seed=seed,
        steps=profile.steps,
        guidance=profile.guidance,
        max_text_tokens=profile.max_text_tokens,
        output="np",
        step_ended=step_ended,
    )
    part = Repainting(wanted, resize(picture, size), small > 0, strength)
    compute_with(profile.cpu_threads)
    try:
        image = painter.family.repaint(painter.pipeline, part)
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise _out_of_memory(painter) from error
    painted = _finite(painter, image[0])
    return np.where(hole[..., None], resize(painted, (width, height)), picture)


def single_pass(
    painter: Painter, picture: NDArray[np.uint8], prompt: str, *, sigma: float, seed: int
) -> None:
    """Show a picture to the model: one forward pass at noise level `sigma` with `prompt`.

    The picture (uint8 (H, W, 3), any size) is brought to the model's own size, encoded, and noised
    as its family does, 0 < sigma < 1. What the model predicts is thrown away; a surrounding
    `capture_attention` keeps what it attended to. Call it with several seeds inside one capture to
    average over noise.

    Raises InputError `models.prompt_too_long`, Failure `models.memory`.
    """
    import torch

    if not 0.0 < sigma < 1.0:
        raise ValueError(f"sigma must lie between 0 and 1, got {sigma}")
    _check_length(painter, prompt)
    height, width = picture.shape[:2]
    size = painting_size(painter, picture_size(painter.profile, width / height))
    sized = resize(picture, size)
    shown = ShownPicture(sized, prompt, sigma, seed, painter.profile.max_text_tokens)
    compute_with(painter.profile.cpu_threads)
    try:
        with torch.no_grad():
            painter.family.single_pass(painter.pipeline, shown)
        painter.pipeline.maybe_free_model_hooks()
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise _out_of_memory(painter) from error


def resize(picture: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """A picture (H, W, 3) at another (width, height), by Lanczos filtering."""
    if (picture.shape[1], picture.shape[0]) == tuple(size):
        return picture
    return np.array(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS))


def _finite(painter: Painter, image: Any) -> NDArray[np.uint8]:
    """A picture in 0..1 as sRGB bytes (H, W, 3). Raises Failure `models.picture_not_finite`."""
    picture = finite(image, painter.profile.name)
    return np.rint(picture * 255.0).clip(0, 255).astype(np.uint8)


def _check_length(painter: Painter, prompt: str) -> None:
    count = painter.reader.length(prompt)
    most = painter.profile.max_text_tokens
    if count > most:
        raise InputError(
            code="models.prompt_too_long",
            message="The prompt is {count} tokens long; {model} reads {most}.",
            value=prompt[:60] + "…",
            remedy="Shorten the prompt, or split the shot in two.",
            values={"count": count, "model": painter.profile.name, "most": most},
        )


def _out_of_memory(painter: Painter) -> Failure:
    return Failure(
        code="models.memory",
        message="{model} ran out of memory on {device}.",
        value=painter.profile.name,
        remedy="Close other programs that use the GPU, or use --model storyboard-mini.",
        values={"model": painter.profile.name, "device": str(painter.device)},
    )
