"""A storyboard's soundtrack: read, carried by a spreadsheet, and what is said of one of no use."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Any

import pytest

from multiplane.contract.errors import InputError
from multiplane.contract.storyboard import Storyboard
from multiplane.intake.read_storyboard import load_storyboard, read_storyboard
from multiplane.intake.shot_list_file import as_shot_list


def song(path: Path, seconds: float) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(round(seconds * 8000) * 2))


def told(folder: Path, soundtrack: Any, film_s: float = 4.0) -> list[str]:
    shots = [{"prompt": "a cat", "duration": film_s}]
    loaded = load_storyboard({"shots": shots, "soundtrack": soundtrack}, folder=folder)
    return [one.code.removeprefix("storyboard.soundtrack.") for one in loaded.warnings]


@pytest.mark.parametrize(
    ("soundtrack", "codes"),
    [
        ("song.wav", []),
        ({"file": "song.wav", "offset": -1}, []),
        ({"file": "song.wav", "offset": -2.5}, ["short"]),
        ({"file": "song.wav", "offset": 4}, ["outside"]),
        ({"file": "song.wav", "offset": -5}, ["outside"]),
        ("gone.wav", ["missing"]),
        ("words.txt", ["unusable"]),
        ("Song.WAV", ["storyboard.file.other_case"]),
    ],
)
def test_what_is_said_of_it(tmp_path: Path, soundtrack: Any, codes: list[str]) -> None:
    song(tmp_path / "song.wav", 5.0)
    (tmp_path / "words.txt").write_text("la la la")
    assert told(tmp_path, soundtrack) == codes


@pytest.mark.parametrize("soundtrack", [{"offset": 1}, 5, "", {"file": "a", "offset": "late"}])
def test_what_is_none_is_refused(tmp_path: Path, soundtrack: Any) -> None:
    with pytest.raises(InputError) as caught:
        told(tmp_path, soundtrack)
    assert (caught.value.field or "").startswith("soundtrack")
    assert caught.value.remedy, "what to write instead is said"


@pytest.mark.parametrize("soundtrack", ["a: b.wav", {"file": "a.wav", "offset": -1.5}])
def test_a_spreadsheet_keeps_it(tmp_path: Path, soundtrack: Any) -> None:
    board = Storyboard.model_validate({"shots": [{"prompt": "a cat"}], "soundtrack": soundtrack})
    (tmp_path / "board.csv").write_text(as_shot_list(board), encoding="utf-8")
    assert read_storyboard(tmp_path / "board.csv").storyboard.soundtrack == board.soundtrack
