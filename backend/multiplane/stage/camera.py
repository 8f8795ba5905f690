"""The camera of an After Effects comp: projection, plane homographies, corner rays.

Axes: x right, y down, z away from the viewer; all lengths are comp pixels, angles degrees.
A camera with zoom Z shows a plane at distance Z from it at 100 %. Formulas: After Effects'
published camera model (zoom = width * pixel aspect / (2 tan(hfov / 2)); a 50 mm equivalent camera
has zoom = width * pixel aspect / 0.72), checked against two independent renderers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

REST_ZOOM_FACTOR = 0.72
"""Width in units of the zoom of After Effects' 50 mm camera (36 mm / 50 mm)."""
NEAR_CLIP = 1.0
"""Smallest distance, px, at which a point still counts as before the camera."""


def default_zoom(width: float, pixel_aspect: float = 1.0) -> float:
    """Zoom, px, of the camera that After Effects adds to a comp of this width (50 mm)."""
    return width * pixel_aspect / REST_ZOOM_FACTOR


@dataclass(frozen=True)
class Camera:
    """A two-node camera at one instant."""

    position: tuple[float, float, float]  # px
    point_of_interest: tuple[float, float, float]  # px
    zoom: float  # px
    roll: float = 0.0  # degrees, clockwise turn of the camera about its view axis
    focus_distance: float = 0.0  # px
    aperture: float = 0.0  # px; 0: everything is sharp

    def axes(self) -> Matrix:
        """Rows: the camera's right, down and forward directions in the world, (3, 3)."""
        axes = view_axes(
            np.array([self.position]), np.array([self.point_of_interest]), np.array([self.roll])
        )
        return np.asarray(axes[0])

    def blur(self, distance: float) -> float:
        """Diameter, px on the screen, of the disc that a point at ``distance`` (px) becomes.

        Thin lens: aperture * zoom / focus * |distance - focus| / distance.
        """
        if self.aperture <= 0.0 or self.focus_distance <= 0.0 or distance <= 0.0:
            return 0.0
        away = abs(distance - self.focus_distance) / distance
        return self.aperture * self.zoom / self.focus_distance * away

    def is_axis_aligned(self) -> bool:
        """True when planes of constant z appear only scaled and shifted."""
        return bool(np.abs(self.axes() - np.eye(3)).max() < 1e-12)


def view_axes(positions: Matrix, points_of_interest: Matrix, rolls: Matrix) -> Matrix:
    """Right, down and forward directions of N cameras: (N, 3, 3), rows in that order.

    positions and points_of_interest (N, 3) px, rolls (N,) degrees.
    """
    towards = points_of_interest - positions
    length = np.linalg.norm(towards, axis=1, keepdims=True)
    # A camera on its own point of interest keeps looking along z, as After Effects' does.
    forward = np.where(length > 1e-9, towards / np.maximum(length, 1e-9), [0.0, 0.0, 1.0])
    right = np.column_stack([forward[:, 2], np.zeros(len(forward)), -forward[:, 0]])
    span = np.linalg.norm(right, axis=1, keepdims=True)
    right = np.where(span > 1e-9, right / np.maximum(span, 1e-9), [1.0, 0.0, 0.0])
    down = np.cross(forward, right)
    c, s = np.cos(np.radians(rolls))[:, None], np.sin(np.radians(rolls))[:, None]
    return np.stack([c * right + s * down, c * down - s * right, forward], axis=1)


def rest_camera(width: float, height: float, zoom: float | None = None) -> Camera:
    """The camera for which a plane at z = 0 fills the comp pixel for pixel."""
    z = default_zoom(width) if zoom is None else zoom
    centre = (width / 2.0, height / 2.0)
    return Camera((*centre, -z), (*centre, 0.0), z)


def project(camera: Camera, points: Matrix, width: float, height: float) -> Matrix:
    """Screen position, px, of world ``points`` (N, 3): (N, 2); NaN for points behind the camera."""
    seen = (np.asarray(points, dtype=np.float64) - np.asarray(camera.position)) @ camera.axes().T
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(seen[:, 2] >= NEAR_CLIP, camera.zoom / seen[:, 2], np.nan)
    centre = np.array([width / 2.0, height / 2.0])
    return np.asarray(centre + seen[:, :2] * scale[:, None])


def plane_homography(
    camera: Camera,
    width: float,
    height: float,
    position: tuple[float, float, float],
    anchor: tuple[float, float],
    scale: tuple[float, float],
) -> Matrix:
    """Homography (3, 3) from a plane's own pixels to the screen's, both with corners at integers.

    The plane faces along z with its ``anchor`` (own px) at ``position`` (world px), ``scale`` in
    percent. The third homogeneous coordinate is the distance along the view axis in px.
    """
    sx, sy = scale[0] / 100.0, scale[1] / 100.0
    offset = np.asarray(position, dtype=np.float64) - np.asarray(camera.position)
    to_world = np.array(
        [
            [sx, 0.0, offset[0] - sx * anchor[0]],
            [0.0, sy, offset[1] - sy * anchor[1]],
            [0.0, 0.0, offset[2]],
        ]
    )
    z = camera.zoom
    lens = np.array([[z, 0.0, width / 2.0], [0.0, z, height / 2.0], [0.0, 0.0, 1.0]])
    return np.asarray(lens @ camera.axes() @ to_world)


def rest_scale(z: float, rest_distance: float) -> float:
    """k = (Z0 + z) / Z0: how much larger a plane at depth ``z`` must be to look unmoved at rest."""
    return (rest_distance + z) / rest_distance


def rest_position(
    point: tuple[float, float], z: float, rest_distance: float, width: float, height: float
) -> tuple[float, float, float]:
    """World position at depth ``z`` which the rest camera sees at screen position ``point``."""
    k = rest_scale(z, rest_distance)
    x, y = width / 2.0, height / 2.0
    return (x + (point[0] - x) * k, y + (point[1] - y) * k, z)
