"""The camera of a shot's comp, and the rig that it hangs on."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any, cast

from py_aep import AutoOrientType, AVLayer, CameraLayer, CompItem, Label, Property, PropertyGroup

from multiplane.contract.manifest import Manifest
from multiplane.deliver.aep import labels
from multiplane.deliver.aep.expressions import Expressions
from multiplane.deliver.aep.properties import (
    ANCHOR,
    CAMERA_OPTIONS,
    POSITION,
    ROLL,
    TRANSFORM,
    Y_ROTATION,
    find,
    set_keys,
)
from multiplane.deliver.aep.wording import layer_name
from multiplane.stage.path import KeyedCamera, camera_of
from multiplane.stage.rig import RigMove

CAMERA_NAME, RIG_NAME = "Camera", "Camera Rig"
EFFECTS, SLIDER, SLIDER_VALUE = (
    "ADBE Effect Parade",
    "ADBE Slider Control",
    "ADBE Slider Control-0001",
)
NEUTRAL = {"Move Amount": 100.0, "Parallax": 100.0, "Handheld Amount": 0.0, "Focus": 0.0}
"""With these the camera does exactly what the manifest says; a shot that is held by a hand has
Handheld Amount 100."""


def add_rig(comp: CompItem, manifest: Manifest, rate: Fraction) -> AVLayer:
    """A 3D null where the move turns, or in the middle of the comp plane, and its sliders.

    Its anchor lies where its position does, so it changes nothing unless it turns.
    """
    rig = comp.add_null()
    assert rig.source is not None
    rig.source.name = labels.item_name(f"{RIG_NAME} {manifest.shot_id}")
    rig.name = layer_name(manifest.shot_id, RIG_NAME)
    rig.shy = True
    rig.three_d_layer = True
    rig.label = Label(labels.RIG)
    rig.comment = labels.tag(shot=manifest.shot_id, layer="camera-rig")
    move = camera_of(manifest.camera).rig
    pivot = (comp.width / 2.0, comp.height / 2.0, 0.0) if move is None else move.pivot
    find(rig, TRANSFORM, ANCHOR).value = list(pivot)
    find(rig, TRANSFORM, POSITION).value = list(pivot)
    sway = None if move is None else move.sway
    hand = {"Handheld Amount": 100.0} if sway else {}
    for name, neutral in {**NEUTRAL, **hand}.items():
        _add_slider(rig, name).value = neutral
    if sway is not None:
        set_keys(_add_slider(rig, "Handheld Time"), sway.time, rate)
    if move is not None and move.y_rotation:
        set_keys(find(rig, TRANSFORM, Y_ROTATION), move.y_rotation, rate)
    return rig


def express_rig(rig: AVLayer, say: Expressions) -> None:
    """Give the rig its expressions."""
    find(rig, TRANSFORM, POSITION).expression = say.rig_position()
    if turn := say.rig_turn():
        find(rig, TRANSFORM, Y_ROTATION).expression = turn


def add_camera(comp: CompItem, manifest: Manifest, rate: Fraction, rig: AVLayer) -> CameraLayer:
    """A two-node camera with the manifest's keys: those under the rig where that has the move.

    Depth of field is on only where the move keys the aperture; else it is set up (in focus: the
    comp plane) and off.
    """
    entry = manifest.camera
    keyed = camera_of(entry)
    if keyed.rig is not None:
        keyed = _under(keyed, keyed.rig)
    name = layer_name(manifest.shot_id, CAMERA_NAME)
    camera = comp.add_camera(name, [comp.width / 2.0, comp.height / 2.0])
    # py-aep's new cameras have one node; After Effects' look at their point of interest.
    camera.auto_orient = AutoOrientType.CAMERA_OR_POINT_OF_INTEREST
    camera.label = Label(labels.CAMERA)
    camera.comment = labels.tag(shot=manifest.shot_id, layer="camera", preset=entry.preset)
    # Parented first, and without compensation: the values that follow are the null's children's.
    camera.set_parent_with_jump(rig)
    set_keys(find(camera, TRANSFORM, ANCHOR), keyed.point_of_interest, rate)
    set_keys(find(camera, TRANSFORM, POSITION), keyed.position, rate)
    set_keys(find(camera, TRANSFORM, ROLL), keyed.roll, rate)
    options = {
        "ADBE Camera Zoom": keyed.zoom,
        "ADBE Camera Focus Distance": keyed.focus_distance,
        "ADBE Camera Aperture": keyed.aperture,
    }
    for option, keys in options.items():
        if any(key.value != (0.0,) for key in keys):
            set_keys(find(camera, CAMERA_OPTIONS, option), keys, rate)
    if "focus_distance" not in entry.keyframes:
        find(camera, CAMERA_OPTIONS, "ADBE Camera Focus Distance").value = entry.zoom
    lens = any(key.value != (0.0,) for key in keyed.aperture)
    find(camera, CAMERA_OPTIONS, "ADBE Camera Depth of Field").value = 1.0 if lens else 0.0
    return camera


def express_camera(camera: CameraLayer, say: Expressions) -> None:
    """Give the camera the expressions by which the rig's sliders dial it."""
    texts = {
        (TRANSFORM, POSITION): say.camera_position(),
        (TRANSFORM, ANCHOR): say.point_of_interest(),
        (TRANSFORM, ROLL): say.roll(),
        (CAMERA_OPTIONS, "ADBE Camera Zoom"): say.zoom(),
        (CAMERA_OPTIONS, "ADBE Camera Focus Distance"): say.focus_distance(),
    }
    for place, text in texts.items():
        find(camera, *place).expression = text


def _under(camera: KeyedCamera, move: RigMove) -> KeyedCamera:
    """The camera as it is keyed under the rig."""
    return replace(camera, **cast(dict[str, Any], move.keys))


def _add_slider(rig: AVLayer, name: str) -> Property:
    effect = cast(PropertyGroup, cast(PropertyGroup, rig[EFFECTS]).add_property(SLIDER))
    effect.name = name
    return cast(Property, effect[SLIDER_VALUE])
