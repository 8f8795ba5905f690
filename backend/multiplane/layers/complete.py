"""The whole shape of a subject of which a nearer one hides a part."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Mattes = NDArray[np.float32]

REVEALED = 0.06
"""How far behind a nearer subject a shape is continued, as a share of the picture's long side:
what camera moves of the usual size uncover; `completed_farther` goes on from there."""
_TIMES = 2.0  # its thickness, that a shape goes on at most
_LOOKED_AT = 32  # px of the reach when thickness is measured: it needs no finer picture
_RADII = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)  # px, of the discs tried in it
_ALIKE = 8  # px in it: an outline counts as thick as the thickest place so near


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

    Two rules: the convex hull of the shape, up to twice `reach` px behind the contact; and the
    contact line moved straight inwards (not sideways past the line's ends) by `reach` px, but no
    farther than twice the shape's thickness where it goes under: what shows a narrow strip hides
    no broad shape. reach: `REVEALED` of the arrays' long side if not said.
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
    nearest = tuple(nearest)
    straight = hider & (distance <= np.minimum(reach, _TIMES * _thickness(shape, reach)[nearest]))
    straight &= ~end[nearest]
    hull = _hull(shape) & hider & (distance <= 2.0 * reach)
    return straight | hull


def _thickness(shape: NDArray[np.bool_], most: float) -> Mattes:
    """How thick a shape (H, W) is at each of its pixels, in px up to twice `most`.

    The diameter of the largest disc within the shape that holds the pixel or one near by
    (Hildebrand and Ruegsegger, "A new method for the model-independent assessment of thickness in
    three-dimensional images", J. Microscopy 1997).
    """
    height, width = shape.shape
    scale = min(1.0, _LOOKED_AT / most)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(shape.astype(np.float32), size, interpolation=cv2.INTER_AREA) >= 0.5
    inside = np.pad(small.astype(np.uint8), 1)  # the picture's border bounds a shape
    room = cv2.distanceTransform(inside, cv2.DIST_L2, cv2.DIST_MASK_5)[1:-1, 1:-1]
    thick = np.zeros(small.shape, np.float32)
    for radius in _RADII:
        centres = room >= radius
        if not centres.any():
            break
        away = cv2.distanceTransform((~centres).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
        thick[(away <= radius) & small] = 2.0 * radius / scale
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _ALIKE + 1,) * 2)
    return cv2.resize(cv2.dilate(thick, disc), (width, height), interpolation=cv2.INTER_NEAREST)


def _hull(shape: NDArray[np.bool_]) -> NDArray[np.bool_]:
    contours, _ = cv2.findContours(
        shape.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
    )
    large = [contour for contour in contours if len(contour) >= 3]
    filled = np.zeros(shape.shape, np.uint8)
    if large:
        cv2.fillConvexPoly(filled, cv2.convexHull(np.concatenate(large)), 1)
    return filled.astype(bool)
