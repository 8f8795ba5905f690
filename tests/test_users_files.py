"""What a user puts into a folder of results stays there, whatever is made into it afterwards."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from multiplane.contract.errors import Failure
from multiplane.contract.layout import HOLDER, LEDGER, film_name
from multiplane.contract.manifest import Manifest
from multiplane.contract.storyboard import CameraMove, Storyboard
from multiplane.deliver.export import write_frames
from multiplane.deliver.folder import recover, replacing_file
from multiplane.deliver.out_lock import only_run_in
from multiplane.deliver.own_files import keeping, made_in
from multiplane.deliver.shot import deliver_shot
from multiplane.produce.restage import film_again, restage
from multiplane.produce.storyboard import write_storyboard
from tests.deliver.shots import finished
from tests.finished_output import finished_output

THEIRS = b"hours of somebody's work"


def put(path: Path, content: bytes = THEIRS) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def made_again(folder: Path) -> list[str]:
    """Make the shot anew; returns what was told."""
    told: list[str] = []
    with keeping(folder.parent.parent, told.append):
        deliver_shot(folder, finished(id_="a"))
    return told


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "out" / "shots" / "a"
    made_again(folder)
    return folder


@pytest.mark.parametrize(
    "name",
    ["notes.txt", "layers/mine.png", "retouch/deep/v2.psd", ".hidden", "layers/sub/x.png",
     "picture.psd", "layers/07-castle.png", "Übermalt é.png"],
)  # fmt: skip
def test_a_file_in_a_shots_folder_is_carried_over(folder: Path, name: str) -> None:
    ours = files(folder)
    put(folder / name)
    assert made_again(folder) == []
    assert (folder / name).read_bytes() == THEIRS
    assert files(folder) == {*ours, name}
    assert os.listdir(folder.parent) == ["a"]


def test_empty_folders_and_links_are_carried_over_and_not_followed(folder: Path) -> None:
    (folder / "later").mkdir()
    outside = put(folder.parent.parent / "elsewhere" / "big.psd")
    (folder / "link.psd").symlink_to(outside)
    (folder / "linked").symlink_to(outside.parent)
    made_again(folder)
    assert (folder / "later").is_dir()
    assert (folder / "link.psd").is_symlink()
    assert (folder / "linked").is_symlink()
    assert outside.read_bytes() == THEIRS


@pytest.mark.parametrize("name", ["layers.psd", "picture.png", "layers/00-background.png"])
def test_our_file_that_was_worked_on_is_set_aside_and_said(folder: Path, name: str) -> None:
    put(folder / name)
    (told,) = made_again(folder)
    kept = (folder / name).with_name(f"{Path(name).stem} (kept){Path(name).suffix}")
    assert kept.read_bytes() == THEIRS
    assert kept.name in told
    assert name in told
    assert (folder / name).read_bytes() != THEIRS
    put(folder / name, b"again")
    made_again(folder)
    assert kept.read_bytes() == THEIRS
    second = kept.with_name(kept.name.replace("(kept)", "(kept 2)"))
    assert second.read_bytes() == b"again"


def test_a_link_in_place_of_the_layers_folder_is_kept(folder: Path) -> None:
    elsewhere = folder.parent.parent / "disk"
    (folder / "layers").rename(elsewhere)
    (folder / "layers").symlink_to(elsewhere)
    before = files(elsewhere)
    made_again(folder)
    assert (folder / "layers (kept)").is_symlink()
    assert not (folder / "layers").is_symlink()
    assert files(elsewhere) == before


def test_a_folder_that_was_never_ours_keeps_everything(tmp_path: Path) -> None:
    folder = tmp_path / "out" / "shots" / "a"
    for name in ("picture.png", "manifest.json", "layers/00-background.png", "x/y.txt"):
        put(folder / name)
    made_again(folder)
    for name in ("picture (kept).png", "manifest (kept).json", "layers/00-background (kept).png"):
        assert (folder / name).read_bytes() == THEIRS
    assert (folder / "x/y.txt").read_bytes() == THEIRS
    Manifest.model_validate_json((folder / "manifest.json").read_text())


def test_of_an_earlier_version_the_manifests_names_are_ours(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["sha256"]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    ours = files(folder)
    put(folder / "notes.txt")
    assert made_again(folder) == []
    assert files(folder) == {*ours, "notes.txt"}


def test_a_kill_in_the_exchange_loses_nothing(folder: Path) -> None:
    """Killed after the new folder came and before the old one went."""
    put(folder / "notes.txt")
    aside = folder.with_name(".a.old-12ab34cd")
    folder.rename(aside)
    put(folder / "new.txt")
    recover(folder, made_in)
    assert (folder / "notes.txt").read_bytes() == THEIRS
    assert files(folder) == {"new.txt", "notes.txt"}
    assert not aside.exists()


def test_another_camera_keeps_what_was_put_there(tmp_path: Path) -> None:
    out = finished_output(tmp_path / "out", "a")
    folder = out / "shots" / "a"
    put(folder / "notes.txt")
    film = film_name("a")
    put(folder / film)
    restage(folder, CameraMove(preset="truck_left"))
    film_again(folder)
    restage(folder, CameraMove(preset="push_in"))
    film_again(folder)
    assert (folder / "notes.txt").read_bytes() == THEIRS
    kept = f"{Path(film).stem} (kept).mp4"
    assert (folder / kept).read_bytes() == THEIRS
    assert {file for file in files(folder) if "kept" in file} == {kept}
    assert made_again(folder) == [], "all of it is known to be ours"


def _contact(out: Path) -> None:
    with replacing_file(out / "contact.png") as fresh:
        fresh.write_bytes(b"sheet of this run")


def _board(out: Path) -> None:
    shots = [{"prompt": "a warrior"}]
    write_storyboard(out, Storyboard.model_validate({"shots": shots}), out.parent)


@pytest.mark.parametrize(
    ("name", "write"), [("contact.png", _contact), ("storyboard.json", _board)]
)
def test_a_file_in_the_output_folder_is_never_overwritten(
    tmp_path: Path, name: str, write: Callable[[Path], None]
) -> None:
    out = tmp_path / "out"
    put(out / name)
    told: list[str] = []
    for _ in range(2):
        with keeping(out, told.append):
            write(out)
    kept = out / f"{Path(name).stem} (kept){Path(name).suffix}"
    assert kept.read_bytes() == THEIRS
    assert len(told) == 1
    assert kept.name in told[0]
    put(out / name, b"worked on")
    with keeping(out, told.append):
        write(out)
    assert (out / f"{Path(name).stem} (kept 2){Path(name).suffix}").read_bytes() == b"worked on"
    assert (out / name).read_bytes() != b"worked on"


def test_frames_keep_what_is_not_theirs(tmp_path: Path) -> None:
    import numpy as np

    frames = [np.full((8, 8, 4), 255, np.uint8)] * 3
    folder = tmp_path / "frames"
    put(folder / "00001.png")
    write_frames(folder, frames)
    write_frames(folder, frames[:2])
    assert files(folder) == {"00000.png", "00001.png", "00001 (kept).png", LEDGER}
    assert (folder / "00001 (kept).png").read_bytes() == THEIRS


_HOLD = """
import sys, time
from pathlib import Path
from multiplane.deliver.out_lock import only_run_in
with only_run_in(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def test_two_runs_in_one_folder(tmp_path: Path) -> None:
    """The second is told who is there; once the first was killed nothing is in the way."""
    first = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        with pytest.raises(Failure) as caught, only_run_in(tmp_path):
            pass
        assert caught.value.code == "deliver.out_in_use"
        assert f"Process {first.pid}" in caught.value.message
        assert "-o" in str(caught.value.remedy)
    finally:
        first.kill()
        first.wait()
    with only_run_in(tmp_path):
        assert json.loads((tmp_path / HOLDER).read_text())["pid"] == os.getpid()
    assert not (tmp_path / HOLDER).exists()


def test_a_render_into_a_folder_in_use_changes_nothing(tmp_path: Path) -> None:
    board = tmp_path / "board.json"
    board.write_text('{"shots": [{"prompt": "a **red warrior** in a forest"}]}')
    out = tmp_path / "out"
    (out / "shots").mkdir(parents=True)
    command = [sys.executable, "-m", "multiplane", "render", str(board), "-o", str(out)]
    with only_run_in(out):
        before = files(out)
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
        assert done.returncode == 1
        assert f"Process {os.getpid()}" in done.stderr
        assert files(out) == before
