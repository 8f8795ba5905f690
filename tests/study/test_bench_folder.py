"""A folder of one's own as a set: what it may hold, and what is said of a bad one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from multiplane.contract.errors import InputError
from multiplane_study.bench.case import Case
from multiplane_study.bench.folder_set import folder_cases
from multiplane_study.bench.sets import set_of

SIZE = (90, 60)


def picture_in(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    pixels = np.full((SIZE[1], SIZE[0], 3), 120, np.uint8)
    pixels[10:40, 10:40] = (200, 30, 30)
    pixels[20:50, 30:70] = (30, 30, 200)
    Image.fromarray(pixels).save(folder / "picture.png")
    return folder


def matte(path: Path, box: tuple[int, int, int, int], *, alpha: bool = False) -> None:
    mask = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    left, top, right, bottom = box
    mask[top:bottom, left:right] = 255
    image = Image.fromarray(mask)
    if alpha:
        sheet = Image.new("RGBA", SIZE, (9, 9, 9, 0))
        sheet.putalpha(image)
        image = sheet
    image.save(path)


def case_in(folder: Path) -> Case:
    case = set_of(str(folder)).case(0)
    assert case is not None
    return case


def whole(folder: Path) -> Path:
    picture_in(folder)
    matte(folder / "1 red box.png", (10, 10, 40, 40))
    matte(folder / "2 blue box.png", (30, 20, 70, 50), alpha=True)
    return folder


def test_mattes_are_subjects_back_to_front(tmp_path: Path) -> None:
    whole(tmp_path / "set" / "shot-01")
    (tmp_path / "set" / "notes.txt").write_text("mine")
    set_ = set_of(str(tmp_path / "set"))
    assert (set_.name, len(set_.numbers)) == ("set", 1)
    case = case_in(tmp_path / "set")
    scene = case.scene
    assert scene.caption == "red box, blue box, background"
    red, blue = scene.subjects
    assert [scene.caption[slice(*one.phrase)] for one in scene.subjects] == ["red box", "blue box"]
    assert scene.caption[slice(*scene.place_phrase)] == "background"
    assert int(red.whole_matte.sum()) == 900
    assert int(red.matte.sum()) == 900 - 10 * 20  # the nearer one has what both show
    assert int(blue.matte.sum()) == 1200
    assert case.knows == {"mattes", "order"}
    assert case.tags.source == "by hand"


def test_a_caption_and_a_style_may_be_given(tmp_path: Path) -> None:
    folder = whole(tmp_path / "set" / "a")
    (folder / "caption.txt").write_text("In fog, a blue box\nhides the Red box")
    (folder / "style.txt").write_text("charcoal\n")
    case = case_in(tmp_path / "set")
    assert case.scene.caption == "In fog, a blue box hides the Red box, background"
    said = [case.scene.caption[slice(*one.phrase)] for one in case.scene.subjects]
    assert said == ["Red box", "blue box"]
    assert case.tags.style == "charcoal"


def test_two_of_a_noun_share_a_phrase_and_equal_numbers_have_no_order(tmp_path: Path) -> None:
    folder = picture_in(tmp_path / "set" / "a")
    matte(folder / "1 box.png", (10, 10, 40, 40))
    matte(folder / "1 box (2).png", (30, 20, 70, 50))
    case = case_in(tmp_path / "set")
    assert case.scene.caption == "box, background"
    assert len({one.phrase for one in case.scene.subjects}) == 1
    assert case.knows == {"mattes"}
    assert "two of a noun" in case.tags.hard


def test_a_photoshop_file_knows_what_its_layers_hide(tmp_path: Path) -> None:
    from psd_tools import PSDImage

    folder = tmp_path / "set"
    folder.mkdir()
    document = PSDImage.new("RGB", SIZE)
    ground = Image.new("RGBA", SIZE, (120, 120, 120, 255))
    document.create_pixel_layer(ground, name="paper")
    for name, colour, box in (("red box", (200, 30, 30, 255), (10, 10, 40, 40)),
                              ("blue box", (30, 30, 200, 255), (30, 20, 70, 50))):  # fmt: skip
        layer = Image.new("RGBA", (box[2] - box[0], box[3] - box[1]), colour)
        document.create_pixel_layer(layer, name=name, left=box[0], top=box[1])
    document.save(folder / "shot-02.psd")
    case = case_in(folder)
    red, _ = case.scene.subjects
    assert case.knows == {"mattes", "order", "hidden"}
    assert case.scene.caption == "red box, blue box, background"
    assert int(red.whole_matte.sum()) == 900
    assert int(red.matte.sum()) == 700
    assert tuple(case.scene.background[15, 15]) == (120, 120, 120)
    assert tuple(case.scene.picture[15, 15]) == (200, 30, 30)
    assert tuple(red.whole[30, 35]) == (200, 30, 30)  # under the blue one
    assert tuple(case.scene.picture[30, 35]) == (30, 30, 200)


@pytest.mark.parametrize(
    ("spoil", "code", "file", "says"),
    [
        ("empty", "study.set.empty", "set", "picture.png"),
        ("no picture", "study.set.no_picture", "a", "picture.jpg"),
        ("no mattes", "study.set.no_mattes", "a", "1 red dog.png"),
        ("not said", "study.set.not_said", "caption.txt", "red box"),
        ("black", "study.set.matte_empty", "2 blue box.png", "out of the set"),
        ("aspect", "matte.aspect", "2 blue box.png", "90 x 60"),
        ("damaged", "picture.damaged", "picture.png", ""),
    ],
)
def test_a_bad_folder_is_told_with_file_and_remedy(
    tmp_path: Path, spoil: str, code: str, file: str, says: str
) -> None:
    root = tmp_path / "set"
    folder = whole(root / "a")
    if spoil == "empty":
        root = tmp_path / "other" / "set"
        root.mkdir(parents=True)
    elif spoil == "no picture":
        (folder / "picture.png").unlink()
    elif spoil == "no mattes":
        (folder / "1 red box.png").unlink()
        (folder / "2 blue box.png").rename(folder / "blue.png")
    elif spoil == "not said":
        (folder / "caption.txt").write_text("a blue box alone")
    elif spoil == "black":
        matte(folder / "2 blue box.png", (0, 0, 0, 0))
    elif spoil == "aspect":
        Image.new("L", (60, 60), 255).save(folder / "2 blue box.png")
    elif spoil == "damaged":
        (folder / "picture.png").write_bytes((folder / "picture.png").read_bytes()[:60])
    with pytest.raises(InputError) as caught:
        [make() for make in folder_cases(root)]
    assert caught.value.code == code
    assert caught.value.file is not None
    assert Path(caught.value.file).name == file
    assert says in str(caught.value)


def test_what_is_no_set_is_told_with_those_that_are() -> None:
    with pytest.raises(InputError, match="artists") as caught:
        set_of("/nowhere/at/all")
    assert caught.value.code == "study.set_unknown"
