"""Shot lists: every dialect gives the same shots, and every mistake has its row and column."""

from __future__ import annotations

import codecs
import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multiplane.contract.errors import InputError
from multiplane.contract.storyboard import Shot, Storyboard
from multiplane.intake.read_storyboard import LoadedStoryboard, load_storyboard, read_storyboard
from multiplane.intake.readers.shot_list import read_shot_list
from multiplane.intake.shot_list_cells import parse_duration, parse_subjects
from multiplane.intake.shot_list_columns import BOARD_FIELDS, COLUMNS, find_column, unit_of
from multiplane.intake.shot_list_file import as_shot_list, template

SAMPLES = Path(__file__).parent / "samples" / "shot_lists"
PRESETS = ["push_in", "truck_left", "truck_right", "static"]


def read(tmp_path: Path, text: str | bytes, name: str = "shots.csv") -> LoadedStoryboard:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_storyboard(path, presets=PRESETS)


def fields(shot: Shot) -> dict[str, object]:
    return shot.model_dump(exclude_unset=True, exclude={"id"})


@pytest.mark.parametrize("path", sorted(SAMPLES.iterdir()), ids=lambda path: path.stem)
def test_every_dialect_gives_the_same_shots(path: Path) -> None:
    loaded = read_storyboard(path, presets=PRESETS)
    assert loaded.shots_errors == {}
    assert loaded.storyboard.fps == 24
    assert [fields(shot) for shot in loaded.storyboard.shots] == [
        {
            "prompt": 'a dog, a cat and a "red" hat',
            "subjects": [{"name": "dog"}, {"name": "cat"}],
            "duration": 2.5,
            "camera": {"preset": "push_in", "amount": 0.5},
            "dialogue": "Café – soirée",
        },
        {
            "prompt": "two knights in a wood",
            "subjects": [{"name": "knights"}],
            "duration": 2.0,
            "camera": {"preset": "truck_left"},
            "notes": "\n".join(["Line one", "Line two"]),
        },
        {"prompt": "a boat on the sea", "duration": 4.0},
    ]
    assert list(loaded.ids) == ["1", "2", "3"]
    guessed = [warning.code for warning in loaded.warnings]
    expected = ["storyboard.shot_list.encoding_guessed"] if "cp1252" in path.stem else []
    assert guessed == expected


def test_the_template_reads_back_without_an_error(tmp_path: Path) -> None:
    for separator, name in ((",", "a.csv"), ("\t", "a.tsv"), (";", "b.csv")):
        loaded = read(tmp_path, codecs.BOM_UTF8 + template(separator).encode(), name)
        assert (loaded.shots_errors, loaded.warnings) == ({}, ())
        assert (loaded.storyboard.title, loaded.storyboard.size) == ("My storyboard", (1280, 720))
        assert [shot.duration for shot in loaded.storyboard.shots] == [3, 2.5, 2, 2.5]
    for column in COLUMNS:
        assert column.field in template()


DURATIONS: dict[str, float] = {
    "2": 2, "2.5": 2.5, "2,5": 2.5, ".5": 0.5, "2s": 2, "2.5 sec.": 2.5, "1m 30s": 90,
    "1 min": 60, "500ms": 0.5, "48f": 2, "48 frames": 2, "2s 12f": 2.5, "1:30": 90, "0:02.5": 2.5,
    "00:00:02.500": 2.5, "00:00:02:12": 2.5, "01:00:00:00": 3600, " 3 Seconds ": 3,
}  # fmt: skip


@pytest.mark.parametrize("text", DURATIONS)
def test_durations(text: str) -> None:
    assert parse_duration(text, unit="s", fps=24) == pytest.approx(DURATIONS[text])


@pytest.mark.parametrize(
    ("text", "unit", "fps", "seconds"),
    [
        ("48", "frames", 24, 2),
        ("500", "ms", 24, 0.5),
        ("2s", "frames", 24, 2),
        ("00:00:01:00", "s", 24000 / 1001, 1.001),
        # At 29.97 drop-frame the first frame of minute 1 is 00:01:00;02, and of hour 1 01:00:00;00.
        ("00:01:00;02", "s", 30000 / 1001, 1800 * 1001 / 30000),
        ("01:00:00;00", "s", 30000 / 1001, 107892 * 1001 / 30000),
        ("00:01:00;04", "s", 60000 / 1001, 3600 * 1001 / 60000),
        ("00:00:02;12", "s", 24, 2.5),
    ],
)
def test_durations_by_unit_and_rate(text: str, unit: str, fps: float, seconds: float) -> None:
    assert parse_duration(text, unit=unit, fps=fps) == pytest.approx(seconds, rel=1e-9)


