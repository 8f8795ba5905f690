"""Folders of pictures: order, sidecars, tables, and what is left out; and which reader is asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from multiplane.contract.errors import InputError
from multiplane.intake import readers  # noqa: F401  registers them
from multiplane.intake.comp_size import comp_size
from multiplane.intake.read_storyboard import LoadedStoryboard, read_storyboard
from multiplane.intake.reading import FORMATS, find_format, reader
from multiplane.intake.shot_source import drawing_files

SAMPLES = Path(__file__).parent / "samples" / "storyboarder"
Fill = Callable[..., Path]


@pytest.fixture
def fill(tmp_path: Path) -> Fill:
    """Makes a folder: pictures by their size, other files by their text or bytes."""

    def make(**files: tuple[int, int] | str | bytes) -> Path:
        folder = tmp_path / "boards"
        folder.mkdir(exist_ok=True)
        for name, content in files.items():
            path = folder / name
            if isinstance(content, tuple):
                Image.new("RGB", content).save(path)
            else:
                path.write_bytes(content.encode() if isinstance(content, str) else content)
        return folder

    return make


def codes(loaded: LoadedStoryboard) -> list[str]:
    return [warning.code.removeprefix("storyboard.") for warning in loaded.warnings]


NAMED = "subjects,picture\n"


def test_one_shot_for_each_picture_in_natural_order(fill: Fill) -> None:
    names = ["10 dog.png", "9 dog.PNG", "1b dog.jpg", "1a dog.webp", "dog.bmp", "Dog 2.tif"]
    loaded = read_storyboard(fill(**dict.fromkeys(names, (64, 36))))
    board = loaded.storyboard
    expected = ["1a dog.webp", "1b dog.jpg", "9 dog.PNG", "10 dog.png", "Dog 2.tif", "dog.bmp"]
    assert sorted(expected) == sorted(names)
    assert [shot.picture for shot in board.shots[:4]] == expected[:4]
    assert {shot.picture for shot in board.shots[4:]} == {*expected[4:]}
    assert [shot.id for shot in board.shots[:2]] == ["1a dog", "1b dog"]
    assert (board.title, board.size, loaded.warnings) == ("boards", (64, 64), ())
    assert all(drawing_files(shot, loaded.folder)[0].is_file() for shot in board.shots)


def test_sidecars_say_what_a_name_cannot(fill: Fill) -> None:
    sidecar = {"subjects": ["cat"], "duration": 2, "camera": "static", "mood": "dark"}
    folder = fill(
        **{"1.png": (64, 36), "2.png": (64, 36), "3.png": (64, 36), "4.png": (64, 36)},
        **{"1.json": json.dumps(sidecar), "2.txt": "\ufeffred dog, bird\r\n# no\r\nking x2\r\n"},
        **{"3.json": '{"duration": "soon", "subjects": ["a"]}', "4.json": "[1]"},
    )
    loaded = read_storyboard(folder)
    first, second = loaded.storyboard.shots
    assert (first.duration, first.camera.preset, first.model_extra) == (
        2,
        "static",
        {"mood": "dark"},
    )
    assert [(subject.name, subject.count) for subject in second.subjects] == [
        ("red dog", 1), ("bird", 1), ("king", 2),
    ]  # fmt: skip
    bad = loaded.shots_errors
    assert (bad[2].field, bad[2].file) == ("3.png, duration", str(folder))
    assert (bad[3].code, bad[3].file) == (
        "storyboard.sidecar.json.not_an_object", str(folder / "4.json"),
    )  # fmt: skip


def test_a_table_by_file_names(fill: Fill) -> None:
    table = (
        "# fps: 25\nFile;Subjects;Length;Notes\nB;dog;50 frames;\na.PNG;cat;;here\n"
        "x/c.png;cow;soon;\nlost.png;;;\n"
    )
    loaded = read_storyboard(
        fill(**{"a.png": (64, 36), "b.jpg": (64, 36), "c.png": (64, 36), "shots.csv": table})
    )
    assert loaded.storyboard.fps == 25
    first, second = loaded.storyboard.shots
    assert (first.picture, first.subjects[0].name, first.notes) == ("a.png", "cat", "here")
    assert (second.picture, second.duration) == ("b.jpg", 2)
    error = loaded.shots_errors[2]
    assert (error.field, Path(error.file or "").name) == ("row 5, Length", "shots.csv")
    assert codes(loaded) == ["folder.row_without_picture"]
    assert (loaded.warnings[0].field, "lost.png" in loaded.warnings[0].text) == (
        "shots.csv, row 6", True,
    )  # fmt: skip


def test_what_is_no_picture_is_left_out_and_said(fill: Fill) -> None:
    folder = fill(
        **{"dog.png": (64, 36), ".DS_Store": "x", "._dog.png": "x", ".hidden.png": "x"},
        **{"notes.docx": "x", "lonely.json": "{}", "Thumbs.db": "x"},
    )
    (folder / "old").mkdir()
    loaded = read_storyboard(folder)
    assert [shot.picture for shot in loaded.storyboard.shots] == ["dog.png"]
    said = " ".join(str(warning) for warning in loaded.warnings)
    for name in (".hidden.png", "notes.docx", "lonely.json", "old"):
        assert name in said
    for name in (".DS_Store", "._dog.png", "Thumbs.db"):
        assert name not in said


def test_bad_pictures_stop_no_other(fill: Fill) -> None:
    folder = fill(**{"1 dog.png": b"rubbish", "2 dog.png": (3, 3), "3 dog.png": (320, 100)})
    loaded = read_storyboard(folder)
    assert {index: error.code for index, error in loaded.shots_errors.items()} == {
        0: "picture.unknown_format", 1: "picture.too_small",
    }  # fmt: skip
    assert loaded.shots_errors[0].field == "1 dog.png, picture"
    assert loaded.storyboard.size == (320, 100)


def test_two_of_the_same_name_are_two_shots(fill: Fill) -> None:
    loaded = read_storyboard(fill(**{"dog.png": (64, 36), "dog.jpg": (64, 36)}))
    assert loaded.ids == ("dog.jpg", "dog.png")
    assert codes(loaded) == ["folder.same_name", "folder.same_name"]


def test_one_picture_alone(fill: Fill) -> None:
    folder = fill(**{"1.png": (64, 36), "2.png": (100, 50), "2.txt": "dog"})
    loaded = read_storyboard(folder / "2.png")
    (shot,) = loaded.storyboard.shots
    assert (shot.id, shot.picture, shot.subjects[0].name) == ("2", "2.png", "dog")
    assert (loaded.storyboard.title, loaded.storyboard.size) == ("2", (100, 64))
    assert (loaded.folder, loaded.warnings) == (folder, ())


def test_a_picture_that_stands_on_its_side_makes_an_upright_comp(fill: Fill) -> None:
    folder = fill()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (400, 200)).save(folder / "dog.jpg", exif=exif)
    assert read_storyboard(folder).storyboard.size == (200, 400)


def test_a_layered_photoshop_file_names_its_own_layers(fill: Fill) -> None:
    from psd_tools import PSDImage

    folder = fill()
    for name, layers in (("1.psd", 3), ("2.psd", 1)):
        psd = PSDImage.new("RGB", (64, 36))
        for number in range(layers):
            psd.create_pixel_layer(Image.new("RGBA", (20, 20), "red"), name=f"layer {number}")
        psd.save(folder / name)
    loaded = read_storyboard(folder)
    assert [shot.picture for shot in loaded.storyboard.shots] == ["1.psd", "2.psd"]
    assert [(warning.shot, warning.field) for warning in loaded.warnings] == [
        (1, "2.psd, subjects")
    ]
    assert '"subjects"' in str(loaded.warnings[0])


def test_a_folder_with_one_scene_is_that_scene(tmp_path: Path) -> None:
    (tmp_path / "a.storyboarder").write_text('{"boards": [{"shot": "1A", "action": "A dog."}]}')
    assert read_storyboard(tmp_path).ids == ("1A",)
    (tmp_path / "b.storyboarder").write_text("{}")
    with pytest.raises(InputError) as caught:
        read_storyboard(tmp_path)
    assert "a.storyboarder, b.storyboarder" in str(caught.value)


def test_a_folder_without_pictures(tmp_path: Path) -> None:
    (tmp_path / "scene 1").mkdir()
    (tmp_path / "note.md").write_text("x")
    with pytest.raises(InputError) as caught:
        read_storyboard(tmp_path)
    assert (caught.value.code, caught.value.file) == (
        "storyboard.folder.no_pictures", str(tmp_path),
    )  # fmt: skip
    assert "scene 1" in (caught.value.remedy or "")


@pytest.mark.parametrize(
    ("size", "enlarge", "comp"),
    [
        ((3840, 2160), False, (1920, 1080)),
        ((1080, 1920), False, (608, 1080)),
        ((1001, 501), False, (1000, 500)),
        ((320, 180), False, (320, 180)),
        ((320, 180), True, (1920, 1080)),
        ((16, 16), False, (64, 64)),
        ((100_000, 10), False, (1920, 64)),
    ],
)
def test_comps_have_even_sides(size: tuple[int, int], enlarge: bool, comp: tuple[int, int]) -> None:
    assert comp_size(*size, enlarge=enlarge) == comp


@pytest.mark.parametrize(
    ("name", "format_"),
    [
        ("a.json", "json"), ("a.JSON", "json"), ("a.storyboarder", "storyboarder"),
        ("a.csv", "shot list"), ("a.tsv", "shot list"), ("a.txt", "shot list"),
        ("a.PSD", "pictures"), ("a.jpeg", "pictures"), ("a.board", "json"),
    ],
)  # fmt: skip
def test_the_reader_is_chosen_by_the_suffix(name: str, format_: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b'\xef\xbb\xbf {"shots": []}')
    assert find_format(tmp_path / name).name == format_
    assert find_format(tmp_path).name == "pictures"


REFUSED: dict[str, tuple[str, bytes | None, str, str]] = {
    "nothing there": ("boart.json", None, "file.missing", 'Did you mean "board.json"?'),
    "no name at all": ("a\0b", None, "file.missing", "no such file"),
    "unknown": ("a.docx", b"PK", "file.unknown_format", ".storyboarder"),
    "no suffix": ("a", b"\0\1\2", "file.unknown_format", ".storyboarder"),
    "workbook": ("a.xlsx", b"PK\x03\x04", "file.unknown_format", "CSV"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_no_reader_knows(case: str, tmp_path: Path) -> None:
    name, data, code, words = REFUSED[case]
    (tmp_path / "board.json").write_text("{}")
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_storyboard(tmp_path / name)
    assert (caught.value.code, caught.value.file) == (f"storyboard.{code}", str(tmp_path / name))
    assert words in str(caught.value)


def test_no_format_is_registered_twice() -> None:
    with pytest.raises(ValueError, match="already"):
        reader("other", "", suffixes=(".csv",))(FORMATS["json"].read)
    assert "other" not in FORMATS
