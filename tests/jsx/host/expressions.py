"""Expressions, evaluated: the language engine of After Effects is JavaScript, and so is this one.

Only what our expressions may use is there: `value`, `time`, `thisComp` (size, `layer(name)`),
`thisLayer`, `transform`, and of a layer `effect(name)(index)`, `transform`, `index` and `toWorld`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import py_aep
import quickjs
from py_aep.resolvers.transform import build_world_matrix

if TYPE_CHECKING:
    from tests.jsx.host.aftereffects import AfterEffects

_WORLD = """
(function (source, givenValue, givenTime, comp, layerName) {
  var ask = function () { return JSON.parse(__ask(JSON.stringify(Array.from(arguments)))); };
  var held = function (answer) {
    if (answer.error) throw new ReferenceError(answer.error);
    return {value: answer.value, valueOf: function () { return answer.value; }};
  };
  var transforms = {anchorPoint: 1, position: 1, scale: 1, opacity: 1, pointOfInterest: 1};
  var layer = function (name) {
    var found = ask("layer", name);
    if (found.error) throw new ReferenceError(found.error);
    var transform = new Proxy({}, {get: function (t, key) {
      if (!transforms[key]) throw new ReferenceError("transform." + String(key));
      var answer = ask("transform", name, key);
      if (answer.error) throw new ReferenceError(answer.error);
      return answer.value;
    }});
    return {
      name: name, index: found.value, transform: transform,
      toWorld: function (point) { return held(ask("toWorld", name, point)).value; },
      effect: function (effect) {
        return function (parameter) { return held(ask("effect", name, effect, parameter)); };
      }
    };
  };
  var thisLayer = layer(layerName);
  var thisComp = {width: comp[0], height: comp[1], frameDuration: comp[2], layer: layer};
  return new Function("value", "time", "thisComp", "thisLayer", "transform", "source",
    "return eval(source)")(givenValue, givenTime, thisComp, thisLayer, thisLayer.transform, source);
})
"""


class Evaluator:
    """Evaluates expressions of one project. Values of other properties count their expressions."""

    def __init__(self) -> None:
        self._engine = quickjs.Context()
        self._engine.add_callable("__ask", self._ask)
        self._engine.eval(f"__run = {_WORLD}")
        self._stack: list[tuple[Any, float]] = []

    def evaluate(self, layer: Any, found: Any, time: float) -> Any:
        """The value at ``time`` (s) after the expression. Raises JSException for a bad one."""
        value = found.value_at_time(time)
        if not found.expression or not found.expression_enabled:
            return value
        return self.run(layer, found.expression, value, time)

    def run(self, layer: Any, text: str, value: Any, time: float) -> Any:
        comp = layer.containing_comp
        arguments = [text, value, time, [comp.width, comp.height, 1 / comp.frame_rate], layer.name]
        self._stack.append((layer, time))
        try:
            given = json.dumps(arguments)
            answer = self._engine.eval(f"JSON.stringify(__run.apply(null, {given}))")
        finally:
            self._stack.pop()
        return None if answer is None else json.loads(answer)

    def _ask(self, question: str) -> str:
        layer, time = self._stack[-1]
        what, name, *rest = json.loads(question)
        try:
            target = next(one for one in layer.containing_comp.layers if one.name == name)
            return json.dumps({"value": self._answer(target, what, rest, time)})
        except Exception as error:
            return json.dumps({"error": f"{what} {name} {rest}: {error or 'is not there'}"})

    def _answer(self, target: Any, what: str, rest: list[Any], time: float) -> Any:
        if what == "layer":
            return target.index + 1
        if what == "toWorld":
            return list(build_world_matrix(target, time).transform_point(rest[0]))
        if what == "transform":
            names = {
                "anchorPoint": "ADBE Anchor Point",
                "pointOfInterest": "ADBE Anchor Point",
                "position": "ADBE Position",
                "scale": "ADBE Scale",
                "opacity": "ADBE Opacity",
            }
            found = target["ADBE Transform Group"][names[rest[0]]]
        else:
            # By index: a parameter's name is another one in each language.
            effect = next(
                property_
                for property_ in target["ADBE Effect Parade"].properties
                if property_.name == rest[0]
            )
            if not isinstance(rest[1], int):
                raise KeyError("a parameter's name holds in one language only")
            found = effect.properties[rest[1] - 1]
        assert isinstance(found, py_aep.Property)
        return self.evaluate(target, found, time)


def expression_error(host: AfterEffects, found: Any) -> str:
    """What After Effects would say about the property's expression; "" when it works."""
    return expression_error_of(host.layer_of(found), found, host.evaluator)


def expression_error_of(layer: Any, found: Any, evaluator: Evaluator | None = None) -> str:
    """As `expression_error`, without a host."""
    if not found.expression:
        return ""
    try:
        value = found.value_at_time(0.0)
        result = (evaluator or Evaluator()).run(layer, found.expression, value, 0.0)
    except quickjs.JSException as error:
        return str(error).splitlines()[0]
    shape = len(value) if isinstance(value, list | tuple) else 0
    if (len(result) if isinstance(result, list) else 0) != shape or result is None:
        return f"the expression's result must have {shape or 1} dimensions"
    return ""
