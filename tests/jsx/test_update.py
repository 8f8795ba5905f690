"""A shot made again comes in place, and what a designer did stays."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import py_aep
import pytest

from multiplane.contract.manifest import Comp, Manifest, Sequence, SequenceShot
from multiplane.deliver.aep.project import write_aep
from multiplane.layers.stack import Layer
from multiplane.stage.shot import overscan_for, stage_shot
from tests.deliver.quads import MOVES, PICTURE, put, quad_shot
from tests.jsx.compare import bare, faults, slider, transform
from tests.jsx.conftest import COMP, done, edit, failed, layer_of, started, write_shot
from tests.jsx.host.aftereffects import AfterEffects


def said(report: dict[str, Any]) -> set[tuple[str, str]]:
    return {(one["layer"].removeprefix("shot-001 "), one["what"]) for one in report["kept"]}


def make_again(folder: Path, move: str = "truck_left") -> Manifest:
    """The shot with another move."""
    write_shot(folder, move)
    return edit(folder)


def test_another_move_comes_in_place(host: AfterEffects, tmp_path: Path) -> None:
    write_shot(tmp_path, "push_in")
    done(host, "importShot", folder=str(tmp_path))
    ids = [layer.id for layer in host.project.compositions[0].layers]
    for move in ("handheld", "rack_focus", "orbit", "static"):
        manifest = make_again(tmp_path, move)
        report = done(host, "updateShot", folder=str(tmp_path))
        assert (report["state"], report["kept"]) == ("updated", []), move
        (comp,) = host.project.compositions
        assert list(faults(comp, manifest)) == [], move
        assert [layer.id for layer in comp.layers] == ids


@pytest.mark.parametrize("move", ["orbit", "handheld", "rack_focus", "crash_zoom"])
def test_in_a_project_that_was_saved_and_opened_again(tmp_path: Path, move: str) -> None:
    """Nothing that we wrote is taken for a designer's because a file rounds it."""
    first = started()
    write_shot(tmp_path / "s", move)
    done(first, "importShot", folder=str(tmp_path / "s"), handles=3)
    host = started(project=first.save(tmp_path / "p.aep"))
    assert done(host, "importShot", folder=str(tmp_path / "s"), handles=3)["state"] == "unchanged"
    for next_move in ("push_in", move):
        write_shot(tmp_path / "s", next_move)
        manifest = edit(tmp_path / "s", note=next_move)
        report = done(host, "importShot", folder=str(tmp_path / "s"), handles=3)
        assert (report["state"], report["kept"]) == ("updated", [])
        host = started(project=host.save(tmp_path / "p.aep"))
        (comp,) = host.project.compositions
        assert list(faults(comp, manifest, handles=3)) == []


def test_what_a_designer_did_stays(host: AfterEffects, tmp_path: Path) -> None:
    write_shot(tmp_path)
    done(host, "importShot", folder=str(tmp_path))
    (comp,) = host.project.compositions
    near, middle, far = (layer_of(host, f"{name} post") for name in ("near", "middle", "far"))
    near.name = "Hero"
    transform(near, "ADBE Position").set_value_at_time(0.0, [10.0, 20.0, 5.0])
    transform(near, "ADBE Position").set_value_at_time(0.5, [30.0, 20.0, 5.0])
    blur = middle["ADBE Effect Parade"].add_property("ADBE Slider Control")
    blur.name = "My blur"
    null = comp.add_null()
    null.name = "My null"
    far.set_parent_with_jump(null)
    camera = layer_of(host, "Camera")
    camera["ADBE Camera Options Group"]["ADBE Camera Aperture"].value = 99.0
    transform(camera, "ADBE Position").expression = "value"
    slider(comp, "Move Amount").value = 60.0
    comp.marker_property.set_value_at_time(0.25, _marker("mine"))
    make_again(tmp_path)

    report = done(host, "importShot", folder=str(tmp_path))

    assert said(report) == {
        ("Hero", "its name"),
        ("Hero", "its position"),
        ("far post", "its parent"),
        ("Camera", "its aperture"),
        ("Camera", "the expression of its position"),
    }
    assert near.name == "Hero"
    assert [key.value for key in transform(near, "ADBE Position").keyframes] == [
        [10.0, 20.0, 5.0],
        [30.0, 20.0, 5.0],
    ]
    assert middle["ADBE Effect Parade"].properties[0].name == "My blur"
    assert far.parent is null
    assert slider(comp, "Move Amount").value == 60.0
    assert transform(camera, "ADBE Position").expression == "value"
    assert len(transform(camera, "ADBE Position").keyframes) == 2
    assert "mine" in [key.value.comment for key in comp.marker_property.keyframes]
    # Asked again, it says the same: what was kept is still theirs.
    edit(tmp_path, note="once more")
    assert said(done(host, "importShot", folder=str(tmp_path))) == said(report)


