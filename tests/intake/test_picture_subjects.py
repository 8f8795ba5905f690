"""What is cut out of a drawing whose subjects nobody listed."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from multiplane.contract.storyboard import Shot
from multiplane.intake.picture_subjects import subjects_of_picture, words_of_name
from multiplane.intake.reading import place_in_json
from multiplane.intake.shot_notices import shot_notices
from multiplane.intake.subjects import describe_drawing

NAMES: dict[str, str] = {
    "drawings/03 warrior and dragon.png": "warrior and dragon",
    "C:\\boards\\03_knight_horse_tree.psd": "knight, horse, tree",
    "redHouse-dragon.v2.png": "red house, dragon",
    "boat_on_the_sea.png": "boat on the sea",
    "lighthouse & boat.tif": "lighthouse and boat",
    "sc010_sh020_v003.png": "",
    "board-1-1ABCD.png": "board",
    "7.png": "",
    "": "",
    "..": "",
    "-_-.png": "",
    "海.png": "海",
}


@pytest.mark.parametrize("file", NAMES)
def test_words_of_a_files_name(file: str) -> None:
    assert words_of_name(file) == NAMES[file]


FOUND: dict[str, tuple[dict[str, object], list[tuple[str, str, int]]]] = {
    "list before words": (
        {"subjects": ["sea"], "action": "A dog barks."}, [("sea", "sea", 1)],
    ),
    "action before notes": (
        {"action": "Two dogs chase a red car.", "notes": "a cat"},
        [("dogs", "dogs", 2), ("car", "red car", 1)],
    ),
    "notes before the name": ({"notes": "a cat"}, [("cat", "cat", 1)]),
    "name": ({"action": "She waits."}, [("warrior", "warrior", 1), ("dragon", "dragon", 1)]),
    "words of the trade": (
        {"action": "The camera pushes in on the warrior."}, [("warrior", "warrior", 1)],
    ),
    "title card": (
        {"picture": "board-1-1ABCD.png", "notes": "TITLE CARD"}, [],
    ),
    "nothing": ({"picture": "IMG_1234.JPG"}, []),
}  # fmt: skip


@pytest.mark.parametrize("case", FOUND)
def test_subjects_are_found_in_the_shots_words(case: str, tmp_path: Path) -> None:
    fields, expected = FOUND[case]
    shot = Shot.model_validate({"picture": "03_warrior_dragon.png", **fields})
    found = subjects_of_picture(shot)
    assert [(one.name, one.phrase or one.name, one.count) for one in found] == expected
    if expected:
        prompt, phrases = describe_drawing(found)
        assert prompt.text == ", ".join(phrase for _, phrase, _ in expected)
        assert [(one.name, one.phrase, one.count) for one in phrases] == expected
    else:
        Image.new("RGB", (16, 16)).save(tmp_path / str(shot.picture), "PNG")
        (notice,) = shot_notices({4: shot}, tmp_path, place_in_json)
        assert notice.code == "storyboard.shot.subjects.none_found"
        assert notice.field == "shots[4].subjects"
        assert '"subjects": [' in str(notice)
