"""The preview bench: its baseline is right, and its figures come from real films."""

from __future__ import annotations

import numpy as np

from multiplane.stage.camera import Camera, rest_camera
from multiplane_study.preview import depth_warp, measure_preview

REST = rest_camera(320, 180)


def _moved(dx: float, dz: float) -> Camera:
    x, y, z = REST.position
    return Camera((x + dx, y, z + dz), (x + dx, y, 0.0), REST.zoom)


def _ramp() -> np.ndarray:
    return np.repeat(np.linspace(0, 250, 320)[None, :, None], 180, axis=0).repeat(3, axis=2)


def test_a_flat_depth_warps_as_a_plane_moves() -> None:
    """At distance Z a truck of 10 px shifts the picture by -10 px, a dolly scales it."""
    picture = _ramp().astype(np.uint8)
    flat = np.full((180, 320), 1 / REST.zoom, np.float32)
    shifted = depth_warp(picture, flat, REST, _moved(10, 0))
    np.testing.assert_allclose(shifted[:, 20:290], picture[:, 30:300], atol=1)
    nearer = depth_warp(picture, flat, REST, _moved(0, REST.zoom / 2))
    slope = (int(nearer[90, 300, 0]) - int(nearer[90, 20, 0])) / 280
    assert abs(slope - 0.5 * 250 / 319) < 0.01


def test_what_is_near_moves_more() -> None:
    picture = np.zeros((180, 320, 3), np.uint8)
    picture[40:60, 100:110] = picture[120:140, 100:110] = 255
    inverse = np.full((180, 320), 1 / REST.zoom, np.float32)
    inverse[90:] /= 3
    seen = depth_warp(picture, inverse, REST, _moved(30, 0))[..., 0]
    assert np.flatnonzero(seen[50] > 128)[0] == 70
    assert np.flatnonzero(seen[130] > 128)[0] == 90


def test_figures() -> None:
    figures = measure_preview(frames=4, rounds=1, size=(320, 180)).report().as_dict()
    assert figures["layers"] == 4
    assert figures["frames_per_second"] > 0
    assert figures["baseline"]["frames_per_second"] > 0
    assert figures["cpu_ms_per_frame"] > 0
    assert set(figures) >= {"compositing", "full_layers"}
    assert figures["size"] == [320, 180]
