"""The comp that the script builds, saved, read back, and held against the manifest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from multiplane.contract.manifest import Manifest
from multiplane.stage.path import from_keyframes
from tests.deliver.quads import MOVES, put, quad_shot
from tests.jsx.compare import CAMERA, faults, film, slider, transform
from tests.jsx.conftest import COMP, done, started
from tests.jsx.host.expressions import Evaluator


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Any, Manifest]]:
    """Every preset's shot in one project: the comp as read back, and the manifest."""
    folder = tmp_path_factory.mktemp("shots")
    host, manifests = started(), {}
    for name, move in MOVES.items():
        manifests[name] = put(folder / name, quad_shot(name, move, COMP))
        done(host, "importShot", folder=str(folder / name), storyboard="All moves")
    project = host.save(folder / "all.aep")
    comps = {comp.name: comp for comp in project.compositions}
    return {name: (comps[name], manifest) for name, manifest in manifests.items()}


@pytest.mark.parametrize("name", MOVES)
def test_the_comp_does_what_the_manifest_says(
    built: dict[str, tuple[Any, Manifest]], name: str
) -> None:
    comp, manifest = built[name]
    assert list(faults(comp, manifest)) == []


def test_move_amount_scales_the_way_from_rest(built: dict[str, tuple[Any, Manifest]]) -> None:
    comp, manifest = built["orbit"]
    keyed = from_keyframes(manifest.camera.keyframes, manifest.camera.zoom)
    path = keyed.at(np.arange(COMP.duration_frames), COMP.fps)
    rest = np.array([COMP.width / 2, COMP.height / 2, -manifest.camera.zoom])
    slider(comp, "Move Amount").value = 50.0
    halved = film(comp)["positions"]
    slider(comp, "Move Amount").value = 0.0
    still = film(comp)
    slider(comp, "Move Amount").value = 100.0
    assert np.abs(halved - (rest + (path.positions - rest) / 2)).max() < 0.01
    assert np.abs(still["positions"] - rest).max() < 1e-6
    assert np.abs(still["zooms"] - manifest.camera.zoom).max() < 1e-4


def test_handheld_amount_adds_a_sway_of_its_size(built: dict[str, tuple[Any, Manifest]]) -> None:
    comp, _ = built["push_in"]
    calm = film(comp)
    slider(comp, "Handheld Amount").value = 100.0
    swaying = film(comp)
    slider(comp, "Handheld Amount").value = 0.0
    off = np.abs(swaying["positions"] - calm["positions"])
    assert 0.0005 * COMP.width < off.max() <= 0.004 * COMP.width
    assert off[:, 2].max() == 0.0
    assert 0.0 < np.abs(swaying["rolls"]).max() <= 0.25


@pytest.mark.parametrize("amount", [0.0, 40.0, 180.0])
def test_parallax_spreads_planes_and_leaves_the_picture_at_rest(
    built: dict[str, tuple[Any, Manifest]], amount: float
) -> None:
    comp, manifest = built["truck_left"]
    zoom, evaluator = manifest.camera.zoom, Evaluator()
    slider(comp, "Parallax").value = amount
    for entry in manifest.layers:
        layer = next(one for one in comp.layers if one.name == entry.name)
        x, y, z = evaluator.evaluate(layer, transform(layer, "ADBE Position"), 0.0)
        scale = evaluator.evaluate(layer, transform(layer, "ADBE Scale"), 0.0)
        before, after = zoom / (zoom + entry.z), zoom / (zoom + z)
        assert z == pytest.approx(entry.z * amount / 100)
        assert scale[0] * after == pytest.approx(entry.scale[0] * before)
        assert (x - COMP.width / 2) * after == pytest.approx(
            (entry.position[0] - COMP.width / 2) * before, abs=1e-6
        )
        assert (y - COMP.height / 2) * after == pytest.approx(
            (entry.position[1] - COMP.height / 2) * before, abs=1e-6
        )
    slider(comp, "Parallax").value = 100.0


def test_focus_moves_the_plane_in_focus(built: dict[str, tuple[Any, Manifest]]) -> None:
    comp, manifest = built["push_in"]
    slider(comp, "Focus").value = 100.0
    moved = film(comp)["focus_distances"]
    slider(comp, "Focus").value = 0.0
    deep = max(entry.z for entry in manifest.layers) - min(entry.z for entry in manifest.layers)
    assert moved == pytest.approx(manifest.camera.zoom + deep)


def test_the_project_written_without_after_effects_says_the_same(
    built: dict[str, tuple[Any, Manifest]], tmp_path: Path
) -> None:
    import py_aep

    from multiplane.deliver.aep.project import write_aep

    name = "crane"
    manifest = put(tmp_path / name, quad_shot(name, MOVES[name], COMP))
    write_aep(tmp_path / "direct.aep", [(tmp_path / name, manifest)])
    direct = py_aep.parse(tmp_path / "direct.aep").project.compositions[0]
    ours, theirs = film(built[name][0]), film(direct)
    for what in CAMERA:
        assert np.abs(ours[what] - theirs[what]).max() < 0.001, what
    for entry in manifest.layers:
        pair = [
            next(one for one in comp.layers if one.name == entry.name)
            for comp in (built[name][0], direct)
        ]
        for prop in ("ADBE Anchor Point", "ADBE Position", "ADBE Scale"):
            one, other = (transform(layer, prop).value for layer in pair)
            assert one == pytest.approx(other, abs=1e-6), (entry.name, prop)
