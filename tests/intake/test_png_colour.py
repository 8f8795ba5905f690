"""Colours and turns that a file says of itself, and the values that its maker saw."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from multiplane.intake.picture import check_picture, load_cutout, load_picture


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(path: Path, *chunks: bytes, colour: tuple[int, int, int] = (128, 64, 32)) -> Path:
    Image.new("RGB", (32, 18), colour).save(path)
    data = path.read_bytes()
    path.write_bytes(data[:33] + b"".join(chunks) + data[33:])
    return path


def gamma(value: float) -> bytes:
    return chunk(b"gAMA", struct.pack(">I", round(value * 100_000)))


SRGB = chunk(b"sRGB", b"\0")
P3_CHRM = chunk(b"cHRM", struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000))
COLOURS = {
    # Linear light: IEC 61966-2-1 of 128, 64, 32 by 255.
    "linear": ([gamma(1.0)], (188, 137, 99)),
    "old Macintosh": ([gamma(1 / 1.8)], (146, 81, 43)),
    "usual": ([gamma(0.45455)], (128, 64, 32)),
    "sRGB counts before gAMA": ([SRGB, gamma(1.0)], (128, 64, 32)),
    "linear by cICP": ([chunk(b"cICP", bytes((1, 8, 0, 1)))], (188, 137, 99)),
    "cICP counts before gAMA": ([chunk(b"cICP", bytes((1, 13, 0, 1))), gamma(1.0)], (128, 64, 32)),
    # By the matrix of CSS Color 4, worked out by hand.
    "Display P3 by cICP": ([chunk(b"cICP", bytes((12, 13, 0, 1)))], (138, 59, 21)),
    "Display P3 by cHRM": ([gamma(0.45455), P3_CHRM], (138, 59, 21)),
}


@pytest.mark.parametrize("case", COLOURS)
def test_a_png_is_shown_in_its_own_colours(case: str, tmp_path: Path) -> None:
    chunks, expected = COLOURS[case]
    pixels = load_picture(png(tmp_path / "a.png", *chunks))
    assert np.abs(pixels.astype(int) - expected).max() <= 1


def test_high_dynamic_range_is_told(tmp_path: Path) -> None:
    said: list[str] = []
    path = png(tmp_path / "pq.png", chunk(b"cICP", bytes((9, 16, 0, 1))))
    assert load_picture(path, warn=said.append)[0, 0].tolist() == [128, 64, 32]
    assert len(said) == 1
    assert "cannot be shown" in said[0]


def test_white_and_black_stay_as_they_are(tmp_path: Path) -> None:
    for value in (0, 255):
        for chunks, _ in COLOURS.values():
            path = png(tmp_path / "a.png", *chunks, colour=(value,) * 3)
            assert (load_picture(path) == value).all()


def test_one_grey_of_16_bits_may_be_clear(tmp_path: Path) -> None:
    values = np.tile(np.arange(32, dtype=np.uint16) * 2000, (18, 1))
    path = tmp_path / "grey.png"
    Image.fromarray(values).save(path)
    data = path.read_bytes()
    path.write_bytes(data[:33] + chunk(b"tRNS", struct.pack(">H", 4000)) + data[33:])
    alpha = load_cutout(path)[..., 3]
    assert (alpha == np.where(values == 4000, 0, 255)).all()


def test_cmyk_without_a_profile_is_told(tmp_path: Path) -> None:
    said: list[str] = []
    Image.new("CMYK", (32, 18), (0, 200, 200, 0)).save(tmp_path / "a.jpg")
    load_picture(tmp_path / "a.jpg", warn=said.append)
    assert len(said) == 1
    assert "CMYK" in said[0]


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp"])
@pytest.mark.parametrize("turn", range(1, 9))
def test_size_and_pixels_are_upright(turn: int, suffix: str, tmp_path: Path) -> None:
    picture = np.full((48, 80, 3), 255, np.uint8)
    picture[:24, :40] = (220, 0, 0)
    exif = Image.Exif()
    exif[0x0112] = turn
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(picture).save(path, exif=exif)
    seen = load_picture(path)
    assert check_picture(path) == (seen.shape[1], seen.shape[0])
    assert (seen.shape[0] > seen.shape[1]) == (turn >= 5)
    # TIFF 6.0, Orientation: where the first row and the first column are.
    down, right = turn in (3, 4, 7, 8), turn in (2, 3, 6, 7)
    corner = seen[-8 if down else 8, -8 if right else 8]
    assert corner[1] < 60
    assert (seen[..., 1] < 128).mean() == pytest.approx(0.25, abs=0.02)
