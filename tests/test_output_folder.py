"""Output folders as they are read again: of this version, of older and of newer ones."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from multiplane.contract.errors import InputError, MultiplaneError
from multiplane.contract.layout import INDEX, MANIFEST, OTIO, SEQUENCE, STORYBOARD
from multiplane.contract.output_folder import (
    OutputFolder,
    ShotFolder,
    finished_shots,
    read_sequence,
)
from multiplane.contract.storyboard import CameraMove
from multiplane.contract.upgrades import MANIFEST_UPGRADES, SEQUENCE_UPGRADES
from multiplane.deliver.animatic import write_animatic
from multiplane.deliver.contact import write_contact
from multiplane.deliver.own_files import made_in
from multiplane.deliver.shot_pictures import painted_layers, picture_size, staged
from multiplane.deliver.timeline.write import storyboard_folder
from multiplane.produce.finished import is_unchanged
from multiplane.produce.restage import film_again, refresh, restage
from multiplane.server.jobs.shot_reader import read_made
from tests.finished_output import finished_output

ORBIT = CameraMove(preset="orbit")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return finished_output(tmp_path / "out", "a", "b")


def changed(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    document = json.loads(path.read_text("utf-8"))
    change(document)
    path.write_text(json.dumps(document), encoding="utf-8")


@pytest.fixture
def of_version_0(out: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder as a version would have written it that had other names for two fields."""

    def film_became_preview(document: dict[str, Any]) -> dict[str, Any]:
        files = dict(document["files"])
        files["preview"] = files.pop("film")
        return {**document, "files": files}

    def rate_became_fps(document: dict[str, Any]) -> dict[str, Any]:
        document["fps"] = document.pop("rate")
        return document

    monkeypatch.setitem(MANIFEST_UPGRADES._steps, 0, film_became_preview)
    monkeypatch.setitem(SEQUENCE_UPGRADES._steps, 0, rate_became_fps)

    def older_manifest(document: dict[str, Any]) -> None:
        document["schema"] = "multiplane/manifest/0"
        document["files"]["film"] = document["files"].pop("preview")

    def older_sequence(document: dict[str, Any]) -> None:
        document["schema"] = "multiplane/sequence/0"
        document["rate"] = document.pop("fps")

    for name in ("a", "b"):
        changed(out / "shots" / name / MANIFEST, older_manifest)
    changed(out / SEQUENCE, older_sequence)
    return out


def test_an_older_folder_is_brought_up_to_date_wherever_it_is_read(of_version_0: Path) -> None:
    out = of_version_0
    found = OutputFolder.open(out)
    assert (found.sequence.fps, found.shot("a").manifest.files.preview) == (24, "a.mp4")
    shot = ShotFolder.whole(out / "shots" / "a")
    assert shot is not None
    assert is_unchanged(shot.path, str(shot.manifest.content_hash))
    assert read_made(shot.path) == (shot.manifest, picture_size(shot))
    assert finished_shots(out) == [out / "shots" / "a", out / "shots" / "b"]
    assert "a.mp4" in made_in(shot.path)
    assert set(made_in(out)) == {STORYBOARD, SEQUENCE}

    refresh(out)
    assert "cannot be read" not in (out / INDEX).read_text("utf-8")
    assert "shots/a/a.mp4" in (out / OTIO).read_text("utf-8")
    write_animatic(
        out / "film.mp4",
        out,
        found.board,
        found.sequence,
        burn_subtitles=False,
        names=False,
        audio_folder=storyboard_folder(out),
        on_event=lambda event: pytest.fail(str(event)) if event.type == "log" else None,
    )
    restage(shot.path, ORBIT)
    assert film_again(shot.path).files.preview == "a.mp4"
    written = json.loads((shot.path / MANIFEST).read_text("utf-8"))
    assert (written["schema"], "film" in written["files"]) == ("multiplane/manifest/1", False)


