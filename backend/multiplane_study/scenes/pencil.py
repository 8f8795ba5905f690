"""Pencil: graphite strokes on paper with a tint of coloured pencil."""

from __future__ import annotations

import numpy as np

from .grain import Grain
from .raster import Hand, Raster
from .style import Painted, Style, luminance, soften


class Pencil(Style):
    """Tone is laid in slanting strokes that skip the paper's valleys."""

    hand = Hand(wobble=0.6, line=1.1, swell=0.3)

    def __init__(self, grain: Grain) -> None:
        super().__init__(grain)
        rng = grain.rng
        self.paper = np.asarray([0.955, 0.95, 0.935] + rng.normal(0, 0.008, 3), np.float32)
        slant = float(rng.uniform(-1.2, -0.5))
        self.subject_strokes = grain.streaks(slant, 17.0, 0.55)
        self.place_strokes = grain.streaks(slant + float(rng.uniform(0.5, 1.1)), 23.0, 0.65)

    def paint(self, raster: Raster, *, backdrop: bool) -> Painted:
        line = raster.line
        matte = raster.shrink(np.maximum(raster.cover, line))
        base = raster.colours()
        strokes = raster.cut(self.place_strokes if backdrop else self.subject_strokes)
        paper = raster.cut(self.grain.paper)
        tone = 1.0 - luminance(base)
        shade = soften(raster.shrink(raster.shade), 1.5 * self.grain.unit)
        # Graphite cannot show hue, so the colour is kept as a tint that never gets dark.
        grey = np.asarray([0.27, 0.27, 0.30], np.float32)
        chroma = 0.22 if backdrop else 0.88
        light = luminance(base)[..., None]
        lift = 0.03 if backdrop else 0.08 + 0.32 * light
        lead = grey + chroma * (base - light) + lift
        weight = (0.04 if backdrop else 0.10) + (0.5 if backdrop else 0.74) * tone + 0.26 * shade
        if not backdrop:
            weight = weight + 0.18 * raster.shrink(raster.tint)
        laid = weight * (1.0 + (0.34 if backdrop else 0.4) * strokes) + 0.13 * paper * (
            weight + 0.1
        )
        laid = np.clip(laid, 0.0, 0.96)[..., None]
        rgb = self.paper + (np.clip(lead, 0, 1) - self.paper) * laid
        over = 1.0 / np.maximum(matte, 1e-3)
        contour = np.minimum(raster.shrink(line) * over, 1.0)
        pressed = contour * np.clip(0.78 + 0.22 * paper, 0.3, 1.0)
        pressed = (0.62 if backdrop else 0.95) * pressed[..., None]
        rgb = rgb + (np.float32(0.20) - rgb) * pressed
        rgb = rgb * (1.0 + 0.012 * paper[..., None])
        return Painted(np.asarray(rgb, np.float32), matte)
