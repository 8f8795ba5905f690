"""Presets that breathe: drift and circle, which loop, and a hand that holds the camera."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.storyboard import CameraMove
from multiplane.stage.easing import Key
from multiplane.stage.moves import eased, heading, moved, resting, signed, span
from multiplane.stage.path import KeyedCamera
from multiplane.stage.presets.travel import aimed
from multiplane.stage.registry import SceneScale, preset
from multiplane.stage.rig import CHANNELS, RigMove, Sway, Waves

DRIFT_OF_DEPTH, CIRCLE_OF_DEPTH = 0.2, 0.09
"""Width of the way of amount 1, in units of the depth range."""
HAND_OF_WIDTH = 0.008
"""Sway of amount 1: standard deviation of the camera's place, in units of the comp's width."""
HAND_DEGREES = 0.25
"""Standard deviation of the roll of amount 1."""
HAND_BAND_HZ = (0.25, 3.0)
HAND_WAVES = 12


@preset(
    "parallax_drift",
    "The camera sways to the side and back round the subject in focus; loops without a seam.",
    unit=f"{DRIFT_OF_DEPTH:g} of the depth range from side to side",
    strongest=4.0,
    directions=("right", "left", "up", "down"),
    degrees=True,
    takes=("ease", "focus"),
    loops=True,
)
def parallax_drift(scene: SceneScale, move: CameraMove, amount: float) -> KeyedCamera:
    half = DRIFT_OF_DEPTH * scene.depth_range * amount / 2.0
    right, down = heading(move, "right")
    rest = aimed(scene)
    place = rest.position[0].value
    round_trip = move.model_copy(update={"loop": True})
    keys = eased(
        scene,
        round_trip,
        moved(place, (-half * right, -half * down, 0.0)),
        moved(place, (half * right, half * down, 0.0)),
    )
    return replace(rest, position=keys)


@preset(
    "parallax_circle",
    "The camera goes round in a small circle, looking at the subject in focus; loops without a "
    "seam.",
    unit=f"a circle {CIRCLE_OF_DEPTH:g} of the depth range across",
    strongest=4.0,
    directions=("clockwise", "counterclockwise"),
    takes=("focus",),
    loops=True,
)
def parallax_circle(scene: SceneScale, move: CameraMove, amount: float) -> KeyedCamera:
    radius = CIRCLE_OF_DEPTH * scene.depth_range * amount / 2.0
    rest = aimed(scene)
    place = rest.position[0].value
    first, last = span(scene, move.model_copy(update={"loop": True}))
    length, way = max(1, last - first), signed(move, "clockwise")
    keys = []
    for frame in range(first, last + 1):
        # Even speed, so that the loop has no place where it starts.
        angle = way * 2.0 * math.pi * (frame - first) / length
        offset = (radius * math.cos(angle), radius * math.sin(angle), 0.0)
        keys.append(Key(frame, moved(place, offset)))
    return replace(rest, position=tuple(keys))


@preset(
    "handheld",
    "A hand holds the camera: a slow, seeded sway and a breath of roll.",
    unit=f"a sway of {100 * HAND_OF_WIDTH:g} % of the width (standard deviation)",
    strongest=4.0,
    takes=("seed",),
)
def handheld(scene: SceneScale, move: CameraMove, amount: float) -> KeyedCamera:
    first, last = span(scene, move)
    frames = np.arange(first, last + 1)
    seconds = (frames - first) / scene.comp.fps
    length = (last - first) / scene.comp.fps if move.loop and last > first else None
    random = np.random.default_rng(move.seed or 0)
    sway = HAND_OF_WIDTH * scene.comp.width * amount
    # The hand's sway moves the whole camera; its tremble turns it a little on top.
    sizes = (sway, 0.7 * sway, 0.7 * sway, 0.4 * sway, 0.4 * sway, HAND_DEGREES * amount)
    waves = {
        channel: band_limited(random, HAND_BAND_HZ, period=length).scaled(size)
        for channel, size in zip(CHANNELS, sizes, strict=True)
    }
    x, y, z, look_x, look_y, tip = (waves[channel].at(seconds) for channel in CHANNELS)
    rest = resting(scene)
    place, aim = rest.position[0].value, rest.point_of_interest[0].value
    positions = np.stack([x, y, z], axis=1)
    looks = positions + np.stack([look_x, look_y, 0.0 * z], axis=1)
    time = (Key(first, (0.0,)), Key(last, (float(seconds[-1]),)))
    rig = RigMove(
        pivot=moved(aim, (0.0, 0.0, 0.0)),
        keys={
            "position": rest.position,
            "point_of_interest": rest.point_of_interest,
            "roll": rest.roll,
        },
        sway=Sway(time if last > first else time[:1], waves),
    )
    return replace(
        rest,
        position=_keys(frames, np.asarray(place) + positions),
        point_of_interest=_keys(frames, np.asarray(aim) + looks),
        roll=_keys(frames, tip[:, None]),
        rig=rig,
    )


def band_limited(
    random: np.random.Generator, band: tuple[float, float], *, period: float | None = None
) -> Waves:
    """Smooth noise of standard deviation about 1 with no frequency outside ``band`` (Hz).

    A sum of sines, the slow ones strongest (amplitude as 1 / frequency). With ``period`` (s) it
    repeats: frequencies are multiples of 1 / period, at least the first of them.
    """
    frequencies = np.geomspace(*band, HAND_WAVES) * random.uniform(0.9, 1.0, HAND_WAVES)
    if period is not None:
        frequencies = np.maximum(np.floor(frequencies * period), 1.0) / period
    weights = band[0] / frequencies
    weights *= math.sqrt(2.0 / float((weights**2).sum()))
    phases = random.uniform(0.0, 2.0 * math.pi, HAND_WAVES)
    table = np.column_stack([weights, frequencies, phases])
    return Waves(tuple((float(a), float(f), float(p)) for a, f, p in table))


def _keys(frames: NDArray[np.int_], values: NDArray[np.float64]) -> tuple[Key, ...]:
    return tuple(
        Key(int(frame), tuple(float(part) for part in value))
        for frame, value in zip(frames, values, strict=True)
    )
