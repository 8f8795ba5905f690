"""What goes wrong around the queue: full disks, clocks that jump, workers that die, cancels."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from peewee import OperationalError, SqliteDatabase

from multiplane.client import AsyncClient
from multiplane.contract.errors import MultiplaneError
from multiplane.contract.messages_client import (
    Cancel,
    GetJob,
    GetState,
    Pause,
    Resume,
    Retry,
    Search,
    Subscribe,
)
from multiplane.contract.messages_common import JobState, ShotState
from multiplane.contract.messages_server import JobChanged, JobDetail, LogLine
from multiplane.server.jobs import results, store, tables
from multiplane.server.jobs.states import ENDED_JOBS
from multiplane.server.workers import runner, shot_runner
from tests.server.prepared import board
from tests.server.running import Running, serve_client

JOB = "job-0000001"


async def until(client: AsyncClient, good: Callable[[JobDetail], bool]) -> JobDetail:
    """Wait until the job is as wanted."""
    while not good(detail := await client.ask(GetJob(job=JOB))):
        await asyncio.sleep(0.02)
    return detail


def ended(detail: JobDetail) -> bool:
    return detail.job.state in ENDED_JOBS


def fill(database: SqliteDatabase, size: int) -> None:
    """Write rows until there is no room for another."""
    for _ in range(10_000):
        database.execute_sql("INSERT INTO filler VALUES (?)", ("x" * size,))


def worker_of(server: Running) -> int:
    """The process that makes shots."""
    import psutil

    (worker,) = [
        child
        for child in psutil.Process().children()
        if "multiplane.server.workers.worker" in child.cmdline()
    ]
    return int(worker.pid)


async def running_worker(server: Running, client: AsyncClient) -> int:
    """The worker, once it makes a shot."""
    await until(client, lambda detail: detail.job.counts[ShotState.RUNNING] > 0)
    while True:
        try:
            return worker_of(server)
        except ValueError:
            await asyncio.sleep(0.02)


def test_a_full_disk_makes_the_queue_wait(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Less room than a shot may need: nothing begins, the job says why, and goes on by itself."""
    monkeypatch.setattr(runner, "LEAST_FREE_BYTES", 2**62)
    monkeypatch.setattr(runner, "RECHECK_S", 0.1)

    async def act(_: Running, client: AsyncClient) -> None:
        await client.submit(board(1), job=JOB)
        waiting = await until(client, lambda detail: bool(detail.job.note))
        assert waiting.job.note is not None
        assert "full" in waiting.job.note
        assert "by itself" in waiting.job.note
        assert waiting.job.state == JobState.QUEUED
        monkeypatch.setattr(runner, "LEAST_FREE_BYTES", 0)
        done = await until(client, ended)
        assert done.job.state == JobState.FINISHED
        assert done.job.note is None

    serve_client(data, act)


