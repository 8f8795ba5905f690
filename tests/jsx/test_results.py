"""The comp that the script builds, saved, read back, and held against the manifest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import py_aep
import pytest

from multiplane.deliver.aep.project import write_aep
from tests.deliver.quads import MOVES
from tests.jsx.compare import CAMERA, LENS, dialled, faults, film, found, named, slider, transform
from tests.jsx.conftest import COMP, Built, set_to
from tests.jsx.host.expressions import Evaluator

PLACE = ("ADBE Anchor Point", "ADBE Position", "ADBE Scale")
SLIDERS = {"Move Amount": 100.0, "Parallax": 100.0, "Handheld Amount": 0.0, "Focus": 0.0}
SWAYING = ("ADBE Position", "ADBE Anchor Point", "ADBE Rotate Z")
CLOSE = 0.01
"""px"""


@pytest.mark.parametrize("name", MOVES)
def test_the_comp_does_what_the_manifest_says(built: dict[str, Built], name: str) -> None:
    assert list(faults(built[name].comp, built[name].manifest)) == []


@pytest.mark.parametrize("name", MOVES)
def test_neutral_sliders_give_the_baked_values_themselves(
    built: dict[str, Built], name: str
) -> None:
    """Not nearly: the very numbers that are there without expressions; but a hand's sway is one."""
    comp, evaluator, looked = built[name].comp, Evaluator(), 0
    rig = built[name].manifest.camera.rig
    hand = rig is not None and rig.sway is not None
    for slider_name, neutral in SLIDERS.items():
        wanted = 100.0 if hand and slider_name == "Handheld Amount" else neutral
        assert slider(comp, slider_name).value == wanted
    for layer in comp.layers:
        for group in ("ADBE Transform Group", "ADBE Camera Options Group"):
            for one in getattr(layer[group], "properties", ()) if _has(layer, group) else ():
                if isinstance(one, py_aep.Property) and one.expression:
                    looked += 1
                    for frame in range(COMP.duration_frames):
                        time = frame / comp.frame_rate
                        same = evaluator.evaluate(layer, one, time) == one.value_at_time(time)
                        assert same or (hand and one.match_name in SWAYING)
    turns = rig is not None and bool(rig.y_rotation)
    assert looked == 5 + 1 + turns + 2 * len(built[name].manifest.layers)


def _has(layer: Any, group: str) -> bool:
    return any(property_.match_name == group for property_ in layer.properties)


@pytest.mark.parametrize("name", MOVES)
def test_the_project_written_without_after_effects_says_the_same(
    built: dict[str, Built], name: str, tmp_path: Path
) -> None:
    one = built[name]
    write_aep(tmp_path / "direct.aep", [(one.folder, one.manifest)])
    direct = py_aep.parse(tmp_path / "direct.aep").project.compositions[0]
    ours, theirs = film(one.comp), film(direct)
    for what in {**CAMERA, **LENS}:
        assert np.abs(ours[what] - theirs[what]).max() < CLOSE, what
    assert [layer.name for layer in one.comp.layers] == [layer.name for layer in direct.layers]
    for mine, other in zip(one.comp.layers, direct.layers, strict=True):
        assert (int(mine.label), mine.enabled) == (int(other.label), other.enabled), mine.name
        if isinstance(mine, py_aep.AVLayer):
            switches = [(w.three_d_layer, w.guide_layer) for w in (mine, other)]
            assert switches[0] == switches[1]
            for prop in PLACE:
                values = [transform(layer, prop).value for layer in (mine, other)]
                assert values[0] == pytest.approx(values[1], abs=CLOSE), (mine.name, prop)


@pytest.mark.parametrize(
    ("name", "amount"),
    [*((name, 50.0) for name in MOVES), ("orbit", 0.0), ("orbit", 130.0), ("dolly_zoom", 130.0)],
)
def test_move_amount_scales_the_way_from_rest(
    built: dict[str, Built], name: str, amount: float
) -> None:
    one = built[name]
    with set_to(slider(one.comp, "Move Amount"), amount):
        moved = film(one.comp)
    wanted = dialled(one.manifest, amount / 100)
    for what in CAMERA:
        # Twice what py-aep goes beside the exact path: the way is longer here.
        assert np.abs(moved[what] - getattr(wanted, what)).max() < 0.03, what


