"""Animated pictures, read back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from multiplane.contract.errors import InputError
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
        write_animation(tmp_path / "a.avi", [np.zeros((4, 4, 3), np.uint8)], 24)
