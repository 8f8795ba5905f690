"""Moves of the rig: an arc by two keys, a hand by a slider; and comps whose move was baked."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import py_aep
import pytest

from multiplane.contract.manifest import Manifest
from multiplane.stage.path import from_keyframes
from tests.jsx.compare import faults, film, named, slider, tag_of, transform
from tests.jsx.conftest import Built, done, edit, layer_of, set_to, write_shot
from tests.jsx.host.aftereffects import AfterEffects

CLOSE = 0.01
"""px and degrees."""
TURN = "ADBE Rotate Y"


def test_an_arc_is_two_keys_of_the_rig(built: dict[str, Built]) -> None:
    for name, count in (("orbit", 2), ("hard eased", 2)):
        comp = built[name].comp
        assert len(transform(named(comp, "Camera Rig"), TURN).keyframes) == count
        camera = named(comp, "Camera")
        for own in ("ADBE Position", "ADBE Anchor Point"):
            assert len(transform(camera, own).keyframes) == 0
        assert _off(comp, built[name].manifest) < CLOSE


def test_a_hand_is_a_slider_and_two_keys(built: dict[str, Built]) -> None:
    comp, manifest = built["handheld"].comp, built["handheld"].manifest
    assert slider(comp, "Handheld Amount").value == 100.0
    assert len(slider(comp, "Handheld Time").keyframes) == 2
    for own in ("ADBE Position", "ADBE Anchor Point", "ADBE Rotate Z"):
        assert len(transform(named(comp, "Camera"), own).keyframes) == 0
    assert len(transform(named(comp, "Camera Rig"), "ADBE Position").keyframes) == 0
    assert _off(comp, manifest) < CLOSE
    rest, whole = _resting(manifest), film(comp)["positions"]
    with set_to(slider(comp, "Handheld Amount"), 50.0):
        half = film(comp)["positions"]
    np.testing.assert_allclose(half - rest, (whole - rest) / 2, atol=CLOSE)
    for dial in ("Handheld Amount", "Move Amount"):
        with set_to(slider(comp, dial), 0.0):
            np.testing.assert_allclose(film(comp)["positions"], np.tile(rest, (13, 1)), atol=CLOSE)
            assert np.abs(film(comp)["rolls"]).max() < CLOSE


def _off(comp: Any, manifest: Manifest) -> float:
    """How far the comp's camera is from the manifest's at worst, px and degrees."""
    frames = np.arange(manifest.comp.duration_frames)
    path = from_keyframes(manifest.camera.keyframes, manifest.camera.zoom).at(
        frames, manifest.comp.fps
    )
    seen = film(comp)
    names = ("positions", "points_of_interest", "rolls", "zooms")
    return max(float(np.abs(seen[name] - getattr(path, name)).max()) for name in names)


def _resting(manifest: Manifest) -> np.ndarray:
    return np.array(
        [manifest.comp.width / 2, manifest.comp.height / 2, -manifest.camera.zoom], float
    )


@pytest.mark.parametrize("move", ["orbit", "handheld"])
def test_two_keys_retime_the_move_and_stay(host: AfterEffects, tmp_path: Path, move: str) -> None:
    """The second key moved to half the time: the whole move is over then; updates keep it."""
    manifest = write_shot(tmp_path, move)
    done(host, "importShot", folder=str(tmp_path))
    (comp,) = host.project.compositions
    before = film(comp)["positions"]

    def keyed() -> Any:
        if move == "orbit":
            return transform(layer_of(host, "Camera Rig"), TURN)
        return slider(comp, "Handheld Time")

    last = keyed().keyframes[1]
    value, eases = last.value, list(last.in_temporal_ease)
    keyed().remove_key(1)
    keyed().set_value_at_time(6 / 24, value)
    if move == "orbit":
        keyed().keyframes[1].in_temporal_ease = eases
    after = film(comp)["positions"]
    for frame in range(7):
        # Every place is passed at half the time; the eases are by share of the time, too.
        np.testing.assert_allclose(after[frame], before[2 * frame], atol=CLOSE)
    np.testing.assert_allclose(after[7:], np.tile(before[-1], (6, 1)), atol=CLOSE)
    edit(tmp_path, note="again")
    report = done(host, "importShot", folder=str(tmp_path))
    what = "its Y rotation" if move == "orbit" else "its Handheld Time"
    assert report["kept"] == [{"layer": "shot-001 Camera Rig", "what": what}]
    np.testing.assert_allclose(film(comp)["positions"], after, atol=1e-6)
    assert manifest.camera.rig is not None


def as_baked(host: AfterEffects, folder: Path, move: str) -> Any:
    """The comp of a version that baked every move and noted nothing of the rig's."""
    write_shot(folder, move)
    camera = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["camera"]
    edit(folder, camera=camera | {"rig": None})
    done(host, "importShot", folder=str(folder))
    (comp,) = host.project.compositions
    rig = layer_of(host, "Camera Rig")
    transform(rig, "ADBE Position").expression = ""
    rig.comment = re.sub(r',"(y_rotation|hand_time|[a-z_]*\.expression)":"[^"]*"', "", rig.comment)
    rig.comment = re.sub(r',?"hand":0', "", rig.comment)
    assert {"label", "place"} <= set(tag_of(rig)["made"]) <= {"label", "place", "shy", "span"}
    return comp


