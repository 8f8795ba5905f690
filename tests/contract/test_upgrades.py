"""Older documents are upgraded step by step; newer and other ones are refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from multiplane.contract.errors import InputError
from multiplane.contract.upgrades import STORYBOARD_UPGRADES, Upgrades


@pytest.fixture
def upgrades() -> Upgrades:
    boards = Upgrades("multiplane/board/3")

    @boards.register(1)
    def name_became_title(document: dict[str, Any]) -> dict[str, Any]:
        document["title"] = document.pop("name")
        return document

    @boards.register(2)
    def rate_became_fps(document: dict[str, Any]) -> dict[str, Any]:
        document["fps"] = document.pop("rate")
        return document

    return boards


def test_every_step_is_taken_and_the_original_stays(upgrades: Upgrades) -> None:
    old = {"schema": "multiplane/board/1", "name": "x", "rate": 25, "own": 1}
    new = upgrades.apply(old)
    assert new == {"schema": "multiplane/board/3", "title": "x", "fps": 25, "own": 1}
    assert old["name"] == "x"


def test_a_missing_label_means_the_current_version() -> None:
    assert STORYBOARD_UPGRADES.apply({"shots": []})["schema"] == "multiplane/storyboard/1"


@pytest.mark.parametrize(
    ("label", "code", "words"),
    [
        ("multiplane/board/4", "board.schema.too_new", ["version 4", "version 3"]),
        ("multiplane/board/0", "board.schema.unknown_version", ["Version 0"]),
        ("multiplane/manifest/1", "board.schema.wrong_kind", ["not a board"]),
        ("nonsense", "board.schema.wrong_kind", ["not a board"]),
        (3, "board.schema.wrong_kind", ["not a board"]),
        ([], "board.schema.wrong_kind", ["not a board"]),
    ],
)
def test_other_labels(upgrades: Upgrades, label: object, code: str, words: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        upgrades.apply({"schema": label}, file="b.json")
    assert caught.value.code == code
    assert (caught.value.file, caught.value.field) == ("b.json", "schema")
    assert all(word in str(caught.value) for word in words)


@pytest.mark.parametrize("version", [1, 3, -1])
def test_an_upgrade_is_registered_once_and_from_the_past(upgrades: Upgrades, version: int) -> None:
    with pytest.raises(ValueError, match="no upgrade"):
        upgrades.register(version)(lambda document: document)