@pytest.mark.parametrize(
    "text",
    ["long", "2 hours ago", "-2", "1:2:3:4:5", "00:00:02:24", "00:61:00:00", "2..5", "s",
     "nan", "2s x", "²", "9" * 5000],
)  # fmt: skip
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_duration(text, unit="s", fps=24)


def test_subjects() -> None:
    assert parse_subjects("king; hero=red warrior ;soldier x3|x2;") == [
        "king", {"name": "hero", "phrase": "red warrior"}, {"name": "soldier", "count": 3}, "x2",
    ]  # fmt: skip
    assert parse_subjects("dog, cat") == ["dog", "cat"]
    assert parse_subjects("house, old; cat") == ["house, old", "cat"]
    assert parse_subjects('[{"name": "a;b"}]') == [{"name": "a;b"}]


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("SHOT", "id"), ("#", "id"), ("Shot #", "id"), ("Image Prompt", "prompt"),
        ("image_file", "picture"), ("Duration (s)", "duration"), ("Length [frames]", "duration"),
        ("camera-move", "camera"), ("Camera.Amount", "camera.amount"), ("Voice-Over", "dialogue"),
        ("Weather", None), ("", None), ("(s)", None), ("?", None),
    ],
)  # fmt: skip
def test_columns_by_name(name: str, field: str | None) -> None:
    column = find_column(name)
    assert (column and column.field) == field


def test_units_by_a_columns_name() -> None:
    names = ["Duration", "Duration (s)", "Frames", "length [FR]", "Time in ms"]
    assert [unit_of(name) for name in names] == ["s", "s", "frames", "frames", "ms"]


