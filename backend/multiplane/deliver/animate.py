"""Previews as animated pictures (WebP, GIF), for pages where no film plays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from multiplane.contract.errors import Failure, InputError
from multiplane.deliver.compositor import Compositor, Painted
from multiplane.deliver.folder import replacing_file
from multiplane.stage.shot import Staged

FORMATS = (".webp", ".gif")
WEBP_QUALITY = 80
# GIF counts time in hundredths of a second, and browsers slow anything below two of them.
_GIF_TICK_MS, _GIF_SHORTEST_MS = 10, 20


def animate(
    path: Path,
    staged: Staged,
    layers: Iterable[Painted],
    *,
    width: int = 640,
    fps: float = 24.0,
    there_and_back: bool = True,
    quality: int = WEBP_QUALITY,
) -> int:
    """Film the staged shot as an animated picture that loops; returns the number of frames.

    ``width`` px, the height follows; ``fps`` at most the shot's own. ``there_and_back`` plays the
    move backwards after it, so that the loop has no jump. Raises InputError for a suffix that is
    neither .webp nor .gif, Failure when the file cannot be written.
    """
    comp = staged.comp
    step = max(1, round(comp.fps / fps))
    path_of_camera = staged.path()
    numbers = list(range(0, comp.duration_frames, step))
    if there_and_back:
        numbers += numbers[-2:0:-1]
    compositor = Compositor(staged.planes, tuple(layers), comp, path_of_camera)
    size = (width, max(1, round(width * comp.height / comp.width)))

    def frames() -> Iterator[NDArray[np.uint8]]:
        for number in numbers:
            frame = compositor.frame(path_of_camera[number])
            yield cv2.resize(frame[..., :3], size, interpolation=cv2.INTER_AREA)

    return write_animation(path, frames(), comp.fps / step, quality=quality)


def write_animation(
    path: Path,
    frames: Iterable[NDArray[np.uint8]],
    fps: float,
    *,
    quality: int = WEBP_QUALITY,
) -> int:
    """Write ``frames`` (H, W, 3) as a looping .webp or .gif; returns their number.

    A GIF's frames last whole hundredths of a second; the rounding is spread, so that the whole
    keeps its length. Raises InputError, Failure as `animate` does.
    """
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise InputError(
            code="deliver.animation.format_unknown",
            message="Animated pictures are written as WebP or GIF.",
            file=str(path),
            value=suffix,
            remedy=f"Let the name end in {' or '.join(FORMATS)}.",
        )
    pictures = [Image.fromarray(np.ascontiguousarray(frame)) for frame in frames]
    if not pictures:
        raise Failure(
            code="deliver.animation.empty", message="An animation needs at least one frame."
        )
    durations = frame_times_ms(len(pictures), fps, gif=suffix == ".gif")
    with replacing_file(path) as fresh:
        if suffix == ".gif":
            first, *rest = _one_palette(pictures)
            first.save(
                fresh, format="GIF", save_all=True, append_images=rest, duration=durations, loop=0
            )
        else:
            pictures[0].save(
                fresh,
                format="WEBP",
                save_all=True,
                append_images=pictures[1:],
                duration=durations,
                loop=0,
                quality=quality,
                method=4,
            )
    return len(pictures)


def frame_times_ms(count: int, fps: float, *, gif: bool) -> list[int]:
    """How long each frame is shown, ms, rounded so that their sum is never far from the truth."""
    tick = _GIF_TICK_MS if gif else 1
    starts = [round(index * 1000.0 / fps / tick) * tick for index in range(count + 1)]
    times = [after - before for before, after in pairwise(starts)]
    return [max(time, _GIF_SHORTEST_MS) for time in times] if gif else times


def _one_palette(pictures: list[Image.Image]) -> list[Image.Image]:
    """All in the 256 colours of first, middle and last: a palette that changes would flicker."""
    keys = [pictures[0], pictures[len(pictures) // 2], pictures[-1]]
    sample = Image.new("RGB", (keys[0].width, sum(key.height for key in keys)))
    top = 0
    for key in keys:
        sample.paste(key, (0, top))
        top += key.height
    palette = sample.quantize(256, method=Image.Quantize.MEDIANCUT)
    return [one.quantize(palette=palette, dither=Image.Dither.NONE) for one in pictures]