def test_a_folder_of_the_first_films_is_used_as_it_is(out: Path) -> None:
    """They were all called preview.mp4, and neither timecodes nor digests were noted."""
    folder = out / "shots" / "a"
    (folder / "a.mp4").rename(folder / "preview.mp4")

    def older(document: dict[str, Any]) -> None:
        document["files"]["preview"] = "preview.mp4"
        for name in ("start_timecode", "sha256", "notices", "drawing_area"):
            del document[name]

    changed(folder / MANIFEST, older)
    shot = ShotFolder.whole(folder)
    assert shot is not None
    assert is_unchanged(folder, str(shot.manifest.content_hash))
    assert set(made_in(folder)) == {MANIFEST, *shot.manifest.named_files()}
    refresh(out)
    timeline = (out / OTIO).read_text("utf-8")
    assert "shots/a/preview.mp4" in timeline
    restage(folder, ORBIT)
    made = film_again(folder)
    assert (made.files.preview, made.start_timecode is not None) == ("a.mp4", True)
    assert not (folder / "preview.mp4").exists()
    assert ShotFolder.whole(folder) is not None


@pytest.mark.parametrize("name", [STORYBOARD, SEQUENCE, f"shots/a/{MANIFEST}"])
def test_a_newer_document_is_refused_by_its_version(out: Path, name: str) -> None:
    kind = Path(name).stem
    changed(out / name, lambda document: document.update(schema=f"multiplane/{kind}/2"))
    with pytest.raises(InputError, match=r"of version 2; .* Update Multiplane") as caught:
        OutputFolder.open(out).shot("a")
    assert caught.value.code == f"{kind}.schema.too_new"
    assert caught.value.file == str(out / name)


def test_a_newer_shot_is_told_of_and_the_others_go_on(out: Path) -> None:
    folder = out / "shots" / "a"
    changed(folder / MANIFEST, lambda one: one.update(schema="multiplane/manifest/2"))
    assert ShotFolder.whole(folder) is None
    assert made_in(folder) == {}, "nothing of it is taken for this version's own"
    with pytest.raises(InputError, match="version 2"):
        restage(folder, ORBIT)
    refresh(out)
    page = (out / INDEX).read_text("utf-8")
    assert page.count("data-scene=") == 1
    assert "reads manifests up to version 1" in page
    (sheet,) = write_contact(out, read_sequence(out))
    assert Image.open(sheet).size[0] > 300


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "EOF"),
        (b"[]", "no JSON object"),
        (b"{}", "validation error"),
        (b'{"schema": "multiplane/storyboard/1"}', "not a manifest"),
        (b"\xff", "cannot be read"),
    ],
)
def test_a_damaged_manifest(out: Path, content: bytes, words: str) -> None:
    path = out / "shots" / "a" / MANIFEST
    path.write_bytes(content)
    for read in (lambda: ShotFolder.open(path.parent), lambda: OutputFolder.open(out).shot("a")):
        with pytest.raises(InputError, match=words) as caught:
            read()
        assert caught.value.file == str(path)
        assert caught.value.remedy
    assert ShotFolder.whole(path.parent) is None
    with pytest.raises(MultiplaneError) as refused:
        read_made(path.parent)
    assert refused.value.code == "shot.not_finished"


def test_nothing_here(tmp_path: Path) -> None:
    for open_, words in ((OutputFolder.open, "No results"), (ShotFolder.open, "no finished shot")):
        with pytest.raises(InputError, match=words):
            open_(tmp_path)


def test_pixels_are_what_the_manifest_says(out: Path) -> None:
    shot = OutputFolder.open(out).shot("a")
    assert picture_size(shot) == (160, 90)
    assert staged(shot).comp == shot.manifest.comp
    assert [layer.rgba.shape[1::-1] for layer in painted_layers(shot)] == [
        layer.bbox[2:] for layer in shot.manifest.layers
    ]
    Image.fromarray(np.zeros((3, 3, 4), np.uint8)).save(shot.path / shot.manifest.layers[1].file)
    with pytest.raises(InputError, match="another size"):
        painted_layers(shot)
    (shot.path / shot.manifest.files.picture).unlink()
    with pytest.raises(InputError, match=r"no finished shot here.*picture\.png"):
        picture_size(shot)


def test_reading_needs_no_pixels() -> None:
    """The server and every --help load it."""
    program = """
import sys, multiplane.contract.output_folder
assert not {"numpy", "PIL"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], check=True)
