"""The camera of a shot's comp, and the null that it hangs on."""

from __future__ import annotations

from fractions import Fraction

from py_aep import AutoOrientType, AVLayer, CameraLayer, CompItem, Label

from multiplane.contract.manifest import Manifest
from multiplane.deliver.aep import labels
from multiplane.deliver.aep.properties import (
    ANCHOR,
    CAMERA_OPTIONS,
    POSITION,
    ROLL,
    TRANSFORM,
    find,
    set_keys,
)
from multiplane.deliver.aep.wording import layer_name
from multiplane.stage.path import from_keyframes

CAMERA_NAME, RIG_NAME = "Camera", "Camera Rig"


def add_rig(comp: CompItem, shot_id: str) -> AVLayer:
    """A 3D null in the middle of the comp plane, for the camera to hang on.

    Its anchor lies where its position does, so it changes nothing until somebody moves it, and
    turns about the middle of the picture.
    """
    rig = comp.add_null()
    assert rig.source is not None
    rig.source.name = labels.item_name(f"{RIG_NAME} {shot_id}")
    rig.name = layer_name(shot_id, RIG_NAME)
    rig.shy = True
    rig.three_d_layer = True
    rig.label = Label(labels.RIG)
    rig.comment = labels.tag(shot=shot_id, layer="camera-rig")
    middle = [comp.width / 2.0, comp.height / 2.0, 0.0]
    find(rig, TRANSFORM, ANCHOR).value = middle
    find(rig, TRANSFORM, POSITION).value = middle
    return rig


def add_camera(comp: CompItem, manifest: Manifest, rate: Fraction, rig: AVLayer) -> CameraLayer:
    """A two-node camera with the manifest's keys.

    Depth of field is on only where the move keys the aperture; else it is set up (in focus: the
    comp plane) and off.
    """
    entry = manifest.camera
    keyed = from_keyframes(entry.keyframes, entry.zoom)
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
    for name, keys in options.items():
        if any(key.value != (0.0,) for key in keys):
            set_keys(find(camera, CAMERA_OPTIONS, name), keys, rate)
    if "focus_distance" not in entry.keyframes:
        find(camera, CAMERA_OPTIONS, "ADBE Camera Focus Distance").value = entry.zoom
    lens = any(key.value != (0.0,) for key in keyed.aperture)
    find(camera, CAMERA_OPTIONS, "ADBE Camera Depth of Field").value = 1.0 if lens else 0.0
    return camera
