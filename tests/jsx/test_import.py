"""One shot into the project: what is made, what is refused, and that twice is once."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import py_aep
import pytest

from multiplane.deliver.aep import labels
from tests.deliver.quads import MOVES, put, quad_shot
from tests.jsx.compare import bare, faults, tag_of
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
    tag = tag_of(comp)
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
        tag = tag_of(layer)
        identity = {name: tag[name] for name in ("shot", "storyboard", "hash", "version")}
        assert identity == {
            "shot": "shot-001",
            "storyboard": "Böard",
            "hash": "c0ffee",
            "version": version,
        }
    ids = [tag_of(layer)["layer"] for layer in reversed(comp.layers)]
    planes = [entry.id for entry in manifest.layers]
    assert ids == [*planes, "depth-pass", "original-picture", "camera-rig", "camera"]
    tag = tag_of(comp)
    assert (tag["hash"], tag["version"]) == ("c0ffee", version)
    for item in host.item_list():
        assert tag_of(item)["version"] == version
    # Made again, each says so.
    edit(tmp_path)
    done(host, "importShot", folder=str(tmp_path), storyboard="Böard")
    hashes = {tag_of(layer)["hash"] for layer in comp.layers}
    assert hashes == {tag_of(comp)["hash"]} != {"c0ffee"}


def test_comments_tell_people_where_a_shot_and_its_layers_come_from(
    host: AfterEffects, tmp_path: Path
) -> None:
    manifest = write_shot(tmp_path)
    layers = [json.loads(one.model_dump_json()) for one in manifest.layers]
    layers[3] |= {"phrase": "a  near\npost", "confidence": 0.874}
    layers[2] |= {"phrase": None}
    model = {"name": "storyboard-mini", "seed": 7, "take": 2}
    prompt = "posts \u6226 " + "x" * 2000
    edit(tmp_path, layers=layers, model=model, original_prompt=prompt, style="ink")
    done(host, "importShot", folder=str(tmp_path))
    comp = host.project.compositions[0]
    words = comp.comment.splitlines()
    assert words[0] == "Prompt: " + prompt[:1000] + "..."
    assert words[1:4] == [
        "Style: ink",
        "Model: storyboard-mini, seed 7, take 2",
        "Camera: push_in, amount 1",
    ]
    near = layer_of(host, "near post")
    assert near.comment.startswith("Words: a near post\nConfidence: 87 %\nMultiplane {")
    assert layer_of(host, "middle post").comment.startswith("Multiplane {")
    # Made with other words: the comments follow, and nothing of ours is taken for a designer's.
    edit(tmp_path, original_prompt="another")
    assert done(host, "importShot", folder=str(tmp_path))["kept"] == []
    assert comp.comment.splitlines()[0] == "Prompt: another"
    # A designer's own comment stays.
    comp.comment = f"approved\n{comp.comment[comp.comment.index('Multiplane {') :]}"
    edit(tmp_path, original_prompt="a third")
    report = done(host, "importShot", folder=str(tmp_path))
    assert report["kept"] == [{"layer": "shot-001", "what": "its comment"}]
    assert comp.comment.startswith("approved\nMultiplane {")


def test_motion_blur_is_ready_and_off(host: AfterEffects, tmp_path: Path) -> None:
    """Switches on the planes, the comp's own only when asked for."""
    write_shot(tmp_path)
    done(host, "importShot", folder=str(tmp_path))
    comp = host.project.compositions[0]
    assert not comp.motion_blur
    comp.motion_blur = True
    edit(tmp_path)
    done(host, "importShot", folder=str(tmp_path))
    assert comp.motion_blur  # a designer's, as nothing was asked for
    done(host, "importShot", folder=str(tmp_path), force=True, motion_blur=False)
    assert not host.project.compositions[0].motion_blur
    write_shot(tmp_path / "two", id_="two")
    done(host, "importShot", folder=str(tmp_path / "two"), motion_blur=True)
    assert next(one for one in host.project.compositions if one.name == "two").motion_blur is True


def test_the_depth_pass_is_a_hidden_guide(host: AfterEffects, tmp_path: Path) -> None:
    manifest = write_shot(tmp_path)
    done(host, "importShot", folder=str(tmp_path))
    depth = layer_of(host, "Depth pass")
    assert (depth.guide_layer, depth.enabled, depth.shy) == (True, False, True)
    assert str(depth.source.file).endswith("depth.png")
    # Deleted, it stays away; a comp of a version without it is given one.
    depth.remove()
    edit(tmp_path)
    done(host, "importShot", folder=str(tmp_path))
    comp = host.project.compositions[0]
    assert "Depth pass" not in [bare(layer) for layer in comp.layers]
    comp.comment = comp.comment.replace('"guides":["original-picture","depth-pass"],', "")
    assert "guides" not in comp.comment
    manifest = edit(tmp_path, note="once more")
    assert done(host, "importShot", folder=str(tmp_path))["kept"] == []
    assert list(faults(comp, manifest)) == []
    # A shot without one is a shot all the same.
    write_shot(tmp_path / "two", id_="two")
    (tmp_path / "two" / "depth.png").unlink()
    done(host, "importShot", folder=str(tmp_path / "two"))
    second = next(one for one in host.project.compositions if one.name == "two")
    assert "Depth pass" not in [bare(layer) for layer in second.layers]


def test_markers_have_colours_and_speech_is_protected(host: AfterEffects, tmp_path: Path) -> None:
    write_shot(tmp_path)
    markers = [
        {"frame": 2, "text": "Action: go", "kind": "action", "duration_frames": 3},
        {"frame": 6, "text": "Dialogue: ah", "kind": "dialogue", "duration_frames": 4},
        {"frame": 11, "text": "Notes: x", "kind": "notes"},
        {"frame": 12, "text": "of an older version"},
    ]
    edit(tmp_path, markers=markers)
    done(host, "importShot", folder=str(tmp_path))
    comp = host.project.compositions[0]
    seen = [(int(one.label), one.protected_region) for one in comp.markers]
    assert seen == [(11, False), (14, True), (2, False), (0, False)]
    # Another colour is a designer's marker.
    comp.markers[2].label = py_aep.Label(5)
    edit(tmp_path, markers=markers[:2])
    report = done(host, "importShot", folder=str(tmp_path))
    assert report["kept"] == [{"layer": "shot-001", "what": 'the marker "Notes: x"'}]
    assert [one.comment for one in comp.markers] == ["Action: go", "Dialogue: ah", "Notes: x"]


def test_labels_tell_kinds_apart(host: AfterEffects, tmp_path: Path) -> None:
    write_shot(tmp_path)
    done(host, "importShot", folder=str(tmp_path))
    comp = host.project.compositions[0]
    colours = {bare(layer): int(layer.label) for layer in comp.layers}
    assert colours == {
        "Camera": labels.CAMERA,
        "Camera Rig": labels.RIG,
        "Original picture": labels.GUIDE,
        "Depth pass": labels.GUIDE,
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
    assert len(host.imported) == 6  # four planes, the picture and its depth, once each


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
    layers = [layer.name for layer in host.project.compositions[0].layers]
    assert "🎬... near post" in layers[4]
    assert len(set(layers)) == len(layers)
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
