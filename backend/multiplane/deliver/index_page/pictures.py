"""Layers as small WebP pictures inside the page."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from multiplane.deliver.result_files import open_png

QUALITY, ALPHA_QUALITY, EFFORT = 76, 85, 3
"""Of WebP: 0..100, 0..100, 0 fast .. 6 small."""
WIDEST = 640
"""Width, px, of a whole picture in a page of a usual number of shots."""
_SMALLER = ((80, 480), (240, 320))
"""(more shots than this, width px): long storyboards stay pages that a browser opens."""


@dataclass(frozen=True)
class Embedded:
    """A layer as a data URI. margin: how many px of the picture were added on each side."""

    uri: str
    size: tuple[int, int]
    margin: int


def width_for(shots: int) -> int:
    """How wide pictures are embedded in a page of so many shots, px."""
    width = WIDEST
    for count, smaller in _SMALLER:
        if shots > count:
            width = smaller
    return width


def embed(file: Path, expected: tuple[int, int], scale: float, *, margin: float = 0.0) -> Embedded:
    """A layer's PNG as WebP, ``scale`` (at most 1) times as large.

    ``expected`` is its size, px. ``margin`` px of it are added on each side by repeating its edge,
    so that a blurred edge does not fade. Raises OSError or ValueError for a file that cannot be
    read or has another size.
    """
    with open_png(file) as opened:
        if opened.size != expected:
            raise ValueError(f"{file.name} is {opened.size}, the manifest says {expected}")
        picture = opened.convert("RGBA")
    size = tuple(max(1, round(side * min(scale, 1.0))) for side in expected)
    # Pillow resizes RGBA premultiplied: no edge takes on the colour of what is transparent.
    if size != expected:
        picture = picture.resize((size[0], size[1]), Image.Resampling.LANCZOS, reducing_gap=2.0)
    border = round(margin * size[0] / expected[0])
    if border:
        around = ((border, border), (border, border), (0, 0))
        picture = Image.fromarray(np.pad(np.asarray(picture), around, mode="edge"))
    if picture.getchannel("A").getextrema() == (255, 255):
        picture = picture.convert("RGB")
    buffer = io.BytesIO()
    picture.save(buffer, format="WEBP", quality=QUALITY, alpha_quality=ALPHA_QUALITY, method=EFFORT)
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    return Embedded(f"data:image/webp;base64,{data}", (size[0], size[1]), border)
