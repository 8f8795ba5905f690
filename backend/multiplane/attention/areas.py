"""Where in a picture somebody is, by attention to the words that mean them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Area = NDArray[np.bool_]


def areas_of(heat: Sequence[NDArray[np.float32]]) -> tuple[Area, ...]:
    """Where each of several is in one picture; no token is two of them.

    heat: (h, w) each, any range. Of a map what is above the threshold that parts its values best
    (Otsu 1979), and of two who claim a token it is that one's whose map is the higher there, each
    from 0 to 1. A map without any difference is nobody's place.
    """
    levels = [_unit(one) for one in heat]
    claimed = [_high(level) for level in levels]
    strongest = np.argmax(np.stack(levels), axis=0)
    return tuple(area & (strongest == place) for place, area in enumerate(claimed))


def resized(area: Area, grid: tuple[int, int]) -> Area:
    """The area on another grid (h, w): each of its tokens is of the old one that has its middle."""
    if area.shape == grid:
        return area
    rows, columns = (
        ((np.arange(count) + 0.5) * old / count).astype(int)
        for count, old in zip(grid, area.shape, strict=True)
    )
    return np.asarray(area[np.ix_(rows, columns)])


def _unit(heat: NDArray[np.float32]) -> NDArray[np.float64]:
    values = heat.astype(np.float64)
    spread = np.ptp(values)
    return (values - values.min()) / spread if spread > 0 else np.zeros_like(values)


def _high(level: NDArray[np.float64]) -> Area:
    """Where values 0..1 are above Otsu's threshold; nowhere where all are 0."""
    grey = np.rint(level * 255.0).astype(np.uint8)
    _, above = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return np.asarray(above > 0)
