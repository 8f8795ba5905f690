"""Pictures as artists save them: right colours for the good, clear errors for the bad."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from multiplane.contract.errors import InputError
from multiplane.intake.picture import check_picture, load_picture

SIZE = (40, 24)
COLOURS = np.array([(220, 30, 40), (20, 160, 60), (30, 60, 200), (240, 220, 30)], np.uint8)


def bands() -> NDArray[np.uint8]:
    """Four vertical bands of plain colours, uint8 (24, 40, 3)."""
    return np.repeat(np.repeat(COLOURS[None], 10, axis=1), 24, axis=0)


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_16_bit_rgb(values: NDArray[np.uint16]) -> bytes:
    height, width, _ = values.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + png_chunk(b"IDAT", zlib.compress(rows))
        + png_chunk(b"IEND", b"")
    )


def png_that_claims(width: int, height: int) -> bytes:
    """A small file whose header promises a picture of any size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + png_chunk(b"IDAT", zlib.compress(b"\0" * 64))
        + png_chunk(b"IEND", b"")
    )


def saved(image: Image.Image, path: Path, **options: Any) -> Path:
    image.save(path, **options)
    return path


def assert_bands(picture: NDArray[np.uint8], tolerance: int = 0) -> None:
    assert picture.dtype == np.uint8
    assert picture.shape == (24, 40, 3)
    assert picture.flags["C_CONTIGUOUS"]
    middles = picture[12, 5::10].astype(int)
    assert np.abs(middles - COLOURS.astype(int)).max() <= tolerance


@pytest.mark.parametrize("name", ["a.png", "a.webp", "a.tif", "a.bmp", "a.tga"])
def test_plain_pictures_come_back_exactly(name: str, tmp_path: Path) -> None:
    options = {"lossless": True} if name.endswith("webp") else {}
    path = saved(Image.fromarray(bands()), tmp_path / name, **options)
    assert_bands(load_picture(path))
    assert check_picture(path) == SIZE


def test_names_in_any_script(tmp_path: Path) -> None:
    assert_bands(load_picture(saved(Image.fromarray(bands()), tmp_path / "城 🐉 %41#.png")))


@pytest.mark.parametrize("options", [{"quality": 98}, {"quality": 98, "progressive": True}])
def test_cmyk_jpeg_has_its_colours(options: dict[str, object], tmp_path: Path) -> None:
    image = Image.fromarray(bands()).convert("CMYK")
    assert_bands(load_picture(saved(image, tmp_path / "a.jpg", subsampling=0, **options)), 6)


def test_cmyk_tiff_has_its_colours(tmp_path: Path) -> None:
    image = Image.fromarray(bands()).convert("CMYK")
    assert_bands(load_picture(saved(image, tmp_path / "a.tif")), 1)


def test_sixteen_bit_rgb_is_scaled(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png_16_bit_rgb(bands().astype(np.uint16) * 257))
    assert_bands(load_picture(path))


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_sixteen_bit_grey_is_scaled_not_clipped(name: str, tmp_path: Path) -> None:
    ramp = np.tile(np.linspace(0, 65535, 256).round().astype(np.uint16), (20, 1))
    picture = load_picture(saved(Image.fromarray(ramp), tmp_path / name))
    assert np.array_equal(picture[0, :, 0], np.arange(256))
    assert np.array_equal(picture[..., 0], picture[..., 2])


def test_float_grey_is_scaled(tmp_path: Path) -> None:
    ramp = np.tile(np.linspace(0, 1, 256, dtype=np.float32), (20, 1))
    picture = load_picture(saved(Image.fromarray(ramp), tmp_path / "a.tif"))
    assert np.array_equal(picture[0, :, 1], np.arange(256))


@pytest.mark.parametrize("name", ["a.png", "a.gif"])
def test_palette(name: str, tmp_path: Path) -> None:
    image = Image.fromarray(bands()).quantize(8)
    assert_bands(load_picture(saved(image, tmp_path / name)))


def test_transparent_palette_entry_is_white(tmp_path: Path) -> None:
    image = Image.new("P", SIZE, 1)
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.paste(0, (0, 0, 20, 24))
    picture = load_picture(saved(image, tmp_path / "a.png", transparency=0))
    assert picture[5, 5].tolist() == [255, 255, 255]
    assert picture[5, 30].tolist() == [200, 100, 50]


def test_transparency_lies_over_white(tmp_path: Path) -> None:
    pixels = np.zeros((24, 40, 4), np.uint8)
    pixels[:, :20] = (255, 0, 0, 128)
    picture = load_picture(saved(Image.fromarray(pixels), tmp_path / "a.png"))
    assert np.abs(picture[5, 5].astype(int) - (255, 127, 127)).max() <= 1
    assert picture[5, 30].tolist() == [255, 255, 255]


@pytest.mark.parametrize("mode", ["1", "L", "LA"])
def test_grey_becomes_three_channels(mode: str, tmp_path: Path) -> None:
    picture = load_picture(saved(Image.new("L", SIZE, 255).convert(mode), tmp_path / "a.png"))
    assert picture.shape == (24, 40, 3)
    assert picture.min() == 255


