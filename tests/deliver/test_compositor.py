"""Frames: exact at rest, no fringes, exact sub-pixel motion, perspective as the geometry says."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from multiplane.contract.manifest import Comp
from multiplane.contract.storyboard import CameraMove
from multiplane.deliver.compositor import Compositor
from multiplane.stage.camera import Camera, project
from multiplane.stage.easing import Key
from multiplane.stage.path import CameraPath, KeyedCamera
from multiplane.stage.shot import Staged, overscan_for, stage_shot

COMP = Comp(width=320, height=180, fps=24, duration_frames=24)


@dataclass(frozen=True)
class Cutout:
    id: str
    kind: str
    rgba: np.ndarray
    bbox: tuple[int, int, int, int]
    nearness: float
    name: str = ""


def _opaque(picture: np.ndarray) -> np.ndarray:
    return np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])


def _smooth(width: int, height: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    waves = [
        127 + 100 * np.sin(x / width * rng.uniform(4, 12) + y / height * rng.uniform(4, 9) + i)
        for i in range(3)
    ]
    return np.dstack(waves).astype(np.uint8)


def _background(picture: np.ndarray) -> Cutout:
    height, width = picture.shape[:2]
    return Cutout("background", "background", _opaque(picture), (0, 0, width, height), 0.0)


def _disc(colour: tuple[int, int, int], hidden: tuple[int, int, int]) -> Cutout:
    """A soft disc; its transparent pixels carry another colour, which must never show."""
    y, x = np.mgrid[0:80, 0:80] + 0.5
    alpha = np.clip((32 - np.hypot(x - 40, y - 40)) / 3 + 0.5, 0, 1)
    rgba = np.empty((80, 80, 4), np.uint8)
    rgba[...] = (*colour, 0)
    rgba[alpha == 0] = (*hidden, 0)
    rgba[..., 3] = np.rint(alpha * 255)
    return Cutout("disc", "subject", rgba, (120, 50, 80, 80), 1.0)


def _film(
    layers: list[Cutout], size: tuple[int, int], move: CameraMove, overscan: float = 1.0
) -> tuple[Staged, Compositor]:
    staged = stage_shot(layers, size, COMP, move, overscan=overscan)
    return staged, Compositor(staged.planes, layers, COMP, staged.path())


def test_at_rest_the_frame_is_the_composited_picture() -> None:
    picture, disc = _smooth(320, 180), _disc((250, 20, 20), (0, 255, 0))
    staged, compositor = _film(
        [_background(picture), disc], (320, 180), CameraMove(preset="static")
    )
    x, y, w, h = disc.bbox
    alpha = disc.rgba[..., 3:] / 255.0
    expected = picture.astype(float)
    expected[y : y + h, x : x + w] *= 1 - alpha
    expected[y : y + h, x : x + w] += disc.rgba[..., :3] * alpha
    frame = compositor.frame(staged.path()[0])
    assert (frame[..., 3] == 255).all()
    assert np.abs(frame[..., :3] - expected).max() <= 2.0


@pytest.mark.parametrize("scale", [0.4, 1.0, 2.7])
@pytest.mark.parametrize("preset", ["push_in", "truck_left"])
def test_edges_carry_no_foreign_colour(preset: str, scale: float) -> None:
    """A red disc over grey: every pixel of every frame lies between the two."""
    size = (round(320 * scale), round(180 * scale))
    grey = np.full((size[1], size[0], 3), 90, np.uint8)
    disc = _disc((200, 90, 90), (0, 255, 255))
    move = CameraMove(preset=preset)
    staged, compositor = _film([_background(grey), disc], size, move, overscan_for(move, COMP))
    for frame in compositor.frames(staged.path()):
        assert (np.abs(frame[..., 1:3].astype(int) - 90) <= 3).all()
        assert (frame[..., 3] == 255).all()
        assert frame[..., 0].min() >= 88
        assert frame[..., 0].max() <= 201


def _truck(shift: float) -> Camera:
    z = COMP.width / 0.72
    return Camera((160.0 + shift, 90.0, -z), (160.0 + shift, 90.0, 0.0), z)


def _path(*cameras: Camera) -> CameraPath:
    return CameraPath(
        np.array([c.position for c in cameras]),
        np.array([c.point_of_interest for c in cameras]),
        np.array([c.zoom for c in cameras]),
        np.array([c.roll for c in cameras]),
        np.array([c.focus_distance for c in cameras]),
        np.array([c.aperture for c in cameras]),
    )


def test_slow_motion_is_even() -> None:
    """Steps of 0.07 px move the disc's centre of mass by 0.07 px, without jumps (shimmer)."""
    disc = _disc((255, 255, 255), (0, 0, 0))
    cameras = _path(*(_truck(0.07 * i) for i in range(20)))
    staged, _ = _film([disc], (320, 180), CameraMove(preset="static"))
    compositor = Compositor(staged.planes, [disc], COMP, cameras)
    columns = np.arange(320) + 0.5
    centres = []
    for frame in compositor.frames(cameras):
        weight = frame[..., 3].sum(axis=0, dtype=float)
        centres.append((weight * columns).sum() / weight.sum())
    np.testing.assert_allclose(np.diff(centres), -0.07, atol=0.01)


