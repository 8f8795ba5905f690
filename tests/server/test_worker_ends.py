"""Workers that are killed, that lack memory, and that are stopped: what becomes of their shots."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from multiplane.cli import doctor_server
from multiplane.client import AsyncClient
from multiplane.contract.data_folder import DataFolder
from multiplane.contract.messages_client import GetJob, Subscribe
from multiplane.contract.messages_common import JobState, ShotState
from multiplane.contract.messages_server import LogLine
from multiplane.server.jobs.shot_order import ModelKey
from multiplane.server.jobs.states import ENDED_JOBS
from multiplane.server.workers import memory_kills, worker_process
from multiplane.server.workers.memory_plans import MemoryPlans
from multiplane.server.workers.retry_policy import MAX_KILLS
from multiplane.server.workers.worker.messages import FromWorker, PainterLoads
from multiplane.server.workers.worker_process import WorkerLost, WorkerProcess
from tests.server.prepared import board, prepare
from tests.server.running import running
from tests.server.test_shot_runner import HASHED, MADE, MEMORY_PLANS, NO_MEMORY, Room, Told

JOB = "job-0000001"
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no signals")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    one = Room(tmp_path, shots=3)
    yield one
    one.database.close()


class Killed(Told):
    """A worker that is killed from outside as soon as it has painted a little."""

    async def receive(self) -> FromWorker:
        if not self._says:
            raise WorkerLost(-9)
        return self._says.popleft()


def workers() -> list[psutil.Process]:
    found = []
    for child in psutil.Process().children():
        try:
            if "multiplane.server.workers.worker" in child.cmdline():
                found.append(child)
        except psutil.Error:
            pass
    return found


@posix
@pytest.mark.slow
def test_fifteen_kills_fail_none_of_24_shots(tmp_path: Path) -> None:
    prepare(tmp_path)

    async def run() -> None:
        async with (
            asyncio.timeout(1200),
            running(tmp_path, workers=2),
            AsyncClient(tmp_path) as client,
        ):
            await client.submit(board(24), job=JOB)
            kills = 0
            while True:
                detail = await client.ask(GetJob(job=JOB))
                if detail.job.state in ENDED_JOBS:
                    break
                if kills < 15 and detail.job.counts[ShotState.RUNNING] and workers():
                    os.kill(workers()[kills % len(workers())].pid, signal.SIGKILL)
                    kills += 1
                await asyncio.sleep(0.1)
            assert kills == 15
            assert detail.job.state is JobState.FINISHED, detail.job
            assert [shot.state for shot in detail.shots] == [ShotState.FINISHED] * 24

    asyncio.run(run())


def test_kills_neither_change_a_plan_nor_end_a_shot_early(room: Room) -> None:
    async def run() -> None:
        told = [Killed([PainterLoads(0, MEMORY_PLANS)], None) for _ in range(MAX_KILLS - 1)]
        slot = room.slot(*told, Told([PainterLoads(0, MEMORY_PLANS), HASHED, MADE], None))
        for kill in range(1, MAX_KILLS):
            shot = await room.make(slot, 0)
            assert (shot.state, shot.tries, shot.kills) == (ShotState.QUEUED, 0, kill)
            assert shot.plan == 0
        assert [one.plan for one in told] == [0] * (MAX_KILLS - 1)
        (first, _), *_ = room.store.queued()
        assert first.number == 1, "shots that took no worker along come first"
        shot = await room.make(slot, 0)
        assert (shot.state, shot.kills) == (ShotState.FINISHED, 0)
        assert not any("less of the model" in text for text in await room.heard())

    asyncio.run(run())


def test_at_the_end_of_one_shots_plans_others_begin_anew(room: Room) -> None:
    """One cannot be painted however sparingly; the next has all its tries, and a kill is no end."""

    async def run() -> None:
        fails = [
            Told([PainterLoads(plan, MEMORY_PLANS), NO_MEMORY], None)
            for plan in range(MEMORY_PLANS)
        ]
        killed, good = (
            Killed([PainterLoads(0, MEMORY_PLANS)], None),
            Told([PainterLoads(0, MEMORY_PLANS), HASHED, MADE], None),
        )
        slot = room.slot(*fails, killed, good)
        for _ in range(MEMORY_PLANS):
            shot = await room.make(slot, 0)
        assert shot.state == ShotState.FAILED
        await slot.unload()
        assert (await room.make(slot, 1)).state == ShotState.QUEUED
        assert (await room.make(slot, 1)).state == ShotState.FINISHED
        assert [killed.plan, good.plan] == [0, 0]

    asyncio.run(run())


def test_a_plan_is_lowered_after_a_success(room: Room) -> None:
    async def run() -> None:
        first = Told([PainterLoads(0, MEMORY_PLANS), NO_MEMORY], None)
        second = Told([PainterLoads(1, MEMORY_PLANS), HASHED, MADE], None)
        third = Told([PainterLoads(0, MEMORY_PLANS), HASHED, MADE], None)
        slot = room.slot(first, second, third)
        shot = await room.make(slot, 0)
        assert (shot.state, shot.plan) == (ShotState.QUEUED, 1)
        shot = await room.make(slot, 0)
        assert (shot.state, shot.plan) == (ShotState.FINISHED, 0)
        other = dataclasses.replace(HASHED, result="b" * 64)
        third._says.clear()
        third._says.extend(
            [PainterLoads(0, MEMORY_PLANS), other, dataclasses.replace(MADE, result="b" * 64)]
        )
        assert (await room.make(slot, 1)).state == ShotState.FINISHED
        assert [one.plan for one in (first, second, third)] == [0, 1, 0]

    asyncio.run(run())


def test_a_shot_that_paints_nothing_is_told_no_plan_by_its_lack_of_memory(room: Room) -> None:
    """It is tried again as it was: there is nothing to lay out more sparingly."""

    async def run() -> None:
        slot = room.slot(Told([NO_MEMORY] * 2 + [HASHED, MADE], None))
        for tries in (1, 2):
            shot = await room.make(slot, 0)
            assert (shot.state, shot.tries, shot.plan) == (ShotState.QUEUED, tries, 0)
        assert (await room.make(slot, 0)).state == ShotState.FINISHED

    asyncio.run(run())


def test_a_plan_that_is_needed_again_and_again_is_kept_for_longer() -> None:
    plans, key = MemoryPlans(), ModelKey("large", "depth")
    lacks, begun = 0, []
    for _ in range(40):  # shots of a model for which plan 0 is never enough
        start = plans.start(key)
        begun.append(start)
        lacks += start == 0
        plans.painted(key, max(start, 1))
    assert begun[:2] == [0, 0], "after the first success one less is tried at once"
    assert lacks <= 7, "and then ever more seldom"
    plans.painted(key, 0)
    plans.forget(key)
    assert plans.start(key) == 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells")
def test_the_system_says_whether_memory_ran_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = tmp_path / "vmstat"
    monkeypatch.setattr(memory_kills, "_CGROUP", tmp_path / "none")
    monkeypatch.setattr(memory_kills, "_VMSTAT", counted)
    assert memory_kills.memory_kills() is None
    counted.write_text("pgfault 7\noom_kill 3\n")
    assert memory_kills.memory_kills() == 3

    async def run(after: str) -> WorkerLost:
        worker = await WorkerProcess.start(tmp_path / "log")
        counted.write_text(after)
        os.kill(worker.pid, signal.SIGKILL)
        with pytest.raises(WorkerLost) as caught:
            await worker.receive()
        return caught.value

    assert not asyncio.run(run("oom_kill 3\n")).out_of_memory
    assert asyncio.run(run("oom_kill 4\n")).out_of_memory


@posix
def test_a_stopped_worker_is_said_waited_for_and_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_process, "LOOK_S", 0.2)
    monkeypatch.setattr(worker_process, "STILL_LOOKS", 15)
    prepare(tmp_path)

    async def line(client: AsyncClient, words: str) -> LogLine:
        async for event in client.events():
            if isinstance(event, LogLine) and words in event.text:
                return event
        raise AssertionError("events end by raising")

    async def stopped(client: AsyncClient, job: str) -> psutil.Process:
        """The worker, stopped as it begins with the job's first shot."""
        await client.submit(board(2, first=int(job[-1]) * 10), job=job)
        while not (await client.ask(GetJob(job=job))).job.counts[ShotState.RUNNING]:
            await asyncio.sleep(0.01)
        while not (found := workers()):
            await asyncio.sleep(0.01)
        found[0].suspend()
        return found[0]

    async def finished(client: AsyncClient, job: str) -> None:
        while (detail := await client.ask(GetJob(job=job))).job.state not in ENDED_JOBS:
            await asyncio.sleep(0.05)
        assert [shot.state for shot in detail.shots] == [ShotState.FINISHED] * 2

    async def run() -> None:
        async with (
            asyncio.timeout(120),
            running(tmp_path) as server,
            AsyncClient(tmp_path) as client,
        ):
            await client.ask(Subscribe(logs=True))
            worker = await stopped(client, JOB)
            said = await line(client, "was stopped")
            assert said.level == "warning"
            assert f"kill -CONT {worker.pid}" in said.text
            (found,) = await asyncio.to_thread(lambda: list(doctor_server._at_work(server.data)))
            assert (found.what, found.state) == ("Workers at work", "warning")
            assert str(worker.pid) in found.says
            worker.resume()
            await line(client, "goes on")
            await finished(client, JOB)
            await stopped(client, "job-0000002")  # and this one stays so
            await line(client, "stood still for too long")
            await finished(client, "job-0000002")
            log = server.data.root / "logs" / "server.log"
            assert "was stopped" in log.read_text("utf-8")

    asyncio.run(run())


def test_the_doctor_says_nothing_of_workers_where_no_server_runs(tmp_path: Path) -> None:
    found = {one.what for one in doctor_server.examine_server(DataFolder(tmp_path))}
    assert "Workers at work" not in found
