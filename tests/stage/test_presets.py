"""What every preset promises, one by one."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest

from multiplane.contract.errors import InputError
from multiplane.contract.manifest import CameraEntry, Comp
from multiplane.contract.storyboard import CameraMove
from multiplane.stage.camera import plane_homography, project
from multiplane.stage.easing import evaluate
from multiplane.stage.overscan import violations
from multiplane.stage.path import camera_of, from_keyframes
from multiplane.stage.presets.loose import HAND_BAND_HZ, band_limited
from multiplane.stage.registry import PRESETS, preset_names
from multiplane.stage.rig import RigMove
from multiplane.stage.shot import Staged, overscan_for, scene_scale, stage_shot

COMP = Comp(width=1920, height=1080, fps=24, duration_frames=72)
SIZE = (1920, 1080)
EXPECTED = {
    "static", "push_in", "pull_out", "truck_left", "truck_right", "pedestal_up", "pedestal_down",
    "pan", "tilt", "roll", "orbit", "crane", "zoom_in", "zoom_out", "crash_zoom", "dolly_zoom",
    "handheld", "parallax_drift", "parallax_circle", "rack_focus", "whip_pan", "framing",
}  # fmt: skip
BAKED = {"orbit", "parallax_circle", "handheld"}


@dataclass(frozen=True)
class Cutout:
    id: str
    name: str
    kind: str
    bbox: tuple[int, int, int, int]
    nearness: float


SCENE = (
    Cutout("background", "background", "background", (0, 0, *SIZE), 0.0),
    Cutout("s0", "Castle", "subject", (1200, 300, 300, 500), 0.4),
    Cutout("s1", "red warrior", "subject", (500, 300, 300, 700), 0.8),
)


def stage(preset: str, **more: object) -> Staged:
    move = CameraMove.model_validate({"preset": preset, **more})
    return stage_shot(SCENE, SIZE, COMP, move, overscan=overscan_for(move, COMP))


def seen(staged: Staged, plane: int, point: tuple[float, float] = (0, 0)) -> np.ndarray:
    """Screen places (N, 2) of a layer's own point at every frame."""
    p = staged.planes[plane]
    places = []
    for camera in staged.path():
        x, y, w = plane_homography(
            camera, COMP.width, COMP.height, p.position, p.anchor, p.scale
        ) @ np.array([*point, 1.0])
        places.append((x / w, y / w))
    return np.array(places)


def width(staged: Staged, plane: int) -> np.ndarray:
    """Width, px on the screen, of a layer at every frame."""
    size = staged.planes[plane].size
    left = seen(staged, plane, (0, size[1] / 2))
    right = seen(staged, plane, (size[0], size[1] / 2))
    return np.linalg.norm(right - left, axis=1)


def test_they_are_all_there_and_described() -> None:
    assert set(PRESETS) == EXPECTED
    assert {"static_hold", "arc"} <= set(preset_names())
    for preset in PRESETS.values():
        assert preset.description.endswith(".")
        assert preset.unit
        assert 0.0 <= preset.strongest <= 10.0


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_usual_strength_needs_little_overscan_and_is_not_weakened(name: str) -> None:
    for direction in PRESETS[name].directions or (None,):
        move = CameraMove(preset=name, direction=direction)
        assert 1.0 <= overscan_for(move, COMP) <= 1.3
        staged = stage(name, direction=direction)
        assert staged.amount == staged.asked_amount
        assert violations(staged.path(), staged.planes, COMP) == []


@pytest.mark.parametrize("name", sorted(EXPECTED - {"static", "rack_focus"}))
def test_every_move_moves(name: str) -> None:
    staged = stage(name)
    places = seen(staged, 1, (150, 350))
    sizes = width(staged, 1)
    turned = np.abs(np.diff(staged.path().rolls)).sum()
    assert np.ptp(places, axis=0).max() > 8 or np.ptp(sizes) > 8 or turned > 1
    for direction in PRESETS[name].directions[1:]:
        other = seen(stage(name, direction=direction), 1, (150, 350))
        assert np.abs(other - places).max() > 4


@pytest.mark.parametrize("name", sorted(EXPECTED - BAKED))
def test_few_keys(name: str) -> None:
    keyframes = stage(name).entry().keyframes
    assert all(len(keys) <= 3 for keys in keyframes.values())


