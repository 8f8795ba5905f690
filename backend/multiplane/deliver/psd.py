"""Layered Photoshop files: a layer per subject, grouped by depth, and a hidden depth map on top."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from psd_tools.constants import (
    BlendMode,
    ChannelID,
    ColorMode,
    Compression,
    Resource,
    SectionDivider,
    Tag,
)
from psd_tools.psd import PSD
from psd_tools.psd.header import FileHeader
from psd_tools.psd.image_data import ImageData
from psd_tools.psd.image_resources import ImageResource, ImageResources, VersionInfo
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

from multiplane.contract.own_version import own_version
from multiplane.deliver.xmp import packet

Bytes = NDArray[np.uint8]

MAX_NAME_UNITS = 255
"""Longest layer name, in UTF-16 units."""
MAX_PSD_SIDE = 30_000
"""Larger documents are written in the large-document form (version 2)."""
DEPTH_LAYER_NAME = "depth"
GROUP_NAMES = ("background", "middle", "foreground")
"""Back to front; each holds the layers of one third of the shot's nearness."""
_GROUP_END = "</Layer group>"
_CREATION_DATE = slice(24, 36)
"""Of an ICC profile's header."""


class NamedPixels(Protocol):
    """What a PSD needs to know of a layer (`layers.stack.Layer` has it)."""

    @property
    def name(self) -> str: ...
    @property
    def rgba(self) -> Bytes: ...
    @property
    def bbox(self) -> tuple[int, int, int, int]: ...
    @property
    def nearness(self) -> float: ...


def write_psd(
    path: Path,
    picture: Bytes,
    layers: Sequence[NamedPixels],
    *,
    nearness: NDArray[np.float32] | None = None,
    origin: Mapping[str, str] | None = None,
) -> None:
    """Write ``layers`` (back to front, straight alpha) as an 8-bit sRGB document.

    picture: (H, W, 3) sRGB, stored as the document's merged image, exactly. nearness: (H, W)
    0 far .. 1 near, becomes a hidden grey layer on top. origin: what `deliver.origin` knows,
    stored as XMP. A layer with an ``opacity`` (0..1) keeps it as the layer's own. Raises
    ValueError when a layer's pixels do not fill its box, OSError when the file cannot be written.
    """
    height, width = picture.shape[:2]
    version = 2 if max(width, height) > MAX_PSD_SIDE else 1
    stack = _Stack(version)
    group: int | None = None
    for layer, depth_group in zip(
        layers, depth_groups([drawn_layer.nearness for drawn_layer in layers]), strict=True
    ):
        x, y, wide, high = layer.bbox
        if layer.rgba.shape != (high, wide, 4):
            raise ValueError(f"layer {layer.name!r}: {layer.rgba.shape} does not fill {layer.bbox}")
        if depth_group != group:
            if group is not None:
                stack.end_group(GROUP_NAMES[group])
            stack.begin_group()
            group = depth_group
        stack.add(layer.rgba, layer.name, (x, y), float(getattr(layer, "opacity", 1.0)))
    if group is not None:
        stack.end_group(GROUP_NAMES[group])
    if nearness is not None:
        grey = np.rint(np.clip(nearness, 0.0, 1.0) * 255.0).astype(np.uint8)
        rgba = np.dstack([grey, grey, grey, np.full_like(grey, 255)])
        stack.add(rgba, DEPTH_LAYER_NAME, (0, 0), 1.0)
        stack.records[-1].flags.visible = False
    header = FileHeader(
        version=version, channels=3, height=height, width=width, depth=8, color_mode=ColorMode.RGB
    )
    merged = ImageData(compression=Compression.RLE)
    merged.set_data([_plane(picture[..., i]) for i in range(3)], header)
    document = PSD(
        header=header,
        image_resources=_resources(origin or {}),
        layer_and_mask_information=LayerAndMaskInformation(
            layer_info=LayerInfo(
                layer_count=len(stack.records),
                layer_records=stack.records,
                channel_image_data=stack.pixels,
            ),
            global_layer_mask_info=GlobalLayerMaskInfo(),
            tagged_blocks=TaggedBlocks(),
        ),
        image_data=merged,
    )
    with open(path, "wb") as file:
        document.write(file)


