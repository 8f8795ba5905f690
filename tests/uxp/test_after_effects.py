"""The After Effects adapter for UXP: jsx/ itself, over the `aftereffects` module.

What it builds is saved, read back and held against the manifest at every frame, as for ExtendScript
itself. That is simulated, not tested in After Effects.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.jsx.compare import faults
from tests.jsx.conftest import done, edit, started, write_shot
from tests.jsx.host.aftereffects import AfterEffects
from tests.jsx.test_sequence import storyboard
from tests.uxp.after_effects import HostRefusal, UxpAfterEffects
from tests.uxp.bundles import planted


def described(host: AfterEffects) -> list[Any]:
    """All of a project that an import makes, without what every project has another of."""
    found: list[Any] = []
    for comp in host.project.compositions:
        found.append((comp.name, comp.width, comp.height, comp.frame_rate, comp.duration))
        found.append((comp.comment, comp.label, comp.parent_folder.name))
        for layer in comp.layers:
            found.append((type(layer).__name__, layer.name, layer.comment, layer.label))
            found.append((layer.start_time, layer.in_point, layer.out_point, layer.enabled))
            found += [_described(one) for one in getattr(layer, "properties", ())]
    return found


def _described(one: Any) -> Any:
    if hasattr(one, "properties"):
        return one.match_name, [_described(child) for child in one.properties]
    keys = [
        (key.time, key.value, str(key.in_interpolation_type), str(key.out_interpolation_type))
        for key in getattr(one, "keyframes", None) or ()
    ]
    return one.match_name, str(getattr(one, "value", None)), one.expression, str(keys)


def test_the_comp_is_that_of_extendscript(tmp_path: Path) -> None:
    manifest = write_shot(tmp_path, "orbit")
    uxp, script = UxpAfterEffects(), started(version="27.0x1")
    report = uxp.ask("importShot", {"folder": str(tmp_path), "storyboard": "Böard"})
    same = done(script, "importShot", folder=str(tmp_path), storyboard="Böard")
    assert report == same
    assert report["state"] == "created"
    assert described(uxp) == described(script)
    assert uxp.undo_names == script.undo_names == ["Multiplane: shot-001"]
    (comp,) = uxp.save(tmp_path / "saved.aep").compositions
    assert list(faults(comp, manifest)) == []


@pytest.mark.parametrize("move", ["push_in", "dolly_zoom", "rack_focus", "handheld"])
def test_moves_at_every_frame(tmp_path: Path, move: str) -> None:
    manifest = write_shot(tmp_path, move)
    uxp = UxpAfterEffects()
    uxp.ask("importShot", {"folder": str(tmp_path)})
    (comp,) = uxp.save(tmp_path / "saved.aep").compositions
    assert list(faults(comp, manifest)) == []


def test_importing_again_updates_in_place(tmp_path: Path) -> None:
    write_shot(tmp_path)
    uxp = UxpAfterEffects()
    request = {"folder": str(tmp_path), "storyboard": "Board"}
    uxp.ask("importShot", request)
    before = described(uxp)
    assert uxp.ask("importShot", request)["state"] == "unchanged"
    assert described(uxp) == before
    layer = uxp.project.compositions[0].layers[3]
    layer.name = "mine"
    edit(tmp_path, shot_id="shot-001")
    report = uxp.ask("updateShot", request)
    assert report["state"] == "updated"
    assert [one["what"] for one in report["kept"]] == ["its name"]
    assert len(uxp.project.compositions) == 1
    with pytest.raises(HostRefusal) as refused:
        uxp.ask("updateShot", {**request, "storyboard": "Other"})
    assert refused.value.error["code"] == "after_effects.shot_unknown"


def test_a_new_picture_is_read_again_and_a_moved_one_replaced(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    write_shot(first)
    write_shot(second)
    uxp = UxpAfterEffects()
    uxp.ask("importShot", {"folder": str(first)})
    edit(second, notes="moved")
    report = uxp.ask("importShot", {"folder": str(second)})
    assert len(report["replaced"]) > 0
    footage = [one for one in uxp.item_list() if getattr(one, "file", None)]
    assert footage
    assert all(str(one.file).startswith(str(second)) for one in footage)


@pytest.mark.parametrize("name", ["mit Umlaut ä", "日本語", "🎬", "100%25 #7", "a b"])
def test_odd_paths(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    write_shot(folder)
    uxp = UxpAfterEffects()
    assert uxp.ask("importShot", {"folder": str(folder)})["state"] == "created"
    assert uxp.ask("importShot", {"folder": str(folder)})["state"] == "unchanged"


@pytest.mark.parametrize("root", ["C:\\Filme ä", "\\\\server\\share\\100%"])
def test_paths_of_windows(tmp_path: Path, root: str) -> None:
    write_shot(tmp_path / "shot")
    uxp = UxpAfterEffects(windows=True, roots={root.replace("\\", "/"): tmp_path})
    assert uxp.ask("importShot", {"folder": f"{root}\\shot"})["state"] == "created"
    assert uxp.ask("importShot", {"folder": f"{root}\\shot"})["state"] == "unchanged"


def test_a_storyboard_and_a_shot_that_fails(tmp_path: Path) -> None:
    storyboard(tmp_path, ["one", "two", "three"])
    (tmp_path / "shots/two/manifest.json").write_text("{")
    uxp = UxpAfterEffects()
    uxp.eval("globalThis.told = [];")
    report = uxp.ask(
        "importSequence", {"folder": str(tmp_path)}, "(one, n, all) => told.push([n, all])"
    )
    assert [one["state"] for one in report["shots"]] == ["created", "failed", "created"]
    error = report["shots"][1]["error"]
    assert error["code"] == "after_effects.file_broken"
    assert error["file"].endswith("two/manifest.json")
    assert report["sequence"] == "Der Film"
    assert uxp.eval("JSON.stringify(told)") == "[[1,3],[2,3],[3,3]]"
    names = {comp.name for comp in uxp.project.compositions}
    assert names == {"one", "three", "Der Film"}


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    uxp = UxpAfterEffects()
    with pytest.raises(HostRefusal) as refused:
        uxp.ask("importShot", {"folder": str(tmp_path / "no")})
    assert refused.value.error["name"] == "HostError"
    assert refused.value.error["code"] == "after_effects.file_missing"
    assert refused.value.error["file"] == f"{tmp_path}/no/manifest.json"
    assert refused.value.error["remedy"]


def test_host_info(tmp_path: Path) -> None:
    uxp = UxpAfterEffects()
    said = uxp.ask("hostInfo")
    assert (said["host"], said["version"], said["project"]) == ("after-effects", "27.0x1", None)
    write_shot(tmp_path)
    uxp.ask("importShot", {"folder": str(tmp_path)})
    uxp.save(tmp_path / "film ä.aep")
    assert uxp.ask("hostInfo")["project"] == str(tmp_path / "film ä.aep")
    assert uxp.eval("host.name") == "after-effects-uxp"


@pytest.mark.parametrize("name", ["ImportOptions", "KeyframeEase", "KeyframeInterpolationType"])
def test_a_module_without_a_class_says_which(tmp_path: Path, name: str) -> None:
    """The beta may lack some: nothing is guessed, and nothing of the shot stays."""
    write_shot(tmp_path)

    class Lacking(UxpAfterEffects):
        without = (name,)

    uxp = Lacking()
    with pytest.raises(HostRefusal) as refused:
        uxp.ask("importShot", {"folder": str(tmp_path)})
    assert refused.value.error["code"] == "uxp.missing"
    assert name in refused.value.error["message"]
    assert not uxp.project.compositions


def test_the_engine_is_uxps(tmp_path: Path) -> None:
    uxp = UxpAfterEffects()
    for name in ("app", "$", "File", "Folder", "CompItem", "alert"):
        assert uxp.eval(f"typeof globalThis[{name!r}]") == "undefined", name
    assert uxp.eval("typeof aftereffects.app") == "object"
    with pytest.raises(Exception, match="paths are strings"):
        uxp.eval("new aftereffects.ImportOptions({})")


MISTAKES = {
    "the host gets a proxy": ("extendscript.js", "(behind.get(value) ?? value)", "value"),
    "lists are not looked into": ("extendscript.js", "return value.map(inside);", "return value;"),
    "paths stay texts": ("extendscript.js", 'new Set(["file"])', "new Set([])"),
    "no file is a file": ("extendscript.js", "return value ? File.native(String(value)) : null;",
                          "return File.native(String(value ?? ''));"),
    "a path read as a URI": ("extendscript_files.js", 'const place = new this("");',
                             "const place = new this(path); return place;"),
    "percent signs lost": ("extendscript_files.js", "this.path = decoded(", "this.path = String("),
    "no footage is footage": ("extendscript.js", 'one.footageMissing === "boolean"',
                              'one.footageMissing === "string"'),
    "the project is a folder": ("extendscript.js", "typeof one.numItems", "typeof one.numThings"),
    "options without a file": ("extendscript.js", "new Class(...given)", "new Class()"),
    "no dates": ("extendscript_files.js", "this.stats?.mtime", "this.stats?.no"),
}  # fmt: skip
"""Planted one at a time in the layer between; the scenario has to find each."""


def scenario(uxp: UxpAfterEffects, folder: Path) -> list[Any]:
    """What comes of two imports of shots in a path that is hard to spell."""
    folder = folder / "100%25 ä"
    storyboard(folder, ["one", "two"])
    request = {"folder": str(folder)}
    found: list[Any] = [uxp.ask("hostInfo")["project"]]
    for _ in range(2):
        report = uxp.ask("importSequence", request, "() => {}")
        found.append([(one["state"], one.get("error")) for one in report["shots"]])
        found.append((report["sequence"], report["error"]))
        found.append(sorted((one.name, type(one).__name__) for one in uxp.item_list()))
    plane = next(iter((folder / "shots/one/layers").glob("*.png")))
    later = plane.stat().st_mtime + 60
    os.utime(plane, (later, later))
    edit(folder / "shots/one", shot_id="one")
    found.append(
        uxp.ask("importShot", {"folder": str(folder / "shots/one"), "storyboard": "Der Film"})
    )
    found.append([one.name for one in uxp.reloaded])
    return found


def test_the_scenario_of_the_mistakes(tmp_path: Path) -> None:
    found = scenario(UxpAfterEffects(), tmp_path)
    assert found[0] is None
    assert found[1] == [("created", None)] * 2
    assert found[2] == found[5] == ("Der Film", None)
    assert found[4] == [("unchanged", None)] * 2
    assert found[3] == found[6]
    assert found[7]["state"] == "updated"
    assert len(found[8]) == 1


@pytest.mark.parametrize("what", MISTAKES)
def test_a_mistake_is_found(tmp_path: Path, what: str) -> None:
    name, right, wrong = MISTAKES[what]
    copied = planted(tmp_path / "panel", f"hosts/uxp/{name}", right, wrong)

    class Mistaken(UxpAfterEffects):
        panel = copied

    good, bad = tmp_path / "good", tmp_path / "bad"
    wanted = scenario(UxpAfterEffects(), good)
    try:
        found = scenario(Mistaken(), bad)
    except (HostRefusal, AssertionError):
        return
    assert found != wanted, what


DOCUMENTED: dict[str, str] = {
    "Application": "version isoLanguage project preferences beginUndoGroup endUndoGroup "
    "beginSuppressDialogs endSuppressDialogs",
    "Preferences": "getPrefAsLong",
    "Project": "file rootFolder numItems item itemByID importFile renderQueue",
    "RenderQueue": "canQueueInAME items numItems item queueInAME",
    "RQItemCollection": "add",
    "RenderQueueItem": "comment render status outputModule remove",
    "OutputModule": "file templates applyTemplate",
    "FolderItem": "comment id items label name parentFolder numItems item remove",
    "CompItem": "comment duration frameRate height id label layers markerProperty motionBlur name "
    "numLayers parentFolder renderer renderers width layer remove",
    "FootageItem": "comment file footageMissing hasAudio duration id mainSource name parentFolder "
    "remove replace width height",
    "FileSource": "alphaMode hasAlpha reload",
    "SolidSource": "",
    "ItemCollection": "addComp addFolder",
    "ImportOptions": "file importAs sequence canImportAs",
    "LayerCollection": "add addCamera addNull",
    "AVLayer": "comment containingComp enabled guideLayer inPoint index label locked motionBlur "
    "name outPoint parent shy source startTime threeDLayer moveBefore moveToBeginning moveToEnd "
    "property replaceSource setParentWithJump width height",
    "CameraLayer": "autoOrient comment containingComp enabled inPoint index label locked name "
    "outPoint parent startTime moveBefore moveToBeginning property setParentWithJump",
    "PropertyGroup": "property addProperty name",
    "Property": "dimensionsSeparated expression expressionEnabled expressionError "
    "isSeparationLeader isSpatial matchName numKeys keyInInterpolationType keyInTemporalEase "
    "keyOutInterpolationType keyOutSpatialTangent keyOutTemporalEase keyTime keyValue "
    "nearestKeyIndex removeKey "
    "setInterpolationTypeAtKey setSpatialAutoBezierAtKey setSpatialContinuousAtKey "
    "setSpatialTangentsAtKey setTemporalEaseAtKey setValue setValueAtTime setValuesAtTimes "
    "valueAtTime name",
    "KeyframeEase": "influence speed",
    "MarkerValue": "comment duration label protectedRegion getParameters setParameters",
}
"""What the scripts may use: by class, from its page in Adobe's UXP reference (all since 27.0)."""


