"""Ink sketch: black trembling lines and hatching on white paper, nothing is filled."""

from __future__ import annotations

import cv2
import numpy as np

from .grain import Field, Grain
from .raster import Bytes, Hand, Raster, scale_for
from .style import Painted, Style


class InkSketch(Style):
    """The subject's colour appears as hatching in coloured ink only."""

    hand = Hand(wobble=0.8, line=1.25, swell=0.35)

    def __init__(self, grain: Grain) -> None:
        super().__init__(grain)
        rng = grain.rng
        self.paper = np.asarray([0.985, 0.98, 0.965] + rng.normal(0, 0.006, 3), np.float32)
        self.black = np.asarray([0.10, 0.10, 0.12] + rng.uniform(0, 0.05, 3), np.float32)
        slant = float(rng.uniform(0.6, 1.0)) * (1 if rng.random() < 0.5 else -1)
        self.hatch = self._strokes(slant, float(rng.uniform(4.6, 5.6)), 0.25)
        self.sparse = self._strokes(slant, float(rng.uniform(7.5, 9.0)), 0.12)
        self.cross = self._strokes(slant + np.pi / 2, float(rng.uniform(4.2, 5.0)), 0.25)

    def _strokes(self, angle: float, pitch: float, share: float) -> Bytes:
        """Hatching over the sheet: strokes `pitch` units apart, `share` of the area."""
        grain = self.grain
        scale = scale_for(grain.height)
        h, w = grain.height * scale, grain.width * scale
        y, x = np.mgrid[0:h, 0:w].astype(np.float32)
        unit = grain.unit * scale
        bend = cv2.resize(grain.smooth(9), (w, h))
        weight = cv2.resize(grain.smooth(30), (w, h))
        phase = (x * np.float32(np.sin(angle)) + y * np.float32(np.cos(angle))) / np.float32(
            pitch * unit
        ) + np.float32(0.16) * bend
        return np.asarray((phase - np.floor(phase) < share * (1 + 0.35 * weight)) * 255, np.uint8)

    def paint(self, raster: Raster, *, backdrop: bool) -> Painted:
        sheet = np.maximum(raster.cover, raster.line)
        matte = raster.shrink(sheet)
        fine_hatch, fine_cross = raster.cut_fine(self.hatch), raster.cut_fine(self.cross)
        plain = cv2.bitwise_not(raster.tint)
        shadow = cv2.bitwise_and(raster.shade, fine_cross if backdrop else fine_hatch)
        if backdrop:
            dim = cv2.cvtColor(raster.albedo, cv2.COLOR_RGB2GRAY) < 130
            shadow[dim] |= self.sparse[dim]
        black = cv2.bitwise_or(raster.line, cv2.bitwise_and(shadow, plain))
        over = 1.0 / np.maximum(matte, 1e-3)
        rgb: Field = np.broadcast_to(self.paper, (*matte.shape, 3))
        if raster.tint.any():
            crossed = cv2.bitwise_and(raster.shade, fine_cross)
            strokes = cv2.bitwise_and(cv2.bitwise_or(fine_hatch, crossed), raster.tint)
            own = np.asarray(cv2.mean(raster.albedo, raster.tint)[:3], np.float32) / 255
            coloured: Field = np.minimum(raster.shrink(strokes) * over, 1.0)[..., None]
            rgb = np.asarray(rgb + (0.92 * own - rgb) * coloured, np.float32)
        lines = np.minimum(raster.shrink(black) * over, 1.0)[..., None]
        ink = self.black + (0.18 if backdrop else 0.0)
        return Painted(np.asarray(rgb + (ink - rgb) * lines, np.float32), matte)
