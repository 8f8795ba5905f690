"""A storyboard: shot by shot, and the master comp of them all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.deliver.quads import MOVES, put, quad_shot
from tests.jsx.compare import faults, transform
from tests.jsx.conftest import COMP, SCRIPT, done, edit, failed, started
from tests.jsx.host.aftereffects import AfterEffects

FRAMES = COMP.duration_frames


def storyboard(folder: Path, names: list[str], **extra: Any) -> Path:
    """A rendered storyboard's output folder: shots with one plane, and sequence.json."""
    shots = []
    for number, name in enumerate(names):
        where = f"shots/{name}"
        shot = quad_shot(name, MOVES["push_in" if number % 2 else "static"], COMP)
        put(folder / where, shot)
        shots.append(_entry(name, number, f"{where}/manifest.json"))
    write_sequence(folder, shots, **extra)
    return folder


def _entry(name: str, number: int, manifest: str | None) -> dict[str, Any]:
    return {
        "id": name,
        "manifest": manifest,
        "start_frame": number * FRAMES,
        "duration_frames": FRAMES,
        "status": "made" if manifest else "failed",
    }


def write_sequence(folder: Path, shots: list[dict[str, Any]], **extra: Any) -> None:
    document = {
        "schema": "multiplane/sequence/1",
        "title": "Der Film",
        "fps": 24,
        "size": [COMP.width, COMP.height],
        "shots": shots,
    }
    (folder / "sequence.json").write_text(json.dumps(document | extra), encoding="utf-8")


def master_of(host: AfterEffects) -> Any:
    return next(comp for comp in host.project.compositions if comp.name == "Der Film")


def test_the_way_that_the_panel_goes(host: AfterEffects, tmp_path: Path) -> None:
    storyboard(tmp_path, ["one", "two", "three"])
    plan = done(host, "planSequence", folder=str(tmp_path))
    assert [(shot["id"], shot["known"]) for shot in plan["shots"]] == [
        ("one", False),
        ("two", False),
        ("three", False),
    ]
    for shot in plan["shots"]:
        done(host, "importShot", folder=shot["folder"], storyboard=plan["storyboard"])
    report = done(host, "finishSequence", folder=str(tmp_path))
    assert (report["state"], report["added"]) == ("created", ["one", "two", "three"])
    assert host.undo_names[-1] == "Multiplane: Der Film"
    assert all(shot["known"] for shot in done(host, "planSequence", folder=str(tmp_path))["shots"])
    project = host.save(tmp_path / "film.aep")
    master = next(comp for comp in project.compositions if comp.name == "Der Film")
    assert [layer.source.name for layer in master.layers] == ["three", "two", "one"]
    for number, layer in enumerate(reversed(master.layers)):
        span = [round(time * 24, 6) for time in (layer.in_point, layer.out_point)]
        assert span == [number * FRAMES, (number + 1) * FRAMES]
    assert round(master.duration * 24, 6) == 3 * FRAMES
    texts = {round(key.time * 24): key.value.comment for key in master.marker_property.keyframes}
    assert {frame: text.split("\n")[0] for frame, text in texts.items()} == {
        0: "one",
        FRAMES: "two",
        2 * FRAMES: "three",
    }
    assert "Halt! 戦士" in texts[0]


def test_the_master_comp_twice_and_after_a_change(host: AfterEffects, tmp_path: Path) -> None:
    storyboard(tmp_path, ["one", "two", "three"])
    done(host, "importSequence", folder=str(tmp_path))
    master = master_of(host)
    layers = [layer.id for layer in master.layers]
    again = done(host, "importSequence", folder=str(tmp_path))
    assert [shot["state"] for shot in again["shots"]] == ["unchanged"] * 3
    assert (again["master"]["added"], again["master"]["kept"]) == ([], [])
    assert [layer.id for layer in master.layers] == layers
    # "two" is longer now and moves what follows, but the designer's trim of "three" stays.
    three = master.layers[0]
    three.out_point = 2.5 * FRAMES / 24
    shots = [
        _entry("one", 0, "shots/one/manifest.json"),
        {**_entry("two", 2, "shots/two/manifest.json"), "start_frame": FRAMES + 3},
        {**_entry("three", 3, "shots/three/manifest.json")},
    ]
    write_sequence(tmp_path, shots)
    report = done(host, "finishSequence", folder=str(tmp_path))
    assert report["kept"] == [{"layer": "three", "what": "where it begins and ends"}]
    assert round(master.layers[1].in_point * 24) == FRAMES + 3
    assert round(three.out_point * 24, 3) == 2.5 * FRAMES
    # A shot that the storyboard has no more is switched off, not deleted.
    write_sequence(tmp_path, shots[:2])
    assert done(host, "finishSequence", folder=str(tmp_path))["retired"] == ["three"]
    assert not three.enabled


