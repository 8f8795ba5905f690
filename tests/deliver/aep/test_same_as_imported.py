"""A comp of `storyboard.aep` is the one that the script imports, in all that a designer sees."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import py_aep
import pytest

from multiplane.deliver.aep import labels
from multiplane.deliver.aep.project import write_aep
from tests.deliver.aep.read_back import numbers
from tests.deliver.quads import MOVES, put, quad_shot
from tests.jsx.compare import faults
from tests.jsx.conftest import COMP, done, started
from tests.jsx.host.expressions import expression_error_of

SWITCHES = (
    "name", "enabled", "shy", "locked", "label", "start_time", "in_point", "out_point",
)  # fmt: skip
OF_PICTURES = ("motion_blur", "three_d_layer", "guide_layer", "null_layer")


def facts(comp: Any) -> dict[str, Any]:
    """All that a designer can see of a comp, by what it is of."""
    seen: dict[str, Any] = {
        "comp": [comp.name, comp.width, comp.height, comp.frame_rate, round(comp.duration, 6)],
        "comp's switches": [comp.motion_blur, comp.renderer, int(comp.label)],
        "comp's words": _words(comp),
        "markers": [
            (round(key.time, 6), key.value.comment, round(key.value.duration, 6))
            + (int(key.value.label), bool(key.value.protected_region))
            for key in comp.marker_property.keyframes
        ],
    }
    for layer in comp.layers:
        mine = [getattr(layer, name) for name in SWITCHES]
        if not isinstance(layer, py_aep.CameraLayer):
            mine += [getattr(layer, name) for name in OF_PICTURES]
            mine += [layer.source.name, layer.source.label]
        mine += [layer.parent.name if layer.parent else None, int(layer.auto_orient)]
        seen[layer.name] = [round(one, 6) if isinstance(one, float) else one for one in mine]
        seen[f"{layer.name}: words"] = _words(layer)
        for group in ("ADBE Transform Group", "ADBE Camera Options Group", "ADBE Effect Parade"):
            for found in _properties(layer, group):
                seen[f"{layer.name}: {found[0]}"] = _state(found[1])
    return seen


def _words(tagged: Any) -> str:
    """The comment but for the tag, in which the two ways differ."""
    return str(tagged.comment[: tagged.comment.index(labels.TAG + "{")])


def _properties(layer: Any, group: str) -> list[tuple[str, Any]]:
    found = next((one for one in layer.properties if one.match_name == group), None)
    listed = []
    for one in getattr(found, "properties", ()):
        inner = getattr(one, "properties", None)
        listed += [(f"{one.name} / {p.match_name}", p) for p in inner or ()]
        listed += [] if inner else [(one.match_name, one)]
    return listed


def _state(found: Any) -> list[Any]:
    keys = [
        (round(key.time, 6), _rounded(key.value), int(key.in_interpolation_type))
        + (int(key.out_interpolation_type), _eases(key.in_temporal_ease, key.in_interpolation_type))
        + (_eases(key.out_temporal_ease, key.out_interpolation_type),)
        for key in getattr(found, "keyframes", None) or ()
    ]
    value = None if keys else _rounded(getattr(found, "value", None))
    on = getattr(found, "expression_enabled", None)
    return [keys, value, getattr(found, "expression", ""), on]


def _rounded(value: Any) -> Any:
    if isinstance(value, int | float | list):
        return [round(one, 4) for one in numbers(value)]
    return str(value)


def _eases(eases: Any, kind: Any) -> Any:
    if kind != py_aep.KeyframeInterpolationType.BEZIER:
        return None
    return [(round(ease.speed, 4), round(ease.influence, 4)) for ease in eases]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, Any], Any]:
    """All presets' comps, imported by the script and written as a project; the manifests."""
    folder = tmp_path_factory.mktemp("both")
    host, placed = started(), []
    for name, move in MOVES.items():
        placed.append((folder / name, put(folder / name, quad_shot(name, move, COMP))))
        done(host, "importShot", folder=str(folder / name), storyboard="All")
    write_aep(folder / "written.aep", placed)
    imported = host.save(folder / "imported.aep")
    written = py_aep.parse(folder / "written.aep").project
    return (
        {comp.name: comp for comp in imported.compositions},
        {comp.name: comp for comp in written.compositions},
        {manifest.shot_id: manifest for _, manifest in placed},
    )


@pytest.mark.parametrize("name", MOVES)
def test_the_facts_are_the_same(
    both: tuple[dict[str, Any], dict[str, Any], Any], name: str
) -> None:
    imported, written = facts(both[0][name]), facts(both[1][name])
    assert list(imported) == list(written)
    for fact, value in imported.items():
        assert written[fact] == value, fact


@pytest.mark.parametrize("name", MOVES)
def test_a_written_comp_is_the_manifests_with_expressions_that_work(
    both: tuple[dict[str, Any], dict[str, Any], Any], name: str
) -> None:
    comp = both[1][name]
    assert list(faults(comp, both[2][name])) == []
    for layer in comp.layers:
        for group in ("ADBE Transform Group", "ADBE Camera Options Group"):
            for what, found in _properties(layer, group):
                assert expression_error_of(layer, found) == "", what


def test_the_rig_of_a_written_comp_makes_a_template(tmp_path: Path) -> None:
    """An import leaves such a comp alone; its sliders go into Essential Graphics all the same."""
    manifest = put(tmp_path / "s", quad_shot("s", MOVES["orbit"], COMP))
    write_aep(tmp_path / "x.aep", [(tmp_path / "s", manifest)])
    host = started(project=py_aep.parse(tmp_path / "x.aep").project)
    report = done(host, "exposeRig", shot="s", storyboard="Multiplane")
    assert report["added"] == ["Move Amount", "Parallax", "Handheld Amount", "Focus"]
