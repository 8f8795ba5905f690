"""What is learnt on tuning scenes: weights of a block's heads and of a phrase's tokens, and floors.

Weights are by non-negative least squares (Lawson and Hanson 1974) of a phrase's parts on how much
of every image token it covers. All maps are relative to the peak of their phrase's mean, since
masks come of maps relative to their own peaks: only the weights' ratios count. The scenes are none
of a report's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from multiplane.layers.cut import cut_subjects
from multiplane.layers.masks import peak
from multiplane_study import metrics
from multiplane_study.observed import TUNING_SEEDS, balanced_scenes, phrases_of
from multiplane_study.sweep import FLOORS, coarse_iou, truths_of

if TYPE_CHECKING:
    from multiplane.models.load import Painter
    from multiplane_study.observed import Phrases
    from multiplane_study.scenes import Scene

Floats = NDArray[np.float32]
Masks = NDArray[np.bool_]
Parts = tuple[Floats, Masks]
"""Maps (K, P + 1, h, w) of K parts, the place last, and truths (P, H, W)."""
LEARNT_ON = 12


def tuning_parts(
    painter: Painter,
    parts_of: Callable[[Painter, Scene, Phrases], Floats],
) -> list[Parts]:
    """The parts of every tuning scene's phrases; parts_of gives (K, P + 1, h, w)."""
    found = []
    for scene in balanced_scenes(LEARNT_ON, TUNING_SEEDS):
        phrases = phrases_of(scene)
        found.append((parts_of(painter, scene, phrases), truths_of(scene, phrases)))
    return found


def learnt_weights(some: Iterable[Parts]) -> tuple[float, ...]:
    """What each part counts, >= 0 and together 1; all alike where the maps say nothing."""
    rows, wanted = [], []
    for parts, truths in some:
        _, _, height, width = parts.shape
        for index, truth in enumerate(truths):
            top = peak(parts[:, index].mean(axis=0).astype(np.float64))
            rows.append(parts[:, index].reshape(len(parts), -1).T / max(top, 1e-12))
            area = cv2.resize(
                truth.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA
            )
            wanted.append(area.ravel())
    weights, _ = nnls(np.concatenate(rows).astype(np.float64), np.concatenate(wanted))
    if not weights.sum() > 0:
        weights = np.ones(len(weights))
    return tuple(round(float(one), 4) for one in weights / weights.sum())


def best_part(some: Iterable[Parts]) -> int:
    """The part that by itself finds most on the coarse grid."""
    scores = [[coarse_iou(heat, truths) for heat in parts] for parts, truths in some]
    return int(np.mean(scores, axis=0).argmax())


def learnt_floor(painter: Painter, heat_of: Callable[[Painter, Scene, Phrases], Floats]) -> float:
    """The background's floor with which heatmaps (P + 1, h, w), the place last, are cut best.

    A floor belongs to the maps that it was chosen for: flatter ones lose all to the background of
    sharper ones.
    """
    scores = []
    for scene in balanced_scenes(LEARNT_ON, TUNING_SEEDS):
        phrases = phrases_of(scene)
        heat, truths = heat_of(painter, scene, phrases), truths_of(scene, phrases)
        scores.append([_found(scene, phrases, heat, truths, floor) for floor in FLOORS])
    return FLOORS[int(np.mean(scores, axis=0).argmax())]


def _found(scene: Scene, phrases: Phrases, heat: Floats, truths: Masks, floor: float) -> float:
    wanted = [replace(phrase, count=1) for phrase in phrases.wanted]
    cut = cut_subjects(scene.picture, heat, wanted, background_floor=floor)
    return metrics.mean_subject_iou(cut.alphas > 0.5, truths)
