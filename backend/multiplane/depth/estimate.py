"""Nearness of a picture, from a depth model."""

from __future__ import annotations

from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray


class DepthModel(Protocol):
    """What `models.load.load_depth` gives."""

    @property
    def trust(self) -> float:
        """What its nearness counts against outlines, 0..1."""
        ...

    def nearness(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(H, W, 3) sRGB -> (H, W) 0 far .. 1 near."""
        ...


def estimate_nearness(depth_model: DepthModel, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Nearness (H, W) of `picture` (H, W, 3): 0 far .. 1 near, stretched to use that range.

    Depth models give nearness up to scale and shift; the 1st and 99th percentile are put to
    0 and 1, so that a few odd pixels do not squeeze all the others.
    """
    raw = np.asarray(depth_model.nearness(picture), np.float32)
    if raw.shape != picture.shape[:2]:
        raw = cv2.resize(raw, picture.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    low, high = np.quantile(raw, (0.01, 0.99))
    if high - low < 1e-6:
        return np.full(raw.shape, 0.5, np.float32)
    return np.clip((raw - low) / (high - low), 0.0, 1.0).astype(np.float32)
