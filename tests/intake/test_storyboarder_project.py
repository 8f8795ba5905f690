"""A Storyboarder project is one storyboard: scenes by the script, ids apart, faults told."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from multiplane.contract.errors import MultiplaneError
from multiplane.intake.paths import resolve_path
from multiplane.intake.read_storyboard import LoadedStoryboard, read_storyboard
from tests.intake.storyboarder_project import BEACH, CASTLE, FDX, project, scene


def told(loaded: LoadedStoryboard) -> list[str]:
    return [warning.code.removeprefix("storyboard.") for warning in loaded.warnings]


@pytest.mark.parametrize("inner", ["", "storyboards"])
def test_all_scenes_in_the_scripts_order(tmp_path: Path, inner: str) -> None:
    loaded = read_storyboard(project(tmp_path / "film") / inner)
    board = loaded.storyboard
    assert (board.title, board.size, board.fps) == ("The Lantern", (1920, 1080), 24)
    assert [(shot.id, shot.scene) for shot in board.shots] == [
        ("sc02-1A", "2 EXT. BEACH - DAY"),
        ("sc01-1A", "1 INT. CASTLE - NIGHT"),
        ("sc01-2A", "1 INT. CASTLE - NIGHT"),
    ]
    beach, first, second = board.shots
    assert beach.picture == f"storyboards/{BEACH}/images/board-1-CCCCC.png"
    assert resolve_path(str(beach.audio), loaded.folder).is_file()
    assert (first.duration, second.dialogue) == (1.5, "MIRA: Who?")
    assert all(resolve_path(str(shot.picture), loaded.folder).is_file() for shot in board.shots)
    assert "project.undrawn" in told(loaded)
    assert any("INT. TENT - NIGHT" in warning.text for warning in loaded.warnings)


def test_final_draft_gives_the_order_too(tmp_path: Path) -> None:
    loaded = read_storyboard(project(tmp_path / "film", FDX, "film.fdx"))
    assert list(loaded.ids) == ["sc02-1A", "sc01-1A", "sc01-2A"]
    assert loaded.storyboard.shots[0].scene == "2 EXT. BEACH - DAY"


def test_ids_stay_when_scenes_are_moved(tmp_path: Path) -> None:
    film = project(tmp_path / "film")
    before = read_storyboard(film)
    script = film / "lantern.fountain"
    head, beach, castle, tent = script.read_text().split("\n\n", 1)[0], *_scenes(script)
    script.write_text("\n\n".join([head, castle, beach, tent]))
    after = read_storyboard(film)
    assert after.storyboard.shots[0].scene == "1 INT. CASTLE - NIGHT"
    assert set(after.ids) == set(before.ids)


def _scenes(script: Path) -> list[str]:
    parts = script.read_text().split("\n\n")[1:]
    return ["\n\n".join(parts[at : at + 2]) for at in (0, 2, 4)]


def test_without_numbers_the_headings_words_find_the_scene(tmp_path: Path) -> None:
    film = project(tmp_path / "film", "EXT. BEACH - DAY\n\nSea.\n\nINT. CASTLE - NIGHT\n\nHall.\n")
    loaded = read_storyboard(film)
    assert list(loaded.ids) == ["sc02-1A", "sc01-1A", "sc01-2A"]


def test_without_a_script_scenes_are_in_order_of_name_and_this_is_told(tmp_path: Path) -> None:
    film = project(tmp_path / "film")
    (film / "lantern.fountain").unlink()
    scene(film, "Scene-10-INT-CAVE-NIGHT-10-DDDDD", {"url": "a.png", "shot": "1A"})
    scene(film, "extras", {"url": "a.png"})
    loaded = read_storyboard(film)
    assert list(loaded.ids) == ["extras-01", "sc01-1A", "sc01-2A", "sc02-1A", "sc10-1A"]
    assert loaded.storyboard.title == "film"
    assert "10 INT CAVE NIGHT" in [shot.scene for shot in loaded.storyboard.shots]
    assert "project.no_script" in told(loaded)


def test_scenes_that_the_script_lacks_come_last(tmp_path: Path) -> None:
    film = project(tmp_path / "film")
    # An older folder of the same number: its ids are told apart by the scene's own id.
    scene(film, "Scene-1-INT-ATTIC-DAY-1-QQQQQ", {"url": "a.png", "shot": "1A"}, fps=25)
    loaded = read_storyboard(film)
    assert len(set(loaded.ids)) == 4
    assert loaded.storyboard.shots[-1].scene == "1 INT ATTIC DAY"
    assert {"project.not_in_script", "project.fps_differs"} <= set(told(loaded))


def test_a_broken_scene_stops_no_other(tmp_path: Path) -> None:
    film = project(tmp_path / "film")
    (film / "storyboards" / CASTLE / f"{CASTLE}.storyboarder").write_text("{")
    shutil.rmtree(film / "storyboards" / BEACH / "images")
    scene(film, "Scene-3-INT-TENT-NIGHT-3-AAAAA", {"url": "a.png", "shot": "1A"})
    loaded = read_storyboard(film)
    # The beach's only board has lost its picture, and the castle's file is no JSON.
    assert [shot.id for shot in loaded.storyboard.shots] == ["sc03-1A"]
    codes = {loaded.ids[index]: error.code for index, error in loaded.shots_errors.items()}
    assert codes == {
        "sc02-1A": "storyboard.storyboarder.board_without_picture",
        "sc01": "storyboard.json.syntax",
    }
    beach, castle = (loaded.shots_errors[index] for index in (0, 1))
    assert castle.file == str(film / "storyboards" / CASTLE / f"{CASTLE}.storyboarder")
    assert beach.field == "boards[0]"


def test_only_broken_scenes_are_an_error(tmp_path: Path) -> None:
    film = project(tmp_path / "film")
    for name in (CASTLE, BEACH):
        (film / "storyboards" / name / f"{name}.storyboarder").write_text("[")
    with pytest.raises(MultiplaneError) as caught:
        read_storyboard(film)
    assert caught.value.code == "storyboard.json.syntax"


def test_a_fault_names_the_scenes_file(tmp_path: Path) -> None:
    film = project(tmp_path / "film")
    scene(film, "Scene-3-INT-TENT-NIGHT-3-AAAAA", {"url": "a.png", "dialogue": "x" * 10_001})
    loaded = read_storyboard(film)
    (error,) = loaded.shots_errors.values()
    name = "Scene-3-INT-TENT-NIGHT-3-AAAAA"
    assert error.field == f"storyboards/{name}/{name}.storyboarder, boards[0].dialogue"


def test_the_script_alone_says_that_boards_are_there(tmp_path: Path) -> None:
    film = project(tmp_path / "film")
    loaded = read_storyboard(film / "lantern.fountain")
    assert "script.has_boards" in told(loaded)
    assert len(loaded.storyboard.shots) == 3