@pytest.mark.parametrize("name", sorted(BAKED))
def test_baked_moves_have_a_key_at_every_frame(name: str) -> None:
    keys = stage(name).entry().keyframes["position"]
    assert [key.frame for key in keys][:72] == list(range(72))


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_the_manifest_says_all(name: str) -> None:
    staged = stage(name, focus="castle")
    entry = staged.entry()
    again = from_keyframes(entry.keyframes, entry.zoom).at(np.arange(72), 24)
    path = staged.path()
    for field in ("positions", "points_of_interest", "zooms", "rolls", "focus_distances",
                  "apertures"):  # fmt: skip
        np.testing.assert_array_equal(getattr(again, field), getattr(path, field))


def test_pull_out_and_zoom_out_end_at_the_pictures_own_framing() -> None:
    for name in ("pull_out", "zoom_out"):
        assert overscan_for(CameraMove(preset=name), COMP) == pytest.approx(1.0)
        last = stage(name).path()[71]
        assert last.position == pytest.approx((960, 540, -scene_scale(COMP).zoom))
        assert last.zoom == pytest.approx(scene_scale(COMP).zoom)


def test_directions_are_those_of_the_camera() -> None:
    def moved(name: str, direction: str | None) -> np.ndarray:
        places = seen(stage(name, direction=direction), 2, (150, 350))
        return places[-1] - places[0]

    assert moved("pan", "right")[0] < -20
    assert moved("pan", "left")[0] > 20
    assert moved("whip_pan", None)[0] < -50
    assert moved("tilt", "up")[1] > 10
    assert moved("tilt", "down")[1] < -10
    assert moved("pedestal_up", None)[1] > 10
    assert moved("pedestal_down", None)[1] < -10
    assert stage("crane", direction="up").path().positions[-1, 1] < 540
    assert stage("orbit", direction="right").path().positions[-1, 0] > 960


def test_a_clockwise_roll_tips_the_picture_counterclockwise() -> None:
    staged = stage("roll", direction="clockwise")
    last = staged.path()[71]
    right = project(last, np.array([[1460.0, 540.0, 0.0]]), 1920, 1080)[0]
    assert right[1] < 540
    assert right[1] - 540 == pytest.approx(-500 * math.sin(math.radians(2)), abs=0.01)


@pytest.mark.parametrize("direction", ["in", "out"])
@pytest.mark.parametrize("focus", [None, "red warrior", "castle"])
@pytest.mark.parametrize("ease", [(33.33, 33.33), (0, 80), (100, 0.1), (0, 0)])
def test_dolly_zoom_keeps_the_subject_at_every_frame(
    direction: str, focus: str | None, ease: tuple[float, float]
) -> None:
    staged = stage(
        "dolly_zoom", direction=direction, focus=focus, ease={"in": ease[0], "out": ease[1]}
    )
    x, y = 960.0, 540.0
    z = 0.0
    if focus:
        z = staged.planes[2 if focus == "red warrior" else 1].z
    for camera in staged.path():
        ends = project(camera, np.array([[x - 700, y, z], [x + 700, y, z]]), 1920, 1080)
        first = 1400 * staged.zoom / (staged.zoom + z)
        assert ends[1, 0] - ends[0, 0] == pytest.approx(first, abs=1e-6)
    assert np.ptp(width(staged, 0)) > 40


def test_orbit_stays_on_its_circle_and_looks_at_the_focus() -> None:
    staged = stage("orbit", focus="red warrior", amount=3)
    path = staged.path()
    pivot = np.array([960, 540, staged.planes[2].z])
    radius = np.linalg.norm(path.positions - pivot, axis=1)
    np.testing.assert_allclose(radius, staged.zoom + pivot[2], atol=1e-6)
    for camera in path:
        np.testing.assert_allclose(
            project(camera, pivot[None], 1920, 1080), [[960, 540]], atol=1e-6
        )


@pytest.mark.parametrize("name", ["parallax_drift", "parallax_circle"])
def test_loops_have_no_seam(name: str) -> None:
    """Frame 72 is frame 0, and the speed across the seam is as steady as elsewhere."""
    staged = stage(name)
    path = staged.camera.at(np.arange(-0, 73), 24)
    np.testing.assert_allclose(path.positions[72], path.positions[0], atol=1e-9)
    looped = np.concatenate([path.positions[:72], path.positions[:3]])
    second = np.abs(np.diff(looped, n=2, axis=0)).max(axis=1)
    assert second[-3:].max() <= second[:-3].max() + 1e-6


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_move_can_loop(name: str) -> None:
    staged = stage(name, loop=True, seed=3)
    path = staged.camera.at([0, 72], 24)
    np.testing.assert_allclose(path.positions[1], path.positions[0], atol=1e-6)
    np.testing.assert_allclose(path.points_of_interest[1], path.points_of_interest[0], atol=1e-6)
    np.testing.assert_allclose(path.zooms[1], path.zooms[0])
    np.testing.assert_allclose(path.rolls[1], path.rolls[0], atol=1e-9)
    assert violations(staged.path(), staged.planes, COMP) == []


