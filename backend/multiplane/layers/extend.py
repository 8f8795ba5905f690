"""Layers of a drawing continued beyond its edges, for a camera that looks past them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.layers.foreground import extend_colours
from multiplane.layers.palette import flat_palette
from multiplane.layers.silhouette import Sides, continue_silhouette, touched_sides
from multiplane.layers.stack import Layer, bounding_box
from multiplane.layers.texture import synthesise

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

_WORK_SIDE = 640  # px; finer than for a hole, because what is beyond an edge is seen as a whole
_SUBJECT_SIDE = 384
_DETAIL = 1.5  # px of the searched picture
_COARSEST = 64  # px; a building that the edge cuts has to be wider than a patch there
_RIM = 3  # px round a subject's matte from which its colours may come
_CARRIED = 0.004  # softness of the colours that lead a subject's texture, share of the long side
_SHAPE, _COLOUR = 1.2, 0.6  # how much the silhouette and those colours lead


def extend_stack(
    layers: Sequence[Layer], size: tuple[int, int], room: tuple[int, int]
) -> tuple[Layer, ...]:
    """The layers on a picture that is larger by `room` (x, y) px on every side.

    layers: back to front, the first one covering the drawing of `size` (width, height) px; boxes
    are in the drawing's px and may reach outside of it, where the artist has painted more: that
    is used first, and cropped where there is no room. The background goes on all round with its
    own texture; a subject that is cut off by the drawing's edge goes on along its outlines. What
    lies inside the drawing is not changed. The boxes returned are in the larger picture's px.
    """
    background, *subjects = layers
    extended = [_background(background, size, room)]
    for subject in subjects:
        drawn = _subject(subject, size, room)
        if drawn is not None:
            extended.append(drawn)
    return tuple(extended)


def without_rim(layers: Sequence[Layer], rim: tuple[int, int]) -> tuple[Layer, ...]:
    """The layers on a picture that is smaller by `rim` px, (on the left, above)."""
    left, above = rim
    cut = []
    for layer in layers:
        x, y, wide, high = layer.bbox
        off = (max(0, left - x), max(0, above - y))
        if off[0] >= wide or off[1] >= high:
            continue  # all of it was there
        box = (max(0, x - left), max(0, y - above), wide - off[0], high - off[1])
        cut.append(replace(layer, rgba=layer.rgba[off[1] :, off[0] :], bbox=box))
    return tuple(cut)


def extend_picture(picture: Bytes, known: Mask) -> Bytes:
    """`picture` (H, W, 3) with everything outside of `known` (H, W) filled from what is there.

    Lines and textures go on across the border; where the picture has a few flat colours only,
    so has the rest.
    """
    if known.all():
        return picture
    hole = ~known
    # What the edge cuts goes on in its own colour, so that is where the search begins.
    nearest = extend_colours(np.dstack([picture, np.where(known, 255, 0).astype(np.uint8)]))
    colours = nearest[..., :3].astype(np.float32) / np.float32(255.0)
    filled = synthesise(
        np.where(hole[..., None], np.float32(0.0), colours),
        hole,
        known,
        guess=colours,
        coarsest=_COARSEST,
        work_side=_WORK_SIDE,
        detail=_DETAIL,
    )
    palette = flat_palette(picture, known)
    if palette is not None:
        filled = palette.applied(filled, hole)
    result = picture.copy()
    result[hole] = np.rint(filled[hole] * 255.0).astype(np.uint8)
    return result


def extend_nearness(nearness: Floats, room: tuple[int, int]) -> Floats:
    """The depth map (h, w) with `room` (x, y) px all round, going on as it is at the edge."""
    x, y = room
    return np.asarray(cv2.copyMakeBorder(nearness, y, y, x, x, cv2.BORDER_REPLICATE), np.float32)


def _background(layer: Layer, size: tuple[int, int], room: tuple[int, int]) -> Layer:
    rgba = _on_larger(layer, size, room)
    filled = extend_picture(np.ascontiguousarray(rgba[..., :3]), rgba[..., 3] == 255)
    height, width = filled.shape[:2]
    whole = np.dstack([filled, np.full((height, width), 255, np.uint8)])
    return replace(layer, rgba=whole, bbox=(0, 0, width, height))


def _subject(layer: Layer, size: tuple[int, int], room: tuple[int, int]) -> Layer | None:
    """The subject on the larger picture; None when nothing of it is on it."""
    rgba = _on_larger(layer, size, room)
    x, y = room
    inside = (slice(y, y + size[1]), slice(x, x + size[0]))
    sides = _cut_sides(layer, rgba[inside][..., 3], size)
    if any(sides) and (x or y):
        rgba = _continued(rgba, inside, room, sides)
    if not rgba[..., 3].any():
        return None
    left, top, wide, high = bounding_box(rgba[..., 3])
    cut = rgba[top : top + high, left : left + wide]
    return replace(layer, rgba=extend_colours(cut), bbox=(left, top, wide, high))


def _cut_sides(layer: Layer, alpha: Bytes, size: tuple[int, int]) -> Sides:
    """Where the drawing's edge cuts the subject off, and the artist has painted no more of it."""
    x, y, wide, high = layer.bbox
    ends = (x == 0, y == 0, x + wide == size[0], y + high == size[1])
    touched = touched_sides(alpha.astype(np.float32) / np.float32(255.0))
    left, top, right, bottom = (a and b for a, b in zip(ends, touched, strict=True))
    return left, top, right, bottom


