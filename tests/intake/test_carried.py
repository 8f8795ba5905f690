"""A storyboard that moves keeps its files: every path in it is rewritten."""

from __future__ import annotations

from pathlib import Path

from multiplane.contract.storyboard import Storyboard
from multiplane.intake.carried import carried


def test_every_path_of_a_shot_goes_along(tmp_path: Path) -> None:
    absolute = str(tmp_path / "b.wav")
    shots = [
        {"picture": "a.png", "audio": "a.wav", "mattes": [{"layer": "dog", "matte": "m/dog.png"}]},
        {"layers": [{"name": "ink", "picture": "in/ink.png"}], "audio": absolute},
    ]
    cast = {"mira": {"prompt": "a pilot", "pictures": ["mira.png"]}, "bo": "a robot"}
    board = Storyboard.model_validate({"shots": shots, "soundtrack": "song.wav", "cast": cast})
    moved = carried(board, tmp_path / "old", tmp_path / "new" / "deep")
    first, second = moved.shots
    assert moved.soundtrack is not None
    assert moved.soundtrack.file == "../../old/song.wav"
    assert moved.cast["mira"].pictures == ["../../old/mira.png"]
    assert moved.cast["bo"] == board.cast["bo"]
    assert first.picture == "../../old/a.png"
    assert first.audio == "../../old/a.wav"
    assert first.mattes[0].matte == "../../old/m/dog.png"
    assert second.layers[0].picture == "../../old/in/ink.png"
    assert second.audio == absolute
    assert board.shots[0].mattes[0].matte == "m/dog.png", "the board itself stays"
