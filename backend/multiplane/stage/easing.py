"""Keyframe interpolation as After Effects does it: cubic Beziers set by speed and influence.

Between two keys dt seconds and dv units apart, the value-over-time curve is the cubic Bezier with
the inner control points (infOut dt, v0 + speedOut infOut dt) and ((1 - infIn) dt,
v1 - speedIn infIn dt). A spatial value (position) is eased along its path: v is the length
travelled in px, and the speeds are px per second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from multiplane.contract.manifest import Ease, Keyframe

EASY_EASE_INFLUENCE = 100.0 / 3.0
"""Influence, percent, of After Effects' Easy Ease (its speed is 0)."""
LINEAR_INFLUENCE = 100.0 / 6.0
"""Influence, percent, that After Effects reports for a linear key (its speed is the mean speed)."""
MIN_INFLUENCE, MAX_INFLUENCE = 0.1, 100.0
"""The bounds of After Effects' KeyframeEase, percent."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TemporalEase:
    """One side of a key. ``speed`` in units per second, ``influence`` in percent, 0.1..100."""

    speed: float = 0.0
    influence: float = EASY_EASE_INFLUENCE

    def __post_init__(self) -> None:
        if not MIN_INFLUENCE <= self.influence <= MAX_INFLUENCE:
            raise ValueError(f"influence must be 0.1..100 percent, not {self.influence}")


@dataclass(frozen=True)
class Key:
    """A value at a frame. A side without an ease is linear."""

    frame: int
    value: tuple[float, ...]
    ease_in: TemporalEase | None = None
    ease_out: TemporalEase | None = None


def to_manifest(key: Key) -> Keyframe:
    """A key as the manifest has it."""

    def side(ease: TemporalEase | None) -> Ease | None:
        return None if ease is None else Ease(speed=ease.speed, influence=ease.influence)

    return Keyframe(
        frame=key.frame,
        value=list(key.value),
        ease_in=side(key.ease_in),
        ease_out=side(key.ease_out),
    )


def from_manifest(entry: Keyframe) -> Key:
    """A key of a manifest."""

    def side(ease: Ease | None) -> TemporalEase | None:
        return None if ease is None else TemporalEase(ease.speed, ease.influence)

    return Key(entry.frame, tuple(entry.value), side(entry.ease_in), side(entry.ease_out))


def bezier_parameter(time: Floats, x1: float, x2: float) -> Floats:
    """The parameter u with x(u) = ``time`` (0..1) on a Bezier with abscissae 0, x1, x2, 1.

    x1 and x2 lie in 0..1, so x grows with u and there is one root: bisection with Newton steps,
    to 1e-12 in x.
    """
    goal = np.clip(np.asarray(time, dtype=np.float64), 0.0, 1.0)
    low, high = np.zeros_like(goal), np.ones_like(goal)
    u = goal.copy()
    for _ in range(64):
        x = bezier(u, 0.0, x1, x2, 1.0)
        low, high = np.where(x < goal, u, low), np.where(x < goal, high, u)
        slope = 3 * (1 - u) ** 2 * x1 + 6 * (1 - u) * u * (x2 - x1) + 3 * u**2 * (1 - x2)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = u - (x - goal) / slope
        inside = np.isfinite(step) & (step > low) & (step < high)
        moved = np.where(inside, step, (low + high) / 2.0)
        if np.abs(moved - u).max(initial=0.0) < 1e-15:
            break
        u = moved
    # The ends are exact by definition; a flat end (influence 100) converges slowly there.
    return np.where(goal <= 0.0, 0.0, np.where(goal >= 1.0, 1.0, u))


def bezier(u: Floats, p0: float, p1: float, p2: float, p3: float) -> Floats:
    """The cubic Bezier with these four ordinates at ``u`` (0..1)."""
    v = 1.0 - u
    return v**3 * p0 + 3 * v**2 * u * p1 + 3 * v * u**2 * p2 + u**3 * p3


def evaluate(keys: Sequence[Key], frames: ArrayLike, fps: float, *, spatial: bool) -> Floats:
    """Values (N, dimensions) of a keyed property at ``frames`` (may be fractional).

    Constant before the first and after the last key. With ``spatial`` the eases run along the
    straight path between two keys (zero spatial tangents), else each dimension on its own.
    Raises ValueError for no keys or keys out of order.
    """
    if not keys:
        raise ValueError("a keyed property needs at least one key")
    if any(b.frame <= a.frame for a, b in pairwise(keys)):
        raise ValueError("keys must be in order, one per frame")
    at = np.asarray(frames, dtype=np.float64)
    out = np.tile(np.asarray(keys[0].value, dtype=np.float64), (at.size, 1))
    for left, right in pairwise(keys):
        inside = (at >= left.frame) & (at <= right.frame)
        if inside.any():
            time = (at[inside] - left.frame) / (right.frame - left.frame)
            out[inside] = _segment(left, right, time, fps, spatial)
    out[at > keys[-1].frame] = keys[-1].value
    return out


def _segment(left: Key, right: Key, time: Floats, fps: float, spatial: bool) -> Floats:
    start, end = np.asarray(left.value, dtype=np.float64), np.asarray(right.value, dtype=np.float64)
    if left.ease_out is None and right.ease_in is None:
        return start + (end - start) * time[:, None]
    seconds = (right.frame - left.frame) / fps
    lengths = [float(np.linalg.norm(end - start))] if spatial else list(end - start)
    columns = [_travel(left.ease_out, right.ease_in, length, seconds, time) for length in lengths]
    if not spatial:
        return start + np.column_stack(columns)
    if lengths[0] == 0.0:
        return np.tile(start, (time.size, 1))
    return start + (end - start) * (columns[0] / lengths[0])[:, None]


def _travel(
    leave: TemporalEase | None,
    arrive: TemporalEase | None,
    length: float,
    seconds: float,
    time: Floats,
) -> Floats:
    """Distance travelled at ``time`` (0..1) of a segment."""
    mean = length / seconds
    out = leave or TemporalEase(mean, LINEAR_INFLUENCE)
    into = arrive or TemporalEase(mean, LINEAR_INFLUENCE)
    x1, x2 = out.influence / 100.0, 1.0 - into.influence / 100.0
    v1 = out.speed * x1 * seconds
    v2 = length - into.speed * (1.0 - x2) * seconds
    return bezier(bezier_parameter(time, x1, x2), 0.0, v1, v2, length)
