"""Frames of a staged shot: every plane seen in perspective, composited back to front.

Colours are premultiplied, so that no edge picks up the colour of transparent pixels. A plane is
resampled once to about its size on the screen (area average down, bicubic up); frames then need
only bilinear sampling at exact sub-pixel places, which keeps slow moves free of shimmer. A plane
whose size changes much over the shot gets several such copies, blended by size (trilinear).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.contract.manifest import Comp
from multiplane.stage.camera import NEAR_CLIP, Camera, Matrix, plane_homography
from multiplane.stage.path import CameraPath
from multiplane.stage.planes import Plane

Rgba = NDArray[np.uint8]
_Box = tuple[int, int, int, int]  # left, top, right, bottom, screen px

LEVEL_SPREAD = 1.5
"""Largest factor between a plane's sizes in a shot for which one resampled copy will do."""
MAX_COPY_PIXELS = 64_000_000
"""A copy is not resampled to more pixels than this."""
SMALLEST_BLUR = 0.5
"""Discs of less, px across, are taken as points."""
PADDING = 2.0
"""Transparent border round a copy, screen px: room for an anti-aliased edge."""


class Painted(Protocol):
    """What compositing needs to know of a layer (`layers.stack.Layer` has it)."""

    @property
    def rgba(self) -> Rgba: ...


@dataclass(frozen=True)
class _Copy:
    """A plane's pixels, premultiplied (h, w, 4), at about ``size`` screen px per own px."""

    pixels: Rgba
    to_own: Matrix  # (3, 3) from the copy's px to the plane's own px
    size: float
    opaque: bool


class Compositor:
    """Makes frames of one shot. What it holds does not grow with the shot's length."""

    def __init__(
        self, planes: Sequence[Plane], layers: Sequence[Painted], comp: Comp, path: CameraPath
    ) -> None:
        """``planes`` and their ``layers`` back to front; ``path`` tells which sizes to prepare.

        Raises ValueError when a layer's pixels have another size than its plane.
        """
        self.comp = comp
        self._planes = tuple(planes)
        self._copies: list[tuple[_Copy, ...]] = []
        for plane, layer in zip(planes, layers, strict=True):
            if layer.rgba.shape != (plane.size[1], plane.size[0], 4):
                raise ValueError(f"layer {plane.id}: {layer.rgba.shape} is not {plane.size} px")
            self._copies.append(_copies(plane, layer.rgba, path))

    def frame(self, camera: Camera) -> Rgba:
        """The frame seen by ``camera``: (H, W, 4) sRGB, opaque where a background covers it."""
        width, height = self.comp.width, self.comp.height
        whole = (0, 0, width, height)
        canvas: Rgba | None = None
        for plane, copies in zip(self._planes, self._copies, strict=True):
            if not copies or plane.z - camera.position[2] < NEAR_CLIP:
                continue
            to_screen = plane_homography(
                camera, width, height, plane.position, plane.anchor, plane.scale
            )
            if all(plane.bleeds) and copies[0].opaque:
                # It hides all that is behind it: nothing has to be laid over anything.
                canvas = _look(plane, copies, camera, to_screen, whole)
                continue
            if canvas is None:
                canvas = np.zeros((height, width, 4), np.uint8)
            _draw(canvas, plane, copies, camera, to_screen)
        return np.zeros((height, width, 4), np.uint8) if canvas is None else canvas

    def frames(self, path: CameraPath) -> Iterator[Rgba]:
        """One frame after the other."""
        return (self.frame(camera) for camera in path)


