"""Files that a shot names: found and replaced in every place, of shots as read and as JSON."""

from __future__ import annotations

from typing import Any

import pytest

from multiplane.contract.shot_files import named_files, with_cast_pictures, with_files
from multiplane.contract.storyboard import Shot

DRAWN: dict[str, Any] = {
    "picture": "a.png",
    "audio": "a.wav",
    "mattes": [{"layer": "cat", "matte": "cat.png"}, {"layer": "dog", "matte": "dog.png"}],
    "own": {"picture": "mine.png"},
}
IN_LAYERS: dict[str, Any] = {
    "layers": [{"name": "sky", "picture": "sky.png"}, {"name": "ink", "picture": "ink.png"}]
}


@pytest.mark.parametrize("shot", [DRAWN, IN_LAYERS], ids=["drawn", "in layers"])
def test_every_file_is_found_and_replaced_where_it_stands(shot: dict[str, Any]) -> None:
    read = Shot.model_validate(shot)
    found = named_files(shot)
    assert found == named_files(read) == read.files()
    moved = with_files(shot, lambda field, name: f"{field}:{name}")
    assert [name for _, name in named_files(moved)] == [f"{field}:{name}" for field, name in found]
    assert moved.get("own") == shot.get("own")
    assert with_files(read, lambda field, name: f"{field}:{name}") == Shot.model_validate(moved)
    assert named_files(shot) == found, "the shot itself stays"


def test_places_are_named_as_errors_name_them() -> None:
    assert [field for field, _ in named_files(DRAWN | IN_LAYERS)] == [
        "picture", "audio", "layers[0].picture", "layers[1].picture",
        "mattes[0].matte", "mattes[1].matte",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "shot",
    [
        {},
        {"picture": None, "layers": None, "mattes": 3},
        {"picture": 3, "layers": [None, "x", {"picture": 1}, []], "mattes": {"matte": "a"}},
    ],
)
def test_json_that_nobody_checked(shot: dict[str, Any]) -> None:
    assert named_files(shot) == []
    assert with_files(shot, lambda field, name: "never") == shot


@pytest.mark.parametrize("cast", [None, 5, {"mira": "a pilot"}, {"mira": {"pictures": "a.png"}}])
def test_a_cast_without_pictures_stays_as_it_is(cast: Any) -> None:
    board = {"cast": cast, "shots": []}
    assert with_cast_pictures(board, lambda field, name: f"{field}:{name}") == board


def test_each_picture_of_the_cast_is_replaced_where_it_stands() -> None:
    board = {"cast": {"mira": {"pictures": ["a.png", 7, "b.png"]}, "bo": "a robot"}}
    assert with_cast_pictures(board, lambda field, name: f"{field}:{name}") == {
        "cast": {
            "mira": {"pictures": ["cast.mira.pictures[0]:a.png", 7, "cast.mira.pictures[2]:b.png"]},
            "bo": "a robot",
        }
    }
