"""PNG files that say where they come from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from multiplane.deliver.xmp import PNG_KEYWORD, packet

COMPRESSION = 4
"""zlib level: within some percent of the smallest file in a third of the time."""


def write_png(
    path: Path, picture: NDArray[np.uint8], origin: Mapping[str, str] | None = None
) -> None:
    """Write (H, W, 3) or (H, W, 4) straight alpha, 8 bits a channel, sRGB.

    ``origin`` becomes UTF-8 text chunks (iTXt), and XMP. Raises OSError when the file cannot be
    written.
    """
    Image.fromarray(picture).save(
        path, format="PNG", pnginfo=text_chunks(origin or {}), compress_level=COMPRESSION
    )


def write_depth_png(
    path: Path, nearness: NDArray[np.float32], origin: Mapping[str, str] | None = None
) -> None:
    """Write nearness (H, W), 0 far .. 1 near, as 16-bit grey: 0 is far, 65535 near."""
    grey = np.rint(np.clip(nearness, 0.0, 1.0) * 65535.0).astype(np.uint16)
    Image.fromarray(grey).save(
        path, format="PNG", pnginfo=text_chunks(origin or {}), compress_level=COMPRESSION
    )


def text_chunks(origin: Mapping[str, str]) -> PngInfo:
    """One iTXt chunk per entry, and one with all of them as XMP.

    Keywords are Latin-1 of 1 to 79 characters (PNG, 11.3.3.2).
    """
    info = PngInfo()
    for keyword, text in origin.items():
        # Lone surrogates have no UTF-8, and a NUL would end the text.
        clean = text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")
        info.add_itxt(keyword, clean, lang="", tkey=keyword, zip=len(clean) > 1000)
    if origin:
        # Uncompressed and without a language, as the XMP specification asks (part 3, 1.1.5).
        info.add_itxt(PNG_KEYWORD, packet(origin), lang="", tkey="", zip=False)
    return info
