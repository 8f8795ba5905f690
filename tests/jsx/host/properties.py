"""Properties and what belongs to them: keys, eases, markers. Indexes of scripts count from 1."""

from __future__ import annotations

from typing import Any, ClassVar

import py_aep
from py_aep import AutoOrientType, KeyframeInterpolationType, PropertyType

from tests.jsx.host.bridge import ASG, PYA, REF, UNDEFINED, HostObject, Refusal, plain
from tests.jsx.host.expressions import expression_error

HIGHEST_LABEL = 16
MATCH_NAME = "ADBE "
POINT_OF_INTEREST = "ADBE Anchor Point"  # of a camera
PLANAR = ("ADBE Anchor Point",)
"""Takes two numbers as well as three, on layers."""


def one_based(index: Any, count: int, what: str) -> int:
    """The 0-based index for a script's. Refuses 0 and what is beyond the last."""
    if not isinstance(index, int) or isinstance(index, bool) or not 1 <= index <= count:
        raise Refusal(f"{what} index {index} is out of range 1 to {count}", ASG)
    return index - 1


class PropertyBase(HostObject):
    """What properties and groups share."""

    READS: ClassVar[str] = "matchName name propertyIndex propertyDepth propertyType parentProperty "
    WRITES: ClassVar[str] = "name enabled"
    CALLS: ClassVar[str] = "remove moveTo"

    def get_property_index(self) -> Any:
        index = self.model.property_index
        return UNDEFINED if index is None else index + 1

    def get_property_type(self) -> int:
        return int(self.model.property_type)

    def call_remove(self) -> None:
        parent = self.model.parent_property
        self.model.remove()
        self.host.invalidate(parent)


class PropertyGroup(PropertyBase):
    READS: ClassVar[str] = "numProperties"
    CALLS: ClassVar[str] = "property addProperty canAddProperty"

    def call_property(self, key: Any) -> Any:
        """By 1-based index, match name, or a name. Unknown names give null, without an error."""
        if isinstance(key, str):
            return self._named(key)
        return self.model.properties[one_based(key, len(self.model.properties), "property")]

    def _named(self, key: str) -> Any:
        for found in self.model.properties:
            if found.match_name == key:
                return found
        # Outside of what the user names himself, a display name holds in one language only.
        if self.host.localised and not self._user_names():
            return None
        return next((found for found in self.model.properties if found.name == key), None)

    def _user_names(self) -> bool:
        return self.model.property_type == PropertyType.INDEXED_GROUP

    def call_add_property(self, name: str) -> Any:
        if not self.call_can_add_property(name):
            raise Refusal(f"addProperty: {name} cannot be added to {self.model.match_name}", ASG)
        added = self.model.add_property(name)
        # References to the siblings are void once an indexed group has grown.
        self.host.invalidate(self.model, apart_from=added)
        return added

    def call_can_add_property(self, name: str) -> bool:
        if self.host.localised and not name.startswith(MATCH_NAME):
            return False
        return bool(self.model.can_add_property(name))

    def call_move_to(self, index: int) -> None:
        self.model.move_to(one_based(index, len(self.model.parent_property.properties), "property"))


