"""The soft edge between two flat areas belongs to one of them, and to nobody else."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.layers.flat_areas import FlatAreas, Picture

Mask = NDArray[np.bool_]

_REACH = 2  # px from an edge's pixel to the areas that it lies between
_MIXED = 12.0  # levels of 255 by which its colour differs at most from a mixture of two of them


def edge_owners(
    picture: Picture, areas: FlatAreas, owner: NDArray[np.intp], moved: Mask
) -> NDArray[np.intp]:
    """`owner` (H, W) in which edges follow the areas that they lie between.

    picture (H, W, 3). moved (H, W): areas that have changed hands; edges round them go to the
    area beside them whose colour is nearest, and so do edges of somebody who has no area there. A
    pixel whose colour is no mixture of the areas round it is a thing of its own, a mast or a line,
    and stays.
    """
    flat = areas.flat[areas.labels]
    square = np.ones((2 * _REACH + 1, 2 * _REACH + 1), np.uint8)
    own = np.zeros(owner.shape, bool)
    for index in np.unique(owner):
        mine = owner == index
        own |= mine & (cv2.dilate((mine & flat).astype(np.uint8), square) > 0)
    near_moved = cv2.dilate((moved & flat).astype(np.uint8), square) > 0
    rows, columns = np.nonzero((areas.labels == 0) & (~own | near_moved))
    if not rows.size:
        return owner
    labels = np.pad(np.where(flat, areas.labels, 0), _REACH)
    owners = np.pad(owner, _REACH)
    result = owner.copy()
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        window = (slice(row, row + 2 * _REACH + 1), slice(column, column + 2 * _REACH + 1))
        beside = np.unique(labels[window][labels[window] > 0])
        if not beside.size:
            continue
        colour = picture[row, column].astype(np.float64)
        if not _mixed(colour, areas.colour[beside]):
            continue
        nearest = beside[np.abs(areas.colour[beside] - colour).sum(axis=1).argmin()]
        result[row, column] = owners[window][labels[window] == nearest][0]
    return result


def _mixed(colour: NDArray[np.float64], ends: NDArray[np.float64]) -> bool:
    """Whether a colour lies between two of `ends` (N, 3), or is one of them."""
    for index, start in enumerate(ends):
        for end in ends[index:]:
            way = end - start
            length = float(way @ way)
            share = float((colour - start) @ way) / length if length else 0.0
            gap = start + min(max(share, 0.0), 1.0) * way - colour
            if float(np.abs(gap).max()) <= _MIXED:
                return True
    return False
