"""Paths as people have them, on both systems."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.jsx.compare import faults
from tests.jsx.conftest import done, failed, started, write_shot
from tests.jsx.host.files import FileModel

AWKWARD = {
    "spaces": "my  film (1) & more",
    "percent": "50% of 20%25 %20",
    "hash": "#1 #",
    "umlauts": "Überblick ß é",
    "Japanese": "絵コンテ 第一話",
    "emoji": "🎬 👩‍🚀",
    "quotes": "it's ~a 'film', [x] {y} $HOME",
    "all": "ä %20 #1 50% 絵コンテ 🎬 & 'x'",
}
LONG = 320
FORMS = {
    "drive, backslashes": ("C:\\Jobs\\{}\\out", "C:/", "Jobs/{}/out"),
    "drive, slashes": ("C:/Jobs/{}/out", "C:/", "Jobs/{}/out"),
    "drive, both": ("C:\\Jobs/{}\\out", "C:/", "Jobs/{}/out"),
    "drive, a slash at the end": ("D:\\{}\\", "D:/", "{}"),
    "UNC, backslashes": ("\\\\server\\share\\{}\\out", "//server/share/", "{}/out"),
    "UNC, slashes": ("//server/share/{}/out", "//server/share/", "{}/out"),
}
"""How a folder is written on Windows, which root it is under, and where it is below that."""


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_names(tmp_path: Path, name: str) -> None:
    folder = tmp_path / AWKWARD[name]
    manifest = write_shot(folder)
    host = started()
    done(host, "importShot", folder=str(folder), storyboard=AWKWARD[name])
    assert list(faults(host.project.compositions[0], manifest)) == []
    again = done(host, "importShot", folder=str(folder), storyboard=AWKWARD[name])
    assert again["state"] == "unchanged"


def test_names_of_300_characters_and_more(tmp_path: Path) -> None:
    deep = tmp_path / AWKWARD["all"]
    while len(str(deep)) < LONG:
        deep = deep / "ein sehr langer Ordner"
    manifest = write_shot(deep)
    host = started()
    done(host, "importShot", folder=str(deep))
    assert list(faults(host.project.compositions[0], manifest)) == []
    assert done(host, "importShot", folder=str(deep))["state"] == "unchanged"


@pytest.mark.parametrize("name", AWKWARD)
@pytest.mark.parametrize("form", FORMS)
def test_windows(tmp_path: Path, form: str, name: str) -> None:
    given, root, below = FORMS[form]
    manifest = write_shot(tmp_path / below.format(AWKWARD[name]))
    host = started(windows=True, roots={root: tmp_path})
    folder = given.format(AWKWARD[name])
    done(host, "importShot", folder=folder)
    assert list(faults(host.project.compositions[0], manifest)) == []
    assert done(host, "importShot", folder=folder)["state"] == "unchanged"
    # The other way to write it means the same files.
    other = folder.replace("\\", "/")
    assert done(host, "importShot", folder=other)["state"] == "unchanged"


@pytest.mark.parametrize("slash", ["/", "\\"])
def test_windows_with_paths_that_it_opens_at_any_length(tmp_path: Path, slash: str) -> None:
    below = "/".join([AWKWARD["Japanese"], *["ein sehr langer Ordner"] * 14])
    manifest = write_shot(tmp_path / below)
    host = started(windows=True, roots={"C:/": tmp_path})
    folder = "C:" + slash + below.replace("/", slash)
    assert len(folder) > 300
    done(host, "importShot", folder=folder)
    assert list(faults(host.project.compositions[0], manifest)) == []


def test_windows_that_does_not_see_long_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the file seems to be missing, and the remedy says what is the matter."""
    folder = "C:\\" + "\\".join(["ein sehr langer Ordner"] * 14)
    write_shot(tmp_path / folder[3:].replace("\\", "/"))
    host = started(windows=True, roots={"C:/": tmp_path})
    real = host.path_of

    def short(file: FileModel) -> Path:
        return real(file) if len(file.path) < 260 else tmp_path / "nothing is here"

    monkeypatch.setattr(host, "path_of", short)
    error = failed(host, "importShot", folder=folder)
    assert error["code"] == "after_effects.file_missing"
    assert "move the folder to a shorter one" in error["remedy"]


@pytest.mark.parametrize("file", ["../a.png", "/a.png", "x/../../a.png", "C:/a.png", "a\\b.png"])
def test_documents_that_reach_out_of_their_folder(tmp_path: Path, file: str) -> None:
    write_shot(tmp_path)
    document = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    document["layers"][1]["file"] = file
    (tmp_path / "manifest.json").write_text(json.dumps(document), encoding="utf-8")
    host = started()
    error = failed(host, "importShot", folder=str(tmp_path))
    assert (error["field"], error["value"]) == ("layers[1].file", file)
    shot = {"id": "a", "manifest": file, "start_frame": 0, "duration_frames": 1}
    sequence = {"schema": "multiplane/sequence/1", "title": "t", "fps": 24, "size": [64, 64]}
    text = json.dumps(sequence | {"shots": [shot]})
    (tmp_path / "sequence.json").write_text(text, encoding="utf-8")
    assert failed(host, "planSequence", folder=str(tmp_path))["field"] == "shots[0].manifest"
