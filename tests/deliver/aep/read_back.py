"""What py-aep reads in a project, in our own terms."""

from __future__ import annotations

from typing import Any

from py_aep import Keyframe, KeyframeInterpolationType

from multiplane.stage.easing import Key, TemporalEase


def keys_of(keyframes: list[Keyframe]) -> tuple[Key, ...]:
    """The keys of a property; they must lie on a straight path."""
    linear = KeyframeInterpolationType.LINEAR

    def side(kind: KeyframeInterpolationType, eases: list[Any]) -> TemporalEase | None:
        (ease,) = eases
        return None if kind == linear else TemporalEase(ease.speed, ease.influence)

    for key in keyframes:
        assert key.in_spatial_tangent in (None, [0.0, 0.0, 0.0])
        assert key.out_spatial_tangent in (None, [0.0, 0.0, 0.0])
    return tuple(
        Key(
            key.frame_time,
            numbers(key.value),
            side(key.in_interpolation_type, key.in_temporal_ease),
            side(key.out_interpolation_type, key.out_temporal_ease),
        )
        for key in keyframes
    )


def numbers(value: Any) -> tuple[float, ...]:
    """A value of one or several dimensions."""
    return tuple(value) if isinstance(value, list) else (float(value),)
