"""Masks refined by a model that is shown them, wherever both agree.

SAM by itself cuts sharp shapes, but not those that words mean; the words' masks know what, but not
where it ends. So the masker is asked for what the mask shows, and its answer counts only if it is
the same thing ("Ours + SAM refine" of the paper).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.layers.cut import UNASKED, Cutout, Segmentation
from multiplane.layers.cutters.by_words import in_front, sigmoid
from multiplane.layers.cutters.decomposer import Decomposer, Scene
from multiplane.layers.mask_measures import iou
from multiplane.layers.mattes import solve_mattes
from multiplane.models.vision.seen import Box, Candidates, Masker, Prompt

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

AGREED = 0.6
"""IoU from which the masker's answer is the thing that the mask shows."""
_POINTS = 3  # inside each mask: its innermost places
_APART = 0.35  # of the first point's distance from the rim, by which further ones keep away


def agreeing(base: Decomposer, name: str, masker: Masker) -> Decomposer:
    """`base`, whose masks `masker` refines. name: of the masker."""

    def decompose(scene: Scene) -> Segmentation:
        return refined(scene, base.cut(scene), masker, f"{base.name}+{name}")

    return replace(base, name=f"{base.name}+{name}", decompose=decompose)


def refined(scene: Scene, cut: Segmentation, masker: Masker, name: str) -> Segmentation:
    """The cut, with the masker's mask of every cutout that both see alike; `name` is said of those.

    Everything else stays as it was, and so does the whole cut where they agree on nothing.
    """
    shown = [place for place, one in enumerate(cut.cutouts) if (one.alpha > 0.5).any()]
    asked = [
        replace(prompt_of(cut.cutouts[place].alpha > 0.5), words=_words(scene, cut.cutouts[place]))
        for place in shown
    ]
    if not asked:
        return cut
    answers = dict(zip(shown, masker.candidates(scene.picture, asked), strict=True))
    masks = [one.alpha for one in cut.cutouts]
    agreed = []
    for place, answer in answers.items():
        same = agreed_mask(answer, cut.cutouts[place].alpha > 0.5)
        if same is not None:
            masks[place] = same
            agreed.append(place)
    if not agreed:
        return cut
    alphas = solve_mattes(scene.picture, in_front(np.stack(masks)))
    alphas = _keeping(cut.cutouts, alphas, agreed)
    return Segmentation(
        tuple(
            replace(one, alpha=alphas[place], cut_by=name if place in agreed else one.cut_by)
            for place, one in enumerate(cut.cutouts)
        )
    )


def _words(scene: Scene, cutout: Cutout) -> str:
    return "" if cutout.of == UNASKED else scene.wanted[cutout.of].words


def prompt_of(mask: Mask) -> Prompt:
    """How a masker is shown a mask (H, W): by its box, and by the places deepest inside."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    box = Box(float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1))
    framed = np.pad(mask.astype(np.uint8), 1)
    depth = cv2.distanceTransform(framed, cv2.DIST_L2, 5)[1:-1, 1:-1]
    points: list[tuple[float, float]] = []
    away = max(1.0, _APART * (box.right - box.left + box.bottom - box.top) / 2.0)
    for _ in range(_POINTS):
        row, column = np.unravel_index(int(depth.argmax()), depth.shape)
        if depth[row, column] <= 0.0:
            break
        points.append((float(column) + 0.5, float(row) + 0.5))
        cv2.circle(depth, (int(column), int(row)), round(away), 0.0, -1)
    return Prompt(box, tuple(points))


def agreed_mask(answer: Candidates, mask: Mask) -> Floats | None:
    """Of the masker's masks the one most like `mask` (H, W), 0..1; None where none is the same."""
    height, width = mask.shape
    best, nearest = AGREED, None
    for logits in answer.logits:
        large = cv2.resize(logits, (width, height), interpolation=cv2.INTER_LINEAR)
        alike = iou(large > 0.0, mask)
        if alike >= best:
            best, nearest = alike, large
    return None if nearest is None else sigmoid(nearest)


def _keeping(before: Sequence[Cutout], alphas: Floats, agreed: Sequence[int]) -> Floats:
    """The new mattes of those `agreed` on; the others keep theirs where there is room left."""
    result = alphas.copy()
    others = [place for place in range(len(before)) if place not in agreed]
    left = 1.0 - result[agreed].sum(axis=0)
    for place in others:
        result[place] = np.minimum(before[place].alpha, np.maximum(left, 0.0))
        left = left - result[place]
    return result
