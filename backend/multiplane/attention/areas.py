"""Where in a picture somebody is, by attention to the words that mean them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Area = NDArray[np.bool_]

_LEVELS = 256


def areas_of(heat: Sequence[NDArray[np.float32]]) -> tuple[Area, ...]:
    """Where each of several is in one picture; no token is two of them.

    heat: (h, w) each, any range. Of a map what is above the threshold that parts its values best
    (Otsu 1979), and of two who claim a token it is that one's whose map is the higher there, each
    from 0 to 1. A map without any difference is nobody's place.
    """
    levels = [_unit(one) for one in heat]
    claimed = [level > _threshold(level) for level in levels]
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


def _threshold(level: NDArray[np.float64]) -> float:
    """Otsu's, of values 0..1: between two classes whose means are farthest apart by their sizes."""
    counts, edges = np.histogram(level, bins=_LEVELS, range=(0.0, 1.0))
    middles = (edges[:-1] + edges[1:]) / 2.0
    below = np.cumsum(counts)
    above = below[-1] - below
    sums = np.cumsum(counts * middles)
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = (sums / below - (sums[-1] - sums) / above) ** 2
    between = np.where((below > 0) & (above > 0), below * above * apart, 0.0)
    return float(edges[1 + int(between.argmax())]) if between.any() else 1.0