def _marker(text: str) -> Any:
    return py_aep.MarkerValue(text)


def test_layers_come_and_go(host: AfterEffects, tmp_path: Path) -> None:
    manifest = write_shot(tmp_path)
    done(host, "importShot", folder=str(tmp_path))
    (comp,) = host.project.compositions
    layers = [json.loads(one.model_dump_json()) for one in manifest.layers]
    fresh = {**layers[2], "id": "fresh", "name": "fresh", "position": [50, 60, 150], "z": 150}
    edit(tmp_path, layers=[layers[0], layers[1], fresh, layers[3]])
    report = done(host, "importShot", folder=str(tmp_path))
    assert (report["added"], report["retired"]) == (["fresh"], ["s1"])
    names = [bare(layer) for layer in comp.layers]
    assert names.index("near post") < names.index("fresh") < names.index("far post")
    assert not layer_of(host, "middle post").enabled
    # It comes back as it was.
    edit(tmp_path, layers=layers)
    report = done(host, "importShot", folder=str(tmp_path))
    assert (report["added"], report["retired"], report["kept"]) == ([], ["fresh"], [])
    assert layer_of(host, "middle post").enabled
    # A layer that the designer deleted is not forced on them.
    layer_of(host, "middle post").remove()
    edit(tmp_path, note="again")
    report = done(host, "importShot", folder=str(tmp_path))
    assert said(report) == {("middle post", "that it was deleted")}


def test_a_new_picture_of_another_size(host: AfterEffects, tmp_path: Path) -> None:
    """The host takes the anchor along when a source changes its size."""
    write_shot(tmp_path / "a")
    done(host, "importShot", folder=str(tmp_path / "a"))
    shot = quad_shot("shot-001", MOVES["push_in"], COMP)
    old = shot.layers[1]
    x, y, w, _ = old.bbox
    grown = Layer(
        old.id, old.name, old.kind, old.rgba[:40], (x, y, w, 40), "", (), old.nearness, 1.0
    )
    again = quad_shot("shot-001", MOVES["push_in"], COMP)
    layers = (again.layers[0], grown, *again.layers[2:])
    move = MOVES["push_in"]
    staged = stage_shot(layers, PICTURE, COMP, move, overscan=overscan_for(move, COMP))
    again = replace(again, layers=layers, staged=staged)
    put(tmp_path / "b", again)
    manifest = edit(tmp_path / "b")
    report = done(host, "importShot", folder=str(tmp_path / "b"))
    assert report["kept"] == []
    assert len(report["replaced"]) == 4  # all lie in another folder now
    (comp,) = host.project.compositions
    assert list(faults(comp, manifest)) == []
    assert layer_of(host, "far post").source.height == 40


def test_pictures_made_again_are_read_again(host: AfterEffects, tmp_path: Path) -> None:
    import os

    manifest = write_shot(tmp_path)
    done(host, "importShot", folder=str(tmp_path))
    file = tmp_path / manifest.layers[1].file
    os.utime(file, (1, 1))
    edit(tmp_path)
    report = done(host, "importShot", folder=str(tmp_path))
    assert report["replaced"] == ["s0"]
    assert host.reloaded == [file]


