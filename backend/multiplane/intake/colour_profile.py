"""Colours of any mode and profile as sRGB."""

from __future__ import annotations

import io

from PIL import Image, ImageCms


def through_profile(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The colours in sRGB, by the picture's own ICC profile if it has one that works."""
    try:
        source: ImageCms.core.CmsProfile | ImageCms.ImageCmsProfile
        if image.mode == "LAB":
            source = ImageCms.createProfile("LAB")
        elif profile:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        else:
            return image
        converted = ImageCms.profileToProfile(
            image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        # A profile that is broken or of another colour space: the plain conversion is the best.
        return image
    return image if converted is None else converted