def _copies(plane: Plane, rgba: Rgba, path: CameraPath) -> tuple[_Copy, ...]:
    """Resampled copies for all sizes at which ``path`` sees the plane."""
    distance = path.distances(plane.z)
    seen = distance >= NEAR_CLIP
    if not seen.any():
        return ()
    sizes = plane.scale[0] / 100.0 * path.zooms[seen] / distance[seen]
    small, large = float(sizes.min()), float(sizes.max())
    roof = math.sqrt(MAX_COPY_PIXELS / (plane.size[0] * plane.size[1]))
    if large / small <= LEVEL_SPREAD:
        return (_copy(plane, rgba, min(math.sqrt(small * large), roof)),)
    steps = math.ceil(math.log(large / small, 2.0))
    levels = small * (large / small) ** (np.arange(steps + 1) / steps)
    return tuple(_copy(plane, rgba, min(float(size), roof)) for size in levels)


def _copy(plane: Plane, rgba: Rgba, size: float) -> _Copy:
    opaque = bool((rgba[..., 3] == 255).all()) and all(plane.bleeds)
    pixels = rgba if opaque else _premultiplied(rgba)
    border = 0
    if not all(plane.bleeds):
        border = math.ceil(PADDING / min(size, 1.0))
        pixels = _padded(pixels, plane.bleeds, border)
    high, wide = pixels.shape[:2]
    new = (max(1, round(wide * size)), max(1, round(high * size)))
    if new[0] < wide and new[1] < high:
        pixels = cv2.resize(pixels, new, interpolation=cv2.INTER_AREA)
    elif new != (wide, high):
        pixels = (
            cv2.resize(pixels, new, interpolation=cv2.INTER_CUBIC)
            if opaque
            else _enlarged(pixels, new)
        )
    sx, sy = wide / new[0], high / new[1]
    to_own = np.array([[sx, 0.0, -border], [0.0, sy, -border], [0.0, 0.0, 1.0]])
    return _Copy(np.ascontiguousarray(pixels), to_own, size, opaque)


def _premultiplied(rgba: Rgba) -> Rgba:
    alpha = rgba[..., 3]
    factors = cv2.merge([alpha, alpha, alpha, np.full_like(alpha, 255)])
    return np.asarray(cv2.multiply(rgba, factors, scale=1.0 / 255.0), np.uint8)


