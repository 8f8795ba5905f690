"""Each single thing that a designer can change of ours: it stays, and the report names it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import py_aep
import pytest
from py_aep import AutoOrientType

from multiplane.contract.manifest import Manifest
from multiplane.deliver.png import write_png
from tests.jsx.compare import faults, found, transform
from tests.jsx.conftest import done, edit, layer_of, started, write_shot
from tests.jsx.host.aftereffects import AfterEffects

OPTIONS = "ADBE Camera Options Group"
PLANE, CAMERA, RIG = "near post", "Camera", "Camera Rig"
GUIDE, DEPTH = "Original picture", "Depth pass"
Change = Callable[[Any], None]


def attribute(name: str, value: Any) -> Change:
    return lambda layer: setattr(layer, name, value)


def value(name: str, new: Any, group: str = "ADBE Transform Group") -> Change:
    def change(layer: Any) -> None:
        one = found(layer, group, name)
        while one.keyframes:
            one.remove_key(len(one.keyframes) - 1)
        one.value = new

    return change


def keys(name: str, *values: Any, group: str = "ADBE Transform Group") -> Change:
    def change(layer: Any) -> None:
        for number, one in enumerate(values):
            found(layer, group, name).set_value_at_time(0.1 * number, one)

    return change


def ease(layer: Any) -> None:
    """The values stay; only how the camera starts is another."""
    transform(layer, "ADBE Position").keyframes[0].out_temporal_ease = [_ease(50.0, 70.0)]


def _ease(speed: float, influence: float) -> Any:
    return py_aep.KeyframeEase(speed, influence)


def bend(layer: Any) -> None:
    transform(layer, "ADBE Position").keyframes[0].out_spatial_tangent = [0.0, 30.0, 0.0]


def expression(name: str, text: str, group: str = "ADBE Transform Group") -> Change:
    return lambda layer: setattr(found(layer, group, name), "expression", text)


def switched_off(name: str) -> Change:
    return lambda layer: setattr(transform(layer, name), "expression_enabled", False)


def parent(layer: Any) -> None:
    null = layer.containing_comp.add_null()
    null.name = "Mine"
    layer.set_parent_with_jump(null)


CHANGES: tuple[tuple[str, str, Change], ...] = (
    (PLANE, "its name", attribute("name", "Hero")),
    (PLANE, "its label colour", attribute("label", 3)),
    (PLANE, "its eye", attribute("enabled", False)),
    (PLANE, "its motion blur switch", attribute("motion_blur", False)),
    (PLANE, "where it begins and ends", attribute("in_point", 0.125)),
    (PLANE, "its parent", parent),
    (PLANE, "its anchor point", value("ADBE Anchor Point", [1.0, 2.0, 0.0])),
    (PLANE, "its position", value("ADBE Position", [10.0, 20.0, 30.0])),
    (PLANE, "its position", keys("ADBE Position", [10.0, 20.0, 30.0], [20.0, 20.0, 30.0])),
    (PLANE, "its scale", value("ADBE Scale", [50.0, 50.0, 100.0])),
    (PLANE, "the expression of its position", expression("ADBE Position", "value")),
    (PLANE, "the expression of its position", switched_off("ADBE Position")),
    (PLANE, "the expression of its scale", expression("ADBE Scale", "")),
    (CAMERA, "its name", attribute("name", "Cam A")),
    (CAMERA, "its label colour", attribute("label", 3)),
    (CAMERA, "where it begins and ends", attribute("out_point", 0.25)),
    (CAMERA, "its parent", lambda layer: layer.set_parent_with_jump(None)),
    (CAMERA, "its point of interest", value("ADBE Anchor Point", [1.0, 2.0, 3.0])),
    (CAMERA, "its position", value("ADBE Position", [1.0, 2.0, -300.0])),
    (CAMERA, "its position", ease),
    (CAMERA, "its position", bend),
    (CAMERA, "its position", keys("ADBE Position", [0.0, 0.0, -400.0])),
    (CAMERA, "its roll", value("ADBE Rotate Z", 5.0)),
    (CAMERA, "its zoom", value("ADBE Camera Zoom", 500.0, OPTIONS)),
    (CAMERA, "its focus distance", value("ADBE Camera Focus Distance", 70.0, OPTIONS)),
    (CAMERA, "its aperture", value("ADBE Camera Aperture", 70.0, OPTIONS)),
    (CAMERA, "its depth of field", value("ADBE Camera Depth of Field", 1.0, OPTIONS)),
    (CAMERA, "the expression of its position", expression("ADBE Position", "value")),
    (CAMERA, "the expression of its point of interest", expression("ADBE Anchor Point", "value")),
    (CAMERA, "the expression of its roll", expression("ADBE Rotate Z", "value")),
    (CAMERA, "the expression of its zoom", expression("ADBE Camera Zoom", "value", OPTIONS)),
    (
        CAMERA,
        "the expression of its focus distance",
        expression("ADBE Camera Focus Distance", "value", OPTIONS),
    ),
    (RIG, "its label colour", attribute("label", 3)),
    (RIG, "its shy switch", attribute("shy", False)),
    (RIG, "where it begins and ends", attribute("out_point", 0.25)),
    (RIG, "where it is", value("ADBE Position", [1.0, 2.0, 3.0])),
    (RIG, "where it is", keys("ADBE Position", [1.0, 2.0, 3.0], [5.0, 2.0, 3.0])),
    (GUIDE, "its name", attribute("name", "Painted")),
    (GUIDE, "its shy switch", attribute("shy", False)),
    (DEPTH, "its scale", value("ADBE Scale", [50.0, 50.0, 100.0])),
    (GUIDE, "where it begins and ends", attribute("out_point", 0.25)),
    (GUIDE, "its scale", value("ADBE Scale", [50.0, 50.0, 100.0])),
)


def state(layer: Any) -> dict[str, Any]:
    """All of a layer that scripts could overwrite."""
    seen: dict[str, Any] = {
        name: getattr(layer, name)
        for name in ("name", "label", "enabled", "shy", "start_time", "in_point", "out_point")
    }
    seen["motion_blur"] = getattr(layer, "motion_blur", None)
    seen["parent"] = layer.parent.name if layer.parent else None
    for group in ("ADBE Transform Group", OPTIONS):
        for property_ in layer[group].properties if _has(layer, group) else ():
            eases = [
                (key.out_interpolation_type, key.out_temporal_ease) for key in property_.keyframes
            ]
            sides = [(kind, [(e.speed, e.influence) for e in ease]) for kind, ease in eases]
            bends = [key.out_spatial_tangent for key in property_.keyframes]
            values = (
                [property_.value]
                if not property_.keyframes
                else [key.value for key in property_.keyframes]
            )
            seen[property_.match_name] = (values, sides, bends)
            seen[f"{property_.match_name} expression"] = (
                property_.expression,
                property_.expression_enabled,
            )
    return seen


def _has(layer: Any, group: str) -> bool:
    return any(property_.match_name == group for property_ in layer.properties)


@pytest.mark.parametrize(
    ("name", "what", "change"), CHANGES, ids=lambda one: one if isinstance(one, str) else ""
)
def test_it_stays_and_is_told(
    host: AfterEffects, tmp_path: Path, name: str, what: str, change: Change
) -> None:
    write_shot(tmp_path, "push_in")
    done(host, "importShot", folder=str(tmp_path))
    layer = layer_of(host, name)
    before = state(layer)
    change(layer)
    theirs = state(layer)
    mine = {entry for entry, now in theirs.items() if now != before[entry]}
    assert mine
    # Made again with other moves: what they changed is as they left it, all else is up to date.
    for move in ("orbit", "rack_focus"):
        write_shot(tmp_path, move)
        edit(tmp_path)
        report = done(host, "importShot", folder=str(tmp_path))
        now = state(layer)
        assert {entry: now[entry] for entry in mine} == {entry: theirs[entry] for entry in mine}
        assert report["kept"] == [{"layer": layer.name, "what": what}]


def test_effects_masks_and_own_layers_are_never_touched(host: AfterEffects, tmp_path: Path) -> None:
    write_shot(tmp_path)
    done(host, "importShot", folder=str(tmp_path))
    comp = host.project.compositions[0]
    effect = layer_of(host, PLANE)["ADBE Effect Parade"].add_property("ADBE Slider Control")
    effect.name = "Glow"
    effect.properties[0].value = 7.0
    own = comp.add_null()
    own.name = "Controls"
    place = comp.layers.index(own)
    write_shot(tmp_path, "orbit")
    edit(tmp_path)
    assert done(host, "importShot", folder=str(tmp_path))["kept"] == []
    (still,) = layer_of(host, PLANE)["ADBE Effect Parade"].properties
    assert (still.name, still.properties[0].value) == ("Glow", 7.0)
    assert [layer.name for layer in comp.layers].index("Controls") == place


def test_locked_layers_are_brought_up_to_date_and_stay_locked(
    host: AfterEffects, tmp_path: Path
) -> None:
    write_shot(tmp_path)
    done(host, "importShot", folder=str(tmp_path))
    comp = host.project.compositions[0]
    mine = comp.add_null()
    for layer in comp.layers:
        layer.locked = True
    write_shot(tmp_path, "orbit")
    manifest = edit(tmp_path)
    assert done(host, "importShot", folder=str(tmp_path))["kept"] == []
    assert all(layer.locked for layer in comp.layers)
    mine.remove()
    assert list(faults(comp, manifest)) == []


def test_another_source_stays(host: AfterEffects, tmp_path: Path) -> None:
    """A plane or guide that shows a designer's own picture goes on showing it."""
    write_shot(tmp_path / "shot")
    done(host, "importShot", folder=str(tmp_path / "shot"))
    write_png(tmp_path / "mine.png", np.full((120, 80, 4), 90, np.uint8), {})
    mine = host.project.import_file(py_aep.ImportOptions(tmp_path / "mine.png"))
    for name in (PLANE, GUIDE):
        layer_of(host, name).replace_source(mine)
    items = len(host.item_list())
    write_shot(tmp_path / "shot", "orbit")
    edit(tmp_path / "shot")
    report = done(host, "importShot", folder=str(tmp_path / "shot"))
    told = [(one["layer"].removeprefix("shot-001 "), one["what"]) for one in report["kept"]]
    assert (PLANE, "its source") in told
    assert (GUIDE, "its source") in told
    assert layer_of(host, PLANE).source.id == layer_of(host, GUIDE).source.id == mine.id
    assert len(host.item_list()) == items


