"""Layers as small WebP pictures inside the page."""

from __future__ import annotations

import base64
import io
from pathlib import Path

from PIL import Image

from multiplane.deliver.result_files import open_png

QUALITY, ALPHA_QUALITY, EFFORT = 76, 85, 3
"""Of WebP: 0..100, 0..100, 0 fast .. 6 small."""
WIDEST = 640
"""Width, px, of a whole picture in a page of a usual number of shots."""
_SMALLER = ((80, 480), (240, 320))
"""(more shots than this, width px): long storyboards stay pages that a browser opens."""


def width_for(shots: int) -> int:
    """How wide pictures are embedded in a page of so many shots, px."""
    width = WIDEST
    for count, smaller in _SMALLER:
        if shots > count:
            width = smaller
    return width


def embed(file: Path, expected: tuple[int, int], scale: float) -> str:
    """A layer's PNG as a data URI of WebP, ``scale`` (at most 1) times as large.

    ``expected`` is its size, px. Raises OSError or ValueError for a file that cannot be read or has
    another size.
    """
    with open_png(file) as opened:
        if opened.size != expected:
            raise ValueError(f"{file.name} is {opened.size}, the manifest says {expected}")
        data = base64.b64encode(small_webp(opened, scale)).decode("ascii")
    return f"data:image/webp;base64,{data}"


def small_webp(opened: Image.Image, scale: float) -> bytes:
    """A picture as WebP, ``scale`` (at most 1) times as large; transparent where it was."""
    picture = opened.convert("RGBA")
    size = tuple(max(1, round(side * min(scale, 1.0))) for side in picture.size)
    # Pillow resizes RGBA premultiplied: no edge takes on the colour of what is transparent.
    if size != picture.size:
        picture = picture.resize((size[0], size[1]), Image.Resampling.LANCZOS, reducing_gap=2.0)
    if picture.getchannel("A").getextrema() == (255, 255):
        picture = picture.convert("RGB")
    buffer = io.BytesIO()
    picture.save(buffer, format="WEBP", quality=QUALITY, alpha_quality=ALPHA_QUALITY, method=EFFORT)
    return buffer.getvalue()