def test_another_length_and_size(host: AfterEffects, tmp_path: Path) -> None:
    """Everything grows along, the rig too, which only a designer sees."""
    write_shot(tmp_path)
    done(host, "importShot", folder=str(tmp_path))
    larger = Comp(width=480, height=270, fps=25, duration_frames=31)
    put(tmp_path, quad_shot("shot-001", MOVES["orbit"], larger))
    manifest = edit(tmp_path)
    assert done(host, "importShot", folder=str(tmp_path))["kept"] == []
    (comp,) = host.project.compositions
    assert list(faults(comp, manifest)) == []
    rig = layer_of(host, "Camera Rig")
    assert manifest.camera.rig is not None
    pivot = pytest.approx(manifest.camera.rig.pivot)
    assert list(transform(rig, "ADBE Position").value) == pivot


def test_files_that_changed_their_names(host: AfterEffects, tmp_path: Path) -> None:
    """Two layers changed places, so each file has the other's name now."""
    manifest = write_shot(tmp_path / "a")
    done(host, "importShot", folder=str(tmp_path / "a"))
    layers = [json.loads(layer.model_dump_json()) for layer in manifest.layers]
    one, other = (tmp_path / "a" / layers[i]["file"] for i in (1, 2))
    one.rename(tmp_path / "spare.png")
    other.rename(one)
    (tmp_path / "spare.png").rename(other)
    layers[1]["file"], layers[2]["file"] = layers[2]["file"], layers[1]["file"]
    manifest = edit(tmp_path / "a", layers=layers)
    assert done(host, "importShot", folder=str(tmp_path / "a"))["kept"] == []
    shown = {entry.name: layer_of(host, entry.name).source.file for entry in manifest.layers}
    assert shown == {e.name: str(tmp_path / "a" / e.file) for e in manifest.layers}
    # A later relink goes by the new names.
    (tmp_path / "a").rename(tmp_path / "b")
    shot = {"id": "shot-001", "manifest": "b/manifest.json", "status": "made"}
    sequence = {"title": "Shots", "shots": [shot]}
    (tmp_path / "sequence.json").write_text(json.dumps(sequence), encoding="utf-8")
    assert done(host, "relink", folder=str(tmp_path))["missing"] == []
    shown = {entry.name: layer_of(host, entry.name).source.file for entry in manifest.layers}
    assert shown == {e.name: str(tmp_path / "b" / e.file) for e in manifest.layers}


def test_a_comp_that_the_designer_made_longer_stays_so(host: AfterEffects, tmp_path: Path) -> None:
    write_shot(tmp_path)
    done(host, "importShot", folder=str(tmp_path))
    (comp,) = host.project.compositions
    comp.duration = 3.0
    for note in ("once", "twice"):
        edit(tmp_path, note=note)
        report = done(host, "importShot", folder=str(tmp_path))
        assert said(report) == {("shot-001", "the comp's size, rate or length")}
        assert comp.duration == 3.0


def test_a_changed_order_is_the_designers(host: AfterEffects, tmp_path: Path) -> None:
    write_shot(tmp_path)
    done(host, "importShot", folder=str(tmp_path))
    layer_of(host, "far post").move_to_beginning()
    edit(tmp_path)
    report = done(host, "importShot", folder=str(tmp_path))
    assert ("shot-001", "the order of its layers") in said(report)
    assert host.project.compositions[0].layers[0].name == "shot-001 far post"


@pytest.mark.parametrize("gone", ["Camera", "Camera Rig"])
def test_a_deleted_camera_or_rig_is_not_forced_back(
    host: AfterEffects, tmp_path: Path, gone: str
) -> None:
    write_shot(tmp_path)
    done(host, "importShot", folder=str(tmp_path))
    layer_of(host, gone).remove()
    make_again(tmp_path)
    done(host, "importShot", folder=str(tmp_path))
    comp = host.project.compositions[0]
    assert gone not in [bare(layer) for layer in comp.layers]
    # No expression is left that looks for the rig.
    if gone == "Camera Rig":
        assert transform(layer_of(host, "Camera"), "ADBE Position").expression == ""


