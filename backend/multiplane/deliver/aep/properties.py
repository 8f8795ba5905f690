"""Values and keyframes of a layer's properties, reached by match names as a host script would."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import cast

from py_aep import Keyframe, KeyframeEase, Layer, Property, PropertyGroup

from multiplane.deliver.aep.timing import seconds
from multiplane.stage.easing import Key, TemporalEase

POSITION, ANCHOR, SCALE, ROLL = (
    "ADBE Position",
    "ADBE Anchor Point",
    "ADBE Scale",
    "ADBE Rotate Z",
)
TRANSFORM, CAMERA_OPTIONS = "ADBE Transform Group", "ADBE Camera Options Group"


def find(layer: Layer, group: str, name: str) -> Property:
    """The property ``name`` of the group ``group`` (match names); an unknown one raises."""
    return cast(Property, cast(PropertyGroup, layer[group])[name])


def set_keys(found: Property, keys: Sequence[Key], rate: Fraction) -> None:
    """Give a property its keys at exact frames; a single key becomes a constant.

    A side without an ease becomes linear. Spatial tangents are zero: paths are straight between
    keys, as `stage.easing.evaluate` has them.
    """
    if len(keys) == 1:
        found.value = _value(keys[0])
        return
    # Last key first: py-aep looks for a new key's place from the start.
    for key in reversed(keys):
        found.set_value_at_time(seconds(key.frame, rate), _value(key))
    for key, placed in zip(keys, found.keyframes, strict=True):
        _straighten(placed, len(key.value))
        # New keys are linear, and an ease makes its side a Bezier.
        if key.ease_in is not None:
            placed.in_temporal_ease = [_ease(key.ease_in)]
        if key.ease_out is not None:
            placed.out_temporal_ease = [_ease(key.ease_out)]


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


def _ease(ease: TemporalEase) -> KeyframeEase:
    return KeyframeEase(ease.speed, ease.influence)
