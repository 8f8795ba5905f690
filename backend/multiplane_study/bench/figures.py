"""Everything that is measured of a row's answer to a case; one function a figure's family."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from multiplane_study import metrics
from multiplane_study.bench.answer import Matched
from multiplane_study.bench.case import Case
from multiplane_study.bench.layer_figures import layer_figures
from multiplane_study.bench.matte_error import MatteError, matte_error, unknown_band
from multiplane_study.bench.result import Figure

Values = dict[str, float | None]

FIGURES: tuple[Figure, ...] = (
    Figure("iou", "mIoU, mean over subjects"),
    Figure("two_class", "IoU, foreground and background"),
    Figure("boundary_f", "boundary F, DAVIS tolerance"),
    Figure("boundary_f_2px", "boundary F, 2 px"),
    Figure("sad", "matte SAD, unknown band", "low", "/1000"),
    Figure("mse", "matte MSE, unknown band", "low"),
    Figure("gradient", "matte gradient, unknown band", "low", "/1000"),
    Figure("connectivity", "matte connectivity, unknown band", "low", "/1000"),
    Figure("leakage", "leakage into neighbours", "low"),
    Figure("order_overlapping", "order, overlapping pairs"),
    Figure("order_all", "order, all pairs"),
    Figure("background_psnr", "hidden background, PSNR", "high", "dB"),
    Figure("background_ssim", "hidden background, SSIM"),
    Figure("hidden_psnr", "hidden parts of subjects, PSNR", "high", "dB"),
    Figure("hidden_ssim", "hidden parts of subjects, SSIM"),
    Figure("fringe", "fringe on the edge band", "low", "of 255"),
    Figure("seconds", "seconds a picture", "low", "s"),
)
"""In the order of tables; the first is the headline. Order figures are of a picture's pairs."""
IOU_BY_JUDGE, JUDGES_OWN_IOU = "iou_by_judge", "judges_own_iou"
"""Of a case that has the judge's masks beside its truth; in no table of their own."""
LAYERED = frozenset({"background_psnr", "background_ssim", "hidden_psnr", "hidden_ssim", "fringe"})
"""Figures that need the layers built, which takes longer than all others together."""


def mask_figures(case: Case, found: Matched) -> Values:
    """Everything but `LAYERED` and the seconds. Figures that a case cannot have are None."""
    scene = case.scene
    truths = np.stack([one.matte for one in scene.subjects])
    true_masks = truths > 0.5
    masks = found.masks
    pairs = list(zip(masks, true_masks, strict=True))
    errors = []
    if "mattes" in case.knows:
        errors = [
            matte_error(alpha, truth, unknown_band(truth))
            for alpha, truth in zip(found.alphas, truths, strict=True)
        ]
    values: Values = {
        "iou": metrics.mean_subject_iou(masks, true_masks),
        "two_class": metrics.two_class_iou(masks, true_masks),
        "boundary_f": _mean([metrics.boundary_f(mask, truth) for mask, truth in pairs]),
        "boundary_f_2px": _mean([metrics.boundary_f(mask, truth, 2) for mask, truth in pairs]),
        "leakage": leakage(masks, true_masks),
        **_matte_figures(errors),
        "order_overlapping": None,
        "order_all": None,
    }
    if "order" in case.knows:
        wholes = np.stack([one.whole_matte for one in scene.subjects]) > 0.5
        judged = metrics.order_pairs(found.back_to_front, range(len(truths)), wholes)
        values["order_all"] = _mean([float(right) for right, _ in judged])
        values["order_overlapping"] = _mean([float(right) for right, over in judged if over])
    return values


def figures_of(case: Case, found: Matched, *, layered: bool) -> Values:
    """All figures but the seconds; without `layered` those of layers are None."""
    values = mask_figures(case, found)
    of_layers: Values = dict.fromkeys(LAYERED)
    if layered and "hidden" in case.knows:
        of_layers |= layer_figures(case.scene, found)
    if case.judged is not None:
        values[IOU_BY_JUDGE] = metrics.mean_subject_iou(found.masks, case.judged)
        truths = np.stack([one.matte for one in case.scene.subjects]) > 0.5
        values[JUDGES_OWN_IOU] = metrics.mean_subject_iou(case.judged, truths)
    return values | of_layers


def leakage(masks: metrics.Mask, truths: metrics.Mask) -> float | None:
    """Share of all masks' pixels that show another subject; None in a picture of one subject.

    masks, truths: (S, H, W). Masks that are all empty leak nothing.
    """
    if len(truths) < 2:
        return None
    wrong = 0
    for index, mask in enumerate(masks):
        others = np.delete(truths, index, axis=0).any(axis=0) & ~truths[index]
        wrong += int((mask & others).sum())
    whole = int(masks.sum())
    return wrong / whole if whole else 0.0


def _matte_figures(errors: Sequence[MatteError | None]) -> Values:
    known = [one for one in errors if one is not None]
    return {
        "sad": _mean([one.sad for one in known]),
        "mse": _mean([one.mse for one in known]),
        "gradient": _mean([one.gradient for one in known]),
        "connectivity": _mean([one.connectivity for one in known]),
    }


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if len(values) else None
