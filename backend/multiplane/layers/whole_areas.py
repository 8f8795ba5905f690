"""Areas of one flat colour go to one owner, whole or not at all.

A mask from coarse tokens cuts through flat areas: a stripe of a shirt stays behind in the ground,
a corner of the sky goes with the hat. A connected area of a colour that nearly never changes is one
thing's, so the owner of most of it gets the rest. Textured pictures have no such areas, and in
painted ones colours that run into another are none: a subject would run out into the ground.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Floats = NDArray[np.float32]

_EVEN = 4  # levels of 255 by which neighbours in an area differ at most
_SPREAD = 4.0  # levels, standard deviation of a flat area's colour
_MOST = 0.75  # share of an area from which its owner gets the rest
_LEAST = 20  # px of an area that is looked at
_KEPT = 0.3  # of its pixels, that a subject must keep for its areas to be given back


def with_whole_areas(picture: Picture, shares: Floats) -> Floats:
    """`shares` (C, H, W) that sum to 1, the background last, in which flat areas are whole.

    picture (H, W, 3). An area goes from the background to a subject or back, never from one
    subject to another: two of a kind that touch are one area. A subject that would lose nearly
    everything keeps it: no flat area can tell what a mask means that lies in the open ground, and
    a scrap of it is worth less than a mask that is doubted.
    """
    ground = len(shares) - 1
    owner = shares.argmax(axis=0)
    if not (owner != ground).any():
        return shares
    count, labels = _flat_areas(picture)
    owned = np.stack(
        [np.bincount(labels[owner == one], minlength=count) for one in range(len(shares))]
    )
    size = owned.sum(axis=0)
    keeper = owned.argmax(axis=0)
    decided = (owned.max(axis=0) >= _MOST * size) & (size >= _LEAST)
    decided &= _spread(picture, labels, size) <= _SPREAD
    decided[0] = False  # what is no area
    wins = keeper[labels]
    moved = decided[labels] & (wins != owner) & ((owner == ground) | (wins == ground))
    moved &= ~_emptied(owner, moved, ground)[owner]
    rows, columns = np.nonzero(moved)
    if not rows.size:
        return shares
    result = shares.copy()
    before, after = owner[moved], wins[moved]
    result[before, rows, columns] = shares[after, rows, columns]
    result[after, rows, columns] = shares[before, rows, columns]
    return result


def _emptied(owner: NDArray[np.intp], moved: NDArray[np.bool_], ground: int) -> NDArray[np.bool_]:
    """Which owners would lose nearly all that they have; the ground (the last) never."""
    had = np.bincount(owner.ravel(), minlength=ground + 1)
    lost = np.bincount(owner[moved], minlength=ground + 1)
    emptied = lost > (1.0 - _KEPT) * had
    emptied[ground] = False
    return emptied


def _flat_areas(picture: Picture) -> tuple[int, NDArray[np.int32]]:
    """How many labels there are, and the labels (H, W): 0 at edges and in texture."""
    across = np.abs(np.diff(picture.astype(np.int16), axis=1)).max(axis=2) > _EVEN
    down = np.abs(np.diff(picture.astype(np.int16), axis=0)).max(axis=2) > _EVEN
    edge = np.zeros(picture.shape[:2], bool)
    edge[:, 1:] |= across
    edge[:, :-1] |= across
    edge[1:] |= down
    edge[:-1] |= down
    count, labels = cv2.connectedComponents((~edge).astype(np.uint8), connectivity=4)
    return count, np.asarray(labels, np.int32)


def _spread(
    picture: Picture, labels: NDArray[np.int32], size: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Standard deviation of the areas' colours: of the channel that varies most, for each label."""
    widest = np.zeros(len(size))
    for channel in np.moveaxis(picture.reshape(-1, 3).astype(np.float64), 1, 0):
        total = np.bincount(labels.ravel(), channel, len(size)) / np.maximum(size, 1)
        squared = np.bincount(labels.ravel(), channel**2, len(size)) / np.maximum(size, 1)
        widest = np.maximum(widest, np.sqrt(np.maximum(squared - total**2, 0.0)))
    return widest
