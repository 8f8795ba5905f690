"""A shot's layers fanned out in space, as plates of glass one behind the other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.contract.manifest import Comp
from multiplane.deliver.compositor import Compositor
from multiplane.stage.camera import Camera, Matrix, project
from multiplane.stage.easing import Key
from multiplane.stage.path import KeyedCamera
from multiplane.stage.planes import Plane

Rgba = NDArray[np.uint8]

YAW, PITCH = -38.0, 12.0
"""Where the camera stands, degrees: to the left of the stack and above it."""
GAP_OF_WIDTH = 0.42
"""Distance between plates, in units of their width."""
MARGIN = 0.94
PLATE_OF_FRAME = 0.75
"""Long side of a plate's pixels, in units of the frame's: no plate is ever seen as large."""
DARK = (23, 24, 28)


class Boxed(Protocol):
    @property
    def rgba(self) -> Rgba: ...
    @property
    def bbox(self) -> tuple[int, int, int, int]: ...


@dataclass(frozen=True)
class _Plate:
    rgba: Rgba


def fan_out(
    layers: Sequence[Boxed],
    picture_size: tuple[int, int],
    size: tuple[int, int] = (1280, 720),
    *,
    ground: tuple[int, int, int] = DARK,
) -> NDArray[np.uint8]:
    """``layers`` (back to front) as plates seen from the side: (H, W, 3) sRGB of ``size``.

    What is transparent shows as a faint checkerboard, through which the plates behind are seen.
    """
    shrink = min(1.0, PLATE_OF_FRAME * max(size) / max(picture_size))
    plate_size = (max(2, round(picture_size[0] * shrink)), max(2, round(picture_size[1] * shrink)))
    plates = [_Plate(on_checkerboard(layer, picture_size, plate_size)) for layer in layers]
    camera, depths = fan_view(len(plates), plate_size, size)
    planes = [_plane(index, z, plate_size) for index, z in enumerate(depths)]
    comp = Comp(width=size[0], height=size[1], fps=24, duration_frames=1)
    keyed = KeyedCamera(
        (Key(0, camera.position),), (Key(0, camera.point_of_interest),), (Key(0, (camera.zoom,)),)
    )
    path = keyed.at([0], 24.0)
    frame = Compositor(planes, plates, comp, path).frame(camera).astype(np.float32)
    solid = frame[..., :3] + np.array(ground, np.float32) * (1.0 - frame[..., 3:] / 255.0)
    return np.rint(np.clip(solid, 0, 255)).astype(np.uint8)


def fan_view(
    count: int, plate: tuple[float, float], size: tuple[int, int]
) -> tuple[Camera, tuple[float, ...]]:
    """A camera that sees ``count`` plates fanned out, and their depths z, back to front; all px.

    ``plate`` is a plate's size; its middle stands at x = y = 0. ``size`` is the frame's.
    """
    gap = GAP_OF_WIDTH * plate[0]
    depths = tuple((count - 1) / 2 * gap - index * gap for index in range(count))
    return _fitting_camera(depths, plate, size), depths


def on_checkerboard(
    layer: Boxed, picture_size: tuple[int, int], size: tuple[int, int], *, opaque: bool = False
) -> Rgba:
    """The layer at its place in the picture, (h, w, 4) of ``size``, over a checkerboard.

    The checkerboard is faint and lets through what is behind, unless ``opaque``.
    """
    small = _placed(layer, picture_size, size)
    rows, columns = np.mgrid[0 : size[1], 0 : size[0]]
    square = max(4, max(size) // 48)
    dark = ((rows // square + columns // square) % 2).astype(np.float32)
    board = np.empty((size[1], size[0], 4), np.float32)
    board[..., 3] = 1.0 if opaque else 0.07 + 0.045 * dark
    board[..., :3] = (232.0 - 34.0 * dark[..., None]) * board[..., 3:]
    edge = max(1, max(size) // 400)
    if not opaque:
        board[:edge], board[-edge:] = (170, 170, 170, 0.7), (170, 170, 170, 0.7)
        board[:, :edge], board[:, -edge:] = (170, 170, 170, 0.7), (170, 170, 170, 0.7)
    over = small + board * (1.0 - small[..., 3:])
    shown = np.empty_like(over)
    shown[..., :3] = over[..., :3] / np.maximum(over[..., 3:], 1e-6)
    shown[..., 3] = over[..., 3] * 255.0
    return np.rint(np.clip(shown, 0, 255)).astype(np.uint8)


def _placed(
    layer: Boxed, picture_size: tuple[int, int], size: tuple[int, int]
) -> NDArray[np.float32]:
    """The layer alone on a picture shrunk to ``size``: (h, w, 4), premultiplied, alpha 0..1.

    Its box is rounded to whole pixels of ``size``.
    """
    x, y, wide, high = layer.bbox
    sx, sy = size[0] / picture_size[0], size[1] / picture_size[1]
    left, top = min(round(x * sx), size[0] - 1), min(round(y * sy), size[1] - 1)
    right = min(max(round((x + wide) * sx), left + 1), size[0])
    bottom = min(max(round((y + high) * sy), top + 1), size[1])
    alpha = layer.rgba[..., 3:].astype(np.float32) / 255.0
    own = np.dstack([layer.rgba[..., :3] * alpha, alpha])
    way = cv2.INTER_AREA if sx < 1 else cv2.INTER_LINEAR
    placed = np.zeros((size[1], size[0], 4), np.float32)
    placed[top:bottom, left:right] = cv2.resize(
        own, (right - left, bottom - top), interpolation=way
    )
    return placed


def _plane(index: int, z: float, size: tuple[int, int]) -> Plane:
    return Plane(
        id=str(index),
        nearness=0.0,
        size=size,
        position=(0.0, 0.0, z),
        anchor=(size[0] / 2, size[1] / 2),
        scale=(100.0, 100.0),
        picture=(-size[0] / 2, -size[1] / 2, size[0] / 2, size[1] / 2),
        bleeds=(False, False, False, False),
    )


def _fitting_camera(
    depths: Sequence[float], plate: tuple[float, float], size: tuple[int, int]
) -> Camera:
    """A camera at the fan's angle that shows all plates, as large as the frame allows."""
    corners = np.array(
        [
            (sx * plate[0] / 2, sy * plate[1] / 2, z)
            for z in depths
            for sx in (-1, 1)
            for sy in (-1, 1)
        ]
    )
    distance = 4.0 * float(np.linalg.norm(corners, axis=1).max())
    yaw, pitch = math.radians(YAW), math.radians(PITCH)
    from_where = distance * np.array(
        [math.sin(yaw) * math.cos(pitch), -math.sin(pitch), -math.cos(yaw) * math.cos(pitch)]
    )
    camera = _camera(from_where, np.zeros(3), 1000.0)
    for _ in range(4):
        low, high = _bounds(camera, corners, size)
        away = (low + high) / 2.0 - np.array(size) / 2.0
        axes = camera.axes()
        shift = (axes[0] * away[0] + axes[1] * away[1]) * distance / camera.zoom
        fill = float(((high - low) / np.array(size)).max())
        camera = _camera(
            np.array(camera.position) + shift,
            np.array(camera.point_of_interest) + shift,
            camera.zoom * MARGIN / fill,
        )
    return camera


def _bounds(camera: Camera, corners: Matrix, size: tuple[int, int]) -> tuple[Matrix, Matrix]:
    seen = project(camera, corners, *size)
    return seen.min(axis=0), seen.max(axis=0)


def _camera(position: Matrix, aim: Matrix, zoom: float) -> Camera:
    x, y, z = (float(v) for v in position)
    a, b, c = (float(v) for v in aim)
    return Camera((x, y, z), (a, b, c), zoom)
