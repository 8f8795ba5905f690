"""Very many shots and searches at once: few statements, few messages, and others get their turn."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from multiplane.client import AsyncClient
from multiplane.contract.messages import pack
from multiplane.contract.messages_client import Cancel, GetJob, Request, Retry, Search, Submit
from multiplane.contract.messages_common import ShotState
from multiplane.server.jobs import database_reading, history
from multiplane.server.jobs.blobs import Blobs
from multiplane.server.jobs.database_reading import Reading
from multiplane.server.jobs.hub import Hub, Listener
from multiplane.server.jobs.results import SharedResults
from multiplane.server.jobs.store import Store
from multiplane.server.jobs.submission import check
from multiplane.server.jobs.tables import Job, Shot, open_database
from multiplane.server.jobs.views import Views
from multiplane.server.websocket.inbox import Inbox
from multiplane.server.websocket.requests import Requests
from multiplane.server.workers.runner import Runner
from tests.server.running import running

JOB, SHOTS = "job-0000001", 3000


class Room:
    """Requests on a store with one job of very many shots, which nobody makes."""

    def __init__(self, folder: Path) -> None:
        self.database = open_database(folder / "jobs.sqlite3")
        self.store = Store(self.database)
        views = Views(self.store, folder / "jobs")
        self.hub = Hub(views)
        results = SharedResults(self.database, Blobs(folder / "blobs"))
        nobody = SimpleNamespace(
            call_off=lambda *_: None, wake=lambda: None, stop_looking=lambda *_: None
        )
        self.requests = Requests(self.store, results, self.hub, views, cast(Runner, nobody))
        self.listener = Listener()
        self.hub.join(self.listener)
        shots = [{"prompt": "a **dog**"} for _ in range(SHOTS)]
        request = Submit(job=JOB, storyboard={"shots": shots})
        checked = check(request, find_upload=Path, presets=["push_in"], models=[])
        self.job, _ = self.store.submit(request, checked)
        self.statements = 0
        execute = self.database.execute_sql

        def counted(sql: str, params: Any = None) -> Any:
            self.statements += 1
            return execute(sql, params)

        self.database.execute_sql = counted  # type: ignore[method-assign]

    async def ask(self, request: Request) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(
            await self.requests.answer(pack(request, "1"), self.listener)
        )
        assert answer["type"] != "error", answer
        return answer

    async def heard(self) -> list[dict[str, Any]]:
        box = self.listener.unsent
        return [json.loads(await box.take()) for _ in range(len(box))]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    one = Room(tmp_path)
    yield one
    one.requests.close()
    one.database.close()


async def others_turns(work: asyncio.Task[Any]) -> int:
    turns = 0
    while not work.done():
        await asyncio.sleep(0)
        turns += 1
    return turns


@pytest.mark.parametrize(
    ("request_", "state"), [(Cancel(job=JOB), "cancelled"), (Retry(job=JOB), "queued")]
)
def test_all_shots_change_by_few_statements_and_messages(
    room: Room, request_: Request, state: str
) -> None:
    async def run() -> None:
        if state == "queued":
            await room.ask(Cancel(job=JOB))
        await room.heard()
        room.statements = 0
        work = asyncio.create_task(room.ask(request_))
        turns = await others_turns(work)
        await work
        assert room.statements < SHOTS / 10
        assert turns > 3 * SHOTS / 500, "others got their turn in between"
        assert room.store.counts(room.job)[ShotState(state)] == SHOTS
        heard = await room.heard()
        assert len(heard) < SHOTS / 50
        told = {
            shot["id"]: shot["state"]
            for one in heard
            if one["type"] == "shots"
            for shot in one["data"]["shots"]
        }
        assert len(told) == SHOTS
        assert set(told.values()) == {state}
        assert heard[-1]["type"] == "job"
        assert heard[-1]["data"]["job"]["counts"][state] == SHOTS

    asyncio.run(run())


def test_newer_states_of_a_shot_come_after_older_ones(room: Room) -> None:
    """One by one, then together, then one by one, to a client that has read nothing yet."""

    async def run() -> None:
        first = room.store.shots(room.job)[0]
        room.hub.shot(first)
        numbers = room.store.cancel(room.job)
        await room.hub.shots(room.job, numbers)
        room.store.again(room.job, first.name)
        room.hub.shot(room.store.shot(room.job, first.name))
        states = []
        for one in await room.heard():
            shots = one["data"].get("shots") or [one["data"].get("shot")]
            states += [shot["state"] for shot in shots if shot and shot["id"] == first.name]
        assert states[-1] == "queued"
        assert states.count("cancelled") == 1

    asyncio.run(run())


def test_a_job_removed_in_between_ends_it(room: Room) -> None:
    async def run() -> None:
        work = asyncio.create_task(room.ask(Cancel(job=JOB)))
        while room.store.counts(room.job)[ShotState.CANCELLED] == 0:
            await asyncio.sleep(0)
        room.store.remove(room.job)
        await work
        assert Shot.select().count() == 0

    asyncio.run(run())


def test_searches_and_long_lists_are_read_in_another_thread(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[threading.Thread] = []

    def looked(wanted: Search) -> tuple[list[Shot], int]:
        seen.append(threading.current_thread())
        return search(wanted)

    search = history.search
    monkeypatch.setattr(history, "search", looked)

    async def run() -> None:
        work = asyncio.create_task(room.ask(Search(prompt="dog")))
        assert await others_turns(work) > 0
        assert (await work)["data"]["total"] == 0
        assert seen[0] is not threading.main_thread()
        detail = asyncio.create_task(room.ask(GetJob(job=JOB)))
        assert await others_turns(detail) > 1
        assert len((await detail)["data"]["shots"]) == SHOTS

    asyncio.run(run())


def test_what_changes_while_it_is_read_is_read_again(tmp_path: Path) -> None:
    """No client is told something older than what it was told before."""
    database = open_database(tmp_path / "jobs.sqlite3")
    store = Store(database)
    request = Submit(job=JOB, storyboard={"shots": [{"prompt": "a **dog**"}]})
    checked = check(request, find_upload=Path, presets=["push_in"], models=[])
    job, _ = store.submit(request, checked)
    reader = Reading(database)
    read_by: list[str] = []
    arrived, go_on = threading.Event(), threading.Event()

    def read() -> bool:
        paused = bool(Job.get_by_id(job.id).paused)
        read_by.append(threading.current_thread().name)
        if len(read_by) == 1:
            arrived.set()
            go_on.wait(60)
        return paused

    async def run() -> bool:
        asked = asyncio.create_task(reader.now(read))
        await asyncio.to_thread(arrived.wait, 60)
        store.set_paused(job, True)
        go_on.set()
        return await asked

    assert asyncio.run(run()) is True
    assert len(read_by) == 2
    assert all(one.startswith("reading") for one in read_by)

    def always() -> bool:
        read_by.append(threading.current_thread().name)
        return True

    async def changing() -> bool:
        counts = iter(range(100))
        reader._changes = lambda: next(counts)  # type: ignore[method-assign]
        return await reader.now(always)

    read_by.clear()
    assert asyncio.run(changing())
    assert read_by[-1] == threading.main_thread().name
    assert len(read_by) == database_reading._TRIES + 1

    async def writes() -> None:
        with pytest.raises(Exception, match="readonly"):
            await reader.history(lambda: store.set_paused(job, False))

    asyncio.run(writes())
    reader.close()
    database.close()


def test_an_inbox_is_read_on_while_the_first_is_answered_and_not_without_bound() -> None:
    async def run() -> None:
        box = Inbox()
        for number in range(900):
            await box.put(f"search {number}")
        large = asyncio.create_task(box.put("x" * 17 * 2**20))
        await asyncio.sleep(0)
        assert not large.done(), "no more is read until there is room"
        assert [await box.take() for _ in range(900)] == [f"search {n}" for n in range(900)]
        await box.take()
        await large
        await box.put("one more")
        box.end(drop=False)
        assert [await box.take(), await box.take()] == ["one more", None]

    asyncio.run(run())


def test_a_client_that_asks_for_very_much_at_once_keeps_its_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answers take longer than signs of life may: those are seen meanwhile."""
    monkeypatch.setattr("multiplane.server.websocket.session.HEARTBEAT_S", 2.0)
    search = history.search

    def slow(wanted: Search) -> tuple[list[Shot], int]:
        threading.Event().wait(1.0)
        return search(wanted)

    monkeypatch.setattr(history, "search", slow)

    async def run() -> None:
        async with running(tmp_path), AsyncClient(tmp_path) as client:
            asked = [client.ask(Search(prompt="dog")) for _ in range(5)]
            assert len(await asyncio.gather(*asked)) == 5

    asyncio.run(run())
