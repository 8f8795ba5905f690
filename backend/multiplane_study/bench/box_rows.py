"""Rows that know no words but are given the true box of every subject."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.filters import threshold_otsu
from skimage.segmentation import slic

from multiplane.depth.order import order
from multiplane.models.vision.seen import Box
from multiplane_study.bench.answer import Answer, by_subject, each_of
from multiplane_study.bench.look import Look

Mask = NDArray[np.bool_]
Picture = NDArray[np.uint8]

_ROUNDS = 5  # of GrabCut
_SUPERPIXELS = 600
_INSIDE = 0.5  # of a superpixel: it belongs to the box


def grabcut(look: Look) -> Answer:
    """GrabCut (Rother et al., 2004), started with each subject's box."""
    return boxed(look, [grabcut_in(look.picture, box) for box in look.true_boxes()])


def slic_colour(look: Look) -> Answer:
    """Superpixels (Achanta et al., 2012) in each box whose colour is unlike all outside of it."""
    labels = slic(look.picture, n_segments=_SUPERPIXELS, compactness=10.0, start_label=0)
    lab = cv2.cvtColor(look.picture.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)
    return boxed(look, [slic_in(labels, lab, box) for box in look.true_boxes()])


def boxed(look: Look, masks: list[Mask]) -> Answer:
    """An answer of one mask for each subject of the scene, ordered as layers of a shot are."""
    alphas = by_subject(look.phrases, [mask.astype(np.float32) for mask in masks])
    ranks = order(alphas, look.nearness, trust=look.depth_model.trust).back_to_front
    return Answer(alphas, each_of(look.phrases), tuple(ranks))


def grabcut_in(picture: Picture, box: Box) -> Mask:
    """What GrabCut takes for the thing in a box; the whole box where nothing lies outside of it."""
    height, width = picture.shape[:2]
    inside = _in_box((height, width), box)
    if inside.all():
        return inside
    labels = np.where(inside, cv2.GC_PR_FGD, cv2.GC_BGD).astype(np.uint8)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(0)
    cv2.grabCut(picture, labels, None, *models, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    return np.asarray((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD))


def slic_in(labels: NDArray[np.int64], lab: NDArray[np.float32], box: Box) -> Mask:
    """Superpixels in a box, farther from every outer one's colour than Otsu's threshold."""
    inside = _in_box(labels.shape, box)
    sizes = np.bincount(labels.ravel())
    share = np.bincount(labels.ravel(), weights=inside.ravel()) / np.maximum(sizes, 1)
    colours = np.stack(
        [np.bincount(labels.ravel(), weights=lab[..., k].ravel()) for k in range(3)], axis=1
    ) / np.maximum(sizes, 1)[:, None]  # fmt: skip
    own = np.flatnonzero((share >= _INSIDE) & (sizes > 0))
    outer = np.flatnonzero((share < _INSIDE) & (sizes > 0))
    if not len(own) or not len(outer):
        return inside
    away = np.linalg.norm(colours[own][:, None] - colours[outer][None], axis=2).min(axis=1)
    least = threshold_otsu(away) if len(np.unique(away)) > 1 else -1.0
    chosen = np.zeros(len(sizes), bool)
    chosen[own[away > least]] = True
    return np.asarray(chosen[labels] & inside)


def _in_box(shape: tuple[int, ...], box: Box) -> Mask:
    inside = np.zeros(shape, bool)
    inside[round(box.top) : round(box.bottom), round(box.left) : round(box.right)] = True
    return inside
