"""A camera preset: up and down once, as on water."""

from __future__ import annotations

import math
from dataclasses import replace

from multiplane.contract.storyboard import CameraMove
from multiplane.stage.moves import baked, moved, resting
from multiplane.stage.path import KeyedCamera
from multiplane.stage.registry import Preset, SceneScale

HEIGHT_OF_DEPTH = 0.05


def sway(scene: SceneScale, move: CameraMove, amount: float) -> KeyedCamera:
    rest = resting(scene)
    height = HEIGHT_OF_DEPTH * scene.depth_range * amount

    def place(done: float) -> tuple[float, ...]:
        return moved(rest.position[0].value, (0.0, height * math.sin(2 * math.pi * done), 0.0))

    return replace(rest, position=baked(scene, move, place))


SWAY = Preset(
    "sway",
    "The camera rises and sinks once, as on water.",
    f"{HEIGHT_OF_DEPTH:g} of the depth range up and down",
    3.0,
    sway,
    aliases=("on_water",),
)