def test_footage_that_was_moved_in_the_project_is_not_imported_again(
    host: AfterEffects, tmp_path: Path
) -> None:
    write_shot(tmp_path)
    done(host, "importShot", folder=str(tmp_path))
    for item in host.project.footages:
        item.parent_folder = host.project.root_folder
    items = len(host.item_list())
    write_shot(tmp_path, "orbit")
    edit(tmp_path)
    assert done(host, "importShot", folder=str(tmp_path))["kept"] == []
    assert len(host.item_list()) == items


def at(manifest: Manifest) -> list[float]:
    """Where the camera stands at first."""
    return manifest.camera.keyframes["position"][0].value


@pytest.mark.parametrize(
    "kind", [AutoOrientType.NO_AUTO_ORIENT, AutoOrientType.ALONG_PATH], ids=lambda one: one.name
)
def test_a_camera_without_a_point_of_interest_keeps_its_kind(
    host: AfterEffects, tmp_path: Path, kind: AutoOrientType
) -> None:
    """Its hidden point of interest cannot be written; the rest of it follows the shot."""
    write_shot(tmp_path, "push_in")
    done(host, "importShot", folder=str(tmp_path))
    camera = layer_of(host, CAMERA)
    camera.auto_orient = kind
    at_first = transform(camera, "ADBE Anchor Point").value
    for move in ("orbit", "rack_focus"):
        write_shot(tmp_path, move)
        manifest = edit(tmp_path)
        report = done(host, "importShot", folder=str(tmp_path))
        assert {one["what"] for one in report["kept"]} == {
            "its auto-orientation",
            "its point of interest",
            "the expression of its point of interest",
        }
        assert camera.auto_orient == kind
        assert transform(camera, "ADBE Anchor Point").value == at_first
        assert transform(camera, "ADBE Position").value == pytest.approx(at(manifest))
    # Two nodes again, as it was made: it is ours again, whole.
    camera.auto_orient = AutoOrientType.CAMERA_OR_POINT_OF_INTEREST
    write_shot(tmp_path, "push_in")
    manifest = edit(tmp_path)
    assert done(host, "importShot", folder=str(tmp_path))["kept"] == []
    assert list(faults(host.project.compositions[0], manifest)) == []


