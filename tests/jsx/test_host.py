"""The simulation itself: what After Effects refuses is refused, and its source is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from multiplane.deliver.png import write_png
from tests.jsx.conftest import started
from tests.jsx.host.aftereffects import AfterEffects, ScriptError
from tests.jsx.host.bridge import ASG, ERG, PYA, REF

START = """
var comp = app.project.items.addComp("c", 320, 180, 1, 2, 24);
var layer = comp.layers.addNull();
var camera = comp.layers.addCamera("k", [160, 90]);
var place = layer.property("ADBE Transform Group").property("ADBE Position");
var opacity = layer.property("ADBE Transform Group").property("ADBE Opacity");
var effects = layer.property("ADBE Effect Parade");
opacity.setValuesAtTimes([0, 1], [0, 100]);
"""
REFUSED = (
    ("app.project.items.addComp('c', 2, 180, 1, 2, 24)", "width 2 is out of range", ASG),
    ("app.project.items.addComp('c', 320, 180, 1, 20000, 24)", "duration", ASG),
    ("app.project.items.addComp('c', 320, 180, 1, 2, 200)", "frame rate", ASG),
    ("app.project.items.addFolder(new Array(300).join('x'))", "at most 255 bytes", REF),
    ("app.project.item(0)", "index 0", ASG),
    ("comp.layers[0]", "index 0", ASG),
    ("comp.layer(9)", "index 9", ASG),
    ("comp.layers.addCamera('k')", "addCamera: 1 parameters", ASG),
    ("comp.layers.addCamera('k', [1, 2, 3])", "centre of two numbers", ASG),
    ("camera.threeDLayer = true", "no threeDLayer", REF),
    ("camera.source", "has no source", ASG),
    ("layer.label = 17", "label 17", ASG),
    ("layer.moveTo(1)", "moveTo", ERG),
    ("layer.colour = 1", "cannot be set", ASG),
    ("layer.setParentWithJump(layer)", "", PYA),
    ("comp.openIn()", "has no openIn", ASG),
    ("opacity.setValue(5)", "keyframes", ASG),
    ("opacity.setValueAtTime(0, 200)", "<= 100", PYA),
    ("opacity.keyTime(0)", "key index 0", ASG),
    ("opacity.setSpatialTangentsAtKey(1, [0], [0])", "is not spatial", ASG),
    ("opacity.setTemporalEaseAtKey(1, [])", "arrays of 1", ASG),
    ("opacity.setValuesAtTimes([0], [1, 2])", "differ in length", ASG),
    ("opacity.valueAtTime(0)", "a time and a boolean", ASG),
    ("new KeyframeEase(0, 0)", "influence 0", ASG),
    ("new ImportOptions('/a.png')", "takes a File", ASG),
    ("app.project.importFile('/a.png')", "takes ImportOptions", ASG),
    ("app.project.importFile(new ImportOptions(new File('/none.png')))", "does not exist", ASG),
    ("app.project.save()", "dialog", ASG),
    ("comp.exportAsMotionGraphicsTemplate(true, '/')", "no controller", ERG),
    ("app.endUndoGroup()", "Undo group mismatch", REF),
    ("new CompItem()", "cannot be made", ""),
    ("layer.label = NaN", "is not a number", ASG),
    ("comp.comment = new Array(20000).join('x')", "15999", ASG),
    ("effects.addProperty('ADBE None')", "cannot be added", ASG),
)


def refusal(host: AfterEffects, script: str) -> str:
    text = f"(function () {{ try {{ {script}; return '' }} catch (e) {{ return e.message }} }}())"
    return str(host.run(text))


def test_refusals(tmp_path: Path) -> None:
    host = started()
    host.run(START)
    for script, said, source in REFUSED:
        message = refusal(host, script)
        assert message, f"{script} was not refused"
        assert said in message, script
        assert source in message, script


def test_what_no_script_may_leave_behind() -> None:
    host = started()
    with pytest.raises(ScriptError, match="1 undo groups"):
        host.run("app.beginUndoGroup('a');")
    with pytest.raises(ScriptError, match="EvalScript error"):
        host.run("throw new Error('x');")
    host.run("multiplane.bad = function () { return {}; };")
    with pytest.raises(ScriptError, match="no JSON"):
        host.call("bad")


def test_prototypes_are_watched(tmp_path: Path) -> None:
    script = tmp_path / "a.jsx"
    script.write_text("Array.prototype.last = function () { return 1; };", encoding="utf-8")
    with pytest.raises(ScriptError, match="prototype of Array"):
        AfterEffects().load(script)


def test_only_es3_is_there() -> None:
    newer = (
        "typeof JSON, typeof [].map, typeof [].indexOf, typeof ''.trim, typeof Object.keys, "
        "typeof Date.now, typeof Array.isArray, typeof Map, typeof Promise, typeof Symbol, "
        "typeof console, typeof globalThis, typeof Function.prototype.bind"
    )
    assert AfterEffects().run(f"[{newer}].join()") == ",".join(["undefined"] * 13)


def test_references_and_identity() -> None:
    host = AfterEffects()
    host.run(START)
    assert host.run("comp.layer(1) === comp.layer(1)") is False
    assert host.run("comp instanceof CompItem") is True
    assert host.run("comp instanceof FootageItem") is False
    host.run("var first = effects.addProperty('ADBE Slider Control'); first.name = 'a';")
    host.run("effects.addProperty('ADBE Slider Control');")
    assert "Object is invalid" in refusal(host, "first.name")
    host.run("var gone = comp.layer(1); gone.remove();")
    assert "Object is invalid" in refusal(host, "gone.name")


def test_newer_names_are_missing_in_older_versions() -> None:
    for version, there in (("18.4x1", "undefined"), ("22.6x64", "number")):
        host = AfterEffects(version=version)
        host.run(START)
        assert host.run("typeof layer.id") == there


def test_a_bad_expression_does_not_throw() -> None:
    host = AfterEffects()
    host.run(START)
    for text in ("value +", "nothing.there", "[1, 2]", "thisComp.layer('x').index"):
        host.run(f"opacity.expression = {text!r};")
        assert host.run("opacity.expressionError") != ""
        assert host.run("opacity.expressionEnabled") is False


def test_a_bad_expression_that_throws() -> None:
    """As the guide has it: the importer's own error says what is wrong all the same."""
    host = started(bad_expressions_throw=True)
    host.run(START)
    assert "After Effects error" in refusal(host, "opacity.expression = 'value +';")
    assert host.run("opacity.expressionEnabled") is False
    script = "multiplane.properties.express(opacity, 'value +');"
    assert "An expression does not work" in refusal(host, script)
    assert host.run("opacity.expression") == ""


def test_percent_signs_are_read_as_uris(tmp_path: Path) -> None:
    import numpy as np

    write_png(tmp_path / "50%20off.png", np.zeros((8, 8, 4), np.uint8), {})
    host = AfterEffects()
    assert host.run(f"new File('{tmp_path}/50%20off.png').exists") is False
    assert host.run(f"new File('{tmp_path}/50%2520off.png').exists") is True
