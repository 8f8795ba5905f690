"""Formats of pictures: one list, for everything that reads, names or refuses them."""

from __future__ import annotations

import ast
import os
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import multiplane
from multiplane.contract.errors import InputError
from multiplane.intake.picture import check_picture, load_cutout, load_picture
from multiplane.intake.picture_formats import FORMATS, NAMES, SUFFIXES, is_heic
from multiplane.intake.read_storyboard import load_storyboard, read_storyboard
from multiplane.intake.reading import find_format
from tests.intake.test_picture import png_that_claims

HEIC = Path(__file__).parent / "samples" / "red_blue.heic"
"""64 x 48 px, red on the left and blue on the right."""

# Pillow writes all but two of them: by the name that a file may have, its format there.
WRITTEN = {
    ".png": "PNG", ".apng": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".jpe": "JPEG",
    ".jfif": "JPEG", ".jif": "JPEG", ".mpo": "MPO", ".tif": "TIFF", ".tiff": "TIFF",
    ".webp": "WEBP", ".avif": "AVIF", ".jp2": "JPEG2000", ".j2k": "JPEG2000", ".gif": "GIF",
    ".bmp": "BMP", ".ppm": "PPM", ".pgm": "PPM", ".tga": "TGA",
}  # fmt: skip


def half_red_half_blue() -> Image.Image:
    pixels = np.zeros((48, 64, 3), np.uint8)
    pixels[:, :32], pixels[:, 32:] = (220, 40, 30), (30, 60, 200)
    return Image.fromarray(pixels)


def picture_called(folder: Path, suffix: str) -> Path:
    path = folder / f"dog{suffix}"
    if suffix in (".heic", ".heif", ".hif"):
        path.write_bytes(HEIC.read_bytes())
    else:
        half_red_half_blue().save(path, WRITTEN[suffix])
    return path


def assert_red_and_blue(pixels: np.ndarray) -> None:
    assert pixels.shape[:2] == (48, 64)
    for column, colour in ((8, (220, 40, 30)), (56, (30, 60, 200))):
        np.testing.assert_allclose(pixels[24, column, :3].astype(int), colour, atol=12)


@pytest.mark.parametrize("suffix", [*WRITTEN, ".heic", ".heif", ".hif"])
def test_every_format_alone_in_a_folder_and_in_a_storyboard(suffix: str, tmp_path: Path) -> None:
    path = picture_called(tmp_path, suffix)
    assert suffix in SUFFIXES
    assert check_picture(path) == (64, 48)
    assert_red_and_blue(load_picture(path))
    assert_red_and_blue(load_cutout(path))
    (in_folder,) = read_storyboard(tmp_path).storyboard.shots
    (alone,) = read_storyboard(path).storyboard.shots
    document = {"shots": [{"picture": path.name}]}
    (named,) = load_storyboard(document, folder=tmp_path).storyboard.shots
    assert in_folder.picture == alone.picture == named.picture == path.name


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".heic", ".avif", ".webp"])
def test_the_content_decides_and_not_the_name(suffix: str, tmp_path: Path) -> None:
    other = picture_called(tmp_path, suffix).rename(tmp_path / "dog.png")
    assert_red_and_blue(load_picture(other))


def test_the_readme_names_the_formats() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert NAMES in " ".join(readme.split())


def test_every_suffix_is_read_as_a_storyboard_of_pictures(tmp_path: Path) -> None:
    for suffix in SUFFIXES:
        path = tmp_path / f"a{suffix}"
        path.touch()
        assert find_format(path).name == "pictures"


def test_a_folder_of_all_formats_is_one_shot_each(tmp_path: Path) -> None:
    for number, suffix in enumerate([*WRITTEN, ".heic"]):
        picture_called(tmp_path, suffix).rename(tmp_path / f"{number} dog{suffix}")
    loaded = read_storyboard(tmp_path)
    assert len(loaded.storyboard.shots) == len(WRITTEN) + 1
    assert not loaded.shots_errors
    assert "no pictures" not in " ".join(map(str, loaded.warnings))


