"""Previews as animated pictures (WebP, GIF), for pages where no film plays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from multiplane.contract.errors import Failure, InputError
from multiplane.deliver.compositor import Compositor, Painted
from multiplane.deliver.folder import replacing_file
from multiplane.deliver.timeline.rates import exact_rate
from multiplane.stage.shot import Staged

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import OutputContainer
    from av.video import VideoStream

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

    def frame(index: int) -> NDArray[np.uint8]:
        large = compositor.frame(path_of_camera[numbers[index]])
        return np.asarray(cv2.resize(large[..., :3], size, interpolation=cv2.INTER_AREA), np.uint8)

    write_animation(path, frame, len(numbers), comp.fps / step, quality=quality)
    return len(numbers)


def write_animation(
    path: Path,
    frame: Callable[[int], NDArray[np.uint8]],
    count: int,
    fps: float,
    *,
    quality: int = WEBP_QUALITY,
) -> None:
    """Write ``frame(0)`` to ``frame(count - 1)``, each (H, W, 3), as a looping .webp or .gif.

    One frame after the other is asked for and written, so memory does not grow with ``count``. A
    GIF's frames last whole hundredths of a second; the rounding is spread, so that the whole
    keeps its length; its 256 colours are those of first, middle and last frame, because colours
    that change would flicker. Raises InputError, Failure as `animate` does.
    """
    import av

    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise InputError(
            code="deliver.animation.format_unknown",
            message="Animated pictures are written as WebP or GIF.",
            file=str(path),
            value=suffix,
            remedy="Let the name end in {known}.",
            values={"known": " or ".join(FORMATS)},
        )
    if count < 1:
        raise Failure(
            code="deliver.animation.empty", message="An animation needs at least one frame."
        )
    gif = suffix == ".gif"
    times = frame_times_ms(count, fps, gif=gif)
    ms = _GIF_TICK_MS if gif else 1
    palette = _palette([frame(0), frame(count // 2), frame(count - 1)]) if gif else None
    options = {"loop": "0"} | ({"final_delay": str(times[-1] // ms)} if gif else {})
    with (
        replacing_file(path) as fresh,
        av.open(str(fresh), "w", format=suffix[1:], options=options) as file,
    ):
        tick = Fraction(ms, 1000)
        stream: VideoStream | None = None
        for index, start in enumerate(accumulate(times[:-1], initial=0)):
            pixels = frame(index)
            if stream is None:
                size = (pixels.shape[1], pixels.shape[0])
                stream = _stream(file, size, fps, tick, None if gif else quality)
            picture = _picture(pixels, palette)
            picture.pts, picture.time_base = start // ms, tick
            file.mux(stream.encode(picture))
        if stream is not None:
            file.mux(stream.encode(None))


def frame_times_ms(count: int, fps: float, *, gif: bool) -> list[int]:
    """How long each frame is shown, ms, rounded so that their sum is never far from the truth."""
    tick = _GIF_TICK_MS if gif else 1
    starts = [round(index * 1000.0 / fps / tick) * tick for index in range(count + 1)]
    times = [after - before for before, after in pairwise(starts)]
    return [max(time, _GIF_SHORTEST_MS) for time in times] if gif else times


def _stream(
    file: OutputContainer, size: tuple[int, int], fps: float, tick: Fraction, quality: int | None
) -> VideoStream:
    """A stream of ``size`` px; ``quality`` of WebP, None for GIF."""
    rate = exact_rate(fps)
    if quality is None:
        stream = file.add_stream("gif", rate=rate)
        stream.pix_fmt = "pal8"
    else:
        stream = file.add_stream("libwebp_anim", rate=rate)
        stream.pix_fmt = "bgra"
        stream.options = {"quality": str(quality), "compression_level": "4"}
    stream.width, stream.height = size
    stream.time_base = stream.codec_context.time_base = tick
    return stream


def _palette(keys: Sequence[NDArray[np.uint8]]) -> Image.Image:
    """The 256 colours that serve all of ``keys`` best."""
    return Image.fromarray(np.concatenate(keys)).quantize(256, method=Image.Quantize.MEDIANCUT)


def _picture(pixels: NDArray[np.uint8], palette: Image.Image | None) -> VideoFrame:
    from av import VideoFrame

    if palette is None:
        return VideoFrame.from_ndarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGRA), format="bgra")
    few = Image.fromarray(pixels).quantize(palette=palette, dither=Image.Dither.NONE)
    colours = np.full((256, 4), 255, np.uint8)  # alpha, red, green, blue
    own = np.array(palette.getpalette("RGB"), np.uint8).reshape(-1, 3)
    colours[: len(own), 1:] = own
    indexed = (np.asarray(few), colours)
    return VideoFrame.from_ndarray(indexed, format="pal8")  # type: ignore[arg-type]
