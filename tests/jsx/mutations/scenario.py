"""One run through all that the script does, in a program that is set against it where it can be.

Localised, with layers at the current time, awkward paths, footage that changes its size: whatever
is wrong afterwards is returned in words.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import py_aep

from multiplane.contract.manifest import Comp, Manifest
from multiplane.contract.storyboard import CameraMove
from tests.deliver.quads import put, quad_shot
from tests.jsx.compare import faults
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
    for name in ("missing", "broken"):
        shutil.copytree(home / "first", home / name)
        document = json.loads((home / name / "manifest.json").read_text(encoding="utf-8"))
        (home / name / "manifest.json").write_text(json.dumps(document | {"shot_id": name}))
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
    layers, planes = shot.layers[: 1 + posts], shot.staged.planes[: 1 + posts]
    if crop:
        x, y, w, _ = layers[1].bbox
        smaller = replace(layers[1], rgba=layers[1].rgba[:40], bbox=(x, y, w, 40))
        layers = (layers[0], smaller, *layers[2:])
    manifest = put(folder, replace(shot, layers=layers, staged=replace(shot.staged, planes=planes)))
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
    host = AfterEffects(localised=True, layers_at_current_time=True, still_seconds=3.0)
    host.load(script)
    yield from _leftovers(host, material)
    yield from _called(host, "importShot", _given(material, "first"), state="created")
    comp = host.project.compositions[0]
    yield from faults(comp, material.first, handles=HANDLES)
    yield from _called(host, "importShot", _given(material, "first"), state="unchanged")
    yield from _called(
        host,
        "finishSequence",
        {"folder": str(material.folder), "storyboard": TITLE},
        state="created",
    )
    yield from _master(host)
    comp.time = 0.125
    yield from _called(host, "importShot", _given(material, "second"), state="updated", kept=[])
    yield from faults(comp, material.second, handles=HANDLES)
    if sum(isinstance(one, py_aep.CompItem) for one in host.item_list()) != 2:
        yield "something is there twice"
    yield from _template(host, comp, scratch)


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
    if left:
        yield f"a failed import left {left}"


def _master(host: AfterEffects) -> Iterator[str]:
    (layer,) = next(one for one in host.project.compositions if one.name == TITLE).layers
    frames = [round(time * 24, 3) for time in (layer.start_time, layer.in_point, layer.out_point)]
    if frames != [3 - HANDLES, 3, 8]:
        yield f"the shot lies at {frames} in the film"


def _template(host: AfterEffects, comp: Any, scratch: Path) -> Iterator[str]:
    host.save(scratch / "project.aep")
    given = {"shot": "shot", "storyboard": TITLE, "folder": str(scratch)}
    yield from _called(host, "exportTemplate", given, written=True)
    # A comp that has lost its sliders is refused before After Effects is asked.
    other = AfterEffects(project=py_aep.parse(scratch / "project.aep").project)
    other.load(host.script)
    other.saved_as = scratch / "project.aep"
    bare = next(one for one in other.project.compositions if one.name == comp.name)
    bare.motion_graphics_controllers.clear()
    next(one for one in bare.layers if one.name == "Camera Rig").remove()
    answer = other.call("call.exportTemplate", given)
    if answer["ok"] or answer["error"]["code"] != "after_effects.template_empty":
        yield f"a template without a controller: {answer}"
