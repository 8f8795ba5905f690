"""A comp of a project as a Lottie document: what the script wrote, nothing from the manifest.

Values are those that After Effects would show, expressions counted: one key a frame. Layers that
are not rendered (switched off, guides) are left out; parents stay parents, so the renderer puts
camera and rig together.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import py_aep

from multiplane.deliver.lottie.animation import CAMERA_LAYER, FORMAT_VERSION, IMAGE_LAYER
from multiplane.deliver.lottie.keyframes import Json, animated
from multiplane.stage.easing import Key
from tests.jsx.host.expressions import Evaluator

NULL_LAYER = 3
TRANSFORM = {
    "a": "ADBE Anchor Point",
    "p": "ADBE Position",
    "s": "ADBE Scale",
    "o": "ADBE Opacity",
    "or": "ADBE Orientation",
    "rx": "ADBE Rotate X",
    "ry": "ADBE Rotate Y",
    "rz": "ADBE Rotate Z",
}
"""Lottie's names of the transform; a two-node camera's anchor is its point of interest."""
ZOOM = ("ADBE Camera Options Group", "ADBE Camera Zoom")
OF_CAMERAS = ("a", "p", "or", "rx", "ry", "rz")


def write(path: Path, comp: Any) -> Path:
    """Write the comp as a Lottie file with its pictures inside."""
    path.write_text(json.dumps(document(comp)), encoding="utf-8")
    return path


def document(comp: Any) -> Json:
    """The Lottie document of a comp; times are frames."""
    frames = round(comp.duration * comp.frame_rate)
    shown = [layer for layer in comp.layers if _is_rendered(layer)]
    sources = {layer.source.id: layer.source for layer in shown if _has_picture(layer)}
    return {
        "v": FORMAT_VERSION,
        "ddd": 1,
        "fr": comp.frame_rate,
        "ip": 0,
        "op": frames,
        "w": comp.width,
        "h": comp.height,
        "assets": [_asset(source) for source in sources.values()],
        "layers": [_layer(layer, comp, frames) for layer in shown],
    }


def _is_rendered(layer: Any) -> bool:
    if isinstance(layer, py_aep.CameraLayer):
        return bool(layer.enabled)
    # A null shows nothing and carries its children all the same.
    return layer.null_layer or bool(layer.enabled and not layer.guide_layer)


def _has_picture(layer: Any) -> bool:
    return isinstance(layer, py_aep.AVLayer) and not layer.null_layer


def _layer(layer: Any, comp: Any, frames: int) -> Json:
    rate = comp.frame_rate
    is_camera = isinstance(layer, py_aep.CameraLayer)
    found: Json = {
        "ind": layer.id,
        "nm": layer.name,
        "ddd": int(is_camera or layer.three_d_layer),
        "ip": round(layer.in_point * rate, 6),
        "op": round(layer.out_point * rate, 6),
        "st": round(layer.start_time * rate, 6),
        "ks": {
            name: _property(layer, "ADBE Transform Group", own, rate=rate, frames=frames)
            for name, own in TRANSFORM.items()
            if not is_camera or name in OF_CAMERAS
        },
    }
    if layer.parent is not None:
        found["parent"] = layer.parent.id
    if is_camera:
        zoom = ("ADBE Camera Options Group", "ADBE Camera Zoom")
        return {
            **found,
            "ty": CAMERA_LAYER,
            "pe": _property(layer, *zoom, rate=rate, frames=frames),
        }
    if layer.null_layer:
        return {**found, "ty": NULL_LAYER}
    return {**found, "ty": IMAGE_LAYER, "refId": str(layer.source.id)}


def _property(layer: Any, group: str, name: str, *, rate: float, frames: int) -> Json:
    keys = list(_values(layer, layer[group][name], rate, frames))
    if all(key.value == keys[0].value for key in keys):
        keys = keys[:1]
    return animated(keys, rate, spatial=False)


def _values(layer: Any, found: Any, rate: float, frames: int) -> Iterator[Key]:
    evaluator = Evaluator()
    moves = found.keyframes or (found.expression and found.expression_enabled)
    for frame in range(frames if moves else 1):
        value = evaluator.evaluate(layer, found, frame / rate)
        yield Key(frame, tuple(value) if isinstance(value, list) else (float(value),))


def _asset(source: Any) -> Json:
    data = base64.b64encode(Path(source.file).read_bytes()).decode("ascii")
    return {
        "id": str(source.id),
        "w": source.width,
        "h": source.height,
        "u": "",
        "p": f"data:image/png;base64,{data}",
        "e": 1,
    }
