"""Animated pictures, read back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image, ImageSequence

from multiplane.contract.errors import Failure, InputError
from multiplane.deliver.animate import animate, frame_times_ms, write_animation
from tests.deliver.shots import finished


@pytest.mark.parametrize("suffix", [".webp", ".gif"])
def test_a_shot_there_and_back(tmp_path: Path, suffix: str) -> None:
    shot = finished()
    path = tmp_path / f"a{suffix}"
    assert animate(path, shot.staged, shot.layers, width=96) == 16
    image = Image.open(path)
    assert image.size == (96, 54)
    assert image.info["loop"] == 0
    frames = [np.asarray(f.convert("RGB")).astype(int) for f in ImageSequence.Iterator(image)]
    assert len(frames) == 16
    assert np.abs(frames[8] - frames[0]).mean() > 2
    # Frame 9 is frame 7 on the way back.
    assert np.abs(frames[9] - frames[7]).mean() < 2


def test_fewer_frames_a_second(tmp_path: Path) -> None:
    shot = finished()
    path = tmp_path / "a.webp"
    assert animate(path, shot.staged, shot.layers, width=64, fps=8, there_and_back=False) == 3
    assert frame_times_ms(3, 8.0, gif=False) == [125, 125, 125]


def test_rounded_times_keep_the_length() -> None:
    assert sum(frame_times_ms(240, 23.976, gif=False)) == round(240 / 23.976 * 1000)
    assert abs(sum(frame_times_ms(240, 24.0, gif=True)) - 10_000) <= 10
    assert set(frame_times_ms(240, 24.0, gif=True)) == {40, 50}
    assert min(frame_times_ms(9, 120.0, gif=True)) == 20


def test_other_formats_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="WebP or GIF"):
        write_animation(tmp_path / "a.avi", _numbered, 1, 24)
    assert not list(tmp_path.iterdir())


def _numbered(index: int, width: int = 96, height: int = 54) -> np.ndarray:
    """A ramp, and a bar that tells the frame's number by its place."""
    frame = np.empty((height, width, 3), np.uint8)
    frame[...] = np.linspace(20, 200, width)[None, :, None]
    left = 2 * index % (width - 8)
    frame[10:30, left : left + 8] = (250, 120, 0)
    return frame


@pytest.mark.parametrize("suffix", [".webp", ".gif"])
@pytest.mark.parametrize("fps", [12.5, 23.976, 24.0])
def test_every_frame_is_there_for_its_time(tmp_path: Path, suffix: str, fps: float) -> None:
    path = tmp_path / f"a{suffix}"
    write_animation(path, _numbered, 11, fps)
    image = Image.open(path)
    times = []
    for index, frame in enumerate(ImageSequence.Iterator(image)):
        got = np.asarray(frame.convert("RGB")).astype(int)
        assert np.abs(got - _numbered(index)).mean() < 4, index
        times.append(image.info["duration"])
    wanted = frame_times_ms(11, fps, gif=suffix == ".gif")
    assert times[:-1] == wanted[:-1]
    # WebP's encoder gives the last frame the mean of the others.
    assert abs(times[-1] - wanted[-1]) <= (0 if suffix == ".gif" else 1)


@pytest.mark.parametrize("suffix", [".webp", ".gif"])
def test_memory_does_not_grow_with_length(tmp_path: Path, suffix: str) -> None:
    def flat(index: int) -> np.ndarray:
        return np.full((360, 640, 3), index % 200, np.uint8)

    process = psutil.Process()
    write_animation(tmp_path / f"warm{suffix}", flat, 20, 24)
    before = process.memory_info().rss
    write_animation(tmp_path / f"long{suffix}", flat, 300, 24)
    # The frames are 207 MB.
    assert process.memory_info().rss - before < 60e6


@pytest.mark.parametrize("suffix", [".webp", ".gif"])
def test_a_single_frame(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    write_animation(path, _numbered, 1, 24)
    assert Image.open(path).size == (96, 54)


def test_no_frame(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="at least one"):
        write_animation(tmp_path / "a.gif", _numbered, 0, 24)
