"""The formats of pictures: named once, for the loader, folders, help and messages.

Every other decoder that Pillow has stays shut: some run other programs (EPS runs Ghostscript),
many have few users and fewer eyes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

from multiplane.contract.errors import InputError


@dataclass(frozen=True)
class PictureFormat:
    """suffixes: in lower case, with their dot. decoder: Pillow's name of it; none for our own."""

    name: str
    suffixes: tuple[str, ...]
    decoder: str | None


PHOTOSHOP = (".psd", ".psb")
"""How the names of Photoshop files end."""

FORMATS = (
    PictureFormat("PNG", (".png", ".apng"), "PNG"),
    PictureFormat("JPEG", (".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".mpo"), "JPEG"),
    PictureFormat("TIFF", (".tif", ".tiff"), "TIFF"),
    PictureFormat("WebP", (".webp",), "WEBP"),
    PictureFormat("AVIF", (".avif", ".avifs"), "AVIF"),
    PictureFormat(
        "JPEG 2000", (".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx", ".jpm"), "JPEG2000"
    ),
    PictureFormat("HEIC", (".heic", ".heif", ".hif", ".heics", ".heifs"), "HEIF"),
    PictureFormat("GIF", (".gif",), "GIF"),
    PictureFormat("BMP", (".bmp",), "BMP"),
    PictureFormat("PPM", (".ppm", ".pgm", ".pbm", ".pnm"), "PPM"),
    PictureFormat("PSD", PHOTOSHOP, None),
    # Last: nothing marks the beginning of such a file, so its decoder asks the fewest questions.
    PictureFormat("TGA", (".tga", ".icb", ".vda", ".vst"), "TGA"),
)
SUFFIXES = tuple(suffix for format_ in FORMATS for suffix in format_.suffixes)
NAMES = ", ".join(format_.name for format_ in FORMATS[:-1]) + f" and {FORMATS[-1].name}"
_DECODERS = [format_.decoder for format_ in FORMATS if format_.decoder is not None]
_HEIC = "HEIF"
_EXPORT = f"Export it as PNG. Pictures that can be read: {NAMES}."

# (offset, bytes, what such a file is), for messages only.
_KNOWN = (
    (0, b"%!PS", "PostScript (EPS or AI)"),
    (0, b"\xc5\xd0\xd3\xc6", "PostScript (EPS)"),
    (0, b"%PDF", "PDF (or AI)"),
    (0, b"<svg", "SVG"),
    (0, b"<?xml", "XML, such as SVG"),
    (0, b"\xff\x0a", "JPEG XL"),
    (4, b"JXL ", "JPEG XL"),
    (0, b"\x76\x2f\x31\x01", "OpenEXR"),
    (0, b"#?RADIANCE", "Radiance HDR"),
    (0, b"#?RGBE", "Radiance HDR"),
    (0, b"gimp xcf", "GIMP's own"),
    (0, b"CSFCHUNK", "Clip Studio Paint's own"),
    (0, b"SQLite format 3", "a database (Storyboard or Clip Studio projects are such)"),
    (0, b"PK\x03\x04", "an archive (Krita, OpenRaster, Procreate and Office files are such)"),
    (0, b"\x1f\x8b", "compressed"),
    (0, b"\0\0\1\0", "an icon (ICO)"),
    (0, b"DDS ", "DDS"),
    (0, b"qoif", "QOI"),
    (0, b"\x1a\x45\xdf\xa3", "a film"),
    (0, b"RIFF", "audio or a film"),
)
_HEAD = 64


def is_heic(head: bytes) -> bool:
    """Whether a file begins as HEIC and its relatives do (ISO 23008-12), and not as AVIF."""
    if head[4:8] != b"ftyp":
        return False
    length = int.from_bytes(head[:4], "big")
    box = head[8 : max(12, min(length, _HEAD))]
    brands = {box[at : at + 4] for at in range(0, len(box), 4)}
    heic = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}
    return bool(brands & heic) and not brands & {b"avif", b"avis"}


@contextlib.contextmanager
def decoder_of(stream: BinaryIO, path: Path) -> Iterator[Image.Image]:
    """The picture in `stream`, its header read, by the decoders of `FORMATS` alone.

    Raises InputError `picture.unknown_format`, with what the file seems to be, and whatever a
    damaged file leads Pillow to, `Image.DecompressionBombError` among it.
    """
    head = stream.read(_HEAD)
    stream.seek(0)
    heic = is_heic(head)
    if heic:
        _register_heic(path)
    try:
        # The others first would take long, and what they say of it does not concern it.
        image = Image.open(stream, formats=[_HEIC] if heic else _others())
    except UnidentifiedImageError:
        if heic:
            raise InputError(
                "picture.damaged",
                "The HEIC picture is damaged or incomplete.",
                file=str(path),
                remedy="Copy it again, or export it as JPEG or PNG.",
            ) from None
        raise unknown_format(path, head) from None
    with image:
        yield image


def unknown_format(path: Path, head: bytes) -> InputError:
    """The error for a file that is in none of the formats; head: its first bytes."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    known = next((what for at, mark, what in _KNOWN if text[at:].startswith(mark)), None)
    return InputError(
        "picture.unknown_format",
        "The file is not a picture that can be read: it is {known}."
        if known
        else "The file is not a picture that can be read.",
        file=str(path),
        remedy=_EXPORT,
        values={"known": known} if known else {},
    )


def _others() -> list[str]:
    return [decoder for decoder in _DECODERS if decoder != _HEIC]


def _register_heic(path: Path) -> None:
    """Not before it is needed: its library takes a moment to load."""
    try:
        import pi_heif
    except ImportError:
        raise InputError(
            "picture.heic_missing",
            "Nothing on this computer reads HEIC pictures.",
            file=str(path),
            remedy="Export it as JPEG or PNG, or install the reader: pip install pi-heif",
        ) from None
    if _HEIC not in Image.OPEN:
        pi_heif.register_heif_opener(thumbnails=False)
