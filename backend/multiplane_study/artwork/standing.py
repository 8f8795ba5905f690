"""Where drawings stand in a scene: sizes, overlaps, what the frame cuts, and who is nearer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane_study.artwork.grounds import Ground

_ROWS = 64
_TRIES = 40


@dataclass(frozen=True)
class Sizes:
    """Longer sides as shares of the picture's height, by number of subjects, and chances.

    `small`: of each subject, to be a small one. `cut`: of each, to be cut by the frame.
    `overlap`: of a scene with several, that somebody is hidden in part.
    """

    of: tuple[tuple[float, float], ...] = ((0.35, 0.9), (0.28, 0.72), (0.24, 0.6), (0.22, 0.52))
    small_side: tuple[float, float] = (0.12, 0.2)
    small: float = 0.12
    cut: float = 0.1
    overlap: float = 0.55


class Place(NamedTuple):
    """Where a drawing is, in picture heights: top left corner and longer side.

    `drawing` is its number, `depth` its nearness 0..1, `inside` the share of it within the frame,
    `area` what it covers in squared picture heights, the frame apart.
    """

    drawing: int
    left: float
    top: float
    side: float
    depth: float
    inside: float
    area: float


def place_all(
    rng: np.random.Generator,
    mattes: Sequence[NDArray[np.uint8]],
    ground: Ground,
    aspect: float,
    sizes: Sizes,
) -> list[Place] | None:
    """Places of drawings with these mattes, back to front; None where no try kept the bounds."""
    count = len(mattes)
    overlap = count > 1 and rng.random() < sizes.overlap
    low, high = sizes.of[min(count, len(sizes.of)) - 1]
    sides = [
        float(rng.uniform(*sizes.small_side))
        if rng.random() < sizes.small
        else float(rng.uniform(low, high))
        for _ in range(count)
    ]
    small = [_small(matte, side) for matte, side in zip(mattes, sides, strict=True)]
    standing = ground.standing and rng.random() < 0.8
    for attempt in range(_TRIES):
        boxes = [
            _corner(rng, mask, ground, aspect, standing, rng.random() < sizes.cut) for mask in small
        ]
        if standing:
            order = sorted(range(count), key=lambda k: boxes[k][0] + small[k].shape[0])
        else:
            order = [int(k) for k in rng.permutation(count)]
        hidden, inside = _hidden(small, boxes, order, round(aspect * _ROWS))
        if max(hidden) > 0.5 or min(inside) < 0.6:
            continue
        if overlap and max(hidden) < 0.08 and attempt < _TRIES - 5:
            continue
        if not overlap and max(hidden) > 0.03 and attempt < _TRIES // 2:
            continue
        ranks = np.linspace(0.3, 0.95, count) if count > 1 else [float(rng.uniform(0.4, 0.95))]
        places = []
        for rank, k in enumerate(order):
            top, left = boxes[k]
            foot = (top + small[k].shape[0]) / _ROWS
            depth = ground.drawing.nearness(foot) if standing else float(ranks[rank])
            area = float((small[k]).sum()) / _ROWS**2
            places.append(Place(k, left / _ROWS, top / _ROWS, sides[k], depth, inside[k], area))
        return places
    return None


def _small(matte: NDArray[np.uint8], side: float) -> NDArray[np.bool_]:
    scale = side * _ROWS / max(matte.shape)
    size = (max(1, round(matte.shape[1] * scale)), max(1, round(matte.shape[0] * scale)))
    return np.asarray(cv2.resize(matte, size, interpolation=cv2.INTER_AREA) > 127)


def _corner(
    rng: np.random.Generator, mask: NDArray[np.bool_], ground: Ground, aspect: float,
    standing: bool, cut: bool,
) -> tuple[int, int]:  # fmt: skip
    """Top and left in small rows."""
    height, width = mask.shape
    columns = round(aspect * _ROWS)
    left = rng.uniform(0, max(0, columns - width))
    if standing:
        horizon = ground.drawing.horizon
        foot = rng.uniform(horizon + 0.25 * (1 - horizon), 0.98) * _ROWS
        top = foot - height
    else:
        top = rng.uniform(0, max(0, _ROWS - height))
    if cut:
        share = float(rng.uniform(0.1, 0.35))
        edge = rng.random()
        if edge < 0.4:
            left = -share * width
        elif edge < 0.8:
            left = columns - (1 - share) * width
        else:
            top = _ROWS - (1 - share) * height
    return round(top), round(left)


def _hidden(
    masks: Sequence[NDArray[np.bool_]],
    corners: Sequence[tuple[int, int]],
    order: Sequence[int],
    columns: int,
) -> tuple[list[float], list[float]]:
    """By drawing: the share of it that nearer ones hide, and the share within the frame."""
    taken = np.zeros((_ROWS, columns), bool)
    hidden, inside = [0.0] * len(masks), [0.0] * len(masks)
    for k in reversed(order):
        mask, (top, left) = masks[k], corners[k]
        rows = slice(max(0, top), max(0, min(_ROWS, top + mask.shape[0])))
        cols = slice(max(0, left), max(0, min(columns, left + mask.shape[1])))
        part = mask[rows.start - top : rows.stop - top, cols.start - left : cols.stop - left]
        inside[k] = float(part.sum()) / max(1.0, float(mask.sum()))
        hidden[k] = float((part & taken[rows, cols]).sum()) / max(1.0, float(part.sum()))
        taken[rows, cols] |= part
    return hidden, inside
