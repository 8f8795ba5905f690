"""Watercolor: translucent washes that gather at their rims and run into their neighbours."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from .grain import Field, Grain
from .raster import Hand, Raster
from .style import Painted, Style, soften


class Watercolor(Style):
    """Colour is absorbed by pigment density (Beer-Lambert) on white textured paper."""

    hand = Hand(wobble=1.3)

    def __init__(self, grain: Grain) -> None:
        super().__init__(grain)
        self.paper = np.asarray([0.985, 0.975, 0.95], np.float32)
        self.flow = 0.26 * grain.smooth(5) + 0.12 * grain.smooth(14)
        self.wet = np.clip(0.5 + 1.0 * grain.smooth(7), 0.0, 1.0)

    def paint(self, raster: Raster, *, backdrop: bool) -> Painted:
        unit = self.grain.unit
        base, matte = raster.colours(), raster.matte()
        border = raster.shrink(raster.border)
        rim = soften(border, 0.7 * unit) + 0.7 * soften(border, 2.2 * unit)
        shade = soften(raster.shrink(raster.shade), 2.5 * unit)
        paper, flow = raster.cut(self.grain.paper), raster.cut(self.flow)
        strength = 0.55 if backdrop else 0.86
        density = strength * (
            1.0 + flow + 0.16 * paper + 0.42 * shade + (0.7 if backdrop else 1.0) * rim
        )
        # A dry brush leaves specks of paper where the tooth is high and little water flowed.
        dry = np.clip(paper + 1.6 * flow - 2.1, 0.0, 1.0)
        density = np.clip(density * (1.0 - 0.7 * dry), 0.05, 2.5)
        washed = np.power(np.clip(base, 0.03, 0.99), density[..., None])
        tooth = 1.0 + 0.018 * paper
        return Painted(np.asarray(self.paper * washed * tooth[..., None], np.float32), matte)

    def finish(self, picture: Field, mattes: Sequence[Field]) -> Field:
        """Let colours run across the subjects' contours where the paper was wet."""
        if not mattes:
            return picture
        unit = self.grain.unit
        contour = np.zeros_like(mattes[0])
        for matte in mattes:
            near = soften(matte, 4.5 * unit)
            contour = np.maximum(contour, 4.0 * near * (1.0 - near))
        run = np.asarray(contour * self.wet, np.float32)[..., None]
        spread = cv2.GaussianBlur(picture, (0, 0), 5.0 * unit)
        # Pigment only darkens: what runs out is seen through, on top of what was there.
        bled = np.minimum(picture * 0.1 + spread * 0.9, picture * 0.7 + spread * 0.3)
        return np.asarray(picture + (bled - picture) * run, np.float32)
