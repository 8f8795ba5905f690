"""The cast of a storyboard: names in prompts become words, and subjects under their names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from multiplane.contract.errors import InputError
from multiplane.contract.storyboard import Storyboard
from multiplane.contract.style import NamedLora
from multiplane.intake.read_storyboard import LoadedStoryboard, load_storyboard, read_storyboard
from multiplane.intake.shot_list_file import as_shot_list
from multiplane.intake.shot_source import Prompt
from multiplane.intake.subjects import find_subjects
from multiplane.produce.job import ShotJob
from multiplane.produce.slots import job_of, slots_of

CAST = {"mira": {"prompt": "a tall pilot with red hair", "seed": 77}, "Bo": "the old robot"}


def loaded(*shots: dict[str, Any], cast: Any = CAST) -> LoadedStoryboard:
    return load_storyboard({"cast": cast, "seed": 5, "shots": list(shots)}, folder=Path())


def jobs(*shots: dict[str, Any], cast: Any = CAST) -> list[ShotJob]:
    board = loaded(*shots, cast=cast)
    return [job_of(slot, board) for slot in slots_of(board)]


def cut(job: ShotJob) -> tuple[str, list[tuple[str, list[str], int]]]:
    """What is painted, and for each subject its name, its words wherever they stand, and count."""
    assert isinstance(job.source, Prompt)
    read, found = find_subjects(job.source.text, job.shot.subjects, named=job.source.cast)
    return read.text, [
        (one.name, [read.text[a:b] for a, b in one.spans], one.count) for one in found
    ]


PROMPTS = [
    (
        "@mira and a dog on a beach",
        "a tall pilot with red hair and a dog on a beach",
        [("mira", ["tall pilot with red hair"], 1), ("dog", ["dog"], 1)],
    ),
    (
        "@MIRA waits, a **castle** behind @mira",
        "a tall pilot with red hair waits, a castle behind the tall pilot with red hair",
        [("mira", ["tall pilot with red hair"] * 2, 1), ("castle", ["castle"], 1)],
    ),
    (
        "@mira meets **@Bo**",
        "a tall pilot with red hair meets the old robot",
        [("mira", ["tall pilot with red hair"], 1), ("Bo", ["old robot"], 1)],
    ),
]


@pytest.mark.parametrize(("prompt", "text", "subjects"), PROMPTS)
def test_a_name_stands_for_words_and_is_the_layers_name(
    prompt: str, text: str, subjects: list[tuple[str, list[str], int]]
) -> None:
    (job,) = jobs({"prompt": prompt})
    assert cut(job) == (text, subjects)


def test_listed_subjects_may_be_called_by_their_names() -> None:
    shot = {"prompt": "@mira on a red horse, @Bo far away", "subjects": ["@mira", "red horse"]}
    (job,) = jobs(shot)
    _, subjects = cut(job)
    assert sorted(name for name, _, _ in subjects) == ["Bo", "mira", "red horse"]


def test_the_seed_is_the_casts_unless_the_shot_has_its_own() -> None:
    shots = [{"prompt": "a cow"}, {"prompt": "@Bo waits"}, {"prompt": "@Bo and @mira wait"}]
    made = jobs(*shots, {"prompt": "@mira waits", "seed": 9})
    assert [job.seed for job in made] == [5, 6, 77, 9]


def test_a_lora_of_hers_is_worn_in_her_shots_alone() -> None:
    cast = {"mira": {"prompt": "a pilot", "lora": "mira_v2:0.8"}, "Bo": "a robot"}
    board = {"prompt": "@mira and @Bo, @mira runs", "style": "ink <lora:paper>"}
    made = jobs(board, {"prompt": "@Bo waits"}, cast=cast)
    assert made[0].loras == (NamedLora("paper", 1.0), NamedLora("mira_v2", 0.8))
    assert made[1].loras == ()


def test_the_storyboard_keeps_the_names() -> None:
    board = loaded({"prompt": "@mira waits"}).storyboard
    assert board.shots[0].prompt == "@mira waits"


@pytest.mark.parametrize(
    ("cast", "remedy"),
    [(CAST, 'Did you mean "@mira"?'), ({}, 'Say who it is: "cast": {"mirra"')],
)
def test_an_unknown_name_is_an_error_that_names_near_ones(cast: Any, remedy: str) -> None:
    board = loaded({"prompt": "a cow"}, {"prompt": "@mirra waits"}, cast=cast)
    error = board.shots_errors[1]
    assert isinstance(error, InputError)
    assert (error.code, error.field, error.value) == (
        "storyboard.shot.cast_unknown", "shots[1].prompt", "@mirra",
    )  # fmt: skip
    assert (error.remedy or "").startswith(remedy)


@pytest.mark.parametrize("prompt", ["a sign with me@home.org on it", "a cat @ home"])
def test_other_signs_are_no_names(prompt: str) -> None:
    (job,) = jobs({"prompt": prompt})
    assert isinstance(job.source, Prompt)
    assert job.source == Prompt(prompt)


@pytest.mark.parametrize(
    "cast",
    [
        {"two words": "a cat"},
        {"mira": {}},
        {"mira": ""},
        {"a": {"prompt": "b", "lora": "x:90"}},
        {"": "a"},
        5,
    ],
)
def test_what_is_no_cast_is_refused(cast: Any) -> None:
    with pytest.raises(InputError) as caught:
        loaded({"prompt": "a cow"}, cast=cast)
    assert (caught.value.field or "").startswith("cast")
    assert caught.value.remedy, "what to write instead is said"
    assert "mira" not in caught.value.code, "a user's own word is in no code"
    assert not set("^$\\") & set(caught.value.message), "no regular expressions"


def test_a_drawings_subjects_may_be_of_the_cast(tmp_path: Path) -> None:
    Image.new("RGB", (160, 90), "white").save(tmp_path / "drawing.png")

    def subjects(*listed: str) -> list[tuple[str, str | None]]:
        shot = {"picture": "drawing.png", "subjects": listed}
        board = load_storyboard({"cast": CAST, "shots": [shot]}, folder=tmp_path)
        for error in board.shots_errors.values():
            raise error
        (slot,) = slots_of(board)
        return [(one.name, one.phrase) for one in job_of(slot, board).shot.subjects]

    assert subjects("@Mira", "bo", "cat") == [
        ("Mira", "tall pilot with red hair"),
        ("bo", "old robot"),
        ("cat", None),
    ]
    with pytest.raises(InputError) as caught:
        subjects("cat", "@mria")
    error = caught.value
    assert (error.code, error.field) == ("storyboard.shot.cast_unknown", "shots[0].subjects[1]")
    assert "@mira" in (error.remedy or "")


def test_a_members_words_name_nobody_in_turn() -> None:
    cast = {"mira": "a sister of @tom", "tom": "a cook"}
    board = loaded({"prompt": "@mira in a tent"}, {"prompt": "@tom in a tent"}, cast=cast)
    (error,) = board.shots_errors.values()
    assert (error.field, error.value) == ("cast.mira.prompt", "@tom")


def test_a_spreadsheet_keeps_it(tmp_path: Path) -> None:
    shots = [{"prompt": "@mira waits"}]
    board = Storyboard.model_validate({"shots": shots, "cast": CAST, "ensure": 2})
    (tmp_path / "board.csv").write_text(as_shot_list(board), encoding="utf-8")
    again = read_storyboard(tmp_path / "board.csv").storyboard
    assert (again.cast, again.ensure) == (board.cast, 2)


SHOWN: dict[str, Any] = {"mira": {"prompt": "a tall pilot", "pictures": ["mira.png", "side.png"]}}


def with_pictures(folder: Path, *shots: dict[str, Any], cast: Any = None) -> LoadedStoryboard:
    for name in ("mira.png", "side.png"):
        Image.new("RGB", (40, 60), "red").save(folder / name)
    return load_storyboard({"cast": cast or SHOWN, "shots": list(shots)}, folder=folder)


def test_a_shot_knows_who_plays_in_it_and_what_shows_them(tmp_path: Path) -> None:
    Image.new("RGB", (160, 90), "white").save(tmp_path / "drawing.png")
    cast = {**SHOWN, "Bo": "the old robot"}
    board = with_pictures(
        tmp_path,
        {"prompt": "@Bo and @mira wait"},
        {"prompt": "@mira waits", "subjects": [{"name": "hero", "phrase": "@mira"}]},
        {"picture": "drawing.png", "subjects": ["Mira", "cat"]},
        {"prompt": "a cow"},
        cast=cast,
    )
    made = [job_of(slot, board) for slot in slots_of(board)]
    assert [[(one.name, one.subject) for one in job.roles] for job in made] == [
        [("Bo", "Bo"), ("mira", "mira")], [("mira", "hero")], [("mira", "Mira")], [],
    ]  # fmt: skip
    files = [("mira", tmp_path / "mira.png"), ("mira", tmp_path / "side.png")]
    assert [[(one.name, one.file) for one in job.cast_pictures] for job in made] == [
        files, files, files, [],
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["gone.png", "text.png", "a\0b.png", "../" * 40 + "etc/passwd"])
def test_a_picture_of_the_cast_that_cannot_be_read_fails_their_shots_alone(
    name: str, tmp_path: Path
) -> None:
    (tmp_path / "text.png").write_text("not a picture")
    cast = {"mira": {"prompt": "a tall pilot", "pictures": ["mira.png", name]}}
    board = with_pictures(tmp_path, {"prompt": "a cow"}, {"prompt": "@mira waits"}, cast=cast)
    assert [shot.prompt for shot in board.storyboard.shots] == ["a cow"]
    error = board.shots_errors[1]
    assert isinstance(error, InputError)
    assert (error.field, error.value) == ("cast.mira.pictures[1]", name)
    assert error.remedy


@pytest.mark.parametrize("pictures", [["a.png"] * 9, "mira.png", [""], [5]])
def test_what_is_no_list_of_pictures_is_refused(pictures: Any) -> None:
    with pytest.raises(InputError) as caught:
        loaded({"prompt": "a cow"}, cast={"mira": {"prompt": "a pilot", "pictures": pictures}})
    assert (caught.value.field or "").startswith("cast.mira.pictures")
    assert caught.value.code.startswith("storyboard.cast.pictures")
    assert "mira.png" in (caught.value.remedy or "")
