"""A delivered shot, read back file by file."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from psd_tools import PSDImage

from multiplane.contract.errors import Failure
from multiplane.contract.layout import SEQUENCE, layer_files
from multiplane.contract.manifest import Sequence, SequenceShot
from multiplane.contract.output_folder import ShotFolder
from multiplane.deliver.documents import write_document
from multiplane.deliver.shot import deliver_shot
from multiplane.stage.path import from_keyframes
from tests.deliver.shots import SIZE, finished

NAMES = ("戦士", "🐉", "../../evil", "CON", "a/b:c*?", "x" * 300, "戦士")


def test_everything_is_there_and_says_the_same(tmp_path: Path) -> None:
    shot = finished()
    folder = tmp_path / "shots" / "shot-001"
    done: list[tuple[int, int]] = []
    made = deliver_shot(
        folder,
        shot,
        extra={"content_hash": "abc", "style": "ink"},
        on_frame=lambda count, total: done.append((count, total)),
    )
    manifest = ShotFolder.open(folder).manifest
    assert manifest == made
    assert manifest.content_hash == "abc"
    assert done == [(i, 9) for i in range(1, 10)]
    assert manifest.checks.recomposition_max_error == 0
    assert manifest.original_prompt == shot.prompt
    assert [one.name for one in manifest.layers] == ["background", "red warrior", "princess"]
    assert manifest.markers[0].text == "Dialogue: Halt!"

    files = manifest.files
    np.testing.assert_array_equal(np.asarray(Image.open(folder / files.picture)), shot.picture)
    for entry, layer in zip(manifest.layers, shot.layers, strict=True):
        image = Image.open(folder / entry.file)
        np.testing.assert_array_equal(np.asarray(image), layer.rgba)
        assert (entry.bbox[2], entry.bbox[3]) == image.size
    depth = Image.open(folder / str(files.depth))
    assert depth.mode == "I;16"
    assert np.abs(np.asarray(depth) / 65535 - shot.nearness).max() < 1e-5
    assert files.preview == f"{shot.id}.mp4"
    with av.open(str(folder / str(files.preview))) as film:
        assert film.streams.video[0].frames == 9
        assert film.streams.video[0].metadata["timecode"] == manifest.start_timecode
    in_psd = PSDImage.open(folder / str(files.psd)).descendants()
    assert [one.name for one in in_psd if not one.is_group()] == [
        "background",
        "red warrior",
        "princess",
        "depth",
    ]
    named = {files.picture, files.depth, files.preview, files.psd, "manifest.json"}
    named |= {entry.file for entry in manifest.layers}
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert there == named


def test_planes_and_camera_are_in_the_manifest(tmp_path: Path) -> None:
    shot = finished()
    manifest = deliver_shot(tmp_path / "s", shot)
    for entry, plane in zip(manifest.layers, shot.staged.planes, strict=True):
        assert (entry.position, entry.anchor, entry.scale, entry.z) == (
            plane.position,
            plane.anchor,
            plane.scale,
            plane.z,
        )
    path = from_keyframes(manifest.camera.keyframes, manifest.camera.zoom).at(np.arange(9), 24)
    np.testing.assert_array_equal(path.positions, shot.staged.path().positions)


def test_pictures_say_where_they_come_from(tmp_path: Path) -> None:
    shot = finished(prompt="ein Löwe 🦁 und 戦士")
    deliver_shot(tmp_path / "s", shot)
    for name in ("picture.png", "depth.png", "layers/01-red warrior.png"):
        text = Image.open(tmp_path / "s" / name)
        text.load()
        chunks = text.info
        assert chunks["Prompt"] == "ein Löwe 🦁 und 戦士"
        assert chunks["Model"] == "storyboard-mini"
        assert chunks["Model version"] == "3"
        assert chunks["Seed"] == "7"
        assert chunks["Software"].startswith("Multiplane ")


def test_a_drawing_has_no_prompt(tmp_path: Path) -> None:
    manifest = deliver_shot(tmp_path / "s", finished(prompt=None))
    assert manifest.original_prompt is None
    image = Image.open(tmp_path / "s" / "picture.png")
    image.load()
    assert "Prompt" not in image.info


def test_no_name_reaches_out_of_the_folder(tmp_path: Path) -> None:
    shot = finished(NAMES)
    folder = tmp_path / "s"
    manifest = deliver_shot(folder, shot)
    assert [layer.name for layer in manifest.layers][1:] == list(NAMES)
    files = layer_files([layer.name for layer in shot.layers])
    assert len({file.casefold() for file in files}) == len(files)
    for file in files:
        assert (folder / file).resolve().parent == (folder / "layers").resolve()
        assert len(file.encode()) < 120
    assert {p.name for p in tmp_path.iterdir()} == {"s"}


def test_a_shot_without_subjects(tmp_path: Path) -> None:
    manifest = deliver_shot(tmp_path / "s", finished(()))
    assert len(manifest.layers) == 1
    assert manifest.checks.recomposition_max_error == 0


def test_a_failure_leaves_the_earlier_result(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    deliver_shot(folder, finished())
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}

    def stop(done: int, total: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver_shot(folder, finished(("other",)), on_frame=stop)
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before
    assert [p.name for p in tmp_path.iterdir()] == ["s"]


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("mine")
    with pytest.raises(Failure, match="in the way"):
        deliver_shot(tmp_path / "s", finished())
    assert (tmp_path / "s").read_text() == "mine"


def test_a_second_delivery_replaces_the_first(tmp_path: Path) -> None:
    deliver_shot(tmp_path / "s", finished(("one", "two", "three")))
    deliver_shot(tmp_path / "s", finished(("four",)))
    assert sorted(p.name for p in (tmp_path / "s" / "layers").iterdir()) == [
        "00-background.png",
        "01-four.png",
    ]


def test_sequence(tmp_path: Path) -> None:
    sequence = Sequence(
        title="Ein Film",
        fps=23.976,
        size=SIZE,
        shots=[SequenceShot(id="a", start_frame=0, duration_frames=4, status="missing")],
    )
    write_document(tmp_path / SEQUENCE, sequence)
    text = (tmp_path / "sequence.json").read_text(encoding="utf-8")
    assert Sequence.model_validate_json(text) == sequence
