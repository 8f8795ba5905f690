"""Areas of one flat colour go to one owner, whole or not at all.

A mask from coarse tokens cuts through flat areas: a stripe of a shirt stays behind in the ground,
a corner of the sky goes with the hat. A connected area of a colour that nearly never changes is one
thing's, so the owner of most of it gets the rest; a small area that a weak mask gave goes where its
colour belongs (`colour_owners`), and the edges between areas follow (`between_areas`). Textured
pictures have no such areas, and in painted ones colours that run into another are none: a subject
would run out into the ground.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from multiplane.layers.between_areas import edge_owners
from multiplane.layers.colour_owners import colour_owner
from multiplane.layers.flat_areas import Picture, find_flat_areas

Floats = NDArray[np.float32]

_MOST = 0.75  # share of an area from which its owner gets the rest
_KEPT = 0.3  # of its pixels, that a subject must keep for its areas to be given back


def with_whole_areas(picture: Picture, shares: Floats) -> Floats:
    """`shares` (C, H, W) that sum to 1, the background last, in which flat areas are whole.

    picture (H, W, 3). By its owner of most, an area goes from the background to a subject or back,
    never from one subject to another: two of a kind that touch are one area. A subject that would
    lose nearly everything keeps it: no flat area can tell what a mask means that lies in the open
    ground, and a scrap of it is worth less than a mask that is doubted.
    """
    ground = len(shares) - 1
    owner = shares.argmax(axis=0)
    if not (owner != ground).any():
        return shares
    areas = find_flat_areas(picture)
    owned = areas.per_owner(owner, len(shares))
    decided = (owned.max(axis=0) >= _MOST * areas.size) & areas.flat
    keeper = owned.argmax(axis=0)
    wins = keeper[areas.labels]
    moved = decided[areas.labels] & (wins != owner) & ((owner == ground) | (wins == ground))
    by_colour = colour_owner(areas, owned, np.stack([areas.mean(share) for share in shares]))
    other = decided & (by_colour != keeper)
    moved |= other[areas.labels]
    now = np.where(moved, np.where(other, by_colour, keeper)[areas.labels], owner)
    now = edge_owners(picture, areas, now, other[areas.labels])
    return _given(shares, owner, _but_for_the_emptied(owner, now, ground))


def _but_for_the_emptied(
    owner: NDArray[np.intp], now: NDArray[np.intp], ground: int
) -> NDArray[np.intp]:
    """`now`, but that who would lose nearly all that they have keep it; the ground (last) never."""
    had = np.bincount(owner.ravel(), minlength=ground + 1)
    lost = np.bincount(owner[now != owner], minlength=ground + 1)
    emptied = lost > (1.0 - _KEPT) * had
    emptied[ground] = False
    return np.where(emptied[owner], owner, now)


def _given(shares: Floats, before: NDArray[np.intp], after: NDArray[np.intp]) -> Floats:
    """`shares` in which the owners `after` have what those `before` had."""
    rows, columns = np.nonzero(before != after)
    if not rows.size:
        return shares
    result = shares.copy()
    old, new = before[rows, columns], after[rows, columns]
    result[old, rows, columns] = shares[new, rows, columns]
    result[new, rows, columns] = shares[old, rows, columns]
    return result