POSTSCRIPT = (
    b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n%%EndComments\nshowpage\n%%EOF\n"
)
UNREAD: dict[str, tuple[bytes, str]] = {
    "EPS": (POSTSCRIPT, "PostScript"),
    "EPS with a preview": (b"\xc5\xd0\xd3\xc6" + bytes(28) + POSTSCRIPT, "PostScript"),
    "PDF": (b"%PDF-1.7\n", "PDF"),
    "SVG": (b'  <svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
    "JPEG XL": (b"\xff\x0a" + bytes(60), "JPEG XL"),
    "OpenEXR": (b"\x76\x2f\x31\x01" + bytes(60), "OpenEXR"),
    "Krita": (b"PK\x03\x04" + bytes(60), "archive"),
    "DDS": (b"DDS " + bytes(124), "DDS"),
    "WMF": (b"\xd7\xcd\xc6\x9a" + bytes(60), ""),
    "FITS": (b"SIMPLE  =                    T" + bytes(60), ""),
}


@pytest.mark.parametrize("name", UNREAD)
@pytest.mark.parametrize("suffix", [".png", ".eps", ""])
def test_other_formats_are_refused_by_name(name: str, suffix: str, tmp_path: Path) -> None:
    data, said = UNREAD[name]
    path = tmp_path / f"a{suffix}"
    path.write_bytes(data)
    for read in (load_picture, load_cutout, check_picture):
        with pytest.raises(InputError) as caught:
            read(path)
        assert caught.value.code == "picture.unknown_format"
        assert said in caught.value.message
        assert NAMES in str(caught.value.remedy)


@pytest.mark.skipif(os.name == "nt", reason="a script stands in for Ghostscript")
@pytest.mark.parametrize("name", ["a.png", "a.eps", "a.jpg"])
def test_nothing_is_handed_to_ghostscript(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = tmp_path / "called"
    program = tmp_path / "bin" / "gs"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\ntouch '{called}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    path = tmp_path / name
    path.write_bytes(POSTSCRIPT)
    with pytest.raises(InputError):
        load_picture(path)
    with pytest.raises(InputError):
        read_storyboard(path if name != "a.eps" else tmp_path)
    assert not called.exists()


def test_no_decoder_is_open_but_those_of_the_list(tmp_path: Path) -> None:
    """Of every format that Pillow writes."""
    Image.init()
    listed = {one.decoder for one in FORMATS} | {"MPO", "DIB"}
    for format_ in sorted(set(Image.SAVE) - listed - {"PSD"}):
        path = tmp_path / f"a.{format_.lower()}"
        try:
            half_red_half_blue().save(path, format_)
        except Exception:  # it writes palettes only, or needs another program
            continue
        with pytest.raises(InputError):
            load_picture(path)


def test_a_damaged_heic_picture_is_named_as_one(tmp_path: Path) -> None:
    path = tmp_path / "IMG_0001.jpg"  # phones and chats rename them
    for data in (b"\0\0\0\x18ftypheic" + bytes(76), HEIC.read_bytes()[:300]):
        path.write_bytes(data)
        with pytest.raises(InputError) as caught:
            load_picture(path)
        assert caught.value.code == "picture.damaged"
    assert "HEIC" in caught.value.message or "damaged" in caught.value.message


def test_a_heic_picture_without_its_reader_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    path = picture_called(tmp_path, ".heic")
    with pytest.raises(InputError) as caught:
        load_picture(path)
    assert caught.value.code == "picture.heic_missing"
    assert "JPEG or PNG" in str(caught.value.remedy)
    assert "pip install pi-heif" in str(caught.value.remedy)


@pytest.mark.parametrize(
    ("head", "heic"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", True),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", True),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", False),
        (b"\0\0\0\x18ftypavif\0\0\0\0mif1miaf", False),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp41", False),
        (b"\x89PNG\r\n\x1a\n", False),
        (b"", False),
    ],
)
def test_heic_is_known_by_its_brand(head: bytes, heic: bool) -> None:
    assert is_heic(head) is heic


def _png(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"".join(
        len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")
        for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


_IHDR = (b"IHDR", (64).to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0")
_FULL = zlib.compress(bytes(512 * 2**20), 9)  # 0.5 MB that become 512 MB

BOMBS: dict[str, bytes] = {
    "200 megapixels": png_that_claims(20_000, 10_000),
    "2^31 wide": png_that_claims(2**31 - 1, 2**31 - 1),
    "text": _png(_IHDR, (b"zTXt", b"a\0\0" + _FULL), (b"IDAT", zlib.compress(bytes(64 * 193)))),
    "colour profile": _png(_IHDR, (b"iCCP", b"a\0\0" + _FULL), (b"IDAT", b"")),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_small_file_does_not_become_a_large_memory(bomb: str, tmp_path: Path) -> None:
    import subprocess

    path = tmp_path / "a.png"
    path.write_bytes(BOMBS[bomb])
    program = (
        "import resource, sys\n"
        "from multiplane.intake.picture import load_picture\n"
        "from multiplane.contract.errors import InputError\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try:\n    load_picture(sys.argv[1])\nexcept InputError as error:\n    print(error.code)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    )
    grown = int(done.stdout.split()[-1]) * (1 if sys.platform != "darwin" else 1 / 1024)
    assert grown < 150_000, f"{grown / 1000:.0f} MB more: {done.stdout}"  # KiB


def test_pillow_is_never_left_to_choose_the_decoder() -> None:
    package = Path(multiplane.__file__).parent
    calls = [
        (path.name, one)
        for path in package.rglob("*.py")
        for one in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(one, ast.Call) and ast.unparse(one.func) == "Image.open"
    ]
    assert len(calls) > 3
    for file, call in calls:
        assert "formats" in {keyword.arg for keyword in call.keywords}, f"{file}:{call.lineno}"
