"""What becomes of a shot, and of those that wait for the very same, when its worker goes away."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from multiplane.contract.errors import Failure
from multiplane.contract.messages_client import Submit
from multiplane.contract.messages_common import ShotState
from multiplane.server.jobs.blobs import Blobs, StoredFile
from multiplane.server.jobs.hub import Hub, Listener
from multiplane.server.jobs.results import SharedResults
from multiplane.server.jobs.shot_order import ModelKey
from multiplane.server.jobs.store import Store
from multiplane.server.jobs.submission import check
from multiplane.server.jobs.tables import Shot, open_database
from multiplane.server.jobs.views import Views
from multiplane.server.workers.factory import NoPlace, Worker
from multiplane.server.workers.retry_policy import MAX_TRIES
from multiplane.server.workers.shared_work import SharedWork
from multiplane.server.workers.shot_runner import ShotRunner
from multiplane.server.workers.worker.messages import (
    Abandon,
    Board,
    Committed,
    FromWorker,
    Go,
    Hashed,
    Made,
    Make,
    PainterLoads,
    SetUp,
    ShotHashes,
    Task,
    TaskFailed,
    ToWorker,
)
from multiplane.server.workers.worker_process import WorkerLost
from multiplane.server.workers.worker_slot import RunnerSettings, WorkerSlot

HASH = "a" * 64


NEXT = ShotHashes("b" * 64, "c" * 64, "c" * 64)


class Told:
    """A worker that follows the protocol as its script says: what it says, and when it is lost."""

    def __init__(self, says: Sequence[FromWorker], lost_at: type[ToWorker] | None) -> None:
        self.task = 0
        self.heard: list[type[ToWorker]] = []
        self.plan: int | None = None
        self.after: int | None = None
        self.paints_ahead: bool | None = None
        self._says, self._lost_at = deque(says), lost_at

    async def begin(self, task: Task) -> None:
        self.task += 1
        await self.send(task)

    async def send(self, message: ToWorker) -> None:
        self.heard.append(type(message))
        if isinstance(message, Make):
            self.plan, self.after = message.plan, message.after
        if isinstance(message, Go):
            self.paints_ahead = message.ahead
        if type(message) is self._lost_at:
            raise WorkerLost(1)

    async def receive(self) -> FromWorker:
        if not self._says:
            raise WorkerLost(1)
        return self._says.popleft()

    async def cancel(self) -> None: ...
    async def kill(self) -> None: ...
    async def stop(self, patience_s: float = 2.0) -> None: ...


class WorkerFactory:
    waits = True

    def __init__(self, *workers: Worker | Exception) -> None:
        self.workers = deque(workers)

    async def start(self, key: ModelKey) -> Worker:
        one = self.workers.popleft()
        if isinstance(one, Exception):
            raise one
        return one


NO_MEMORY = TaskFailed.of(Failure("models.memory", "There was not enough memory."))
MADE = Made(HASH, HASH, "any", 1.0, ())
HASHED = Hashed(HASH, HASH, HASH)
MEMORY_PLANS = 4
"""That the model of these tests has."""


class Room:
    """A store with one job, and what makes its shots."""

    def __init__(self, folder: Path, shots: int) -> None:
        self.database = open_database(folder / "jobs.sqlite3")
        self.store = Store(self.database)
        self.results = SharedResults(self.database, Blobs(folder / "blobs"))
        self.views = Views(self.store, folder / "jobs")
        self.hub = Hub(self.views)
        self.making = ShotRunner(self.store, self.results, self.hub, self.views)
        self.shared = SharedWork()
        self.settings = RunnerSettings(folder / "work", folder / "log")
        request = Submit(job="job-0000001", storyboard={"shots": [{"prompt": "a **dog**"}] * shots})
        checked = check(request, find_upload=Path, presets=["push_in"], models=[])
        self.job, _ = self.store.submit(request, checked)
        self.listener = Listener(logs=True)
        self.hub.join(self.listener)

    def slot(self, *workers: Worker | Exception) -> WorkerSlot:
        return WorkerSlot(self.settings, self.results.blobs, self.shared, WorkerFactory(*workers))

    def shot(self, number: int) -> Shot:
        return self.store.shots(self.job)[number]

    async def make(self, slot: WorkerSlot, number: int) -> Shot:
        """What has become of the shot."""
        shot = self.shot(number)
        self.making.take(shot)
        await self.making.make(slot, shot, self.store.job(str(self.job.id)))
        return self.shot(number)

    async def heard(self) -> list[str]:
        """Lines of the log that a client was sent."""
        box = self.listener.unsent
        said = [json.loads(await box.take()) for _ in range(len(box))]
        return [one["data"]["text"] for one in said if one["type"] == "log"]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    one = Room(tmp_path, shots=2)
    yield one
    one.database.close()


@pytest.mark.parametrize("moment", [SetUp, Board, Make, Go, None])
def test_a_worker_lost_at_any_moment_holds_nothing_up(
    room: Room, moment: type[ToWorker] | None
) -> None:
    """The shot is queued again, and so may be one that waits for the same content."""

    async def run() -> None:
        lost = room.slot(Told([HASHED], moment))
        room.shared._waiting[room.shot(1).id] = HASH  # as another slot has found
        assert (await room.make(lost, 0)).state == ShotState.QUEUED
        assert not room.shared._making
        if moment in (Go, None):
            assert not room.shared.waiting
        room.shared._waiting.clear()

        again = Told([HASHED], None)
        shot = await room.make(room.slot(again), 0)
        assert again.heard == [SetUp, Board, Make, Go], "it is made, not waited for"
        assert (shot.state, shot.tries) == (ShotState.QUEUED, 2), "both losses count"

    asyncio.run(run())


def test_a_poisoned_shot_fails_alone_after_its_tries(room: Room) -> None:
    """It takes every worker with it; the one after it is made by a new one."""

    async def run() -> None:
        slot = room.slot(*(Told([], None) for _ in range(MAX_TRIES)), Told([HASHED, MADE], None))
        for tried in range(1, MAX_TRIES):
            shot = await room.make(slot, 0)
            assert (shot.state, shot.tries) == (ShotState.QUEUED, tried)
        shot = await room.make(slot, 0)
        assert (shot.state, shot.tries) == (ShotState.FAILED, MAX_TRIES)
        error = json.loads(str(shot.error))
        assert error["code"] == "worker.lost"
        assert "worker.log" in error["remedy"]
        heard = await room.heard()
        assert sum("Another try" in text for text in heard) == MAX_TRIES - 1
        assert "ended unexpectedly" in heard[-1]
        assert (await room.make(slot, 1)).state == ShotState.FINISHED

    asyncio.run(run())


def test_no_memory_is_answered_by_the_next_plan_until_none_is_left(room: Room) -> None:
    """The worker goes, and its memory with it; the next one lays the model out more sparingly."""

    async def run() -> None:
        workers = [
            Told([PainterLoads(plan, MEMORY_PLANS), NO_MEMORY], None)
            for plan in range(MEMORY_PLANS)
        ]
        slot = room.slot(*workers)
        for plan in range(MEMORY_PLANS - 1):
            shot = await room.make(slot, 0)
            assert (shot.state, shot.tries) == (ShotState.QUEUED, 0), "not the shot's fault"
            assert not slot.loaded
            assert shot.plan == plan + 1
            assert room.shared.plans.start(ModelKey.of(room.job)) == 0, "others begin anew"
        shot = await room.make(slot, 0)
        assert (shot.state, shot.tries) == (ShotState.FAILED, 1)
        assert json.loads(str(shot.error))["code"] == "models.memory"
        assert [worker.plan for worker in workers] == list(range(MEMORY_PLANS))
        assert sum("less of the model" in text for text in await room.heard()) == MEMORY_PLANS - 1

    asyncio.run(run())


@pytest.mark.parametrize(
    ("after", "known", "painted"),
    [
        (NEXT, None, True),
        (None, None, False),  # a drawing
        (replace(NEXT, uncorrected=HASH), None, False),  # this very picture, in another move
        (NEXT, NEXT.picture, False),
    ],
)
def test_the_next_picture_is_painted_ahead_where_it_has_to_be_painted(
    room: Room, after: ShotHashes | None, known: str | None, painted: bool
) -> None:
    async def run() -> None:
        if known is not None:
            path = room.settings.work.parent / "file"
            path.write_bytes(b"a layer")
            file = StoredFile("layers/a.png", *room.results.blobs.add(path))
            room.results.add("d" * 64, known, "any", 1.0, [file])
        worker = Told([replace(HASHED, after=after), MADE], None)
        seen: list[int] = []
        receive = worker.receive

        async def looking() -> FromWorker:
            seen.append(len(room.shared.taken))
            return await receive()

        worker.receive = looking  # type: ignore[method-assign]
        assert (await room.make(room.slot(worker), 0)).state == ShotState.FINISHED
        assert (worker.after, worker.paints_ahead) == (1, painted)
        assert seen == [0, int(painted)], "no other slot may begin it meanwhile"
        assert not room.shared.taken
        assert room.shot(1).state == ShotState.QUEUED

    asyncio.run(run())


def test_a_shot_that_another_worker_paints_ahead_is_not_painted_twice(room: Room) -> None:
    async def run() -> None:
        assert room.shared.claim_ahead(room.shot(1).id)
        worker = Told([replace(HASHED, after=NEXT), MADE], None)
        await room.make(room.slot(worker), 0)
        assert (worker.after, worker.paints_ahead) == (None, False)

    asyncio.run(run())


def test_what_is_painted_ahead_may_be_called_off(room: Room) -> None:
    async def run() -> None:
        worker = Told([replace(HASHED, after=NEXT), MADE], None)
        slot = room.slot(worker)
        receive = worker.receive

        async def looking() -> FromWorker:
            slot.abandon(room.shot(0).id)
            slot.abandon(room.shot(1).id)
            await asyncio.sleep(0)
            return await receive()

        worker.receive = looking  # type: ignore[method-assign]
        await room.make(slot, 0)
        assert worker.heard == [SetUp, Board, Make, Go, Abandon, Committed]

    asyncio.run(run())


def test_no_place_and_a_refused_start_are_told_once(room: Room) -> None:
    async def run() -> None:
        worker = Told([], None)
        slot = room.slot(NoPlace("No room."), WorkerLost(3), worker)
        assert await slot.placed(room.job) == "No room."
        assert await slot.placed(room.job) is None
        with pytest.raises(WorkerLost, match="status 3"):
            await slot.worker_for(room.job, previews=False)
        assert await slot.worker_for(room.job, previews=False) is worker, "and no other was started"

    asyncio.run(run())