class Property(PropertyBase):
    READS: ClassVar[str] = (
        "propertyValueType value hasMin hasMax minValue maxValue isSpatial canVaryOverTime "
        "canSetExpression isTimeVarying numKeys expressionError isSeparationLeader unitsText"
    )
    WRITES: ClassVar[str] = "expression expressionEnabled dimensionsSeparated"
    CALLS: ClassVar[str] = (
        "setValue setValueAtTime setValuesAtTimes setValueAtKey valueAtTime nearestKeyIndex "
        "keyTime keyValue addKey removeKey setInterpolationTypeAtKey keyInInterpolationType "
        "keyOutInterpolationType setSpatialTangentsAtKey keyInSpatialTangent keyOutSpatialTangent "
        "setTemporalEaseAtKey keyInTemporalEase keyOutTemporalEase setSpatialContinuousAtKey "
        "setSpatialAutoBezierAtKey setTemporalAutoBezierAtKey setTemporalContinuousAtKey "
        "setRovingAtKey keyRoving getSeparationFollower canAddToMotionGraphicsTemplate "
        "addToMotionGraphicsTemplate addToMotionGraphicsTemplateAs propertyGroup"
    )
    LATER: ClassVar[dict[str, float]] = {}

    def call(self, name: str, arguments: list[Any]) -> Any:
        if name.startswith(("set", "add", "remove")) and self._is_hidden():
            raise Refusal(
                f"Can not {name} this property, because the property or a parent property is "
                "hidden",
                REF,
            )
        return super().call(name, arguments)

    def _is_hidden(self) -> bool:
        """Only with two nodes a camera has a point of interest."""
        layer = self.host.layer_of(self.model)
        return (
            isinstance(layer, py_aep.CameraLayer)
            and self.model.match_name == POINT_OF_INTEREST
            and layer.auto_orient != AutoOrientType.CAMERA_OR_POINT_OF_INTEREST
        )

    # ---- Values

    def get_num_keys(self) -> int:
        return len(self.model.keyframes)

    def get_property_value_type(self) -> int:
        return int(self.model.property_value_type)

    def get_value(self) -> Any:
        if self.model.keyframes:
            return self._flat(self.model.value_at_time(self.host.comp_of(self.model).time))
        return self._flat(self.model.value)

    def call_value_at_time(self, time: float, pre_expression: Any = UNDEFINED) -> Any:
        if not isinstance(pre_expression, bool):
            raise Refusal("valueAtTime takes a time and a boolean", ASG)
        if not pre_expression and self.model.expression and self.model.expression_enabled:
            return self._flat(self.host.evaluate(self.model, time))
        return self._flat(self.model.value_at_time(time))

    def call_set_value(self, value: Any) -> None:
        if self.model.keyframes:
            raise Refusal("Can not call setValue() on a property with keyframes", ASG)
        self.model.value = self._checked(value)

    def call_set_value_at_time(self, time: float, value: Any) -> None:
        self._set_at(time, value)

    def call_set_values_at_times(self, times: Any, values: Any) -> None:
        if not isinstance(times, list) or not isinstance(values, list):
            raise Refusal("setValuesAtTimes takes two arrays", ASG)
        if len(times) != len(values):
            raise Refusal("setValuesAtTimes: the arrays differ in length", ASG)
        # Last key first: py-aep looks for a new key's place from the start.
        for time, value in sorted(zip(times, values, strict=True), key=lambda two: -two[0]):
            self._set_at(time, value)

    def call_set_value_at_key(self, index: Any, value: Any) -> None:
        self._key(index).value = self._checked(value)

    def _set_at(self, time: float, value: Any) -> None:
        if not isinstance(time, int | float) or isinstance(time, bool):
            raise Refusal(f"time {time} is not a number", ASG)
        old = len(self.model.keyframes)
        self.model.set_value_at_time(time, self._checked(value))
        if self.model.is_spatial and len(self.model.keyframes) > old:
            # Unless a preference says otherwise, new spatial keys curve by themselves.
            self.model.nearest_key(time).spatial_auto_bezier = not self.host.straight_paths

    def _checked(self, value: Any) -> Any:
        if isinstance(value, list) and self._is_flat_position():
            # The depth of a layer that is not 3D is not kept.
            return [*value[:2], 0.0]
        if isinstance(value, list) and len(value) == 2 and self.model.match_name in PLANAR:
            return [*value, 0.0]
        return value

    def _flat(self, value: Any) -> Any:
        return list(value) if isinstance(value, list | tuple) else value

    def _is_flat_position(self) -> bool:
        layer = self.host.layer_of(self.model)
        return self.model.match_name == "ADBE Position" and (
            isinstance(layer, py_aep.AVLayer) and not layer.three_d_layer
        )

    # ---- Keys

    def _key(self, index: Any) -> Any:
        keys = self.model.keyframes
        return keys[one_based(index, len(keys), "key")]

    def call_nearest_key_index(self, time: float) -> int:
        if not self.model.keyframes:
            raise Refusal("nearestKeyIndex: there is no key", ASG)
        return int(self.model.nearest_key_index(time)) + 1

    def call_key_time(self, index: Any) -> float:
        return float(self._key(index).time)

    def call_key_value(self, index: Any) -> Any:
        return self._flat(self._key(index).value)

    def call_add_key(self, time: float) -> int:
        return int(self.model.add_key(time)) + 1

    def call_remove_key(self, index: Any) -> None:
        self.model.remove_key(one_based(index, len(self.model.keyframes), "key"))

    def call_key_in_interpolation_type(self, index: Any) -> int:
        return int(self._key(index).in_interpolation_type)

    def call_key_out_interpolation_type(self, index: Any) -> int:
        return int(self._key(index).out_interpolation_type)

    def call_set_interpolation_type_at_key(self, index: Any, into: Any, out: Any = None) -> None:
        key = self._key(index)
        key.in_interpolation_type = KeyframeInterpolationType(into)
        key.out_interpolation_type = KeyframeInterpolationType(into if out is None else out)

    def call_key_in_temporal_ease(self, index: Any) -> Any:
        return list(self._key(index).in_temporal_ease)

    def call_key_out_temporal_ease(self, index: Any) -> Any:
        return list(self._key(index).out_temporal_ease)

    def call_set_temporal_ease_at_key(self, index: Any, into: Any, out: Any = None) -> None:
        key = self._key(index)
        wanted = len(key.in_temporal_ease)
        for side in (into, into if out is None else out):
            if not isinstance(side, list) or len(side) != wanted:
                raise Refusal(f"setTemporalEaseAtKey takes arrays of {wanted} eases here", ASG)
            if not all(isinstance(ease, py_aep.KeyframeEase) for ease in side):
                raise Refusal("setTemporalEaseAtKey takes KeyframeEase objects", ASG)
        key.in_temporal_ease = into
        key.out_temporal_ease = into if out is None else out

    # ---- Spatial keys

    def _spatial_key(self, index: Any, name: str) -> Any:
        if not self.model.is_spatial:
            raise Refusal(f"{name}: {self.model.match_name} is not spatial", ASG)
        return self._key(index)

    def call_key_in_spatial_tangent(self, index: Any) -> Any:
        return list(self._spatial_key(index, "keyInSpatialTangent").in_spatial_tangent)

    def call_key_out_spatial_tangent(self, index: Any) -> Any:
        return list(self._spatial_key(index, "keyOutSpatialTangent").out_spatial_tangent)

    def call_set_spatial_tangents_at_key(self, index: Any, into: Any, out: Any = None) -> None:
        key = self._spatial_key(index, "setSpatialTangentsAtKey")
        key.in_spatial_tangent = into
        key.out_spatial_tangent = into if out is None else out

    def call_set_spatial_continuous_at_key(self, index: Any, value: bool) -> None:
        self._spatial_key(index, "setSpatialContinuousAtKey").spatial_continuous = value

    def call_set_spatial_auto_bezier_at_key(self, index: Any, value: bool) -> None:
        self._spatial_key(index, "setSpatialAutoBezierAtKey").spatial_auto_bezier = value

    def call_set_temporal_continuous_at_key(self, index: Any, value: bool) -> None:
        self._key(index).temporal_continuous = value

    def call_set_temporal_auto_bezier_at_key(self, index: Any, value: bool) -> None:
        self._key(index).temporal_auto_bezier = value

    def call_set_roving_at_key(self, index: Any, value: bool) -> None:
        key = self._spatial_key(index, "setRovingAtKey")
        if key in (self.model.keyframes[0], self.model.keyframes[-1]):
            # After Effects ignores it in silence, and a script should know.
            raise Refusal("setRovingAtKey: the first and the last key cannot rove", REF)
        key.roving = value

    def call_key_roving(self, index: Any) -> bool:
        return bool(self._key(index).roving)

    # ---- Separated dimensions, expressions, Essential Graphics

    def call_get_separation_follower(self, dimension: int) -> Any:
        return self.model.get_separation_follower(dimension)

    def get_expression_error(self) -> str:
        return expression_error(self.host, self.model)

    def set_expression(self, text: str) -> None:
        if self._is_hidden():
            raise Refusal("Can not set the expression of a hidden property", REF)
        if text and not self.model.can_set_expression:
            raise Refusal(f"{self.model.match_name} takes no expression", PYA)
        self.model.expression = text
        if text and expression_error(self.host, self.model):
            # No error is thrown: the expression is switched off.
            self.model.expression_enabled = False
            if self.host.bad_expressions_throw:
                raise Refusal(expression_error(self.host, self.model), ASG)

    def call_can_add_to_motion_graphics_template(self, comp: Any) -> bool:
        return bool(self.model.can_add_to_motion_graphics_template(comp))

    def call_add_to_motion_graphics_template(self, comp: Any) -> bool:
        return bool(self.model.add_to_motion_graphics_template(comp))

    def call_add_to_motion_graphics_template_as(self, comp: Any, name: str) -> bool:
        return bool(self.model.add_to_motion_graphics_template_as(comp, name))

    def call_property_group(self, up: int = 1) -> Any:
        group = self.model
        for _ in range(up):
            group = group.parent_property
        return group


class KeyframeEase(HostObject):
    WRITES: ClassVar[str] = "speed influence"

    @staticmethod
    def make(speed: Any, influence: Any) -> Any:
        if not isinstance(influence, int | float) or not 0.1 <= influence <= 100:
            raise Refusal(f"KeyframeEase: influence {influence} is out of range 0.1 to 100", ASG)
        return py_aep.KeyframeEase(float(speed), float(influence))


class MarkerValue(HostObject):
    WRITES: ClassVar[str] = (
        "comment chapter url frameTarget cuePointName duration label protectedRegion"
    )
    CALLS: ClassVar[str] = "getParameters setParameters"

    @staticmethod
    def make(comment: str = "") -> Any:
        if not isinstance(comment, str):
            raise Refusal("MarkerValue takes a text", ASG)
        return py_aep.MarkerValue(comment)

    def get_comment(self) -> str:
        return self.host.comment_of(self.model.comment)

    def call_get_parameters(self) -> Any:
        return {"$plain": dict(self.model.params)}

    def call_set_parameters(self, pairs: Any) -> None:
        self.model.params = {str(name): str(value) for name, value in pairs["$plain"].items()}

    def get_label(self) -> Any:
        return plain(self.model.label)
