"""How far a picture is from those that a model knows, by statistics of its pixels.

Drawings have flat parts, clear lines and few colours; photographs have texture everywhere, soft
steps and all colours between. What a model knows of that is measured by `study calibrate`.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.models.facts import ModelProfile

_SHORT_SIDE = 256  # px, at which pictures are compared
_BANDS = ((0.01, 0.03), (0.03, 0.08), (0.08, 0.2), (0.2, 0.5))  # cycles per px


def picture_statistics(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    """(15,) of a picture (H, W, 3) sRGB.

    Of the steps between neighbouring pixels in CIELAB: how many are none or small, their median,
    mean and high quantiles. Of the lightness: fine grain in calm places, and how its energy falls
    from one band of frequencies to the next. Of the colours: how many there are, what the most
    frequent cover, and how far they spread.
    """
    height, width = picture.shape[:2]
    scale = _SHORT_SIDE / min(height, width)
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    lab = cv2.cvtColor(small / 255.0, cv2.COLOR_RGB2LAB)
    light = lab[..., 0]
    across = np.abs(np.diff(lab, axis=1)).sum(axis=2)[:-1]
    steps = across + np.abs(np.diff(lab, axis=0)).sum(axis=2)[:, :-1]
    grain = np.abs(cv2.Laplacian(light, cv2.CV_32F))
    bins = (small / 16.0).astype(int)
    share = np.bincount(((bins[..., 0] * 16 + bins[..., 1]) * 16 + bins[..., 2]).ravel())
    share = np.sort(share[share > 0])[::-1] / share.sum()
    high, higher = np.quantile(steps, (0.9, 0.99))
    low, _, fine, finest = energies = _energies(light)
    falls = [energies[1] - low, fine - energies[1], finest - fine]
    return np.array(
        [
            float((steps < 0.5).mean()),
            float((steps < 2.0).mean()),
            np.log(np.median(steps) + 0.1),
            np.log(steps.mean() + 0.1),
            np.log(high + 0.1),
            np.log(higher + 0.1),
            np.log(np.median(grain) + 0.05),
            np.log(np.quantile(grain, 0.25) + 0.05),
            float(-(share * np.log(share)).sum()),
            float(share[:4].sum()),
            *falls,
            np.log(lab[..., 1:].std() + 0.5),
            np.log(light.std() + 1.0),
        ]
    )


def novelty(profile: ModelProfile, picture: NDArray[np.uint8]) -> float:
    """How far it is from what the model knows: 1 at the edge; 0 where that was never measured."""
    calibration = profile.calibration
    if calibration is None or calibration.familiarity is None:
        return 0.0
    return calibration.familiarity.novelty(picture_statistics(picture).tolist())


def _energies(light: NDArray[np.float32]) -> list[float]:
    """Logarithm of the mean power of the lightness in each band of frequencies."""
    rows, columns = light.shape
    window = np.outer(np.hanning(rows), np.hanning(columns))
    power = np.abs(np.fft.fft2((light - light.mean()) * window)) ** 2
    away = np.hypot(np.fft.fftfreq(rows)[:, None], np.fft.fftfreq(columns)[None])
    bands = [power[(away >= low) & (away < high)] for low, high in _BANDS]
    return [float(np.log((band.mean() if band.size else 0.0) + 1e-6)) for band in bands]