def test_a_film_of_another_size_and_rate(host: AfterEffects, tmp_path: Path) -> None:
    storyboard(tmp_path, ["one", "two"])
    done(host, "importSequence", folder=str(tmp_path))
    master = master_of(host)
    shots = json.loads((tmp_path / "sequence.json").read_text(encoding="utf-8"))["shots"]
    shots[1]["start_frame"] = 20
    write_sequence(tmp_path, shots, size=[640, 480], fps=25)
    report = done(host, "finishSequence", folder=str(tmp_path))
    assert report["kept"] == []
    assert (master.width, master.height, master.frame_rate) == (640, 480, 25)
    two = master.layers[0]
    assert two.in_point * 25 == pytest.approx(20)
    # In the middle, and as large as fits: 320 x 180 in 640 x 480.
    assert list(transform(two, "ADBE Position").value)[:2] == [320, 240]
    assert list(transform(two, "ADBE Scale").value)[:2] == [200, 200]
    # What a designer made of the film stays.
    master.width = 720
    two.label = 3
    transform(two, "ADBE Position").value = [100.0, 100.0, 0.0]
    write_sequence(tmp_path, shots, size=[1280, 720])
    for _ in range(2):
        kept = done(host, "finishSequence", folder=str(tmp_path))["kept"]
        assert {(one["layer"], one["what"]) for one in kept} == {
            ("Der Film", "the comp's size or rate"),
            ("two", "its label colour"),
            ("two", "its position"),
        }
        assert (master.width, master.height) == (720, 480)


