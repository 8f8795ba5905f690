"""Parts to pixels: albedo, coverage, shadow sides and contour lines of one layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .grain import Field, Grain
from .parts import Part

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Hand:
    """How a style draws contours: unsteadiness and line widths in units of height / 256."""

    wobble: float = 0.0
    line: float = 0.0
    swell: float = 0.0


Window = tuple[slice, slice]


@dataclass(frozen=True)
class Raster:
    """One layer inside `window` (rows, columns of the picture), at `scale` times its size.

    `albedo` (h, w, 3) is 0 outside; `cover`, `line` (contour lines) and `shade` (shadow sides)
    are 0 or 255; `tint` is 255 where the subject's own colour is; `border` marks where two
    parts meet.
    """

    scale: int
    window: Window
    albedo: Bytes
    cover: Bytes
    shade: Bytes
    tint: Bytes
    line: Bytes
    border: Bytes

    def cut(self, field: Field) -> Field:
        """The window's part of a field of the picture's size."""
        return field[self.window]

    def cut_fine(self, fine: Bytes) -> Bytes:
        """The window's part of an image of `scale` times the picture's size."""
        rows, columns = self.window
        k = self.scale
        return fine[rows.start * k : rows.stop * k, columns.start * k : columns.stop * k]

    def shrink(self, image: Bytes) -> Field:
        """`image` at the picture's size, 0..1."""
        h, w = self.cover.shape
        size = (w // self.scale, h // self.scale)
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        return np.asarray(np.multiply(small, np.float32(1 / 255), dtype=np.float32))

    def matte(self) -> Field:
        return self.shrink(self.cover)

    def colours(self) -> Field:
        """The albedo at the picture's size, its own colour up to the edge and beyond it."""
        small, matte = self.shrink(self.albedo), self.matte()
        if matte.min() > 0.999:
            return small
        near = small / np.maximum(matte, 1e-3)[..., None]
        # Beyond the edge, the blurred colour over the blurred matte carries colour outwards.
        wide = max(1.0, 0.012 * (matte.shape[0] + matte.shape[1]))
        far = cv2.GaussianBlur(small, (0, 0), wide)
        far /= np.maximum(cv2.GaussianBlur(matte, (0, 0), wide), 1e-4)[..., None]
        return np.asarray(np.where((matte > 0.02)[..., None], near, far), np.float32)


def scale_for(height: int) -> int:
    """Supersampling: about 512 rows, at least 2, at most 4."""
    return int(np.clip(round(512 / height), 2, 4))


@dataclass(frozen=True)
class _Outline:
    """A part's corners and, per edge, the thickness of its contour (empty: no contour)."""

    corners: NDArray[np.int32]
    thickness: NDArray[np.int64]


def _outlines(
    parts: Sequence[Part], grain: Grain, hand: Hand, line_width: float, origin: tuple[int, int]
) -> list[_Outline]:
    """Outlines at `scale` times the picture's size, relative to `origin`, by an unsteady hand."""
    scale = scale_for(grain.height)
    nothing = np.zeros(0, np.int64)
    if not (hand.wobble or hand.line):
        return [
            _Outline(np.rint((part.points - origin) * scale).astype(np.int32), nothing)
            for part in parts
        ]
    # All parts at once: thousands of small numpy calls would cost more than the drawing.
    sizes = np.asarray([len(part.points) for part in parts])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    points = np.concatenate([part.points for part in parts])
    following = np.arange(1, len(points) + 1)
    following[starts + sizes - 1] = starts
    edge = points[following] - points
    pieces = np.ceil(np.hypot(edge[:, 0], edge[:, 1]) / (5.0 * grain.unit)).astype(np.intp)
    pieces = np.minimum(np.maximum(pieces, 1), 60)
    first = np.concatenate([[0], np.cumsum(pieces)])
    share = (np.arange(first[-1]) - np.repeat(first[:-1], pieces)) / np.repeat(pieces, pieces)
    points = np.repeat(points, pieces, axis=0) + np.repeat(edge, pieces, axis=0) * share[:, None]
    column = np.minimum(np.maximum(points[:, 0].astype(np.intp), 0), grain.width - 1)
    row = np.minimum(np.maximum(points[:, 1].astype(np.intp), 0), grain.height - 1)
    right, down, pressure = (field[row, column] for field in grain.drift)
    reach = hand.wobble * grain.unit
    moved = points - origin
    moved[:, 0] += reach * right
    moved[:, 1] += reach * down
    corners = np.rint(moved * scale).astype(np.int32)
    width = line_width * grain.unit * scale * (1.0 + hand.swell * pressure)
    thickness = np.minimum(np.maximum(np.rint(width), 1), 12).astype(np.int64)
    cuts = first[starts[1:]]
    return [
        _Outline(c, t if part.outlined and line_width else nothing)
        for part, c, t in zip(
            parts, np.split(corners, cuts), np.split(thickness, cuts), strict=True
        )
    ]


def _contour(line: Bytes, outline: _Outline) -> None:
    """Draw a closed contour edge by edge, all edges of one thickness together."""
    pairs = np.stack([outline.corners, np.roll(outline.corners, -1, axis=0)], axis=1)
    low, high = int(outline.thickness.min()), int(outline.thickness.max())
    for level in range(low, high + 1):
        chosen = pairs if low == high else pairs[outline.thickness == level]
        if len(chosen):
            cv2.polylines(line, list(chosen), False, 255, level)


def _window(parts: Sequence[Part], grain: Grain) -> Window:
    """The rows and columns that `parts` can touch, with room for blurs and the hand's tremble."""
    points = np.concatenate([part.points for part in parts])
    room = 12.0 * grain.unit
    low, high = points.min(axis=0) - room, points.max(axis=0) + room
    return (
        slice(max(0, int(low[1])), min(grain.height, int(high[1]) + 1)),
        slice(max(0, int(low[0])), min(grain.width, int(high[0]) + 1)),
    )


def rasterise(
    parts: Sequence[Part], grain: Grain, hand: Hand, *, line_scale: float = 1.0
) -> Raster:
    """Draw `parts` (points in pixels of the picture) back to front."""
    scale = scale_for(grain.height)
    window = _window(parts, grain)
    rows, columns = window
    h, w = (rows.stop - rows.start) * scale, (columns.stop - columns.start) * scale
    albedo = np.zeros((h, w, 3), np.uint8)
    cover, shade, tint, line, label = (np.zeros((h, w), np.uint8) for _ in range(5))
    line_width = hand.line * line_scale
    outlines = _outlines(parts, grain, hand, line_width, (columns.start, rows.start))
    for index, (part, drawn) in enumerate(zip(parts, outlines, strict=True)):
        shape = [drawn.corners]
        (left, top), (right, bottom) = drawn.corners.min(axis=0), drawn.corners.max(axis=0)
        left, top, right, bottom = max(left, 0), max(top, 0), min(right + 1, w), min(bottom + 1, h)
        if left >= right or top >= bottom:
            continue
        r, g, b = (round(255 * min(max(v, 0.0), 1.0)) for v in part.rgb)
        cv2.fillPoly(albedo, shape, (r, g, b))
        cv2.fillPoly(cover, shape, 255)
        cv2.fillPoly(label, shape, index % 251 + 1)
        cv2.fillPoly(tint, shape, 255 if part.tint else 0)
        cv2.fillPoly(shade, shape, 0)
        if part.shaded:
            _shadow_side(shade[top:bottom, left:right], drawn.corners - (left, top))
        if line_width:
            cv2.fillPoly(line, shape, 0)
            if part.outlined:
                _contour(line, drawn)
            elif max(part.rgb) < 0.3:
                cv2.fillPoly(line, shape, 255)
    border = np.zeros((h, w), np.uint8)
    border[:, 1:] = label[:, 1:] != label[:, :-1]
    border[1:] |= label[1:] != label[:-1]
    return Raster(scale, window, albedo, cover, shade, tint, line, border * 255)


def _shadow_side(shade: Bytes, corners: NDArray[np.int32]) -> None:
    """Mark the part of a shape that turns away from the light, which is up and to the left."""
    h, w = shade.shape
    inside = np.zeros((h, w), np.uint8)
    cv2.fillPoly(inside, [corners], 255)
    offset = max(2, int(0.24 * min(h, w)))
    lit = np.zeros_like(inside)
    lit[: h - offset // 2, : w - offset] = inside[offset // 2 :, offset:]
    shade[(inside > 0) & (lit == 0)] = 255
