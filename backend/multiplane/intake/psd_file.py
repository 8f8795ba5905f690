"""Photoshop files: what they are, the picture as a whole, and which layers of them are seen."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from multiplane.contract.errors import InputError
from multiplane.intake.psd_whole import what_is_missing

if TYPE_CHECKING:
    from psd_tools import PSDImage

PHOTOSHOP = (".psd", ".psb")
"""How the names of Photoshop files end."""

_SIGNATURE = b"8BPS"
_HEADER = struct.Struct(">4sH6xHIIHH")


def is_psd(path: Path) -> bool:
    """Whether the file begins as a PSD or PSB does. Raises OSError."""
    with path.open("rb") as stream:
        return stream.read(len(_SIGNATURE)) == _SIGNATURE


def psd_size(path: Path) -> tuple[int, int]:
    """(width, height) px as the header says. Raises InputError `picture.damaged`, OSError."""
    with path.open("rb") as stream:
        head = stream.read(_HEADER.size)
    if len(head) < _HEADER.size or not head.startswith(_SIGNATURE):
        raise _damaged(path, "the header is incomplete")
    _, _, _, height, width, _, _ = _HEADER.unpack(head)
    return width, height


def check_whole(path: Path) -> None:
    """Raises InputError `picture.incomplete` for the first part of a Photoshop file, OSError."""
    with path.open("rb") as stream:
        missing = what_is_missing(stream, path.stat().st_size)
    if missing is not None:
        raise InputError(
            "picture.incomplete",
            "Only the first part of this Photoshop file is there.",
            file=str(path),
            value=missing,
            remedy="Copy or upload it again; if it is so where it comes from, save it again.",
        )


def psd_picture(path: Path, *, opaque: bool = True) -> Image.Image:
    """The whole picture in sRGB: RGB over white, or RGB or RGBA as it is when not `opaque`.

    Taken as Photoshop merged it; composited from its layers where the file was saved without
    that. Raises InputError `picture.damaged`.
    """
    with reading(path):
        psd = opened(path)
        if psd.has_preview():
            image = psd.topil()
            assert image is not None
        else:
            image = psd.composite(ignore_preview=True)
        rgba = image.convert("RGBA") if "A" in image.getbands() else image.convert("RGB")
        if rgba.mode == "RGB" or not opaque:
            return rgba
        white = Image.new("RGB", rgba.size, "white")
        white.paste(rgba, mask=rgba.getchannel("A"))
        return white


def has_layers(path: Path) -> bool:
    """Whether the PSD has two or more visible layers or groups, so is cut already.

    Raises InputError `picture.damaged`, OSError.
    """
    with reading(path):
        return len([one for one in visible_layers(opened(path)) if not is_adjustment(one)]) >= 2


def visible_layers(psd: PSDImage) -> list[Any]:
    """Top layers back to front; of a file with one group only (an artboard) those inside it."""
    level: Any = psd
    while True:
        shown = [one for one in level if one.visible and not one.clipping]
        plain = len(shown) == 1 and shown[0].is_group() and not shown[0].has_mask()
        if not plain or shown[0].opacity < 255 or shown[0].has_clip_layers():
            return shown
        level = shown[0]


def is_adjustment(layer: Any) -> bool:
    """Whether a layer has no pixels of its own but changes those below it."""
    from psd_tools.api.adjustments import AdjustmentLayer

    return isinstance(layer, AdjustmentLayer)


def opened(path: Path) -> PSDImage:
    """The file, its layers not yet decoded. Raises whatever damage leads to; see `reading`."""
    from psd_tools import PSDImage

    return PSDImage.open(path)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what a damaged file raises within into InputError `picture.damaged`."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        # A damaged file leads its reader to any error there is, OSErrors of its own among them.
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise _damaged(path, str(error) or type(error).__name__) from error


def _damaged(path: Path, why: str) -> InputError:
    return InputError(
        "picture.damaged",
        "The Photoshop file is damaged, or has something in it that cannot be read.",
        file=str(path),
        value=why,
        remedy='Save it again, with "Maximize Compatibility", or export its layers as PNG.',
    )
