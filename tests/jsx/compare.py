"""A comp in a project, held against the manifest it was made from: at every frame."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import py_aep
from numpy.typing import NDArray

from multiplane.contract.manifest import LayerEntry, Manifest
from multiplane.stage.camera import Camera, plane_homography
from multiplane.stage.easing import evaluate
from multiplane.stage.path import CameraPath, from_keyframes
from multiplane.stage.rig import rig_of
from tests.deliver.aep.read_back import keys_of
from tests.jsx.host.expressions import Evaluator, expression_error_of

TOLERANCE = 0.01
"""px."""
PATH_TOLERANCE = 0.02
"""px; py-aep goes along paths as it measured After Effects to do, a little off the exact curve."""
EDGE = 1e-4
CAMERA = {
    "positions": ("ADBE Transform Group", "ADBE Position"),
    "points_of_interest": ("ADBE Transform Group", "ADBE Anchor Point"),
    "rolls": ("ADBE Transform Group", "ADBE Rotate Z"),
    "zooms": ("ADBE Camera Options Group", "ADBE Camera Zoom"),
}
LENS = {
    "focus_distances": ("ADBE Camera Options Group", "ADBE Camera Focus Distance"),
    "apertures": ("ADBE Camera Options Group", "ADBE Camera Aperture"),
}
OVER = ("Camera", "Camera Rig", "Original picture", "Depth pass")
"""What stands over the planes, from the top."""
LABELS = {"background": 9, "character": 8, "prop": 14}


def found(layer: Any, group: str, name: str) -> Any:
    """A property by match names."""
    return layer[group][name]


def transform(layer: Any, name: str) -> Any:
    return found(layer, "ADBE Transform Group", name)


def bare(layer: Any) -> str:
    """A layer's name without the shot's before it."""
    shot = layer.containing_comp.name
    return str(layer.name).removeprefix(f"{shot} ")


def named(comp: Any, name: str) -> Any:
    """A layer by its name, with or without the shot's before it. Raises StopIteration."""
    return next(layer for layer in comp.layers if name in (layer.name, bare(layer)))


def tag_of(tagged: Any) -> dict[str, Any]:
    """The identity tag in a comment, after the words for people."""
    found: dict[str, Any] = json.loads(tagged.comment[tagged.comment.index("Multiplane {") + 11 :])
    return found


def slider(comp: Any, name: str) -> Any:
    """The value of a slider on the comp's Camera Rig."""
    rig = named(comp, "Camera Rig")
    effect = rig["ADBE Effect Parade"][name]
    return effect["ADBE Slider Control-0001"]


def film(comp: Any, handles: int = 0) -> dict[str, NDArray[np.float64]]:
    """What the comp's camera does at every frame, in the world, expressions and parent counted.

    Names as CameraPath has. A parent may be moved and turned about y: its own z and x turns would
    roll the camera, which is not looked at here.
    """
    camera = next(layer for layer in comp.layers if isinstance(layer, py_aep.CameraLayer))
    evaluator, rate = Evaluator(), comp.frame_rate
    times = [(frame + handles) / rate for frame in range(round(comp.duration * rate) - 2 * handles)]
    seen = {
        name: np.array([evaluator.evaluate(camera, found(camera, *where), time) for time in times])
        for name, where in {**CAMERA, **LENS}.items()
    }
    if camera.parent is not None:
        for number, time in enumerate(times):
            turn, anchor, position = _turned(camera.parent, evaluator, time)
            for name in ("positions", "points_of_interest"):
                seen[name][number] = turn @ (seen[name][number] - anchor) + position
    return seen


def dialled(manifest: Manifest, share: float) -> CameraPath:
    """The manifest's camera where ``share`` of its move is dialled.

    Of a turn the angle is dialled, of all else the way from rest.
    """
    comp, entry = manifest.comp, manifest.camera
    frames = np.arange(comp.duration_frames)
    path = from_keyframes(entry.keyframes, entry.zoom).at(frames, comp.fps)
    middle = np.array([comp.width / 2, comp.height / 2, 0.0])
    rest = middle - [0.0, 0.0, entry.zoom]
    positions = rest + (path.positions - rest) * share
    aims = middle + (path.points_of_interest - middle) * share
    turn = None if entry.rig is None else rig_of(entry.rig)
    if turn is not None and turn.y_rotation:
        keys = turn.y_rotation
        angles = np.radians(share * evaluate(keys, frames, comp.fps, spatial=False)[:, 0])
        distance = turn.pivot[2] - rest[2]
        aims = np.tile(turn.pivot, (len(frames), 1))
        aside = [-np.sin(angles), np.zeros(len(frames)), -np.cos(angles)]
        positions = aims + distance * np.column_stack(aside)
    return replace(
        path,
        positions=positions,
        points_of_interest=aims,
        zooms=entry.zoom + (path.zooms - entry.zoom) * share,
        rolls=path.rolls * share,
    )


