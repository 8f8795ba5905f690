"""Subjects and background compete for every pixel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# Chosen on drawn scenes outside the held-out ones, with the bundled model's maps.
_BAR = 0.15  # share of a subject's peak above which it stands out from the background
_PLACE_SAYS = 0.5  # weight of the place's words against the fixed bar, both as logarithms
_PLACE_RANGE = (0.02, 1.5)
_SHARPNESS = 3.0
# A phrase that is not in the picture has a flat map; its own peak is nothing to go by.
_FLAT = 0.5  # logarithm of peak over low end up to which a map counts as flat
_CLEAR = 1.0  # and how much more makes it count in full
_LEAST = 1e-4


@dataclass(frozen=True)
class SoftMasks:
    """Shares of every pixel.

    values: (S + 1, H, W) 0..1, subjects in the order given and the background last; sums to 1.
    confidence: one per subject, 0..1, how clearly it won; 0 for one that is not in the picture.
    """

    values: Floats
    confidence: tuple[float, ...]

    @property
    def subjects(self) -> Floats:
        """(S, H, W)"""
        return self.values[:-1]

    @property
    def background(self) -> Floats:
        """(H, W)"""
        return self.values[-1]


def soft_masks(
    maps: Floats,
    is_background: Sequence[bool],
    size: tuple[int, int],
    *,
    background_floor: float = 0.0,
) -> SoftMasks:
    """Soft masks from heatmaps, by competition of their logarithms.

    maps: (G, h, w) attention of every picture token to a phrase, >= 0; is_background: which of
    the G phrases name the place; size: (width, height) px of the result. Every subject's map is
    taken relative to its own peak, so that phrases of different strength compete fairly. The
    background stands at a fixed share of a subject's peak, raised and lowered by what the place
    phrases say; `background_floor` is added to that share (-0.1 .. 0.5).
    """
    if len(maps) != len(is_background):
        raise ValueError(f"{len(maps)} maps, but {len(is_background)} flags")
    width, height = size
    place = np.asarray(is_background, bool)
    if place.all():
        return SoftMasks(np.ones((1, height, width), np.float32), ())
    given = maps.astype(np.float64)
    spans = [contrast(heat) for heat in given[~place]]
    subjects = np.stack(
        [
            heat / max(peak(heat), 1e-12) * np.clip((span - _FLAT) / _CLEAR, 0.0, 1.0)
            for heat, span in zip(given[~place], spans, strict=True)
        ]
    )
    bar = np.full(subjects.shape[1:], float(np.clip(_BAR + background_floor, 0.03, 0.9)))
    if place.any():
        usual = [heat / max(float(np.quantile(heat, 0.8)), 1e-12) for heat in given[place]]
        said = np.clip(np.max(usual, axis=0), *_PLACE_RANGE)
        bar = bar ** (1.0 - _PLACE_SAYS) * said**_PLACE_SAYS
    channels = np.log(np.maximum(np.concatenate([subjects, bar[None]]), _LEAST))
    large = np.stack([upsample(heat.astype(np.float32), size) for heat in channels])
    large = np.exp(_SHARPNESS * (large - large.max(axis=0)))
    values = (large / large.sum(axis=0)).astype(np.float32)
    return SoftMasks(values, tuple(_confidence(values, spans)))


def contrast(heat: NDArray[np.float64]) -> float:
    """Logarithm of the peak over the tenth lowest percent."""
    return float(np.log(max(peak(heat), 1e-12) / max(float(np.quantile(heat, 0.1)), 1e-12)))


def peak(heat: NDArray[np.float64]) -> float:
    """Mean of the strongest hundredth of the tokens, at least of four."""
    count = min(heat.size, max(4, round(0.01 * heat.size)))
    return float(np.partition(heat.ravel(), heat.size - count)[-count:].mean())


def upsample(heat: Floats, size: tuple[int, int]) -> Floats:
    """`heat` (h, w) to (width, height) px, smoothly; token centres stay where they are."""
    return cv2.resize(heat.astype(np.float32), size, interpolation=cv2.INTER_CUBIC)


def _confidence(values: Floats, spans: Sequence[float]) -> list[float]:
    won = values.argmax(axis=0)
    found = []
    for index, span in enumerate(spans):
        mine = won == index
        if mine.mean() < 0.001:
            found.append(0.0)
            continue
        clear = float(values[index][mine].mean())
        found.append(float(np.clip(clear * min(1.0, span / 1.5), 0.0, 1.0)))
    return found
