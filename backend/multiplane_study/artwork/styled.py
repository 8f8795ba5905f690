"""Artists' drawings in the project's five styles, or flat as they are.

A drawing is pixels where the project's own figures are outlines. So what the styles need is read
from the pixels: contours where the colour jumps, the shadow side from the silhouette, the area of
the main colour, which ink hatches.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from multiplane_study.artwork.raster import Rgba
from multiplane_study.scenes.grain import Field, Grain
from multiplane_study.scenes.raster import Bytes, Hand, Raster, scale_for
from multiplane_study.scenes.style import Painted, Style
from multiplane_study.scenes.vocabulary import COLOURS

NAMED_COLOURS: dict[str, tuple[int, int, int]] = {
    **COLOURS,
    "white": (244, 244, 244),
    "brown": (130, 84, 56),
    "grey": (140, 145, 150),
}
_JUMP = 34
"""From one pixel to the next, of 255, in the channel that changes most: a contour."""
_DARK = 70
"""What is darker is a line or a dark fill, which ink draws black."""
_NEAR_COLOUR = 40.0


class AsDrawn(Style):
    """The artist's own colours and edges, nothing added."""

    def line_scale(self, *, backdrop: bool) -> float:
        return 0.0

    def paint(self, raster: Raster, *, backdrop: bool) -> Painted:
        return Painted(raster.colours(), raster.matte())


class MainColour(NamedTuple):
    """The colour that most of a drawing has: its value (r, g, b), where it is, and its share."""

    rgb: tuple[float, float, float]
    where: Bytes
    share: float

    @property
    def name(self) -> str:
        """What one would call it; empty where no colour prevails."""
        distances = {
            name: float(np.linalg.norm(np.subtract(self.rgb, value)))
            for name, value in NAMED_COLOURS.items()
        }
        nearest = min(distances, key=lambda name: distances[name])
        return nearest if self.share > 0.5 and distances[nearest] < 100.0 else ""


