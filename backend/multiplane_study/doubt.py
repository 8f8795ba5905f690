"""Whether a confidence is to be trusted: are the bad layers the ones that were doubted?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

GOOD_IOU = 0.5
"""A layer below it is bad: less than half of what it should be, or as much of something else."""
BINS = 10


@dataclass(frozen=True)
class LayerScore:
    """One layer that was asked for: how right it is, and how right it was said to be, 0..1.

    doubted: whether the user is told that it is uncertain or missing. A layer that was not found
    has both numbers at 0.
    """

    iou: float
    confidence: float
    doubted: bool

    @property
    def bad(self) -> bool:
        return self.iou < GOOD_IOU


def reliability(layers: Sequence[LayerScore]) -> dict[str, Any]:
    """Recall and precision of the doubt, and how well the confidence is calibrated.

    recall: of the bad layers, the share that was doubted; precision: of the doubted layers, the
    share that is bad; false_alarms: of the good layers, the share that was doubted; each None where
    there are none. missing: how many of the layers were not found. ece: expected calibration error
    over `BINS` bins of equal width, of the confidence as the chance that a layer is good (Naeini et
    al., AAAI 2015). curve: per bin that is not empty its mean confidence, the share of good layers,
    and the number of layers.
    """
    bad = [layer for layer in layers if layer.bad]
    good = [layer for layer in layers if not layer.bad]
    doubted = [layer for layer in layers if layer.doubted]
    curve = _curve(layers)
    off = sum(abs(bin_["confidence"] - bin_["good"]) * bin_["layers"] for bin_ in curve)
    return {
        "layers": len(layers),
        "bad": len(bad),
        "doubted": len(doubted),
        "missing": sum(layer.doubted and layer.confidence == 0.0 for layer in layers),
        "recall": _share(bad, lambda layer: layer.doubted),
        "precision": _share(doubted, lambda layer: layer.bad),
        "false_alarms": _share(good, lambda layer: layer.doubted),
        "ece": off / len(layers) if layers else None,
        "curve": curve,
    }


def _share(layers: Sequence[LayerScore], holds: Any) -> float | None:
    return float(np.mean([holds(layer) for layer in layers])) if layers else None


def _curve(layers: Sequence[LayerScore]) -> list[dict[str, Any]]:
    bins: list[list[LayerScore]] = [[] for _ in range(BINS)]
    for layer in layers:
        bins[min(int(layer.confidence * BINS), BINS - 1)].append(layer)
    return [
        {
            "confidence": float(np.mean([layer.confidence for layer in inside])),
            "good": float(np.mean([not layer.bad for layer in inside])),
            "layers": len(inside),
        }
        for inside in bins
        if inside
    ]