def test_a_renamed_rig_is_found(host: AfterEffects, tmp_path: Path) -> None:
    """After Effects renames layers inside expressions too."""
    write_shot(tmp_path)
    done(host, "importShot", folder=str(tmp_path))
    layer_of(host, "Camera Rig").name = 'Rig "A"'
    for layer in host.project.compositions[0].layers:
        for name in ("ADBE Position", "ADBE Scale", "ADBE Anchor Point", "ADBE Rotate Z"):
            one = transform(layer, name)
            if one.expression:
                one.expression = one.expression.replace('"shot-001 Camera Rig"', '"Rig \\"A\\""')
    make_again(tmp_path)
    report = done(host, "importShot", folder=str(tmp_path))
    assert said(report) == set()
    assert '"Rig \\"A\\""' in transform(layer_of(host, "Camera"), "ADBE Position").expression


def test_a_copy_that_the_designer_made_is_left_alone(host: AfterEffects, tmp_path: Path) -> None:
    write_shot(tmp_path)
    done(host, "importShot", folder=str(tmp_path))
    copy = host.project.compositions[0].duplicate()
    copy.name = "my take"
    manifest = make_again(tmp_path)
    done(host, "importShot", folder=str(tmp_path))
    assert list(faults(host.project.compositions[0], manifest)) == []
    assert list(faults(copy, manifest)) != []


def test_comps_found_after_they_were_renamed_and_moved(host: AfterEffects, tmp_path: Path) -> None:
    write_shot(tmp_path)
    done(host, "importShot", folder=str(tmp_path))
    (comp,) = host.project.compositions
    comp.name = "Opening"
    comp.parent_folder = host.project.root_folder
    make_again(tmp_path)
    assert done(host, "importShot", folder=str(tmp_path))["state"] == "updated"
    assert len(host.project.compositions) == 1
    assert comp.name == "Opening"


def test_the_comp_of_a_project_written_without_after_effects_is_found(
    tmp_path: Path,
) -> None:
    manifest = write_shot(tmp_path / "s")
    shot = SequenceShot(id="shot-001", start_frame=0, duration_frames=13, status="made")
    sequence = Sequence(title="Film", fps=24, size=(320, 180), shots=[shot])
    write_aep(tmp_path / "p.aep", [(tmp_path / "s", manifest)], sequence)
    host = started(project=py_aep.parse(tmp_path / "p.aep").project)
    host.changes.clear()
    answer = done(host, "importShot", folder=str(tmp_path / "s"), storyboard="Film")
    assert answer["state"] == "unchanged"
    (kept,) = answer["kept"]
    assert kept["layer"] == "shot-001"
    assert "came with storyboard.aep; delete it" in kept["what"]
    assert not [change for change in host.changes if "Layer" in change or "Comp" in change]
    (tmp_path / "sequence.json").write_text(sequence.to_json(), encoding="utf-8")
    report = done(host, "finishSequence", folder=str(tmp_path), storyboard="Film")
    assert (report["state"], len(report["kept"])) == ("updated", 1)
    assert sorted(comp.name for comp in host.project.compositions) == ["Film", "shot-001"]
    # Deleted, it comes back with a rig that has sliders.
    next(comp for comp in host.project.compositions if comp.name == "shot-001").remove()
    answer = done(host, "importShot", folder=str(tmp_path / "s"), storyboard="Film")
    assert answer["state"] == "created"
    comp = next(comp for comp in host.project.compositions if comp.name == "shot-001")
    assert list(faults(comp, manifest)) == []


def test_an_unknown_shot_cannot_be_updated(host: AfterEffects, tmp_path: Path) -> None:
    write_shot(tmp_path)
    assert failed(host, "updateShot", folder=str(tmp_path))["code"] == "after_effects.shot_unknown"
