"""What becomes of a search for words when its worker fails or goes away, and when its job does."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from multiplane.contract.errors import Failure
from multiplane.contract.layout import MANIFEST, WORDS
from multiplane.contract.manifest import Manifest, WordEntry
from multiplane.contract.messages_common import LookState, ShotState
from multiplane.server.jobs.blobs import StoredFile
from multiplane.server.jobs.storage.faults import faults
from multiplane.server.jobs.tables import Look, Shot
from multiplane.server.workers.factory import NoPlace, Worker
from multiplane.server.workers.look_runner import LookRunner
from multiplane.server.workers.retry_policy import MAX_TRIES
from multiplane.server.workers.shot_runner import DiskFull
from multiplane.server.workers.worker.messages import (
    Board,
    Found,
    LookFor,
    PainterLoads,
    Reading,
    SetUp,
    TaskCancelled,
    TaskFailed,
    ToWorker,
)
from multiplane.server.workers.worker_slot import WorkerSlot
from tests.finished_output import finished_output
from tests.server.test_shot_runner import MEMORY_PLANS, NO_MEMORY, Room, Told

FIRST, SECOND = "1" * 64, "2" * 64


class LookRoom(Room):
    """Its first shot is finished; there are two results of the shot's picture."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, shots=1)
        self.looking = LookRunner(self.store, self.results, self.hub, self.views)
        made = finished_output(folder / "out", "s") / "shots" / "s"
        self.files = {
            path.relative_to(made).as_posix(): StoredFile(
                path.relative_to(made).as_posix(), *self.results.blobs.add(path)
            )
            for path in sorted(made.rglob("*"))
            if path.is_file()
        }
        for hash_ in (FIRST, SECOND):
            self.results.add(hash_, "p", "any", 1.0, list(self.files.values()))
        Shot.update(state=ShotState.FINISHED, result=FIRST).execute()
        self.look = self.new_look("shield")
        self.slots: list[WorkerSlot] = []

    def new_look(self, *words: str) -> Look:
        return self.store.looks.queue(self.shot(0), words)[0]

    def found(self, *words: str) -> Found:
        """As a worker says it that has found these words in the first result."""
        with self.results.blobs.incoming() as path:
            path.write_bytes(json.dumps(words).encode())
            sheet = StoredFile(WORDS, *self.results.blobs.add(path))
        entries = [WordEntry(word=word, coverage=0.1, compactness=0.5) for word in words]
        changed = self.manifest(FIRST).with_words(entries, sheet.sha256)
        with self.results.blobs.incoming() as path:
            path.write_text(changed.to_json(), "utf-8")
            manifest = StoredFile(MANIFEST, *self.results.blobs.add(path))
        return Found((manifest, sheet), ())

    def manifest(self, result: str) -> Manifest:
        files = {file.path: file.sha256 for file in self.results.files(result)}
        path = self.results.blobs.path(files[MANIFEST])
        return Manifest.model_validate_json(path.read_text("utf-8"))

    def words(self, result: str) -> list[str]:
        return [one.word for one in self.manifest(result).words]

    async def search(self, *workers: Worker | Exception, look: Look | None = None) -> list[Any]:
        """What a client was told."""
        slot = self.slot(*workers)
        self.slots.append(slot)
        await self.looking.search(slot, look or self.look, self.shot(0), self.job)
        assert not slot.busy
        assert not self.shared.looking
        return await self.told()

    async def told(self) -> list[Any]:
        box = self.listener.unsent
        said = [json.loads(await box.take()) for _ in range(len(box))]
        return [one["data"] for one in said if one["type"] == "look"]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[LookRoom]:
    one = LookRoom(tmp_path)
    yield one
    one.database.close()


def test_what_is_found_is_kept_with_every_result_of_the_picture(room: LookRoom) -> None:
    async def run() -> None:
        worker = Told([PainterLoads(0, MEMORY_PLANS), Reading(1, 2), room.found("shield")], None)
        (*_, last) = await room.search(worker)
        assert worker.heard == [SetUp, Board, LookFor]
        assert (last["state"], last["words"]) == ("found", ["shield"])
        assert room.words(FIRST) == room.words(SECOND) == ["shield"]
        folder = room.views.folder(str(room.job.id)) / "shots" / str(room.shot(0).folder)
        manifest = Manifest.model_validate_json((folder / MANIFEST).read_text("utf-8"))
        assert [one.word for one in manifest.words] == ["shield"]
        assert room.shot(0).state == ShotState.FINISHED
        assert Look.select().count() == 0

        # A result that was begun before gets them when it is noted; none loses its own.
        third = "3" * 64
        room.results.add(third, "p", "any", 1.0, list(room.files.values()))
        await room.looking._words.take_over(third)
        assert room.words(third) == ["shield"]
        await room.search(Told([room.found("crown")], None), look=room.new_look("crown"))
        assert room.words(FIRST) == ["crown"]
        assert room.words(SECOND) == ["shield"], "which the other has not"

    asyncio.run(run())