@pytest.mark.parametrize(("handles", "dissolve"), [(4, 6), (2, 8), (4, 5), (0, 6), (3, 0)])
def test_dissolves_are_centred_on_the_cut(
    host: AfterEffects, tmp_path: Path, handles: int, dissolve: int
) -> None:
    storyboard(tmp_path, ["one", "two"])
    for name in ("one", "two"):
        done(
            host,
            "importShot",
            folder=str(tmp_path / "shots" / name),
            storyboard="Der Film",
            handles=handles,
        )
    done(host, "finishSequence", folder=str(tmp_path), dissolve=dissolve)
    two, one = master_of(host).layers
    into = min(dissolve // 2, handles)
    out = min(dissolve - into, handles, into + 1)
    frames = {
        layer.source.name: [
            round(t * 24) for t in (layer.start_time, layer.in_point, layer.out_point)
        ]
        for layer in (one, two)
    }
    if not into:
        out = 0
    assert frames["one"] == [-handles, 0, FRAMES + out]
    assert frames["two"] == [FRAMES - handles, FRAMES - into, 2 * FRAMES]
    opacity = transform(two, "ADBE Opacity")
    if into:
        assert [round(key.time * 24) for key in opacity.keyframes] == [FRAMES - into, FRAMES + out]
        assert [key.value for key in opacity.keyframes] == [0, 100]
    else:
        assert not opacity.keyframes
        assert opacity.value == 100


def with_a_fault(tmp_path: Path, count: int, faulty: int) -> None:
    """A storyboard of `count` shots, of which one lacks a picture."""
    storyboard(tmp_path, ["first"])
    manifest = json.loads((tmp_path / "shots/first/manifest.json").read_text(encoding="utf-8"))
    manifest["layers"] = manifest["layers"][:1]
    shots = []
    for number in range(count):
        name = f"shot-{number:03d}"
        folder = tmp_path / "shots" / name
        folder.mkdir()
        for file in (manifest["layers"][0]["file"], "picture.png"):
            (folder / file).parent.mkdir(exist_ok=True)
            (folder / file).symlink_to(tmp_path / "shots/first" / file)
        text = json.dumps(manifest | {"shot_id": name})
        (folder / "manifest.json").write_text(text, encoding="utf-8")
        shots.append(_entry(name, number, f"shots/{name}/manifest.json"))
    (tmp_path / f"shots/shot-{faulty:03d}" / manifest["layers"][0]["file"]).unlink()
    write_sequence(tmp_path, shots)


@pytest.mark.parametrize(
    ("count", "faulty"), [(12, 5), pytest.param(300, 150, marks=pytest.mark.slow)]
)
def test_one_bad_shot_does_not_stop_the_others(tmp_path: Path, count: int, faulty: int) -> None:
    with_a_fault(tmp_path, count, faulty)
    host = started()
    plan = done(host, "planSequence", folder=str(tmp_path))
    answers = {
        shot["id"]: host.call(
            "call.importShot", {"folder": shot["folder"], "storyboard": plan["storyboard"]}
        )
        for shot in plan["shots"]
    }
    bad = f"shot-{faulty:03d}"
    assert [name for name, answer in answers.items() if not answer["ok"]] == [bad]
    error = answers[bad]["error"]
    assert error["code"] == "after_effects.file_missing"
    assert f"{bad}/layers/00-ground.png" in error["file"]
    assert error["remedy"]
    report = done(host, "finishSequence", folder=str(tmp_path))
    assert report["missing"] == [bad]
    assert len(host.project.compositions) == count  # the master in place of the bad one
    assert len(master_of(host).layers) == count - 1
    assert len(host.undo_names) == count  # of the bad shot nothing was begun


def test_two_storyboards_may_name_their_shots_alike(host: AfterEffects, tmp_path: Path) -> None:
    for title in ("A", "B"):
        storyboard(tmp_path / title, ["one"], title=title)
        report = done(host, "importSequence", folder=str(tmp_path / title))
        assert report["shots"][0]["state"] == "created"
    manifest = edit(tmp_path / "A/shots/one")
    report = done(host, "importSequence", folder=str(tmp_path / "A"))
    assert report["shots"][0]["state"] == "updated"
    comps = [comp for comp in host.project.compositions if comp.name == "one"]
    assert len(comps) == 2
    assert all(list(faults(comp, manifest)) == [] for comp in comps)


def test_failed_shots_of_the_storyboard_are_passed_over(host: AfterEffects, tmp_path: Path) -> None:
    storyboard(tmp_path, ["one"])
    shots = [_entry("one", 0, "shots/one/manifest.json"), _entry("lost", 1, None)]
    write_sequence(tmp_path, shots)
    report = done(host, "importSequence", folder=str(tmp_path))
    assert [(shot["shot"], shot["state"]) for shot in report["shots"]] == [
        ("one", "created"),
        ("lost", "unmade"),
    ]
    assert report["master"]["missing"] == ["lost"]
    assert np.isclose(master_of(host).duration * 24, 2 * FRAMES)


def test_what_is_no_sequence(host: AfterEffects, tmp_path: Path) -> None:
    assert (
        failed(host, "planSequence", folder=str(tmp_path))["code"] == "after_effects.file_missing"
    )
    (tmp_path / "sequence.json").write_text("{", encoding="utf-8")
    assert failed(host, "planSequence", folder=str(tmp_path))["code"] == "after_effects.file_broken"
    (tmp_path / "sequence.json").write_text("{}", encoding="utf-8")
    assert failed(host, "planSequence", folder=str(tmp_path))["field"] == "schema"


def test_the_script_for_the_menu(tmp_path: Path) -> None:
    folder = tmp_path / "50%25 ä"
    storyboard(folder, ["one"])
    shots = [_entry("one", 0, "shots/one/manifest.json"), _entry("lost", 1, None)]
    write_sequence(folder, shots)
    host = AfterEffects()
    menu = SCRIPT.with_name("import_folder.jsx")
    host.load(menu)  # cancelled
    assert host.alerts == host.item_list() == []
    host.chosen = folder
    host.load(menu)
    assert host.alerts == [
        "1 shots new, 0 updated, 0 unchanged, 0 failed, 1 not made.\n\nlost: was not rendered"
    ]
    (folder / "sequence.json").unlink()
    host.load(menu)
    assert "sequence.json" in host.alerts[-1]