@pytest.mark.parametrize("move", ["orbit", "handheld"])
def test_a_baked_move_goes_over_to_the_rig(host: AfterEffects, tmp_path: Path, move: str) -> None:
    comp = as_baked(host, tmp_path, move)
    camera = layer_of(host, "Camera")
    assert len(transform(camera, "ADBE Position").keyframes) == 13
    write_shot(tmp_path, move)
    manifest = edit(tmp_path)
    assert done(host, "importShot", folder=str(tmp_path))["kept"] == []
    assert transform(camera, "ADBE Position").keyframes == []
    assert list(faults(comp, manifest)) == []
    assert _off(comp, manifest) < CLOSE


def _moved_key(comp: Any) -> None:
    transform(named(comp, "Camera"), "ADBE Position").keyframes[4].value = [1.0, 2.0, -300.0]


def _rig_turned(comp: Any) -> None:
    transform(named(comp, "Camera Rig"), TURN).value = 5.0


def _rig_moved(comp: Any) -> None:
    transform(named(comp, "Camera Rig"), "ADBE Position").value = [1.0, 2.0, 3.0]


def _own_expression(comp: Any) -> None:
    transform(named(comp, "Camera"), "ADBE Rotate Z").expression = "value + 1"


def _free_camera(comp: Any) -> None:
    named(comp, "Camera").set_parent_with_jump(None)


def _one_node(comp: Any) -> None:
    named(comp, "Camera").auto_orient = py_aep.AutoOrientType.NO_AUTO_ORIENT


EDITS = [_moved_key, _rig_turned, _rig_moved, _own_expression, _free_camera, _one_node]


@pytest.mark.parametrize("change", EDITS, ids=lambda one: one.__name__[1:])
@pytest.mark.parametrize("move", ["orbit", "handheld"])
def test_what_a_designer_changed_of_a_baked_move_keeps_it_baked(
    host: AfterEffects, tmp_path: Path, move: str, change: Any
) -> None:
    comp = as_baked(host, tmp_path, move)
    change(comp)
    before = {
        (layer.name, found.match_name): [key.value for key in found.keyframes] or found.value
        for layer in (named(comp, "Camera"), named(comp, "Camera Rig"))
        for found in layer["ADBE Transform Group"].properties
    }
    write_shot(tmp_path, move)
    edit(tmp_path)
    report = done(host, "importShot", folder=str(tmp_path))
    assert report["kept"]
    for layer in (named(comp, "Camera"), named(comp, "Camera Rig")):
        for found in layer["ADBE Transform Group"].properties:
            values = [key.value for key in found.keyframes] or found.value
            assert values == before[layer.name, found.match_name], found.match_name


def test_a_dialled_hand_is_not_given_another(host: AfterEffects, tmp_path: Path) -> None:
    comp = as_baked(host, tmp_path, "handheld")
    slider(comp, "Handheld Amount").value = 40.0
    write_shot(tmp_path, "handheld")
    edit(tmp_path)
    assert done(host, "importShot", folder=str(tmp_path))["kept"] == []
    assert slider(comp, "Handheld Amount").value == 40.0
    assert len(transform(layer_of(host, "Camera"), "ADBE Position").keyframes) == 13


def test_from_a_hand_to_another_move_and_back(host: AfterEffects, tmp_path: Path) -> None:
    write_shot(tmp_path, "handheld")
    done(host, "importShot", folder=str(tmp_path))
    (comp,) = host.project.compositions
    for move, neutral in (("orbit", 0.0), ("handheld", 100.0), ("push_in", 0.0)):
        write_shot(tmp_path, move)
        manifest = edit(tmp_path)
        assert done(host, "importShot", folder=str(tmp_path))["kept"] == [], move
        assert slider(comp, "Handheld Amount").value == neutral
        assert list(faults(comp, manifest)) == [], move
        assert _off(comp, manifest) < 2 * CLOSE  # along paths, py-aep's own way of going
    # A hand that somebody dialled is theirs, whatever the next move.
    slider(comp, "Handheld Amount").value = 30.0
    for move in ("orbit", "truck_left"):
        write_shot(tmp_path, move)
        edit(tmp_path)
        done(host, "importShot", folder=str(tmp_path))
        assert slider(comp, "Handheld Amount").value == 30.0


def test_an_arc_dialled_too_far_stays_before_the_nearest_plane(built: dict[str, Built]) -> None:
    comp, manifest = built["orbit"].comp, built["orbit"].manifest
    near = min(layer.position[2] for layer in manifest.layers)
    for amount in (3000.0, -3000.0):
        with set_to(slider(comp, "Move Amount"), amount):
            assert film(comp)["positions"][:, 2].max() < near
    with set_to(slider(comp, "Move Amount"), 0.0):
        rest = film(comp)["positions"]
    np.testing.assert_allclose(rest, np.tile(_resting(manifest), (13, 1)), atol=CLOSE)
