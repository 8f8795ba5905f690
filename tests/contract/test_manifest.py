"""The manifest: paths that stay inside, and what the paper's format has is there."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from multiplane.contract.events import Log, RunFinished, ShotFailed, StepProgress, parse_event
from multiplane.contract.manifest import Files, Manifest

MANIFEST: dict[str, Any] = {
    "shot_id": "shot-001",
    "original_prompt": "a red warrior in a forest",
    "model": {"name": "storyboard-mini", "seed": 1, "steps": 8, "guidance": 1.0},
    "comp": {"width": 1280, "height": 720, "fps": 24, "duration_frames": 48},
    "layers": [
        {
            "id": "background", "name": "background", "kind": "background",
            "file": "layers/background.png", "bbox": [0, 0, 512, 288], "depth": 0,
            "z": 900.5, "position": [640, 360, 900.5], "anchor": [256, 144], "scale": [300, 300],
        },
        {
            "id": "warrior", "name": "warrior", "kind": "character", "file": "layers/warrior.png",
            "phrase": "red warrior", "token_indices": [4, 5], "bbox": [10, 20, 100, 200],
            "depth": 0.9, "z": 10, "position": [600, 300, 10], "anchor": [50, 100],
            "scale": [250, 250], "confidence": 0.8, "tint": "warm",
        },
    ],
    "camera": {
        "zoom": 1777.8, "preset": "push_in", "amount": 1,
        "keyframes": {
            "position": [
                {"frame": 0, "value": [640, 360, -1777.8], "ease_out": {"influence": 33.33}},
                {"frame": 47, "value": [640, 360, -1600], "ease_in": {"influence": 33.33}},
            ]
        },
    },
    "files": {"picture": "picture.png"},
    "checks": {"recomposition_max_error": 1},
}  # fmt: skip


def test_round_trip_keeps_everything() -> None:
    manifest = Manifest.model_validate(MANIFEST)
    again = json.loads(manifest.to_json())
    assert again["schema"] == "multiplane/manifest/1"
    assert again["layers"][1]["tint"] == "warm"
    assert again["camera"]["keyframes"]["position"][1]["value"] == [640, 360, -1600]
    # What the paper's own format has, under the paper's names.
    assert {"name", "file", "token_indices"} <= again["layers"][1].keys()
    assert again["original_prompt"] == MANIFEST["original_prompt"]
    assert Manifest.model_validate(again) == manifest


@pytest.mark.parametrize(
    "path", ["../x.png", "a/../../x.png", "..", "/x.png", "C:/x.png", "c:x", "a\\b.png", "", "a\0"]
)
def test_paths_never_leave_the_folder(path: str) -> None:
    with pytest.raises(ValidationError):
        Files(picture=path)


@pytest.mark.parametrize("path", ["picture.png", "layers/日本 🐉.png", "a/..b/c..png"])
def test_paths_inside_are_kept(path: str) -> None:
    assert Files(picture=path).picture == path


def test_numbers_that_json_lacks_are_refused() -> None:
    camera = {**MANIFEST["camera"], "zoom": float("inf")}
    with pytest.raises(ValidationError, match="finite"):
        Manifest.model_validate({**MANIFEST, "camera": camera})


def test_events_are_one_line_each_and_come_back_as_their_own_type() -> None:
    error = {"code": "a.b", "message": "two\nlines"}
    events = [
        StepProgress(shot_id="s", step="generate", done=None, total=None),
        ShotFailed.model_validate({"shot_id": "s", "error": error}),
        Log(text="日本 🐉"),
        RunFinished(made=1, skipped=0, failed=1, seconds=2.5),
    ]
    for event in events:
        line = event.line()
        assert "\n" not in line
        assert parse_event(line) == event
    assert json.loads(events[0].line())["done"] is None
