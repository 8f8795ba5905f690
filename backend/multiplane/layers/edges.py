"""Mattes of small pictures brought to the edges of large ones.

Mattes are solved at a few hundred px. Enlarged, their edges are soft where the picture's are hard,
or beside them by a few px: a film shows both as rims, of the ground round the subject and of the
subject on the ground. At an edge two layers meet, and the colours of both are known some px away.
So every pixel near an edge is taken apart by them: the mixing equation of alpha matting, with the
nearest known colours as in sampling-based matting (Wang and Cohen 2007).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.layers.mask_measures import box_round
from multiplane.layers.rims import most_alike

Picture = NDArray[np.uint8]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Indices = NDArray[np.intp]

_APART = 0.12  # distance of two colours, RGB 0..1, from which they can be told apart
_MISSED = (0.05, 0.25)  # that a mixture may miss: RGB 0..1, or a share of its colours' distance
_SURE = 0.98  # share from which a pixel is one layer's
_SOLID = 0.9  # share from which it has that layer's colour
_CLEAR = 0.15  # step in colour, 0..1, of edges whose width can be measured
_WIDEST = 24  # px, of an edge
_DRAWN = 1.0  # px by which the sharpest drawn edge is wider than none


def at_full_size(picture: Picture, visible: Floats, enlarged: float) -> Floats:
    """`visible` (S, H, W) mattes, together at most 1, at the edges of `picture` (H, W, 3).

    enlarged: how many px wide a px was at which they were solved. What no mixture of two layers
    explains stays as it is, but for lines of a subject's own; so does what would not hang together
    with its layer. A picture whose own edges are no sharper than the mattes stays as it is.
    """
    covered = visible.max(axis=0, initial=0.0) > 0
    if enlarged <= 1.0 or not covered.any():
        return visible
    reach = 2.0 * enlarged + 2.0
    box = box_round(covered, round(4 * reach))
    changed = _sharpened(picture[box], visible[(slice(None), *box)], enlarged, reach)
    if changed is None:
        return visible
    result = visible.copy()
    result[(slice(None), *box)] = changed
    return result


def _sharpened(picture: Picture, visible: Floats, enlarged: float, reach: float) -> Floats | None:
    given = picture.astype(np.float32) / np.float32(255.0)
    rest = np.clip(1.0 - visible.sum(axis=0, keepdims=True), 0.0, 1.0)
    shares = np.concatenate([visible, rest])
    owner = shares.argmax(axis=0)
    if _edge_width(given, owner) >= enlarged + _DRAWN:
        return None
    inside, away, other = _neighbours(owner, len(shares))
    soft = shares.max(axis=0) < _SURE
    asked = np.isfinite(away) & ((inside <= reach) | (soft & (inside <= 4.0 * reach)))
    places = np.nonzero(asked)
    if not places[0].size:
        return None
    shown, pair = given[places], (owner[places], other[places])
    colours = np.zeros((2, len(shown), 3), np.float32)
    known = np.zeros((2, len(shown)), bool)
    for layer, share in enumerate(shares):
        solid = (owner == layer) & (inside > enlarged + 1.0) & (share > _SOLID)
        if not solid.any():
            continue
        spread, far = _nearest(given, solid)
        for side, which in enumerate(pair):
            at = np.flatnonzero(which == layer)
            there = places[0][at], places[1][at]
            colours[side, at] = most_alike(shown[at], spread, there, round(1.5 * enlarged), 1)
            known[side, at] = far[there] <= 4.0 * reach
    span = colours[1] - colours[0]
    size = (span**2).sum(axis=1)
    part = np.clip(((shown - colours[0]) * span).sum(axis=1) / np.maximum(size, 1e-6), 0.0, 1.0)
    missed = np.abs(shown - colours[0] - part[:, None] * span).max(axis=1)
    explained = missed < np.maximum(_MISSED[0], _MISSED[1] * np.sqrt(size))
    known_both = known.all(axis=0)
    told = known_both & (size > _APART**2) & explained
    result = shares.copy()
    first, second, rows, columns = (one[told] for one in (*pair, *places))
    both = shares[first, rows, columns] + shares[second, rows, columns]
    result[first, rows, columns] = both * (1.0 - part[told])
    result[second, rows, columns] = both * part[told]
    ground = len(visible)
    off = shown - np.where((pair[0] == ground)[:, None], colours[0], colours[1])
    line = np.zeros(owner.shape, bool)
    line[places] = (
        known_both & ~explained & (np.abs(off).max(axis=1) > _APART)
        & ((pair[0] == ground) | (pair[1] == ground))
    )  # fmt: skip
    _take_lines(result, line, inside >= reach - 1.0)
    return _together(shares, result, owner)[:-1]


def _neighbours(owner: Indices, layers: int) -> tuple[Floats, Floats, Indices]:
    """How far (H, W), px, a pixel is inside its layer, and to which other one, how far away."""
    inside = np.zeros(owner.shape, np.float32)
    nearest = np.full(owner.shape, np.inf, np.float32)
    other = np.zeros(owner.shape, np.intp)
    for layer in range(layers):
        mine = owner == layer
        if not mine.any():
            continue
        bytes_ = mine.astype(np.uint8)
        if not mine.all():
            inside[mine] = cv2.distanceTransform(bytes_, cv2.DIST_L2, 3)[mine]
        away = cv2.distanceTransform(1 - bytes_, cv2.DIST_L2, 3)
        nearer = ~mine & (away < nearest)
        nearest[nearer], other[nearer] = away[nearer], layer
    return inside, nearest, other


def _edge_width(given: Floats, owner: Indices) -> float:
    """How wide, px, the picture's (H, W, 3) own edges between layers usually are."""
    border = np.zeros(owner.shape, bool)
    border[:, 1:] |= owner[:, 1:] != owner[:, :-1]
    border[1:] |= owner[1:] != owner[:-1]
    wide, near = np.ones((_WIDEST + 1,) * 2, np.uint8), np.ones((9, 9), np.uint8)
    step = (cv2.dilate(given, wide) - cv2.erode(given, wide))[border]
    slope = np.hypot(cv2.Sobel(given, -1, 1, 0), cv2.Sobel(given, -1, 0, 1)) / np.float32(8.0)
    slope = cv2.dilate(slope, near)[border]
    channel = step.argmax(axis=1)[:, None] if step.size else np.zeros((0, 1), np.intp)
    step = np.take_along_axis(step, channel, 1)[:, 0]
    slope = np.take_along_axis(slope, channel, 1)[:, 0]
    clear = step > _CLEAR
    if not clear.any():
        return float(_WIDEST)
    return float(np.median(step[clear] / np.maximum(slope[clear], 1e-3)))