def _continued(
    rgba: Bytes, inside: tuple[slice, slice], room: tuple[int, int], sides: Sides
) -> Bytes:
    """`rgba` (H, W, 4) with the subject continued over `sides` of the drawing (`inside`)."""
    own = rgba[inside]
    alpha = own[..., 3].astype(np.float32) / np.float32(255.0)
    # Under clear pixels lies the nearest colour of the subject itself.
    soft = cv2.GaussianBlur(extend_colours(own)[..., :3], (0, 0), _CARRIED * max(alpha.shape))
    whole, carried = continue_silhouette(
        alpha, soft.astype(np.float32) / np.float32(255.0), room, sides
    )
    outside = np.ones(whole.shape, bool)
    outside[inside] = False
    new = outside & (whole > 0) & (rgba[..., 3] == 0)
    if not new.any():
        return rgba
    given = rgba[..., 3].astype(np.float32) / np.float32(255.0)
    joined = np.where(new, whole, given)
    left, top, wide, high = bounding_box((joined > 0).astype(np.uint8))
    margin = 2 * _RIM
    box = (
        slice(max(0, top - margin), top + high + margin),
        slice(max(0, left - margin), left + wide + margin),
    )
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _RIM + 1,) * 2)
    known = ~outside[box] & (given[box] > 0)
    rim = cv2.dilate(known.astype(np.uint8), disk).astype(bool) & ~outside[box]
    hole = outside[box] & cv2.dilate(new[box].astype(np.uint8), disk).astype(bool)
    colours = extend_colours(
        np.dstack([rgba[box][..., :3], np.where(known, 255, 0).astype(np.uint8)])
    )[..., :3]
    filled = synthesise(
        colours.astype(np.float32) / np.float32(255.0),
        hole,
        rim,
        guide=np.dstack([_SHAPE * joined[box], _COLOUR * carried[box]]),
        guess=carried[box],
        coarsest=_COARSEST,
        work_side=_SUBJECT_SIDE,
        detail=_DETAIL,
    )
    result = rgba.copy()
    patch = result[box]
    patch[new[box], :3] = np.rint(filled[new[box]] * 255.0).astype(np.uint8)
    patch[new[box], 3] = np.rint(joined[box][new[box]] * 255.0).astype(np.uint8)
    return result


def _on_larger(layer: Layer, size: tuple[int, int], room: tuple[int, int]) -> Bytes:
    """The layer's pixels on the larger picture (H, W, 4), cropped to it."""
    corner = (layer.bbox[0] + room[0], layer.bbox[1] + room[1])
    return cropped(layer.rgba, corner, (size[0] + 2 * room[0], size[1] + 2 * room[1]))


def cropped(rgba: Bytes, corner: tuple[int, int], size: tuple[int, int]) -> Bytes:
    """`rgba` (h, w, 4) laid at `corner` (x, y) on a clear sheet of `size` (width, height) px."""
    (x, y), (width, height) = corner, size
    high, wide = rgba.shape[:2]
    sheet = np.zeros((height, width, 4), np.uint8)
    left, top, right, bottom = max(0, x), max(0, y), min(width, x + wide), min(height, y + high)
    if left < right and top < bottom:
        sheet[top:bottom, left:right] = rgba[top - y : bottom - y, left - x : right - x]
    return sheet
