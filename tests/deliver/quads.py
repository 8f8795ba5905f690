"""Shots of plain coloured quads: where each layer is can be measured in any renderer's pixels."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.layout import MANIFEST
from multiplane.contract.manifest import Comp, Manifest, Marker, ModelEntry
from multiplane.contract.storyboard import CameraMove
from multiplane.deliver.png import write_depth_png, write_png
from multiplane.deliver.shot import FinishedShot, manifest_of
from multiplane.layers.stack import Layer, recompose
from multiplane.stage import presets  # noqa: F401  (importing it registers the presets)
from multiplane.stage.camera import Camera, plane_homography
from multiplane.stage.planes import Plane
from multiplane.stage.registry import PRESETS
from multiplane.stage.shot import overscan_for, stage_shot

COMP = Comp(width=320, height=180, fps=24, duration_frames=25)
PICTURE = (400, 225)
GROUND = (20, 30, 40)
QUADS = (
    ("far post", (235, 45, 40), (40, 60, 70, 110), 0.35),
    ("middle post", (45, 200, 60), (165, 50, 60, 130), 0.7),
    ("near post", (70, 90, 240), (280, 40, 80, 120), 1.0),
)
"""Name, colour, box in the picture, nearness; back to front, none over another."""

MOVES: dict[str, CameraMove] = {
    **{name: CameraMove(preset=name, seed=5) for name in PRESETS},
    "linear": CameraMove.model_validate({"preset": "push_in", "ease": {"in": 0, "out": 0}}),
    "one side eased": CameraMove.model_validate(
        {"preset": "truck_left", "ease": {"in": 0, "out": 80}}
    ),
    "hard eased": CameraMove.model_validate({"preset": "orbit", "ease": {"in": 100, "out": 100}}),
    "loop": CameraMove.model_validate({"preset": "push_in", "loop": True}),
    "late and short": CameraMove.model_validate({"preset": "pan", "start": 0.25, "duration": 0.5}),
}
"""Every preset, and what else keys can look like."""


def quad_shot(id_: str, move: CameraMove, comp: Comp = COMP) -> FinishedShot:
    """Three quads on plain ground, sharp-edged and opaque, filmed by `move`."""
    layers = [_plain("ground", "ground", GROUND, (0, 0, *PICTURE), 0.0)]
    layers += [
        _plain(f"s{number}", name, colour, box, near)
        for number, (name, colour, box, near) in enumerate(QUADS)
    ]
    staged = stage_shot(layers, PICTURE, comp, move, overscan=overscan_for(move, comp))
    return FinishedShot(
        id=id_,
        prompt=None,
        model=ModelEntry(name="drawing"),
        picture=recompose(layers, PICTURE),
        nearness=np.zeros(PICTURE[::-1], np.float32),
        layers=tuple(layers),
        staged=staged,
        markers=(
            Marker(
                frame=0,
                text="Dialogue: Halt! 戦士",
                kind="dialogue",
                duration_frames=comp.duration_frames,
            ),
            Marker(frame=0, text="Action: they stop", kind="action"),
        ),
    )


def put(folder: Path, shot: FinishedShot) -> Manifest:
    """Write what a project or an animation needs of a shot: pictures and manifest."""
    manifest = manifest_of(shot, {"content_hash": "c0ffee"})
    folder.mkdir(parents=True, exist_ok=True)
    write_png(folder / manifest.files.picture, shot.picture, {})
    assert manifest.files.depth is not None
    write_depth_png(folder / manifest.files.depth, shot.nearness, {})
    for layer, entry in zip(shot.layers, manifest.layers, strict=True):
        (folder / entry.file).parent.mkdir(exist_ok=True)
        write_png(folder / entry.file, layer.rgba, {})
    (folder / MANIFEST).write_text(manifest.to_json(), encoding="utf-8")
    return manifest


def corners(plane: Plane, camera: Camera, comp: Comp) -> NDArray[np.float64]:
    """Where the camera sees the plane's four corners, px: (4, 2), clockwise from the top left."""
    to_screen = plane_homography(
        camera, comp.width, comp.height, plane.position, plane.anchor, plane.scale
    )
    w, h = plane.size
    seen = np.array([[0, 0, 1], [w, 0, 1], [w, h, 1], [0, h, 1]]) @ to_screen.T
    return np.asarray(seen[:, :2] / seen[:, 2:])


def _plain(
    id_: str,
    name: str,
    colour: tuple[int, int, int],
    box: tuple[int, int, int, int],
    near: float,
) -> Layer:
    rgba = np.full((box[3], box[2], 4), (*colour, 255), np.uint8)
    kind: Literal["background", "prop"] = "prop" if near > 0 else "background"
    return Layer(id_, name, kind, rgba, box, name, (), near, 1.0)
