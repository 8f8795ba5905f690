"""Several of one kind ("two warriors") told apart inside the mask of their common phrase."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_SIGNIFICANT = 0.15  # share of the largest piece above which a piece can be one of its own
_UPRIGHT = 0.6  # heights count less than widths: figures stand side by side
_ROUNDS = 25


def split_instances(share: Floats, count: int) -> tuple[Floats, bool]:
    """The mask of one phrase as masks of `count` instances, from left to right.

    share: (H, W) 0..1. Separate pieces of the mask are instances of their own, largest first;
    when there are fewer pieces than instances, the pieces are divided by clustering, the widest
    first. Small pieces go to the nearest instance. Returns (count, H, W), which sum to `share`,
    and whether all instances stood apart; where they did not, the division is a guess.
    """
    if count < 1:
        raise ValueError(f"count must be at least 1, got {count}")
    mask = share > 0.5
    if count == 1 or not mask.any():
        shares = np.zeros((count, *share.shape), np.float32)
        shares[0] = share
        return shares, count == 1
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    areas = stats[1:, cv2.CC_STAT_AREA]
    ranked = 1 + np.argsort(-areas)
    large = [int(label) for label in ranked if areas[label - 1] >= _SIGNIFICANT * areas.max()][
        :count
    ]
    parts = dict.fromkeys(large, 1)
    while sum(parts.values()) < count:
        widest = max(large, key=lambda label: stats[label, cv2.CC_STAT_AREA] / parts[label])
        parts[widest] += 1
    seeds = np.zeros(share.shape, np.int32)
    placed = 0
    for part, pieces in parts.items():
        inside = labels == part
        seeds[inside] = placed + 1 + _cluster(inside, pieces)[inside]
        placed += pieces
    owner = _nearest(seeds) - 1
    order = np.argsort(
        [np.mean(np.flatnonzero((seeds == k + 1).any(axis=0))) for k in range(count)]
    )
    shares = np.stack([np.where(owner == k, share, 0.0) for k in order]).astype(np.float32)
    return shares, len(large) == count


def _cluster(mask: NDArray[np.bool_], count: int) -> NDArray[np.int64]:
    """k-means on the places of a piece's pixels; (H, W), meaningful inside `mask`."""
    owner = np.zeros(mask.shape, np.int64)
    if count == 1:
        return owner
    points = np.argwhere(mask).astype(np.float64)
    points[:, 0] *= _UPRIGHT
    centres = points[_spread_out(points, count)]
    nearest = np.zeros(len(points), np.int64)
    for _ in range(_ROUNDS):
        nearest = ((points[:, None] - centres[None]) ** 2).sum(axis=2).argmin(axis=1)
        moved = np.stack(
            [
                points[nearest == k].mean(axis=0) if (nearest == k).any() else centres[k]
                for k in range(count)
            ]
        )
        if np.allclose(moved, centres):
            break
        centres = moved
    owner[mask] = nearest
    return owner


def _spread_out(points: NDArray[np.float64], count: int) -> list[int]:
    """Farthest points first, from the left end: a start that needs no chance."""
    chosen = [int(points[:, 1].argmin())]
    distance = ((points - points[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < count:
        chosen.append(int(distance.argmax()))
        distance = np.minimum(distance, ((points - points[chosen[-1]]) ** 2).sum(axis=1))
    return chosen


def _nearest(seeds: NDArray[np.int32]) -> NDArray[np.int32]:
    """Every pixel's nearest non-zero seed."""
    _, labels = cv2.distanceTransformWithLabels(
        (seeds == 0).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    lookup = np.zeros(int(labels.max()) + 1, np.int32)
    lookup[labels[seeds > 0]] = seeds[seeds > 0]
    return lookup[labels]