def test_perspective_matches_the_projection() -> None:
    """Under pan, tilt and roll a disc's centre lies where its world position projects."""
    dot = replace(
        _disc((255, 255, 255), (0, 0, 0)),
        rgba=np.full((8, 8, 4), 255, np.uint8),
        bbox=(190, 60, 8, 8),
    )
    staged, _ = _film([dot], (320, 180), CameraMove(preset="static"))
    camera = Camera((250.0, 20.0, -380.0), (150.0, 100.0, 0.0), 460.0, roll=20.0)
    frame = Compositor(staged.planes, [dot], COMP, _path(camera)).frame(camera)
    weight = frame[..., 3].astype(float)
    y, x = np.mgrid[0:180, 0:320] + 0.5
    seen = np.array([(weight * x).sum(), (weight * y).sum()]) / weight.sum()
    centre = project(camera, np.array([staged.planes[0].position]), 320, 180)[0]
    np.testing.assert_allclose(seen, centre, atol=0.05)


def test_a_great_change_of_size_is_sampled_without_aliasing() -> None:
    """A crash zoom: fine stripes far away average to grey instead of beating."""
    stripes = np.zeros((720, 1280, 3), np.uint8)
    stripes[:, ::2] = 255
    layer = _background(stripes)
    staged, _ = _film([layer], (1280, 720), CameraMove(preset="static"))
    wide, near = staged.path()[0], replace(staged.path()[0], zoom=staged.zoom * 6)
    compositor = Compositor(staged.planes, [layer], COMP, _path(wide, near))
    far = compositor.frame(wide)[..., 0].astype(float)
    assert abs(far.mean() - 127.5) < 2
    assert far.std() < 3
    assert compositor.frame(near)[..., 0].std() > 60


def test_sizes_between_copies_change_smoothly() -> None:
    picture = _smooth(640, 360)
    picture[::6, :, :] //= 2
    layer = _background(picture)
    staged, _ = _film([layer], (640, 360), CameraMove(preset="static"))
    zooms = staged.zoom * np.geomspace(1, 5, 60)
    cameras = [replace(staged.path()[0], zoom=float(z)) for z in zooms]
    compositor = Compositor(staged.planes, [layer], COMP, _path(*cameras))
    spread = [float(frame[..., 0].std()) for frame in compositor.frames(_path(*cameras))]
    assert np.abs(np.diff(spread)).max() < 4


def test_planes_behind_the_camera_are_left_out() -> None:
    disc = _disc((255, 255, 255), (0, 0, 0))
    staged, _ = _film([disc], (320, 180), CameraMove(preset="static"))
    camera = Camera((160.0, 90.0, 50.0), (160.0, 90.0, 500.0), staged.zoom)
    frame = Compositor(staged.planes, [disc], COMP, _path(camera)).frame(camera)
    assert not frame.any()


def test_an_opaque_background_hides_what_is_behind_it() -> None:
    """Also when a designer has drawn a layer further away than the background."""
    picture, disc = _smooth(320, 180), _disc((250, 20, 20), (0, 255, 0))
    staged, alone = _film([_background(picture)], (320, 180), CameraMove(preset="push_in"))
    hidden = replace(staged.planes[0], id="disc", size=(80, 80), bleeds=(False,) * 4)
    both = Compositor([hidden, *staged.planes], [disc, _background(picture)], COMP, staged.path())
    for camera in list(staged.path())[::6]:
        np.testing.assert_array_equal(both.frame(camera), alone.frame(camera))


def test_layers_must_fit_their_planes() -> None:
    disc = _disc((255, 255, 255), (0, 0, 0))
    staged, _ = _film([disc], (320, 180), CameraMove(preset="static"))
    wrong = replace(disc, rgba=disc.rgba[:-1])
    with pytest.raises(ValueError, match="layer disc"):
        Compositor(staged.planes, [wrong], COMP, staged.path())


def test_a_keyed_camera_films_the_same_as_its_path() -> None:
    """The manifest's keys, evaluated at any later time, give the very same frame."""
    picture = _smooth(320, 180)
    move = CameraMove(preset="push_in")
    staged, compositor = _film([_background(picture)], (320, 180), move)
    z = staged.path().positions[7, 2]
    by_hand = KeyedCamera(
        (Key(0, (160.0, 90.0, float(z))),),
        (Key(0, (160.0, 90.0, 99.0)),),
        (Key(0, (staged.zoom,)),),
    )
    np.testing.assert_array_equal(
        compositor.frame(staged.path()[7]), compositor.frame(by_hand.at([0], 24)[0])
    )
