"""How far a matte is from the true one, where it is hard: SAD, MSE, gradient and connectivity.

The four measures of Rhemann et al. (A Perceptually Motivated Online Benchmark for Image Matting,
CVPR 2009), in the units that the field reports: sums are divided by 1000.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_gradient_magnitude

from multiplane.layers.mattes import BAND, trimap_of

Matte = NDArray[np.float32]
Mask = NDArray[np.bool_]

_SIGMA = 1.4  # px, of the derivative
_STEP, _NEAR = 0.1, 0.15  # of alpha: between two thresholds; not worth counting


@dataclass(frozen=True)
class MatteError:
    """sad, gradient, connectivity: sums over 1000; mse: a mean; all over the unknown band."""

    sad: float
    mse: float
    gradient: float
    connectivity: float


def unknown_band(truth: Matte) -> Mask:
    """Where alpha is not known beforehand: round the true outline, and wherever it is soft.

    As wide as the band that this program solves for: 1 % of the long side to either side.
    """
    band = max(2, round(BAND * max(truth.shape)))
    near = trimap_of(truth > 0.5, band) == 0.5
    return np.asarray(near | ((truth > 0.05) & (truth < 0.95)))


def matte_error(alpha: Matte, truth: Matte, unknown: Mask) -> MatteError | None:
    """Of `alpha` (H, W) against `truth`; None where nothing is unknown."""
    if not unknown.any():
        return None
    apart = (alpha - truth)[unknown].astype(np.float64)
    steep, true_steep = (
        gaussian_gradient_magnitude(one.astype(np.float64), _SIGMA) for one in (alpha, truth)
    )
    loose, true_loose = _connected(alpha, truth)
    return MatteError(
        sad=float(np.abs(apart).sum()) / 1000.0,
        mse=float((apart**2).mean()),
        gradient=float(((steep - true_steep)[unknown] ** 2).sum()) / 1000.0,
        connectivity=float(np.abs(loose - true_loose)[unknown].sum()) / 1000.0,
    )


def _connected(alpha: Matte, truth: Matte) -> tuple[Matte, Matte]:
    """How far each pixel of both hangs together with what both take for the subject, 0..1.

    The subject at a threshold is the largest region in which both reach it. A pixel belongs to it
    up to the last threshold at which it lies inside; what its alpha has beyond that is loose.
    """
    reached = np.zeros(alpha.shape, np.float32)
    inside = np.ones(alpha.shape, bool)
    for threshold in np.arange(_STEP, 1.0 + _STEP / 2, _STEP):
        both = (alpha >= threshold - 1e-6) & (truth >= threshold - 1e-6)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(
            both.astype(np.uint8), connectivity=4
        )
        if count == 1:
            break
        largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
        inside = inside & (labels == largest)
        reached[inside] = threshold
    beyond = [one - reached for one in (alpha, truth)]
    first, second = (1.0 - one * (one >= _NEAR) for one in beyond)
    return first.astype(np.float32), second.astype(np.float32)
