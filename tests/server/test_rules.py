"""The rules of the queue, apart from any process: states, order, failures, what is sent."""

from __future__ import annotations

import asyncio
import itertools
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from multiplane.contract.errors import Failure
from multiplane.contract.messages_client import Submit
from multiplane.contract.messages_common import DeliveryState, JobState, ShotState
from multiplane.server import server
from multiplane.server.jobs.blobs import Blobs, StoredFile
from multiplane.server.jobs.coalescing_queue import CoalescingQueue
from multiplane.server.jobs.results import SharedResults
from multiplane.server.jobs.shot_order import MOST_IN_A_ROW, ModelKey, choose
from multiplane.server.jobs.states import SHOT_MOVES, ForbiddenMove, check_move, job_state
from multiplane.server.jobs.store import Store
from multiplane.server.jobs.submission import check
from multiplane.server.jobs.tables import (
    Job,
    Shot,
    Upload,
    UploadUse,
    as_text,
    damage,
    open_database,
)
from multiplane.server.workers.retry_policy import (
    MAX_KILLS,
    MAX_TRIES,
    Answer,
    Attempt,
    answer_to,
    lost,
)
from multiplane.server.workers.runner import Runner
from multiplane.server.workers.worker_process import WorkerLost

Q, R, F, X, C = (ShotState(one) for one in ("queued", "running", "finished", "failed", "cancelled"))
ALLOWED = {(Q, R), (Q, X), (Q, C), (R, Q), (R, F), (R, X), (R, C), (F, Q), (X, Q), (C, Q)}
ALLOWED |= {(F, X), (X, F)}  # its files are gone, and there again


@pytest.mark.parametrize("move", list(itertools.product(ShotState, repeat=2)), ids="-".join)
def test_every_move_between_states(move: tuple[ShotState, ShotState]) -> None:
    if move in ALLOWED:
        check_move(*move)
    else:
        with pytest.raises(ForbiddenMove):
            check_move(*move)
    assert set(SHOT_MOVES) == set(ShotState)


@pytest.mark.parametrize(
    ("counts", "paused", "delivery", "expected"),
    [
        ({Q: 3}, False, "waiting", "queued"),
        ({Q: 3}, True, "waiting", "paused"),
        ({Q: 2, R: 1}, False, "waiting", "running"),
        ({Q: 2, R: 1}, True, "waiting", "paused"),
        ({R: 1}, True, "waiting", "running"),
        ({Q: 2, F: 1}, False, "waiting", "running"),
        ({F: 3}, False, "waiting", "delivering"),
        ({F: 3}, False, "running", "delivering"),
        ({F: 3}, True, "written", "finished"),
        ({F: 3}, False, "failed", "failed"),
        ({F: 3}, False, "cancelled", "cancelled"),
        ({F: 2, X: 1}, False, "running", "delivering"),
        ({F: 2, X: 1}, False, "written", "failed"),
        ({F: 2, X: 1}, False, "cancelled", "failed"),
        ({X: 1}, False, "written", "failed"),
        ({C: 3}, False, "waiting", "cancelled"),
        ({F: 1, C: 2}, False, "waiting", "delivering"),
        ({F: 1, C: 2}, False, "written", "cancelled"),
        ({F: 1, C: 2}, False, "failed", "failed"),
    ],
)
def test_a_jobs_state_follows_from_its_shots_and_its_delivery(
    counts: dict[ShotState, int], paused: bool, delivery: str, expected: str
) -> None:
    found = job_state(counts, paused=paused, delivery=DeliveryState(delivery))
    assert found == JobState(expected)


