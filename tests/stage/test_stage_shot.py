"""Planes, presets and overscan together: whole shots, proven frame by frame."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multiplane.contract.errors import InputError
from multiplane.contract.manifest import Comp
from multiplane.contract.storyboard import CameraMove, MoveEase
from multiplane.stage.camera import plane_homography
from multiplane.stage.easing import Key
from multiplane.stage.overscan import violations
from multiplane.stage.path import from_keyframes
from multiplane.stage.planes import depths_from_nearness
from multiplane.stage.registry import PRESETS
from multiplane.stage.shot import Staged, overscan_for, scene_scale, stage_shot

COMP = Comp(width=1920, height=1080, fps=24, duration_frames=48)
SIZE = (960, 540)


@dataclass(frozen=True)
class Cutout:
    id: str
    kind: str
    bbox: tuple[int, int, int, int]
    nearness: float
    name: str = ""


BACKGROUND = Cutout("background", "background", (0, 0, *SIZE), 0.1)
INSIDE = Cutout("hut", "subject", (200, 150, 180, 300), 0.5)
CUT_OFF = Cutout("tree", "subject", (0, 40, 220, 500), 0.9)
SCENE = (BACKGROUND, INSIDE, CUT_OFF)


def _move(preset: str, **more: object) -> CameraMove:
    return CameraMove.model_validate({"preset": preset, **more})


def _seen(staged: Staged, frame: int, plane: int, point: tuple[float, float]) -> np.ndarray:
    p = staged.planes[plane]
    camera = staged.path()[frame]
    h = plane_homography(camera, 1920, 1080, p.position, p.anchor, p.scale)
    x, y, w = h @ np.array([*point, 1.0])
    return np.array([x / w, y / w])


def test_at_rest_every_layer_is_where_it_was_painted() -> None:
    staged = stage_shot(SCENE, SIZE, COMP, _move("static"))
    for i, layer in enumerate(SCENE):
        x, y, w, h = layer.bbox
        np.testing.assert_allclose(_seen(staged, 0, i, (0, 0)), [2 * x, 2 * y], atol=1e-8)
        np.testing.assert_allclose(
            _seen(staged, 20, i, (w, h)), [2 * (x + w), 2 * (y + h)], atol=1e-8
        )


def test_overscan_crops_to_the_centre() -> None:
    staged = stage_shot(SCENE, SIZE, COMP, _move("static"), overscan=1.25)
    np.testing.assert_allclose(_seen(staged, 0, 0, (480, 270)), [960, 540], atol=1e-8)
    np.testing.assert_allclose(_seen(staged, 0, 0, (0, 0)), [-240, -135], atol=1e-8)


def test_a_picture_of_another_shape_covers_the_frame() -> None:
    square = (512, 512)
    staged = stage_shot(
        (Cutout("b", "background", (0, 0, *square), 0.0),), square, COMP, _move("static")
    )
    np.testing.assert_allclose(_seen(staged, 0, 0, (0, 256)), [0, 540], atol=1e-8)
    assert violations(staged.path(), staged.planes, COMP) == []


def test_planes_keep_the_order_and_stand_before_the_camera() -> None:
    staged = stage_shot(SCENE, SIZE, COMP, _move("push_in", amount=10))
    z = [plane.z for plane in staged.planes]
    assert z == sorted(z, reverse=True)
    assert len(set(z)) == 3
    assert z[0] == pytest.approx(scene_scale(COMP).depth_range)
    assert z[-1] == pytest.approx(0.0)
    assert all((staged.path().distances(plane.z) > 100).all() for plane in staged.planes)


@given(st.lists(st.floats(0, 1) | st.sampled_from([0.0, 0.5]), min_size=1, max_size=9))
def test_depths_decrease_from_plane_to_plane(nearness: list[float]) -> None:
    behind = [i == 0 for i in range(len(nearness))]
    got = depths_from_nearness(nearness, behind, near_distance=100.0, far_distance=175.0)
    one_plane = np.diff(nearness) == 0
    assert (np.diff(got)[one_plane] == 0).all()
    assert (np.diff(got)[~one_plane] < -1e-9).all()
    assert got[0] == pytest.approx(175.0)
    assert one_plane.all() or got[-1] == pytest.approx(100.0)


def test_truck_left_slides_the_scene_right_and_the_near_part_most() -> None:
    staged = stage_shot((BACKGROUND, INSIDE), SIZE, COMP, _move("truck_left"), overscan=1.2)
    xs = staged.path().positions[:, 0]
    assert (np.diff(xs) < 0).all()
    assert xs.mean() == pytest.approx(960.0)
    moved = [_seen(staged, 47, i, (10, 10)) - _seen(staged, 0, i, (10, 10)) for i in (0, 1)]
    assert moved[1][0] > moved[0][0] > 50
    assert abs(moved[0][1]) < 1e-6
    np.testing.assert_array_equal(staged.path().points_of_interest[:, 0], xs)


def test_truck_right_is_the_mirror_of_truck_left() -> None:
    left, right = (
        stage_shot(SCENE, SIZE, COMP, _move(name), overscan=1.3).path().positions
        for name in ("truck_left", "truck_right")
    )
    np.testing.assert_allclose(left[:, 0] - 960, 960 - right[:, 0], atol=1e-9)


def test_push_in_grows_the_near_more() -> None:
    staged = stage_shot((BACKGROUND, INSIDE), SIZE, COMP, _move("push_in"))
    grown = []
    for i in (0, 1):
        first, last = (
            _seen(staged, f, i, (100, 0))[0] - _seen(staged, f, i, (0, 0))[0] for f in (0, 47)
        )
        grown.append(last / first)
    assert grown[1] > 1.15 > grown[0] > 1.05
    assert staged.amount == staged.asked_amount == 1.0


def test_enough_overscan_means_no_clamping() -> None:
    for name in PRESETS:
        move = _move(name, amount=1.5)
        staged = stage_shot(SCENE, SIZE, COMP, move, overscan=overscan_for(move, COMP))
        assert staged.amount == pytest.approx(staged.asked_amount), name


def test_too_little_overscan_clamps_to_the_largest_clean_amount() -> None:
    staged = stage_shot(SCENE, SIZE, COMP, _move("truck_left", amount=3), overscan=1.05)
    assert 0.1 < staged.amount < 3.0
    assert violations(staged.path(), staged.planes, COMP) == []
    more = stage_shot(SCENE, SIZE, COMP, _move("truck_left", amount=3), overscan=1.3)
    stronger = scene_scale(COMP)
    camera = PRESETS["truck_left"].build(stronger, _move("truck_left"), staged.amount * 1.001)
    assert violations(camera.at(np.arange(48), 24), staged.planes, COMP)
    assert more.amount > staged.amount


def test_a_subject_cut_off_by_the_picture_limits_the_move_and_one_inside_does_not() -> None:
    move = _move("truck_left", amount=3)
    free = stage_shot((BACKGROUND, INSIDE), SIZE, COMP, move, overscan=1.1)
    tied = stage_shot((BACKGROUND, CUT_OFF), SIZE, COMP, move, overscan=1.1)
    assert tied.amount < free.amount


def test_an_amount_beyond_the_presets_bounds_is_said() -> None:
    staged = stage_shot(SCENE, SIZE, COMP, _move("push_in", amount=9))
    assert staged.asked_amount == PRESETS["push_in"].strongest == 4.0
    assert staged.warnings == (
        "The camera preset push_in goes up to an amount of 4, and 9 was asked for.",
    )


def test_without_overscan_a_truck_stays_at_rest() -> None:
    staged = stage_shot(SCENE, SIZE, COMP, _move("truck_right"))
    assert staged.amount == pytest.approx(0.0, abs=1e-5)
    assert violations(staged.path(), staged.planes, COMP) == []


def test_a_plane_behind_the_camera_is_a_violation() -> None:
    staged = stage_shot(SCENE, SIZE, COMP, _move("static"))
    inside = replace(
        staged.camera,
        position=(Key(0, (960.0, 540.0, 50.0)),),
        point_of_interest=(Key(0, (960.0, 540.0, 5000.0)),),
    )
    path = inside.at([0], 24)
    assert {v.plane for v in violations(path, staged.planes, COMP) if v.side == "behind"} == {
        "tree"
    }


def test_keyframes_survive_the_manifest() -> None:
    staged = stage_shot(SCENE, SIZE, COMP, _move("push_in", start=0.5, duration=1.0))
    entry = staged.entry()
    again = from_keyframes(entry.keyframes, entry.zoom).at(np.arange(48), 24)
    np.testing.assert_array_equal(again.positions, staged.path().positions)
    assert [key.frame for key in entry.keyframes["position"]] == [12, 36]
    assert entry.keyframes["position"][0].ease_out is not None
    assert entry.keyframes["zoom"][0].value == [staged.zoom]


def test_ease_of_the_move() -> None:
    linear = MoveEase.model_validate({"in": 0, "out": 0})
    half = MoveEase.model_validate({"in": 0, "out": 60})
    even = stage_shot(SCENE, SIZE, COMP, CameraMove(preset="push_in", ease=linear)).path()
    steps = np.diff(even.positions[:, 2])
    np.testing.assert_allclose(steps, steps[0])
    soft = stage_shot(SCENE, SIZE, COMP, CameraMove(preset="push_in", ease=half)).path()
    steps = np.diff(soft.positions[:, 2])
    assert steps[0] > 5 * steps[-1]


def test_a_loop_closes_without_a_seam() -> None:
    staged = stage_shot(SCENE, SIZE, COMP, _move("push_in", loop=True))
    path = staged.camera.at([0, 24, 48], 24)
    np.testing.assert_allclose(path.positions[0], path.positions[2])
    assert path.positions[1, 2] > path.positions[0, 2] + 100


def test_a_shot_of_one_frame() -> None:
    comp = COMP.model_copy(update={"duration_frames": 1})
    for name in PRESETS:
        staged = stage_shot(SCENE, SIZE, comp, _move(name), overscan=1.2)
        assert len(staged.path()) == 1
        assert violations(staged.path(), staged.planes, comp) == []


def test_unknown_names_are_explained() -> None:
    with pytest.raises(InputError, match='Did you mean "push_in"'):
        stage_shot(SCENE, SIZE, COMP, _move("pushin"))
    with pytest.raises(InputError, match="direction"):
        overscan_for(_move("push_in", direction="sideways"), COMP)
    assert stage_shot(SCENE, SIZE, COMP, _move("static_hold")).preset == "static"