def test_crash_zoom_and_whip_pan_rest_before_and_after() -> None:
    zooms = stage("crash_zoom").path().zooms
    assert zooms[20] == zooms[0]
    assert zooms[50] == zooms[71] == pytest.approx(1.6 * zooms[0])
    changing = np.flatnonzero(np.diff(zooms))
    assert len(changing) <= 7
    looks = stage("whip_pan").path().points_of_interest[:, 0]
    assert looks[20] == looks[0]
    assert looks[50] == looks[71]


def test_handheld_is_seeded_and_smooth() -> None:
    one, same, other = (stage("handheld", seed=s).path().positions for s in (4, 4, 5))
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).max() > 3


RIGGED = {
    "orbit": {"preset": "orbit"},
    "orbit to the left": {"preset": "orbit", "direction": "left", "amount": 3, "focus": "castle"},
    "hard eased": {"preset": "orbit", "ease": {"in": 100, "out": 0}},
    "late and short": {"preset": "orbit", "start": 0.5, "duration": 1.5},
    "there and back": {"preset": "orbit", "loop": True},
    "handheld": {"preset": "handheld", "seed": 4},
    "handheld, late": {"preset": "handheld", "amount": 3, "start": 0.5},
    "handheld loop": {"preset": "handheld", "loop": True},
}


@pytest.mark.parametrize("name", RIGGED)
def test_the_rigs_move_is_the_baked_one(name: str) -> None:
    """Few keys on a null, put together here by hand, are the camera's own at every frame."""
    camera = stage(**RIGGED[name]).camera  # type: ignore[arg-type]
    rig = camera.rig
    assert rig is not None
    assert sum(map(len, rig.keys.values())) == len(rig.keys)  # nothing but constants
    assert len(rig.y_rotation) <= (3 if "back" in name else 2)
    for frame in range(COMP.duration_frames):
        baked = camera.at([frame], COMP.fps)[0]
        turn, sway, tip = _of_rig(rig, frame)
        placed = [
            turn @ (np.array(rig.keys[key][0].value) - rig.pivot) + rig.pivot + sway[0]
            for key in ("position", "point_of_interest")
        ]
        placed[1] += sway[1]
        np.testing.assert_allclose(placed[0], baked.position, atol=1e-6, rtol=0)
        np.testing.assert_allclose(placed[1], baked.point_of_interest, atol=1e-6, rtol=0)
        assert tip == pytest.approx(baked.roll, abs=1e-6)


def _of_rig(rig: RigMove, frame: int) -> tuple[np.ndarray, list[np.ndarray], float]:
    """The null's turn, its shift and that of the point of interest on top, and the roll."""
    turn, sway, tip = np.eye(3), [np.zeros(3), np.zeros(3)], 0.0
    if rig.y_rotation:
        (degrees,) = evaluate(rig.y_rotation, [frame], COMP.fps, spatial=False)[0]
        c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        turn = np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])
    if rig.sway is not None:
        (time,) = evaluate(rig.sway.time, [frame], COMP.fps, spatial=False)[0]
        at = {
            name: sum(a * math.sin(2 * math.pi * f * time + p) for a, f, p in waves.parts)
            for name, waves in rig.sway.waves.items()
        }
        sway = [
            np.array([at["x"], at["y"], at["z"]]),
            np.array([at["look_x"], at["look_y"], 0.0]),
        ]
        tip = at["roll"]
    return turn, sway, tip


def test_a_manifest_keeps_the_rigs_move() -> None:
    for more in RIGGED.values():
        staged = stage(**more)  # type: ignore[arg-type]
        entry = CameraEntry.model_validate_json(staged.entry().model_dump_json())
        again = camera_of(entry)
        assert again.rig is not None
        assert again.rig.entry() == entry.rig
    assert stage("push_in").entry().rig is None


