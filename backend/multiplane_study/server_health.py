"""How long others wait for the server while it changes and searches very many shots."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from typing import Any

from multiplane.client import AsyncClient
from multiplane.contract.data_folder import Address, DataFolder
from multiplane.contract.messages_client import Cancel, Pause, Remove, Retry, Search
from multiplane.contract.messages_common import JobState, ShotState
from multiplane.contract.messages_server import JobChanged
from multiplane_study.quick_shots import board
from multiplane_study.served import Served

LONGEST_S = 0.25
"""What is wanted at most, of every answer."""
SHOTS, SEARCHES = 10_000, 900
_JOB, _NOTHING = "very-many-shots", "nothing"
_EVERY_S, _SETTLE_S, _IDLE_S, _ANSWER_S = 0.005, 0.5, 5.0, 120.0


@dataclass(frozen=True)
class Waits:
    """longest_s: that /health waited, by what the server did meanwhile. seconds: that it took.

    idle_s: that it waited while the server did nothing; more than a few ms are other programs'.
    """

    shots: int
    searches: int
    idle_s: float
    longest_s: dict[str, float]
    seconds: dict[str, float]

    def figures(self) -> dict[str, Any]:
        return {
            "health_wait_s_longest": max(self.longest_s.values()),
            "health_wait_s": self.longest_s,
            "health_wait_s_idle": self.idle_s,
            "health_while_s": self.seconds,
            "health_shots": self.shots,
            "health_searches": self.searches,
        }

    def rows(self) -> list[tuple[str, float, float | None]]:
        rows: list[tuple[str, float, float | None]] = [
            (f"/health waited during {name}, s", longest, None)
            for name, longest in {"nothing": self.idle_s, **self.longest_s}.items()
        ]
        longest = max(self.longest_s.values())
        return [*rows, ("longest time that /health waited, s", longest, LONGEST_S)]


class _Watch:
    """Asks for /health again and again, in a process: this one's work does not count."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self.longest_s = 0.0

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        here, there = Pipe()
        process = get_context("spawn").Process(target=_ask, args=(self._address, there))
        process.start()
        here.recv()  # it is connected
        try:
            yield
        finally:
            here.send(None)
            self.longest_s = here.recv()
            process.join()


def _ask(address: Address, told: Connection) -> None:
    """Until something is told: ask; then tell the longest wait, s."""
    kind = HTTPSConnection if address.scheme == "https" else HTTPConnection
    connection = kind(address.host, address.port, timeout=_ANSWER_S)

    def wait() -> float:
        began = time.perf_counter()
        connection.request("GET", "/health")
        connection.getresponse().read()
        return time.perf_counter() - began

    wait()
    told.send(None)
    longest = 0.0
    while not told.poll(_EVERY_S):
        longest = max(longest, wait())
    told.send(longest)


async def measure_waits(server: Served, *, shots: int = SHOTS, searches: int = SEARCHES) -> Waits:
    """Cancel and retry a job of `shots` shots, and search, on a server with a long history."""
    address = DataFolder(server.data).read_address()
    longest_s: dict[str, float] = {}
    seconds: dict[str, float] = {}

    @contextlib.asynccontextmanager
    async def watched(name: str) -> AsyncIterator[None]:
        watch = _Watch(address)
        with watch.watching():
            began = time.perf_counter()
            yield
            seconds[name] = time.perf_counter() - began
            await asyncio.sleep(_SETTLE_S)  # what is told to clients afterwards counts, too
        longest_s[name] = watch.longest_s

    async with AsyncClient(server.data) as client:
        await client.ask(Pause())
        async with watched(_NOTHING):
            await asyncio.sleep(_IDLE_S)
        await client.submit(board(shots), job=_JOB)
        heard = asyncio.create_task(_cancelled(client))
        async with watched(f"cancel of {shots} shots"):
            await client.ask(Cancel(job=_JOB))
            await heard
        async with watched(f"retry of {shots} shots"):
            await client.ask(Retry(job=_JOB))
        async with watched(f"{searches} searches"):
            wanted = Search(prompt="knight forest", limit=50)
            await asyncio.gather(*(client.ask(wanted) for _ in range(searches)))
        await client.ask(Remove(job=_JOB))
    del seconds[_NOTHING]
    return Waits(shots, searches, longest_s.pop(_NOTHING), longest_s, seconds)


async def _cancelled(client: AsyncClient) -> None:
    async for event in client.events():
        if isinstance(event, JobChanged) and event.job.state is JobState.CANCELLED:
            assert event.job.counts[ShotState.CANCELLED] == event.job.shots
            return
