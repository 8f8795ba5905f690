"""Keys of a storyboard that nobody knows: kept, and told with what they nearly are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from multiplane.contract.errors import InputError
from multiplane.intake.known_keys import odd_keys
from multiplane.intake.read_storyboard import load_storyboard, read_storyboard

GOOD: dict[str, Any] = {"prompt": "a **warrior** in a forest"}


@pytest.mark.parametrize(
    ("document", "place", "remedy"),
    [
        ({"styl": "ink", "shots": [GOOD]}, "styl", 'Did you mean "style"?'),
        ({"Seed": 4, "shots": [GOOD]}, "Seed", 'Did you mean "seed"?'),
        ({"shots": [{**GOOD, "camra": "orbit"}]}, "shots[0].camra", 'Did you mean "camera"?'),
        ({"shots": [{**GOOD, "lenght": 3}]}, "shots[0].lenght", None),
        ({"shots": [{**GOOD, "length": 3}]}, "shots[0].length", 'Did you mean "duration"?'),
        ({"shots": [{**GOOD, "camera": {"preset": "orbit", "amout": 2}}]},
         "shots[0].camera.amout", 'Did you mean "amount"?'),
        ({"shots": [{**GOOD, "camera": {"ease": {"inn": 2}}}]},
         "shots[0].camera.ease.inn", 'Did you mean "in"?'),
        ({"shots": [{**GOOD, "subjects": [{"name": "warrior", "cout": 1}]}]},
         "shots[0].subjects[0].cout", 'Did you mean "count"?'),
        ({"cast": {"mira": {"prompt": "a pilot", "sed": 3}}, "shots": [GOOD]},
         "cast.mira.sed", 'Did you mean "seed"?'),
        ({"plates": {"hall": {"prompt": "a hall", "pictur": "a.png"}},
          "shots": [{**GOOD, "plate": "hall"}]},
         "plates.hall.pictur", 'Did you mean "picture"?'),
        ({"shots": [{**GOOD, "model": "flux"}]}, "shots[0].model", "whole storyboard"),
        ({"shots": [{**GOOD, "amount": 2}]}, "shots[0].amount", '"camera"'),
        ({"camera": "orbit", "shots": [GOOD]}, "camera", "every shot"),
    ],
)  # fmt: skip
def test_a_misspelt_or_misplaced_key_is_told_and_kept(
    document: dict[str, Any], place: str, remedy: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "board.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    loaded = read_storyboard(path)
    assert loaded.shots_errors == {}
    told = [one for one in loaded.warnings if one.code.startswith("storyboard.key.")]
    if remedy is None:
        assert told == []
        return
    (notice,) = told
    assert (notice.file, notice.field) == (str(path), place)
    assert remedy in str(notice.remedy)
    assert str(notice).startswith(f"{path}, {place}: The key ")
    again = json.loads(loaded.storyboard.to_json())
    assert place.rsplit(".", 1)[-1] in json.dumps(again), "nothing is lost"


@pytest.mark.parametrize(
    "beside",
    [{"client": "x", "mood": {"x": [1]}, "deep": 1}, {"_camra": 1, "$styl": 2, "x-promt": 3},
     {"description": "hers", "name": "A 1", "comment": "later", "title": "The duel"}],
)  # fmt: skip
def test_words_of_others_are_not_told(beside: dict[str, Any]) -> None:
    assert odd_keys({**{key: 1 for key in beside if key.startswith("_")}, "shots": [GOOD]}) == []
    assert odd_keys({"shots": [{**GOOD, **beside}]}) == []


def test_the_same_slip_in_many_shots_is_told_once() -> None:
    shots = [{**GOOD, "camra": "orbit"} for _ in range(40)]
    loaded = load_storyboard({"shots": shots}, folder=Path())
    (notice,) = (one for one in loaded.warnings if one.code == "storyboard.key.misspelt")
    assert (notice.shot, notice.values["count"]) == (0, 39)
    assert "39 more places" in notice.text


def test_a_shot_that_fails_for_a_misspelt_key_says_so() -> None:
    with pytest.raises(InputError) as caught:
        load_storyboard({"shots": [{"promt": "a cat"}]}, folder=Path(), file="board.json")
    first, second = caught.value.each()
    assert first.code == "storyboard.shot.prompt_missing"
    assert (second.file, second.field) == ("board.json", "shots[0].promt")
    assert second.remedy == 'Did you mean "prompt"?'
    with pytest.raises(InputError, match=r'Did you mean "shots"\?'):
        load_storyboard({"shotss": [GOOD]}, folder=Path())
    bad = load_storyboard({"shots": [GOOD, {"promt": "a cat"}]}, folder=Path())
    assert [one.field for one in bad.shots_errors[1].each()] == ["shots[1]", "shots[1].promt"]
    assert not [one for one in bad.warnings if one.code.startswith("storyboard.key.")]


def test_a_file_beside_a_picture_is_named(tmp_path: Path) -> None:
    Image.new("RGB", (64, 36)).save(tmp_path / "01.png")
    (tmp_path / "01.json").write_text(json.dumps({"camra": "orbit", "subjects": ["dog"]}))
    (notice,) = read_storyboard(tmp_path).warnings
    assert (notice.shot, notice.file, notice.field) == (0, str(tmp_path / "01.json"), "camra")
    assert notice.remedy == 'Did you mean "camera"?'


def test_a_shot_list_tells_of_its_columns_and_of_what_holds_for_all(tmp_path: Path) -> None:
    path = tmp_path / "shots.csv"
    path.write_text("# styl: ink\n# File: night\n# fps: 12\nprompt,camra\na **dog**,orbit\n")
    told = {one.code: one for one in read_storyboard(path).warnings}
    assert told["storyboard.shot_list.remark_unknown"].remedy == 'Did you mean "# style: ..."?'
    assert told["storyboard.shot_list.column_unknown"].remedy == 'Did you mean "camera"?'
    assert len(told) == 2, "a remark about a file is one, and each slip is told once"
