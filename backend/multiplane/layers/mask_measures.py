"""What is measured of masks: where they lie, and how alike two are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


def iou(mask: Mask, other: Mask) -> float:
    """Intersection over union of two masks (H, W), 0..1; 0 where both are empty."""
    union = int((mask | other).sum())
    return float((mask & other).sum() / union) if union else 0.0


def box_round(mask: Mask, margin: int) -> tuple[slice, slice]:
    """Rows and columns of a mask (H, W) that is not empty, and up to `margin` px more."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return (
        slice(max(0, rows[0] - margin), rows[-1] + margin + 1),
        slice(max(0, columns[0] - margin), columns[-1] + margin + 1),
    )
