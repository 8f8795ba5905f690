"""Keys for moves: eased from one value to another, or baked frame by frame where easing cannot."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.storyboard import CameraMove, MoveEase
from multiplane.stage.camera import rest_camera
from multiplane.stage.easing import LINEAR_INFLUENCE, MIN_INFLUENCE, Key, TemporalEase, evaluate
from multiplane.stage.path import KeyedCamera
from multiplane.stage.registry import SceneScale

Vector = tuple[float, float, float]

REST: Vector = (0.0, 0.0, 0.0)
HEADINGS = {"right": 0.0, "up": 90.0, "left": 180.0, "down": 270.0}
"""Degrees of the words for a direction in the frame."""


def travel(scene: SceneScale, move: CameraMove, start: Vector, end: Vector) -> KeyedCamera:
    """A straight move from rest + ``start`` to rest + ``end`` (px); the camera keeps its angle.

    With ``move.loop`` it comes back, and the frame after the last equals the first.
    """
    rest = resting(scene)
    position, aim = rest.position[0].value, rest.point_of_interest[0].value
    return KeyedCamera(
        eased(scene, move, moved(position, start), moved(position, end)),
        eased(scene, move, moved(aim, start), moved(aim, end)),
        rest.zoom,
    )


def resting(scene: SceneScale) -> KeyedCamera:
    """The camera that sees the picture as it was painted."""
    rest = rest_camera(scene.comp.width, scene.comp.height, scene.zoom)
    return KeyedCamera(
        (Key(0, rest.position),), (Key(0, rest.point_of_interest),), (Key(0, (scene.zoom,)),)
    )


def eased(
    scene: SceneScale,
    move: CameraMove,
    start: tuple[float, ...],
    end: tuple[float, ...],
    *,
    within: tuple[int, int] | None = None,
    ease: tuple[float, float] | None = None,
) -> tuple[Key, ...]:
    """Keys from ``start`` to ``end``, over the move's frames unless ``within`` names others.

    Eased as the move says unless ``ease`` (leaving, arriving: influence in percent, 0 linear).
    With ``move.loop`` they go back to ``start``.
    """
    first, last = within or span(scene, move)
    if start == end or first == last:
        return (Key(first, start),)
    leave, arrive = ease or (move.ease.in_, move.ease.out)
    fps = scene.comp.fps
    if not move.loop or last - first < 2:
        return _segment(Key(first, start), Key(last, end), fps, leave, arrive)
    middle = (first + last) // 2
    there = _segment(Key(first, start), Key(middle, end), fps, leave, arrive)
    back = _segment(Key(middle, end), Key(last, start), fps, arrive, leave)
    turn = Key(middle, end, there[1].ease_in, back[0].ease_out)
    return (there[0], turn, back[1])


def span(scene: SceneScale, move: CameraMove) -> tuple[int, int]:
    """First and last frame of the move. A shot of N frames ends at N - 1; a loop closes at N."""
    fps, frames = scene.comp.fps, scene.comp.duration_frames
    final = frames if move.loop else frames - 1
    first = min(round(move.start * fps), final)
    if move.duration is None:
        return first, final
    return first, min(max(first + round(move.duration * fps), first + 1), final)


def progress(scene: SceneScale, move: CameraMove) -> tuple[NDArray[np.int_], NDArray[np.float64]]:
    """All frames of the move, and how far it is at each: 0..1, eased as the move says."""
    first, last = span(scene, move)
    frames = np.arange(first, last + 1)
    keys = eased(scene, move, (0.0,), (1.0,))
    return frames, evaluate(keys, frames, scene.comp.fps, spatial=False)[:, 0]


def baked(
    scene: SceneScale, move: CameraMove, value: Callable[[float], tuple[float, ...]]
) -> tuple[Key, ...]:
    """A linear key at every frame of the move; ``value`` of how far the move is (0..1)."""
    frames, done = progress(scene, move)
    return tuple(Key(int(frame), value(float(at))) for frame, at in zip(frames, done, strict=True))


def moved(point: tuple[float, ...], by: Vector) -> Vector:
    """``point`` + ``by``."""
    return (point[0] + by[0], point[1] + by[1], point[2] + by[2])


def heading(move: CameraMove, usual: str) -> tuple[float, float]:
    """Unit vector (right, down) of the move's direction: a word of `HEADINGS`, or degrees."""
    given = usual if move.direction is None else move.direction
    degrees = HEADINGS[given] if isinstance(given, str) else given
    angle = math.radians(degrees % 360.0)
    return math.cos(angle), -math.sin(angle)


def own_ease(move: CameraMove, own: tuple[float, float]) -> tuple[float, float]:
    """``own`` (leaving, arriving: influence in percent), unless the move asks for another ease.

    A storyboard that was written out names the usual ease too, so the value counts, not whether
    it was given.
    """
    return own if move.ease == MoveEase() else (move.ease.in_, move.ease.out)


def signed(move: CameraMove, positive: str) -> float:
    """1 when the move goes in the direction ``positive`` or says none, else -1."""
    return 1.0 if move.direction in (None, positive) else -1.0


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