def test_shots_of_the_loaded_model_come_first_but_not_for_ever() -> None:
    a, b = Job(id="a", model="A", depth_model="d"), Job(id="b", model="B", depth_model="d")
    waiting = [(Shot(name="of a"), a), (Shot(name="of b"), b)]
    assert choose(waiting, None, 0) == waiting[0]
    assert choose(waiting, ModelKey("B", "d"), 3) == waiting[1]
    assert choose(waiting, ModelKey("B", "d"), MOST_IN_A_ROW) == waiting[0]
    assert choose(waiting, ModelKey("C", "d"), 0) == waiting[0]
    assert choose([], None, 0) is None
    anew = [(Shot(name="of a", made_before="{}"), a), (Shot(name="of b", made_before="{}"), b)]
    assert choose([*anew[:1], *waiting], ModelKey("B", "d"), 0) == anew[0], "somebody looks on"
    assert choose([*anew, *waiting], ModelKey("B", "d"), 0) == anew[1]
    deadly = (Shot(name="of a", made_before="{}", kills=1), a)
    assert choose([deadly, waiting[1]], ModelKey("B", "d"), 0) == waiting[1]


@pytest.mark.parametrize(
    ("code", "kind", "attempt", "answer"),
    [
        ("storyboard.shot.prompt_empty", "input", Attempt(1), Answer.FAIL),
        ("models.memory", "failure", Attempt(1, plans_left=5), Answer.LESS_MEMORY),
        ("models.memory", "failure", Attempt(9, plans_left=1), Answer.LESS_MEMORY),
        ("models.memory", "failure", Attempt(1, plans_left=0), Answer.FAIL),
        ("models.memory", "failure", Attempt(1, plans_left=-1), Answer.FAIL),
        ("models.memory", "failure", Attempt(1), Answer.TRY_AGAIN),
        ("models.memory", "failure", Attempt(MAX_TRIES), Answer.FAIL),
        ("deliver.disk_full", "failure", Attempt(9), Answer.WAIT),
        ("worker.lost", "failure", Attempt(1), Answer.TRY_AGAIN),
        ("worker.lost", "failure", Attempt(MAX_TRIES), Answer.FAIL),
        ("worker.killed", "failure", Attempt(1, plans_left=0), Answer.KILLED),
        ("worker.killed", "failure", Attempt(1, MAX_KILLS - 2, 3), Answer.KILLED),
        ("worker.killed", "failure", Attempt(1, MAX_KILLS - 1), Answer.FAIL),
        ("worker.stopped", "failure", Attempt(1), Answer.KILLED),
        ("models.missing", "failure", Attempt(1), Answer.FAIL),
        ("deliver.incomplete", "failure", Attempt(1), Answer.FAIL),
    ],
)  # fmt: skip
def test_what_a_failure_means(code: str, kind: str, attempt: Attempt, answer: Answer) -> None:
    assert answer_to(code, kind, attempt) is answer


def test_a_kill_lacked_memory_only_where_something_says_so() -> None:
    assert lost(WorkerLost(-9, out_of_memory=True)).code == "models.memory"
    killed = lost(WorkerLost(-9))
    assert killed.code == "worker.killed"
    assert "SIGKILL" in killed.message
    assert lost(WorkerLost(-15)).code == "worker.killed"
    assert lost(WorkerLost(None, stopped=True)).code == "worker.stopped"
    assert lost(WorkerLost(-11)).code == "worker.lost"
    assert lost(WorkerLost(1)).code == "worker.lost"


def test_a_slow_client_misses_steps_but_no_final_state() -> None:
    async def run() -> list[str | bytes]:
        box = CoalescingQueue()
        for step in range(1000):
            box.put(("step", "a"), f"step {step}")
            box.put_log(f"log {step}")
        box.put_answer("answer 1")
        box.put_answer("answer 2")
        box.put(("shot", "a"), "running")
        box.put(("shot", "a"), "finished")
        box.drop(("step", "a"))
        return [await box.take() for _ in range(len(box))]

    said = asyncio.run(run())
    assert len(said) == 203
    assert said[-3:] == ["answer 1", "answer 2", "finished"]
    assert said[0] == "log 800"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(open_database(tmp_path / "jobs.sqlite3"))


def submitted(store: Store, job: str, shots: int = 2) -> Job:
    request = Submit(job=job, storyboard={"shots": [{"prompt": "a **dog**"}] * shots})
    checked = check(request, find_upload=Path, presets=["push_in"], models=[])
    return store.submit(request, checked)[0]


