"""A shot as CSS 3D: the numbers of its manifest, in the units that the page moves them in.

The page's lens has `perspective: zoom` about its middle. CSS's z points at the viewer, ours away,
so with F = diag(1, 1, -1) the world stands at T(W/2, H/2, zoom) (F A F) T(F(-C)) for a camera at
C with the axes A (`stage.camera`), and a plane's corner at F P. A point that is d before the
camera is then drawn zoom / d large, as `stage.camera.project` has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from multiplane.contract.manifest import Ease, Keyframe, LayerEntry, Manifest
from multiplane.deliver.fan import fan_view
from multiplane.stage.camera import Camera
from multiplane.stage.path import CameraPath, KeyedCamera, from_keyframes

_SEAM = 1e-3
"""Two cameras nearer than this, px, show the same picture."""
_EDGE_SIGMAS = 2.5
"""How far a blur reaches, in standard deviations."""


@dataclass(frozen=True)
class PlaneBox:
    """A plane in the page: its top left corner and its size, px of the comp's world."""

    x: float
    y: float
    z: float
    width: float
    height: float


@dataclass(frozen=True)
class Scene:
    """Everything that the page needs to set up one shot and to move it."""

    manifest: Manifest
    picture_size: tuple[int, int]  # px of the picture that the layers' boxes lie in
    boxes: tuple[PlaneBox, ...]  # back to front
    camera: KeyedCamera
    first: Camera  # at frame 0

    def numbers(self) -> dict[str, Any]:
        """What the page's script reads: keys as [frame, values, ease in, ease out]."""
        comp = self.manifest.comp
        return {
            "width": comp.width,
            "height": comp.height,
            "fps": comp.fps,
            "frames": comp.duration_frames,
            "period": self.period(),
            "zoom": self.manifest.camera.zoom,
            "keys": {
                name: [_key(key) for key in keys]
                for name, keys in self.manifest.camera.keyframes.items()
            },
            "planes": [[box.x, box.y, box.z] for box in self.boxes],
            "fan": self._fan(),
        }

    def period(self) -> int | None:
        """Frames after which a move that loops is where it began; None for any other."""
        comp = self.manifest.comp
        path = self.camera.at(np.arange(comp.duration_frames + 1), comp.fps)
        away = _away_from_first(path)
        if away.max() > _SEAM:
            for frame in (comp.duration_frames, comp.duration_frames - 1):
                if away[frame] < _SEAM:
                    return frame
        return None

    def margin(self, index: int) -> float:
        """How far the plane's content must go on past its edges for blurs of the lens, world px."""
        comp = self.manifest.comp
        path = self.camera.at(np.arange(comp.duration_frames), comp.fps)
        z = self.boxes[index].z
        widest = 0.0
        for camera in path:
            distance = z - camera.position[2]
            widest = max(widest, camera.blur(distance) / 4.0 * distance / camera.zoom)
        return widest * _EDGE_SIGMAS

    def _fan(self) -> dict[str, Any]:
        """The camera that sees the layers fanned out, and each plane's place and size there."""
        comp, size = self.manifest.comp, self.picture_size
        unit = comp.width / size[0]
        plate = (size[0] * unit, size[1] * unit)
        camera, depths = fan_view(len(self.boxes), plate, (comp.width, comp.height))
        middle = (comp.width / 2.0, comp.height / 2.0)
        planes = []
        for layer, box, z in zip(self.manifest.layers, self.boxes, depths, strict=True):
            x, y, wide, _ = layer.bbox
            planes.append(
                [
                    middle[0] + (x - size[0] / 2.0) * unit,
                    middle[1] + (y - size[1] / 2.0) * unit,
                    z,
                    wide * unit / box.width,
                ]
            )
        shift = np.array([*middle, 0.0])
        return {
            "position": list(map(float, np.array(camera.position) + shift)),
            "aim": list(map(float, np.array(camera.point_of_interest) + shift)),
            "zoom": camera.zoom,
            "planes": planes,
        }


def scene_of(manifest: Manifest, picture_size: tuple[int, int]) -> Scene:
    """The scene of a finished shot. Raises KeyError when its camera has no position."""
    camera = from_keyframes(manifest.camera.keyframes, manifest.camera.zoom)
    return Scene(
        manifest=manifest,
        picture_size=picture_size,
        boxes=tuple(_box(layer) for layer in manifest.layers),
        camera=camera,
        first=camera.at([0], manifest.comp.fps)[0],
    )


def world_transform(camera: Camera, width: float, height: float) -> str:
    """The CSS transform of the world for this camera; lengths in units of --u (one comp px)."""
    flip = np.array([1.0, 1.0, -1.0])
    turned = camera.axes() * flip[:, None] * flip[None, :]
    columns = [*(f"{n:.9g},{o:.9g},{p:.9g},0" for n, o, p in turned.T), "0,0,0,1"]
    x, y, z = camera.position
    return (
        f"{move(width / 2, height / 2, camera.zoom)} "
        f"matrix3d({','.join(columns)}) {move(-x, -y, z)}"
    )


def move(x: float, y: float, z: float) -> str:
    """translate3d by CSS lengths: comp px times --u."""
    return f"translate3d({','.join(length(value) for value in (x, y, z))})"


def length(px: float) -> str:
    """A CSS length of so many comp px."""
    return f"calc({px:.9g}*var(--u))"


def _box(layer: LayerEntry) -> PlaneBox:
    sx, sy = layer.scale[0] / 100.0, layer.scale[1] / 100.0
    return PlaneBox(
        x=layer.position[0] - layer.anchor[0] * sx,
        y=layer.position[1] - layer.anchor[1] * sy,
        z=layer.position[2],
        width=layer.bbox[2] * sx,
        height=layer.bbox[3] * sy,
    )


def _key(key: Keyframe) -> list[Any]:
    return [key.frame, key.value, _side(key.ease_in), _side(key.ease_out)]


def _side(ease: Ease | None) -> Sequence[float] | None:
    return None if ease is None else (ease.speed, ease.influence)


def _away_from_first(path: CameraPath) -> np.ndarray:
    """How far each camera's numbers are from the first one's: (N,) px (degrees for the roll)."""
    numbers = np.column_stack(
        [
            path.positions,
            path.points_of_interest,
            path.zooms,
            path.rolls,
            path.focus_distances,
            path.apertures,
        ]
    )
    return np.asarray(np.abs(numbers - numbers[0]).max(axis=1))
