"""A storyboard's plates: found by name, checked, carried, told of where they are no use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from multiplane.contract.errors import InputError
from multiplane.contract.shot_files import with_board_files
from multiplane.intake.carried import carried
from multiplane.intake.plates import PlateSource, plate_seed
from multiplane.intake.read_storyboard import LoadedStoryboard, load_storyboard, read_storyboard
from multiplane.intake.scene_plates import with_scene_plates
from multiplane.intake.shot_list_file import as_shot_list
from multiplane.produce.slots import job_of, slots_of
from tests.command_line import Multiplane

PLATES = {"scene-3": "a forest", "hall": {"prompt": "a castle hall", "seed": 7}}


def loaded(*shots: dict[str, Any], folder: Path = Path(), **board: Any) -> LoadedStoryboard:
    whole = {"plates": PLATES, "seed": 5, **board, "shots": list(shots)}
    return load_storyboard(whole, folder=folder)


def plates_of(board: LoadedStoryboard) -> list[PlateSource | None]:
    return [job_of(slot, board).plate for slot in slots_of(board)]


def test_a_shot_finds_its_plate_by_name_however_it_is_written() -> None:
    board = loaded(
        {"prompt": "a warrior in a forest", "plate": "Scene-3", "style": "oil paint"},
        {"prompt": "a dragon in a castle hall", "plate": "hall"},
        {"prompt": "a dog in a forest", "plate": "scene-3"},
        {"prompt": "a dog on a beach"},
        style="watercolor",
    )
    first, second, third, none = plates_of(board)
    assert first is not None
    assert (first.name, first.words, first.file) == ("scene-3", "a forest", None)
    # The storyboard's style, whatever the shot's own: the place is the same for all.
    assert first == third
    assert first.style == "watercolor"
    assert first.seed == plate_seed("scene-3", 5) != plate_seed("hall", 5)
    assert second is not None
    assert second.seed == 7
    assert none is None


@pytest.mark.parametrize(
    ("board", "shot", "code", "field", "said"),
    [
        ({}, {"plate": "scene-4"}, "storyboard.shot.plate_unknown", "shots[0].plate", "scene-3"),
        ({"plates": {}}, {"plate": "x"}, "storyboard.shot.plate_unknown", "shots[0].plate",
         '"plates": {"x":'),
        ({"plates": {"x": {}}}, {}, "storyboard.plates.nothing", "plates.x", '"picture"'),
        ({"plates": {"x": "..."}}, {}, "storyboard.plates.nothing", "plates.x", '"picture"'),
        ({"plates": {"x": {"picture": " "}}}, {}, "storyboard.plates.picture_empty", "plates.x",
         "Name the file"),
        ({"plates": {"x": {"picture": "no.png"}}}, {"plate": "x"}, "picture.missing",
         "plates.x.picture", "Put it there"),
        ({"plates": {"x": {"prompt": "a hall", "seed": -1}}}, {},
         "storyboard.plates.seed.out_of_bounds", "plates.x.seed", "4294967295"),
        ({"plates": {"x": "a <lora:ink> hall"}}, {}, "storyboard.plates.prompt_lora", "plates.x",
         '"style"'),
        ({"plates": {"x": "a hall", "X": "a wood"}}, {}, "storyboard.plates.twice", "plates.X",
         "another name"),
        ({"plates": 3}, {}, "storyboard.plates.wrong_type", "plates", '{"hall":'),
    ],
)  # fmt: skip
def test_mistakes_are_told_with_field_and_remedy(
    board: dict[str, Any], shot: dict[str, Any], code: str, field: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as caught:
        loaded({"prompt": "a dog in a forest", **shot}, folder=tmp_path, **board)
    assert caught.value.code == code
    assert caught.value.field == field
    assert said in str(caught.value.as_dict()["remedy"])


def test_one_unknown_plate_stops_its_own_shot_only() -> None:
    board = loaded(
        {"prompt": "a dog in a forest", "plate": "scene-3"},
        {"prompt": "a dog in a forest", "plate": "nowhere"},
        {"prompt": "a dog in a hall", "plate": "hall"},
    )
    assert board.indices == (0, 2)
    assert [error.code for error in board.shots_errors.values()] == [
        "storyboard.shot.plate_unknown"
    ]


def test_plates_without_use_are_told(tmp_path: Path) -> None:
    Image.new("RGB", (64, 64)).save(tmp_path / "board.png")
    Image.new("RGBA", (64, 64)).save(tmp_path / "ink.png")
    board = loaded(
        {"picture": "board.png", "subjects": ["dog"], "plate": "scene-3"},
        {"layers": [{"name": "ink", "picture": "ink.png"}], "plate": "scene-3"},
        folder=tmp_path,
    )
    told = [(one.code, one.shot) for one in board.warnings if "plate" in one.code]
    assert told == [
        ("storyboard.plates.unused", None),
        ("storyboard.shot.plate_without_use", 0),
        ("storyboard.shot.plate_without_use", 1),
    ]
    assert 'Write "plate": "hall"' in str(next(one for one in board.warnings if one.shot is None))
    Image.new("RGB", (64, 64)).save(tmp_path / "hall.png")
    drawn = loaded(
        {"picture": "board.png", "subjects": ["dog"], "plate": "hall"},
        folder=tmp_path,
        plates={"hall": {"picture": "hall.png"}},
    )
    assert not [one for one in drawn.warnings if "plate" in one.code]
    (plate,) = plates_of(drawn)
    assert plate is not None
    assert plate.file == tmp_path / "hall.png"


def test_a_plates_picture_is_carried_and_named_with_its_place(tmp_path: Path) -> None:
    Image.new("RGB", (64, 64)).save(tmp_path / "hall.png")
    plates = {"hall": {"picture": "hall.png", "mood": "cold"}, "wood": "a forest"}
    board = loaded(
        {"prompt": "a dog in a hall", "plate": "hall"}, folder=tmp_path, plates=plates,
        soundtrack="song.wav",
    )  # fmt: skip
    moved = carried(board.storyboard, tmp_path, tmp_path / "out")
    assert moved.plates["hall"].picture == "../hall.png"
    assert moved.plates["hall"].model_extra == {"mood": "cold"}
    assert moved.plates["wood"].prompt == "a forest"
    found: list[tuple[str, str]] = []

    def noted(field: str, name: str) -> str:
        found.append((field, name))
        return f"upload:{name}"

    raw = with_board_files({"plates": plates, "soundtrack": "song.wav", "shots": []}, noted)
    assert found == [("soundtrack.file", "song.wav"), ("plates.hall.picture", "hall.png")]
    assert raw["plates"] == {
        "hall": {"picture": "upload:hall.png", "mood": "cold"}, "wood": "a forest",
    }  # fmt: skip
    assert raw["soundtrack"] == "upload:song.wav"


def test_plates_go_through_a_shot_list(tmp_path: Path) -> None:
    board = loaded({"prompt": "a warrior in a forest", "plate": "scene-3", "id": "a"})
    table = as_shot_list(board.storyboard, ",")
    (tmp_path / "shots.csv").write_text(table, encoding="utf-8")
    again = read_storyboard(tmp_path / "shots.csv").storyboard
    assert again.shots[0].plate == "scene-3"
    assert {name: plate.prompt for name, plate in again.plates.items()} == {
        "scene-3": "a forest", "hall": "a castle hall",
    }  # fmt: skip
    assert json.loads(again.to_json())["plates"]["hall"]["seed"] == 7


def test_shots_under_one_heading_get_one_plate() -> None:
    scenes = [
        ("2 EXT. BEACH - DAY", "a dog"), ("2 EXT. BEACH - DAY", "a king"),
        ("3 INT. HALL - NIGHT", "a king"), ("4A ext. Beach - Day", "a cat"), ("the end", "a cat"),
    ]  # fmt: skip
    board = loaded(
        *({"scene": scene, "prompt": f"{what} on a beach"} for scene, what in scenes),
        {"scene": "3 INT. HALL - NIGHT", "prompt": "a dog in a forest", "plate": "scene-3"},
    ).storyboard
    with_them = with_scene_plates(board)
    beach = "EXT. BEACH - DAY"
    assert [shot.plate for shot in with_them.shots] == [beach, beach, None, beach, None, "scene-3"]
    assert with_them.plates[beach].prompt == "beach, day"
    assert with_them.plates.keys() == {beach, *PLATES}
    assert [shot.plate for shot in board.shots] == [None] * 5 + ["scene-3"]


def test_a_script_is_converted_with_plates_only_when_asked(
    multiplane: Multiplane, tmp_path: Path
) -> None:
    script = tmp_path / "script.fountain"
    script.write_text(
        "EXT. BEACH - DAY\n\nA dog runs.\n\nA king waits.\n\nINT. HALL - NIGHT\n\nA king sits.\n"
    )
    for option in ([], ["--plates"]):
        out = tmp_path / f"board{len(option)}.json"
        said = multiplane("storyboard", "convert", script, out, *option)
        assert said.status == 0, said.all
    plain, asked = (json.loads((tmp_path / f"board{n}.json").read_text()) for n in (0, 1))
    assert "plates" not in plain
    assert asked["plates"] == {"EXT. BEACH - DAY": {"prompt": "beach, day"}}
    assert [shot.get("plate") for shot in asked["shots"]] == ["EXT. BEACH - DAY"] * 2 + [None]
