"""The whole shape of a subject of which a nearer one hides a part."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Mattes = NDArray[np.float32]

REVEALED = 0.1
"""How far behind a nearer subject a shape is continued, as a share of the picture's long side:
more than a camera move of the usual size uncovers."""


def whole_alphas(visible: Mattes) -> Mattes:
    """Every subject's own alpha, as if nothing stood before it.

    visible: (S, H, W) visible mattes back to front, together at most 1. Along a soft edge
    between two subjects the hidden one is what its visible share says after the nearer one's
    share is taken away (so that "over" gives the shares back); under a nearer subject the shape
    is continued by `continue_shape`.
    """
    whole = np.empty_like(visible)
    covered = np.zeros(visible.shape[1:], np.float32)
    for index in range(len(visible) - 1, -1, -1):
        open_share = 1.0 - covered
        own = visible[index]
        apart = np.divide(own, open_share, out=np.zeros_like(own), where=open_share > 0.02)
        whole[index] = np.clip(apart, 0.0, 1.0)
        if covered.max(initial=0.0) > 0.5:
            grown = continue_shape(own > 0.5, covered > 0.5)
            if grown.any():
                soft = cv2.GaussianBlur(grown.astype(np.float32), (0, 0), 1.0)
                hidden = np.clip(covered, 0.0, 1.0)
                whole[index] = np.maximum(whole[index], soft * hidden)
        covered = np.clip(covered + own, 0.0, 1.0)
    return whole


def continue_shape(
    shape: NDArray[np.bool_], hider: NDArray[np.bool_], reach: float | None = None
) -> NDArray[np.bool_]:
    """The part of `hider` (H, W) behind which `shape` (H, W) plausibly goes on.

    Two rules: the convex hull of the shape, and the shape's contact line moved straight inwards
    (not sideways past the line's ends), both about `reach` px behind the contact; without it
    `REVEALED` of the arrays' long side.
    """
    if reach is None:
        reach = max(2.0, REVEALED * max(shape.shape))
    near = ndimage.binary_dilation(shape, iterations=3)
    contact = near & hider
    if not shape.any() or not contact.any():
        return np.zeros_like(shape)
    distance, nearest = ndimage.distance_transform_edt(~shape, return_indices=True)
    outside = ~(shape | hider)
    # A pixel whose nearest point of the shape lies by the open picture is past the line's end.
    end = ndimage.binary_dilation(outside, iterations=3) & shape
    straight = hider & (distance <= reach) & ~end[tuple(nearest)]
    hull = _hull(shape) & hider & (distance <= 2.0 * reach)
    return straight | hull


def _hull(shape: NDArray[np.bool_]) -> NDArray[np.bool_]:
    contours, _ = cv2.findContours(
        shape.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
    )
    large = [contour for contour in contours if len(contour) >= 3]
    filled = np.zeros(shape.shape, np.uint8)
    if large:
        cv2.fillConvexPoly(filled, cv2.convexHull(np.concatenate(large)), 1)
    return filled.astype(bool)