def _turned(
    null: Any, evaluator: Evaluator, time: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """How a parent turns about y, its anchor and its position: put together here by hand."""

    def at(name: str) -> Any:
        return evaluator.evaluate(null, transform(null, name), time)

    assert at("ADBE Rotate X") == at("ADBE Rotate Z") == 0.0
    angle = np.radians(at("ADBE Rotate Y"))
    c, s = np.cos(angle), np.sin(angle)
    turn = np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])
    return turn, np.array(at("ADBE Anchor Point")), np.array(at("ADBE Position"))


def faults(comp: Any, manifest: Manifest, *, handles: int = 0) -> Iterator[str]:
    """Everything in which the comp is not what the manifest says, in words."""
    yield from _comp(comp, manifest, handles)
    yield from _stack(comp, manifest)
    by_name = {bare(layer): layer for layer in comp.layers}
    for entry in manifest.layers:
        if entry.name in by_name:
            yield from _plane(by_name[entry.name], entry, manifest, comp)
    if "Camera" in by_name:
        yield from _camera(by_name["Camera"], by_name.get("Camera Rig"))
        yield from _film(comp, manifest, handles)
    for layer in comp.layers:
        yield from _common(layer, comp)


def _comp(comp: Any, manifest: Manifest, handles: int) -> Iterator[str]:
    frames = manifest.comp.duration_frames + 2 * handles
    if (comp.width, comp.height) != (manifest.comp.width, manifest.comp.height):
        yield f"the comp is {comp.width} x {comp.height}"
    if abs(comp.duration * comp.frame_rate - frames) > 1e-3:
        yield f"the comp lasts {comp.duration * comp.frame_rate} frames, not {frames}"
    markers = comp.marker_property.keyframes if comp.marker_property else []
    wanted = {marker.frame + handles for marker in manifest.markers}
    if {round(key.time * comp.frame_rate) for key in markers} != wanted:
        yield "the markers are elsewhere"


def _stack(comp: Any, manifest: Manifest) -> Iterator[str]:
    names = [bare(layer) for layer in comp.layers]
    wanted = [*OVER, *(entry.name for entry in reversed(manifest.layers))]
    if names != wanted:
        yield f"the layers are {names}, not {wanted}"


def _common(layer: Any, comp: Any) -> Iterator[str]:
    if layer.start_time or abs(layer.in_point) > 1e-6:
        yield f"{layer.name} begins at {layer.start_time}, {layer.in_point} s"
    if abs(layer.out_point - comp.duration) > 1e-6:
        yield f"{layer.name} ends at {layer.out_point} of {comp.duration} s"
    if "Multiplane {" not in layer.comment:
        yield f"{layer.name} has no identity"
    is_over = bare(layer) in OVER
    if not isinstance(layer, py_aep.CameraLayer):
        if layer.motion_blur is is_over:
            yield f"{layer.name}: its motion blur switch is {layer.motion_blur}"
        if layer.shy is not is_over:
            yield f"{layer.name}: its shy switch is {layer.shy}"
    if bare(layer) in OVER[2:] and (layer.enabled or not layer.guide_layer):
        yield f"{layer.name} would be rendered"


def _plane(layer: Any, entry: LayerEntry, manifest: Manifest, comp: Any) -> Iterator[str]:
    evaluator = Evaluator()
    if not layer.three_d_layer:
        yield f"{entry.name} is not 3D"
    if int(layer.label) != LABELS[entry.kind]:
        yield f"{entry.name} has the label {layer.label}"
    if layer.source is None or layer.source.name != entry.name:
        yield f"{entry.name} shows {layer.source and layer.source.name}"
    wanted = {
        "ADBE Anchor Point": entry.anchor,
        "ADBE Position": entry.position,
        "ADBE Scale": entry.scale,
    }
    for time in (0.0, comp.duration):
        for name, values in wanted.items():
            got = evaluator.evaluate(layer, transform(layer, name), time)[: len(values)]
            if np.abs(np.subtract(got, values)).max() > TOLERANCE:
                yield f"{entry.name}: {name} is {got}, not {values}"
    yield from _expressed(layer, ("ADBE Position", "ADBE Scale"), "ADBE Transform Group")


