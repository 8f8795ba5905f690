"""Oil paint: opaque directional strokes with thickness, edges dragged by the brush."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from .grain import Field, Grain
from .raster import Hand, Raster
from .style import Painted, Style, soften


@dataclass(frozen=True)
class _Strokes:
    """A sheet of brush strokes: from each pixel to its stroke's middle (pixels), the stroke's
    random value and its lit and shadowed flanks."""

    right: Field
    down: Field
    value: Field
    relief: Field


@lru_cache(maxsize=24)
def _sheet(height: int, width: int, breadth: float, variant: int) -> _Strokes:
    # Some fixed sheets, half as large again as the picture; each scene cuts its own window and
    # may turn it over. Laying thousands of strokes anew for every picture would cost more than
    # all the rest.
    rng = np.random.default_rng([height, width, variant, round(breadth * 10)])
    thick = max(2, round(breadth * height / 256))
    height, width = 3 * height // 2, 3 * width // 2
    grain = Grain(rng, height, width)
    reach = 1.5 * thick
    turn = rng.uniform(0, np.pi) + 0.7 * grain.smooth(3)
    count = int(5.0 * height * width / (thick * 2 * reach))
    x, y = rng.uniform(0, width, count), rng.uniform(0, height, count)
    angle = turn[y.astype(int), x.astype(int)] + rng.normal(0, 0.18, count)
    ends = np.stack([x - reach * np.cos(angle), y - reach * np.sin(angle),
                     x + reach * np.cos(angle), y + reach * np.sin(angle)], axis=1)  # fmt: skip
    owner = np.zeros((height, width), np.int32)
    for index, (x0, y0, x1, y1) in enumerate(np.rint(ends).astype(int).tolist()):
        cv2.line(owner, (x0, y0), (x1, y1), index, thick)
    row, column = np.mgrid[0:height, 0:width]
    value = rng.normal(0, 1, count).astype(np.float32)
    level = soften(value[owner], 0.4 * grain.unit)
    bristle = grain.streaks(float(np.mean(angle)), 5.0, 0.35)
    height_map = level + 0.35 * bristle
    relief = height_map - np.roll(height_map, (1, 1), (0, 1))
    return _Strokes(
        (x[owner] - column).astype(np.float32),
        (y[owner] - row).astype(np.float32),
        value[owner],
        np.asarray(relief / float(relief.std()), np.float32),
    )


class OilPaint(Style):
    """Every pixel takes the colour that its stroke met at its middle."""

    hand = Hand(wobble=0.8)

    def __init__(self, grain: Grain) -> None:
        super().__init__(grain)
        self.coarse = self._strokes(5.0)
        self.fine = self._strokes(3.2)
        rows, columns = np.mgrid[0 : grain.height, 0 : grain.width].astype(np.float32)
        self.rows, self.columns = rows, columns
        self.warmth = np.asarray(grain.rng.normal(0, 0.03, 3), np.float32)

    def _strokes(self, breadth: float) -> _Strokes:
        grain, rng = self.grain, self.grain.rng
        # A window out of a larger sheet: shifting it round would show where its ends meet.
        sheet = _sheet(grain.height, grain.width, breadth, int(rng.integers(6)))
        spare = np.asarray(sheet.value.shape) - (grain.height, grain.width)
        top, left = (int(rng.integers(room + 1)) for room in spare)
        mirror = rng.random() < 0.5

        def laid(field: Field) -> Field:
            part = field[top : top + grain.height, left : left + grain.width]
            return np.ascontiguousarray(part[:, ::-1] if mirror else part)

        right = laid(sheet.right) * (-1.0 if mirror else 1.0)
        return _Strokes(
            np.asarray(right, np.float32), laid(sheet.down), laid(sheet.value), laid(sheet.relief)
        )

    def _dragged(self, field: Field, strokes: _Strokes, share: float) -> Field:
        h, w = field.shape[:2]
        moved = cv2.remap(
            field,
            self.columns[:h, :w] + share * strokes.right,
            self.rows[:h, :w] + share * strokes.down,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(moved, np.float32)

    def paint(self, raster: Raster, *, backdrop: bool) -> Painted:
        unit = self.grain.unit
        sheet = self.coarse if backdrop else self.fine
        strokes = _Strokes(
            *(raster.cut(f) for f in (sheet.right, sheet.down, sheet.value, sheet.relief))
        )
        base, matte = raster.colours(), raster.matte()
        if not backdrop:
            matte = np.clip(soften(self._dragged(matte, strokes, 0.30), 0.5 * unit), 0.0, 1.0)
        shade = soften(raster.shrink(raster.shade), 1.5 * unit)
        lit = base * (1.06 - 0.26 * shade)[..., None] + 0.5 * self.warmth * shade[..., None]
        rgb = self._dragged(np.asarray(lit, np.float32), strokes, 0.7 if backdrop else 0.5)
        # Thick paint: each stroke has its own value, its flanks catch light and shadow.
        value = 1.0 + (0.07 if backdrop else 0.06) * strokes.value
        rgb = rgb * value[..., None] + 0.034 * strokes.relief[..., None]
        return Painted(np.asarray(rgb, np.float32), matte)
