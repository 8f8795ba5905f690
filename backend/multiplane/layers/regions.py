"""A picture as a few hundred regions that do not cross lines or edges.

Works for drawings without fills as well as for paint: an edge is a step in colour *or* a dark
line, measured against how busy its neighbourhood is, so that single pen lines on paper count and
brush strokes in a painted sky do not.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.segmentation import watershed

Floats = NDArray[np.float32]

_REFERENCE = 256.0  # px: lengths below are for a picture of this short side
_SMOOTHING = 1.0  # px, before gradients are taken
_LINE_WIDTH = 3  # px, radius of the black top-hat that finds dark lines
_LINE_SHARE = 0.4  # weight of a line's darkness against a colour step
_NEIGHBOURHOOD = 24.0  # px, over which busyness is averaged
_STILL = 4.0  # CIELAB units of busyness under which all places count alike


@dataclass(frozen=True)
class Regions:
    """labels (H, W): number of a pixel's region, 0 .. count - 1; size (count,): px each.

    first, second (E,): neighbouring regions; border (E,): length of their border in px;
    barrier (E,): mean edge strength along it; weakest (E,): its lower quartile, so that a gap in
    a line lets through.
    """

    labels: NDArray[np.int32]
    size: NDArray[np.float64]
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    border: NDArray[np.float64]
    barrier: NDArray[np.float64]
    weakest: NDArray[np.float64]

    @property
    def count(self) -> int:
        return len(self.size)

    def mean(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """Mean of `values` (H, W) over every region: (count,)."""
        summed = np.bincount(self.labels.ravel(), values.ravel(), self.count)
        return np.asarray(summed / self.size)


def find_regions(lab: Floats, wanted: int) -> Regions:
    """About `wanted` regions of a picture in CIELAB (H, W, 3), by watershed on `edge_strength`.

    Seeds are put on a grid, each moved to the calmest pixel near it.
    """
    strength = edge_strength(lab)
    height, width = strength.shape
    step = max(2.0, float(np.sqrt(height * width / wanted)))
    reach = max(1, int(step * 0.35))
    seeds = np.zeros((height, width), np.int32)
    number = 0
    for y in np.arange(step / 2, height, step).astype(int):
        for x in np.arange(step / 2, width, step).astype(int):
            top, left = max(0, y - reach), max(0, x - reach)
            window = strength[top : y + reach + 1, left : x + reach + 1]
            calm = np.unravel_index(int(window.argmin()), window.shape)
            number += 1
            seeds[top + calm[0], left + calm[1]] = number
    labels = watershed(strength, seeds).astype(np.int32)
    _, flat = np.unique(labels, return_inverse=True)
    labels = flat.reshape(height, width).astype(np.int32)
    return Regions(
        labels, np.bincount(flat.ravel()).astype(np.float64), *_borders(labels, strength)
    )


def edge_strength(lab: Floats) -> Floats:
    """Steps in colour and dark lines of (H, W, 3) CIELAB, relative to the busyness around."""
    scale = min(lab.shape[:2]) / _REFERENCE
    smooth = cv2.GaussianBlur(lab, (0, 0), _SMOOTHING * scale)
    across = cv2.Scharr(smooth, cv2.CV_32F, 1, 0) / 32.0
    down = cv2.Scharr(smooth, cv2.CV_32F, 0, 1) / 32.0
    step = np.sqrt((across**2 + down**2).sum(axis=2))
    radius = max(2, round(_LINE_WIDTH * scale))
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    lines = cv2.morphologyEx(np.ascontiguousarray(smooth[..., 0]), cv2.MORPH_BLACKHAT, disk)
    strength = np.maximum(step, _LINE_SHARE * lines)
    busy = cv2.GaussianBlur(strength, (0, 0), _NEIGHBOURHOOD * scale)
    return (strength / (busy + _STILL)).astype(np.float32)


def _borders(
    labels: NDArray[np.int32], strength: Floats
) -> tuple[
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
]:
    count = int(labels.max()) + 1
    keys, values = [], []
    pairs = (
        (np.s_[:, :-1], np.s_[:, 1:]),
        (np.s_[:-1, :], np.s_[1:, :]),
    )
    for here, there in pairs:
        differ = labels[here] != labels[there]
        one, other = labels[here][differ].astype(np.int64), labels[there][differ].astype(np.int64)
        keys.append(np.minimum(one, other) * count + np.maximum(one, other))
        values.append(np.maximum(strength[here][differ], strength[there][differ]))
    unique, index, length = np.unique(np.concatenate(keys), return_inverse=True, return_counts=True)
    strengths = np.concatenate(values)
    barrier = np.bincount(index, strengths, len(unique)) / np.maximum(length, 1)
    ranked = strengths[np.lexsort((strengths, index))]
    weakest = ranked[np.cumsum(length) - length + length // 4]
    return unique // count, unique % count, length.astype(np.float64), barrier, weakest
