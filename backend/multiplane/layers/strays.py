"""Stray pieces of a mask go to whom they touch."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_STRAY = 0.12  # share of a subject's largest piece below which another piece is a stray one
_BACKGROUND = 0.25  # weight of touching the background against touching a subject
_RING = 5  # px, side of the square by which a piece is grown to see its neighbours


def reassign_strays(shares: Floats) -> Floats:
    """`shares` (C, H, W) in which small pieces apart from their subject change hands.

    A piece of a subject's winning area that is much smaller than its largest one is given to
    the channel (another subject, or the background, which is last) that it touches most.
    """
    owner = shares.argmax(axis=0)
    result = shares.copy()
    square = np.ones((_RING, _RING), np.uint8)
    for index in range(len(shares) - 1):
        count, labels, stats, _ = cv2.connectedComponentsWithStats(
            (owner == index).astype(np.uint8)
        )
        if count <= 2:
            continue
        areas = stats[:, cv2.CC_STAT_AREA].astype(np.float64)
        areas[0] = 0.0
        for piece in np.flatnonzero((areas > 0) & (areas < _STRAY * areas.max())):
            x, y, width, height = stats[piece, :4]
            box = (
                slice(max(0, y - _RING), y + height + _RING),
                slice(max(0, x - _RING), x + width + _RING),
            )
            inside = labels[box] == piece
            ring = (cv2.dilate(inside.astype(np.uint8), square) > 0) & ~inside
            around = owner[box][ring]
            around = around[around != index]
            if not around.size:
                continue
            touched = np.bincount(around, minlength=len(shares)) / around.size
            # What is subject and what background is surer than which subject it is.
            touched[-1] *= _BACKGROUND
            taker = int(touched.argmax())
            own, other = result[index][box], result[taker][box]
            own[inside], other[inside] = other[inside], own[inside]
    return result