def test_lab_tiff(tmp_path: Path) -> None:
    image = Image.fromarray(bands())
    lab = ImageCms.profileToProfile(
        image, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    assert lab is not None
    assert_bands(load_picture(saved(lab, tmp_path / "a.tif")), 8)


def test_colour_profile_is_followed(tmp_path: Path) -> None:
    # With linear light, 55 of 255 looks as 128 does in sRGB.
    linear = linear_light_profile()
    path = saved(Image.new("RGB", SIZE, (55, 55, 55)), tmp_path / "a.png", icc_profile=linear)
    assert np.abs(load_picture(path)[5, 5].astype(int) - 128).max() <= 2


def linear_light_profile() -> bytes:
    """sRGB's own profile with every tone curve replaced by a straight line."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    tags = struct.unpack(">I", profile[128:132])[0]
    for index in range(tags):
        at = 132 + 12 * index
        signature, offset, size = struct.unpack(">4sII", profile[at : at + 12])
        if signature in (b"rTRC", b"gTRC", b"bTRC"):
            profile[offset : offset + size] = b"curv\0\0\0\0\0\0\0\0".ljust(size, b"\0")
    return bytes(profile)


def test_broken_colour_profile_is_ignored(tmp_path: Path) -> None:
    path = saved(Image.fromarray(bands()), tmp_path / "a.png", icc_profile=b"nonsense" * 20)
    assert_bands(load_picture(path))


def test_orientation_is_applied(tmp_path: Path) -> None:
    image = Image.fromarray(bands())
    exif = image.getexif()
    exif[0x0112] = 6  # the camera was turned: rotate by 90 degrees clockwise
    picture = load_picture(saved(image, tmp_path / "a.png", exif=exif.tobytes()))
    assert picture.shape == (40, 24, 3)
    assert picture[5, 12].tolist() == COLOURS[0].tolist()


@pytest.mark.parametrize("name", ["a.gif", "a.png", "a.webp", "a.tif"])
def test_animation_gives_its_first_frame_and_a_warning(name: str, tmp_path: Path) -> None:
    first = Image.fromarray(bands())
    options: dict[str, Any] = {"lossless": True} if name.endswith("webp") else {}
    others = [Image.new("RGB", SIZE, "black"), Image.new("RGB", SIZE, "blue")]
    path = tmp_path / name
    first.save(path, save_all=True, append_images=others, **options)
    told: list[str] = []
    assert_bands(load_picture(path, warn=told.append), 8)
    assert len(told) == 1
    assert "3 frames" in told[0]
    assert name in told[0]


def test_a_still_picture_warns_of_nothing(tmp_path: Path) -> None:
    told: list[str] = []
    load_picture(saved(Image.fromarray(bands()), tmp_path / "a.png"), warn=told.append)
    assert told == []


def truncated(name: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
        stream = io.BytesIO()
        Image.fromarray(noise).save(stream, name)
        path.write_bytes(stream.getvalue()[: len(stream.getvalue()) // 2])

    return write


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: None, "picture.missing"),
    "folder": (lambda path: path.mkdir(), "picture.missing"),
    "empty": (lambda path: path.write_bytes(b""), "picture.unknown_format"),
    "text": (lambda path: path.write_text("not a picture"), "picture.unknown_format"),
    "svg": (lambda path: path.write_text("<svg/>"), "picture.unknown_format"),
    "truncated png": (truncated("PNG"), "picture.damaged"),
    "truncated jpeg": (truncated("JPEG"), "picture.damaged"),
    "truncated tiff": (truncated("TIFF"), "picture.damaged"),
    "bad data": (lambda path: path.write_bytes(png_that_claims(64, 64)), "picture.damaged"),
    "1x1": (lambda path: Image.new("RGB", (1, 1)).save(path, "PNG"), "picture.too_small"),
    "thin": (lambda path: Image.new("RGB", (900, 15)).save(path, "PNG"), "picture.too_small"),
    "101 MP": (lambda path: path.write_bytes(png_that_claims(10_100, 10_000)), "picture.too_large"),
    "200 MP": (lambda path: path.write_bytes(png_that_claims(20_000, 10_000)), "picture.too_large"),
    "2^31 wide": (
        lambda path: path.write_bytes(png_that_claims(2**31 - 1, 9)),
        "picture.too_large",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_pictures_are_refused_by_name(case: str, tmp_path: Path) -> None:
    write, code = BAD[case]
    path = tmp_path / "drawing.png"
    write(path)
    with pytest.raises(InputError) as caught:
        load_picture(path)
    assert caught.value.code == code
    assert caught.value.file == str(path)
    assert str(path) in str(caught.value)


def test_the_limit_can_be_lowered(tmp_path: Path) -> None:
    path = saved(Image.fromarray(bands()), tmp_path / "a.png")
    with pytest.raises(InputError, match=r"more than 0\.0009 megapixels"):
        load_picture(path, max_pixels=900)


def test_the_file_can_be_replaced_after_reading(tmp_path: Path) -> None:
    path = saved(Image.fromarray(bands()), tmp_path / "a.png")
    load_picture(path)[:] = 0
    path.unlink()
