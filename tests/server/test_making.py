"""What becomes of a shot, and of those that wait for the very same, when its worker goes away."""

from __future__ import annotations

import asyncio
from collections import deque
from pathlib import Path
from typing import Any

import pytest

from multiplane.contract.messages_client import Submit
from multiplane.contract.messages_common import ShotState
from multiplane.server.blobs import Blobs
from multiplane.server.crew import NoPlace, Worker
from multiplane.server.hub import Hub
from multiplane.server.lane import Lane, RunnerSettings, Shared
from multiplane.server.making import Making
from multiplane.server.queue import ModelKey
from multiplane.server.results import Results
from multiplane.server.store import Store
from multiplane.server.submission import check
from multiplane.server.tables import Shot, open_database
from multiplane.server.views import Views
from multiplane.server.worker_process import WorkerLost

HASH = "a" * 64


class Told:
    """A worker that follows the protocol as its script says: what it says, and when it is lost."""

    def __init__(self, says: list[dict[str, Any]], lost_at: str | None) -> None:
        self.task = 0
        self.heard: list[str] = []
        self._says, self._lost_at = deque(says), lost_at

    async def begin(self, type_: str, **fields: Any) -> None:
        self.task += 1
        await self.send(type_, **fields)

    async def send(self, type_: str, **fields: Any) -> None:
        self.heard.append(type_)
        if type_ == self._lost_at:
            raise WorkerLost(1)

    async def receive(self) -> dict[str, Any] | bytes:
        if not self._says:
            raise WorkerLost(1)
        return self._says.popleft()

    async def cancel(self) -> None: ...
    async def kill(self) -> None: ...
    async def stop(self, patience_s: float = 2.0) -> None: ...


class Crew:
    waits = True

    def __init__(self, *workers: Worker | Exception) -> None:
        self.workers = deque(workers)

    async def start(self, key: ModelKey) -> Worker:
        one = self.workers.popleft()
        if isinstance(one, Exception):
            raise one
        return one


HASHED = {"type": "hashed", "result": HASH, "picture": HASH, "uncorrected": HASH}


@pytest.mark.parametrize("moment", ["set_up", "board", "make", "go", "after go"])
def test_a_worker_lost_at_any_moment_holds_nothing_up(tmp_path: Path, moment: str) -> None:
    """The shot is queued again, and so may be one that waits for the same content."""
    database = open_database(tmp_path / "jobs.sqlite3")
    store, results = Store(database), Results(database, Blobs(tmp_path / "blobs"))
    views = Views(store, tmp_path / "jobs")
    making = Making(store, results, Hub(views), views)
    shared = Shared()
    request = Submit(job="job-0000001", storyboard={"shots": [{"prompt": "a **dog**"}] * 2})
    checked = check(request, find_upload=Path, presets=["push_in"], models=[])
    job, _ = store.submit(request, checked)

    def lane(*workers: Worker | Exception) -> Lane:
        settings = RunnerSettings(tmp_path / "work", tmp_path / "log")
        return Lane(settings, results.blobs, shared, Crew(*workers))

    async def make(lane: Lane, shot: Shot) -> ShotState:
        making.take(shot)
        await making.make(lane, shot, store.job(str(job.id)))
        return ShotState(store.shot(job, shot.name).state)

    async def run() -> None:
        first, second = store.shots(job)
        lost = lane(Told([HASHED], None if moment == "after go" else moment))
        shared.held[second.id] = HASH  # as another lane has found
        assert await make(lost, first) is ShotState.QUEUED
        assert not shared.making
        if moment in ("go", "after go"):
            assert not shared.held
        shared.held.clear()

        again = Told([HASHED], None)
        again_lane = lane(again)
        assert await make(again_lane, store.shot(job, first.name)) is ShotState.QUEUED
        assert again.heard == ["set_up", "board", "make", "go"], "it is made, not waited for"
        assert store.shot(job, first.name).tries == 2, "both losses count"

    asyncio.run(run())
    database.close()


def test_no_place_and_a_refused_start_are_told_once(tmp_path: Path) -> None:
    database = open_database(tmp_path / "jobs.sqlite3")
    store, results = Store(database), Results(database, Blobs(tmp_path / "blobs"))
    request = Submit(job="job-0000001", storyboard={"shots": [{"prompt": "a **dog**"}]})
    checked = check(request, find_upload=Path, presets=["push_in"], models=[])
    job, _ = store.submit(request, checked)

    async def run() -> None:
        worker = Told([], None)
        crew = Crew(NoPlace("No room."), WorkerLost(3), worker)
        settings = RunnerSettings(tmp_path / "work", tmp_path / "log")
        lane = Lane(settings, results.blobs, Shared(), crew)
        assert await lane.placed(job) == "No room."
        assert await lane.placed(job) is None
        with pytest.raises(WorkerLost, match="status 3"):
            await lane.ready(job, previews=False)
        assert len(crew.workers) == 1, "it was not started a second time to hear the same"
        assert await lane.ready(job, previews=False) is worker

    asyncio.run(run())
    database.close()
