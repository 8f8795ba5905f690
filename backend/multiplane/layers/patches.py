"""The inner loops of `texture`: comparing, searching and voting with patches, compiled by numba.

They are compiled when this module is first imported, and kept beside it.

A patch is a square of 2 R + 1 px around its centre. Pictures lie row by row, (P, C), `stride` px a
row, padded so that no patch leaves them.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Indices = NDArray[np.int64]

_PICTURE, _VALUES, _PLACES, _MASK = "float32[:, ::1]", "float32[::1]", "int64[::1]", "boolean[::1]"


@njit(cache=True)
def _distance(
    known: Floats, trust: Floats, at: int, found: int, stride: int, radius: int, most: float
) -> np.float32:
    """Mean squared difference of the patches at `at` and `found`; no further than past `most`.

    Colours (the first three channels) count as far as the pixel is trusted, others in full.
    """
    area = (2 * radius + 1) ** 2
    total = np.float32(0.0)
    for row in range(-radius, radius + 1):
        for column in range(-radius, radius + 1):
            total += trust[at + row * stride + column]
    colour_share = np.float32(1.0) / max(total, np.float32(1e-6))
    guide_share = np.float32(1.0 / area)
    sum_ = np.float32(0.0)
    for row in range(-radius, radius + 1):
        for column in range(-radius, radius + 1):
            here = at + row * stride + column
            there = found + row * stride + column
            gap = np.float32(0.0)
            for channel in range(3):
                step = known[here, channel] - known[there, channel]
                gap += step * step
            sum_ += trust[here] * colour_share * gap
            for channel in range(3, known.shape[1]):
                step = known[here, channel] - known[there, channel]
                sum_ += guide_share * step * step
        if sum_ >= most:
            return sum_
    return sum_


@njit(cache=True)
def _cost(
    known: Floats,
    trust: Floats,
    at: int,
    found: int,
    stride: int,
    radius: int,
    climb: float,
    most: float,
) -> np.float32:
    """The distance, and `climb` times the square of the rows between the two."""
    rows = at // stride - found // stride
    extra = np.float32(climb * rows * rows)
    if extra >= most:
        return extra
    return extra + _distance(known, trust, at, found, stride, radius, most - extra)


@njit(
    f"({_PICTURE}, {_VALUES}, {_PLACES}, {_PLACES}, {_VALUES}, int64, int64, float64)", cache=True
)
def measure(
    known: Floats,
    trust: Floats,
    targets: Indices,
    match: Indices,
    cost: Floats,
    stride: int,
    radius: int,
    climb: float,
) -> None:
    """Write to `cost` (P,) how far every target's patch is from its match."""
    for at in targets:
        cost[at] = _cost(known, trust, at, match[at], stride, radius, climb, np.inf)


@njit(
    f"({_PICTURE}, {_VALUES}, {_MASK}, {_PLACES}, {_PLACES}, {_VALUES}, int64, int64, float64, "
    "float32[:, :, ::1], int64, boolean)",
    cache=True,
)
def sweep(
    known: Floats,
    trust: Floats,
    usable: Mask,
    targets: Indices,
    match: Indices,
    cost: Floats,
    stride: int,
    radius: int,
    climb: float,
    chance: Floats,
    reach: int,
    backwards: bool,
) -> None:
    """One sweep of PatchMatch: the matches of two neighbours, then chance around the best.

    targets (T,) in rising order; match, cost (P,) are bettered in place. chance (T, K, 2): -1..1,
    down and across, for K searches in ever smaller areas, the first `reach` px wide.
    """
    count = len(targets)
    step = 1 if backwards else -1
    for number in range(count):
        index = count - 1 - number if backwards else number
        at = targets[index]
        best, least = match[at], cost[at]
        for beside in (step, step * stride):
            if not 0 <= at + beside < len(match):
                continue
            other = match[at + beside]
            if other < 0:
                continue
            found = other - beside
            if found == best or not 0 <= found < len(usable) or not usable[found]:
                continue
            distance = _cost(known, trust, at, found, stride, radius, climb, least)
            if distance < least:
                best, least = found, distance
        wide = reach
        for draw in range(chance.shape[1]):
            if wide < 2:
                break
            row = best // stride + int(np.rint(chance[index, draw, 0] * (wide // 3)))
            column = best % stride + int(np.rint(chance[index, draw, 1] * wide))
            wide //= 3
            found = row * stride + column
            if not 0 <= column < stride or not 0 <= found < len(usable) or not usable[found]:
                continue
            distance = _cost(known, trust, at, found, stride, radius, climb, least)
            if distance < least:
                best, least = found, distance
        match[at], cost[at] = best, least


@njit(f"({_PICTURE}, {_MASK}, {_PLACES}, {_PLACES}, {_VALUES}, int64, int64)", cache=True)
def vote(
    colours: Floats, hole: Mask, targets: Indices, match: Indices, say: Floats, stride: int,
    radius: int,
) -> None:  # fmt: skip
    """Every pixel of `hole` (P,) becomes the mean of what the matches over it show, in place.

    say (T,): weights of the targets' matches. Matches never show a pixel of the hole.
    """
    total = np.zeros((len(colours), 4), np.float32)
    for index in range(len(targets)):
        at = targets[index]
        found, weight = match[at], say[index]
        for row in range(-radius, radius + 1):
            for column in range(-radius, radius + 1):
                shift = row * stride + column
                if not hole[at + shift]:
                    continue
                for channel in range(3):
                    total[at + shift, channel] += weight * colours[found + shift, channel]
                total[at + shift, 3] += weight
    for pixel in range(len(colours)):
        if hole[pixel] and total[pixel, 3] > 0.0:
            for channel in range(3):
                colours[pixel, channel] = total[pixel, channel] / total[pixel, 3]
