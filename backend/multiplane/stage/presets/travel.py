"""Presets that move the camera: dolly, truck, pedestal, crane and orbit."""

from __future__ import annotations

import math
from dataclasses import replace

from multiplane.contract.storyboard import CameraMove
from multiplane.stage.moves import REST, baked, eased, moved, resting, signed, travel
from multiplane.stage.path import KeyedCamera
from multiplane.stage.registry import SceneScale, preset
from multiplane.stage.rig import RigMove

PUSH_OF_DEPTH = 0.2
"""Dolly of amount 1, in units of the depth range."""
TRUCK_OF_DEPTH = 0.125
"""Sideways travel of amount 1 from end to end, in units of the depth range."""
PEDESTAL_OF_DEPTH = 0.07
"""Upward travel of amount 1 from end to end, in units of the depth range."""
CRANE_OF_DEPTH = 0.2
ORBIT_DEGREES = 6.0
"""Arc of amount 1 from end to end."""


@preset("static", "The camera stands still.", aliases=("static_hold",), takes=())
def static(scene: SceneScale, move: CameraMove, amount: float) -> KeyedCamera:
    return resting(scene)


@preset(
    "push_in",
    "The camera moves towards the scene; what is near grows faster than what is far.",
    unit=f"a dolly of {PUSH_OF_DEPTH:g} of the depth range",
    strongest=4.0,
)
def push_in(scene: SceneScale, move: CameraMove, amount: float) -> KeyedCamera:
    reach = PUSH_OF_DEPTH * scene.depth_range * amount
    return travel(scene, move, REST, (0.0, 0.0, reach))


@preset(
    "pull_out",
    "The camera moves back from the scene to the picture's own framing.",
    unit=f"a dolly of {PUSH_OF_DEPTH:g} of the depth range",
    strongest=4.0,
)
def pull_out(scene: SceneScale, move: CameraMove, amount: float) -> KeyedCamera:
    reach = PUSH_OF_DEPTH * scene.depth_range * amount
    return travel(scene, move, (0.0, 0.0, reach), REST)


@preset(
    "truck_left",
    "The camera moves to the left, so the scene slides to the right, the near part most.",
    unit=f"{TRUCK_OF_DEPTH:g} of the depth range from end to end",
    strongest=3.0,
)
def truck_left(scene: SceneScale, move: CameraMove, amount: float) -> KeyedCamera:
    half = TRUCK_OF_DEPTH * scene.depth_range * amount / 2.0
    return travel(scene, move, (half, 0.0, 0.0), (-half, 0.0, 0.0))


@preset(
    "truck_right",
    "The camera moves to the right, so the scene slides to the left, the near part most.",
    unit=f"{TRUCK_OF_DEPTH:g} of the depth range from end to end",
    strongest=3.0,
)
def truck_right(scene: SceneScale, move: CameraMove, amount: float) -> KeyedCamera:
    half = TRUCK_OF_DEPTH * scene.depth_range * amount / 2.0
    return travel(scene, move, (-half, 0.0, 0.0), (half, 0.0, 0.0))


@preset(
    "pedestal_up",
    "The camera rises without tilting, so the scene sinks, the near part most.",
    unit=f"{PEDESTAL_OF_DEPTH:g} of the depth range from end to end",
    strongest=4.0,
)
def pedestal_up(scene: SceneScale, move: CameraMove, amount: float) -> KeyedCamera:
    half = PEDESTAL_OF_DEPTH * scene.depth_range * amount / 2.0
    return travel(scene, move, (0.0, half, 0.0), (0.0, -half, 0.0))


@preset(
    "pedestal_down",
    "The camera sinks without tilting, so the scene rises, the near part most.",
    unit=f"{PEDESTAL_OF_DEPTH:g} of the depth range from end to end",
    strongest=4.0,
)
def pedestal_down(scene: SceneScale, move: CameraMove, amount: float) -> KeyedCamera:
    half = PEDESTAL_OF_DEPTH * scene.depth_range * amount / 2.0
    return travel(scene, move, (0.0, -half, 0.0), (0.0, half, 0.0))


@preset(
    "crane",
    "The camera rises (or sinks) and keeps looking at the subject in focus.",
    unit=f"{CRANE_OF_DEPTH:g} of the depth range from end to end",
    strongest=4.0,
    directions=("up", "down"),
    takes=("ease", "focus"),
)
def crane(scene: SceneScale, move: CameraMove, amount: float) -> KeyedCamera:
    half = signed(move, "up") * CRANE_OF_DEPTH * scene.depth_range * amount / 2.0
    rest = aimed(scene)
    place = rest.position[0].value
    return replace(
        rest,
        position=eased(
            scene, move, moved(place, (0.0, half, 0.0)), moved(place, (0.0, -half, 0.0))
        ),
    )


@preset(
    "orbit",
    "The camera goes round the subject in focus on an arc and keeps looking at it.",
    unit=f"{ORBIT_DEGREES:g} degrees from end to end",
    strongest=5.0,
    aliases=("arc",),
    directions=("right", "left"),
    takes=("ease", "focus"),
)
def orbit(scene: SceneScale, move: CameraMove, amount: float) -> KeyedCamera:
    rest = aimed(scene)
    pivot = rest.point_of_interest[0].value
    radius = scene.zoom + scene.pivot
    whole = signed(move, "right") * math.radians(ORBIT_DEGREES) * amount

    def at(done: float) -> tuple[float, ...]:
        angle = whole * (done - 0.5)
        return moved(pivot[:3], (radius * math.sin(angle), 0.0, -radius * math.cos(angle)))

    # An arc: After Effects' eases run along straight paths between keys. A null turns by two keys,
    # the other way: what is turned to the right about y goes to the left in front of the pivot.
    turn = tuple(-math.degrees(whole * (done - 0.5)) for done in (0.0, 1.0))
    rig = RigMove(
        pivot=moved(pivot, REST),
        keys={"position": rest.position, "point_of_interest": rest.point_of_interest},
        y_rotation=eased(scene, move, turn[:1], turn[1:]),
    )
    return replace(rest, position=baked(scene, move, at), rig=rig)


def aimed(scene: SceneScale) -> KeyedCamera:
    """The camera at rest, its point of interest as deep as the subject in focus."""
    rest = resting(scene)
    x, y, _ = rest.point_of_interest[0].value
    key = replace(rest.point_of_interest[0], value=(x, y, scene.pivot))
    return replace(rest, point_of_interest=(key,))
