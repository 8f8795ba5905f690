"""Photoshop files: what they are, what is in them, and the picture as a whole."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from multiplane.contract.errors import InputError
from multiplane.contract.known_names import unknown_name
from multiplane.intake.opening import PICTURE, open_file
from multiplane.intake.psd_colours import as_srgb, from_srgb, pixels_as_srgb, profile_of
from multiplane.intake.psd_whole import what_is_missing

if TYPE_CHECKING:
    from psd_tools import PSDImage

_SIGNATURE = b"8BPS"
_HEADER = struct.Struct(">4sH6xHIIHH")

_GROUNDS: dict[int, tuple[float, ...] | None] = {1: (1.0,) * 3, 2: (0.0,) * 3, 4: None}

ALL_HIDDEN = (
    "All layers of the Photoshop file are hidden: the picture that was merged when it was saved is "
    "taken as one drawing."
)
SHOW_LAYERS = "Show the layers that the shot is to have, and save the file again."

Box = tuple[int, int, int, int]  # left, top, right, bottom px


@dataclass(frozen=True)
class PsdContents:
    """What is in a Photoshop file, without its pixels.

    layers: how many visible ones with pixels lie on the top level (inside a lone group: in it).
    hidden: whether there are layers with pixels, and none of them is visible.
    artboards: of the visible ones name and size (width, height) px, in the panel's order from top
    to bottom reversed, so as they were drawn; no name is there twice. outside: names of visible
    layers that lie on no artboard, in a file that has some.
    """

    layers: int
    hidden: bool
    artboards: dict[str, tuple[int, int]]
    outside: tuple[str, ...]


def is_psd(path: Path) -> bool:
    """Whether the file begins as a PSD or PSB does. Raises InputError as `open_file`, OSError."""
    with open_file(path, PICTURE) as stream:
        return stream.read(len(_SIGNATURE)) == _SIGNATURE


def psd_size(stream: BinaryIO, path: Path) -> tuple[int, int] | None:
    """(width, height) px as the header says; None for a file that is no PSD or PSB.

    stream: the file at `path`, at its beginning. Raises InputError `picture.damaged`, OSError.
    """
    head = stream.read(_HEADER.size)
    if not head.startswith(_SIGNATURE):
        return None
    if len(head) < _HEADER.size:
        raise _damaged(path, "the header is incomplete")
    _, _, _, height, width, _, _ = _HEADER.unpack(head)
    return width, height


def check_whole(stream: BinaryIO, path: Path) -> None:
    """Raises InputError `picture.incomplete` for the first part of a Photoshop file, OSError."""
    stream.seek(0)
    missing = what_is_missing(stream, path.stat().st_size)
    if missing is not None:
        raise InputError(
            "picture.incomplete",
            "Only the first part of this Photoshop file is there.",
            file=str(path),
            value=missing,
            remedy="Copy or upload it again; if it is so where it comes from, save it again.",
        )


def psd_contents(path: Path) -> PsdContents:
    """What is in the file; one that has not changed is read once. Raises InputError, OSError."""
    facts = path.stat()
    return _contents(path, facts.st_mtime_ns, facts.st_size)


def has_layers(path: Path) -> bool:
    """Whether the PSD is cut already: it has artboards, or two or more visible layers or groups.

    Raises InputError `picture.damaged`, OSError.
    """
    contents = psd_contents(path)
    return bool(contents.artboards) or contents.layers >= 2


def shows_hidden_layers(path: Path) -> bool:
    """Whether it is a Photoshop file of which no layer is visible; see `ALL_HIDDEN`.

    Raises InputError, OSError.
    """
    return is_psd(path) and psd_contents(path).hidden


def psd_picture(path: Path, *, opaque: bool = True, artboard: str | None = None) -> Image.Image:
    """The whole picture in sRGB: RGB over white, or RGB or RGBA as it is when not `opaque`.

    Taken as Photoshop merged it; composited from its layers where the file was saved without
    that. artboard: only this one of it, as `find_artboard` takes it. Raises InputError
    `picture.damaged`, `picture.artboard_unknown`.
    """
    with reading(path):
        psd = opened(path)
        board = find_artboard(psd, artboard, path)
        image = merged_picture(psd)
        if image is None:
            image = composed_picture(psd)
        if board is not None:
            image = image.crop(board.bbox)
        return over_white(image) if opaque else image


def merged_picture(psd: PSDImage) -> Image.Image | None:
    """The picture that the program which saved the file merged: sRGB, RGB or RGBA.

    None where it was saved without: it says so, or all of it has one colour and the layers have
    more.
    """
    if not psd.has_preview():
        return None
    merged = psd.topil(apply_icc=False)
    if merged is None:
        return None
    image = _in_srgb(psd, merged)
    if len(psd) and all(low == high for low, high in _extrema(image)) and _has_colours(psd):
        return None
    return image


def vouches_for_merged(psd: PSDImage) -> bool:
    """Whether the file says of its merged picture that it is one.

    Photoshop always says so. Files of other programs that do not may hold anything there, such as
    a picture from before the last change.
    """
    from psd_tools.constants import Resource

    said = psd.image_resources.get_data(Resource.VERSION_INFO)
    return bool(said and said.has_composite)


def composed_picture(psd: PSDImage) -> Image.Image:
    """The picture that psd-tools makes of the layers: sRGB, RGB or RGBA."""
    from psd_tools.composite import composite

    colours, _, alpha = composite(psd)
    bands = np.rint(np.clip(np.asarray(alpha)[..., 0], 0.0, 1.0) * 255.0).astype(np.uint8)
    image = Image.fromarray(pixels_as_srgb(psd, np.asarray(colours, np.float32)))
    image.putalpha(Image.fromarray(bands))
    return image


def over_white(image: Image.Image) -> Image.Image:
    """The same on paper white: RGB."""
    if image.mode == "RGB":
        return image
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return white


def find_artboard(psd: PSDImage, name: str | None, path: Path) -> Any | None:
    """The artboard called `name`; without a name the first one, and None where there is none.

    Raises InputError `picture.artboard_unknown`.
    """
    boards = artboards_of(psd)
    if name is None:
        return next(iter(boards.values()), None)
    if not boards:
        raise InputError(
            "picture.artboard_unknown",
            "The file has no artboards.",
            file=str(path),
            value=name,
            remedy='Leave "artboard" out.',
        )
    if name not in boards:
        raise unknown_name(
            "picture.artboard_unknown", "artboard", name, list(boards), file=str(path)
        )
    return boards[name]


def artboards_of(psd: PSDImage) -> dict[str, Any]:
    """The visible artboards in the order they were drawn, by a name that no other has."""
    from psd_tools.api.layers import Artboard

    boards: dict[str, Any] = {}
    for layer in psd:
        if isinstance(layer, Artboard) and layer.visible:
            name = stem = (layer.name.strip() or "Artboard")[:280]
            count = 1
            while name in boards:
                count += 1
                name = f"{stem} ({count})"
            boards[name] = layer
    return boards


def artboard_ground(board: Any) -> NDArray[np.float32] | None:
    """The colour under an artboard's layers as psd-tools has colours: (channels,); None for none.

    The file says 1 for white, 2 for black, 3 for a transparent ground and 4 for a colour of its
    own (psd-tools takes them in another order, but merged pictures of Photoshop have it so).
    """
    from psd_tools.constants import Tag

    data = None
    for key in (Tag.ARTBOARD_DATA1, Tag.ARTBOARD_DATA2, Tag.ARTBOARD_DATA3):
        data = board.tagged_blocks.get_data(key, data)
    kind = None if data is None else data.get(b"artboardBackgroundType")
    if data is None or kind is None or int(kind) not in _GROUNDS:
        return None
    colour = _GROUNDS[int(kind)]
    if colour is None:
        named = data.get(b"Clr ")
        parts = [None if named is None else named.get(key) for key in (b"Rd  ", b"Grn ", b"Bl  ")]
        colour = tuple(float(part) / 255.0 for part in parts if part is not None)
        if len(colour) < len(parts):
            return None
    return from_srgb(board._psd, colour)


def visible_layers(root: Any) -> list[Any]:
    """Top layers of a file or an artboard back to front; of one with a lone group those inside."""
    level: Any = root
    while True:
        shown = [layer for layer in level if layer.visible and not layer.clipping]
        plain = len(shown) == 1 and shown[0].is_group() and not shown[0].has_mask()
        if not plain or shown[0].opacity < 255 or shown[0].has_clip_layers():
            return shown
        if shown[0].has_effects():
            return shown
        level = shown[0]


def is_adjustment(layer: Any) -> bool:
    """Whether a layer has no pixels of its own but changes those below it."""
    from psd_tools.api.adjustments import AdjustmentLayer

    return isinstance(layer, AdjustmentLayer)


def opened(path: Path) -> PSDImage:
    """The file, its layers not yet decoded. Raises whatever damage leads to; see `reading`."""
    from psd_tools import PSDImage

    from multiplane.intake.psd_old import present_effects

    with open_file(path, PICTURE) as stream:
        psd = PSDImage.open(stream)
    present_effects(psd)
    return psd


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


@lru_cache(maxsize=512)
def _contents(path: Path, changed_ns: int, size: int) -> PsdContents:
    with reading(path):
        psd = opened(path)
        boards = artboards_of(psd)
        sizes = {name: (board.bbox[2] - board.bbox[0], board.bbox[3] - board.bbox[1])
                 for name, board in boards.items()}  # fmt: skip
        drawn = list(boards.values())
        outside = (
            [layer.name for layer in psd if layer.visible and layer not in drawn] if drawn else []
        )
        layers = [layer for layer in visible_layers(psd) if not is_adjustment(layer)]
        drawn_on = [layer for layer in psd.descendants() if _is_drawn_on(layer)]
        hidden = bool(drawn_on) and not any(layer.is_visible() for layer in drawn_on)
        return PsdContents(len(layers), hidden, sizes, tuple(outside))


def _is_drawn_on(layer: Any) -> bool:
    return not layer.is_group() and not is_adjustment(layer)


def _in_srgb(psd: PSDImage, image: Image.Image) -> Image.Image:
    alpha = image.getchannel("A") if image.mode in ("RGBA", "LA") else None
    colours = as_srgb(image, profile_of(psd))
    if alpha is not None:
        colours.putalpha(alpha)
    return colours


def _extrema(image: Image.Image) -> tuple[tuple[int, int], ...]:
    found: Any = image.getextrema()
    return tuple(found)


def _has_colours(psd: PSDImage) -> bool:
    """Whether any visible layer on its own shows more than one colour, or leaves some open."""
    return any(
        low < high
        for layer in visible_layers(psd)
        if not layer.is_group() and layer.has_pixels()
        for low, high in _extrema(layer.topil() or Image.new("RGB", (1, 1)))
    )


def _damaged(path: Path, why: str) -> InputError:
    return InputError(
        "picture.damaged",
        "The Photoshop file is damaged, or has something in it that cannot be read.",
        file=str(path),
        value=why,
        remedy='Save it again, with "Maximize Compatibility", or export its layers as PNG.',
    )