def _enlarged(pixels: Rgba, size: tuple[int, int]) -> Rgba:
    """Bicubic; where alpha overshoots, the colour is scaled back with it and keeps its hue."""
    wide = cv2.resize(pixels.astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    alpha = np.maximum(wide[..., 3:], 1e-6)
    wide *= np.minimum(255.0 / alpha, 1.0)
    return np.rint(np.clip(wide, 0.0, np.clip(wide[..., 3:], 0.0, 255.0))).astype(np.uint8)


def _padded(pixels: Rgba, bleeds: tuple[bool, bool, bool, bool], border: int) -> Rgba:
    """A transparent border; where the content is cut off it goes on instead."""
    left, top, right, bottom = (border if cut else 0 for cut in bleeds)
    grown = cv2.copyMakeBorder(pixels, top, bottom, left, right, cv2.BORDER_REPLICATE)
    return np.asarray(
        cv2.copyMakeBorder(
            grown,
            border - top,
            border - bottom,
            border - left,
            border - right,
            cv2.BORDER_CONSTANT,
            value=(0, 0, 0, 0),
        )
    )


def _draw(
    canvas: Rgba, plane: Plane, copies: tuple[_Copy, ...], camera: Camera, to_screen: Matrix
) -> None:
    """Lay what ``camera`` sees of a plane over ``canvas``."""
    height, width = canvas.shape[:2]
    box: _Box | None = None
    if not all(plane.bleeds):
        box = _box(copies[0], to_screen, width, height, math.ceil(_blur(plane, camera)))
    box = box or (0, 0, width, height)
    if box[2] <= box[0] or box[3] <= box[1]:
        return
    seen = _look(plane, copies, camera, to_screen, box)
    under = canvas[box[1] : box[3], box[0] : box[2]]
    shows = cv2.bitwise_not(cv2.extractChannel(seen, 3))
    cv2.multiply(under, cv2.merge([shows] * 4), dst=under, scale=1.0 / 255.0)
    cv2.add(under, seen, dst=under)


def _look(
    plane: Plane, copies: tuple[_Copy, ...], camera: Camera, to_screen: Matrix, box: _Box
) -> Rgba:
    """What ``camera`` sees of a plane inside ``box``, premultiplied."""
    size = plane.scale[0] / 100.0 * camera.zoom / (plane.z - camera.position[2])
    flat = camera.is_axis_aligned()
    everywhere = all(plane.bleeds)
    picked = _pick(copies, size)
    seen = _warp(picked[0][0], to_screen, box, flat, everywhere)
    if len(picked) == 2:
        other = _warp(picked[1][0], to_screen, box, flat, everywhere)
        seen = np.asarray(cv2.addWeighted(seen, picked[0][1], other, picked[1][1], 0.0), np.uint8)
    blur = _blur(plane, camera)
    if blur >= SMALLEST_BLUR:
        # A Gaussian as wide as the lens's disc: a disc's standard deviation is diameter / 4.
        border = cv2.BORDER_REPLICATE
        seen = np.asarray(cv2.GaussianBlur(seen, (0, 0), blur / 4.0, borderType=border), np.uint8)
    return seen


def _blur(plane: Plane, camera: Camera) -> float:
    """Diameter of the disc that a point of the plane becomes, px."""
    return camera.blur(plane.z - camera.position[2])


def _pick(copies: tuple[_Copy, ...], size: float) -> list[tuple[_Copy, float]]:
    """The copy for this size, or the two around it with their weights."""
    if len(copies) == 1 or size <= copies[0].size:
        return [(copies[0], 1.0)]
    for small, large in pairwise(copies):
        if size < large.size:
            weight = math.log(size / small.size) / math.log(large.size / small.size)
            return [(large, weight), (small, 1.0 - weight)]
    return [(copies[-1], 1.0)]


def _box(copy: _Copy, to_screen: Matrix, width: int, height: int, margin: int) -> _Box | None:
    """The part of the screen (left, top, right, bottom) that the copy can touch, px.

    ``margin`` px are added all round.

    None when the plane reaches behind the camera, so that it has no bounds on the screen.
    """
    tall, wide = copy.pixels.shape[:2]
    corners = np.array([[0, 0, 1], [wide, 0, 1], [wide, tall, 1], [0, tall, 1]], dtype=np.float64)
    seen = corners @ (to_screen @ copy.to_own).T
    if (seen[:, 2] <= 1e-6).any():
        return None
    points = seen[:, :2] / seen[:, 2:]
    low, high = points.min(axis=0) - 1 - margin, points.max(axis=0) + 1 + margin
    return (
        int(np.clip(np.floor(low[0]), 0, width)),
        int(np.clip(np.floor(low[1]), 0, height)),
        int(np.clip(np.ceil(high[0]), 0, width)),
        int(np.clip(np.ceil(high[1]), 0, height)),
    )


def _warp(
    copy: _Copy,
    to_screen: Matrix,
    box: _Box,
    flat: bool,
    everywhere: bool,
) -> Rgba:
    # OpenCV counts from pixel centres, the geometry from pixel corners: half a pixel each way.
    centre = np.array([[1.0, 0.0, 0.5], [0.0, 1.0, 0.5], [0.0, 0.0, 1.0]])
    corner = np.array([[1.0, 0.0, -0.5 - box[0]], [0.0, 1.0, -0.5 - box[1]], [0.0, 0.0, 1.0]])
    matrix = corner @ to_screen @ copy.to_own @ centre
    size = (box[2] - box[0], box[3] - box[1])
    border = cv2.BORDER_REPLICATE if everywhere else cv2.BORDER_CONSTANT
    if flat:
        affine = matrix[:2] / matrix[2, 2]
        return np.asarray(
            cv2.warpAffine(copy.pixels, affine, size, flags=cv2.INTER_LINEAR, borderMode=border)
        )
    return np.asarray(
        cv2.warpPerspective(copy.pixels, matrix, size, flags=cv2.INTER_LINEAR, borderMode=border)
    )
