"""The storyboard: defaults, shorthands, ids, and that nothing unknown is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from multiplane.contract.storyboard import Storyboard, given_ids


def board(**shot: Any) -> Storyboard:
    return Storyboard.model_validate({"shots": [{"prompt": "a warrior in a forest", **shot}]})


def test_smallest_storyboard_has_sensible_defaults() -> None:
    smallest = board()
    shot = smallest.shots[0]
    assert (smallest.schema_, smallest.fps, smallest.size) == (
        "multiplane/storyboard/1", 24, (1920, 1080),
    )  # fmt: skip
    assert (smallest.model, smallest.overscan) == ("auto", None)
    assert (shot.id, shot.duration, shot.camera.preset) == ("shot-001", 4, "push_in")


def test_words_stand_for_subjects_and_presets() -> None:
    shot = board(subjects=["warrior", {"name": "king", "count": 2}], camera="static").shots[0]
    assert [(s.name, s.count) for s in shot.subjects] == [("warrior", 1), ("king", 2)]
    assert shot.camera.preset == "static"


def test_unknown_fields_survive_a_round_trip_at_every_depth() -> None:
    document = {
        "studio": {"name": "Aoi", "rooms": [1, None]},
        "shots": [
            {
                "prompt": "a dog",
                "lens": None,
                "subjects": [{"name": "dog", "tag": "🐕"}],
                "camera": {"preset": "static", "rig": "B", "ease": {"in": 1, "curve": "s"}},
            }
        ],
    }
    again = json.loads(Storyboard.model_validate(document).to_json())
    shot = again["shots"][0]
    assert again["studio"] == document["studio"]
    assert "lens" in shot
    assert shot["lens"] is None
    assert shot["subjects"][0]["tag"] == "🐕"
    assert (shot["camera"]["rig"], shot["camera"]["ease"]["curve"]) == ("B", "s")
    assert again["schema"] == "multiplane/storyboard/1"
    assert shot["camera"]["ease"]["in"] == 1
    assert Storyboard.model_validate(again).to_json() == json_of(document)


def json_of(document: dict[str, Any]) -> str:
    return Storyboard.model_validate(document).to_json()


def test_given_ids_never_take_one_that_is_there() -> None:
    assert given_ids(["", "shot-001", "", "x"]) == ["shot-001-2", "shot-001", "shot-003", "x"]


def test_two_shots_of_one_id_are_refused() -> None:
    shots = [{"id": "a", "prompt": "x"}, {"id": "a", "prompt": "y"}]
    with pytest.raises(ValidationError, match="same id"):
        Storyboard.model_validate({"shots": shots})


def test_documents_cannot_be_changed_by_accident() -> None:
    storyboard = board()
    with pytest.raises(ValidationError, match="frozen"):
        storyboard.title = "other"  # type: ignore[misc]
