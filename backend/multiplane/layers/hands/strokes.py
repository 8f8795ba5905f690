"""Strokes and boxes as masks of a picture's pixels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.contract.layer_edits import Area, Stroke

Mask = NDArray[np.bool_]
_SUBPIXEL = 4  # bits that OpenCV takes for parts of a px


@dataclass(frozen=True)
class Sheet:
    """What fractions are of: `area` (x, y, width, height) px in a picture of `size` (w, h) px."""

    size: tuple[int, int]
    area: tuple[int, int, int, int]

    def strokes(self, strokes: Iterable[Stroke]) -> Mask:
        """(H, W) what was stroked over."""
        width, height = self.size
        drawn = np.zeros((height, width), np.uint8)
        x, y, wide, high = self.area
        for stroke in strokes:
            points = np.array(stroke.points) * (wide, high) + (x, y)
            thick = max(1, round(stroke.width * wide))
            if len(points) == 1:
                centre = np.rint(points[0] * 2**_SUBPIXEL).astype(int)
                radius = max(1, round(thick / 2 * 2**_SUBPIXEL))
                place = (int(centre[0]), int(centre[1]))
                cv2.circle(drawn, place, radius, 1, -1, shift=_SUBPIXEL)
            else:
                line = np.rint(points * 2**_SUBPIXEL).astype(np.int32)
                cv2.polylines(drawn, [line], False, 1, thick, shift=_SUBPIXEL)
        return drawn > 0

    def box(self, box: Area) -> Mask:
        """(H, W) what is in the box."""
        width, height = self.size
        x, y, wide, high = self.area
        left, top = round(x + box.x * wide), round(y + box.y * high)
        right = round(x + (box.x + box.width) * wide)
        bottom = round(y + (box.y + box.height) * high)
        mask = np.zeros((height, width), bool)
        mask[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = True
        return mask