def depth_groups(nearness: Sequence[float]) -> list[int]:
    """For each layer, back to front, its place in `GROUP_NAMES`: 0 far, 1 between, 2 near.

    By the third of the layers' own range that its nearness lies in; never less than a layer
    further back has, so that the order of the layers stays. One depth alone is all background.
    """
    if not nearness:
        return []
    running = np.maximum.accumulate(np.asarray(nearness, dtype=np.float64))
    span = running[-1] - running[0]
    if span <= 0:
        return [0] * len(running)
    share = (running - running[0]) / span
    return [min(int(value * len(GROUP_NAMES)), len(GROUP_NAMES) - 1) for value in share]


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


class _Stack:
    """Records and pixels of a document's layers, as they are added from back to front."""

    def __init__(self, version: int) -> None:
        self.records = LayerRecords()
        self.pixels = ChannelImageData()
        self._version = version

    def add(self, rgba: Bytes, name: str, corner: tuple[int, int], opacity: float) -> None:
        high, wide = rgba.shape[:2]
        record = self._record(name)
        record.left, record.top = corner
        record.right, record.bottom = corner[0] + wide, corner[1] + high
        record.opacity = round(min(max(opacity, 0.0), 1.0) * 255)
        channels = ChannelDataList()
        # Transparency as a channel of the layer: it stays editable as such, not as a mask.
        for kind, index in (
            (ChannelID.TRANSPARENCY_MASK, 3),
            *((ChannelID(i), i) for i in range(3)),
        ):
            data = ChannelData(Compression.RLE)
            data.set_data(_plane(rgba[..., index]), wide, high, 8, self._version)
            record.channel_info.append(ChannelInfo(kind, len(data.data) + 2))
            channels.append(data)
        self.pixels.append(channels)

    def begin_group(self) -> None:
        """A group starts with its end: what is read first lies at the back."""
        self._divide(_GROUP_END, SectionDivider.BOUNDING_SECTION_DIVIDER)

    def end_group(self, name: str) -> None:
        self._divide(name, SectionDivider.OPEN_FOLDER)

    def _divide(self, name: str, kind: SectionDivider) -> None:
        record = self._record(name)
        folder = kind is SectionDivider.OPEN_FOLDER
        blend = BlendMode.PASS_THROUGH if folder else BlendMode.NORMAL
        record.blend_mode = blend
        # Photoshop marks dividers so: they have no pixels that count.
        record.flags.photoshop_v5_later = record.flags.pixel_data_irrelevant = True
        record.tagged_blocks.set_data(
            Tag.SECTION_DIVIDER_SETTING,
            kind=kind,
            signature=b"8BIM" if folder else None,
            blend_mode=blend if folder else None,
        )
        channels = ChannelDataList()
        for number in range(-1, 3):
            record.channel_info.append(ChannelInfo(ChannelID(number), 2))
            channels.append(ChannelData(Compression.RAW, b""))
        self.pixels.append(channels)

    def _record(self, name: str) -> LayerRecord:
        number = len(self.records) + 1
        record = LayerRecord(name=legacy_name(name, number))
        record.tagged_blocks.set_data(Tag.UNICODE_LAYER_NAME, unicode_name(name))
        record.tagged_blocks.set_data(Tag.LAYER_ID, number)
        self.records.append(record)
        return record


def _resources(origin: Mapping[str, str]) -> ImageResources:
    """Who wrote it, that its colours are sRGB, and where it comes from."""
    made_by = f"Multiplane {own_version()}"
    found: dict[Resource, object] = {
        Resource.VERSION_INFO: VersionInfo(has_composite=True, writer=made_by, reader=made_by),
        Resource.ICC_PROFILE: _srgb_profile(),
    }
    if origin:
        found[Resource.XMP_METADATA] = packet(origin).encode("utf-8")
    return ImageResources([(key, ImageResource(key=key, data=data)) for key, data in found.items()])


@lru_cache(maxsize=1)
def _srgb_profile() -> bytes:
    from PIL import ImageCms

    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    # The day of today there would make every file another one.
    profile[_CREATION_DATE] = (2000).to_bytes(2, "big") + b"\0\1\0\1" + bytes(6)
    return bytes(profile)


def _plane(channel: Bytes) -> bytes:
    return np.ascontiguousarray(channel).tobytes()
