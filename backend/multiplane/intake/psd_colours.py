"""Colours of a Photoshop file, in its own mode, depth and profile, as sRGB of 8 bits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from multiplane.intake.colour_profile import through_profile

if TYPE_CHECKING:
    from psd_tools import PSDImage

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

_NEUTRAL = 128 / 255  # a and b of Lab where there is no colour


def profile_of(psd: PSDImage) -> bytes | None:
    """The ICC profile in the file."""
    from psd_tools.constants import Resource

    if Resource.ICC_PROFILE not in psd.image_resources:
        return None
    profile = psd.image_resources.get_data(Resource.ICC_PROFILE)
    return bytes(profile) if profile else None


def as_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """A picture of any mode that psd-tools gives as RGB in sRGB; without its alpha."""
    if image.mode in ("RGBA", "LA", "1", "P"):
        image = image.convert("L" if image.mode in ("LA", "1") else "RGB")
    return through_profile(image, profile).convert("RGB")


def pixels_as_srgb(psd: PSDImage, colours: Floats) -> Bytes:
    """Colours (h, w, channels) as psd-tools composites them, 0..1, as (h, w, 3)."""
    from psd_tools.api import pil_io
    from psd_tools.constants import ColorMode

    planes = np.rint(np.clip(colours, 0.0, 1.0) * 255.0).astype(np.uint8)
    mode = pil_io.get_pil_mode(psd.color_mode)
    if psd.color_mode == ColorMode.CMYK:
        planes = 255 - planes[..., :4]  # what is left of the paper, as ink
    elif mode in ("1", "L"):
        mode, planes = "L", planes[..., :1]
    else:
        mode, planes = "LAB" if mode == "LAB" else "RGB", planes[..., :3]
    # Merged plane by plane: from an array, Pillow reads a and b of Lab as signed.
    bands = [Image.fromarray(np.ascontiguousarray(plane)) for plane in np.moveaxis(planes, 2, 0)]
    return np.asarray(as_srgb(Image.merge(mode, bands), profile_of(psd)))


def paper_white(psd: PSDImage) -> Floats:
    """White in the colours that psd-tools composites the file in: (channels,) 0..1."""
    from psd_tools.api.utils import get_color_channels
    from psd_tools.constants import ColorMode

    if psd.color_mode == ColorMode.LAB:
        return np.array([1.0, _NEUTRAL, _NEUTRAL], np.float32)
    return np.ones(get_color_channels(psd), np.float32)


def from_srgb(psd: PSDImage, colour: tuple[float, ...]) -> Floats:
    """One colour, (r, g, b) 0..1, in the colours that psd-tools composites the file in."""
    from psd_tools.constants import ColorMode

    if psd.color_mode == ColorMode.RGB or psd.color_mode == ColorMode.INDEXED:
        return np.array(colour, np.float32)
    if psd.color_mode == ColorMode.CMYK:
        return np.array([*colour, 1.0], np.float32)  # without the inks that it lacks
    pixel = Image.new("RGB", (1, 1), tuple(round(part * 255) for part in colour))
    if psd.color_mode == ColorMode.LAB:
        to_lab = ImageCms.buildTransform(
            ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"
        )
        found: Any = to_lab.apply(pixel).getpixel((0, 0))
        return np.array(found, np.float32) / np.float32(255.0)
    grey: Any = pixel.convert("L").getpixel((0, 0))
    return np.full(len(paper_white(psd)), grey / 255.0, np.float32)
