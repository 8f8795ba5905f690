"""The camera presets. Each turns (setting, move, amount) into as few keys as express the move."""

from __future__ import annotations

from multiplane.contract.storyboard import CameraMove
from multiplane.stage.camera import rest_camera
from multiplane.stage.easing import LINEAR_INFLUENCE, MIN_INFLUENCE, Key, TemporalEase
from multiplane.stage.path import KeyedCamera
from multiplane.stage.registry import Setting, preset

Offset = tuple[float, float, float]

PUSH_OF_DEPTH = 0.2
"""Dolly of amount 1, in units of the depth range."""
TRUCK_OF_DEPTH = 0.125
"""Sideways travel of amount 1 from end to end, in units of the depth range."""
REST: Offset = (0.0, 0.0, 0.0)


@preset("static", "The camera stands still.", aliases=("static_hold",))
def static(setting: Setting, move: CameraMove, amount: float) -> KeyedCamera:
    return travel(setting, move, REST, REST)


@preset(
    "push_in",
    "The camera moves towards the scene; what is near grows faster than what is far.",
    unit=f"a dolly of {PUSH_OF_DEPTH:g} of the depth range",
    strongest=3.0,
)
def push_in(setting: Setting, move: CameraMove, amount: float) -> KeyedCamera:
    reach = PUSH_OF_DEPTH * setting.depth_range * amount
    return travel(setting, move, REST, (0.0, 0.0, reach))


@preset(
    "truck_left",
    "The camera moves to the left, so the scene slides to the right, the near part most.",
    unit=f"{TRUCK_OF_DEPTH:g} of the depth range from end to end",
    strongest=3.0,
)
def truck_left(setting: Setting, move: CameraMove, amount: float) -> KeyedCamera:
    half = TRUCK_OF_DEPTH * setting.depth_range * amount / 2.0
    # Through the picture's own framing half way: that needs half the overscan.
    return travel(setting, move, (half, 0.0, 0.0), (-half, 0.0, 0.0))


@preset(
    "truck_right",
    "The camera moves to the right, so the scene slides to the left, the near part most.",
    unit=f"{TRUCK_OF_DEPTH:g} of the depth range from end to end",
    strongest=3.0,
)
def truck_right(setting: Setting, move: CameraMove, amount: float) -> KeyedCamera:
    half = TRUCK_OF_DEPTH * setting.depth_range * amount / 2.0
    return travel(setting, move, (-half, 0.0, 0.0), (half, 0.0, 0.0))


def travel(setting: Setting, move: CameraMove, start: Offset, end: Offset) -> KeyedCamera:
    """A straight move from rest + ``start`` to rest + ``end`` (px); the camera keeps its angle.

    With ``move.loop`` it comes back, and the frame after the last equals the first.
    """
    rest = rest_camera(setting.comp.width, setting.comp.height, setting.zoom)
    zoom = (Key(0, (setting.zoom,)),)
    position = eased(setting, move, _shift(rest.position, start), _shift(rest.position, end))
    aim = eased(
        setting, move, _shift(rest.point_of_interest, start), _shift(rest.point_of_interest, end)
    )
    return KeyedCamera(position, aim, zoom)


def eased(
    setting: Setting, move: CameraMove, start: tuple[float, ...], end: tuple[float, ...]
) -> tuple[Key, ...]:
    """Keys from ``start`` to ``end`` over the move's frames, eased as the move says."""
    first, last = span(setting, move)
    if start == end or first == last:
        return (Key(first, end if start == end else start),)
    leave, arrive = move.ease.in_, move.ease.out
    if not move.loop or last - first < 2:
        return _segment(Key(first, start), Key(last, end), setting.comp.fps, leave, arrive)
    middle = (first + last) // 2
    there = _segment(Key(first, start), Key(middle, end), setting.comp.fps, leave, arrive)
    back = _segment(Key(middle, end), Key(last, start), setting.comp.fps, arrive, leave)
    turn = Key(middle, end, there[1].ease_in, back[0].ease_out)
    return (there[0], turn, back[1])


def span(setting: Setting, move: CameraMove) -> tuple[int, int]:
    """First and last frame of the move. A shot of N frames ends at N - 1; a loop closes at N."""
    fps, frames = setting.comp.fps, setting.comp.duration_frames
    final = frames if move.loop else frames - 1
    first = min(round(move.start * fps), final)
    if move.duration is None:
        return first, final
    return first, min(max(first + round(move.duration * fps), first + 1), final)


def _segment(left: Key, right: Key, fps: float, leave: float, arrive: float) -> tuple[Key, Key]:
    """Two keys with their facing sides eased; influences in percent, 0 is linear."""
    if leave <= 0.0 and arrive <= 0.0:
        return left, right
    length = sum((b - a) ** 2 for a, b in zip(left.value, right.value, strict=True)) ** 0.5
    if len(left.value) == 1:
        length = right.value[0] - left.value[0]
    mean = length / ((right.frame - left.frame) / fps)
    return (
        Key(left.frame, left.value, ease_out=_ease(leave, mean)),
        Key(right.frame, right.value, ease_in=_ease(arrive, mean)),
    )


def _ease(influence: float, mean_speed: float) -> TemporalEase:
    # A linear side of an eased segment is written out: hosts ease both sides of a key or none.
    if influence <= 0.0:
        return TemporalEase(mean_speed, LINEAR_INFLUENCE)
    return TemporalEase(0.0, min(max(influence, MIN_INFLUENCE), 100.0))


def _shift(point: Offset, by: Offset) -> Offset:
    return (point[0] + by[0], point[1] + by[1], point[2] + by[2])
