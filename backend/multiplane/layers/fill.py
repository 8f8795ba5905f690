"""What subjects hide: the background under them, and the parts of subjects behind others."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Floats = NDArray[np.float32]

GROW = 0.015
"""How far masks grow before a fill looks for its source, as a share of the long side."""


def fill_background(picture: Picture, visible: Floats) -> Floats:
    """The background (H, W, 3) 0..1 with everything filled that subjects cover.

    picture (H, W, 3); visible (S, H, W) mattes. Sources are never closer to a subject than
    `GROW`; where no subject shows the picture is kept as it is.
    """
    colours = picture.astype(np.float32) / 255.0
    covered = (
        (visible > 1.0 / 255.0).any(axis=0) if len(visible) else np.zeros(picture.shape[:2], bool)
    )
    if not covered.any():
        return colours
    hole = grow(covered, GROW)
    filled = cv2.inpaint(picture, hole.astype(np.uint8), 5, cv2.INPAINT_TELEA)
    filled = filled.astype(np.float32) / 255.0
    return np.where(covered[..., None], filled, colours)


def fill_subject(own: Floats, visible: Floats, whole: Floats) -> Floats:
    """A subject's colours (H, W, 3) 0..1 carried on to where nearer subjects hide it.

    own (H, W, 3): its colours where it is seen; visible, whole (H, W): its seen and its whole
    matte. Only its own solid pixels are a source.
    """
    seen = visible > 0.9
    missing = (whole > 0) & (visible < 0.05)
    if not missing.any() or not seen.any():
        return own
    hole = ~seen
    near = grow(whole > 0, GROW)
    rows = np.flatnonzero(near.any(axis=1))
    columns = np.flatnonzero(near.any(axis=0))
    box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    patch = np.rint(own[box] * 255.0).astype(np.uint8)
    filled = cv2.inpaint(patch, hole[box].astype(np.uint8), 5, cv2.INPAINT_TELEA)
    result = own.copy()
    result[box] = np.where(missing[box][..., None], filled.astype(np.float32) / 255.0, own[box])
    return result


def grow(mask: NDArray[np.bool_], share: float) -> NDArray[np.bool_]:
    """`mask` (H, W) dilated by `share` of the long side, at least 1 px."""
    radius = max(1, round(share * max(mask.shape)))
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return cv2.dilate(mask.astype(np.uint8), disk).astype(bool)
