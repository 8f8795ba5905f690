"""Every writer against a disk that refuses: clear errors, and the earlier result as it was."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from multiplane.contract.errors import Failure
from multiplane.contract.layout import LEDGER, STORYBOARD
from multiplane.contract.manifest import Sequence, SequenceShot
from multiplane.contract.storyboard import Shot, Storyboard
from multiplane.deliver.documents import write_document
from multiplane.deliver.exports import EXPORTERS, Exporter, ExportOptions
from multiplane.deliver.folder import explained
from multiplane.deliver.png import write_depth_png, write_png
from multiplane.deliver.preview import write_preview
from multiplane.deliver.psd import write_psd
from multiplane.deliver.sequence import DELIVERABLES, WholeStoryboard
from multiplane.deliver.shot import deliver_shot
from tests.deliver.ordinary_user import NOBODY
from tests.deliver.shots import finished

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX limits and users")

SHOT = finished(("戦士",))
MADE = SequenceShot(
    id="one",
    manifest="shots/one/manifest.json",
    start_frame=0,
    duration_frames=9,
    status="made",
)
SEQUENCE = Sequence(title="A film", fps=24, size=(128, 72), shots=[MADE])
BOARD = Storyboard(size=(128, 72), shots=[Shot(id="one", prompt="a warrior", dialogue="Halt!")])
PICTURE = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)

Writer = Callable[[Path], object]


def _deliverable(write: Callable[[WholeStoryboard], object]) -> Writer:
    return lambda out: write(WholeStoryboard(out, BOARD, SEQUENCE, out))


def _export(what: Exporter) -> Writer:
    options = ExportOptions(layer="s0", storyboard_folder=Path("/"))

    def write(out: Path) -> None:
        target = out / "exports" / f"one {what.name}{what.suffix}"
        what.make(out, target, options, lambda event: None)

    return write


WRITERS: dict[str, Writer] = {
    "shot": lambda out: deliver_shot(out / "shots" / "one", SHOT),
    "sequence.json": lambda out: write_document(out / "sequence.json", SEQUENCE),
    **{name: _deliverable(write) for name, write in DELIVERABLES},
    **{f"export {name}": _export(what) for name, what in EXPORTERS.items()},
}
"""Everything that is delivered, in an order in which all that one needs is there."""


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A complete output folder, where somebody else may look but not write."""
    out = Path(tempfile.mkdtemp(prefix="multiplane-made-"))
    (out / STORYBOARD).write_text(BOARD.to_json(), encoding="utf-8")
    for write in WRITERS.values():
        write(out)
    for folder in [out, *(path for path in out.rglob("*") if path.is_dir())]:
        folder.chmod(0o755)
    yield out
    shutil.rmtree(out)


@pytest.fixture
def out(made: Path) -> Iterator[Path]:
    """A copy of it for one test, outside pytest's own folders, which nobody else may enter."""
    copy = Path(tempfile.mkdtemp(prefix="multiplane-refused-"))
    shutil.copytree(made, copy, dirs_exist_ok=True)
    yield copy
    for folder in [copy, *(path for path in copy.rglob("*") if path.is_dir())]:
        folder.chmod(0o755)
    shutil.rmtree(copy)


def _contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _folders(out: Path) -> list[Path]:
    """The folders in which the writers put what they write."""
    return [out, out / "shots", out / "exports"]


@contextlib.contextmanager
def _files_of_at_most(size: int) -> Iterator[None]:
    """The system cuts every file off at so many bytes, as a disk does that becomes full."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextlib.contextmanager
def _as_nobody() -> Iterator[None]:
    """Act as a user whom permissions bind, where that is not so already (CI runs as root)."""
    if os.geteuid() != 0:
        yield
        return
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


@pytest.mark.parametrize("name", WRITERS)
def test_a_disk_that_takes_no_more(out: Path, name: str) -> None:
    before = _contents(out)
    for size in (0, 20):
        with pytest.raises(Failure) as caught, _files_of_at_most(size):
            WRITERS[name](out)
        assert caught.value.code == "deliver.file_too_large"
        assert caught.value.remedy
        assert str(out) in str(caught.value.file)
        assert _contents(out) == before
    WRITERS[name](out)
    assert set(_contents(out)) == set(before)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_shot_that_does_not_fit_at_any_point(out: Path, share: float) -> None:
    """Cut off in the largest file (the PSD), wherever that is, nothing of the new shot stays."""
    before = _contents(out)
    largest = max(len(data) for name, data in before.items() if name.startswith("shots/"))
    with pytest.raises(Failure) as caught, _files_of_at_most(int(largest * share)):
        WRITERS["shot"](out)
    assert caught.value.code == "deliver.file_too_large"
    assert _contents(out) == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device")
@pytest.mark.parametrize(
    ("suffix", "write"),
    [
        (".png", lambda path: write_png(path, PICTURE)),
        (".png", lambda path: write_depth_png(path, np.zeros((40, 60), np.float32))),
        (".psd", lambda path: write_psd(path, SHOT.picture, SHOT.layers)),
        (".mp4", lambda path: write_preview(path, SHOT.staged, SHOT.layers)),
    ],
)
def test_a_full_disk_is_named_by_every_writer(tmp_path: Path, suffix: str, write: Writer) -> None:
    """A file on a device that answers every write with "no space left"."""
    full = tmp_path / f"full{suffix}"
    full.symlink_to("/dev/full")
    with pytest.raises(Failure) as caught, explained(full):
        write(full)
    assert caught.value.code == "deliver.disk_full"
    assert "Free some space" in str(caught.value)


@pytest.mark.parametrize("name", WRITERS)
def test_a_folder_that_is_read_only(out: Path, name: str) -> None:
    before = _contents(out)
    for folder in _folders(out):
        folder.chmod(0o555)
    with pytest.raises(Failure) as caught, _as_nobody():
        WRITERS[name](out)
    assert caught.value.code == "deliver.not_writable"
    assert "permission" in caught.value.message
    assert _contents(out) == before


@pytest.mark.parametrize("name", WRITERS)
def test_an_earlier_result_that_cannot_be_replaced(out: Path, name: str) -> None:
    """New files can be made, but the earlier ones belong to somebody else (the sticky bit)."""
    if os.geteuid() != 0:
        pytest.skip("only root can make files of somebody else")
    before = _contents(out)
    for folder in _folders(out):
        folder.chmod(0o1777)
    with pytest.raises(Failure) as caught, _as_nobody():
        WRITERS[name](out)
    assert caught.value.code == "deliver.not_writable"
    assert _contents(out) == before
    assert {path.name for path in out.rglob(".*")} <= {LEDGER}
