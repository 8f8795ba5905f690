"""Colours of what a layer hides or keeps off the canvas, changed as those were that are seen.

An adjustment that lies over a layer changes all of its pixels in one way. Where that way can be
read from the pixels that are seen, it is used for those that nobody has seen corrected.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

_FEWEST = 64  # seen pixels to learn from
_MOST = 20_000
_WORTH = 1.5 / 255.0  # a smaller change is rounding
_FAR = 8.0 / 255.0  # root mean square that is left over, in which the way is not understood
_HALF = 0.5  # of the change that must be explained at least
_RIDGE = 1e-3


def changed_alike(before: Bytes, after: Bytes, hidden: Bytes) -> Bytes | None:
    """`hidden` colours changed as `before` became `after`; None where no one way does that.

    before, after: (n, 3) of the same seen pixels, hidden: (m, 3), all 0..255. The way is learnt on
    half of the seen pixels and has to hold for the other half. Colours outside of those that were
    seen change as the nearest of them.
    """
    if len(before) < _FEWEST or not len(hidden):
        return None
    step = max(1, len(before) // _MOST)
    old, new = _unit(before[::step]), _unit(after[::step])
    change = new - old
    size = _rms(change)
    if size < _WORTH:
        return None
    weights = _fitted(old[::2], change[::2])
    left = _rms(change[1::2] - _features(old[1::2]) @ weights)
    if left > min(_FAR, _HALF * size):
        return None
    colours = _unit(hidden)
    near = np.clip(colours, old.min(axis=0), old.max(axis=0))
    found = np.clip(colours + _features(near) @ weights, 0.0, 1.0)
    return np.asarray(np.rint(found * 255.0), np.uint8)


def _fitted(old: Floats, change: Floats) -> Floats:
    """Ridge regression of the change on the colours: (features, 3)."""
    known = _features(old)
    square = known.T @ known + _RIDGE * np.eye(known.shape[1], dtype=np.float32) * len(old)
    square[0, 0] -= _RIDGE * len(old)  # a change that is the same for all costs nothing
    return np.asarray(np.linalg.solve(square, known.T @ change), np.float32)


def _features(colours: Floats) -> Floats:
    """A constant, the three colours, their squares and products: (n, 10)."""
    red, green, blue = (colours - np.float32(0.5)).T
    ones = np.ones_like(red)
    parts = (ones, red, green, blue, red**2, green**2, blue**2, red * green, red * blue,
             green * blue)  # fmt: skip
    return np.stack(parts, axis=1)


def _unit(colours: Bytes) -> Floats:
    return colours.astype(np.float32) / np.float32(255.0)


def _rms(values: Floats) -> float:
    return float(np.sqrt(np.mean(np.square(values))))