BAD: dict[str, tuple[str, str, str, str]] = {
    "duration": ("a dog,soon,,", "row 4, Length", "shot_list.duration.invalid", "00:00:02:12"),
    "duration 0": ("a dog,0,,", "row 4, Length", "shot.duration.out_of_bounds", "0.008 to 600"),
    "seed": ("a dog,,,1.5", "row 4, seed", "shot_list.seed.invalid", "whole number"),
    "camera": ("a dog,,puhs in,", "row 4, Move", "shot.camera.preset.unknown", '"push_in"'),
    "camera in JSON": (
        'a dog,,"{""amount"": ",', "row 4, Move", "shot_list.camera.invalid", "JSON",
    ),
    "camera's amount": (
        'a dog,,"{""amount"": 11}",', "row 4, Move", "shot.camera.amount.out_of_bounds", "0 to 10",
    ),
    "comma without quotes": ("a dog,2,,7,a cat", "row 4", "shot_list.too_many_cells", "in quotes"),
    "nothing to paint": (",2,,", "row 4", "shot.prompt_missing", "prompt"),
    "mark left open": ("a **dog,2,,", "row 4, prompt", "shot.prompt.mark_open", "**"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_mistake_has_its_row_and_column(case: str, tmp_path: Path) -> None:
    row, field, code, remedy = BAD[case]
    text = f"prompt,Length,Move,seed\n\na cat,1,push in,1\n{row}\na bird,2,truck-left,\n"
    loaded = read(tmp_path, text)
    assert list(loaded.shots_errors) == [1]
    error = loaded.shots_errors[1]
    assert (error.field, error.code) == (field, f"storyboard.{code}")
    assert error.file == str(tmp_path / "shots.csv")
    assert remedy in (error.remedy or "") + error.message
    assert [shot.prompt for shot in loaded.storyboard.shots] == ["a cat", "a bird"]


def test_all_mistakes_of_a_row_are_told_at_once(tmp_path: Path) -> None:
    loaded = read(tmp_path, "prompt,duration,seed,camera\na cat,,,\na dog,soon,x,hover\n")
    error = loaded.shots_errors[1]
    assert [error.field, *(one.field for one in error.also)] == [
        "row 3, duration", "row 3, seed", "row 3, camera",
    ]  # fmt: skip


def test_the_same_name_twice_is_told_by_rows(tmp_path: Path) -> None:
    error = read(tmp_path, "shot,prompt\n1,a dog\n1,a cat\n").shots_errors[1]
    assert error.field == "row 3, shot"
    assert error.message == "row 2 has the same id."


def test_scenes_make_shots_names_their_own(tmp_path: Path) -> None:
    loaded = read(tmp_path, "Scene,Shot,Description\n1,1,a dog\n1,2,a cat\n2,1,a cow\n,3,a hen\n")
    assert list(loaded.ids) == ["1-1", "1-2", "2-1", "2-3"]
    assert [shot.scene for shot in loaded.storyboard.shots] == ["1", "1", "2", "2"]
    again = as_shot_list(loaded.storyboard)
    assert again == as_shot_list(read(tmp_path, again).storyboard)


def test_unknown_columns_are_kept_and_told(tmp_path: Path) -> None:
    text = "prompt,Promt,Weather,fps,prompt,\na dog,a,rain,25,b,c\n"
    loaded = read(tmp_path, text)
    assert loaded.storyboard.shots[0].model_extra == {
        "Promt": "a", "Weather": "rain", "fps": "25", "prompt (column 5)": "b", "column 6": "c",
    }  # fmt: skip
    told = {warning.field: warning.remedy for warning in loaded.warnings}
    assert told == {
        'row 1, "Promt"': 'Did you mean "prompt"?',
        'row 1, "Weather"': None,
        'row 1, "fps"': 'For all shots: a line "# fps: ..." above the header.',
        'row 1, "prompt"': None,
    }


def test_a_picture_comes_before_a_description(tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (32, 18)).save(tmp_path / "a.png")
    loaded = read(tmp_path, "Description,Image,Subjects,Action\nA **dog** runs.,a.png,dog,\n")
    shot = loaded.storyboard.shots[0]
    assert (shot.picture, shot.prompt, shot.action) == ("a.png", None, "A dog runs.")
    assert [warning.code for warning in loaded.warnings] == [
        "storyboard.shot_list.picture_and_prompt"
    ]


def test_without_a_prompt_the_action_is_painted(tmp_path: Path) -> None:
    loaded = read(tmp_path, "shot,action,dialogue\n1,A dog runs.,Woof\n2,,A cat!\n")
    assert [shot.prompt for shot in loaded.storyboard.shots] == ["A dog runs.", "A cat!"]
    assert [warning.field for warning in loaded.warnings] == ["row 2", "row 3"]


def test_remarks_set_what_is_for_all_shots(tmp_path: Path) -> None:
    text = (
        "# title: One, two\n# FPS: 25\n#size: 640×360\n# seed: 9\n# style: ink\n# mood: dark\n"
        "prompt,duration\na dog,50 frames\n# a cat\n"
    )
    board = read(tmp_path, text).storyboard
    assert (board.title, board.fps, board.size) == ("One, two", 25, (640, 360))
    assert (board.seed, board.style, len(board.shots)) == (9, "ink", 1)
    assert board.shots[0].duration == 2
    with pytest.raises(InputError) as caught:
        read(tmp_path, "# fps: fast\nprompt\na dog\n")
    assert caught.value.field == "fps"


WHOLE: dict[str, tuple[bytes, str, str]] = {
    "empty": (b"", "shot_list.header_missing", "empty"),
    "blank": (b"\r\n ,, \r\n", "shot_list.header_missing", "empty"),
    "no header": (b"a dog,2\na cat,3\n", "shot_list.header_missing", "a dog"),
    "no column to paint": (b"shot,duration\n1,2\n", "shot_list.columns_missing", "shot, duration"),
    "no rows": (b"shot,prompt\n\n", "shot_list.no_rows", "no shot"),
    "open quote": (b'prompt\na dog\n"a cat\na cow\n', "shot_list.quote_open", "row 3"),
    "endless cell": (b'prompt\n"' + b"x" * 140_000 + b'"\n', "shot_list.quote_open", "row 2"),
    "picture": (b"\x89PNG\r\n\x1a\n\0\0", "file.not_text", "line 2"),
    "workbook": (b"PK\x03\x04\x14\x00\x06\x00", "file.not_text", "workbook"),
    "control characters": (b"prompt\na \x07 dog\n", "file.not_text", "line 2"),
    "no encoding": (b"prompt\na caf\x81\n", "file.encoding", "Byte 0x81 at position 12 (line 2)"),
    "broken utf-8": ("prompt\né".encode() + b"\n\xff", "file.encoding", "Byte 0xFF"),
    "broken utf-16": (codecs.BOM_UTF16_LE + b"a\0b", "file.encoding", "UTF-16"),
    "too many columns": (
        b"prompt" + b",x" * 300 + b"\na dog\n", "shot_list.too_many_columns", "200 columns",
    ),
    "too many rows": (b"prompt\n" + b"a dog\n" * 10_001, "shots.too_many", "10000"),
}  # fmt: skip


@pytest.mark.parametrize("case", WHOLE)
def test_useless_tables_are_refused_by_name(case: str, tmp_path: Path) -> None:
    data, code, words = WHOLE[case]
    with pytest.raises(InputError) as caught:
        read(tmp_path, data)
    assert caught.value.code == f"storyboard.{code}"
    assert caught.value.file == str(tmp_path / "shots.csv")
    assert words in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_a_large_table_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "shots.csv"
    with path.open("wb") as stream:
        stream.truncate(100 * 2**20)
    with pytest.raises(InputError) as caught:
        read_storyboard(path)
    assert caught.value.code == "storyboard.file.too_large"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_encodings(encoding: str, tmp_path: Path) -> None:
    loaded = read(tmp_path, "prompt;notes\r\na dog;naïve, 5 €\r\n".encode(encoding))
    assert loaded.storyboard.shots[0].notes == "naïve, 5 €"


def test_inches_and_spaces_after_commas(tmp_path: Path) -> None:
    loaded = read(tmp_path, 'prompt, notes\n"a dog, a cat", "a 5"" disk"\n"a "big" hat", 5" disk\n')
    assert [(shot.prompt, shot.notes) for shot in loaded.storyboard.shots] == [
        ("a dog, a cat", 'a 5" disk'), ('a big" hat"', '5" disk'),
    ]  # fmt: skip


ROUND: list[dict[str, object]] = [
    {"id": "1", "prompt": 'a "red" dog; a cat,\na cow', "duration": 2.5, "seed": 7, "style": "ink"},
    {"prompt": "a soldier x3", "subjects": ["soldier x3", {"name": "h", "phrase": "soldier"}]},
    {"prompt": "a, b", "subjects": ["a, b"], "camera": {"preset": "push_in", "amount": 0.25}},
    {"prompt": "dogs", "subjects": [{"name": "dogs", "count": 1}], "camera": "truck_left"},
    {"prompt": "x", "camera": {"ease": {"in": 10}, "focus": ["x"], "loop": True}},
    {"layers": [{"name": "a", "picture": "a.png", "opacity": 0.5, "position": [1, -2]}]},
    {"prompt": "a dog", "takes": 3, "mattes": [{"layer": "dog", "matte": "m/dog, 1.png"}]},
    {"id": "2", "prompt": "y", "dialogue": "A: b", "action": "# no remark", "mood": {"x": [1]},
     "scene": "3", "file": "kept", "audio": "a b.wav"},
]  # fmt: skip


def test_a_storyboard_survives_a_spreadsheet(tmp_path: Path) -> None:
    board = Storyboard.model_validate(
        {"title": "A, b", "fps": 23.976, "size": [640, 360], "seed": 3, "style": "ink; wash",
         "model": "m", "takes": 2, "overscan": 1.25, "shots": ROUND}
    )  # fmt: skip
    path = tmp_path / "board.csv"
    for separator in (",", "\t", ";"):
        path.write_text(as_shot_list(board, separator), encoding="utf-8-sig", newline="")
        reading = read_shot_list(path)
        assert reading.errors == {}
        again = Storyboard.model_validate(dict(reading.document))
        last = again.shots[-1]
        # What this version does not know comes back as text, apart from our own columns.
        assert last.model_extra == {"mood": '{"x": [1]}', "extra file": "kept"}
        assert (last.id, last.scene) == ("2", "3")
        expected = board.model_dump(mode="json")
        expected["shots"][-1] = last.model_dump(mode="json")
        assert again.model_dump(mode="json") == expected
        assert (last.dialogue, last.action, last.audio) == ("A: b", "# no remark", "a b.wav")


def test_no_field_of_a_storyboard_is_forgotten() -> None:
    columns = {column.field.split(".")[0] for column in COLUMNS}
    assert set(Shot.model_fields) <= columns
    assert set(Storyboard.model_fields) - {"schema_", "folder", "shots"} == set(BOARD_FIELDS)


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=80),
        st.binary(max_size=80).map(lambda data: b"prompt,duration,subjects\n" + data),
        st.text(max_size=80).map(lambda text: ("prompt;camera;seed\n" + text).encode("utf-8")),
    )
)
def test_any_bytes_give_shots_or_an_input_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(data)
    # Anything but an InputError fails the test.
    with contextlib.suppress(InputError):
        reading = read_shot_list(path)
        load_storyboard(
            reading.document, folder=path.parent, found=reading.errors, place=reading.place
        )
