"""Preview films, decoded again."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import psutil
import pytest

from multiplane.contract.errors import Failure
from multiplane.deliver.preview import encode
from multiplane.deliver.timeline.rates import exact_rate


def _frames(count: int, width: int = 96, height: int = 64) -> Iterator[np.ndarray]:
    """A grey ramp that moves, with the frame's number as the brightness of a square."""
    for i in range(count):
        frame = np.empty((height, width, 3), np.uint8)
        frame[...] = (np.arange(width) * 2)[None, :, None]
        frame[:32, :32] = 40 + (i * 7) % 180
        yield frame


def _decoded(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as film:
        return [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]


@pytest.mark.parametrize(
    ("fps", "rate"),
    [
        (23.976, Fraction(24000, 1001)),
        (24, Fraction(24)),
        (25.0, Fraction(25)),
        (29.97, Fraction(30000, 1001)),
        (30, Fraction(30)),
        (59.94, Fraction(60000, 1001)),
        (60, Fraction(60)),
        (12.5, Fraction(25, 2)),
        (1, Fraction(1)),
    ],
)
def test_rates_are_exact(fps: float, rate: Fraction, tmp_path: Path) -> None:
    assert exact_rate(fps) == rate
    path = tmp_path / "film.mp4"
    assert encode(path, _frames(7), fps) == 7
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        assert stream.average_rate == rate
        assert stream.frames == 7
        times = [frame.time for frame in film.decode(stream)]
    assert times == [float(i / rate) for i in range(7)]


def test_no_rate() -> None:
    with pytest.raises(ValueError, match="above 0"):
        exact_rate(0)


def test_it_plays_in_browsers(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    encode(path, _frames(30), 24)
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert stream.codec_context.colorspace == 1
        assert not film.streams.audio


def test_every_frame_is_there_in_order_and_in_its_colour(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    encode(path, _frames(50), 24)
    for want, got in zip(_frames(50), _decoded(path), strict=True):
        assert abs(int(got[16, 16, 0]) - int(want[16, 16, 0])) <= 4
        assert np.abs(got.astype(int) - want).mean() < 4


def test_one_buffer_may_carry_every_frame(tmp_path: Path) -> None:
    """What is written next into it does not get into the frames before."""

    def in_one_place() -> Iterator[np.ndarray]:
        buffer = np.empty((64, 96, 3), np.uint8)
        for frame in _frames(30):
            buffer[...] = frame
            yield buffer

    encode(tmp_path / "one.mp4", in_one_place(), 24)
    encode(tmp_path / "own.mp4", _frames(30), 24)
    for one, own in zip(
        _decoded(tmp_path / "one.mp4"), _decoded(tmp_path / "own.mp4"), strict=True
    ):
        np.testing.assert_array_equal(one, own)


def test_colours_are_those_of_the_frames(tmp_path: Path) -> None:
    """Decoded by the tags that the file carries, saturated colours come back (BT.709, limited)."""
    colours = [(200, 30, 40), (20, 180, 60), (40, 60, 210), (250, 250, 250), (5, 5, 5)]
    frame = np.zeros((64, 160, 3), np.uint8)
    for i, colour in enumerate(colours):
        frame[:, i * 32 : (i + 1) * 32] = colour
    path = tmp_path / "film.mp4"
    encode(path, [frame] * 3, 24)
    with av.open(str(path)) as film:
        shown = next(film.decode(video=0)).reformat(format="rgb24", src_colorspace="ITU709")
    for i, colour in enumerate(colours):
        patch = shown.to_ndarray()[24:40, i * 32 + 10 : i * 32 + 22].reshape(-1, 3)
        assert np.abs(patch.mean(axis=0) - colour).max() <= 4, colour


def test_odd_sides_grow_by_a_pixel(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    encode(path, _frames(3, 97, 65), 24)
    frames = _decoded(path)
    assert frames[0].shape == (66, 98, 3)
    assert np.abs(frames[0][40:, -1].astype(int) - 192).max() < 12


def test_frames_with_alpha_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    opaque = [np.dstack([f, np.full(f.shape[:2], 255, np.uint8)]) for f in _frames(3)]
    assert encode(path, opaque, 24) == 3


def test_no_frames_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="at least one frame"):
        encode(tmp_path / "film.mp4", [], 24)


def test_a_film_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        encode(tmp_path / "missing" / "film.mp4", _frames(500), 24)


def test_an_error_while_making_frames_ends_the_film(tmp_path: Path) -> None:
    def broken() -> Iterator[np.ndarray]:
        yield from _frames(2)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        encode(tmp_path / "film.mp4", broken(), 24)


def test_memory_does_not_grow_with_length(tmp_path: Path) -> None:
    process = psutil.Process()
    encode(tmp_path / "warm.mp4", _frames(60, 640, 360), 24)
    used = []
    for count in (60, 600):
        encode(tmp_path / "film.mp4", _frames(count, 640, 360), 24)
        used.append(process.memory_info().rss)
    # 540 more frames would be 370 MB if they were kept.
    assert used[1] - used[0] < 60e6