def _expressed(layer: Any, names: tuple[str, ...], group: str) -> Iterator[str]:
    for name in names:
        one = found(layer, group, name)
        if not one.expression or not one.expression_enabled:
            yield f"{layer.name}: {name} has no expression that works"
        elif error := expression_error_of(layer, one):
            yield f"{layer.name}: {name}: {error}"


def _camera(camera: Any, rig: Any) -> Iterator[str]:
    if camera.auto_orient != py_aep.AutoOrientType.CAMERA_OR_POINT_OF_INTEREST:
        yield "the camera has one node"
    if rig is None or camera.parent is not rig:
        yield "the camera does not hang on the rig"
    if rig is not None:
        anchor, position = transform(rig, "ADBE Anchor Point"), transform(rig, "ADBE Position")
        if np.abs(np.subtract(anchor.value, position.value)).max() > EDGE:
            yield f"the rig moves what hangs on it: {anchor.value}, {position.value}"
    for group, name in CAMERA.values():
        yield from _expressed(camera, (name,), group)
        for key in found(camera, group, name).keyframes:
            if key.roving:
                yield f"a key of {name} roves"


def _film(comp: Any, manifest: Manifest, handles: int) -> Iterator[str]:
    keyed = from_keyframes(manifest.camera.keyframes, manifest.camera.zoom)
    frames = np.arange(manifest.comp.duration_frames)
    path, got = keyed.at(frames, manifest.comp.fps), film(comp, handles)
    names = list(CAMERA)
    lens = any(key.value != (0.0,) for key in keyed.aperture)
    if lens:
        names += LENS
    camera = next(layer for layer in comp.layers if isinstance(layer, py_aep.CameraLayer))
    field = found(camera, "ADBE Camera Options Group", "ADBE Camera Depth of Field")
    if bool(field.value) != lens:
        yield f"depth of field is {field.value}"
    for name in names:
        wanted = getattr(path, name)
        spatial = wanted.ndim > 1
        off = np.abs(got[name] - wanted).reshape(len(wanted), -1).max(axis=1)
        is_path = spatial and found(camera, *CAMERA[name]).keyframes
        if off.max() > (PATH_TOLERANCE if is_path else TOLERANCE):
            yield f"the camera's {name} are off by {off.max():.3f} at frame {off.argmax()}"
        keys = keys_of(found(camera, *{**CAMERA, **LENS}[name]).keyframes)
        if keys:
            read = evaluate(keys, frames + handles, comp.frame_rate, spatial=spatial)
            off = np.abs(read.reshape(wanted.shape) - wanted)
            if off.max() > TOLERANCE:
                yield f"the keys of the camera's {name} are off by {off.max():.3f}"
    yield from _seen(comp, manifest, got)


def _seen(comp: Any, manifest: Manifest, got: dict[str, NDArray[np.float64]]) -> Iterator[str]:
    """No layer behind the camera, and no edge of the background in the frame."""
    layers = {bare(layer): layer for layer in comp.layers}
    width, height = comp.width, comp.height
    corners = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]], float)
    for frame in range(len(got["zooms"])):
        camera = Camera(
            tuple(got["positions"][frame]),
            tuple(got["points_of_interest"][frame]),
            float(got["zooms"][frame]),
            roll=float(got["rolls"][frame]),
        )
        for number, entry in enumerate(manifest.layers):
            layer = layers.get(entry.name)
            if layer is None:
                continue
            x, y, z = transform(layer, "ADBE Position").value
            if z - camera.position[2] < 1.0:
                yield f"{entry.name} is behind the camera at frame {frame}"
                return
            if number == 0:
                a, b = transform(layer, "ADBE Anchor Point").value[:2]
                sx, sy = transform(layer, "ADBE Scale").value[:2]
                to_screen = plane_homography(camera, width, height, (x, y, z), (a, b), (sx, sy))
                own = corners @ np.linalg.inv(to_screen).T
                own = own[:, :2] / own[:, 2:]
                size = (layer.source.width, layer.source.height)
                if own.min() < -EDGE or (own > np.add(size, EDGE)).any():
                    yield f"the frame shows the background's edge at frame {frame}"
                    return
