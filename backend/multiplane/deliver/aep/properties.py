"""Values and keyframes of a layer's properties, reached by match names as a host script would."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import cast

from py_aep import Keyframe, KeyframeEase, Layer, Property, PropertyGroup

from multiplane.deliver.aep.timing import seconds
from multiplane.stage.easing import LINEAR_INFLUENCE, Key, TemporalEase

POSITION, ANCHOR, SCALE, Y_ROTATION, ROLL = (
    "ADBE Position",
    "ADBE Anchor Point",
    "ADBE Scale",
    "ADBE Rotate Y",
    "ADBE Rotate Z",
)
TRANSFORM, CAMERA_OPTIONS = "ADBE Transform Group", "ADBE Camera Options Group"


def find(layer: Layer, group: str, name: str) -> Property:
    """The property ``name`` of the group ``group`` (match names); an unknown one raises."""
    return cast(Property, cast(PropertyGroup, layer[group])[name])


def set_keys(found: Property, keys: Sequence[Key], rate: Fraction) -> None:
    """Give a property its keys at exact frames; a single key becomes a constant.

    A key without an ease is linear; of a key with one, the other side is written out as what a
    linear one is in terms of an ease, as a script has to. Spatial tangents are zero: paths are
    straight between keys, as `stage.easing.evaluate` has them.
    """
    if len(keys) == 1:
        found.value = _value(keys[0])
        return
    # Last key first: py-aep looks for a new key's place from the start.
    for key in reversed(keys):
        found.set_value_at_time(seconds(key.frame, rate), _value(key))
    before: Key | None = None
    for i, (key, placed) in enumerate(zip(keys, found.keyframes, strict=True)):
        _straighten(placed, len(key.value))
        # New keys are linear, and an ease makes its side a Bezier.
        if key.ease_in is not None or key.ease_out is not None:
            after = keys[i + 1] if i + 1 < len(keys) else None
            placed.in_temporal_ease = [_ease(key.ease_in, _mean_speed(before, key, rate))]
            placed.out_temporal_ease = [_ease(key.ease_out, _mean_speed(key, after, rate))]
        before = key


def _straighten(key: Keyframe, dimensions: int) -> None:
    """No bend in the path at this key. Values that are right are left: writing them is slow."""
    flat = [0.0] * dimensions
    if key.spatial_auto_bezier:
        key.spatial_auto_bezier = False
    if key.in_spatial_tangent not in (None, flat):
        key.in_spatial_tangent = flat
    if key.out_spatial_tangent not in (None, flat):
        key.out_spatial_tangent = flat


def _value(key: Key) -> float | list[float]:
    return key.value[0] if len(key.value) == 1 else list(key.value)


def _ease(ease: TemporalEase | None, mean: float) -> KeyframeEase:
    if ease is None:
        return KeyframeEase(mean, LINEAR_INFLUENCE)
    return KeyframeEase(ease.speed, ease.influence)


def _mean_speed(left: Key | None, right: Key | None, rate: Fraction) -> float:
    """Units per second between two keys, along the path where they have several; 0 at an end."""
    if left is None or right is None:
        return 0.0
    seconds = (right.frame - left.frame) / float(rate)
    if len(left.value) == 1:
        return (right.value[0] - left.value[0]) / seconds
    return math.dist(left.value, right.value) / seconds
