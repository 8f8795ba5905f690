"""Flat color: plain areas, at most one plain shadow and a thin outline."""

from __future__ import annotations

import numpy as np

from .grain import Grain
from .raster import Hand, Raster
from .style import Painted, Style


class FlatColor(Style):
    """Poster-like; each scene chooses for itself whether it has shadows and outlines."""

    def __init__(self, grain: Grain) -> None:
        super().__init__(grain)
        rng = grain.rng
        if rng.random() < 0.35:
            self.hand = Hand(line=0.9)
        self.shadow = float(rng.choice([0.0, 0.16, 0.22]))
        self.outline = np.asarray([0.13, 0.12, 0.16], np.float32)

    def line_scale(self, *, backdrop: bool) -> float:
        return 0.0 if backdrop else 1.0

    def paint(self, raster: Raster, *, backdrop: bool) -> Painted:
        rgb, matte = raster.colours(), raster.matte()
        if self.shadow:
            depth = self.shadow * (0.5 if backdrop else 1.0)
            rgb = rgb * (1.0 - depth * raster.shrink(raster.shade))[..., None]
        if self.hand.line and not backdrop:
            matte = raster.shrink(np.maximum(raster.cover, raster.line))
            lines = np.minimum(raster.shrink(raster.line) / np.maximum(matte, 1e-3), 1.0)
            rgb = rgb + (self.outline - rgb) * lines[..., None]
        return Painted(np.asarray(rgb, np.float32), matte)
