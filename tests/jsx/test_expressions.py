"""Imports with fewer expressions: none on the planes, or none at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.deliver.quads import MOVES
from tests.jsx.compare import dialled, film, named, slider, transform
from tests.jsx.conftest import done, edit, failed, write_shot
from tests.jsx.host.aftereffects import AfterEffects

CLOSE = 0.02
"""px; py-aep goes along paths as it measured After Effects to do, a little off the exact curve."""
DIALS = {"all": {"Move Amount", "Parallax", "Handheld Amount", "Focus"}}
DIALS["camera"] = DIALS["all"] - {"Parallax"}
DIALS["none"] = set()


def expressed(comp: Any) -> set[str]:
    """Names of layers that have an expression anywhere."""
    groups = ("ADBE Transform Group", "ADBE Camera Options Group")
    return {
        layer.name.removeprefix("shot-001 ")
        for layer in comp.layers
        for group in layer.properties
        if group.match_name in groups
        for found in group.properties
        if getattr(found, "expression", "")
    }


def dials(comp: Any) -> set[str]:
    effects = named(comp, "Camera Rig")["ADBE Effect Parade"].properties
    return {effect.name for effect in effects} - {"Handheld Time"}


PLANES = {"near post", "middle post", "far post", "ground"}
WITH = {"all": {"Camera", "Camera Rig", *PLANES}, "camera": {"Camera", "Camera Rig"}, "none": set()}


@pytest.mark.parametrize("choice", ["camera", "none"])
@pytest.mark.parametrize("move", MOVES)
def test_the_move_is_the_manifests(
    host: AfterEffects, tmp_path: Path, move: str, choice: str
) -> None:
    manifest = write_shot(tmp_path, move)
    done(host, "importShot", folder=str(tmp_path), expressions=choice)
    (comp,) = host.project.compositions
    assert expressed(comp) == WITH[choice]
    assert dials(comp) == DIALS[choice]
    wanted, seen = dialled(manifest, 1.0), film(comp)
    for what in ("positions", "points_of_interest", "rolls", "zooms"):
        assert np.abs(seen[what] - getattr(wanted, what)).max() < CLOSE, what
    # An arc is two keys of the rig without any expression; only a hand's sway has to be baked.
    turns = len(transform(named(comp, "Camera Rig"), "ADBE Rotate Y").keyframes)
    assert turns == (2 if manifest.camera.rig and manifest.camera.rig.y_rotation else 0)


@pytest.mark.parametrize("move", ["push_in", "orbit", "handheld"])
def test_the_choice_stays_and_can_be_changed(host: AfterEffects, tmp_path: Path, move: str) -> None:
    write_shot(tmp_path, move)
    done(host, "importShot", folder=str(tmp_path), expressions="none")
    (comp,) = host.project.compositions
    edit(tmp_path)
    done(host, "importShot", folder=str(tmp_path))
    assert expressed(comp) == set()
    for choice in ("camera", "all", "none", "all", "camera"):
        report = done(host, "importShot", folder=str(tmp_path), expressions=choice)
        assert (report["state"], report["kept"]) == ("updated", []), choice
        assert expressed(comp) == WITH[choice]
        assert dials(comp) >= DIALS[choice]
        again = done(host, "importShot", folder=str(tmp_path), expressions=choice)
        assert again["state"] == "unchanged"
    if move == "handheld":
        assert slider(comp, "Handheld Amount").value == 100.0


def test_a_choice_that_there_is_not(host: AfterEffects, tmp_path: Path) -> None:
    write_shot(tmp_path)
    error = host.call("call.importShot", {"folder": str(tmp_path), "expressions": "some"})["error"]
    assert (error["field"], error["value"]) == ("expressions", "some")
    assert host.item_list() == []
    # Without sliders there is nothing for a template.
    done(host, "importShot", folder=str(tmp_path), expressions="none")
    host.save(tmp_path / "p.aep")
    error = failed(host, "exportTemplate", shot="shot-001", folder=str(tmp_path))
    assert error["code"] == "after_effects.template_empty"
    assert "with expressions" in error["remedy"]
