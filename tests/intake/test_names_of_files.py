"""Names of files: composed or not, in capitals or not, and what is said of it."""

from __future__ import annotations

import json
import unicodedata
import wave
from pathlib import Path
from typing import Literal

import pytest
from PIL import Image

from multiplane.contract.errors import InputError
from multiplane.intake.paths import name_key, resolve_path
from multiplane.intake.read_storyboard import LoadedStoryboard, load_storyboard, read_storyboard
from multiplane.intake.shot_source import drawing_files

Way = Literal["NFC", "NFD"]
WAYS: tuple[Way, ...] = ("NFC", "NFD")
NAME = "Jäger vor Schloß é"


def picture(path: Path, colour: str = "red") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (32, 18), colour).save(path)
    return path


def sound(path: Path) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\0\0" * 80)
    return path


def written(text: str, way: Way) -> str:
    return unicodedata.normalize(way, text)


def said(loaded: LoadedStoryboard) -> list[str]:
    return [
        warning.text for warning in loaded.warnings if warning.code == "storyboard.file.other_case"
    ]


@pytest.mark.parametrize("on_disk", WAYS)
@pytest.mark.parametrize("in_json", WAYS)
def test_accents_are_the_same_however_they_are_written(
    on_disk: Way, in_json: Way, tmp_path: Path
) -> None:
    folder = tmp_path / written("Büro", on_disk)
    drawn = picture(folder / written(f"{NAME}.png", on_disk))
    heard = sound(folder / written("Geräusch.wav", on_disk))
    name = f"{written('Büro', in_json)}/{written(f'{NAME}.png', in_json)}"
    document = {
        "shots": [
            {
                "picture": name,
                "subjects": [written("Jäger", in_json)],
                "audio": written("Büro\\Geräusch.wav", in_json),
                "mattes": [{"layer": written("Jäger", in_json), "matte": name}],
            },
            {"layers": [{"name": "a", "picture": name}]},
        ]
    }
    board = tmp_path / written("Böard.json", on_disk)
    board.write_text(json.dumps(document), encoding="utf-8")
    loaded = read_storyboard(tmp_path / written("Böard.json", in_json))
    assert (loaded.shots_errors, loaded.warnings) == ({}, ())
    first, second = loaded.storyboard.shots
    assert drawing_files(first, loaded.folder)[0] == drawn
    assert resolve_path(str(first.audio), loaded.folder) == heard
    assert drawing_files(second, loaded.folder) == (drawn,)
    assert first.mattes[0].layer == first.subjects[0].name == "Jäger"


@pytest.mark.parametrize("on_disk", WAYS)
def test_in_a_folder_tables_and_sidecars_belong_to_their_pictures(
    on_disk: Way, tmp_path: Path
) -> None:
    picture(tmp_path / written("Büro.png", on_disk))
    picture(tmp_path / written("Jäger.png", on_disk))
    other: Way = "NFD" if on_disk == "NFC" else "NFC"
    (tmp_path / written("Büro.txt", other)).write_text("warrior\n", encoding="utf-8")
    table = written("picture,subjects,dialogue\nJäger.png,hunter,Halt!\n", other)
    (tmp_path / "shots.csv").write_text(table, encoding="utf-8")
    loaded = read_storyboard(tmp_path)
    assert (loaded.shots_errors, loaded.warnings) == ({}, ())
    office, hunter = loaded.storyboard.shots
    assert [subject.name for subject in office.subjects] == ["warrior"]
    assert hunter.dialogue == "Halt!"
    # One name, so one folder for the results, without a hash behind it.
    assert [loaded.folders[one.id] for one in (office, hunter)] == ["Büro", "Jäger"]


@pytest.mark.parametrize("on_disk", WAYS)
def test_storyboarder_finds_its_boards(on_disk: Way, tmp_path: Path) -> None:
    other: Way = "NFD" if on_disk == "NFC" else "NFC"
    picture(tmp_path / "images" / written("board-1-ÄÖ123.png", on_disk))
    sound(tmp_path / "images" / written("Geräusch.wav", on_disk))
    scene = {
        "boards": [
            {
                "url": written("board-1-ÄÖ123.png", other),
                "audio": {"filename": written("geräusch.WAV", other)},
                "action": "a hunter waits",
            }
        ]
    }
    path = tmp_path / "scène.storyboarder"
    path.write_text(json.dumps(scene), encoding="utf-8")
    loaded = read_storyboard(path)
    (shot,) = loaded.storyboard.shots
    assert drawing_files(shot, loaded.folder)[0] is not None
    assert resolve_path(str(shot.audio), loaded.folder).is_file()
    found = f"images/{written('Geräusch.wav', on_disk)}"
    assert said(loaded) == [f"There is no {written('geräusch.WAV', other)}; {found} is taken."]


def test_other_capitals_are_found_and_said(tmp_path: Path) -> None:
    drawn = picture(tmp_path / "Images" / "Board_01.PNG")
    document = {"shots": [{"picture": "images/board_01.png", "subjects": ["cat"]}]}
    loaded = load_storyboard(document, folder=tmp_path)
    if drawing_files(loaded.storyboard.shots[0], loaded.folder)[0] != drawn:
        pytest.skip("this file system does not tell capitals apart")
    assert said(loaded) == ["There is no images/board_01.png; Board_01.PNG is taken."]


def test_the_exact_name_counts_before_any_other(tmp_path: Path) -> None:
    names = ("board.png", "BOARD.png", "Board.png")
    paths = [picture(tmp_path / name) for name in names]
    if len(list(tmp_path.iterdir())) < len(names):
        pytest.skip("this file system does not tell capitals apart")
    assert [resolve_path(name, tmp_path) for name in names] == paths
    document = {"shots": [{"picture": "bOARD.png", "subjects": ["cat"]}]}
    loaded = load_storyboard(document, folder=tmp_path)
    assert said(loaded) == [
        "There is no bOARD.png; BOARD.png is taken. There is Board.png, board.png too."
    ]


def test_composition_counts_before_capitals(tmp_path: Path) -> None:
    decomposed = picture(tmp_path / written("é.png", "NFD"))
    picture(tmp_path / "É.png")
    assert resolve_path("é.png", tmp_path) == decomposed


def test_a_path_with_decoded_escapes_is_shown_as_it_was_read(tmp_path: Path) -> None:
    text = (
        r'{"shots": [{"picture": "C:\new\table.png", "subjects": ["cat"]},'
        r'{"prompt": "a dog", "audio": "sounds\bark.wav"}]}'
    )
    path = tmp_path / "board.json"
    path.write_text(text, encoding="utf-8")
    loaded = read_storyboard(path)
    error = loaded.shots_errors[0]
    assert isinstance(error, InputError)
    assert error.value == "C:␊ew␉able.png"
    assert error.remedy is not None
    assert '"C:/new/table.png"' in error.remedy
    (heard,) = (
        warning for warning in loaded.warnings if warning.code == "storyboard.shot.audio.missing"
    )
    assert "sounds␈ark.wav" in heard.text
    assert '"sounds/bark.wav"' in str(heard.remedy)


def test_keys_of_names() -> None:
    assert name_key(written("Schloß É", "NFD")) == name_key("schloss é")
    assert name_key("a") != name_key("b")
