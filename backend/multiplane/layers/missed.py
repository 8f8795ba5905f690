"""Parts that a mask missed go to the subject that they hang on: the flag on a castle's roof.

What stays behind of a subject is told by its colours: a small piece that touches the subject, in
colours that the ground has nowhere, and that ends near the subject by itself. Larger pieces may be
things of their own, and stay.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Picture = NDArray[np.uint8]
Floats = NDArray[np.float32]

_WORK_SIDE = 512  # px
_REACH = 0.09  # of the long side: nearer to a mask may be a missed part, farther is ground
_FOREIGN = 0.12  # distance, RGB 0..1, from the ground's colours
_SEEN_BEFORE = 4  # pixels of the ground that must have a colour before it is the ground's
_SAMPLE = 8000  # px of it
_LEAST, _MOST = 12, 0.08  # px; share of the subject's area


def with_missed_parts(picture: Picture, shares: Floats) -> Floats:
    """`shares` (C, H, W) that sum to 1, the background last, with parts that were missed.

    picture (H, W, 3). A missed part is won by the subject that it touches.
    """
    height, width = shares.shape[1:]
    scale = min(1.0, _WORK_SIDE / max(height, width))
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    colours = small / np.float32(255.0)
    owner = cv2.resize(
        shares.argmax(axis=0).astype(np.uint8), size, interpolation=cv2.INTER_NEAREST
    )
    ground = len(shares) - 1
    if not (owner != ground).any():
        return shares
    away = cv2.distanceTransform((owner == ground).astype(np.uint8), cv2.DIST_L2, 5)
    known = colours[away > _REACH * max(size)]
    near = (owner == ground) & (away <= _REACH * max(size))
    if len(known) < _SEEN_BEFORE or not near.any():
        return shares
    known = known[:: max(1, len(known) // _SAMPLE)]
    gap, _ = cKDTree(known).query(colours[near], k=[min(_SEEN_BEFORE, len(known))])
    foreign = np.zeros(near.shape, np.uint8)
    foreign[near] = gap[:, 0] > _FOREIGN
    result = shares.copy()
    count, labels, stats, _ = cv2.connectedComponentsWithStats(foreign, connectivity=8)
    square = np.ones((5, 5), np.uint8)
    for part in range(1, count):
        inside = labels == part
        ring = (cv2.dilate(inside.astype(np.uint8), square) > 0) & ~inside
        touched = np.bincount(owner[ring], minlength=ground + 1)[:ground]
        if not touched.any():
            continue
        taker = int(touched.argmax())
        area = int(stats[part, cv2.CC_STAT_AREA])
        if not _LEAST <= area <= _MOST * int((owner == taker).sum()):
            continue
        if away[inside].max() > 0.95 * _REACH * max(size):
            continue  # it goes on beyond where it was looked for
        large = cv2.resize(inside.astype(np.float32), (width, height))
        won = (large > 0.5) & (shares.argmax(axis=0) == ground)
        given, kept = result[ground], result[taker]
        given[won], kept[won] = np.minimum(given[won], kept[won]), np.maximum(given[won], kept[won])
    return result