def test_cameras_of_versions_that_noted_no_orientation(host: AfterEffects, tmp_path: Path) -> None:
    write_shot(tmp_path, "push_in")
    done(host, "importShot", folder=str(tmp_path))
    camera = layer_of(host, CAMERA)
    camera.comment = re.sub(r'"auto_orient":"[^"]*",', "", camera.comment)
    assert "auto_orient" not in camera.comment
    write_shot(tmp_path, "orbit")
    manifest = edit(tmp_path)
    assert done(host, "importShot", folder=str(tmp_path))["kept"] == []
    assert list(faults(host.project.compositions[0], manifest)) == []
    assert "auto_orient" in camera.comment


@pytest.mark.parametrize("line_end", ["\n", "\r", "\r\n"])
def test_words_around_a_tag(tmp_path: Path, line_end: str) -> None:
    """Whatever line end comments are read with, ours are found, and theirs stay and are told."""
    host = started(line_end=line_end)
    write_shot(tmp_path, "push_in")
    done(host, "importShot", folder=str(tmp_path))
    layer = layer_of(host, PLANE)
    layer.comment = f"look here\n{layer.comment}\nand here"
    edit(tmp_path)
    report = done(host, "importShot", folder=str(tmp_path))
    assert (report["added"], report["retired"]) == ([], [])
    assert report["kept"] == [{"layer": layer.name, "what": "its comment"}]
    assert layer.comment.startswith("look here")
    assert layer.comment.endswith("and here")
