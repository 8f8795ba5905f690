"""Photographs to tell drawings from: those that scikit-image carries, whole and in parts.

They are looked at when a model is calibrated, and nothing of them is kept but a few coefficients.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import skimage.data
from numpy.typing import NDArray

_COLOURED = (
    "astronaut", "chelsea", "coffee", "rocket", "retina", "hubble_deep_field",
    "immunohistochemistry",
)  # fmt: skip
_GREY = ("camera", "coins", "grass", "gravel", "brick", "moon")
_SHARES = (1.0, 0.75, 0.55, 0.4)
_WIDEST = 1.75


def photographs() -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """(name, picture (H, W, 3) sRGB): of every photograph its middle, in four sizes."""
    for name in (*_COLOURED, *_GREY, "stereo_motorcycle"):
        picture = getattr(skimage.data, name)()
        picture = picture[0] if isinstance(picture, tuple) else picture
        if picture.ndim == 2:
            picture = np.repeat(picture[..., None], 3, axis=2)
        for share in _SHARES:
            yield name, _middle(np.asarray(picture[..., :3], np.uint8), share)


def _middle(picture: NDArray[np.uint8], share: float) -> NDArray[np.uint8]:
    height, width = picture.shape[:2]
    high = round(share * height)
    wide = min(width, round(high * _WIDEST))
    top, left = (height - high) // 2, (width - wide) // 2
    return np.ascontiguousarray(picture[top : top + high, left : left + wide])
