"""Outlines belong to the subject that they go round.

A mask that follows regions ends in the middle of a drawn line, or on its inner side. A layer
without its outline looks eaten, and its ghost stays behind in the background.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

_REFERENCE = 256.0  # px: lengths below are for a picture of this short side
_LINE = 3  # px, radius of the black top-hat that finds lines
_REACH = 5  # px, how far from the mask a line's pixels still belong to it
_NEIGHBOURHOOD = 24.0  # px
_STILL = 4.0  # CIELAB units
_DARK = 0.8  # a line's darkness against how lined its neighbourhood is


def dark_lines(lab: Floats) -> Mask:
    """Pixels of dark lines in CIELAB (H, W, 3), of those that stand out where they are.

    Dense brush strokes or hatching raise the measure that a line has to stand out from.
    """
    scale = min(lab.shape[:2]) / _REFERENCE
    light = cv2.GaussianBlur(lab[..., 0], (0, 0), 0.7 * scale)
    disk = _disk(max(2, round(_LINE * scale)))
    darkness = cv2.morphologyEx(light, cv2.MORPH_BLACKHAT, disk)
    usual = cv2.GaussianBlur(darkness, (0, 0), _NEIGHBOURHOOD * scale)
    return np.asarray(darkness / (usual + _STILL) > _DARK)


def with_outline(mask: Mask, lines: Mask, free: Mask) -> Mask:
    """`mask` (H, W) and the pixels of `lines` that run along it, where `free` allows it.

    Lines that lead away from the mask are only its as far as they are thick there.
    """
    scale = min(mask.shape) / _REFERENCE
    allowed = (lines & free) | mask
    square = np.ones((3, 3), np.uint8)
    grown = mask.astype(np.uint8)
    for _ in range(max(1, round(_REACH * scale))):
        grown = cv2.dilate(grown, square) & allowed
    return np.asarray(mask | (cv2.morphologyEx(grown, cv2.MORPH_OPEN, _disk(1)) > 0))


def _disk(radius: int) -> NDArray[np.uint8]:
    size = 2 * radius + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)