def main_colour(rgba: Rgba) -> MainColour:
    """The most frequent colour of a drawing, of 4 x 4 x 4 bins whose neighbours are drawn in."""
    step = max(1, max(rgba.shape[:2]) // 96)
    few = rgba[::step, ::step]
    colours = few[few[..., 3] > 128][:, :3].astype(np.int64)
    if not len(colours):
        return MainColour((0.0, 0.0, 0.0), np.zeros(rgba.shape[:2], np.uint8), 0.0)
    bins = (colours >> 6) @ (16, 4, 1)
    fullest = int(np.bincount(bins, minlength=64).argmax())
    rgb = colours[bins == fullest].mean(axis=0)
    low = (*np.clip(rgb - _NEAR_COLOUR, 0, 255).astype(int).tolist(), 129)
    high = (*np.clip(rgb + _NEAR_COLOUR, 0, 255).astype(int).tolist(), 255)
    near = np.abs(colours - rgb).max(axis=1) <= _NEAR_COLOUR
    red, green, blue = (float(value) for value in rgb)
    where = cv2.inRange(np.ascontiguousarray(rgba), low, high)
    return MainColour((red, green, blue), np.asarray(where, np.uint8), float(near.mean()))


@dataclass(frozen=True)
class Placed:
    """A drawing in a picture: its longer side and its top left corner, px of the picture."""

    rgba: Rgba
    left: float
    top: float


def raster_of(placed: Placed, grain: Grain, hand: Hand, line_scale: float) -> Raster | None:
    """The drawing as a layer that every `Style` can paint; None where it is outside the picture.

    `placed.rgba` has `scale_for(height)` pixels to a pixel of the picture.
    """
    scale = scale_for(grain.height)
    room = int(12.0 * grain.unit)
    height, width = (side // scale for side in placed.rgba.shape[:2])
    left, top = round(placed.left), round(placed.top)
    rows = slice(max(0, top - room), min(grain.height, top + height + room + 1))
    columns = slice(max(0, left - room), min(grain.width, left + width + room + 1))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return None
    window = (rows, columns)
    rgba = _in_window(placed.rgba, left, top, window, scale)
    if hand.wobble:
        rgba = _trembled(rgba, grain, hand.wobble, window, scale)
    cover = np.ascontiguousarray(rgba[..., 3])
    solid = np.asarray((cover > 127) * 255, np.uint8)
    alpha = cover[..., None].astype(np.float32) / 255.0
    albedo = np.asarray(np.rint(rgba[..., :3] * alpha), np.uint8)
    border = _jumps(rgba, solid)
    return Raster(
        scale=scale,
        window=window,
        albedo=albedo,
        cover=cover,
        shade=_shadow_side(solid),
        tint=main_colour(rgba).where,
        line=_lines(rgba, solid, border, hand.line * line_scale * grain.unit * scale),
        border=border,
    )


def _in_window(rgba: Rgba, left: int, top: int, window: tuple[slice, slice], scale: int) -> Rgba:
    rows, columns = window
    size = ((rows.stop - rows.start) * scale, (columns.stop - columns.start) * scale)
    sheet = np.zeros((*size, 4), np.uint8)
    y, x = (top - rows.start) * scale, (left - columns.start) * scale
    height, width = rgba.shape[:2]
    to = (slice(max(0, y), min(size[0], y + height)), slice(max(0, x), min(size[1], x + width)))
    if to[0].start < to[0].stop and to[1].start < to[1].stop:
        sheet[to] = rgba[to[0].start - y : to[0].stop - y, to[1].start - x : to[1].stop - x]
    return sheet


def _trembled(
    rgba: Rgba, grain: Grain, wobble: float, window: tuple[slice, slice], scale: int
) -> Rgba:
    """The drawing as an unsteady hand would have followed it."""
    height, width = rgba.shape[:2]
    right, down, _ = (cv2.resize(field[window], (width, height)) for field in grain.drift)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    reach = np.float32(wobble * grain.unit * scale)
    moved = cv2.remap(rgba, columns + reach * right, rows + reach * down, cv2.INTER_LINEAR)
    return np.asarray(moved, np.uint8)


def _jumps(rgba: Rgba, solid: Bytes) -> Bytes:
    """255 where two colours meet, and along the silhouette."""
    colours = cv2.bitwise_and(
        np.ascontiguousarray(rgba[..., :3]), cv2.cvtColor(solid, cv2.COLOR_GRAY2RGB)
    )
    smooth = cv2.medianBlur(np.dstack([colours, solid]), 3)
    kernel = np.ones((2, 2), np.uint8)
    gradient = cv2.morphologyEx(smooth, cv2.MORPH_GRADIENT, kernel)
    return np.asarray((gradient.max(axis=2) > _JUMP) * 255, np.uint8)


def _lines(rgba: Rgba, solid: Bytes, border: Bytes, width: float) -> Bytes:
    """Contours `width` px wide, and dark fills."""
    if width <= 0.0:
        return np.zeros_like(solid)
    thick = max(1, round(width))
    line = cv2.dilate(border, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (thick, thick)))
    dark = np.asarray((rgba[..., :3].max(axis=2) < _DARK) * 255, np.uint8)
    return np.asarray(line | cv2.bitwise_and(dark, solid), np.uint8)


def _shadow_side(solid: Bytes) -> Bytes:
    """The part of a silhouette that turns away from the light, which is up and to the left."""
    rows, columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
    if not len(rows):
        return np.zeros_like(solid)
    extent = min(rows[-1] - rows[0], columns[-1] - columns[0]) + 1
    offset = max(2, int(0.16 * extent))
    lit = np.zeros_like(solid)
    lit[: solid.shape[0] - offset // 2, : solid.shape[1] - offset] = solid[offset // 2 :, offset:]
    return np.asarray(solid & ~lit, np.uint8)


def recoloured(rgba: Rgba, turn: float) -> Rgba:
    """The drawing with every hue turned by `turn` (-0.5 .. 0.5 of the circle)."""
    hsv = cv2.cvtColor(np.ascontiguousarray(rgba[..., :3]), cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0].astype(np.int64) + round(180 * turn)) % 180
    return np.dstack([cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), rgba[..., 3]])


def shaded_ground(field: Field, grain: Grain) -> Field:
    """A ground with the softly uneven light of a picture that was not drawn by a program."""
    light = 1.0 + 0.05 * grain.smooth(3)[..., None] + 0.008 * grain.speckle()[..., None]
    return np.asarray(np.clip(field * light, 0.0, 1.0), np.float32)
