"""Presets that turn the camera on the spot: pan, tilt, roll and whip pan."""

from __future__ import annotations

import math
from dataclasses import replace

from multiplane.contract.storyboard import CameraMove
from multiplane.stage.moves import eased, heading, moved, own_ease, resting, signed, span
from multiplane.stage.path import KeyedCamera
from multiplane.stage.registry import SceneScale, preset

PAN_DEGREES, TILT_DEGREES, ROLL_DEGREES, WHIP_DEGREES = 4.0, 2.5, 4.0, 9.0
"""Turns of amount 1 from end to end."""
WHIP_SECONDS = 0.3
WHIP_EASE = (60.0, 80.0)


@preset(
    "pan",
    "The camera turns to the side on the spot.",
    unit=f"{PAN_DEGREES:g} degrees from end to end",
    strongest=5.0,
    directions=("right", "left"),
    degrees=True,
)
def pan(scene: SceneScale, move: CameraMove, amount: float) -> KeyedCamera:
    return _turned(scene, move, _towards(scene, move, PAN_DEGREES * amount), None)


@preset(
    "tilt",
    "The camera turns up or down on the spot.",
    unit=f"{TILT_DEGREES:g} degrees from end to end",
    strongest=5.0,
    directions=("up", "down"),
)
def tilt(scene: SceneScale, move: CameraMove, amount: float) -> KeyedCamera:
    half = signed(move, "up") * _aside(scene, TILT_DEGREES * amount / 2.0)
    return _turned(scene, move, (0.0, -half), None)


@preset(
    "whip_pan",
    "The camera rests, swings to the side in a blink and rests again.",
    unit=f"{WHIP_DEGREES:g} degrees from end to end",
    strongest=3.0,
    directions=("right", "left"),
    degrees=True,
)
def whip_pan(scene: SceneScale, move: CameraMove, amount: float) -> KeyedCamera:
    half = _towards(scene, move, WHIP_DEGREES * amount)
    return _turned(scene, move, half, blink(scene, move, WHIP_SECONDS))


@preset(
    "roll",
    "The camera turns about its own axis, so the horizon tips.",
    unit=f"{ROLL_DEGREES:g} degrees from end to end",
    strongest=5.0,
    directions=("clockwise", "counterclockwise"),
)
def roll(scene: SceneScale, move: CameraMove, amount: float) -> KeyedCamera:
    half = signed(move, "clockwise") * ROLL_DEGREES * amount / 2.0
    return replace(resting(scene), roll=eased(scene, move, (-half,), (half,)))


def blink(scene: SceneScale, move: CameraMove, seconds: float) -> tuple[int, int]:
    """The frames in the middle of the move that last ``seconds``, or the whole of a short one.

    A looping move has them whole: it goes there and comes back within them.
    """
    first, last = span(scene, move)
    frames = max(1, round(seconds * scene.comp.fps)) * (2 if move.loop else 1)
    if last - first <= frames:
        return first, last
    start = first + (last - first - frames) // 2
    return start, start + frames


def _turned(
    scene: SceneScale,
    move: CameraMove,
    half: tuple[float, float],
    within: tuple[int, int] | None,
) -> KeyedCamera:
    """From -``half`` to ``half`` (px, where the camera looks on the comp plane)."""
    rest = resting(scene)
    aim = rest.point_of_interest[0].value
    return replace(
        rest,
        point_of_interest=eased(
            scene,
            move,
            moved(aim, (-half[0], -half[1], 0.0)),
            moved(aim, (half[0], half[1], 0.0)),
            within=within,
            ease=None if within is None else own_ease(move, WHIP_EASE),
        ),
    )


def _towards(scene: SceneScale, move: CameraMove, degrees: float) -> tuple[float, float]:
    """Where a camera looks on the comp plane half way of a turn of ``degrees``: right, down px."""
    right, down = heading(move, "right")
    far = _aside(scene, degrees / 2.0)
    return right * far, down * far


def _aside(scene: SceneScale, degrees: float) -> float:
    """How far from the centre of the comp plane a camera looks that is turned by ``degrees``."""
    return scene.zoom * math.tan(math.radians(degrees))