@pytest.mark.parametrize("moment", [SetUp, Board, LookFor, None])
def test_a_lost_worker_is_followed_by_another(
    room: LookRoom, moment: type[ToWorker] | None
) -> None:
    async def run() -> None:
        (*_, last) = await room.search(Told([Reading(1, 2)], moment))
        assert last["state"] == "waiting"
        assert room.views.looks(room.job, "shot-001")[0].done is None
        (again,) = room.store.looks.waiting()
        assert again[0].tries == 1
        (*_, last) = await room.search(Told([room.found("shield")], None))
        assert last["state"] == "found"

    asyncio.run(run())


def test_one_that_takes_every_worker_along_fails(room: LookRoom) -> None:
    async def run() -> None:
        for _ in range(MAX_TRIES):
            (*_, last) = await room.search(Told([], None))
        assert last["state"] == "failed"
        assert last["error"]["code"] == "worker.lost"
        assert Look.select().count() == 0

    asyncio.run(run())


def test_no_memory_is_answered_by_the_next_plan(room: LookRoom) -> None:
    async def run() -> None:
        for plan in range(MEMORY_PLANS - 1):
            (*_, last) = await room.search(
                Told([PainterLoads(plan, MEMORY_PLANS), NO_MEMORY], None)
            )
            assert last["state"] == "waiting"
            assert (room.look.plan, room.look.tries) == (plan + 1, 0)
        (*_, last) = await room.search(
            Told([PainterLoads(MEMORY_PLANS - 1, MEMORY_PLANS), NO_MEMORY], None)
        )
        assert (last["state"], last["error"]["code"]) == ("failed", "models.memory")

    asyncio.run(run())


def test_it_waits_where_nothing_can_be_done(room: LookRoom) -> None:
    async def run() -> None:
        (*_, last) = await room.search(NoPlace("No room."))
        assert (last["state"], room.look.tries) == ("waiting", 0)
        full = TaskFailed.of(Failure("deliver.disk_full", "The disk is full."))
        with pytest.raises(DiskFull):
            await room.search(Told([full], None))
        assert [one["state"] for one in await room.told()][-1] == "waiting"
        missing = TaskFailed.of(Failure("models.missing", "It is not here."))
        (*_, last) = await room.search(Told([missing], None))
        assert (last["state"], last["error"]["message"]) == ("failed", "It is not here.")

    asyncio.run(run())


class CalledOff(Told):
    """Its slot is called off while it looks."""

    def __init__(self, room: LookRoom, then: ShotState) -> None:
        super().__init__([TaskCancelled()], None)
        self._room, self._then = room, then

    async def receive(self) -> Any:
        (slot,) = self._room.slots
        slot.call_off(self._then)
        return await super().receive()


@pytest.mark.parametrize(
    ("then", "state", "left"),
    [(ShotState.CANCELLED, LookState.CANCELLED, 0), (ShotState.QUEUED, LookState.WAITING, 1)],
)
def test_it_is_called_off_by_a_client_or_put_back_by_a_server_that_stops(
    room: LookRoom, then: ShotState, state: LookState, left: int
) -> None:
    async def run() -> None:
        (*_, last) = await room.search(CalledOff(room, then))
        assert last["state"] == state
        assert Look.select().count() == left

    asyncio.run(run())


def test_it_goes_with_its_job(room: LookRoom) -> None:
    async def run() -> None:
        found = room.found("shield")
        room.job.delete_instance()
        assert Look.select().count() == 0
        assert not room.store.looks.begin(room.look)
        assert not room.store.looks.end(room.look)
        await room.looking._words.found(FIRST, found.files)
        assert room.words(FIRST) == ["shield"], "the result may be another job's as well"

    asyncio.run(run())


def test_a_paused_job_and_a_result_that_is_looked_at_wait(room: LookRoom) -> None:
    assert [one[0] for one in room.store.looks.waiting()] == [room.look]
    assert room.store.looks.waiting([FIRST]) == []
    room.store.set_paused(room.job, True)
    assert room.store.looks.waiting() == []


def test_a_damaged_row_is_found(room: LookRoom, tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite3"
    for field, value in (("state", "lost"), ("words", "[1]"), ("words", "{")):
        Look.update(state=LookState.WAITING, words='["a"]').execute()
        with sqlite3.connect(path) as database:
            assert faults(database) == ""
        Look.update(**{field: value}).execute()
        with sqlite3.connect(path) as database:
            assert "search" in faults(database)


def test_what_nobody_does_any_more_waits_again(room: LookRoom) -> None:
    room.store.looks.begin(room.look)
    room.store.looks.left_running([room.look.id])
    assert room.store.looks.waiting() == []
    room.store.looks.left_running()
    assert [one[0] for one in room.store.looks.waiting()] == [room.look]
