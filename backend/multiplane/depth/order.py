"""What stands before what, from depth and occlusion together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_GAP = 0.03  # least difference of nearness between neighbours in the order
# (weight, scale at which a cue is nearly sure) of every cue between two subjects.
_DEPTH = (1.2, 0.1)  # nearness of their insides, by a depth model that is trusted
_STEP = (1.2, 0.06)  # nearness on either side of their contact, likewise
_LOWER = (1.4, 0.04)  # share of the height by which one stands lower
_COVER = (0.8, 0.15)  # share of one that the other's hull covers
_JUNCTION = (2.0, 0.2)  # room that one takes more where both outlines and the ground meet
_SAID = 100.0  # weight of what is known against all that is seen
_MOST_PERMUTED = 7  # subjects; beyond it a plain sort is taken


@dataclass(frozen=True)
class Order:
    """back_to_front: indices of the subjects; nearness: one per subject, in the given order."""

    back_to_front: tuple[int, ...]
    nearness: tuple[float, ...]


def order(
    alphas: Floats,
    nearness: Floats,
    over: Sequence[tuple[int, int]] = (),
    *,
    trust: float = 1.0,
) -> Order:
    """Order of subjects from their visible mattes and the nearness of the picture.

    alphas (S, H, W) 0..1; nearness (H, W) 0 far .. 1 near. For every pair the cues are weighed:
    depth within the eroded masks, depth on either side of their contact, whose outline goes on
    behind the other (its hull covers the other), whose outline runs straight on where both and
    the ground meet (T-junctions: Palou and Salembier, "Monocular Depth Ordering Using T-Junctions
    and Convexity Occlusion Cues", IEEE TIP 2013), and who stands lower in the frame. The order is
    the one that agrees best with all pairs. over: (front, back) of which the words say it: a part
    stands before its whole. trust: 0..1, what `nearness` counts against the outlines, see
    `DepthProfile`.
    """
    count = len(alphas)
    if count == 0:
        return Order((), ())
    masks = alphas > 0.5
    median = np.array([_median(nearness, mask) for mask in masks])
    before = np.zeros((count, count))
    for index in range(count):
        for other in range(index + 1, count):
            deeper = median[index] - median[other]
            lead = _lead(masks[index], masks[other], nearness, deeper, trust)
            before[index, other], before[other, index] = lead, -lead
    for front, back in over:
        before[front, back], before[back, front] = _SAID, -_SAID
    if count <= _MOST_PERMUTED:
        best = max(permutations(range(count)), key=lambda ranks: _agreement(ranks, before))
    else:
        best = tuple(int(layer) for layer in np.argsort(before.sum(axis=1), kind="stable"))
    return Order(tuple(best), tuple(_spaced(median, best)))


def nearness_in_order(alphas: Floats, nearness: Floats) -> tuple[float, ...]:
    """Nearness of subjects whose order is given: (S, H, W) visible mattes back to front.

    What the depth map (H, W) has inside each, changed as little as needed to grow strictly.
    """
    if not len(alphas):
        return ()
    median = np.array([_median(nearness, alpha > 0.5) for alpha in alphas])
    return tuple(_spaced(median, tuple(range(len(alphas)))))


def _agreement(back_to_front: tuple[int, ...], before: NDArray[np.float64]) -> float:
    total = 0.0
    for place, back in enumerate(back_to_front):
        for front in back_to_front[place + 1 :]:
            total += before[front, back]
    return total


def _lead(
    one: NDArray[np.bool_],
    other: NDArray[np.bool_],
    nearness: Floats,
    deeper: float,
    trust: float,
) -> float:
    """How surely `one` stands before `other`: > 0 before, < 0 behind."""
    if not one.any() or not other.any():
        return 0.0
    height = one.shape[0]
    lower = (_bottom(one) - _bottom(other)) / height
    lead = trust * _weigh(_DEPTH, deeper) + _weigh(_LOWER, lower)
    radius = max(3, height // 40)
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2)
    by_other = one & cv2.dilate(other.astype(np.uint8), disk).astype(bool)
    by_one = other & cv2.dilate(one.astype(np.uint8), disk).astype(bool)
    if by_other.any() and by_one.any():
        step = float(np.median(nearness[by_other]) - np.median(nearness[by_one]))
        over = _covered(other, one) - _covered(one, other)
        lead += trust * _weigh(_STEP, step) + _weigh(_COVER, over)
        lead += _weigh(_JUNCTION, _wider_at_junctions(one, other))
    return lead


def _weigh(cue: tuple[float, float], value: float) -> float:
    weight, scale = cue
    return weight * float(np.tanh(value / scale))


def _covered(hull_of: NDArray[np.bool_], mask: NDArray[np.bool_]) -> float:
    """Share of `mask` that the convex hull of `hull_of` covers."""
    points = np.argwhere(hull_of)[:, ::-1].astype(np.int32)
    if len(points) < 3:
        return 0.0
    filled = np.zeros(mask.shape, np.uint8)
    cv2.fillConvexPoly(filled, cv2.convexHull(points), 1)
    return float((filled.astype(bool) & mask).sum()) / float(mask.sum())


def _wider_at_junctions(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    """Share of the room around their T-junctions that `one` takes more than `other`, -1..1.

    A nearer outline runs straight through a junction and takes half of the room there; what is
    hidden ends at it and shares the other half with the ground. 0 where nothing meets, or only
    at the picture's border.
    """
    height, width = one.shape
    radius = max(4, height // 50)
    meets = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * max(1, radius // 3) + 1,) * 2)
    regions = (one, other, ~(one | other))
    grown = [cv2.dilate(region.astype(np.uint8), meets) for region in regions]
    places = cv2.dilate(grown[0] & grown[1] & grown[2], meets)
    window = (2 * radius + 1,) * 2
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, window).astype(np.float32)
    _, _, _, centres = cv2.connectedComponentsWithStats(places)
    leads = []
    for x, y in np.rint(centres[1:]).astype(int).tolist():
        if radius <= x < width - radius and radius <= y < height - radius:
            around = np.s_[y - radius : y + radius + 1, x - radius : x + radius + 1]
            leads.append(float((disk * one[around]).sum() - (disk * other[around]).sum()))
    return float(np.mean(leads) / disk.sum()) if leads else 0.0


def _bottom(mask: NDArray[np.bool_]) -> float:
    return float(np.quantile(np.flatnonzero(mask.any(axis=1)), 0.98))


def _median(nearness: Floats, mask: NDArray[np.bool_]) -> float:
    if not mask.any():
        return 0.5
    inner = cv2.erode(mask.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    return float(np.median(nearness[inner if inner.any() else mask]))


def _spaced(median: NDArray[np.float64], back_to_front: tuple[int, ...]) -> list[float]:
    """Nearness per subject, changed as little as needed to grow strictly along the order."""
    count = len(back_to_front)
    gap = min(_GAP, 0.5 / count)
    steps = gap * np.arange(count)
    values = _isotonic(median[list(back_to_front)] - steps) + steps
    low, high = gap, 1.0
    values = np.clip(values, low, None)
    if values[-1] > high:
        values = low + (values - values[0]) * (high - low) / max(values[-1] - values[0], 1e-9)
    for place in range(1, count):
        values[place] = max(values[place], values[place - 1] + gap / 2)
    result = [0.0] * count
    for place, index in enumerate(back_to_front):
        result[index] = float(min(values[place], 1.0))
    return result


def _isotonic(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pool adjacent violators: the nearest non-decreasing sequence."""
    blocks: list[tuple[float, int]] = []
    for value in values:
        blocks.append((float(value), 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (left, n), (right, m) = blocks[-2], blocks[-1]
            blocks[-2:] = [((left * n + right * m) / (n + m), n + m)]
    return np.concatenate([np.full(n, value) for value, n in blocks])
