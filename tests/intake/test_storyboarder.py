"""Scenes of Wonder Unit Storyboarder, of three versions, whole and broken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from multiplane.contract.errors import InputError
from multiplane.contract.storyboard import Shot
from multiplane.intake.board_files import is_empty
from multiplane.intake.paths import resolve_path
from multiplane.intake.read_storyboard import LoadedStoryboard, read_storyboard
from multiplane.intake.shot_source import drawing_files
from multiplane.produce.slots import slots_of

SAMPLES = Path(__file__).parent / "samples" / "storyboarder"
REAL = Path(__file__).parents[3] / "shared" / "samples" / "storyboarder"


def said(loaded: LoadedStoryboard) -> list[tuple[int | None, str]]:
    return [(warning.shot, warning.code.removeprefix("storyboard.")) for warning in loaded.warnings]


def drawn(shot: Shot) -> list[tuple[str, str, float]]:
    return [(layer.name, layer.picture, layer.opacity) for layer in shot.layers]


def test_everything_on_one_layer_as_before_version_2() -> None:
    loaded = read_storyboard(SAMPLES / "first_0.8.storyboarder")
    board = loaded.storyboard
    assert (board.title, board.fps, board.size) == ("first_0.8", 24, (1920, 804))
    first, second = board.shots
    assert drawn(first) == [
        ("reference", "images/board-1-AAAAA-reference.png", 0.75),
        ("main", "images/board-1-AAAAA.png", 1.0),
    ]
    assert [layer.drawing for layer in first.layers] == [None, "board"]
    assert (first.id, first.duration, first.dialogue) == ("1A", 1.5, "WARRIOR: Who goes there?")
    assert resolve_path(str(first.audio), loaded.folder) == SAMPLES / "images" / "AAAAA-audio-1.wav"
    assert all(path.is_file() for path in drawing_files(first, loaded.folder))
    assert (first.model_extra or {})["storyboarder"]["uid"] == "AAAAA"
    # No picture: its words are painted. The timing is text in this version.
    assert (second.prompt, second.duration) == ("A red dragon sleeps on a hill.", 2.001)
    assert not resolve_path(str(second.audio), loaded.folder).is_file()
    assert said(loaded) == [
        (1, "storyboarder.picture.missing"),
        (1, "storyboarder.words_painted"),
        (1, "shot.audio.missing"),
    ]
    assert "images/board-2-EEEEE.png" in loaded.warnings[0].text
    assert "action is painted instead" in loaded.warnings[1].text
    assert "images/lost.wav" in loaded.warnings[2].text
    assert loaded.warnings[0].field == "boards[1].layers"


def test_one_layer_is_a_picture_and_the_posterframe_comes_in() -> None:
    loaded = read_storyboard(SAMPLES / "middle_1.3.storyboarder")
    assert (loaded.storyboard.fps, loaded.storyboard.size) == (29.97, (1920, 1080))
    # Its notes are there and empty.
    assert [shot.picture for shot in loaded.storyboard.shots] == [
        "images/board-1-AAAAA.png",
        "images/board-3-CCCCC-posterframe.jpg",
    ]
    assert [shot.duration for shot in loaded.storyboard.shots] == [2, 2]
    error = loaded.shots_errors[2]
    assert error.code == "storyboard.storyboarder.board_without_picture"
    assert error.field == "boards[2]"
    assert error.value == "images/board-4-DDDDD.png"
    assert loaded.ids == ("1A", "1B", "1C")


def test_a_layer_for_each_tool_since_version_2() -> None:
    loaded = read_storyboard(SAMPLES / "tools_3.0.storyboarder")
    assert (loaded.storyboard.fps, loaded.storyboard.size) == (25, (1920, 1080))
    first, second = loaded.storyboard.shots
    # Back to front whatever the order in the file; an unknown layer under the notes; hidden out.
    assert [(name, opacity) for name, _, opacity in drawn(first)] == [
        ("fill", 1.0), ("ink", 0.8), ("guide", 1.0), ("notes", 1.0),
    ]  # fmt: skip
    # One drawing, that no camera takes apart.
    assert {layer.drawing for layer in first.layers} == {"board"}
    assert first.duration == 2.5
    # A name in other letters is the same file; an empty ink layer is none; 0 ms becomes a frame.
    assert second.picture == "images/board-1-AAAAA-reference.png"
    assert second.duration == 1 / 25
    assert [shot.id for shot in loaded.storyboard.shots] == ["1A-BBBBB", "1A-AAAAA"]
    assert said(loaded) == [
        (0, "storyboarder.picture.missing"),
        (1, "storyboarder.duration.invalid"),
        (1, "file.other_case"),
    ]


DURATIONS = [
    # ms, seconds of the shot, what is said of it
    (83.333, 0.083333, None), (41.667, 0.041667, None), (41, 0.041, None), (100, 0.1, None),
    (0, 1 / 24, "0 ms is no duration for a shot; one frame is taken."),
    (20, 1 / 24, "20 ms is no duration for a shot; one frame is taken."),
    (-5, 1 / 24, "-5 ms is no duration for a shot; one frame is taken."),
    (900_000, 600, "900000 ms is no duration for a shot; 600000 ms is taken."),
    ("soon", 1.5, "soon ms is no duration for a shot; 1500 ms is taken."),
    (None, 1.5, None),
]  # fmt: skip


def test_a_duration_is_taken_as_it_is_or_the_nearest_that_may_be(tmp_path: Path) -> None:
    boards = [{"duration": given, "action": "a ball"} for given, _, _ in DURATIONS]
    scene = {"fps": 24, "defaultBoardTiming": 1500, "boards": boards}
    path = tmp_path / "flash.storyboarder"
    path.write_text(json.dumps(scene), encoding="utf-8")
    loaded = read_storyboard(path)
    assert loaded.shots_errors == {}
    texts = {
        warning.shot: warning.text
        for warning in loaded.warnings
        if warning.code.endswith("duration.invalid")
    }
    for index, (_, seconds, text) in enumerate(DURATIONS):
        assert loaded.storyboard.shots[index].duration == pytest.approx(seconds)
        assert texts.get(index) == text
    frames = [slot.duration_frames for slot in slots_of(loaded)]
    assert frames[:7] == [2, 1, 1, 2, 1, 1, 1]


REAL_SCENES = sorted(REAL.glob("*/*.storyboarder"))
if REAL_SCENES:  # they do not come along, and without them there is nothing to skip

    @pytest.mark.parametrize("path", REAL_SCENES, ids=lambda path: path.stem)
    def test_real_scenes(path: Path) -> None:
        loaded = read_storyboard(path)
        boards = json.loads(path.read_text(encoding="utf-8"))["boards"]
        assert list(loaded.ids) == [board["shot"] for board in boards]
        for index, shot in zip(loaded.indices, loaded.storyboard.shots, strict=True):
            default = {"audio": 2.0, "ducks": 2.001}[path.stem]
            board = boards[index]
            assert shot.duration == pytest.approx(board.get("duration", default * 1000) / 1000)
            if (path.parent / "images" / board["url"]).is_file():
                assert shot.picture == f"images/{board['url']}"
                assert resolve_path(str(shot.audio), loaded.folder).is_file()
            else:
                assert shot.prompt in (shot.action, shot.notes)  # what is said is no picture
                assert any(board["url"] in warning.text for warning in loaded.warnings)
        assert len(loaded.shots_errors) == {"audio": 0, "ducks": 3}[path.stem]


def scene(tmp_path: Path, *boards: object, **fields: Any) -> LoadedStoryboard:
    (tmp_path / "images").mkdir(exist_ok=True)
    Image.new("RGB", (32, 18)).save(tmp_path / "images" / "here.png")
    path = tmp_path / "scene.storyboarder"
    path.write_text(json.dumps({"boards": list(boards), **fields}), encoding="utf-8")
    return read_storyboard(path)


HERE = {"url": "here.png", "action": "A dog."}
BOARD_NUMBERS: dict[str, tuple[dict[str, Any], tuple[float, tuple[int, int]], list[str]]] = {
    "nothing said": ({}, (24, (1920, 1080)), []),
    "text": ({"aspectRatio": " 1,85 ", "fps": "23.976"}, (23.976, (1920, 1038)), []),
    "by two numbers": ({"aspectRatio": "2.39:1"}, (24, (1920, 804)), []),
    "upright": ({"aspectRatio": 0.5625}, (24, (608, 1080)), []),
    "no numbers": (
        {"aspectRatio": "wide", "fps": []}, (24, (1920, 1080)), ["aspectRatio", "fps"],
    ),
    "out of bounds": (
        {"aspectRatio": 0, "fps": 1000, "defaultBoardTiming": -1}, (24, (1920, 1080)),
        ["aspectRatio", "fps", "defaultBoardTiming"],
    ),
    "by zero": ({"aspectRatio": "16:0"}, (24, (1920, 1080)), ["aspectRatio"]),
    "endless": ({"aspectRatio": 10**400, "fps": "inf"}, (24, (1920, 1080)), ["aspectRatio", "fps"]),
}  # fmt: skip


@pytest.mark.parametrize("case", BOARD_NUMBERS)
def test_numbers_of_the_scene(case: str, tmp_path: Path) -> None:
    fields, (fps, size), told = BOARD_NUMBERS[case]
    loaded = scene(tmp_path, HERE, **fields)
    assert (loaded.storyboard.fps, loaded.storyboard.size) == (fps, size)
    assert loaded.storyboard.shots[0].duration == 2
    assert [warning.field for warning in loaded.warnings] == told


BOARDS: dict[str, tuple[object, dict[str, object], list[str]]] = {
    "path of another computer": (
        {**HERE, "url": "C:\\films\\images\\here.png"}, {"picture": "images/here.png"}, [],
    ),
    "path that leaves the folder": (
        {**HERE, "url": "../../images/here.png", "audio": {"filename": "../../etc/passwd"}},
        {"picture": "images/here.png", "audio": "images/passwd"}, ["shot.audio.missing"],
    ),
    "layers in a list": (
        {**HERE, "layers": [{"name": "ink", "url": "here.png"}, 5, {"url": "x"}]},
        {"picture": "images/here.png"}, [],
    ),
    "layers of rubbish": (
        {**HERE, "layers": {"ink": None, "fill": {"url": 7, "opacity": "much"}}, "audio": "a"},
        {"picture": "images/here.png", "audio": None}, ["storyboarder.picture.missing"],
    ),
    "no picture": (
        {**HERE, "url": "bad.png"}, {"prompt": "A dog.", "picture": None},
        ["storyboarder.picture.missing", "storyboarder.words_painted"],
    ),
    "stars are no marks": (
        {"dialogue": "**Bang"}, {"prompt": "Bang"},
        ["storyboarder.board_empty", "storyboarder.words_painted"],
    ),
    "empty": (
        {"url": "empty.png", "notes": 12}, {"picture": "images/empty.png", "notes": "12"},
        ["storyboarder.board_empty", "storyboarder.stays_empty", "shot.subjects.none_found"],
    ),
    "numbers for names": ({**HERE, "shot": 12}, {"id": "12"}, []),
    "timing as text": ({**HERE, "duration": "750"}, {"duration": 0.75}, []),
    "endless": ({**HERE, "duration": 1e12}, {"duration": 600}, ["storyboarder.duration.invalid"]),
}  # fmt: skip


def test_dialogue_is_not_painted_in_place_of_a_missing_picture(tmp_path: Path) -> None:
    lost = {"url": "lost.png", "dialogue": "MIRA: Who goes there?"}
    seen = {**lost, "notes": "A lantern."}
    loaded = scene(tmp_path, HERE, lost, seen)
    (error,) = loaded.shots_errors.values()
    assert (error.field, error.value) == ("boards[1]", "images/lost.png")
    assert "write its action" in (error.remedy or "")
    assert [shot.prompt for shot in loaded.storyboard.shots] == [None, "A lantern."]
    texts = [warning.text for warning in loaded.warnings if warning.shot == 2]
    assert texts[1] == "What the board says as notes is painted instead."


@pytest.mark.parametrize("case", BOARDS)
def test_odd_boards(case: str, tmp_path: Path) -> None:
    board, expected, told = BOARDS[case]
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\nrubbish")
    Image.new("RGBA", (32, 18)).save(tmp_path / "images" / "empty.png")
    loaded = scene(tmp_path, board)
    shot = loaded.storyboard.shots[0]
    assert {key: getattr(shot, key) for key in expected} == expected
    assert [code for _, code in said(loaded)] == told


def test_a_bad_board_stops_no_other(tmp_path: Path) -> None:
    twins = [{**HERE, "shot": "1A", "uid": "X"}, {**HERE, "shot": "1A", "uid": "X"}]
    loaded = scene(tmp_path, 5, {**HERE, "dialogue": "x" * 10_001}, {"url": None}, *twins, HERE)
    assert {index: error.field for index, error in loaded.shots_errors.items()} == {
        0: "boards[0]", 1: "boards[1].dialogue", 2: "boards[2]",
    }  # fmt: skip
    assert [shot.id for shot in loaded.storyboard.shots] == ["1A-X", "1A-X-2", "shot-006"]


@pytest.mark.parametrize("boards", [None, [], {}, "x"])
def test_a_scene_without_boards(boards: object, tmp_path: Path) -> None:
    path = tmp_path / "scene.storyboarder"
    path.write_text(json.dumps({"boards": boards}))
    with pytest.raises(InputError) as caught:
        read_storyboard(path)
    assert caught.value.code == "storyboard.storyboarder.boards_missing"
    assert caught.value.file == str(path)


def test_ten_thousand_boards_are_read_and_more_are_refused(tmp_path: Path) -> None:
    board = {"shot": "1A", "action": "A dog."}
    loaded = scene(tmp_path, *[board] * 10_000)
    assert len({shot.id for shot in loaded.storyboard.shots}) == 10_000
    with pytest.raises(InputError) as caught:
        scene(tmp_path, *[board] * 10_001)
    assert caught.value.code == "storyboard.shots.too_many"


def test_only_what_is_empty_counts_as_empty(tmp_path: Path) -> None:
    size = (400, 300)
    Image.new("RGBA", size).save(tmp_path / "empty.png")
    speck = Image.new("RGBA", size)
    speck.putpixel((5, 5), (0, 0, 0, 1))
    speck.save(tmp_path / "speck.png")
    Image.new("RGB", size, "white").save(tmp_path / "white.png")
    (tmp_path / "damaged.png").write_bytes((tmp_path / "empty.png").read_bytes()[:60])
    names = ("empty", "speck", "white", "damaged", "none")
    assert [name for name in names if is_empty(tmp_path / f"{name}.png")] == ["empty"]