def test_a_disk_that_fills_under_the_database(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite finds no room: a submit is refused with a typed error, and shots are made later."""
    monkeypatch.setattr(runner, "FAULT_PAUSE_S", 2.0)

    async def act(_: Running, client: AsyncClient) -> None:
        database = tables.Job._meta.database
        await client.ask(Subscribe(logs=True))
        await client.ask(Pause())
        await client.submit(board(8), job=JOB)
        # SQLite answers SQLITE_FULL, as it does when the disk is.
        pages = database.pragma("page_count") + 1
        database.execute_sql(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(MultiplaneError) as caught:
            await client.submit(board(600), job="job-0000002")
        assert caught.value.code == "deliver.disk_full"
        assert caught.value.remedy
        jobs = (await client.ask(GetState())).jobs
        assert [job.job.job for job in jobs] == [JOB], "nothing of it is there"
        # Changes in place still fit; so fill up what free pages there are, then go on.
        database.execute_sql("CREATE TABLE filler (text)")
        for size in (4000, 400, 40):
            with pytest.raises(OperationalError, match="is full"):
                fill(database, size)
        await client.ask(Resume())
        async for said in client.events():
            if isinstance(said, LogLine) and "full" in said.text:
                break
            assert not (isinstance(said, JobChanged) and said.job.state in ENDED_JOBS)
        assert "full" in str((await client.ask(GetJob(job=JOB))).job.note)
        database.execute_sql("PRAGMA max_page_count = 1000000")
        detail = await until(client, ended)
        assert detail.job.state == JobState.FINISHED, detail
        assert tables.damage(database) == ""

    serve_client(data, act)


def test_a_file_in_the_place_of_the_jobs_folder(data: Path) -> None:
    async def act(_: Running, client: AsyncClient) -> None:
        (data / "jobs").write_text("in the way")
        await client.submit(board(1), job=JOB)
        detail = await until(client, lambda one: bool(one.shots[0].error) or ended(one))
        (shot,) = detail.shots
        assert shot.error is not None
        assert shot.error.code == "deliver.not_a_folder"
        assert str(data / "jobs") in str(shot.error.file)
        (data / "jobs").unlink()
        await client.ask(Retry(job=JOB))
        assert (await until(client, ended)).job.state == JobState.FINISHED

    serve_client(data, act)


def test_the_clock_jumps(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten years back and forth while a job is made: only the times that are told change."""
    offset = timedelta()

    def jumped() -> str:
        at = datetime.now(UTC) + offset
        return at.isoformat(timespec="microseconds").replace("+00:00", "Z")

    for module in (shot_runner, results, store, tables):
        monkeypatch.setattr(module, "now", jumped)

    async def act(_: Running, client: AsyncClient) -> None:
        nonlocal offset
        await client.submit(board(2), job=JOB)
        offset = timedelta(days=-3650)
        await client.submit(board(1, first=5), job="job-0000002")
        await until(client, lambda detail: detail.job.counts[ShotState.FINISHED] > 0)
        offset = timedelta(days=3650)
        detail = await until(client, ended)
        assert detail.job.state == JobState.FINISHED
        assert detail.job.created is not None
        again = await client.submit(board(2), job=JOB)
        assert again.known
        assert (await client.ask(Search())).total >= 2

    serve_client(data, act)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_killed_worker_is_replaced_and_the_server_goes_on(data: Path) -> None:
    async def act(server: Running, client: AsyncClient) -> None:
        await client.ask(Subscribe(logs=True))
        await client.submit(board(2), job=JOB)
        os.kill(await running_worker(server, client), signal.SIGKILL)
        said: list[str] = []
        async for event in client.events():
            if isinstance(event, LogLine):
                said.append(event.text)
                if "again" in event.text:
                    break
        assert any("SIGKILL" in text for text in said)
        assert not any("emory ran out;" in text for text in said), "nothing says so"
        detail = await until(client, ended)
        assert [shot.state for shot in detail.shots] == [ShotState.FINISHED] * 2
        # Ended by another signal, it is no lack of memory, and the shot is tried again.
        await client.submit(board(1, first=7), job="job-0000002")
        while True:
            other = await client.ask(GetJob(job="job-0000002"))
            if ended(other):
                break
            await asyncio.sleep(0.02)
        assert other.job.state == JobState.FINISHED

    serve_client(data, act)


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot stop a process for a while")
def test_cancel_of_a_running_shot(data: Path) -> None:
    """The running shot ends as cancelled, the next one is made, and a retry makes the first."""

    async def act(server: Running, client: AsyncClient) -> None:
        await client.submit(board(2), job=JOB)
        worker = await running_worker(server, client)
        os.kill(worker, signal.SIGSTOP)  # so that it is not finished before the cancel comes
        await client.ask(Cancel(job=JOB, shot="s000"))
        os.kill(worker, signal.SIGCONT)
        detail = await until(client, ended)
        assert [shot.state for shot in detail.shots] == [ShotState.CANCELLED, ShotState.FINISHED]
        assert detail.job.state == JobState.CANCELLED
        assert not (Path(detail.job.folder) / "shots" / "s000").exists()
        await client.ask(Retry(job=JOB))
        assert (await until(client, ended)).job.state == JobState.FINISHED

    serve_client(data, act)


def test_two_workers_make_the_same_shot_once(data: Path) -> None:
    async def act(_: Running, client: AsyncClient) -> None:
        await client.ask(Pause())
        for number in range(1, 4):
            await client.submit(board(1), job=f"job-000000{number}")
        await client.ask(Resume())
        details = []
        for number in range(1, 4):
            while True:
                one = await client.ask(GetJob(job=f"job-000000{number}"))
                if ended(one):
                    break
                await asyncio.sleep(0.05)
            assert one.job.state == JobState.FINISHED, one
            details.append(one)
        assert sorted(detail.shots[0].reused for detail in details) == [False, True, True]
        assert len({detail.shots[0].result for detail in details}) == 1
        inodes = {
            (Path(detail.job.folder) / "shots/s000/manifest.json").stat().st_ino
            for detail in details
        }
        assert len(inodes) == 1

    serve_client(data, act, workers=2)
