"""Films that are finished, as parts of a longer one: their frames, or their packets as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from multiplane.deliver.result_files import open_film
from multiplane.deliver.yuv420 import YUV420

if TYPE_CHECKING:
    from av import Packet, VideoFrame
    from av.container import OutputContainer
    from av.video import VideoStream

_BLACK, _GREY = 16, 128


@dataclass(frozen=True)
class FilmFile:
    """A finished film, and how many of its frames are wanted."""

    path: Path
    frames: int


class NotAlike(Exception):
    """Films that do not fit together without encoding."""


def frames_of(film: FilmFile, size: tuple[int, int], rate: Fraction) -> Iterator[VideoFrame]:
    """Exactly ``film.frames`` frames at ``rate``, yuv420p, of ``size`` (even, px).

    A film of another size is fitted in, with black around it; of another rate: the frame that is
    on the screen at the time; a shorter one holds its last frame. Each frame is the caller's own.
    Raises what PyAV raises when there is not even a first frame.
    """
    import av

    done = 0
    held: VideoFrame | None = None
    try:
        for held_next in _conformed(film.path, size, rate):
            if held is not None:
                yield held
                done += 1
                if done == film.frames:
                    return
            held = held_next
    except av.FFmpegError:
        # Damaged further on: what there is, is shown.
        if held is None:
            raise
    if held is None:
        raise ValueError("there is no frame in it")
    yield from still(held, film.frames - done)


def still(frame: VideoFrame, count: int) -> Iterator[VideoFrame]:
    """``count`` frames with the picture of a yuv420p ``frame``, each the caller's own."""
    import av

    pixels = _pixels(frame)
    for _ in range(count):
        yield av.VideoFrame.from_ndarray(pixels, format=YUV420)


def join(
    mp4: OutputContainer, films: Sequence[FilmFile], size: tuple[int, int], rate: Fraction
) -> Iterator[Packet]:
    """The packets of ``films`` one after the other, for a new stream of ``mp4``, not encoded anew.

    Raises NotAlike, before the first packet wherever it can be seen there, when the films differ
    in what a decoder has to know, or one of them is not as long as wanted.
    """

    _check_alike(films, size, rate)
    out: VideoStream | None = None
    start, latest = 0, -(2**31)
    for film in films:
        with open_film(film.path) as file:
            source = file.streams.video[0]
            if out is None:
                out = mp4.add_stream_from_template(source)
                out.time_base = 1 / rate
                # The first film's own; the whole begins at nought.
                out.metadata.pop("timecode", None)
            for packet in file.demux(source):
                if packet.pts is None or packet.dts is None or packet.time_base is None:
                    continue  # the demuxer's last word
                tick = packet.time_base * rate
                packet.pts = start + round(packet.pts * tick)
                packet.dts = start + round(packet.dts * tick)
                packet.duration = 1
                packet.time_base, packet.stream = 1 / rate, out
                if packet.dts <= latest:
                    raise NotAlike(f"{film.path} is decoded in another order")
                latest = packet.dts
                yield packet
        start += film.frames


def _check_alike(films: Sequence[FilmFile], size: tuple[int, int], rate: Fraction) -> None:
    import av

    first: bytes | None = None
    for film in films:
        try:
            with open_film(film.path) as file:
                stream = file.streams.video[0]
                context = stream.codec_context
                told = context.extradata
                fits = (
                    context.name == "h264"
                    and context.pix_fmt == YUV420
                    and (stream.width, stream.height) == size
                    and (stream.frames, stream.average_rate) == (film.frames, rate)
                )
        except (av.FFmpegError, OSError, IndexError) as error:
            raise NotAlike(f"{film.path} cannot be read") from error
        first = first or told
        if not fits or not told or told != first:
            raise NotAlike(f"{film.path} is of another kind")


def _conformed(path: Path, size: tuple[int, int], rate: Fraction) -> Iterator[VideoFrame]:

    with open_film(path) as file:
        stream = file.streams.video[0]
        stream.thread_type = "AUTO"
        own = stream.average_rate or rate
        done = 0
        for number, frame in enumerate(file.decode(stream)):
            fitted = _fitted(frame, size)
            if own == rate:
                yield fitted
                continue
            count = 0
            while int((done + count) * own / rate) == number:
                count += 1
            done += count
            yield from still(fitted, count)


def _pixels(frame: VideoFrame) -> NDArray[np.uint8]:
    return np.asarray(frame.to_ndarray(), np.uint8)


def _fitted(frame: VideoFrame, size: tuple[int, int]) -> VideoFrame:
    if (frame.width, frame.height, frame.format.name) == (*size, YUV420):
        return frame
    import av

    scale = min(size[0] / frame.width, size[1] / frame.height)
    w, h = (max(2, round(side * scale / 2) * 2) for side in (frame.width, frame.height))
    small = _pixels(frame.reformat(width=w, height=h, format=YUV420, interpolation="AREA"))
    width, height = size
    x, y = (width - w) // 4 * 2, (height - h) // 4 * 2
    whole = np.full((height * 3 // 2, width), _GREY, np.uint8)
    whole[:height] = _BLACK
    whole[y : y + h, x : x + w] = small[:h]
    for index in range(2):
        chroma = whole[height:].reshape(2, height // 2, width // 2)[index]
        part = small[h:].reshape(2, h // 2, w // 2)[index]
        chroma[y // 2 : (y + h) // 2, x // 2 : (x + w) // 2] = part
    return av.VideoFrame.from_ndarray(whole, format=YUV420)
