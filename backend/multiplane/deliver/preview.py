"""Films of frames: H.264 in MP4 that plays in browsers, with an exact frame count and rate."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.errors import Failure
from multiplane.deliver.compositor import Painted
from multiplane.deliver.film import film
from multiplane.deliver.timeline.rates import exact_rate
from multiplane.deliver.yuv420 import YUV420, ToYuv420
from multiplane.stage.shot import Staged

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import OutputContainer
    from av.video import VideoStream

X264 = {"preset": "superfast", "crf": "20", "bf": "0"}
"""Visually clean. Frames predicted from both sides ("bf") would make the file a quarter smaller and
take a third more of the encoder's time."""
BITS_PER_PIXEL = 0.25
"""Rate for the encoder that knows no constant quality."""
KEY_FRAMES_EVERY_S = Fraction(1, 2)
"""Editing programs decode from the key frame before: with one at the start only, going backwards
through a film sticks."""
_WAITING = 3


def write_preview(
    path: Path,
    staged: Staged,
    layers: Sequence[Painted],
    *,
    timecode: str | None = None,
    motion_samples: int = 1,
    on_frame: Callable[[int, int], None] | None = None,
) -> int:
    """Film the staged shot to ``path`` (.mp4); returns the number of frames.

    ``timecode``: of the first frame, for a timecode track; None: there is none. ``motion_samples``
    > 1 blurs motion by so many instants a frame. ``on_frame(done, total)`` is called after each
    frame. Raises Failure when no H.264 encoder is there, OSError when the file
    cannot be written.
    """
    frames = film(staged, layers, motion_samples=motion_samples, on_frame=on_frame)
    return encode(path, frames, staged.comp.fps, timecode=timecode)


def encode(
    path: Path, frames: Iterable[NDArray[np.uint8]], fps: float, *, timecode: str | None = None
) -> int:
    """Write ``frames`` ((H, W, 3) or (H, W, 4), all of one size) as H.264; returns their number.

    yuv420p in BT.709, constant rate, a key frame every half second, index at the start of the
    file; ``timecode`` as in `write_preview`. An odd side grows by one
    pixel, its last one repeated. Encoding runs beside the making of frames; at most a few frames
    wait, so memory does not grow. What was given as a frame may be changed once the next is asked
    for. Raises Failure (no encoder, no frames) or OSError.
    """
    waiting: queue.Queue[VideoFrame | None] = queue.Queue(_WAITING)
    encoder = _Encoder(path, exact_rate(fps), timecode, waiting)
    yuv = ToYuv420()
    encoder.start()
    try:
        for frame in frames:
            if not encoder.is_alive():
                break
            _put(waiting, yuv.frame(frame), encoder)
    finally:
        _put(waiting, None, encoder)
        encoder.join()
    if encoder.error is not None:
        raise encoder.error
    if not encoder.count:
        raise Failure(code="deliver.preview.empty", message="A film needs at least one frame.")
    return encoder.count


def _put(
    waiting: queue.Queue[VideoFrame | None],
    item: VideoFrame | None,
    encoder: threading.Thread,
) -> None:
    while encoder.is_alive():
        try:
            waiting.put(item, timeout=0.2)
        except queue.Full:
            continue
        return


class _Encoder(threading.Thread):
    """Takes frames from a queue until None comes. An error is kept for the caller."""

    def __init__(
        self,
        path: Path,
        rate: Fraction,
        timecode: str | None,
        waiting: queue.Queue[VideoFrame | None],
    ) -> None:
        super().__init__(name="preview-encoder", daemon=True)
        self.count = 0
        self.error: BaseException | None = None
        self._path, self._rate, self._waiting = path, rate, waiting
        self._timecode = timecode

    def run(self) -> None:
        try:
            first = self._waiting.get()
            if first is not None:
                self._encode(first)
        except BaseException as error:  # handed to the caller's thread
            self.error = error

    def _encode(self, first: VideoFrame) -> None:
        import av

        with av.open(str(self._path), "w", options={"movflags": "+faststart"}) as mp4:
            stream = add_h264(mp4, (first.width, first.height), self._rate)
            if self._timecode is not None:
                stream.metadata["timecode"] = self._timecode  # becomes a tmcd track
            frame: VideoFrame | None = first
            while frame is not None:
                frame.pts, frame.time_base = self.count, 1 / self._rate
                mp4.mux(stream.encode(frame))
                self.count += 1
                frame = self._waiting.get()
            mp4.mux(stream.encode(None))


def add_h264(mp4: OutputContainer, size: tuple[int, int], rate: Fraction) -> VideoStream:
    """A film stream of ``size`` (even, px) in ``mp4``: yuv420p in BT.709, constant rate.

    Raises Failure when no H.264 encoder is there.
    """
    from av.video import VideoStream
    from av.video.reformatter import ColorRange

    name = h264_encoder()
    stream = cast(VideoStream, mp4.add_stream(name, rate=rate))
    stream.width, stream.height, stream.pix_fmt = *size, YUV420
    stream.time_base = 1 / rate
    context = stream.codec_context
    context.color_range = ColorRange.MPEG
    context.colorspace = context.color_primaries = context.color_trc = 1  # BT.709
    context.thread_count = 0
    context.gop_size = max(1, round(rate * KEY_FRAMES_EVERY_S))
    if name == "libx264":
        stream.options = dict(X264)
    else:
        stream.bit_rate = int(size[0] * size[1] * float(rate) * BITS_PER_PIXEL)
    return stream


def h264_encoder() -> str:
    """The best H.264 encoder of the installed FFmpeg. Raises Failure when it has none."""
    import av

    for name in ("libx264", "libopenh264"):
        try:
            av.Codec(name, "w")
        except ValueError:
            continue
        return name
    raise Failure(
        code="deliver.preview.encoder_missing",
        message="The installed PyAV was built without an H.264 encoder (libx264, libopenh264).",
        remedy="Install the ready-made wheel: pip install --force-reinstall --only-binary av av.",
    )
