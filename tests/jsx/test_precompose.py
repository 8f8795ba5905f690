"""Subjects in comps of their own: they look the same, and updates reach the picture inside."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from multiplane.stage.shot import overscan_for, stage_shot
from tests.deliver.quads import MOVES, PICTURE, put, quad_shot
from tests.jsx.compare import bare, faults, transform
from tests.jsx.conftest import COMP, done, edit, failed, layer_of, started, write_shot
from tests.jsx.host.aftereffects import AfterEffects

PLACE = ("ADBE Position", "ADBE Anchor Point")
SUBJECTS = ["near post", "middle post", "far post"]


def comp_of(host: AfterEffects, name: str) -> Any:
    return next(comp for comp in host.project.compositions if comp.name == name)


def test_all_subjects(host: AfterEffects, tmp_path: Path) -> None:
    manifest = write_shot(tmp_path)
    done(host, "importShot", folder=str(tmp_path), handles=2)
    comp = comp_of(host, "shot-001")
    places = {layer.name: [transform(layer, name).value for name in PLACE] for layer in comp.layers}
    report = done(host, "precompose", shot="shot-001")
    assert [one["comp"] for one in report["made"]] == [f"shot-001 {name}" for name in SUBJECTS]
    assert report["kept"] == []
    for one, name in zip(report["made"], SUBJECTS, strict=True):
        layer, inner = layer_of(host, name), comp_of(host, one["comp"])
        assert layer.source is inner
        (picture,) = inner.layers
        assert (inner.width, inner.height) == (picture.source.width, picture.source.height)
        assert (inner.duration, inner.frame_rate) == (comp.duration, comp.frame_rate)
        assert (picture.in_point, picture.out_point) == (0.0, inner.duration)
        assert not picture.three_d_layer
        assert inner.parent_folder is comp.parent_folder
        assert transform(picture, "ADBE Position").value[:2] == [inner.width / 2, inner.height / 2]
    for layer in comp.layers:
        assert [transform(layer, name).value for name in PLACE] == places[layer.name]
    assert not [fault for fault in faults(comp, manifest, handles=2) if " shows " not in fault]
    # Asked again, nothing is doubled.
    assert done(host, "precompose", shot="shot-001")["made"] == []
    assert host.undo_names[-1] == "Multiplane: precomps of shot-001"


def test_a_new_picture_comes_into_the_precomp(host: AfterEffects, tmp_path: Path) -> None:
    write_shot(tmp_path)
    done(host, "importShot", folder=str(tmp_path))
    done(host, "precompose", shot="shot-001", layers=["s1"])
    items = len(host.item_list())
    pin = layer_of(host, "middle post")["ADBE Effect Parade"].add_property("ADBE Slider Control")
    pin.name = "Puppet"
    # The post is cut lower, and the shot is longer.
    comp = COMP.model_copy(update={"duration_frames": 20})
    shot = quad_shot("shot-001", MOVES["push_in"], comp)
    x, y, w, _ = shot.layers[2].bbox
    lower = replace(shot.layers[2], rgba=shot.layers[2].rgba[:40], bbox=(x, y, w, 40))
    layers = (*shot.layers[:2], lower, shot.layers[3])
    move = MOVES["push_in"]
    staged = stage_shot(layers, PICTURE, comp, move, overscan=overscan_for(move, comp))
    put(tmp_path, replace(shot, layers=layers, staged=staged))
    manifest = edit(tmp_path)
    report = done(host, "importShot", folder=str(tmp_path))
    assert (report["kept"], report["added"]) == ([], [])
    assert "s1" in report["replaced"]
    assert len(host.item_list()) == items
    inner = comp_of(host, "shot-001 middle post")
    (picture,) = inner.layers
    assert (inner.width, inner.height) == (picture.source.width, picture.source.height) == (60, 40)
    assert transform(picture, "ADBE Position").value[:2] == [30.0, 20.0]
    assert transform(picture, "ADBE Anchor Point").value[:2] == [30.0, 20.0]
    assert inner.duration == picture.out_point == 20 / 24
    assert layer_of(host, "middle post")["ADBE Effect Parade"].properties[0].name == "Puppet"
    outer = comp_of(host, "shot-001")
    assert not [fault for fault in faults(outer, manifest) if " shows " not in fault]


def test_a_designers_own_source_stays(host: AfterEffects, tmp_path: Path) -> None:
    write_shot(tmp_path)
    done(host, "importShot", folder=str(tmp_path))
    mine = host.project.root_folder.add_comp("Mine", 80, 120, 1.0, 1.0, 24.0)
    layer_of(host, "near post").replace_source(mine)
    report = done(host, "precompose", shot="shot-001", layers=["s2"])
    assert report["made"] == []
    assert report["kept"] == [{"layer": "shot-001 near post", "what": "its source"}]
    assert layer_of(host, "near post").source is mine
    assert failed(host, "precompose", shot="other")["code"] == "after_effects.shot_unknown"


def test_after_saving_it_is_the_same(tmp_path: Path) -> None:
    first = started()
    write_shot(tmp_path / "s")
    done(first, "importShot", folder=str(tmp_path / "s"))
    done(first, "precompose", shot="shot-001")
    host = started(project=first.save(tmp_path / "p.aep"))
    edit(tmp_path / "s")
    assert done(host, "importShot", folder=str(tmp_path / "s"))["kept"] == []
    names = [bare(layer) for layer in comp_of(host, "shot-001").layers]
    assert names.count("near post") == 1