def test_no_shot_skips_a_state_and_a_killed_servers_shots_are_queued(store: Store) -> None:
    job = submitted(store, "job-0000001")
    first, second = store.shots(job)
    with pytest.raises(ForbiddenMove):
        store.move(first, ShotState.FINISHED)
    assert store.move(first, ShotState.RUNNING, tries=1)
    assert [shot.name for shot, _ in store.queued()] == [second.name]
    assert [shot.name for shot in store.left_running()] == [first.name]
    assert not store.move(first, ShotState.CANCELLED), "who knows an older state moves nothing"
    assert [shot.name for shot, _ in store.queued()] == [first.name]
    assert [shot.name for shot, _ in store.queued([first.id])] == [second.name]
    first = store.shot(job, first.name)
    store.remove(store.job("job-0000001"))
    assert not store.move(first, ShotState.RUNNING), "its job is gone"
    assert Shot.select().count() == 0
    assert damage(store.database) == ""


def test_shots_of_one_id_have_names_of_their_own(store: Store) -> None:
    """The good one keeps its id, wherever it stands; the others are bad shots, each by itself."""
    shots = [
        {"id": "a", "prompt": ""}, {"id": "a", "prompt": "a **dog**"}, {"id": "a-2", "prompt": "b"},
        {"id": "a", "prompt": "a **cat**"}, {"prompt": "c"},
    ]  # fmt: skip
    request = Submit(job="job-0000001", storyboard={"shots": shots})
    checked = check(request, find_upload=Path, presets=["push_in"], models=[])
    rows = store.shots(store.submit(request, checked)[0])
    assert [(one.name, one.state) for one in rows] == [
        ("a-3", X), ("a", Q), ("a-2", Q), ("a-4", X), ("shot-005", Q),
    ]  # fmt: skip
    assert "same id" in str(rows[3].error)


def test_a_newer_or_broken_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite3"
    database = open_database(path)
    database.pragma("user_version", 99)
    database.close()
    with pytest.raises(Failure, match="newer version"):
        open_database(path)
    (tmp_path / "broken").write_text("this is no database, whatever it is called" * 50)
    with pytest.raises(Failure, match="cannot be used"):
        open_database(tmp_path / "broken")


def test_clean_up_never_touches_what_is_referred_to(store: Store, tmp_path: Path) -> None:
    results = SharedResults(store.database, Blobs(tmp_path / "blobs"))

    def result(hash_: str, content: bytes) -> str:
        (tmp_path / "file").unlink(missing_ok=True)
        (tmp_path / "file").write_bytes(content)
        sha256, size = results.blobs.add(tmp_path / "file")
        (tmp_path / "same").unlink(missing_ok=True)
        (tmp_path / "same").write_bytes(b"in every result")
        shared = results.blobs.add(tmp_path / "same")
        files = [StoredFile("manifest.json", sha256, size), StoredFile("same", *shared)]
        results.add(hash_, "picture", "model", 1.0, files)
        return sha256

    kept, old, new = (result(one * 64, one.encode() * 1000) for one in "abc")
    asyncio.run(results.place("c" * 64, tmp_path / "placed"))  # makes it the one used last
    (shot, _) = store.shots(submitted(store, "job-0000001"))
    store.move(shot, ShotState.RUNNING)
    store.move(shot, ShotState.FINISHED, result="a" * 64)
    whole = results.size()
    results.delete(results.forget(whole))
    assert results.size() == whole, "it fits"
    results.delete(results.forget(whole - 1))
    assert results.find("a" * 64)
    assert results.find("c" * 64)
    assert not results.find("b" * 64), "the longest unused goes first"
    assert not results.blobs.path(old).exists()
    results.delete(results.forget(0))
    assert results.find("a" * 64), "a job has it"
    assert results.blobs.path(kept).exists()
    assert not results.blobs.path(new).exists()
    assert (tmp_path / "placed" / "manifest.json").read_bytes() == b"c" * 1000
    store.remove(store.job("job-0000001"))
    results.delete(results.forget(0))
    assert results.size() == 0
    assert list(results.blobs.all()) == []


