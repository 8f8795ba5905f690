"""Half a Photoshop file is refused, wherever it ends; a whole one of any kind is not."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from psd_tools import PSDImage
from psd_tools.constants import Compression

from multiplane.contract.errors import InputError
from multiplane.intake.picture import check_picture, load_cutout, load_picture
from multiplane.intake.psd_whole import what_is_missing

SIZE = (40, 24)
HEADER = struct.Struct(">4sH6xHIIHH")


def whole(mode: str = "RGB", compression: Compression = Compression.RLE) -> bytes:
    document = PSDImage.new(mode, SIZE, compression=compression)
    rng = np.random.default_rng(4)
    for name in ("a", "b"):
        noise = rng.integers(0, 256, (SIZE[1], SIZE[0], 3), np.uint8)
        document.create_pixel_layer(Image.fromarray(noise), name=name, compression=compression)
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def bare(version: int, depth: int, compression: int, pixels: bytes) -> bytes:
    """A file of nothing but a merged picture, PSB for version 2."""
    layers = struct.pack(">Q" if version == 2 else ">I", 0)
    head = HEADER.pack(b"8BPS", version, 3, SIZE[1], SIZE[0], depth, 3)
    return head + struct.pack(">II", 0, 0) + layers + struct.pack(">H", compression) + pixels


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("compression", [Compression.RAW, Compression.RLE, Compression.ZIP])
def test_a_whole_file_is_taken_and_every_part_of_it_refused(
    tmp_path: Path, mode: str, compression: Compression
) -> None:
    content, path = whole(mode, compression), tmp_path / "a.psd"
    path.write_bytes(content)
    assert check_picture(path) == SIZE
    assert load_picture(path).shape == (*SIZE[::-1], 3)
    for length in [*range(HEADER.size, len(content) - 1, 97), len(content) - 1]:
        path.write_bytes(content[:length])
        for read in (check_picture, load_picture, load_cutout):
            with pytest.raises(InputError, match="first part") as caught:
                read(path)
        assert caught.value.code == "picture.incomplete"
        assert caught.value.file == str(path)
        assert caught.value.remedy


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("depth", [1, 8, 16, 32])
@pytest.mark.parametrize("compression", range(4))
def test_pixels_of_every_kind_are_counted(version: int, depth: int, compression: int) -> None:
    width, height = SIZE
    row = width * depth // 8
    if compression == 0:
        pixels = bytes(3 * height * row)
    elif compression == 1:
        table = struct.pack(f">{3 * height}{'I' if version == 2 else 'H'}", *[5] * 3 * height)
        pixels = table + bytes(5 * 3 * height)
    else:
        pixels = zlib.compress(np.random.default_rng(1).bytes(3 * height * row))
    content = bare(version, depth, compression, pixels)

    def missing(length: int) -> str | None:
        return what_is_missing(io.BytesIO(content[:length]), length)

    assert missing(len(content)) is None
    assert missing(len(content) - 1) == "it ends within its merged picture"
    assert missing(HEADER.size + 2) == "it ends within its colours"
    assert missing(HEADER.size + 6) == "it ends within its resources"
    assert missing(HEADER.size + 9) == "it ends within its layers"


def test_lengths_that_lie_cost_nothing(tmp_path: Path) -> None:
    """No memory is taken for what the file says it has, only for what it has."""
    path = tmp_path / "a.psd"
    for section in range(3):
        lengths = [0, 0, 0]
        lengths[section] = 2**32 - 1
        path.write_bytes(HEADER.pack(b"8BPS", 1, 3, 64, 64, 8, 3) + struct.pack(">III", *lengths))
        with pytest.raises(InputError, match="first part"):
            check_picture(path)
    path.write_bytes(HEADER.pack(b"8BPS", 1, 65535, 5000, 5000, 8, 3) + bytes(12) + b"\0\1")
    with pytest.raises(InputError, match="first part"):
        check_picture(path)
    bomb = zlib.compress(bytes(2**26), 9)
    assert what_is_missing(io.BytesIO(bare(1, 8, 2, bomb)), len(bomb) + 60) is None
