"""Photoshop files of the tests' own: written by psd-tools, with what Photoshop adds to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from psd_tools import PSDImage
from psd_tools.constants import Resource, Tag
from psd_tools.psd.descriptor import Descriptor, DescriptorBlock, Double, Integer
from psd_tools.psd.image_resources import ImageResource, VersionInfo

SIZE = (64, 48)


def block(size: tuple[int, int], colour: Any, mode: str = "RGB") -> Image.Image:
    return Image.new(mode, size, colour)


def soft(size: tuple[int, int], colour: tuple[int, int, int]) -> Image.Image:
    """A round spot that fades out towards its edge."""
    y, x = np.mgrid[: size[1], : size[0]].astype(float)
    far = np.hypot((x - size[0] / 2) / size[0], (y - size[1] / 2) / size[1]) * 2
    alpha = np.clip(1.2 - far, 0, 1) * 255
    pixels = np.zeros((size[1], size[0], 4), np.uint8)
    pixels[..., :3], pixels[..., 3] = colour, alpha
    return Image.fromarray(pixels)


def save_as_photoshop(
    document: PSDImage,
    path: Path,
    merged: NDArray[np.uint8] | None = None,
    *,
    vouched: bool = True,
) -> None:
    """Save it with the word that its merged picture is one, unless it is not `vouched` for.

    merged: (H, W, channels) to have there instead of what psd-tools makes of the layers.
    """
    info = VersionInfo(
        version=1, has_composite=True, writer="Adobe Photoshop", reader="Adobe Photoshop"
    )
    document.image_resources.pop(Resource.VERSION_INFO, None)
    if vouched:
        document.image_resources[Resource.VERSION_INFO] = ImageResource(
            key=Resource.VERSION_INFO.value, data=info
        )
    if document.is_updated():
        document._update_preview()
    if merged is not None:
        record = document._record
        record.header.channels = merged.shape[2]
        planes = [np.ascontiguousarray(merged[..., i]).tobytes() for i in range(merged.shape[2])]
        record.image_data.set_data(planes, record.header)
    document._updated = False
    document.save(path)


def adjust(layer: Any, tag: Tag, **settings: Any) -> None:
    """Make an adjustment layer of a pixel layer; it is one when the file is read again."""
    layer._record.tagged_blocks.set_data(tag, **settings)
    # One without pixels, as Photoshop writes it.
    record = layer._record
    record.top = record.left = record.bottom = record.right = 0


def make_artboard(
    group: Any, box: tuple[int, int, int, int], ground: int, colour: tuple[int, int, int]
) -> None:
    """Make an artboard of a group. box: left, top, right, bottom px; ground: 1 white, 2 black,
    3 transparent, 4 the colour."""
    left, top, right, bottom = box
    rect = Descriptor(classID=b"classFloatRect")
    for key, value in ((b"Top ", top), (b"Left", left), (b"Btom", bottom), (b"Rght", right)):
        rect[key] = Double(float(value))
    shade = Descriptor(classID=b"RGBC")
    for key, part in zip((b"Rd  ", b"Grn ", b"Bl  "), colour, strict=True):
        shade[key] = Double(float(part))
    data = DescriptorBlock(classID=b"artboard")
    data[b"artboardRect"] = rect
    data[b"Clr "] = shade
    data[b"artboardBackgroundType"] = Integer(ground)
    group._record.tagged_blocks.set_data(Tag.ARTBOARD_DATA1, data)