def test_the_scripts_use_nothing_that_uxp_does_not_document(tmp_path: Path) -> None:
    storyboard(tmp_path, ["one", "two"])
    write_shot(tmp_path / "shots/one", "rack_focus", "one")
    uxp = UxpAfterEffects()
    for _ in range(2):
        uxp.ask(
            "importSequence", {"folder": str(tmp_path), "handles": 4, "dissolve": 4}, "() => {}"
        )
        edit(
            tmp_path / "shots/one", markers=[{"frame": 2, "text": "Notes: a", "duration_frames": 0}]
        )
        uxp.project.compositions[0].layers[0].name = "mine"
    uxp.ask("hostInfo")
    uxp.ask("delivery.precompose", {"shot": "one", "storyboard": "Der Film"})
    uxp.ask("importSequence", {"folder": str(tmp_path), "handles": 4}, "() => {}")
    assert uxp.ask("delivery.outputModules")[0].startswith("H.264")
    films = {"storyboard": "Der Film", "template": "High Quality"}
    with pytest.raises(HostRefusal, match="folder cannot be made"):
        uxp.ask("delivery.queueInEncoder", films | {"folder": str(tmp_path / "films")})
    # No folder is made: the films lie right beside the project.
    uxp.save(tmp_path / "film.aep")
    assert uxp.ask("delivery.queueInEncoder", films)["folder"] == str(tmp_path)
    ((items, _),) = uxp.render_queue.sent
    assert [item.module.file.path for item in items] == [str(tmp_path / "Der Film.mov")]
    known = {kind: set(names.split()) for kind, names in DOCUMENTED.items()}
    unknown = {one for one in uxp.used if one[1] not in known.get(one[0], set())}
    # What the adapter looks at to tell classes apart is not there on the others.
    looks = {"numLayers", "numItems", "importFile", "footageMissing", "threeDLayer"}
    assert {one for one in unknown if one[1] not in looks} == set()
    assert len(uxp.used) > 80
