"""The files of a whole storyboard: a unit that is tried, fails, is called off and goes on."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from multiplane.client import AsyncClient
from multiplane.contract.messages_client import Cancel, GetJob, Remove, Retry, Subscribe
from multiplane.contract.messages_common import DeliveryState, JobState
from multiplane.contract.messages_server import JobChanged, JobDetail, LogLine
from multiplane.server.workers import retry_policy
from tests.server.prepared import board
from tests.server.running import Running, ended, in_a_thread, running

JOB = "job-0000001"
FILES = ("sequence.json", "contact.png", "timeline.otio", "index.html")

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL and no SIGSTOP")


async def delivering(client: AsyncClient) -> int:
    """The worker that writes the files, stopped in the middle of it."""
    async for event in client.events():
        if isinstance(event, JobChanged) and event.job.delivery is DeliveryState.RUNNING:
            break
    (worker,) = [
        child
        for child in psutil.Process().children()
        if "multiplane.server.workers.worker" in child.cmdline()
    ]
    worker.suspend()
    return int(worker.pid)


def written(detail: JobDetail) -> bool:
    return all((Path(detail.job.folder) / name).is_file() for name in FILES)


@posix
def test_a_worker_that_dies_while_delivering_is_replaced(data: Path) -> None:
    async def run() -> None:
        async with asyncio.timeout(600), running(data), AsyncClient(data) as client:
            await client.ask(Subscribe(logs=True))
            await client.submit(board(2), job=JOB)
            os.kill(await delivering(client), signal.SIGKILL)
            detail = await ended(client, JOB)
            assert detail.job.state is JobState.FINISHED
            assert detail.job.delivery is DeliveryState.WRITTEN
            assert detail.job.error is None
            assert written(detail)

    asyncio.run(run())


@posix
def test_one_that_dies_every_time_fails_the_job_and_a_retry_delivers_again(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry_policy, "MAX_KILLS", 2)

    async def run() -> None:
        async with asyncio.timeout(600), running(data), AsyncClient(data) as client:
            await client.ask(Subscribe(logs=True))
            await client.submit(board(1), job=JOB)
            for _ in range(2):
                os.kill(await delivering(client), signal.SIGKILL)
            detail = await ended(client, JOB)
            assert detail.job.state is JobState.FAILED, "not finished without its files"
            assert detail.job.delivery is DeliveryState.FAILED
            assert detail.job.error is not None
            assert detail.job.error.code == "worker.killed"
            async for event in client.events():
                if isinstance(event, LogLine) and event.level == "error":
                    assert "files of the storyboard were not written" in event.text
                    break
            await client.ask(Retry(job=JOB))
            again = await ended(client, JOB)
            assert (again.job.state, again.job.error) == (JobState.FINISHED, None)
            assert written(again)
            assert again.shots == detail.shots, "no shot was made anew"
            # Files that have gone since are written again, too.
            (Path(again.job.folder) / "sequence.json").unlink()
            await client.ask(Retry(job=JOB))
            assert written(await ended(client, JOB))
            # So are those of its shots, when the whole folder has gone.
            shutil.rmtree(again.job.folder)
            await client.ask(Retry(job=JOB))
            assert written(await ended(client, JOB))
            assert list(Path(again.job.folder).glob("shots/*/manifest.json"))

    asyncio.run(run())


@posix
def test_a_cancel_reaches_a_delivery(data: Path) -> None:
    async def run() -> None:
        async with asyncio.timeout(600), running(data), AsyncClient(data) as client:
            await client.submit(board(1), job=JOB)
            worker = await delivering(client)
            await client.ask(Cancel(job=JOB))
            detail = await client.ask(GetJob(job=JOB))
            assert detail.job.state is JobState.CANCELLED, "at once, whatever the worker does"
            os.kill(worker, signal.SIGCONT)
            # The queue goes on, with the same worker or another one.
            await client.submit(board(1, first=5), job="job-0000002")
            assert (await ended(client, "job-0000002")).job.state is JobState.FINISHED
            assert (await ended(client, JOB)).job.delivery is DeliveryState.CANCELLED
            await client.ask(Retry(job=JOB))
            again = await ended(client, JOB)
            assert again.job.state is JobState.FINISHED
            assert written(again)

    asyncio.run(run())


@posix
def test_a_removal_while_delivering_leaves_nothing_and_the_id_is_free(data: Path) -> None:
    async def run() -> None:
        async with asyncio.timeout(600), running(data), AsyncClient(data) as client:
            await client.submit(board(1), job=JOB)
            worker = await delivering(client)
            removal = asyncio.create_task(client.ask(Remove(job=JOB)))
            async with AsyncClient(data) as other:
                resubmit = asyncio.create_task(other.submit(board(2), job=JOB))
                await asyncio.sleep(0.2)
                os.kill(worker, signal.SIGCONT)
                await removal
                assert not (await resubmit).known
                detail = await ended(other, JOB)
            assert detail.job.state is JobState.FINISHED
            assert written(detail)
            await client.ask(Remove(job=JOB))
            assert not Path(detail.job.folder).exists()

    asyncio.run(run())


@posix
def test_a_restart_goes_on_with_a_delivery(data: Path) -> None:
    async def first() -> None:
        async with asyncio.timeout(600), running(data), AsyncClient(data) as client:
            await client.submit(board(1), job=JOB)
            await delivering(client)  # and the server stops with the worker standing still

    async def second() -> None:
        async with asyncio.timeout(600), running(data), AsyncClient(data) as client:
            detail = await ended(client, JOB)
            assert detail.job.state is JobState.FINISHED
            assert detail.job.delivery_tries == 1, "the interrupted one does not count"
            assert written(detail)

    asyncio.run(first())
    asyncio.run(second())


def test_submit_says_that_files_are_missing_and_its_status_tells(
    data: Path, tmp_path: Path
) -> None:
    document = tmp_path / "board.json"
    document.write_text(json.dumps(board(1)), encoding="utf-8")

    def submit(server: Running) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "multiplane", "submit", str(document), "--wait"]
        command += ["--data", str(data), "--job", JOB]
        return subprocess.run(
            command, capture_output=True, text=True, encoding="utf-8", timeout=300, check=False
        )

    with in_a_thread(data) as server:
        in_the_way = data / "jobs" / JOB / "contact.png"
        in_the_way.mkdir(parents=True)
        (in_the_way / "file").touch()
        done = submit(server)
        assert done.returncode == 1
        said = " ".join((done.stdout + done.stderr).split())
        assert "files of the storyboard were not written" in said
        assert "contact.png" in said

        async def retry() -> JobDetail:
            async with AsyncClient(data) as client:
                failed = await client.ask(GetJob(job=JOB))
                assert failed.job.state is JobState.FAILED
                assert failed.job.error is not None
                assert failed.job.error.code == "deliver.incomplete"
                shutil.rmtree(in_the_way)
                await client.ask(Retry(job=JOB))
                return await ended(client, JOB)

        assert written(asyncio.run(retry()))
        assert submit(server).returncode == 0
