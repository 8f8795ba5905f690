"""Setting up one shot: planes from layers, a camera from a move, both proven to show no edge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from multiplane.contract.manifest import CameraEntry, Comp
from multiplane.contract.storyboard import CameraMove
from multiplane.stage.camera import default_zoom
from multiplane.stage.framing import fit_framing
from multiplane.stage.overscan import (
    TOLERANCE,
    Violation,
    largest_clean_amount,
    needed_overscan,
    violations,
    worst_of_each_side,
)
from multiplane.stage.path import CameraPath, KeyedCamera
from multiplane.stage.planes import DEPTH_RANGE_OF_ZOOM, Plane, StageLayer, place_planes
from multiplane.stage.registry import Preset, SceneScale, check_direction, preset_of

MAX_OVERSCAN = 2.0
"""Pictures are never asked to be painted wider than this."""


@dataclass(frozen=True)
class Staged:
    """A shot ready to film. ``planes`` back to front; lengths px."""

    comp: Comp
    planes: tuple[Plane, ...]
    camera: KeyedCamera
    zoom: float
    preset: str
    amount: float  # what was proven clean
    asked_amount: float  # what the move asked for, within the preset's bounds
    overscan: float
    lost_focus: tuple[str, ...] = ()  # names that the move focuses and no layer has
    layer_names: tuple[str, ...] = ()  # that it could focus, back to front
    changed: tuple[str, ...] = ()  # what else became different from what was asked, in sentences
    asked_edges: tuple[Violation, ...] = ()  # that the move as asked for would show

    @property
    def warnings(self) -> tuple[str, ...]:
        """Everything in which the camera is not as asked for, one sentence each."""
        said = list(self.changed)
        if self.amount < self.asked_amount * 0.999:
            said.append(
                f"The camera move was weakened to {self.amount:.2f} of {self.asked_amount:.2f}, "
                "so that no edge of the picture shows."
            )
        said += [
            f'The camera\'s focus is "{name}", and no layer has this name. '
            f"Layers: {', '.join(self.layer_names)}."
            for name in self.lost_focus
        ]
        return tuple(said)

    def path(self) -> CameraPath:
        """The cameras of all frames of the shot."""
        return self.camera.at(np.arange(self.comp.duration_frames), self.comp.fps)

    def entry(self) -> CameraEntry:
        """The manifest's camera."""
        return CameraEntry(
            zoom=self.zoom,
            preset=self.preset,
            amount=self.amount,
            keyframes=self.camera.keyframes(),
            rig=None if self.camera.rig is None else self.camera.rig.entry(),
        )


def scene_scale(comp: Comp) -> SceneScale:
    """The stand's measures for a comp: 50 mm camera, background three quarters of it away."""
    zoom = default_zoom(comp.width)
    return SceneScale(comp, zoom, DEPTH_RANGE_OF_ZOOM * zoom)


def overscan_for(move: CameraMove, comp: Comp, drawing: tuple[int, int] | None = None) -> float:
    """How much wider than the frame a picture must be painted for this move, 1..2.

    Enough for every plane between the comp plane and the background, so no layer that is cut
    off by the picture's edge will limit the move. ``drawing``: size px of a picture that is there
    already and covers the frame; it needs nothing on an axis on which it is long enough itself,
    or longer than any that would be painted. Raises InputError for an unknown preset.
    """
    covered = (1.0, 1.0)
    if drawing is not None:
        shape = (drawing[0] / comp.width, drawing[1] / comp.height)
        covered = (shape[0] / min(shape), shape[1] / min(shape))
    chosen, scene = _choose(move), scene_scale(comp)
    far, need = scene.depth_range, 1.0
    # How deep the subjects in focus will stand is not known before the picture is cut.
    for focus in ((0.0, far), (far, 0.0)) if move.focus else ((),):
        camera = chosen.build(replace(scene, focus=focus), move, chosen.amount(move))
        axes = needed_overscan(_film(camera, comp), (0.0, far), comp, scene.zoom)
        painted = [min(axis, MAX_OVERSCAN) for axis in axes]
        for wanted, has in zip(painted, covered, strict=True):
            need = max(need, wanted if wanted > has + TOLERANCE else 1.0)
    return need


def stage_shot(
    layers: Sequence[StageLayer],
    picture_size: tuple[int, int],
    comp: Comp,
    move: CameraMove,
    *,
    overscan: float = 1.0,
) -> Staged:
    """Planes and camera for a cut picture; the move is weakened until no frame shows an edge.

    ``layers`` back to front, their boxes in picture px. The picture covers the frame times
    ``overscan``, centred. Rectangles of a framing are moved inside instead; `Staged.warnings` says
    what became different. Raises InputError for an unknown preset or direction.
    """
    chosen, scene = _choose(move), scene_scale(comp)
    planes = place_planes(
        layers,
        picture_size,
        comp,
        zoom=scene.zoom,
        depth_range=scene.depth_range,
        overscan=overscan,
    )
    depths = {
        name.casefold(): plane.z
        for layer, plane in zip(layers, planes, strict=True)
        for name in (layer.id, layer.name)
    }
    wanted = [move.focus] if isinstance(move.focus, str) else move.focus or []
    focus = tuple(depths[name.casefold()] for name in wanted if name.casefold() in depths)
    scene = replace(scene, focus=focus, nearest=min((plane.z for plane in planes), default=0.0))
    asked = chosen.amount(move)
    as_asked = _film(chosen.build(scene, move, asked), comp)
    scene, changed = fit_framing(move, scene, planes)
    if move.amount > chosen.strongest > 0.0:
        most = f"{chosen.strongest:g}, and {move.amount:g} was asked for"
        changed += (f"The camera preset {chosen.name} goes up to an amount of {most}.",)
    amount = largest_clean_amount(
        lambda strength: _film(chosen.build(scene, move, strength), comp), planes, comp, asked
    )
    return Staged(
        comp=comp,
        planes=planes,
        camera=chosen.build(scene, move, amount),
        zoom=scene.zoom,
        preset=chosen.name,
        amount=amount,
        asked_amount=asked,
        overscan=overscan,
        layer_names=tuple(layer.name for layer in layers),
        lost_focus=tuple(name for name in wanted if name.casefold() not in depths),
        changed=changed,
        asked_edges=worst_of_each_side(violations(as_asked, planes, comp)),
    )


def _choose(move: CameraMove) -> Preset:
    chosen = preset_of(move)
    check_direction(chosen, move)
    return chosen


def _film(camera: KeyedCamera, comp: Comp) -> CameraPath:
    return camera.at(np.arange(comp.duration_frames), comp.fps)
