"""Errors: one shape, stable codes, safe to print and to send between processes."""

from __future__ import annotations

import pickle

from multiplane.contract.document import ErrorEntry
from multiplane.contract.errors import MOST_TOLD, Failure, InputError, MultiplaneError

ERROR = InputError(
    "storyboard.fps.out_of_bounds",
    "It should be at least 1.",
    file="board.json",
    field="fps",
    value=0,
    remedy="Use 1 to 120 frames per second.",
    also=(InputError("storyboard.title.wrong_type", "It should be text.", field="title"),),
)


def test_text_names_file_field_value_and_remedy() -> None:
    first, second = str(ERROR).splitlines()
    assert first == (
        "board.json, fps: It should be at least 1. Given: 0. Use 1 to 120 frames per second."
    )
    assert second == "title: It should be text."


def test_exit_statuses() -> None:
    assert InputError("a.b", "").exit_status == 2
    assert Failure("a.b", "").exit_status == 1
    assert MultiplaneError("a.b", "").exit_status == 1


def test_survives_pickling_with_every_field() -> None:
    copy = pickle.loads(pickle.dumps(ERROR))
    assert type(copy) is InputError
    assert copy.as_dict() == ERROR.as_dict()


def test_dictionary_is_the_entry_of_the_schema() -> None:
    entry = ErrorEntry.model_validate(ERROR.as_dict())
    assert entry.code == ERROR.code
    assert entry.value == "0"
    assert entry.also[0].field == "title"
    assert entry.model_extra == {}


def test_half_characters_and_endless_values_can_be_printed() -> None:
    error = InputError("a.b", "Bad \ud800 text.", value="\ud800" * 10_000, field="x\ud800")
    str(error).encode("utf-8")
    assert len(str(error)) < 400
    assert "\\ud800" in str(error.as_dict()["message"])


def test_joined_errors_stand_side_by_side_and_their_list_ends() -> None:
    every = [InputError("a.b", str(n), also=(InputError("c.d", f"{n}!"),)) for n in range(40)]
    joined = InputError.joined(every)
    texts = [one.message for one in joined.each()]
    assert texts[:4] == ["0", "0!", "1", "1!"]
    assert len(texts) == MOST_TOLD + 1
    assert joined.also[-1].values["count"] == 80 - MOST_TOLD
    assert all(one.also == () for one in joined.also)


def test_a_value_is_shown_so_far_that_one_knows_it() -> None:
    shots = [{f"key{n}": {"a" * 50: ["b" * 50] * 9} for n in range(9)}] * 9
    shown = str(InputError("a.b", "Bad.", value=shots).as_dict()["value"])
    assert len(shown) <= 160
    assert shown.startswith("[{'key0'")