def _take_lines(shares: Floats, line: Mask, outer: Mask) -> None:
    """Give lines between a subject and the ground to the subject, whole or not at all; in place.

    line (H, W): what no mixture of both explains, and is not of the ground. What goes on to the
    `outer` (H, W) is a thing of the ground that ends here.
    """
    ground = len(shares) - 1
    owner = shares.argmax(axis=0)
    count, labels = cv2.connectedComponents(line.astype(np.uint8), connectivity=8)
    if count < 2:
        return
    goes_on = np.zeros(count, bool)
    goes_on[labels[line & outer & (owner == ground)]] = True
    most, taker = np.zeros(count, np.int64), np.full(count, ground)
    for layer in range(ground):
        own = ((owner == layer) & ~line).astype(np.uint8)
        beside = cv2.dilate(own, np.ones((3, 3), np.uint8)) > 0
        touched = np.bincount(labels[line & beside], minlength=count)
        taker = np.where(touched > most, layer, taker)
        most = np.maximum(most, touched)
    places = np.nonzero(line & ((taker != ground) & ~goes_on)[labels])
    shares[:, places[0], places[1]] = 0.0
    shares[taker[labels[places]], places[0], places[1]] = 1.0


def _together(before: Floats, after: Floats, owner: Indices) -> Floats:
    """`after` (L, H, W), and `before` where a pixel changed hands apart from its new layer."""
    now = after.argmax(axis=0)
    apart = np.zeros(owner.shape, bool)
    for layer in range(len(after)):
        mine = now == layer
        count, labels = cv2.connectedComponents(mine.astype(np.uint8), connectivity=4)
        kept = np.zeros(count, bool)
        kept[labels[mine & (owner == layer)]] = True
        apart |= mine & ~kept[labels]
    return np.where(apart, before, after)


def _nearest(given: Floats, known: Mask) -> tuple[Floats, Floats]:
    """Colours (H, W, 3) of the nearest `known` (H, W) pixel, and how far (H, W) it is, px."""
    far, labels = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
    )
    lookup = np.zeros((int(labels.max()) + 1, 3), np.float32)
    lookup[labels[known]] = given[known]
    return lookup[labels], far
