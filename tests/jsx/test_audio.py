"""The shots' audio in the master comp, found where the rendered folder says."""

from __future__ import annotations

import json
import math
import os
import shutil
import struct
import wave
from pathlib import Path
from typing import Any

import pytest

from multiplane.contract.manifest import Sequence
from multiplane.contract.storyboard import Shot, Storyboard
from multiplane.deliver.timeline.write import write_timelines
from tests.jsx.conftest import done, started
from tests.jsx.host.aftereffects import AfterEffects
from tests.jsx.test_sequence import FRAMES, master_of, storyboard


def sound(path: Path, seconds: float) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        count = int(8000 * seconds)
        file.writeframes(b"".join(struct.pack("<h", int(9000 * math.sin(i))) for i in range(count)))
    return path


def test_audio_begins_with_its_shot(host: AfterEffects, tmp_path: Path) -> None:
    storyboard(tmp_path, ["one", "two"])
    done(host, "importSequence", folder=str(tmp_path))
    file = sound(tmp_path / "ton ä%20.wav", 0.25)
    (tmp_path / "none.wav").write_bytes(b"nothing")
    audio = [
        {"shot": "two", "file": str(file)},
        {"shot": "one", "file": str(tmp_path / "none.wav")},
        {"shot": "gone", "file": str(file)},
    ]
    for _ in range(2):
        report = done(host, "finishSequence", folder=str(tmp_path), audio=audio)
        assert [one["shot"] for one in report["silent"]] == ["one"]
        (layer,) = [one for one in master_of(host).layers if one.source.name.endswith(".wav")]
        assert layer.start_time * 24 == pytest.approx(FRAMES)
        assert layer.in_point * 24 == pytest.approx(FRAMES)
        assert layer.out_point - layer.in_point == pytest.approx(0.25, abs=0.01)


def rendered(out: Path, home: Path, names: dict[str, str]) -> Path:
    """An output folder of a storyboard in ``home``: shots, and who has which audio file."""
    storyboard(out, list(names))
    shots = [
        Shot(id=id_, prompt="a dog", duration=FRAMES / 24, audio=audio or None)
        for id_, audio in names.items()
    ]
    board = Storyboard(title="Der Film", fps=24, shots=shots)
    (out / "storyboard.json").write_text(board.to_json(), encoding="utf-8")
    sequence = Sequence.model_validate_json((out / "sequence.json").read_text(encoding="utf-8"))
    write_timelines(out, board, sequence, audio_folder=home)
    return out


