"""The camera's geometry against the published check values."""

from __future__ import annotations

import math

import numpy as np
import pytest

from multiplane.contract.manifest import Comp
from multiplane.stage.camera import (
    Camera,
    default_zoom,
    plane_homography,
    project,
    rest_camera,
    rest_position,
    rest_scale,
)
from multiplane.stage.easing import Key
from multiplane.stage.overscan import needed_overscan
from multiplane.stage.path import KeyedCamera

WIDTH, HEIGHT = 1920, 1080
ZOOM = default_zoom(WIDTH)
COMP = Comp(width=WIDTH, height=HEIGHT, fps=24, duration_frames=1)


def test_default_camera_is_50_mm() -> None:
    assert default_zoom(1920) == pytest.approx(2666.6667, abs=1e-3)
    assert default_zoom(1440, 4 / 3) == pytest.approx(ZOOM)


@pytest.mark.parametrize("z", [-300.0, 0.0, 777.0, 1500.0])
def test_rest_compensation_leaves_the_picture_in_place(z: float) -> None:
    """Scale and position: a layer off centre at any depth lands where it was drawn."""
    rest = rest_camera(WIDTH, HEIGHT)
    k = rest_scale(z, ZOOM)
    position = rest_position((300.0, 900.0), z, ZOOM, WIDTH, HEIGHT)
    homography = plane_homography(
        rest, WIDTH, HEIGHT, position, (50.0, 20.0), (100.0 * k, 100.0 * k)
    )
    corners = np.array([[0, 0, 1], [100, 0, 1], [100, 40, 1], [0, 40, 1]], dtype=float)
    seen = corners @ homography.T
    expected = np.array([[250, 880], [350, 880], [350, 920], [250, 920]], dtype=float)
    np.testing.assert_allclose(seen[:, :2] / seen[:, 2:], expected, atol=1e-9)


def test_truck_shifts_a_far_plane_less() -> None:
    """Truck +200 px shifts a plane at z = 1500 by -128 px."""
    centre = (WIDTH / 2, HEIGHT / 2)
    truck = Camera((centre[0] + 200, centre[1], -ZOOM), (centre[0] + 200, centre[1], 0.0), ZOOM)
    seen = project(truck, np.array([[*centre, 1500.0]]), WIDTH, HEIGHT)
    np.testing.assert_allclose(seen, [[centre[0] - 128.0, centre[1]]], atol=1e-9)


def test_dolly_and_zoom_scale() -> None:
    rest = rest_camera(WIDTH, HEIGHT)
    points = np.array([[960.0, 540.0, 1500.0], [1060.0, 540.0, 1500.0]])

    def spread(camera: Camera) -> float:
        seen = project(camera, points, WIDTH, HEIGHT)
        return float(seen[1, 0] - seen[0, 0])

    x, y, z = rest.position
    dolly = Camera((x, y, z + 500), rest.point_of_interest, ZOOM)
    assert spread(dolly) / spread(rest) == pytest.approx(4166.6667 / 3666.6667)
    assert spread(dolly) / spread(rest) == pytest.approx(1.1364, abs=1e-4)
    zoomed = Camera(rest.position, rest.point_of_interest, ZOOM * 1.2)
    assert spread(zoomed) / spread(rest) == pytest.approx(1.2)


def test_points_behind_the_camera_are_nan() -> None:
    rest = rest_camera(WIDTH, HEIGHT)
    assert np.isnan(project(rest, np.array([[0.0, 0.0, -ZOOM - 5]]), WIDTH, HEIGHT)).all()


def test_roll_turns_the_frame_and_look_at_keeps_its_axes_orthonormal() -> None:
    rest = rest_camera(WIDTH, HEIGHT)
    rolled = Camera(rest.position, rest.point_of_interest, ZOOM, roll=90.0)
    # The camera turned clockwise: what was to the right is now above.
    seen = project(rolled, np.array([[1060.0, 540.0, 0.0]]), WIDTH, HEIGHT)
    np.testing.assert_allclose(seen, [[960.0, 440.0]], atol=1e-9)
    tilted = Camera((0.0, -900.0, -2000.0), (960.0, 540.0, 300.0), ZOOM, roll=12.0)
    axes = tilted.axes()
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(axes) == pytest.approx(1.0)
    aim = project(tilted, np.array([[960.0, 540.0, 300.0]]), WIDTH, HEIGHT)
    np.testing.assert_allclose(aim, [[960.0, 540.0]], atol=1e-9)


def _still(camera: Camera) -> KeyedCamera:
    return KeyedCamera(
        (Key(0, camera.position),),
        (Key(0, camera.point_of_interest),),
        (Key(0, (camera.zoom,)),),
        (Key(0, (camera.roll,)),),
    )


@pytest.mark.parametrize(
    ("position", "zoom", "expected"),
    [
        ((1060.0, 540.0, -ZOOM), ZOOM, 1.104),
        ((960.0, 540.0, -ZOOM - 300), ZOOM, 1.1125),
        ((960.0, 540.0, -ZOOM), ZOOM * 0.9, 1.111),
    ],
    ids=["truck 100", "pull-out 300", "zoom x0.9"],
)
def test_overscan_check_values(
    position: tuple[float, float, float], zoom: float, expected: float
) -> None:
    camera = Camera(position, (position[0], position[1], 0.0), zoom)
    path = _still(camera).at([0], 24)
    need = needed_overscan(path, (0.0,), COMP, ZOOM)
    assert max(need) == pytest.approx(expected, abs=5e-4)


def test_corner_rays_agree_with_projection_under_rotation() -> None:
    """What the corner rays hit projects back onto the frame's corners."""
    camera = Camera((700.0, 200.0, -2000.0), (1000.0, 600.0, 100.0), 1800.0, roll=7.0)
    corners = _still(camera).at([0], 24).footprints(WIDTH, HEIGHT, 900.0)[0]
    points = np.column_stack([corners, np.full(4, 900.0)])
    seen = project(camera, points, WIDTH, HEIGHT)
    np.testing.assert_allclose(seen, [[0, 0], [1920, 0], [1920, 1080], [0, 1080]], atol=1e-6)


def test_a_horizon_in_the_frame_has_no_footprint() -> None:
    camera = Camera((960.0, 540.0, -2000.0), (5000.0, 540.0, -1900.0), ZOOM)
    path = _still(camera).at([0], 24)
    assert np.isnan(path.footprints(WIDTH, HEIGHT, 0.0)).all()
    assert needed_overscan(path, (0.0,), COMP, ZOOM) == (math.inf, math.inf)