def test_clean_up_keeps_uploads_that_may_be_named_yet(store: Store, tmp_path: Path) -> None:
    results = SharedResults(store.database, Blobs(tmp_path / "blobs"))

    def upload(content: bytes, days: float) -> str:
        with results.blobs.incoming() as path:
            path.write_bytes(content)
            sha256, size = results.blobs.add(path)
            results.note_upload(sha256, size)
        created = as_text(datetime.now(UTC) - timedelta(days=days))
        Upload.update(created=created).where(Upload.sha256 == sha256).execute()
        return sha256

    new, old, older, named = (
        upload(one, days) for one, days in ((b"n" * 10, 0), (b"o", 2), (b"oo", 3), (b"m", 9))
    )
    job = submitted(store, "job-0000001")
    UploadUse.create(job=job.id, sha256=named)
    assert results.size() == 14
    results.delete(results.forget(13))
    assert [results.blobs.path(one).is_file() for one in (new, old, older, named)] == [
        True, True, False, True,
    ]  # fmt: skip
    results.delete(results.forget(0))
    assert results.blobs.path(new).is_file(), "its storyboard may be on its way"
    assert results.blobs.path(named).is_file(), "a job has it"
    assert not results.blobs.path(old).exists()
    store.remove(job)
    Upload.update(created="2000-01-01").execute()
    results.delete(results.forget(0))
    assert list(results.blobs.all()) == []
    with results.blobs.incoming():
        assert results.blobs.arriving == 1
    assert results.blobs.arriving == 0


def test_the_servers_clean_up_takes_in_files_that_nobody_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They may be of a lost database: they count as uploads of now. Not while others write."""
    monkeypatch.setattr(server, "CLEAN_UP_EVERY_S", 0.01)
    database = open_database(tmp_path / "jobs.sqlite3")
    results = SharedResults(database, Blobs(tmp_path / "blobs"))

    async def nothing() -> None: ...

    async def not_wanted(patience_s: float) -> bool:
        await asyncio.sleep(patience_s)
        return False

    runner = cast(
        Runner,
        SimpleNamespace(busy=False, sweep=nothing, room_wanted=not_wanted),
    )
    (tmp_path / "file").write_bytes(b"of nobody")

    async def run() -> None:
        sha256, _ = results.blobs.add(tmp_path / "file")
        damaged = results.blobs.path("00" + "a" * 62)
        damaged.parent.mkdir(exist_ok=True)
        damaged.write_bytes(b"not what its name says")
        cleaning = asyncio.create_task(server._clean_up(results, runner, 0))
        with results.blobs.incoming():
            await asyncio.sleep(0.3)
            assert Upload.get_or_none(Upload.sha256 == sha256) is None
        while Upload.get_or_none(Upload.sha256 == sha256) is None:
            await asyncio.sleep(0.01)
        assert results.blobs.path(sha256).exists(), "an upload is kept for a day at least"
        assert damaged.exists(), "nor is anything deleted that is not understood"
        Upload.update(created="2000-01-01").execute()
        while results.blobs.path(sha256).exists():
            await asyncio.sleep(0.01)
        assert damaged.exists()
        assert Upload.select().count() == 0
        cleaning.cancel()

    asyncio.run(asyncio.wait_for(run(), 60))
    database.close()


def test_a_blob_is_what_its_name_says(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "blobs")
    (tmp_path / "file").write_text(json.dumps([1]))
    sha256, size = blobs.add(tmp_path / "file")
    assert blobs.add(tmp_path / "file") == (sha256, size)
    assert [name for name, _ in blobs.all()] == [sha256]
    assert not blobs.has(sha256, size + 1), "half of it does not count"
    with blobs.incoming() as path:
        path.write_text("half")
    assert not path.exists()
    (tmp_path / "blobs" / sha256[:2] / f".{sha256}-left").touch()
    blobs.sweep()
    assert len([one for one in (tmp_path / "blobs").rglob("*") if one.is_file()]) == 1
