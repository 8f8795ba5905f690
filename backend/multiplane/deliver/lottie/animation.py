"""A finished shot as a Lottie animation: pictures in 3D before a two-node camera.

Format: the Lottie specification (lottie-animation-community) and, for cameras (layer type 13,
``pe`` is the zoom, ``a`` the point of interest), what After Effects' exporter writes and Skottie
reads. It has no depth of field, so a focus pull stays sharp. Players without a camera show the
layers unmoved.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path

from multiplane.contract.errors import Failure
from multiplane.contract.manifest import LayerEntry, Manifest
from multiplane.contract.own_version import own_version
from multiplane.contract.regular_file import read_regular
from multiplane.deliver.folder import replacing_file
from multiplane.deliver.lottie.keyframes import Json, animated, constant
from multiplane.deliver.result_files import MAX_PICTURE_BYTES, open_png
from multiplane.stage.path import from_keyframes

FORMAT_VERSION = "5.7.0"
IMAGE_LAYER, CAMERA_LAYER = 2, 13


def write_lottie(path: Path, manifest: Manifest, folder: Path, *, embed: bool = True) -> None:
    """Write the shot that lies in ``folder`` as one JSON file.

    ``embed``: pictures are inside; else the file names them as the manifest does, and belongs
    into ``folder``. Raises Failure for a missing picture and for what the disk refuses.
    """
    document = lottie(manifest, folder, embed=embed)
    with replacing_file(path) as fresh:
        fresh.write_text(json.dumps(document, separators=(",", ":")), encoding="utf-8")


def lottie(manifest: Manifest, folder: Path, *, embed: bool = True) -> Json:
    """The document that `write_lottie` writes. Times are frames, lengths px of the comp."""
    frames = manifest.comp.duration_frames
    front_to_back = list(reversed(manifest.layers))
    layers = [_camera(manifest)]
    layers += [
        _picture(entry, number, frames) for number, entry in enumerate(front_to_back, start=2)
    ]
    return {
        "v": FORMAT_VERSION,
        "nm": manifest.shot_id,
        "ddd": 1,
        "fr": manifest.comp.fps,
        "ip": 0,
        "op": frames,
        "w": manifest.comp.width,
        "h": manifest.comp.height,
        "meta": {"g": f"Multiplane {own_version()}"},
        "assets": [_asset(entry, folder, embed) for entry in front_to_back],
        "layers": layers,
        "markers": [
            {"tm": marker.frame, "cm": marker.text, "dr": marker.duration_frames}
            for marker in manifest.markers
        ],
    }


def _camera(manifest: Manifest) -> Json:
    entry, fps = manifest.camera, manifest.comp.fps
    keyed = from_keyframes(entry.keyframes, entry.zoom)
    return {
        **_layer("Camera", CAMERA_LAYER, 1, manifest.comp.duration_frames),
        "pe": animated(keyed.zoom, fps, spatial=False),
        "ks": {
            "p": animated(keyed.position, fps, spatial=True),
            "a": animated(keyed.point_of_interest, fps, spatial=True),
            "rx": constant(0),
            "ry": constant(0),
            "rz": animated(keyed.roll, fps, spatial=False),
            "or": constant((0, 0, 0)),
        },
    }


def _picture(entry: LayerEntry, number: int, frames: int) -> Json:
    return {
        **_layer(entry.name, IMAGE_LAYER, number, frames),
        "refId": entry.id,
        "ks": {
            "a": constant((*entry.anchor, 0.0)),
            "p": constant(entry.position),
            "s": constant((*entry.scale, 100.0)),
            "o": constant(100),
            "rx": constant(0),
            "ry": constant(0),
            "rz": constant(0),
            "or": constant((0, 0, 0)),
        },
    }


def _layer(name: str, kind: int, number: int, frames: int) -> Json:
    timing: Json = {"ip": 0, "op": frames, "st": 0, "sr": 1}
    return {"ddd": 1, "ind": number, "ty": kind, "nm": name, "ao": 0, "bm": 0, **timing}


def _asset(entry: LayerEntry, folder: Path, embed: bool) -> Json:
    file = folder / entry.file
    try:
        # The header is enough for the size.
        with open_png(file) as picture:
            width, height = picture.size
        content = read_regular(file, MAX_PICTURE_BYTES) if embed else b""
    except FileNotFoundError as error:
        raise Failure(
            code="deliver.lottie.file_missing",
            message="A picture that the shot is made of is missing.",
            file=str(file),
            remedy="Make the shot again with: multiplane render",
        ) from error
    asset: Json = {"id": entry.id, "w": width, "h": height}
    if embed:
        data = "data:image/png;base64," + base64.b64encode(content).decode("ascii")
        return {**asset, "u": "", "p": data, "e": 1}
    # Not percent-encoded: some players take it as a file's name. Layers' files have safe names.
    parent, _, name = entry.file.rpartition("/")
    return {**asset, "u": f"{parent}/" if parent else "", "p": name, "e": 0}
