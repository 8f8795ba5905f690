"""Flat colours: found in a picture's area, and kept in what is filled beside it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Picture = NDArray[np.uint8]
Mask = NDArray[np.bool_]

_MOST = 16  # colours
_COVER = 0.985  # share of the pixels that they have to make up
_STEP = 8  # levels of 255 that count as one colour
_MIXED = 24  # levels of 255 from both the darkest and the lightest neighbour
_MOST_MIXED = 0.5  # share of an area whose pixels may be soft edges
_LEAST_MIXED = 0.002  # share of them in a picture that has soft edges
_ENOUGH = 40_000  # px that a colour is read from


@dataclass(frozen=True)
class Palette:
    """Flat colours (K, 3) 0..1. soft: whether they meet in soft edges."""

    colours: Floats
    soft: bool

    def applied(self, values: Floats, where: Mask) -> Floats:
        """`values` (H, W, 3) 0..1 with the nearest of the colours at `where` (H, W).

        Soft edges stay as they are where the picture has such.
        """
        rows = np.flatnonzero(where.any(axis=1))
        columns = np.flatnonzero(where.any(axis=0))
        if not rows.size:
            return values
        box = (
            slice(max(0, rows[0] - 2), rows[-1] + 3),
            slice(max(0, columns[0] - 2), columns[-1] + 3),
        )
        inside, part = where[box], values[box].copy()
        if self.soft:
            inside = inside & ~_mixed(np.rint(255.0 * np.clip(part, 0.0, 1.0)).astype(np.uint8))
        part[inside] = snap(part[inside], self.colours)
        result = values.copy()
        result[box] = part
        return result


def flat_palette(picture: Picture, area: Mask) -> Palette | None:
    """The colours of a flat `area` (H, W) of `picture` (H, W, 3); None if it is not flat.

    Flat means that at most 16 colours cover 98.5 % (after LayerD, Suzuki et al. 2025), soft edges
    apart: pixels between a darker and a lighter neighbour, which thin lines have on both sides.
    """
    rows = np.flatnonzero(area.any(axis=1))
    columns = np.flatnonzero(area.any(axis=0))
    if not rows.size:
        return None
    box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    patch, inside = np.ascontiguousarray(picture[box]), area[box]
    mixed = _mixed(patch) & inside
    count, between = int(inside.sum()), int(mixed.sum())
    if between > _MOST_MIXED * count:
        return None
    pixels = patch[inside & ~mixed]
    coarse = (pixels // _STEP).astype(np.int32)
    across = 256 // _STEP
    keys = (coarse[:, 0] * across + coarse[:, 1]) * across + coarse[:, 2]
    counts = np.bincount(keys, minlength=across**3)
    ranked = np.argsort(-counts)[:_MOST]
    if counts[ranked].sum() < _COVER * len(pixels):
        return None
    used = [colour for colour in ranked if counts[colour] >= 0.002 * len(pixels)] or [ranked[0]]
    step = max(1, len(pixels) // _ENOUGH)
    some, of = pixels[::step], keys[::step]
    found = [some[of == colour] for colour in used]
    colours = [np.median(group, axis=0) / 255.0 for group in found if len(group)]
    return Palette(np.stack(colours).astype(np.float32), between > _LEAST_MIXED * count)


def snap(colours: Floats, palette: Floats) -> Floats:
    """`colours` (..., 3) with every pixel's nearest colour of `palette` (K, 3)."""
    distance = (palette**2).sum(axis=1) - 2.0 * (colours @ palette.T)
    return palette[distance.argmin(axis=-1)]


def _mixed(picture: Picture) -> Mask:
    """Pixels that are clearly lighter than one neighbour and darker than another."""
    luma = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    square = np.ones((3, 3), np.uint8)
    darkest, lightest = cv2.erode(luma, square), cv2.dilate(luma, square)
    lighter = cv2.subtract(luma, darkest) >= _MIXED
    darker = cv2.subtract(lightest, luma) >= _MIXED
    return np.asarray(lighter & darker)
