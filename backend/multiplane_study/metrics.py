"""Measures of masks, mattes, order and their uncertainty."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Matte = NDArray[np.float32]


def iou(mask: Mask, truth: Mask) -> float:
    """Intersection over union; 1.0 when both are empty."""
    union = int((mask | truth).sum())
    return float((mask & truth).sum()) / union if union else 1.0


def mean_subject_iou(masks: Mask, truths: Mask) -> float:
    """IoU averaged over the subjects (S, H, W) of a picture; the headline averages pictures."""
    if len(masks) != len(truths) or not len(masks):
        raise ValueError(f"{len(masks)} masks, {len(truths)} truths")
    return float(np.mean([iou(mask, truth) for mask, truth in zip(masks, truths, strict=True)]))


def two_class_iou(masks: Mask, truths: Mask) -> float:
    """Mean of the IoU of all subjects together and of the background; masks (S, H, W)."""
    front = np.asarray(masks.any(axis=0))
    true_front = np.asarray(truths.any(axis=0))
    return (iou(front, true_front) + iou(~front, ~true_front)) / 2.0


def soft_iou(matte: Matte, truth: Matte) -> float:
    """Sum of minima over sum of maxima of two mattes 0..1; 1.0 when both are empty."""
    above = float(np.maximum(matte, truth).sum())
    return float(np.minimum(matte, truth).sum()) / above if above else 1.0


def davis_tolerance(shape: tuple[int, ...]) -> int:
    """Tolerance of the boundary measure of DAVIS 2016 in px: ceil(0.008 x diagonal)."""
    return math.ceil(0.008 * math.hypot(shape[0], shape[1]))


def boundary_f(mask: Mask, truth: Mask, tolerance: int | None = None) -> float:
    """F measure of the outlines (Perazzi et al., DAVIS 2016).

    An outline's pixel is right when the other outline is within `tolerance` px (None: the DAVIS
    tolerance). 1.0 when neither has an outline, 0.0 when only one has.
    """
    near = davis_tolerance(mask.shape) if tolerance is None else tolerance
    outline, true_outline = _outline(mask), _outline(truth)
    if not outline.any() or not true_outline.any():
        return float(outline.any() == true_outline.any())
    precision = float((_distance(true_outline)[outline] <= near).mean())
    recall = float((_distance(outline)[true_outline] <= near).mean())
    total = precision + recall
    return 2.0 * precision * recall / total if total else 0.0


def order_pairs(
    back_to_front: Sequence[int], true_back_to_front: Sequence[int], truths: Mask
) -> list[tuple[bool, bool]]:
    """(right, overlapping) for every pair of subjects.

    Orders hold indices into `truths` (S, H, W), the *whole* subjects' masks; a pair overlaps
    when they do. A pair of which one index is missing from `back_to_front` counts as wrong.
    """
    place = {layer: rank for rank, layer in enumerate(back_to_front)}
    pairs = []
    for rank, back in enumerate(true_back_to_front):
        for front in true_back_to_front[rank + 1 :]:
            known = back in place and front in place
            right = known and place[back] < place[front]
            pairs.append((bool(right), bool((truths[back] & truths[front]).any())))
    return pairs


def interval(
    values: Sequence[float] | NDArray[np.float64], *, seed: int = 0, draws: int = 2000
) -> tuple[float, float]:
    """95 % bootstrap interval of the mean (percentile method), over pictures."""
    if not len(values):
        raise ValueError("no values")
    sample = np.asarray(values, np.float64)
    generator = np.random.default_rng(seed)
    means = sample[generator.integers(0, len(sample), (draws, len(sample)))].mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


def _outline(mask: Mask) -> Mask:
    """Pixels whose right, lower or lower right neighbour is on the other side (as in DAVIS)."""
    outline = np.zeros(mask.shape, bool)
    outline[:, :-1] |= mask[:, :-1] != mask[:, 1:]
    outline[:-1, :] |= mask[:-1, :] != mask[1:, :]
    outline[:-1, :-1] |= mask[:-1, :-1] != mask[1:, 1:]
    return outline


def _distance(points: Mask) -> NDArray[np.float32]:
    return cv2.distanceTransform((~points).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
