"""Reading storyboards: every kind of bad input by its field, and the good shots are kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from multiplane.contract.errors import InputError, MultiplaneError
from multiplane.intake.read_storyboard import LoadedStoryboard, read_storyboard
from multiplane.intake.shot_source import drawing_files

GOOD: dict[str, Any] = {"prompt": "a warrior in a forest"}
LISTED: dict[str, Any] = {**GOOD, "subjects": ["warrior"]}


def read(tmp_path: Path, document: object, **names: Any) -> LoadedStoryboard:
    path = tmp_path / "board.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return read_storyboard(path, **names)


WHOLE: dict[str, tuple[dict[str, Any], str, str]] = {
    "no shots": ({}, "shots.missing", "shots"),
    "empty shots": ({"shots": []}, "shots.too_few", "shots"),
    "10001 shots": ({"shots": [GOOD] * 10_001}, "shots.too_many", "shots"),
    "shots are no list": ({"shots": {"a": GOOD}}, "shots.wrong_type", "shots"),
    "shots is null": ({"shots": None}, "shots.wrong_type", "shots"),
    "newer schema": (
        {"schema": "multiplane/storyboard/9", "shots": [GOOD]}, "schema.too_new", "schema",
    ),
    "other schema": (
        {"schema": "multiplane/manifest/1", "shots": [GOOD]}, "schema.wrong_kind", "schema",
    ),
    "foreign schema": ({"schema": 1, "shots": [GOOD]}, "schema.wrong_kind", "schema"),
    "fps 0": ({"fps": 0, "shots": [GOOD]}, "fps.out_of_bounds", "fps"),
    "fps 121": ({"fps": 121, "shots": [GOOD]}, "fps.out_of_bounds", "fps"),
    "fps negative": ({"fps": -24, "shots": [GOOD]}, "fps.out_of_bounds", "fps"),
    "fps endless": ({"fps": 10**400, "shots": [GOOD]}, "fps", "fps"),
    "fps text": ({"fps": "fast", "shots": [GOOD]}, "fps.wrong_type", "fps"),
    "size zero": ({"size": [0, 720], "shots": [GOOD]}, "size.out_of_bounds", "size[0]"),
    "size huge": ({"size": [1280, 99999], "shots": [GOOD]}, "size.out_of_bounds", "size[1]"),
    "size half": ({"size": [1280], "shots": [GOOD]}, "size.missing", "size[1]"),
    "size of three": ({"size": [1, 2, 3], "shots": [GOOD]}, "size", "size"),
    "size broken": ({"size": [1280.5, 720], "shots": [GOOD]}, "size.wrong_type", "size[0]"),
    "overscan": ({"overscan": 0.5, "shots": [GOOD]}, "overscan.out_of_bounds", "overscan"),
    "seed negative": ({"seed": -1, "shots": [GOOD]}, "seed.out_of_bounds", "seed"),
    "seed huge": ({"seed": 2**32, "shots": [GOOD]}, "seed.out_of_bounds", "seed"),
    "takes none": ({"takes": 0, "shots": [GOOD]}, "takes.out_of_bounds", "takes"),
    "title number": ({"title": 7, "shots": [GOOD]}, "title.wrong_type", "title"),
    "title long": ({"title": "x" * 301, "shots": [GOOD]}, "title.too_long", "title"),
    "unknown model": ({"model": "storybord-mini", "shots": [GOOD]}, "model.unknown", "model"),
}  # fmt: skip


@pytest.mark.parametrize("case", WHOLE)
def test_a_bad_file_is_refused_with_its_field(case: str, tmp_path: Path) -> None:
    document, code, field = WHOLE[case]
    with pytest.raises(InputError) as caught:
        read(tmp_path, document, presets=["push_in"], models=["storyboard-mini"])
    error = caught.value
    assert error.code.startswith(f"storyboard.{code}")
    assert error.field == field
    assert error.file == str(tmp_path / "board.json")
    assert error.remedy
    assert str(error).startswith(f"{error.file}, {field}: ")
    assert error.exit_status == 2


SHOTS: dict[str, tuple[object, str, str]] = {
    "neither prompt nor picture": ({"id": "x"}, "prompt_missing", ""),
    "both prompt and picture": ({**GOOD, "picture": "ok.png"}, "prompt_and_picture", ""),
    "both unreadable": ({"prompt": 3, "picture": []}, "prompt.wrong_type", ".prompt"),
    "prompt number": ({"prompt": 3}, "prompt.wrong_type", ".prompt"),
    "prompt empty": ({"prompt": "  ?! "}, "prompt_empty", ".prompt"),
    "prompt endless": ({"prompt": "dog " * 5000}, "prompt.too_long", ".prompt"),
    "mark left open": ({"prompt": "a **dog"}, "prompt.mark_open", ".prompt"),
    "not an object": ("a dog", "wrong_type", ""),
    "null": (None, "wrong_type", ""),
    "id number": ({**GOOD, "id": 5}, "id.wrong_type", ".id"),
    "id long": ({**GOOD, "id": "x" * 301}, "id.too_long", ".id"),
    "id twice": ({**GOOD, "id": "first"}, "id_twice", ".id"),
    "duration 0": ({**GOOD, "duration": 0}, "duration.out_of_bounds", ".duration"),
    "duration long": ({**GOOD, "duration": 601}, "duration.out_of_bounds", ".duration"),
    "duration text": ({**GOOD, "duration": "long"}, "duration.wrong_type", ".duration"),
    "seed": ({**GOOD, "seed": 1.5}, "seed.wrong_type", ".seed"),
    "takes many": ({**GOOD, "takes": 17}, "takes.out_of_bounds", ".takes"),
    "unknown preset": (
        {**GOOD, "camera": "puhs_in"}, "camera.preset.unknown", ".camera.preset",
    ),
    "amount": ({**GOOD, "camera": {"amount": -1}}, "camera.amount.out_of_bounds", ".camera.amount"),
    "ease": (
        {**GOOD, "camera": {"ease": {"in": 101}}}, "camera.ease.in.out_of_bounds",
        ".camera.ease.in",
    ),
    "direction": (
        {**GOOD, "camera": {"direction": [1]}}, "camera.direction.wrong_type", ".camera.direction",
    ),
    "camera late": ({**GOOD, "duration": 2, "camera": {"start": 2}}, "camera_late", ""),
    "subject not in prompt": (
        {**GOOD, "subjects": ["warrior", "princess"]}, "subjects.not_in_prompt",
        ".subjects[1].name",
    ),
    "phrase not in prompt": (
        {**GOOD, "subjects": [{"name": "hero", "phrase": "red warrior"}]},
        "subjects.not_in_prompt", ".subjects[0].phrase",
    ),
    "subject twice": ({**GOOD, "subjects": ["warrior", "Warrior"]}, "subject_twice", ""),
    "subject without name": (
        {**GOOD, "subjects": [{"phrase": "warrior"}]}, "subjects.name.missing", ".subjects[0].name",
    ),
    "subject empty": ({**GOOD, "subjects": [" "]}, "subjects.empty", ".subjects[0]"),
    "subject long": (
        {**GOOD, "subjects": ["x" * 301]}, "subjects.too_long", ".subjects[0]",
    ),
    "subject count": (
        {**GOOD, "subjects": [{"name": "warrior", "count": 0}]}, "subjects.count.out_of_bounds",
        ".subjects[0].count",
    ),
    "subject number": ({**GOOD, "subjects": [4]}, "subjects.wrong_type", ".subjects[0]"),
    "picture missing": ({"picture": "no.png", "subjects": ["a"]}, "picture.missing", ".picture"),
    "picture empty": ({"picture": " ", "subjects": ["a"]}, "picture_empty", ".picture"),
    "picture is text": (
        {"picture": "board.json", "subjects": ["a"]}, "picture.unknown_format", ".picture",
    ),
    "picture 1x1": ({"picture": "dot.png", "subjects": ["a"]}, "picture.too_small", ".picture"),
}  # fmt: skip


@pytest.mark.parametrize("case", SHOTS)
def test_a_bad_shot_is_reported_and_the_others_are_kept(case: str, tmp_path: Path) -> None:
    bad, code, field = SHOTS[case]
    Image.new("RGB", (32, 32)).save(tmp_path / "ok.png")
    Image.new("RGB", (1, 1)).save(tmp_path / "dot.png")
    last = {"picture": "ok.png", "subjects": ["a"]}
    loaded = read(
        tmp_path, {"shots": [{**GOOD, "id": "first"}, bad, last]}, presets=["push_in"], models=[]
    )
    assert list(loaded.shots_errors) == [1]
    error = loaded.shots_errors[1]
    expected = code if code.startswith("picture.") else f"storyboard.shot.{code}"
    assert error.code == expected
    assert error.field == f"shots[1]{field}"
    assert error.file == str(tmp_path / "board.json")
    assert [shot.id for shot in loaded.storyboard.shots] == ["first", "shot-003"]
    assert loaded.indices == (0, 2)
    assert len(loaded.ids) == 3


def test_all_mistakes_of_a_shot_are_told_at_once(tmp_path: Path) -> None:
    bad = {"prompt": 1, "duration": 0, "camera": {"amount": "x"}}
    error = read(tmp_path, {"shots": [bad, GOOD]}).shots_errors[0]
    fields = [error.field, *(other.field for other in error.also)]
    assert fields == ["shots[0].prompt", "shots[0].duration", "shots[0].camera.amount"]


def test_without_a_good_shot_every_error_is_raised(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, {"shots": [{}, {"prompt": 1}, 5]})
    fields = [caught.value.field, *(other.field for other in caught.value.also)]
    assert fields == ["shots[0]", "shots[1].prompt", "shots[2]"]


AWKWARD_IDS = [
    "a/b", "../up", "..", "🐉", "x" * 300, "CON", "nul.txt", "dot.", "Dot", "dot", "a\\b", "C:",
]  # fmt: skip


def test_no_id_is_refused_for_its_letters(tmp_path: Path) -> None:
    loaded = read(tmp_path, {"shots": [{**GOOD, "id": id_} for id_ in AWKWARD_IDS]})
    assert loaded.shots_errors == {}
    assert [shot.id for shot in loaded.storyboard.shots] == AWKWARD_IDS
    folders = loaded.folders
    assert len({name.casefold() for name in folders.values()}) == len(AWKWARD_IDS)
    assert folders["🐉"] == "🐉"
    for name in folders.values():
        (tmp_path / "out" / name).mkdir(parents=True)
    assert len(list((tmp_path / "out").iterdir())) == len(AWKWARD_IDS)


def test_repairing_a_shot_moves_no_other_folder(tmp_path: Path) -> None:
    good, bad = {**GOOD, "id": "Sea"}, {"id": "sea"}
    before = read(tmp_path, {"shots": [bad, good]}).folders
    after = read(tmp_path, {"shots": [{**GOOD, **bad}, good]}).folders
    assert before["Sea"] == after["Sea"]


def test_pictures_start_at_the_storyboards_folder(tmp_path: Path) -> None:
    (tmp_path / "in" / "drawings").mkdir(parents=True)
    Image.new("RGB", (32, 32)).save(tmp_path / "in" / "drawings" / "a.png")
    names = ["drawings/a.png", "drawings\\a.png", "../in/drawings/a.png"]
    names.append(str(tmp_path / "in" / "drawings" / "a.png"))
    shots = [{"picture": name, "subjects": ["a"]} for name in names]
    loaded = read(tmp_path / "in", {"shots": shots})
    assert loaded.shots_errors == {}
    for shot, name in zip(loaded.storyboard.shots, names, strict=True):
        path = drawing_files(shot, loaded.folder)[0]
        assert path is not None
        assert path.is_file()
        assert shot.picture == name
    assert loaded.folder == tmp_path / "in"


@pytest.mark.parametrize(
    ("named", "found"),
    [("../drawings", "drawings"), ("gone", "boards"), ("", "boards"), ("a\0b", "boards")],
)
def test_a_storyboard_may_say_where_its_paths_start(named: str, found: str, tmp_path: Path) -> None:
    for name in ("boards", "drawings"):
        (tmp_path / name).mkdir()
        Image.new("RGB", (64, 36)).save(tmp_path / name / "a.png")
    path = tmp_path / "boards" / "b.json"
    board = {"folder": named, "shots": [{"picture": "a.png", "subjects": ["dog"]}]}
    path.write_text(json.dumps(board), encoding="utf-8")
    loaded = read_storyboard(path)
    (picture,) = (drawing_files(shot, loaded.folder)[0] for shot in loaded.storyboard.shots)
    assert picture is not None
    assert picture.samefile(tmp_path / found / "a.png")
    assert loaded.storyboard.folder is None
    assert loaded.storyboard.title == "b"


def test_whatever_can_be_read_can_be_written_again(tmp_path: Path) -> None:
    deep: list[Any] = []
    for _ in range(98):
        deep = [deep]
    again = json.loads(read(tmp_path, {"deep": deep, "shots": [GOOD]}).storyboard.to_json())
    assert again["deep"] == deep


def test_what_is_unknown_and_null_is_kept(tmp_path: Path) -> None:
    loaded = read(tmp_path, {"client": None, "shots": [{**LISTED, "mood": {"x": [1]}}]})
    again = json.loads(loaded.storyboard.to_json())
    assert again["client"] is None
    assert again["shots"][0]["mood"] == {"x": [1]}


def test_the_example_is_read_without_a_mistake() -> None:
    path = Path(__file__).parents[2] / "examples" / "warrior_and_princess.json"
    presets = ["truck_left", "push_in", "truck_left", "truck_right"]
    loaded = read_storyboard(path, presets=presets)
    assert loaded.shots_errors == {}
    assert len(loaded.storyboard.shots) == 4
    assert len({shot.style for shot in loaded.storyboard.shots}) == 4
    assert [shot.camera.preset for shot in loaded.storyboard.shots] == presets


def faults(error: MultiplaneError) -> list[str | None]:
    return [one.field for one in error.each()]


def test_all_that_is_wrong_with_a_valid_shot_is_told_at_once(tmp_path: Path) -> None:
    shot = {
        "id": "one", "prompt": "a **dog**", "subjects": ["cat"], "plate": "nowhere",
        "camera": "orbitt", "mattes": [{"layer": "dog", "matte": "gone.png"}],
    }  # fmt: skip
    loaded = read(tmp_path, {"shots": [{**GOOD, "id": "one"}, shot]}, presets=["orbit", "push_in"])
    assert faults(loaded.shots_errors[1]) == [
        "shots[1].id",
        "shots[1].camera.preset",
        "shots[1].subjects[0].name",
        "shots[1].plate",
        "shots[1].mattes[0].matte",
    ]


def test_what_can_be_read_of_a_bad_shot_is_looked_at_too(tmp_path: Path) -> None:
    bad = {"picture": "gone.png", "duration": 0, "camera": "orbitt", "audio": "gone.wav"}
    loaded = read(tmp_path, {"shots": [GOOD, bad]}, presets=["orbit", "push_in"])
    assert faults(loaded.shots_errors[1]) == [
        "shots[1].duration",
        "shots[1].camera.preset",
        "shots[1].picture",
    ]


def test_a_bad_storyboard_and_its_bad_shots_are_told_at_once(tmp_path: Path) -> None:
    shots = [GOOD, {"prompt": 1, "takes": 0}, {"prompt": "@mira runs", "duration": "2.5s"}]
    with pytest.raises(InputError) as caught:
        read(tmp_path, {"fps": 0, "size": [0, 9], "styl": "ink", "shots": shots})
    assert faults(caught.value) == [
        "fps", "size[0]", "size[1]", "styl", "shots[1].prompt", "shots[1].takes",
    ]  # fmt: skip
    with pytest.raises(InputError) as unknown:
        read(tmp_path, {"model": "no", "plates": {"a": "x", "A": "y"}, "shots": shots[:2]},
             models=["storyboard-mini"])  # fmt: skip
    assert faults(unknown.value) == ["plates.A", "model", "shots[1].prompt", "shots[1].takes"]


@pytest.mark.parametrize("folder", [".", "in"])
def test_where_paths_start_is_told_as_a_whole_path(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a shot's picture, a plate's and one of the cast alike."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    board = {
        "plates": {"hall": {"picture": "hall.png"}},
        "cast": {"mira": {"prompt": "a pilot", "pictures": ["mira.png"]}},
        "shots": [{"picture": "gone.png"}, {**GOOD, "plate": "hall"}, {"prompt": "@mira runs"}],
    }
    path = Path(folder) / "board.json"
    path.write_text(json.dumps(board))
    with pytest.raises(MultiplaneError) as caught:
        read_storyboard(path)
    start = (tmp_path / folder).absolute() if folder != "." else tmp_path
    told = [(one.field, one.remedy) for one in caught.value.each()]
    remedy = f"Put it there; relative paths start in {start}."
    assert told == [
        ("shots[0].picture", remedy),
        ("plates.hall.picture", remedy),
        ("cast.mira.pictures[0]", remedy),
    ]
