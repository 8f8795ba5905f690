"""How like each other two cut out subjects are, from -1 to 1, by features that somebody makes.

`by_colour_and_shape` needs no model. It knows colours, where they are, and the outline, and nothing
of what is shown: another being of the same colours in the same pose is as like to it.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Cutout = NDArray[np.uint8]  # (H, W, 4) sRGB, straight alpha
Features = NDArray[np.float32]  # (D,) of length 1

_SIDE = 96  # px that a cutout is looked at in
_BANDS = 3  # from top to bottom, each with colours of its own
_LIGHTS, _TINTS = 4, 6  # bins of CIELAB's lightness, and of each of its two other axes
_TINT_RANGE = 70.0
_ROWS = 16  # of the outline
_SHAPE_COUNTS = 0.35
_LEAST_ALPHA = 0.02
_PLAIN_GROUND = 12.0  # of 255, between the colour of a border and that of most of it
_PLAIN_SHARE = 0.9


def framed(cutout: Cutout) -> Cutout | None:
    """The smallest part that holds all that is opaque; None where hardly anything is."""
    opaque = cutout[..., 3] > 127
    if opaque.mean() < _LEAST_ALPHA**2 or opaque.sum() < 16:
        return None
    rows, columns = np.flatnonzero(opaque.any(1)), np.flatnonzero(opaque.any(0))
    return cutout[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def without_plain_ground(picture: NDArray[np.uint8]) -> Cutout:
    """A picture (H, W, 3) as a cutout: ground of one colour that reaches the border is none of it.

    A picture whose border has many colours stays whole.
    """
    border = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]]).astype(int)
    ground = np.median(border, axis=0)
    whole = np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])
    if (np.abs(border - ground).max(1) <= _PLAIN_GROUND).mean() < _PLAIN_SHARE:
        return whole
    plain = (np.abs(picture.astype(int) - ground).max(2) <= _PLAIN_GROUND).astype(np.uint8)
    _, pieces = cv2.connectedComponents(plain, connectivity=4)
    edge = np.concatenate([pieces[0], pieces[-1], pieces[:, 0], pieces[:, -1]])
    outside = np.isin(pieces, np.setdiff1d(edge, [0]))
    if outside.all():
        return whole
    whole[outside, 3] = 0
    return whole


def by_colour_and_shape(cutout: Cutout) -> Features:
    """Histograms of CIELAB colours in bands from top to bottom, and the outline's widths.

    Roots of shares, so that the cosine of two histograms is their Bhattacharyya coefficient.
    cutout: as `framed` gives it.
    """
    height, width = cutout.shape[:2]
    scale = _SIDE / max(height, width)
    size = (max(_BANDS, round(width * scale)), max(_ROWS, round(height * scale)))
    small = cv2.resize(cutout, size, interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small[..., :3].astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)
    inside = small[..., 3].astype(np.float32) / 255.0
    parts = [
        np.sqrt(_colours(part, weight))
        for part, weight in zip(
            np.array_split(lab, _BANDS), np.array_split(inside, _BANDS), strict=True
        )
    ]
    colours = np.concatenate(parts)
    # Each row's part of the frame, of a frame as wide as it is high or wider.
    rows = np.array([band.sum(1).mean() for band in np.array_split(inside, _ROWS)]) / _SIDE
    shape = np.sqrt(rows / max(float(rows.sum()), 1e-9))
    aspect = np.array([min(size) / max(size)]) * (1.0 if size[0] >= size[1] else -1.0)
    outline = np.concatenate([shape, aspect])
    return unit(
        np.concatenate([colours / _length(colours), _SHAPE_COUNTS * outline / _length(outline)])
    )


def _colours(lab: NDArray[np.float32], weight: NDArray[np.float32]) -> NDArray[np.float64]:
    """Shares of colours, each pixel shared out between the bins that it lies between."""
    places = [
        lab[..., 0].ravel() / 100.0 * (_LIGHTS - 1),
        *(
            (np.clip(lab[..., axis].ravel() / _TINT_RANGE, -1, 1) + 1) / 2 * (_TINTS - 1)
            for axis in (1, 2)
        ),
    ]
    shape = (_LIGHTS, _TINTS, _TINTS)
    found = np.zeros(shape)
    lows = [
        np.clip(place.astype(int), 0, size - 2) for place, size in zip(places, shape, strict=True)
    ]
    rests = [place - low for place, low in zip(places, lows, strict=True)]
    for corner in np.ndindex(2, 2, 2):
        share = weight.ravel().astype(float)
        for rest, up in zip(rests, corner, strict=True):
            share = share * (rest if up else 1.0 - rest)
        index = tuple(low + up for low, up in zip(lows, corner, strict=True))
        np.add.at(found, index, share)
    return found.ravel() / max(float(found.sum()), 1e-9)


def unit(features: NDArray[np.floating]) -> Features:
    """The same direction with length 1; all zeros stay."""
    return (features / _length(features)).astype(np.float32)


def likeness(one: Features, other: Features) -> float:
    """The cosine of two features, -1..1."""
    return float(np.clip(np.dot(one, other), -1.0, 1.0))


def best_likeness(one: Features, others: Sequence[Features]) -> float:
    """To the likest of several, which may show the same from other sides."""
    return max(likeness(one, other) for other in others)


def middle(several: Sequence[Features]) -> Features:
    """The median of features, by each of their numbers."""
    return unit(np.median(np.stack(several), axis=0))


def written(features: Features) -> str:
    """Features as text: base64 of half precision numbers, little endian."""
    return base64.b64encode(features.astype("<f2").tobytes()).decode("ascii")


def read(text: str) -> Features:
    """What `written` wrote. Raises ValueError for anything else."""
    values = np.frombuffer(base64.b64decode(text, validate=True), "<f2").astype(np.float32)
    if not values.size or not np.isfinite(values).all():
        raise ValueError("these are no features")
    return unit(values)


def _length(values: NDArray[np.floating]) -> float:
    return max(float(np.linalg.norm(values)), 1e-9)
