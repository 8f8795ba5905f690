"""A job is removed while it is made, and another one takes its id at once: nothing gets mixed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from multiplane.client import AsyncClient
from multiplane.contract.messages_client import GetJob, Remove, Submit
from multiplane.contract.messages_common import DeliveryState, JobState, ShotState
from multiplane.server.jobs.states import ENDED_JOBS
from multiplane.server.jobs.store import Store
from multiplane.server.jobs.submission import check
from multiplane.server.jobs.tables import Job, open_database
from tests.server.prepared import board, prepare
from tests.server.running import running

JOB = "job-0000001"
TIMES = 20


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(open_database(tmp_path / "jobs.sqlite3"))


def submitted(store: Store, shots: int = 2) -> Job:
    request = Submit(job=JOB, storyboard={"shots": [{"prompt": "a **dog**"}] * shots})
    checked = check(request, find_upload=Path, presets=["push_in"], models=[])
    return store.submit(request, checked)[0]


def test_twenty_times_no_shot_is_lost(tmp_path: Path) -> None:
    """With two workers, at a different moment of the making each time."""
    prepare(tmp_path)

    async def run() -> None:
        async with (
            asyncio.timeout(1200),
            running(tmp_path, workers=2),
            AsyncClient(tmp_path) as client,
        ):
            await client.submit(board(3), job=JOB)
            for time in range(TIMES):
                while True:
                    detail = await client.ask(GetJob(job=JOB))
                    if detail.job.counts[ShotState.RUNNING] or detail.job.state in ENDED_JOBS:
                        break
                    await asyncio.sleep(0.005)
                await asyncio.sleep(0.03 * (time % 5))
                await client.ask(Remove(job=JOB))
                accepted = await client.submit(board(3, first=3 * time), job=JOB)
                assert not accepted.known
            detail = await client.ask(GetJob(job=JOB))
            while detail.job.state not in ENDED_JOBS:
                await asyncio.sleep(0.02)
                detail = await client.ask(GetJob(job=JOB))
        assert detail.job.state is JobState.FINISHED
        last = 3 * (TIMES - 1)
        names = [f"s{number:03d}" for number in range(last, last + 3)]
        assert [one.id for one in detail.shots] == names
        for shot in detail.shots:
            assert shot.state is ShotState.FINISHED
            assert (Path(detail.job.folder) / str(shot.manifest)).is_file()
            assert shot.tries <= 1

    asyncio.run(run())


def test_what_is_known_of_a_removed_job_changes_nothing_of_the_next(store: Store) -> None:
    before = submitted(store)
    shot, _ = store.shots(before)
    store.move(shot, ShotState.RUNNING, tries=1)
    delivery = store.deliveries.of(before)
    store.remove(before)
    after = submitted(store)
    fresh = store.shots(after)[0]

    assert not store.move(shot, ShotState.FINISHED, result="a" * 64)
    assert not store.move(shot, ShotState.CANCELLED)
    assert not store.deliveries.begin(delivery)
    assert not store.set_paused(before, True)
    assert not store.change_board(before, {"shots": []})
    assert store.cancel(before) == []
    assert store.again(before) == []
    assert store.numbered(before, [0, 1]) == []
    assert not store.remove(before)

    assert store.is_current(fresh)
    now = store.job(JOB)
    assert (now.state, now.paused, now.storyboard) == (JobState.QUEUED, False, after.storyboard)
    assert store.deliveries.state(now) is DeliveryState.WAITING


def test_two_who_move_the_same_shot_do_not_both(store: Store) -> None:
    job = submitted(store)
    mine, theirs = store.shots(job)[0], store.shots(job)[0]
    assert store.move(mine, ShotState.RUNNING)
    assert not store.move(theirs, ShotState.CANCELLED)
    assert store.cancel(job) == [1], "only the other one was queued"
    assert store.move(mine, ShotState.FAILED, error="{}")
    assert store.again(job) == [0, 1]
    assert not store.move(mine, ShotState.QUEUED), "it was retried since"


def test_a_changed_board_takes_a_deliverys_place(store: Store) -> None:
    """A delivery that began before a shot was queued again does not finish the job."""
    job = submitted(store, shots=1)
    (shot,) = store.shots(job)
    store.move(shot, ShotState.RUNNING)
    store.move(shot, ShotState.FINISHED, result="a" * 64)
    waiting = store.deliveries.waiting()
    assert waiting is not None
    delivery, _ = waiting
    assert store.deliveries.begin(delivery)
    assert store.move(shot, ShotState.QUEUED)
    assert not store.deliveries.written(delivery)
    assert store.job(JOB).state == JobState.QUEUED
    assert store.deliveries.waiting() is None
