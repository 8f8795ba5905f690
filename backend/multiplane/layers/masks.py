"""Subjects and background compete for every pixel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


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


def compete(
    maps: Floats,
    is_background: Sequence[bool],
    size: tuple[int, int],
    *,
    background_floor: float = 0.0,
    sharpness: float = 6.0,
) -> SoftMasks:
    """Soft masks from heatmaps, by competition in the logarithm of attention.

    maps: (G, h, w) attention of every picture token to a phrase, >= 0; is_background: which of
    the G phrases name the place; size: (width, height) px of the result. A phrase's evidence is
    its attention over its own floor (median over the picture), as a share of its range, so that
    phrases of different strength and length compete fairly. The background channel is the
    strongest place phrase, and at least halfway up a subject's range plus `background_floor`.
    """
    if len(maps) != len(is_background):
        raise ValueError(f"{len(maps)} maps, but {len(is_background)} flags")
    logs = np.log(np.maximum(maps.astype(np.float64), 1e-9))
    width, height = size
    evidence = []
    place = []
    contrast = []
    for one, place_word in zip(logs, is_background, strict=True):
        low, high = np.quantile(one, 0.4), np.quantile(one, 0.985)
        span = max(high - low, 1e-6)
        if place_word:
            middle = np.median(one)
            place.append((one - middle) / max(np.ptp(one), 1e-6))
        else:
            evidence.append((one - low) / max(span, 0.3))
            contrast.append(span)
    if not evidence:
        return SoftMasks(np.ones((1, height, width), np.float32), ())
    subjects = np.stack(evidence)
    background = np.full(subjects.shape[1:], 0.5 + background_floor)
    if place:
        background = background + 0.3 * np.clip(np.max(place, axis=0), -0.5, 0.5)
    channels = np.concatenate([subjects, background[None]]).astype(np.float32)
    large = np.stack([upsample(one, size) for one in channels])
    large = np.exp(sharpness * (large - large.max(axis=0)))
    values = (large / large.sum(axis=0)).astype(np.float32)
    return SoftMasks(values, tuple(_confidence(values, contrast)))


def upsample(heat: Floats, size: tuple[int, int]) -> Floats:
    """`heat` (h, w) to (width, height) px, smoothly; token centres stay where they are."""
    return cv2.resize(heat.astype(np.float32), size, interpolation=cv2.INTER_CUBIC)


def _confidence(values: Floats, contrast: Sequence[float]) -> list[float]:
    won = values.argmax(axis=0)
    found = []
    for index, span in enumerate(contrast):
        mine = won == index
        if mine.mean() < 0.001:
            found.append(0.0)
            continue
        clear = float(values[index][mine].mean())
        found.append(float(np.clip(clear * min(1.0, span / 1.5), 0.0, 1.0)))
    return found
