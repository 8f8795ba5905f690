"""What is filled brought to lie where the picture goes on: lines meet at the edge of a hole.

A fill and the picture both know the ring round a hole. Where a horizon runs through it a little
higher in one than in the other, a step is left. How far apart they lie is found by comparing small
areas of the ring (block matching), and the fill is bent by that, less and less towards its middle.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.layers.texture import pull_push

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

_WORK_SIDE = 480  # px, at which areas are compared
_FARTHEST = 9  # px there, up and down: the lines of the ground run across
_AREA = 7  # px, side of an area
_STAY = 2e-6  # cost of going a px, squared: against the mean square of a difference in colour
_FITS = 0.5  # of the usual cost: a place is sure only where the best costs less
_LEAST = 0.5  # px; a smaller bend softens what is filled, for nothing
_REACH = 0.05  # of the long side, over which the bend fades


def aligned(picture: Floats, filled: Floats, covered: Mask, ring: Mask) -> Floats:
    """`filled` (H, W, 3) bent inside of `covered` (H, W) to what `picture` has in the `ring`.

    Both are known in the ring (H, W), which lies round what is covered.
    """
    if not ring.any() or not covered.any():
        return filled
    height, width = ring.shape
    scale = min(1.0, _WORK_SIDE / max(height, width))
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    near = cv2.resize(ring.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.999
    there = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    here = cv2.resize(filled, size, interpolation=cv2.INTER_AREA)
    weight = near.astype(np.float32)
    share = cv2.boxFilter(weight, -1, (_AREA, _AREA), borderType=cv2.BORDER_CONSTANT)
    least = np.full(near.shape, np.inf, np.float32)
    total = np.zeros(near.shape, np.float32)
    step = np.zeros(near.shape, np.float32)
    for down in range(-_FARTHEST, _FARTHEST + 1):
        apart = ((_lower(here, down) - there) ** 2).sum(axis=2) * weight
        cost = cv2.boxFilter(apart, -1, (_AREA, _AREA), borderType=cv2.BORDER_CONSTANT)
        cost = cost / np.maximum(share, 1e-3) + _STAY * down * down
        better = cost < least
        least[better], step[better] = cost[better], down
        total += cost
    usual = total / (2 * _FARTHEST + 1)
    clear = np.where(near, np.maximum(usual - least, 0.0), 0.0).astype(np.float32)
    # Lines meet or they don't; in texture every place is as good as the next.
    fits = np.clip((_FITS - least / np.maximum(usual, 1e-9)) / _FITS, 0.0, 1.0)
    sure = fits * clear / (clear + np.float32(4.0 * _STAY))
    # Far along the lines of the ground, and not from one to the next.
    along = {"sigmaX": _REACH * max(size), "sigmaY": 1.0}
    spread = cv2.GaussianBlur(sure, (0, 0), **along)
    known = cv2.GaussianBlur(step * sure, (0, 0), **along) / np.maximum(spread, 1e-9)
    share = np.minimum(50.0 * spread, 1.0)
    bend = pull_push((known * share)[..., None], share).reshape(share.shape)
    away = cv2.distanceTransform(
        (cv2.resize(covered.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)),
        cv2.DIST_L2, 3,
    )  # fmt: skip
    bend *= np.exp(-away / (_REACH * max(size)))
    bend = cv2.resize(bend, (width, height), interpolation=cv2.INTER_LINEAR) / np.float32(scale)
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    bent = cv2.remap(
        filled, columns, rows + bend, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE
    )
    moved = covered & (np.abs(bend) > _LEAST)
    return np.where(moved[..., None], bent, filled).astype(np.float32)


def _lower(values: Floats, down: int) -> Floats:
    """What lies `down` px below every place; the last row goes on."""
    rows = np.clip(np.arange(len(values)) + down, 0, len(values) - 1)
    return values[rows]
