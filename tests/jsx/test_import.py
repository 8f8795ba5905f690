"""One shot into the project: what is made, what is refused, and that twice is once."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import py_aep
import pytest

from multiplane.deliver.aep import labels
from tests.deliver.quads import MOVES, put, quad_shot
from tests.jsx.compare import faults
from tests.jsx.conftest import COMP, SCRIPT, done, edit, failed, layer_of, started, write_shot
from tests.jsx.host.aftereffects import AfterEffects


def solids(host: AfterEffects) -> list[str]:
    items = host.item_list()
    return [
        item.name
        for item in items
        if isinstance(getattr(item, "main_source", None), py_aep.SolidSource)
    ]


def test_folders_tags_and_one_undo_step(host: AfterEffects, tmp_path: Path) -> None:
    write_shot(tmp_path)
    report = done(host, "importShot", folder=str(tmp_path), storyboard="Böard")
    assert (report["state"], report["comp"]) == ("created", "shot-001")
    assert host.undo_names == ["Multiplane: shot-001"]
    assert host.new_globals() == {"multiplane"}
    (comp,) = host.project.compositions
    way, folder = [], comp.parent_folder
    while folder is not None and folder.parent_folder is not None:
        way.append(folder.name)
        folder = folder.parent_folder
    assert way == ["Comps", "shot-001", "Böard", "Multiplane"]
    tag = json.loads(comp.comment.removeprefix("Multiplane "))
    assert (tag["shot"], tag["storyboard"], tag["hash"]) == ("shot-001", "Böard", "c0ffee")
    assert solids(host) == ["Camera Rig shot-001"]
    guide = layer_of(host, "Original picture")
    assert guide.guide_layer
    assert not guide.enabled


def test_every_item_and_layer_says_who_it_is(host: AfterEffects, tmp_path: Path) -> None:
    manifest = write_shot(tmp_path)
    done(host, "importShot", folder=str(tmp_path), storyboard="Böard")
    (comp,) = host.project.compositions
    version = done(host, "hostInfo")["importer"]
    for layer in comp.layers:
        assert layer.comment.isascii()
        tag = json.loads(layer.comment.removeprefix("Multiplane "))
        identity = {name: tag[name] for name in ("shot", "storyboard", "hash", "version")}
        assert identity == {
            "shot": "shot-001",
            "storyboard": "Böard",
            "hash": "c0ffee",
            "version": version,
        }
    ids = [json.loads(layer.comment[11:])["layer"] for layer in reversed(comp.layers)]
    planes = [entry.id for entry in manifest.layers]
    assert ids == [*planes, "original-picture", "camera-rig", "camera"]
    tag = json.loads(comp.comment.removeprefix("Multiplane "))
    assert (tag["hash"], tag["version"]) == ("c0ffee", version)
    for item in host.item_list():
        assert json.loads(item.comment.removeprefix("Multiplane "))["version"] == version
    # Made again, each says so.
    edit(tmp_path)
    done(host, "importShot", folder=str(tmp_path), storyboard="Böard")
    hashes = {json.loads(layer.comment[11:])["hash"] for layer in comp.layers}
    assert hashes == {json.loads(comp.comment[11:])["hash"]} != {"c0ffee"}


def test_labels_tell_kinds_apart(host: AfterEffects, tmp_path: Path) -> None:
    write_shot(tmp_path)
    done(host, "importShot", folder=str(tmp_path))
    comp = host.project.compositions[0]
    colours = {layer.name: int(layer.label) for layer in comp.layers}
    assert colours == {
        "Camera": labels.CAMERA,
        "Camera Rig": labels.RIG,
        "Original picture": labels.GUIDE,
        "near post": labels.PROP,
        "middle post": labels.PROP,
        "far post": labels.PROP,
        "ground": labels.BACKGROUND,
    }
    assert int(comp.label) == labels.COMP


def test_importing_twice_changes_nothing(host: AfterEffects, tmp_path: Path) -> None:
    write_shot(tmp_path)
    done(host, "importShot", folder=str(tmp_path))
    before = host.save(tmp_path / "one.aep")
    assert done(host, "importShot", folder=str(tmp_path))["state"] == "unchanged"
    again = host.save(tmp_path / "two.aep")
    assert [item.name for item in before.items.values()] == [i.name for i in again.items.values()]
    assert len(again.compositions) == 1
    assert len(host.imported) == 5  # four planes and the picture, once each


def test_an_unchanged_shot_is_not_written_to_at_all(host: AfterEffects, tmp_path: Path) -> None:
    write_shot(tmp_path)
    done(host, "importShot", folder=str(tmp_path))
    layer_of(host, "near post").name = "Hero"
    host.changes.clear()
    assert done(host, "importShot", folder=str(tmp_path))["state"] == "unchanged"
    ours = {change for change in host.changes if not change.startswith(("File.", "Application."))}
    assert ours == set()
    assert host.changes.count("Application.beginUndoGroup") == 1


def test_even_when_forced_nothing_is_doubled_or_kept(host: AfterEffects, tmp_path: Path) -> None:
    manifest = write_shot(tmp_path)
    done(host, "importShot", folder=str(tmp_path))
    items = len(host.item_list())
    report = done(host, "importShot", folder=str(tmp_path), force=True)
    assert report["state"] == "updated"
    assert report["kept"] == report["added"] == report["retired"] == report["replaced"] == []
    assert len(host.item_list()) == items
    assert list(faults(host.project.compositions[0], manifest)) == []


def test_handles_come_before_and_after(host: AfterEffects, tmp_path: Path) -> None:
    manifest = write_shot(tmp_path)
    done(host, "importShot", folder=str(tmp_path), handles=6)
    assert list(faults(host.project.compositions[0], manifest, handles=6)) == []


@pytest.mark.parametrize("fps", [23.976, 29.97, 25, 12.5])
def test_frames_are_exact_at_all_rates(host: AfterEffects, tmp_path: Path, fps: float) -> None:
    comp = COMP.model_copy(update={"fps": fps})
    manifest = put(tmp_path, quad_shot("shot-001", MOVES["handheld"], comp))
    done(host, "importShot", folder=str(tmp_path))
    project = host.save(tmp_path / "p.aep")
    assert list(faults(project.compositions[0], manifest)) == []


def test_a_localised_program_and_new_layers_at_the_current_time(tmp_path: Path) -> None:
    """Display names find nothing there, and layers begin where the playhead is."""
    manifest = write_shot(tmp_path)
    host = started(localised=True, layers_at_current_time=True)
    done(host, "importShot", folder=str(tmp_path))
    comp = host.project.compositions[0]
    comp.time = 0.25
    extra = json.loads((tmp_path / "manifest.json").read_text())["layers"]
    new = {**extra[1], "id": "fresh", "name": "fresh"}
    manifest = edit(tmp_path, layers=[*extra, new])
    assert done(host, "importShot", folder=str(tmp_path))["added"] == ["fresh"]
    assert list(faults(comp, manifest)) == []


def test_preferences_set_the_other_way(tmp_path: Path) -> None:
    """Nothing has to be written to disk to import, and new keys may be straight or curved."""
    manifest = write_shot(tmp_path, "orbit")
    host = started(
        may_write=False, straight_paths=True, layers_at_current_time=True, still_seconds=2.5
    )
    done(host, "importShot", folder=str(tmp_path))
    assert list(faults(host.project.compositions[0], manifest)) == []
    assert done(host, "hostInfo")["may_write_files"] is False


def test_the_comp_open_in_another_viewer(host: AfterEffects, tmp_path: Path) -> None:
    """Nothing is opened, and it does not matter what is, nor where its playhead stands."""
    manifest = write_shot(tmp_path / "one", "orbit", "one")
    other = host.project.root_folder.add_comp("My comp", 640, 360, 1.0, 5.0, 30.0)
    host.viewer = other
    done(host, "importShot", folder=str(tmp_path / "one"))
    comp = next(
        composition for composition in host.project.compositions if composition.name == "one"
    )
    assert list(faults(comp, manifest)) == []
    for viewer, time in ((comp, 0.25), (other, 0.375)):
        host.viewer, comp.time = viewer, time
        write_shot(tmp_path / "one", "push_in", "one")
        manifest = edit(tmp_path / "one", note=time)
        report = done(host, "importShot", folder=str(tmp_path / "one"))
        assert (report["state"], report["kept"]) == ("updated", [])
        assert list(faults(comp, manifest)) == []
        done(host, "exposeRig", shot="one")
        assert host.viewer is viewer
        assert comp.time == time
    assert len(other.layers) == 0


def test_a_project_that_was_never_saved(host: AfterEffects, tmp_path: Path) -> None:
    assert host.saved_as is None
    manifest = write_shot(tmp_path)
    assert done(host, "hostInfo")["project"] is None
    done(host, "importShot", folder=str(tmp_path))
    assert list(faults(host.project.compositions[0], manifest)) == []
    for entry in ("collect", "exportTemplate"):
        error = failed(host, entry, shot="shot-001", folder=str(tmp_path))
        assert error["code"] == "after_effects.project_unsaved"
        assert "Save the project" in error["remedy"]


def test_long_names_are_cut_to_whole_characters(host: AfterEffects, tmp_path: Path) -> None:
    write_shot(tmp_path, id_="shot " + "🎬" * 80)
    done(host, "importShot", folder=str(tmp_path))
    name = host.project.compositions[0].name
    assert len(name.encode()) <= 255
    assert name.endswith("🎬")
    assert done(host, "importShot", folder=str(tmp_path))["state"] == "unchanged"


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"schema": "other/1"}, "after_effects.manifest", "schema"),
        ({"layers": []}, "after_effects.manifest", "layers"),
        ({"comp": {"width": 2, "height": 90, "fps": 24, "duration_frames": 5}}, None, "comp.width"),
        ({"comp": {"width": 64, "height": 90, "fps": 200, "duration_frames": 5}}, None, "comp.fps"),
        (
            {"comp": {"width": 64, "height": 90, "fps": 1, "duration_frames": 20000}},
            "after_effects.duration",
            "comp.duration_frames",
        ),
        (
            {"camera": {"zoom": 400, "preset": "x", "amount": 1, "keyframes": {}}},
            None,
            "camera.keyframes.position",
        ),
        ({"shot_id": ""}, None, "shot_id"),
        ({"files": {"picture": "../picture.png"}}, None, "files.picture"),
        ({"files": {"picture": "C:/picture.png"}}, None, "files.picture"),
    ],
)
def test_manifests_that_make_no_comp(
    host: AfterEffects, tmp_path: Path, change: dict[str, object], code: str | None, field: str
) -> None:
    write_shot(tmp_path)
    document = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    (tmp_path / "manifest.json").write_text(json.dumps(document | change), encoding="utf-8")
    error = failed(host, "importShot", folder=str(tmp_path))
    assert error["field"] == field
    assert error["code"] == (code or error["code"])
    assert error["remedy"]
    assert host.item_list() == []


def test_a_missing_picture_is_named_before_anything_is_made(
    host: AfterEffects, tmp_path: Path
) -> None:
    manifest = write_shot(tmp_path)
    (tmp_path / manifest.layers[2].file).unlink()
    error = failed(host, "importShot", folder=str(tmp_path))
    assert error["code"] == "after_effects.file_missing"
    assert error["file"].endswith("02-middle post.png")
    assert host.item_list() == []


def test_a_file_that_breaks_while_importing_leaves_nothing_behind(
    host: AfterEffects, tmp_path: Path
) -> None:
    manifest = write_shot(tmp_path)
    (tmp_path / manifest.layers[3].file).write_bytes(b"no picture")
    error = failed(host, "importShot", folder=str(tmp_path))
    assert error["message"]
    assert host.item_list() == []
    put(tmp_path, quad_shot("shot-001", MOVES["push_in"], COMP))
    assert done(host, "importShot", folder=str(tmp_path))["state"] == "created"


def test_text_survives_both_ways(host: AfterEffects) -> None:
    for value in ("\u2028\u2029", "ä絵🎬", 'quotes " \\ / \n\t\x01', "</script>"):
        given = json.dumps(json.dumps({"v": value}))
        back = host.run(f"multiplane.json.stringify(multiplane.json.parse({given}))")
        assert back.isascii()
        assert json.loads(back) == {"v": value}
    numbers = [0, -1.5, 1e-9, 123456789.25, 1e300]
    given = json.dumps(json.dumps(numbers))
    assert (
        json.loads(host.run(f"multiplane.json.stringify(multiplane.json.parse({given}))"))
        == numbers
    )


def test_the_importer_has_the_programs_version(host: AfterEffects) -> None:
    pyproject = SCRIPT.parents[1] / "pyproject.toml"
    version = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]["version"]
    assert done(host, "hostInfo")["importer"] == version


def test_host_info(tmp_path: Path) -> None:
    info = done(started(may_write=False, windows=True), "hostInfo")
    assert info["host"] == "after-effects"
    assert info["project"] is None
    assert info["may_write_files"] is False
