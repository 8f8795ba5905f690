"""Animated properties of a Lottie document, from After Effects' keys.

A Lottie segment runs on a cubic Bezier from (0, 0) to (1, 1) over time and value, the same curve
that speed and influence describe (`stage.easing`), with inner points x1 = influence out / 100,
y1 = speed out * x1 * dt / dv, x2 = 1 - influence in / 100, y2 = 1 - speed in * (1 - x2) * dt / dv.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from multiplane.stage.easing import LINEAR_INFLUENCE, Key, TemporalEase, evaluate

Json = dict[str, object]


def constant(value: float | Sequence[float]) -> Json:
    """A property that does not change."""
    return {"a": 0, "k": value if isinstance(value, (int, float)) else list(value)}


def animated(keys: Sequence[Key], fps: float, *, spatial: bool) -> Json:
    """The property with these keys; time in frames. A single key is a constant.

    ``spatial``: eases run along the path, speeds are px of it per second. A segment that no
    Lottie curve can follow (it leaves a value and comes back to it) gets a linear key a frame.
    """
    if len(keys) == 1:
        value = keys[0].value
        return constant(value[0] if len(value) == 1 else value)
    written: list[Json] = []
    for left, right in pairwise(keys):
        if _bows(left, right):
            written += _baked(left, right, fps, spatial)
        else:
            written.append(_segment(left, right, fps))
    written.append({"t": keys[-1].frame, "s": list(keys[-1].value)})
    return {"a": 1, "k": written}


def _bows(left: Key, right: Key) -> bool:
    """Whether a segment between equal values has speed, so that it moves all the same."""
    if left.value != right.value:
        return False
    sides = (left.ease_out, right.ease_in)
    return any(side is not None and side.speed != 0.0 for side in sides)


def _baked(left: Key, right: Key, fps: float, spatial: bool) -> list[Json]:
    frames = np.arange(left.frame, right.frame)
    values = evaluate((left, right), frames, fps, spatial=spatial)
    return [
        {"t": int(frame), "s": value.tolist(), **_handles((0.0, 0.0), (1.0, 1.0), len(value))}
        for frame, value in zip(frames, values, strict=True)
    ]


def _segment(left: Key, right: Key, fps: float) -> Json:
    start: Json = {"t": left.frame, "s": list(left.value)}
    if left.ease_out is None and right.ease_in is None:
        return {**start, **_handles((0.0, 0.0), (1.0, 1.0), len(left.value))}
    length = math.dist(left.value, right.value)
    if len(left.value) == 1:
        length = right.value[0] - left.value[0]
    mean = length * fps / (right.frame - left.frame)
    leave = left.ease_out or TemporalEase(mean, LINEAR_INFLUENCE)
    arrive = right.ease_in or TemporalEase(mean, LINEAR_INFLUENCE)
    x1, x2 = leave.influence / 100.0, 1.0 - arrive.influence / 100.0
    y1 = 0.0 if mean == 0.0 else leave.speed * x1 / mean
    y2 = 1.0 if mean == 0.0 else 1.0 - arrive.speed * (1.0 - x2) / mean
    return {**start, **_handles((x1, y1), (x2, y2), len(left.value))}


def _handles(out: tuple[float, float], into: tuple[float, float], dimensions: int) -> Json:
    # One dimension has lists of one, a path one curve for all of it: the form of AE's exporter.
    if dimensions == 1:
        return {"o": {"x": [out[0]], "y": [out[1]]}, "i": {"x": [into[0]], "y": [into[1]]}}
    return {"o": {"x": out[0], "y": out[1]}, "i": {"x": into[0], "y": into[1]}}