@pytest.mark.parametrize("name", MOVES)
@pytest.mark.parametrize("amount", [-200.0, 1000.0])
def test_no_move_amount_takes_the_camera_through_the_picture(
    built: dict[str, Built], name: str, amount: float
) -> None:
    one = built[name]
    nearest = min(entry.z for entry in one.manifest.layers)
    with set_to(slider(one.comp, "Move Amount"), amount):
        moved = film(one.comp)
    assert all(np.isfinite(values).all() for values in moved.values())
    assert (nearest - moved["positions"][:, 2]).min() >= 0.05 * one.manifest.camera.zoom - 1e-3
    assert (moved["points_of_interest"][:, 2] - moved["positions"][:, 2]).min() > 0
    assert moved["zooms"].min() >= 1.0


def test_handheld_amount_adds_a_sway_of_its_size(built: dict[str, Built]) -> None:
    comp = built["push_in"].comp
    calm = film(comp)
    with set_to(slider(comp, "Handheld Amount"), 100.0):
        swaying = film(comp)
    with set_to(slider(comp, "Handheld Amount"), 50.0):
        half = film(comp)
    off = swaying["positions"] - calm["positions"]
    assert 0.0005 * COMP.width < np.abs(off).max() <= 0.004 * COMP.width
    assert off[:, 2].max() == 0.0
    assert 0.0 < np.abs(swaying["rolls"]).max() <= 0.25
    assert half["positions"] - calm["positions"] == pytest.approx(off / 2, abs=1e-6)
    # Slow: from frame to frame it goes a small part of its size.
    assert np.abs(np.diff(off, axis=0)).max() < 0.002 * COMP.width
    assert np.abs(swaying["zooms"] - calm["zooms"]).max() == 0.0


@pytest.mark.parametrize("amount", [-50.0, 0.0, 40.0, 180.0])
def test_parallax_spreads_planes_and_leaves_the_picture_at_rest(
    built: dict[str, Built], amount: float
) -> None:
    comp, manifest = built["truck_left"].comp, built["truck_left"].manifest
    zoom, evaluator = manifest.camera.zoom, Evaluator()
    with set_to(slider(comp, "Parallax"), amount):
        for entry in manifest.layers:
            layer = named(comp, entry.name)
            x, y, z = evaluator.evaluate(layer, transform(layer, "ADBE Position"), 0.0)
            scale = evaluator.evaluate(layer, transform(layer, "ADBE Scale"), 0.0)
            before, after = zoom / (zoom + entry.z), zoom / (zoom + z)
            assert z == pytest.approx(entry.z * max(0.0, amount) / 100)
            assert scale[0] * after == pytest.approx(entry.scale[0] * before)
            assert (x - COMP.width / 2) * after == pytest.approx(
                (entry.position[0] - COMP.width / 2) * before, abs=1e-6
            )
            assert (y - COMP.height / 2) * after == pytest.approx(
                (entry.position[1] - COMP.height / 2) * before, abs=1e-6
            )


def test_focus_moves_the_plane_in_focus(built: dict[str, Built]) -> None:
    comp, manifest = built["push_in"].comp, built["push_in"].manifest
    deep = max(entry.z for entry in manifest.layers) - min(entry.z for entry in manifest.layers)
    for amount in (-1000.0, 50.0, 100.0):
        with set_to(slider(comp, "Focus"), amount):
            moved = film(comp)["focus_distances"]
        wanted = max(1.0, manifest.camera.zoom + deep * amount / 100)
        assert moved == pytest.approx(wanted)


def test_depth_of_field_is_set_up_and_off_unless_the_move_is_one_of_focus(
    built: dict[str, Built],
) -> None:
    for name, one in built.items():
        camera = named(one.comp, "Camera")
        options = "ADBE Camera Options Group"
        is_on = found(camera, options, "ADBE Camera Depth of Field").value
        assert bool(is_on) == (name == "rack_focus")
        assert found(camera, options, "ADBE Camera Focus Distance").value > 1.0
        assert found(camera, options, "ADBE Camera Aperture").value > 0.0
