"""Edges of hair, fur and glass by a model that was taught mattes, in the unknown band alone."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.layers.cut import Segmentation
from multiplane.layers.cutters.decomposer import Decomposer, Scene
from multiplane.layers.mask_measures import box_round
from multiplane.layers.mattes import BAND, trimap_of, without_gaps
from multiplane.models.vision.seen import Matter

Floats = NDArray[np.float32]

_WIDER = 2.0  # times the band of the closed form: hair stands far out, and the model knows it
_SOFT = 0.05  # alpha between this and 1 - this is unknown, however far from the border
_AROUND = 0.05  # of the long side: what the model sees beyond the band
_MOST_SIDE = 1024  # px, of what it is shown at once


def with_fine_mattes(base: Decomposer, name: str, matter: Matter) -> Decomposer:
    """`base`, whose mattes `matter` refines. name: of the matter."""

    def decompose(scene: Scene) -> Segmentation:
        return refined_mattes(scene.picture, base.cut(scene), matter, name)

    return replace(base, name=f"{base.name}+{name}", decompose=decompose)


def refined_mattes(
    picture: NDArray[np.uint8], cut: Segmentation, matter: Matter, name: str
) -> Segmentation:
    """The cut with new alpha in every matte's unknown band; all else stays as it was."""
    if not cut.cutouts:
        return cut
    before = cut.alphas
    ground = 1.0 - before.sum(axis=0, keepdims=True)
    owner = np.concatenate([before, ground]).argmax(axis=0)
    fine = np.stack([_fine(picture, alpha, matter) for alpha in before])
    alphas = without_gaps(fine, owner)
    return replace(
        cut,
        cutouts=tuple(
            replace(one, alpha=alpha, cut_by=f"{one.cut_by}+{name}") if one.alpha.any() else one
            for one, alpha in zip(cut.cutouts, alphas, strict=True)
        ),
    )


def _fine(picture: NDArray[np.uint8], alpha: Floats, matter: Matter) -> Floats:
    mask = alpha > 0.5
    if not mask.any():
        return alpha
    band = max(3, round(_WIDER * BAND * max(mask.shape) / 2))
    trimap = trimap_of(mask, band)
    trimap[(alpha > _SOFT) & (alpha < 1.0 - _SOFT)] = 0.5
    unknown = trimap == 0.5
    if not unknown.any():
        return alpha
    margin = max(16, round(_AROUND * max(mask.shape)))
    box = box_round(unknown, margin)
    shown, known = picture[box], trimap[box]
    height, width = known.shape
    scale = min(1.0, _MOST_SIDE / max(height, width))
    if scale < 1.0:
        size = (max(32, round(width * scale)), max(32, round(height * scale)))
        shown = cv2.resize(shown, size, interpolation=cv2.INTER_AREA)
        known = cv2.resize(known, size, interpolation=cv2.INTER_NEAREST)
    found = np.clip(matter.alpha(np.ascontiguousarray(shown), known), 0.0, 1.0)
    if scale < 1.0:
        found = cv2.resize(found, (width, height), interpolation=cv2.INTER_LINEAR)
    result = trimap.copy()
    result[box] = np.where(unknown[box], found, trimap[box])
    return result