def test_handheld_noise_has_no_frequency_outside_its_band() -> None:
    rate, length = 24.0, 200.0
    seconds = np.arange(int(rate * length)) / rate
    for seed in range(5):
        wave = band_limited(np.random.default_rng(seed), HAND_BAND_HZ).at(seconds)
        power = np.abs(np.fft.rfft(wave * np.hanning(wave.size))) ** 2
        frequency = np.fft.rfftfreq(wave.size, 1 / rate)
        inside = (frequency >= 0.9 * HAND_BAND_HZ[0] - 0.02) & (frequency <= HAND_BAND_HZ[1] + 0.02)
        assert power[~inside].sum() < 1e-3 * power.sum()
        assert 0.5 < wave.std() < 1.5


VALUES = {"ease": {"in": 90, "out": 5}, "focus": "castle", "seed": 77}


@pytest.mark.parametrize("name", sorted(EXPECTED - {"static"}))
@pytest.mark.parametrize("field", sorted(VALUES))
def test_a_preset_honours_the_fields_that_it_names_and_no_others(name: str, field: str) -> None:
    usual, other = (
        stage_shot(SCENE, SIZE, COMP, CameraMove.model_validate({"preset": name, **more}),
                   overscan=1.3)
        for more in ({}, {field: VALUES[field]})
    )  # fmt: skip
    assert (usual.camera != other.camera) == (field in PRESETS[name].takes)


@pytest.mark.parametrize("name", sorted(EXPECTED - {"static"}))
def test_start_and_duration_bound_every_move(name: str) -> None:
    path = stage(name, start=1.0, duration=1.0).path()
    for values in (path.positions, path.points_of_interest, path.zooms, path.rolls,
                   path.focus_distances):  # fmt: skip
        assert (np.diff(values[:25], axis=0) == 0).all()
        assert (np.diff(values[48:], axis=0) == 0).all()


@pytest.mark.parametrize("name", ["pan", "whip_pan", "parallax_drift"])
def test_directions_in_degrees(name: str) -> None:
    """0 is right, 90 up, and they turn as angles do."""
    for word, degrees in (("right", 0.0), ("left", -180.0)):
        same = stage(name, direction=word).path(), stage(name, direction=degrees).path()
        np.testing.assert_allclose(same[0].positions, same[1].positions, atol=1e-9)
        np.testing.assert_allclose(
            same[0].points_of_interest, same[1].points_of_interest, atol=1e-9
        )
    places = seen(stage(name, direction=90.0), 2, (150, 350))
    assert np.ptp(places[:, 0]) < 0.2 * np.ptp(places[:, 1])
    middle = places[36 if name == "parallax_drift" else -1]
    assert abs(middle[1] - places[0, 1]) > 20
    with pytest.raises(InputError, match="Leave the direction out"):
        stage("truck_left", direction=30.0)


@pytest.mark.parametrize("name", ["crash_zoom", "whip_pan"])
def test_a_sudden_move_keeps_its_own_ease_unless_another_is_asked_for(name: str) -> None:
    keys = stage(name).entry().keyframes["zoom" if name == "crash_zoom" else "point_of_interest"]
    assert keys[0].ease_out is not None
    assert keys[0].ease_out.influence in (40.0, 60.0)
    written = CameraMove.model_validate_json(CameraMove(preset=name).model_dump_json(by_alias=True))
    assert stage(name).camera == stage(name, ease=written.ease).camera
    assert stage(name).camera != stage(name, ease={"in": 10, "out": 10}).camera


def test_rack_focus_goes_from_name_to_name() -> None:
    staged = stage("rack_focus", focus=["Castle", "red warrior"])
    path = staged.path()
    assert path.focus_distances[0] == pytest.approx(staged.zoom + staged.planes[1].z)
    assert path.focus_distances[-1] == pytest.approx(staged.zoom + staged.planes[2].z)
    assert path.apertures[0] == pytest.approx(25.3, abs=0.1)
    castle = staged.zoom + staged.planes[1].z
    assert path[0].blur(castle) == 0.0
    assert path[71].blur(castle) > 1.0
    assert stage("rack_focus").path().focus_distances[0] == pytest.approx(staged.zoom)
    assert "focus_distance" not in stage("static").entry().keyframes


def test_a_focus_that_has_no_layer_is_said() -> None:
    assert stage("orbit", focus=["dragon", "castle"]).lost_focus == ("dragon",)
    assert stage("orbit", focus="castle").lost_focus == ()
