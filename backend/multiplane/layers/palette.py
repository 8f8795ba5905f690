"""Flat colours: found in a picture's area, and kept in what is filled beside it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_MOST = 10  # colours
_COVER = 0.99  # share of the pixels that they have to make up
_STEP = 8  # levels of 255 that count as one colour


def flat_palette(picture: NDArray[np.uint8], area: NDArray[np.bool_]) -> Floats | None:
    """The colours (K, 3) 0..1 of a flat `area` (H, W) of `picture` (H, W, 3); None if not flat.

    Flat means that at most 10 colours cover 99 % (LayerD, Suzuki et al. 2025).
    """
    pixels = picture[area]
    if not len(pixels):
        return None
    coarse = (pixels // _STEP).astype(np.int64)
    keys = (coarse[:, 0] << 16) | (coarse[:, 1] << 8) | coarse[:, 2]
    _, which, counts = np.unique(keys, return_inverse=True, return_counts=True)
    ranked = np.argsort(-counts)[:_MOST]
    if counts[ranked].sum() < _COVER * len(pixels):
        return None
    used = [one for one in ranked if counts[one] >= 0.002 * len(pixels)] or [ranked[0]]
    means = [np.median(pixels[which == one], axis=0) / 255.0 for one in used]
    return np.stack(means).astype(np.float32)


def snap(colours: Floats, palette: Floats) -> Floats:
    """`colours` (H, W, 3) with every pixel's nearest colour of `palette` (K, 3)."""
    best = np.zeros(colours.shape[:2], np.int64)
    least = np.full(colours.shape[:2], np.inf, np.float32)
    for index, one in enumerate(palette):
        distance = ((colours - one) ** 2).sum(axis=2)
        closer = distance < least
        best[closer], least[closer] = index, distance[closer]
    return palette[best]
