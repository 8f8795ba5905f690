"""What killed and failed makers leave behind: swept, and never from under one who still makes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from multiplane.contract.messages_client import Submit
from multiplane.contract.messages_common import ShotState
from multiplane.server.jobs.blobs import Blobs, StoredFile
from multiplane.server.jobs.recovery import recover
from multiplane.server.jobs.results import SharedResults
from multiplane.server.jobs.store import Store
from multiplane.server.jobs.submission import check
from multiplane.server.jobs.tables import open_database
from multiplane.server.jobs.workspace import Workspace

A, B = "a" * 64, "b" * 64
HOLD = """
import sys
from pathlib import Path
from multiplane.server.jobs.workspace import Workspace
with Workspace(Path(sys.argv[1])).making(sys.argv[2]) as folder:
    folder.mkdir()
    (folder.parent / f".{folder.name}.new-00000000").mkdir()
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def maker(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that is in the middle of making A."""
    command = [sys.executable, "-c", HOLD, str(tmp_path / "work"), A]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def names(work: Path) -> list[str]:
    return sorted(path.name for path in work.iterdir())


def test_a_live_makers_folder_is_left_alone_and_a_killed_ones_goes(
    tmp_path: Path, maker: subprocess.Popen[str]
) -> None:
    work = Workspace(tmp_path / "work")
    theirs = [f".{A}.new-00000000", A, f"{A}.lock"]
    work.sweep()
    work.discard(A)
    assert names(work.root) == theirs
    maker.kill()
    maker.wait()
    work.sweep([A])
    assert names(work.root) == [A, f"{A}.lock"], "what is half-written goes"
    work.sweep()
    assert names(work.root) == []


def test_a_shot_stays_until_it_is_noted_and_one_that_failed_does_not(tmp_path: Path) -> None:
    work = Workspace(tmp_path / "work")
    with work.making(A) as folder:
        folder.mkdir()
    assert names(work.root) == [A, f"{A}.lock"]
    with work.making(A) as folder:
        assert folder.is_dir(), "its next maker finds it"
    work.discard(A)
    assert names(work.root) == []
    with pytest.raises(ValueError, match="poisoned"), work.making(B):
        raise ValueError("poisoned")
    assert names(work.root) == []
    (work.root / "somebody's").mkdir()
    work.sweep()
    assert names(work.root) == ["somebody's"], "not ours"


def test_who_waits_for_a_lock_that_is_removed_gets_a_new_one(tmp_path: Path) -> None:
    """Or two makers could hold a shot at once: one by the removed file, one by a new one."""
    work = Workspace(tmp_path)
    with work.making(A):
        waiting = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(tmp_path), A],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
    with waiting:
        assert waiting.stdout is not None
        assert waiting.stdout.readline() == "held\n"
        with pytest.raises(TimeoutError), FileLock(tmp_path / f"{A}.lock", timeout=0):
            pass
        waiting.kill()


def test_a_start_sweeps_what_a_kill_left_at_any_moment(tmp_path: Path) -> None:
    """Noted already, whole but not noted, half a shot in the job's folder."""
    database = open_database(tmp_path / "jobs.sqlite3")
    store, results = Store(database), SharedResults(database, Blobs(tmp_path / "blobs"))
    work, jobs = Workspace(tmp_path / "work"), tmp_path / "jobs"
    request = Submit(job="job-0000001", storyboard={"shots": [{"prompt": "a **dog**"}] * 2})
    checked = check(request, find_upload=Path, presets=["push_in"], models=[])
    job, _ = store.submit(request, checked)
    first, second = store.shots(job)
    store.move(first, ShotState.RUNNING)
    (tmp_path / "file").write_bytes(b"a shot's file")
    results.add(A, A, "model", 1.0, [StoredFile("file", *results.blobs.add(tmp_path / "file"))])
    for hash_ in (A, B):
        with work.making(hash_) as folder:
            folder.mkdir()
    half = jobs / "job-0000001/shots/.s000.new-12345678/layers"
    half.mkdir(parents=True)
    (jobs / "job-0000001/.sequence.new-12345678.json").touch()
    (jobs / "job-0000001/shots/s001").mkdir()
    (jobs / "of-a-removed-job").mkdir()

    assert recover(store, results, work=work.root, jobs=jobs) == 1
    assert names(work.root) == [B, f"{B}.lock"], "its next maker finds it"
    assert names(jobs) == ["job-0000001"]
    assert names(jobs / "job-0000001") == ["shots"]
    assert names(jobs / "job-0000001/shots") == ["s001"]

    store.move(store.shot(job, first.name), ShotState.CANCELLED)
    store.move(store.shot(job, second.name), ShotState.CANCELLED)
    recover(store, results, work=work.root, jobs=jobs)
    assert names(work.root) == [], "nobody makes it any more"
    database.close()
