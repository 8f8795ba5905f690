"""A Photoshop file with several artboards is as many shots."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from PIL import Image
from psd_tools import PSDImage

from multiplane.contract.errors import InputError
from multiplane.intake.picture import load_picture
from multiplane.intake.read_storyboard import LoadedStoryboard, load_storyboard, read_storyboard
from tests.intake.test_drawn_layers import stack_of
from tests.intake.test_psd_layers import artboards
from tests.psd_documents import save_as_photoshop


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    document = PSDImage.new("RGB", (100, 40))
    artboards(document)
    save_as_photoshop(document, tmp_path / "boards.psd")
    return tmp_path


def loaded(folder: Path, *shots: Mapping[str, object]) -> LoadedStoryboard:
    return load_storyboard({"shots": list(shots)}, folder=folder)


def test_one_shot_for_each_artboard(folder: Path) -> None:
    first = {"id": "a", "prompt": "fog"}
    said = {"dialogue": "No!", "duration": 2.0, "camera": "static"}
    board = loaded(folder, first, {"id": "b", "picture": "boards.psd", **said}, {"prompt": "sea"})
    assert board.ids == ("a", "b one", "b two", "shot-004")
    one, two = board.storyboard.shots[1:3]
    assert (one.artboard, two.artboard) == ("one", "two")
    assert (one.dialogue, two.dialogue) == ("No!", None)
    assert one.duration == two.duration == 2.0
    codes = [notice.code for notice in board.warnings]
    assert codes == ["picture.psd.outside_artboards", "picture.psd.artboards"]
    assert {notice.shot for notice in board.warnings} == {1}
    assert board.warnings[0].field == "shots[1].picture"
    assert '"note"' in board.warnings[0].text
    for shot, colour in ((one, (250, 230, 120)), (two, (0, 0, 0))):
        stack = stack_of(shot, folder, max_pixels=10_000)
        assert stack.size == (40, 40)
        whole = load_picture(folder / "boards.psd", artboard=shot.artboard)
        assert whole.shape == (40, 40, 3)
        assert tuple(stack.layers[0].rgba[0, 0, :3]) == colour


def test_what_it_gives_is_read_again_as_it_is(folder: Path) -> None:
    board = loaded(folder, {"id": "b", "picture": "boards.psd"})
    again = loaded(folder, *json.loads(board.storyboard.to_json())["shots"])
    assert again.ids == board.ids
    assert [warning.code for warning in again.warnings] == ["picture.psd.outside_artboards"] * 2


def test_one_that_is_named_is_taken_alone(folder: Path) -> None:
    board = loaded(folder, {"id": "b", "picture": "boards.psd", "artboard": "two"})
    assert board.ids == ("b",)
    stack = stack_of(board.storyboard.shots[0], folder)
    assert stack.layers[0].name == "two"
    (shot,) = loaded(folder, {"picture": "boards.psd", "artboard": "2"}).storyboard.shots
    with pytest.raises(InputError) as caught:
        stack_of(shot, folder)
    assert (caught.value.code, caught.value.field) == ("picture.artboard_unknown", "artboard")


def test_errors_keep_the_places_of_the_file(folder: Path) -> None:
    shots = [{"id": "b", "picture": "boards.psd"}, {"id": "c", "picture": "nothing.png"}]
    board = loaded(folder, *shots)
    assert board.ids == ("b one", "b two", "c")
    assert board.shots_errors[2].field == "shots[1].picture"


def test_a_folder_of_pictures_with_one(folder: Path) -> None:
    board = read_storyboard(folder)
    assert board.ids == ("boards one", "boards two")


def test_whole_and_artboard_need_a_picture(folder: Path) -> None:
    for shot in ({"prompt": "fog", "whole": True}, {"prompt": "fog", "artboard": "one"}):
        with pytest.raises(InputError) as caught:
            loaded(folder, shot)
        assert caught.value.code == "storyboard.shot.whole_without_picture"
        assert caught.value.remedy


def test_what_only_photoshop_files_have_is_told_of_others(folder: Path) -> None:
    Image.new("RGB", (40, 40), "red").save(folder / "a.png")
    shot = {"picture": "a.png", "whole": True, "artboard": "one", "subjects": ["ball"]}
    told = loaded(folder, shot).warnings
    assert [one.code for one in told] == [
        "storyboard.shot.whole.no_photoshop_file",
        "storyboard.shot.artboard.no_photoshop_file",
    ]
    assert told[1].field == "shots[0].artboard"


def test_an_artboard_of_a_file_without_any(folder: Path) -> None:
    document = PSDImage.new("RGB", (40, 40))
    for name in ("sky", "ball"):
        document.create_pixel_layer(Image.new("RGB", (20, 20), "red"), name=name)
    save_as_photoshop(document, folder / "plain.psd")
    (shot,) = loaded(folder, {"picture": "plain.psd", "artboard": "one"}).storyboard.shots
    with pytest.raises(InputError, match="no artboards") as caught:
        stack_of(shot, folder)
    assert (caught.value.code, caught.value.field) == ("picture.artboard_unknown", "artboard")
