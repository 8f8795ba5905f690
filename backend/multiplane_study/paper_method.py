"""The paper's own method, as the baseline of the quality bench (`reference` section 4.3).

Text-to-image attention of a subject's tokens, averaged over heads, tokens, middle blocks and
steps; bilinear upsampling; Otsu's threshold for every subject on its own; closing with a 5 x 5
kernel; components below 100 px removed. Subjects do not compete, so masks may overlap.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Masks = NDArray[np.bool_]

_KERNEL = 5  # px
_SMALLEST = 100  # px


def paper_masks(text_to_image: Floats, size: tuple[int, int]) -> Masks:
    """Masks (S, H, W) from text-to-image attention (S, h, w), at size (width, height) px."""
    masks = [_mask(map_, size) for map_ in text_to_image]
    return np.stack(masks) if masks else np.zeros((0, size[1], size[0]), bool)


def paper_order(masks: Masks, nearness: Floats) -> tuple[int, ...]:
    """Subjects back to front by the mean nearness (H, W) in their masks; empty ones first."""
    means = [float(nearness[mask].mean()) if mask.any() else -1.0 for mask in masks]
    return tuple(int(index) for index in np.argsort(means, kind="stable"))


def middle_blocks(count: int) -> Sequence[int]:
    """The paper's "middle layers (10-20)" of 30, as the same share of `count` blocks."""
    first, last = round(count / 3), round(2 * count / 3)
    return range(first, max(last, first + 1))


def _mask(heat: Floats, size: tuple[int, int]) -> NDArray[np.bool_]:
    low, high = float(heat.min()), float(heat.max())
    scaled = (heat - low) / max(high - low, 1e-12)
    large = cv2.resize(scaled.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    grey = np.rint(np.clip(large, 0.0, 1.0) * 255.0).astype(np.uint8)
    _, mask = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    kernel = np.ones((_KERNEL, _KERNEL), np.uint8)
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    large_enough = stats[:, cv2.CC_STAT_AREA] >= _SMALLEST
    large_enough[0] = False
    return np.asarray(large_enough[labels], bool)
