"""A finished shot back before the camera: from its manifest alone, without any pixel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from multiplane.contract.layer_kinds import LayerKind
from multiplane.contract.manifest import Comp, LayerEntry, Manifest
from multiplane.contract.storyboard import CameraMove
from multiplane.stage.path import camera_of
from multiplane.stage.planes import Plane, StageLayer, overscan_of
from multiplane.stage.shot import Staged, overscan_for, stage_shot

LARGEST_PIXEL = 1.25
"""A layer's pixel is shown at most so many comp px wide for the sake of a new move."""


@dataclass(frozen=True)
class Outline:
    """What staging needs to know of a layer (`planes.StageLayer`), as the manifest tells it."""

    id: str
    name: str
    kind: LayerKind
    bbox: tuple[int, int, int, int]
    nearness: float


def outlines(layers: Sequence[LayerEntry]) -> tuple[Outline, ...]:
    """The layers of a manifest, back to front."""
    return tuple(
        Outline(layer.id, layer.name, layer.kind, layer.bbox, layer.depth) for layer in layers
    )


def staged_of(manifest: Manifest, picture_size: tuple[int, int]) -> Staged:
    """The shot as its manifest has it; ``picture_size`` (width, height) px.

    Raises KeyError when the camera's keyframes are incomplete.
    """
    entry = manifest.camera
    planes = []
    for layer in manifest.layers:
        x, y, w, h = layer.bbox
        sx, sy = layer.scale[0] / 100.0, layer.scale[1] / 100.0
        left = layer.position[0] - sx * (layer.anchor[0] + x)
        top = layer.position[1] - sy * (layer.anchor[1] + y)
        planes.append(
            Plane(
                id=layer.id,
                nearness=layer.depth,
                size=(w, h),
                position=layer.position,
                anchor=layer.anchor,
                scale=layer.scale,
                picture=(left, top, left + sx * picture_size[0], top + sy * picture_size[1]),
                bleeds=(x <= 0, y <= 0, x + w >= picture_size[0], y + h >= picture_size[1]),
            )
        )
    return Staged(
        comp=manifest.comp,
        planes=tuple(planes),
        camera=camera_of(entry),
        zoom=entry.zoom,
        preset=entry.preset,
        amount=entry.amount,
        asked_amount=entry.amount,
        overscan=overscan_now(manifest, picture_size),
    )


def staged_before(
    manifest: Manifest, layers: Sequence[StageLayer], picture_size: tuple[int, int]
) -> Staged:
    """Other ``layers`` of the same picture before the camera that the finished shot has."""
    overscan = overscan_now(manifest, picture_size)
    still = CameraMove(preset="static")
    staged = stage_shot(layers, picture_size, manifest.comp, still, overscan=overscan)
    return replace(staged, camera=camera_of(manifest.camera))


def overscan_now(manifest: Manifest, picture_size: tuple[int, int]) -> float:
    """The overscan that a finished shot was set up with."""
    back = manifest.layers[0]
    return overscan_of(back.scale[0], back.z, picture_size, manifest.comp, manifest.camera.zoom)


def overscan_with(
    move: CameraMove, manifest: Manifest, picture_size: tuple[int, int], fixed: float | None = None
) -> float:
    """The overscan for a new move of a finished shot: what it needs, as far as the layers reach.

    ``fixed``: the storyboard's own, which counts instead of the need. Layers are enlarged to
    `LARGEST_PIXEL` at most, or as far as they are already. Where a drawing was made wider, its own
    part never becomes smaller than the frame.
    """
    now = overscan_now(manifest, picture_size)
    comp = manifest.comp
    reach = max(now, LARGEST_PIXEL * sharp_overscan(comp, picture_size))
    wanted = fixed or overscan_for(move, comp, drawing_of(manifest, picture_size))
    return min(max(wanted, now if manifest.drawing_area else 1.0), max(reach, 1.0))


def drawing_of(manifest: Manifest, picture_size: tuple[int, int]) -> tuple[int, int] | None:
    """Size px of the drawing that the shot was made from; None for a painted one."""
    if manifest.original_prompt is not None:
        return None
    area = manifest.drawing_area
    return picture_size if area is None else area[2:]


def sharp_overscan(comp: Comp, picture_size: tuple[int, int]) -> float:
    """The overscan at which a picture's pixel is a comp pixel; below 1 it never is."""
    return min(picture_size[0] / comp.width, picture_size[1] / comp.height)


def staged_anew(
    move: CameraMove,
    manifest: Manifest,
    picture_size: tuple[int, int],
    *,
    overscan: float,
    comp: Comp | None = None,
) -> Staged:
    """The finished shot with another move; ``comp``: of another size or rate, for a small film.

    Raises InputError as `stage.shot.stage_shot`.
    """
    layers = outlines(manifest.layers)
    return stage_shot(layers, picture_size, comp or manifest.comp, move, overscan=overscan)
