"""A shot as CSS 3D: the numbers of its manifest, in the units that the page moves them in.

The page's lens has `perspective: zoom` about its middle. CSS's z points at the viewer, ours away,
so with F = diag(1, 1, -1) the world stands at T(W/2, H/2, zoom) (F A F) T(F(-C)) for a camera at
C with the axes A (`stage.camera`), and a plane's corner at F P. A point that is d before the
camera is then drawn zoom / d large, as `stage.camera.project` has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from multiplane.contract.manifest import FilmFinding, LayerEntry, Manifest
from multiplane.stage.camera import Camera
from multiplane.stage.path import from_keyframes

_LAYER_FIELDS = {"id", "kind", "bbox", "depth", "position", "anchor", "scale"}


_LABELS = {"edge": "Edge", "hole": "Hole", "bite": "Layer ends", "fringe": "Fringe"}


def found_in(manifest: Manifest) -> list[FilmFinding]:
    """What must not show in the film and does."""
    film = manifest.checks.film
    return [] if film is None else [one for one in film.found if one.action == "none"]


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
    """Everything that the page needs to set up one shot; the player moves it."""

    manifest: Manifest
    picture_size: tuple[int, int]  # px of the picture that the layers' boxes lie in
    boxes: tuple[PlaneBox, ...]  # back to front
    first: Camera  # at frame 0

    def numbers(self) -> dict[str, Any]:
        """What the page's player reads: parts of the manifest, and the size of its picture, px."""
        manifest, layers = self.manifest, []
        for layer in manifest.layers:
            layers.append(layer.model_dump(mode="json", include=_LAYER_FIELDS))
        return {
            "comp": manifest.comp.model_dump(mode="json"),
            "camera": manifest.camera.model_dump(mode="json", exclude_none=True),
            "layers": layers,
            "picture": list(self.picture_size),
            "found": [
                {"frame": one.frame, "label": _LABELS[one.kind], "places": one.places}
                for one in found_in(manifest)
            ],
        }


def scene_of(manifest: Manifest, picture_size: tuple[int, int]) -> Scene:
    """The scene of a finished shot. Raises KeyError when its camera has no position."""
    camera = from_keyframes(manifest.camera.keyframes, manifest.camera.zoom)
    return Scene(
        manifest=manifest,
        picture_size=picture_size,
        boxes=tuple(_box(layer) for layer in manifest.layers),
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