def lying(host: AfterEffects) -> dict[str, tuple[float, str]]:
    """Where each shot's sound begins, in frames, and which file it is."""
    return {
        json.loads(layer.comment.removeprefix("Multiplane "))["audio"]: (
            round(layer.start_time * 24, 3),
            os.path.relpath(layer.source.file, "/"),
        )
        for layer in master_of(host).layers
        if '"audio"' in layer.comment
    }


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A rendered storyboard whose boards have audio beside it, elsewhere, and none."""
    home = tmp_path / "Bücher 50%25 #1"
    (home / "a").mkdir(parents=True)
    (home / "b").mkdir()
    sound(home / "a" / "line 1.wav", 0.25)
    sound(home / "b" / "line 1.wav", 0.5)
    sound(tmp_path / "whole.wav", 0.25)
    names = {
        "one": "a/line 1.wav",
        "two": "b\\line 1.wav",
        "three": "",
        "four": str(tmp_path / "whole.wav"),
        "five": "gone.wav",
    }
    return rendered(tmp_path / "out" / "film", home, names)


def there(film: Path) -> dict[str, tuple[float, str]]:
    root, home = film.parents[1], film.parents[1] / "Bücher 50%25 #1"
    files = {
        "one": (0, home / "a/line 1.wav"),
        "two": (FRAMES, home / "b/line 1.wav"),
        "four": (3 * FRAMES, root / "whole.wav"),
    }
    return {id_: (frame, os.path.relpath(file, "/")) for id_, (frame, file) in files.items()}


def test_the_folder_tells_which_shot_has_which_file(host: AfterEffects, film: Path) -> None:
    for _ in range(2):
        report = done(host, "importSequence", folder=str(film))["master"]
        assert lying(host) == there(film)
        (silent,) = report["silent"]
        assert silent["shot"] == "five"
        assert silent["error"]["code"] == "after_effects.file_missing"
        assert silent["error"]["file"].endswith("/Bücher 50%25 #1/gone.wav")
        assert ".." not in silent["error"]["file"]


def test_the_soundtrack_begins_where_it_is_said_to(host: AfterEffects, film: Path) -> None:
    home = film.parents[1] / "Bücher 50%25 #1"
    sound(home / "song.wav", 2.0)
    document = json.loads((film / "storyboard.json").read_text(encoding="utf-8"))
    for offset in (0.5, -0.25):
        document["soundtrack"] = {"file": "song.wav", "offset": offset}
        (film / "storyboard.json").write_text(json.dumps(document), encoding="utf-8")
        done(host, "importSequence", folder=str(film))
        song = (round(offset * 24, 3), os.path.relpath(home / "song.wav", "/"))
        assert lying(host) == {**there(film), "": song}


def test_windows_and_a_storyboard_on_another_drive(film: Path) -> None:
    root = film.parents[1]
    host = started(windows=True, roots={"C:/": film.parent, "D:/": root})
    text = (film / "timeline.otio").read_text(encoding="utf-8")
    url = '"file://localhost/D%3A/B%C3%BCcher%2050%2525%20%231"'
    start = text.index('"storyboard_folder"')
    end = text.index("\n", start)
    comma = "," if text[end - 1] == "," else ""
    text = f'{text[:start]}"storyboard_folder": {url}{comma}{text[end:]}'
    (film / "timeline.otio").write_text(text, encoding="utf-8")
    done(host, "importSequence", folder="C:\\film")
    found = lying(host)
    assert {id_: found[id_] for id_ in ("one", "two")} == {
        id_: one for id_, one in there(film).items() if id_ != "four"
    }


def test_a_folder_without_a_timeline_or_with_broken_words(host: AfterEffects, film: Path) -> None:
    (film / "timeline.otio").unlink()
    shutil.copytree(film.parents[1] / "Bücher 50%25 #1" / "a", film / "a")
    report = done(host, "importSequence", folder=str(film))["master"]
    assert sorted(lying(host)) == ["four", "one"]
    assert [one["shot"] for one in report["silent"]] == ["two", "five"]
    (film / "storyboard.json").write_text("{", encoding="utf-8")
    report = done(host, "finishSequence", folder=str(film))
    (silent,) = report["silent"]
    assert (silent["shot"], silent["error"]["code"]) == (None, "after_effects.file_broken")


def test_a_sound_that_the_designer_moved_or_replaced_stays(host: AfterEffects, film: Path) -> None:
    done(host, "importSequence", folder=str(film))
    one, two = (
        next(layer for layer in master_of(host).layers if f'"audio":"{id_}"' in layer.comment)
        for id_ in ("one", "two")
    )
    one.start_time = 0.5
    two.replace_source(one.source)
    for item in host.project.footages:
        item.parent_folder = host.project.root_folder
    items = len(host.item_list())
    kept = done(host, "finishSequence", folder=str(film))["kept"]
    assert {"layer": one.name, "what": "where its audio begins and ends"} in kept
    assert {"layer": two.name, "what": "its source"} in kept
    assert one.start_time == 0.5
    assert len(host.item_list()) == items


def test_another_sound_for_a_shot_takes_the_place_of_the_first(
    host: AfterEffects, tmp_path: Path
) -> None:
    storyboard(tmp_path, ["one"])
    first, second = sound(tmp_path / "first.wav", 0.25), sound(tmp_path / "second.wav", 0.5)
    done(host, "importSequence", folder=str(tmp_path))
    for file in (first, second):
        given: Any = [{"shot": "one", "file": str(file)}]
        done(host, "finishSequence", folder=str(tmp_path), audio=given)
    (layer,) = [layer for layer in master_of(host).layers if '"audio"' in layer.comment]
    assert layer.source.file == str(second)
    assert layer.out_point - layer.in_point == pytest.approx(0.5, abs=0.01)


def test_moved_and_collected_sounds(host: AfterEffects, film: Path) -> None:
    done(host, "importSequence", folder=str(film))
    root = film.parents[1]
    shutil.move(root / "Bücher 50%25 #1", root / "moved")
    shutil.move(film, root / "film")
    text = (root / "film/timeline.otio").read_text(encoding="utf-8")
    old = "../../B%C3%BCcher%2050%2525%20%231"
    assert old in text
    text = text.replace(old, "../moved")
    (root / "film/timeline.otio").write_text(text, encoding="utf-8")
    report = done(host, "relink", folder=str(root / "film"))
    assert report["missing"] == []
    assert lying(host)["two"][1].endswith("moved/b/line 1.wav")
    host.save(root / "work.aep")
    assert done(host, "collect")["failed"] == []
    files = {id_: file for id_, (_, file) in lying(host).items()}
    assert len(set(files.values())) == 3
    sizes = {id_: (Path("/") / file).stat().st_size for id_, file in files.items()}
    assert sizes["two"] > sizes["one"]
