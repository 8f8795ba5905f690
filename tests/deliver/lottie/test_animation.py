"""Lottie documents, their curves evaluated as the format says."""

from __future__ import annotations

import base64
import io
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from multiplane.contract.errors import Failure
from multiplane.contract.manifest import Comp
from multiplane.contract.storyboard import CameraMove
from multiplane.deliver.lottie.animation import CAMERA_LAYER, IMAGE_LAYER, write_lottie
from multiplane.deliver.lottie.keyframes import animated
from multiplane.stage.easing import Key, TemporalEase, bezier, bezier_parameter, evaluate
from tests.deliver.quads import COMP, MOVES, put, quad_shot

CLOSE = 1e-6


@pytest.mark.parametrize("name", MOVES)
def test_camera_is_the_manifests_at_every_frame(name: str, tmp_path: Path) -> None:
    shot = quad_shot(name, MOVES[name])
    write_lottie(tmp_path / "a.json", put(tmp_path, shot), tmp_path, embed=False)
    camera = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["layers"][0]
    assert camera["ty"] == CAMERA_LAYER
    frames = np.arange(COMP.duration_frames)
    keyed = shot.staged.camera
    for found, keys, spatial in (
        (camera["ks"]["p"], keyed.position, True),
        (camera["ks"]["a"], keyed.point_of_interest, True),
        (camera["ks"]["rz"], keyed.roll, False),
        (camera["pe"], keyed.zoom, False),
    ):
        ours = evaluate(keys, frames, COMP.fps, spatial=spatial)
        np.testing.assert_allclose(_values(found, frames), ours, atol=CLOSE, rtol=0)
        assert found["a"] == int(len(keys) > 1)
        if found["a"]:
            assert len(found["k"]) == len(keys)


def test_curve_between_frames_is_after_effects(tmp_path: Path) -> None:
    """Also where an ease overshoots, and where one side of a segment is linear."""
    times = np.linspace(0, 20, 81)
    for keys in (
        (Key(0, (5.0,), None, TemporalEase(-40.0, 60.0)), Key(20, (9.0,), TemporalEase(0.0, 10.0))),
        (Key(0, (5.0,), None, TemporalEase(0.0, 100.0)), Key(20, (9.0,))),
    ):
        ours = evaluate(keys, times, 24.0, spatial=False)
        np.testing.assert_allclose(_values(animated(keys, 24.0, spatial=False), times), ours)


def test_what_no_curve_can_follow_is_baked() -> None:
    """A property that leaves its value and comes back to it within one segment."""
    keys = (
        Key(0, (0.0,)),
        Key(4, (5.0,), None, TemporalEase(60.0, 50.0)),
        Key(12, (5.0,), TemporalEase(-60.0, 50.0)),
    )
    frames = np.arange(13)
    found = animated(keys, 24.0, spatial=False)
    ours = evaluate(keys, frames, 24.0, spatial=False)
    assert ours.max() > 6.0
    np.testing.assert_allclose(_values(found, frames), ours)


def test_document(tmp_path: Path) -> None:
    comp = Comp(width=96, height=64, fps=23.976, duration_frames=37)
    shot = quad_shot("戦士 1", CameraMove(), comp)
    manifest = put(tmp_path / "shot", shot)
    write_lottie(tmp_path / "embedded.json", manifest, tmp_path / "shot")
    write_lottie(tmp_path / "shot" / "beside.json", manifest, tmp_path / "shot", embed=False)
    embedded = json.loads((tmp_path / "embedded.json").read_text(encoding="utf-8"))
    beside = json.loads((tmp_path / "shot" / "beside.json").read_text(encoding="utf-8"))
    for found in (embedded, beside):
        assert (found["fr"], found["ip"], found["op"]) == (23.976, 0, 37)
        assert (found["w"], found["h"], found["ddd"], found["nm"]) == (96, 64, 1, "戦士 1")
        front_to_back = [layer.name for layer in reversed(shot.layers)]
        assert [layer["nm"] for layer in found["layers"]] == ["Camera", *front_to_back]
        pictures = found["layers"][1:]
        assert {(layer["ty"], layer["ddd"], layer["op"]) for layer in pictures} == {
            (IMAGE_LAYER, 1, 37)
        }
        assert [marker["cm"] for marker in found["markers"]] == [m.text for m in shot.markers]
        entries = list(reversed(manifest.layers))
        for layer, asset, entry in zip(pictures, found["assets"], entries, strict=True):
            assert (layer["refId"], asset["id"]) == (entry.id, entry.id)
            assert layer["ks"]["p"]["k"] == list(entry.position)
            assert layer["ks"]["s"]["k"] == [*entry.scale, 100.0]
            assert (asset["w"], asset["h"]) == tuple(entry.bbox[2:])
    for inside, outside, layer in zip(
        embedded["assets"], beside["assets"], reversed(shot.layers), strict=True
    ):
        picture = Image.open(io.BytesIO(base64.b64decode(inside["p"].partition(",")[2])))
        np.testing.assert_array_equal(np.asarray(picture.convert("RGBA")), layer.rgba)
        assert (tmp_path / "shot" / (outside["u"] + outside["p"])).is_file()


def test_a_missing_picture(tmp_path: Path) -> None:
    manifest = put(tmp_path, quad_shot("a", CameraMove()))
    (tmp_path / manifest.layers[0].file).unlink()
    with pytest.raises(Failure, match="missing") as problem:
        write_lottie(tmp_path / "a.json", manifest, tmp_path)
    assert problem.value.file == str(tmp_path / manifest.layers[0].file)
    assert not (tmp_path / "a.json").exists()


def _values(found: dict[str, Any], times: NDArray[Any]) -> NDArray[np.float64]:
    """Values (N, dimensions) of a Lottie property at these times (frames)."""
    if not found["a"]:
        return np.tile(np.atleast_1d(np.asarray(found["k"], np.float64)), (len(times), 1))
    keys = found["k"]
    out = np.tile(np.asarray(keys[0]["s"], np.float64), (len(times), 1))
    for left, right in pairwise(keys):
        inside = (times >= left["t"]) & (times <= right["t"])
        share = (times[inside] - left["t"]) / (right["t"] - left["t"])
        (x1, y1), (x2, y2) = (
            (float(np.ravel(left[side]["x"])[0]), float(np.ravel(left[side]["y"])[0]))
            for side in ("o", "i")
        )
        done = bezier(bezier_parameter(share, x1, x2), 0.0, y1, y2, 1.0)
        start, end = np.asarray(left["s"], np.float64), np.asarray(right["s"], np.float64)
        out[inside] = start + (end - start) * done[:, None]
    out[times > keys[-1]["t"]] = keys[-1]["s"]
    return out
