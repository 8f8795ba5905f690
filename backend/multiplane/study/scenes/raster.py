"""Parts to pixels: albedo, coverage, shadow sides and contour lines of one layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .grain import Field, Grain
from .parts import Part, Points

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Hand:
    """How a style draws contours: unsteadiness and line widths in units of height / 256."""

    wobble: float = 0.0
    line: float = 0.0
    swell: float = 0.0


@dataclass(frozen=True)
class Raster:
    """One layer at `scale` times the picture's size.

    `albedo` (h, w, 3) is 0 outside; `cover`, `line` (contour lines) and `shade` (shadow sides)
    are 0 or 255; `tint` is 255 where the subject's own colour is; `border` marks where two
    parts meet.
    """

    scale: int
    albedo: Bytes
    cover: Bytes
    shade: Bytes
    tint: Bytes
    line: Bytes
    border: Bytes

    def shrink(self, image: NDArray[np.uint8] | Field) -> Field:
        """`image` at the picture's size, 0..1."""
        h, w = self.cover.shape
        small = cv2.resize(
            image, (w // self.scale, h // self.scale), interpolation=cv2.INTER_AREA
        ).astype(np.float32)
        return np.asarray(small / 255.0 if image.dtype == np.uint8 else small, np.float32)

    def matte(self) -> Field:
        return self.shrink(self.cover)

    def colours(self, image: Bytes | None = None) -> Field:
        """`image` (default: the albedo) at the picture's size, its own colour up to the edge
        and a little beyond it."""
        source = self.albedo if image is None else image
        small, matte = self.shrink(source), self.matte()
        if matte.min() > 0.999:
            return small
        near = small / np.maximum(matte, 1e-3)[..., None]
        # Beyond the edge, the blurred colour over the blurred matte carries colour outwards.
        wide = max(1.0, 3.0 * matte.shape[0] / 256)
        far = cv2.GaussianBlur(small, (0, 0), wide)
        far /= np.maximum(cv2.GaussianBlur(matte, (0, 0), wide), 1e-4)[..., None]
        return np.asarray(np.where((matte > 0.02)[..., None], near, far), np.float32)


def scale_for(height: int) -> int:
    """Supersampling: about 512 rows, at least 2, at most 4."""
    return int(np.clip(round(512 / height), 2, 4))


def _steady(points: Points, grain: Grain, scale: int, hand: Hand) -> tuple[Points, Field]:
    """Resample an outline finely and let the hand tremble; returns points and pressure."""
    step = 5.0 * grain.unit * scale
    closed = np.concatenate([points, points[:1]])
    lengths = np.linalg.norm(np.diff(closed, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    count = int(np.clip(along[-1] / step, len(points), 400))
    # The corners stay: without them, boxes lose their edges.
    at = np.union1d(np.linspace(0.0, along[-1], count, endpoint=False), along[:-1])
    x, y = np.interp(at, along, closed[:, 0]), np.interp(at, along, closed[:, 1])
    column = np.clip((x / scale).astype(np.intp), 0, grain.width - 1)
    row = np.clip((y / scale).astype(np.intp), 0, grain.height - 1)
    right, down, pressure = grain.drift
    reach = hand.wobble * grain.unit * scale
    moved = np.stack([x + reach * right[row, column], y + reach * down[row, column]], axis=1)
    return moved, pressure[row, column]


def _contour(line: Bytes, points: Points, pressure: Field, width: float, swell: float) -> None:
    """Draw a closed contour whose width follows the pressure, between once thin and bold."""
    thickness = np.clip(np.rint(width * (1.0 + swell * pressure)), 1, 12).astype(int)
    corners = np.rint(points).astype(np.int32)
    pairs = np.stack([corners, np.roll(corners, -1, axis=0)], axis=1)
    for level in np.unique(thickness):
        cv2.polylines(line, list(pairs[thickness == level]), False, 255, int(level))


def rasterise(
    parts: Sequence[Part], grain: Grain, hand: Hand, *, line_scale: float = 1.0
) -> Raster:
    """Draw `parts` (points in pixels of the picture) back to front."""
    scale = scale_for(grain.height)
    h, w = grain.height * scale, grain.width * scale
    albedo = np.zeros((h, w, 3), np.uint8)
    cover, shade, tint, line, label = (np.zeros((h, w), np.uint8) for _ in range(5))
    for index, part in enumerate(parts):
        points = part.points * scale
        pressure = np.zeros(len(points), np.float32)
        if hand.wobble or hand.line:
            points, pressure = _steady(points, grain, scale, hand)
        corners = np.rint(points).astype(np.int32)
        left, top = np.maximum(corners.min(axis=0), 0)
        right, bottom = np.minimum(corners.max(axis=0) + 1, (w, h))
        if left >= right or top >= bottom:
            continue
        shape = [corners]
        r, g, b = (round(255 * float(np.clip(v, 0, 1))) for v in part.rgb)
        cv2.fillPoly(albedo, shape, (r, g, b))
        cv2.fillPoly(cover, shape, 255)
        cv2.fillPoly(label, shape, index % 251 + 1)
        cv2.fillPoly(tint, shape, 255 if part.tint else 0)
        cv2.fillPoly(shade, shape, 0)
        if part.shaded:
            _shadow_side(shade[top:bottom, left:right], corners - (left, top))
        if hand.line:
            cv2.fillPoly(line, shape, 0)
            if part.outlined:
                width = hand.line * line_scale * grain.unit * scale
                _contour(line, points, pressure, width, hand.swell)
            elif max(part.rgb) < 0.3:
                cv2.fillPoly(line, shape, 255)
    border = np.zeros((h, w), np.uint8)
    border[:, 1:] = label[:, 1:] != label[:, :-1]
    border[1:] |= label[1:] != label[:-1]
    return Raster(scale, albedo, cover, shade, tint, line, border * 255)


def _shadow_side(shade: Bytes, corners: NDArray[np.int32]) -> None:
    """Mark the part of a shape that turns away from the light, which is up and to the left."""
    h, w = shade.shape
    inside = np.zeros((h, w), np.uint8)
    cv2.fillPoly(inside, [corners], 255)
    offset = max(2, int(0.24 * min(h, w)))
    lit = np.zeros_like(inside)
    lit[: h - offset // 2, : w - offset] = inside[offset // 2 :, offset:]
    shade[(inside > 0) & (lit == 0)] = 255
