"""Layered Photoshop files: one layer per subject over the background, and a hidden depth map."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from psd_tools.constants import ChannelID, ColorMode, Compression, Tag
from psd_tools.psd import PSD
from psd_tools.psd.header import FileHeader
from psd_tools.psd.image_data import ImageData
from psd_tools.psd.image_resources import ImageResources
from psd_tools.psd.layer_and_mask import (
    ChannelData,
    ChannelDataList,
    ChannelImageData,
    ChannelInfo,
    GlobalLayerMaskInfo,
    LayerAndMaskInformation,
    LayerInfo,
    LayerRecord,
    LayerRecords,
)
from psd_tools.psd.tagged_blocks import TaggedBlocks

Bytes = NDArray[np.uint8]

MAX_NAME_UNITS = 255
"""Longest layer name, in UTF-16 units."""
MAX_PSD_SIDE = 30_000
"""Larger documents are written in the large-document form (version 2)."""
DEPTH_LAYER_NAME = "depth"


class NamedPixels(Protocol):
    """What a PSD needs to know of a layer (`layers.stack.Layer` has it)."""

    @property
    def name(self) -> str: ...
    @property
    def rgba(self) -> Bytes: ...
    @property
    def bbox(self) -> tuple[int, int, int, int]: ...


def write_psd(
    path: Path,
    picture: Bytes,
    layers: Sequence[NamedPixels],
    *,
    nearness: NDArray[np.float32] | None = None,
) -> None:
    """Write ``layers`` (back to front, straight alpha) as an 8-bit RGB document.

    picture: (H, W, 3) sRGB, stored as the document's merged image, exactly. nearness: (H, W)
    0 far .. 1 near, becomes a hidden grey layer on top. Raises ValueError when a layer's pixels
    do not fill its box, OSError when the file cannot be written.
    """
    height, width = picture.shape[:2]
    version = 2 if max(width, height) > MAX_PSD_SIDE else 1
    records, pixels = LayerRecords(), ChannelImageData()
    for number, layer in enumerate(layers, start=1):
        x, y, wide, high = layer.bbox
        if layer.rgba.shape != (high, wide, 4):
            raise ValueError(f"layer {layer.name!r}: {layer.rgba.shape} does not fill {layer.bbox}")
        _add(records, pixels, layer.rgba, layer.name, (x, y), number, version)
    if nearness is not None:
        grey = np.rint(np.clip(nearness, 0.0, 1.0) * 255.0).astype(np.uint8)
        rgba = np.dstack([grey, grey, grey, np.full_like(grey, 255)])
        _add(records, pixels, rgba, DEPTH_LAYER_NAME, (0, 0), len(layers) + 1, version)
        records[-1].flags.visible = False
    header = FileHeader(
        version=version, channels=3, height=height, width=width, depth=8, color_mode=ColorMode.RGB
    )
    merged = ImageData(compression=Compression.RLE)
    merged.set_data([_plane(picture[..., i]) for i in range(3)], header)
    document = PSD(
        header=header,
        image_resources=ImageResources.new(),
        layer_and_mask_information=LayerAndMaskInformation(
            layer_info=LayerInfo(
                layer_count=len(records), layer_records=records, channel_image_data=pixels
            ),
            global_layer_mask_info=GlobalLayerMaskInfo(),
            tagged_blocks=TaggedBlocks(),
        ),
        image_data=merged,
    )
    with open(path, "wb") as file:
        document.write(file)


def legacy_name(name: str, number: int) -> str:
    """ASCII stand-in for a layer's name, for the old name field, which knows MacRoman only.

    Accents are dropped ("Épée" -> "Epee"); a name without any ASCII becomes "Layer 3".
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    shown = "".join(character for character in plain if character.isprintable()).strip()
    return shown[:MAX_NAME_UNITS] or f"Layer {number}"


def unicode_name(name: str) -> str:
    """The name as Photoshop shows it: whole characters, at most 255 UTF-16 units."""
    units = name.encode("utf-16-le", "surrogatepass")[: 2 * MAX_NAME_UNITS]
    return units.decode("utf-16-le", "ignore").replace("\0", "") or "Layer"


def _add(
    records: LayerRecords,
    pixels: ChannelImageData,
    rgba: Bytes,
    name: str,
    corner: tuple[int, int],
    number: int,
    version: int,
) -> None:
    high, wide = rgba.shape[:2]
    record = LayerRecord(
        left=corner[0],
        top=corner[1],
        right=corner[0] + wide,
        bottom=corner[1] + high,
        name=legacy_name(name, number),
    )
    record.tagged_blocks.set_data(Tag.UNICODE_LAYER_NAME, unicode_name(name))
    record.tagged_blocks.set_data(Tag.LAYER_ID, number)
    channels = ChannelDataList()
    # Transparency as a channel of the layer: it stays editable as such, not as a mask.
    for kind, index in ((ChannelID.TRANSPARENCY_MASK, 3), *((ChannelID(i), i) for i in range(3))):
        data = ChannelData(Compression.RLE)
        data.set_data(_plane(rgba[..., index]), wide, high, 8, version)
        record.channel_info.append(ChannelInfo(kind, len(data.data) + 2))
        channels.append(data)
    records.append(record)
    pixels.append(channels)


def _plane(channel: Bytes) -> bytes:
    return np.ascontiguousarray(channel).tobytes()
