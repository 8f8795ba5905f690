"""One run through all that the script does, in a program that is set against it where it can be.

Localised, with layers at the current time, awkward paths, footage that changes its size: whatever
is wrong afterwards is returned in words.
"""

from __future__ import annotations

import json
import shutil
import wave
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import py_aep
from py_aep import AutoOrientType

from multiplane.contract.manifest import Comp, Manifest
from multiplane.contract.storyboard import CameraMove
from multiplane.stage.shot import overscan_for, stage_shot
from tests.deliver.quads import PICTURE, put, quad_shot
from tests.jsx.compare import faults, named
from tests.jsx.host.aftereffects import AfterEffects, ScriptError

COMP = Comp(width=320, height=180, fps=24, duration_frames=5)
FIRST = CameraMove.model_validate({"preset": "dolly_zoom", "ease": {"in": 0, "out": 80}})
SECOND = CameraMove(preset="static")
PLANES = 2
HANDLES = 2
TITLE = "Film"


@dataclass(frozen=True)
class Material:
    """Shots on disk: as first made, as made again, with a missing and with a broken file."""

    folder: Path
    first: Manifest
    second: Manifest


def make_material(folder: Path) -> Material:
    """Write the shots that the scenario imports."""
    home = folder / "50%25 ä"
    first = _shot(home / "first", FIRST)
    second = _shot(home / "second", SECOND, posts=2, crop=True)
    for name in ("missing", "broken", "other"):
        shutil.copytree(home / "first", home / name)
        document = json.loads((home / name / "manifest.json").read_text(encoding="utf-8"))
        (home / name / "manifest.json").write_text(json.dumps(document | {"shot_id": name}))
    with wave.open(str(home / "sound.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(4000))
    (home / "missing" / first.layers[1].file).unlink()
    (home / "broken" / first.layers[1].file).write_bytes(b"no picture")
    shot = {"id": "shot", "manifest": "first/manifest.json", "start_frame": 3, "duration_frames": 5}
    sequence = {
        "schema": "multiplane/sequence/1",
        "title": TITLE,
        "fps": 24,
        "size": [320, 180],
        "shots": [shot | {"status": "made"}],
    }
    (home / "sequence.json").write_text(json.dumps(sequence), encoding="utf-8")
    return Material(home, first, second)


def _shot(folder: Path, move: CameraMove, *, posts: int = 1, crop: bool = False) -> Manifest:
    shot = quad_shot("shot", move, COMP)
    layers, staged = shot.layers, shot.staged
    if crop:
        x, y, w, _ = layers[1].bbox
        smaller = replace(layers[1], rgba=layers[1].rgba[:40], bbox=(x, y, w, 40))
        layers = (layers[0], smaller, *layers[2:])
        staged = stage_shot(layers, PICTURE, COMP, move, overscan=overscan_for(move, COMP))
    shown = slice(1 + posts)
    staged = replace(staged, planes=staged.planes[shown])
    manifest = put(folder, replace(shot, layers=layers[shown], staged=staged))
    document = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    document["content_hash"] = folder.name
    (folder / "manifest.json").write_text(json.dumps(document), encoding="utf-8")
    return manifest


def findings(script: Path, material: Material, scratch: Path) -> Iterator[str]:
    """What the scenario finds wrong with the script, one by one, until it cannot go on."""
    try:
        found = False
        for fault in _faults(script, material, scratch):
            found = True
            yield fault
    except ScriptError as error:
        yield f"ScriptError: {error}"
    except Exception:
        # After a fault the project may lack what the next step asks for.
        if not found:
            raise


def _faults(script: Path, material: Material, scratch: Path) -> Iterator[str]:
    host = AfterEffects(
        localised=True,
        layers_at_current_time=True,
        still_seconds=3.0,
        new_renderer="ADBE Calder",
        line_end="\r",
        hidden_extensions=True,
    )
    host.load(script)
    yield from _leftovers(host, material)
    yield from _called(host, "importShot", _given(material, "first"), state="created")
    comp = host.project.compositions[0]
    if comp.renderer != "ADBE Advanced 3d":
        yield f"the renderer is {comp.renderer}, not Classic 3D's ADBE Advanced 3d"
    if any(item.name == "Solids" for item in host.item_list()):
        yield "the empty folder Solids was left"
    yield from faults(comp, material.first, handles=HANDLES)
    yield from _called(host, "importShot", _given(material, "first"), state="unchanged")
    yield from _called(
        host,
        "finishSequence",
        {
            "folder": str(material.folder),
            "storyboard": TITLE,
            "audio": [{"shot": "shot", "file": str(material.folder / "sound.wav")}],
        },
        state="created",
        silent=[],
    )
    yield from _master(host)
    comp.time = 0.125
    yield from _called(host, "importShot", _given(material, "second"), state="updated", kept=[])
    yield from faults(comp, material.second, handles=HANDLES)
    if sum(isinstance(one, py_aep.CompItem) for one in host.item_list()) != 2:
        yield "something is there twice"
    yield from _template(host, comp, scratch)
    yield from _one_node(script, material)
    yield from _another_project(script, material)


def _given(material: Material, name: str) -> dict[str, Any]:
    return {"folder": str(material.folder / name), "storyboard": TITLE, "handles": HANDLES}


def _called(host: AfterEffects, entry: str, given: dict[str, Any], **wanted: Any) -> Iterator[str]:
    answer = host.call(f"call.{entry}", given)
    if not answer["ok"]:
        yield f"{entry}: {answer['error']['message']}"
    else:
        for name, value in wanted.items():
            if answer["result"][name] != value:
                yield f"{entry}: {name} is {answer['result'][name]}, not {value}"


def _leftovers(host: AfterEffects, material: Material) -> Iterator[str]:
    """Imports that must fail say why, and leave nothing."""
    answer = host.call("call.importShot", _given(material, "missing"))
    if answer["ok"] or answer["error"]["code"] != "after_effects.file_missing":
        yield f"a missing file: {answer}"
    answer = host.call("call.importShot", _given(material, "broken"))
    if answer["ok"]:
        yield "a broken file passed"
    left = [item.name for item in host.item_list() if item.name != "Solids"]
    said = host.run("try { multiplane.failure('code', 'words').message } catch (e) { e.message }")
    if said != "words":
        yield f"a failure without details says {said}"
    if left:
        yield f"a failed import left {left}"


def _master(host: AfterEffects) -> Iterator[str]:
    master = next(
        composition for composition in host.project.compositions if composition.name == TITLE
    )
    layer, sound = master.layers
    if sound.source.name != "sound.wav":
        yield f"the sound is called {sound.source.name}"
    frames = [round(time * 24, 3) for time in (layer.start_time, layer.in_point, layer.out_point)]
    if frames != [3 - HANDLES, 3, 8]:
        yield f"the shot lies at {frames} in the film"


def _one_node(script: Path, material: Material) -> Iterator[str]:
    """A designer took a camera's second node away: it stays theirs, and the rest goes on."""
    host = AfterEffects()
    host.load(script)
    yield from _called(host, "importShot", _given(material, "first"), state="created")
    (comp,) = host.project.compositions
    camera = next(layer for layer in comp.layers if isinstance(layer, py_aep.CameraLayer))
    camera.auto_orient = AutoOrientType.NO_AUTO_ORIENT
    yield from _called(host, "importShot", _given(material, "second"), state="updated")
    if camera.auto_orient != AutoOrientType.NO_AUTO_ORIENT:
        yield "the camera has two nodes again"


def _another_project(script: Path, material: Material) -> Iterator[str]:
    """The script outlives its project: the next has as many items, and another shot."""
    host, other = AfterEffects(), AfterEffects()
    for one, name in ((host, "first"), (other, "other")):
        one.load(script)
        yield from _called(one, "importShot", _given(material, name), state="created")
    host.project = other.project
    yield from _called(host, "importShot", _given(material, "other"), state="unchanged")


def _template(host: AfterEffects, comp: Any, scratch: Path) -> Iterator[str]:
    host.save(scratch / "project.aep")
    given = {"shot": "shot", "storyboard": TITLE, "folder": str(scratch)}
    yield from _called(host, "exportTemplate", given, written=True)
    # A comp that has lost its sliders is refused before After Effects is asked.
    other = AfterEffects(project=py_aep.parse(scratch / "project.aep").project)
    other.load(host.script)
    other.saved_as = scratch / "project.aep"
    bare = next(
        composition for composition in other.project.compositions if composition.name == comp.name
    )
    bare.motion_graphics_controllers.clear()
    named(bare, "Camera Rig").remove()
    answer = other.call("call.exportTemplate", given)
    if answer["ok"] or answer["error"]["code"] != "after_effects.template_empty":
        yield f"a template without a controller: {answer}"
