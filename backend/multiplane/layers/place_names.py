"""Names by place for several of a kind: "warrior left", "warrior right"."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

_BETWEEN: dict[int, tuple[str, ...]] = {
    2: (),
    3: ("middle",),
    4: ("middle {0}", "middle {1}"),
    5: ("middle {0}", "middle", "middle {1}"),
}
_TELLING = 0.3  # gap of neighbours' middles, of their mean size in that direction, that tells
_LARGER = 1.6  # how many times the area of the next one is, where nearness tells


def place_names(name: str, masks: Sequence[Mask]) -> tuple[str, ...]:
    """A name for each of several of a kind, by its place among them.

    masks: (H, W) each. Left to right where their middles differ enough in that direction, up to
    down where only those do; where sizes differ clearly instead, the larger are near and the
    smaller far. More than five, some that are not there, and those that no direction tells apart
    are numbered in the order given. One alone keeps `name`.
    """
    if len(masks) == 1:
        return (name,)
    numbered = tuple(f"{name} {number}" for number in range(1, len(masks) + 1))
    if len(masks) not in _BETWEEN or not all(mask.any() for mask in masks):
        return numbered
    areas = np.array([mask.sum() for mask in masks], np.float64)
    across = _order([np.flatnonzero(mask.any(axis=0)) for mask in masks])
    if across is not None:
        return _named(name, across, "left", "right")
    by_size = np.argsort(areas)
    if (areas[by_size][1:] >= _LARGER * areas[by_size][:-1]).all():
        return _named(name, by_size.tolist(), "far", "near")
    down = _order([np.flatnonzero(mask.any(axis=1)) for mask in masks])
    return numbered if down is None else _named(name, down, "upper", "lower")


def _order(spans: Sequence[NDArray[np.intp]]) -> list[int] | None:
    """Indices by the middles of what they cover in one direction; None where that hardly tells."""
    middles = np.array([(span[0] + span[-1]) / 2.0 for span in spans])
    sizes = np.array([span[-1] - span[0] + 1.0 for span in spans])
    order = np.argsort(middles, kind="stable")
    if np.diff(middles[order]).min() < _TELLING * sizes.mean():
        return None
    return [int(index) for index in order]


def _named(name: str, order: Sequence[int], first: str, last: str) -> tuple[str, ...]:
    between = [words.format(first, last) for words in _BETWEEN[len(order)]]
    names = [""] * len(order)
    for index, place in zip(order, (first, *between, last), strict=True):
        names[index] = f"{name} {place}"
    return tuple(names)
