"""What the server takes and stands: start, memory, many clients and shots, history, a soak.

Its shots are quick ones (`quick_shots`), most of them made before, so that the server is what is
busy: its database, its files, and telling every client everything.
"""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from multiplane.client import AsyncClient
from multiplane.contract.messages_client import Remove
from multiplane.contract.messages_common import JobState, ShotState
from multiplane.contract.messages_server import Done, JobChanged, ShotChanged
from multiplane.study.long_history import write_history
from multiplane.study.quick_shots import board, prepare
from multiplane.study.report import Report
from multiplane.study.served import Served, served

_PER_JOB = 5
_DIFFERENT = 50
"""So many shots are made; all others are the same as one of them."""
_SETTLE_S = 2.0
_KEPT_JOBS = 10
_LIMITS = {
    "submit_ms_median": 50.0,
    "start_s": 1.5,
    "idle_mb": 150.0,
    "restart_s": 2.0,
    "final_states_dropped": 0,
}
OnSecond = Callable[[int, int], None]


@dataclass(frozen=True)
class Crowd:
    """submit_ms: from each submit to its accepted. dropped: final states that clients missed."""

    clients: int
    shots: int
    submit_ms: tuple[float, ...]
    dropped: int
    seconds: float  # from the first submit until every client knew every end
    memory_mb: float  # of the server then


@dataclass(frozen=True)
class Soak:
    """Jobs handed in, made and removed. memory: (s since the start, MB of the server)."""

    jobs: int
    memory: tuple[tuple[float, float], ...]

    @property
    def late_to_early(self) -> float:
        """Median memory of the last fifth over that of the second; the first warms up."""
        fifth = max(1, len(self.memory) // 5)
        values = [one[1] for one in self.memory]
        early = values[fifth : 2 * fifth] or values[-1:]
        return statistics.median(values[-fifth:]) / statistics.median(early)


@dataclass(frozen=True)
class Measured:
    """All that the bench found; times in s, memory in MB of 10**6 bytes."""

    start_s: tuple[float, ...]
    idle_mb: float
    crowd: Crowd
    history: int
    restart_s: tuple[float, ...]
    soak: Soak

    def report(self) -> Report:
        """As a table with what is wanted beside it, and JSON figures."""
        figures = {
            "start_s": statistics.median(self.start_s),
            "idle_mb": self.idle_mb,
            "submit_ms_median": statistics.median(self.crowd.submit_ms),
            "final_states_dropped": self.crowd.dropped,
            "restart_s": statistics.median(self.restart_s),
        }
        report = Report("server")
        report.figures = {
            **figures,
            "within": {name: figures[name] <= limit for name, limit in _LIMITS.items()},
            "restart_to_start": figures["restart_s"] / figures["start_s"],
            "submit_ms_p95": _p95(self.crowd.submit_ms),
            "clients": self.crowd.clients,
            "shots": self.crowd.shots,
            "crowd_seconds": self.crowd.seconds,
            "crowd_mb": self.crowd.memory_mb,
            "history": self.history,
            "soak": {
                "minutes": self.soak.memory[-1][0] / 60,
                "jobs": self.soak.jobs,
                "memory_late_to_early": self.soak.late_to_early,
                "peak_mb": max(one[1] for one in self.soak.memory),
            },
        }
        crowd, soak = self.crowd, self.soak
        report.table(
            "The server",
            ("", "measured", "wanted"),
            [
                ("start, s", figures["start_s"], _LIMITS["start_s"]),
                ("memory when idle, MB", self.idle_mb, _LIMITS["idle_mb"]),
                (f"submit to accepted, {crowd.clients} clients, median ms",
                 figures["submit_ms_median"], _LIMITS["submit_ms_median"]),
                ("submit to accepted, 95th percentile ms", _p95(crowd.submit_ms), None),
                (f"final states dropped, {crowd.shots} shots", crowd.dropped, 0),
                (f"restart with {self.history} finished shots, s",
                 figures["restart_s"], _LIMITS["restart_s"]),
                (f"soak of {soak.memory[-1][0] / 60:.1f} min, {soak.jobs} jobs: memory, "
                 "late/early", soak.late_to_early, None),
            ],
        )  # fmt: skip
        return report


def measure_server(
    *,
    shots: int = 1000,
    clients: int = 200,
    history: int = 10_000,
    minutes: float = 10.0,
    starts: int = 3,
    on_second: OnSecond = lambda done, total: None,
) -> Measured:
    """Measure a server process with `clients` in this one.

    on_second: told how many seconds of the soak are over, of how many.
    """
    with tempfile.TemporaryDirectory() as folder:
        long = Path(folder) / "history"
        long.mkdir()
        prepare(long)
        write_history(long, history)
        empty, again, idle = [], [], 0.0
        for number in range(starts):  # turn about: on a busy machine their ratio still holds
            with served(Path(folder) / f"empty-{number}") as server:
                empty.append(server.start_s)
                if number == 0:
                    time.sleep(_SETTLE_S)
                    idle = server.memory_mb()
            with served(long) as server:
                again.append(server.start_s)
        data = Path(folder) / "crowd"
        data.mkdir()
        prepare(data)
        with served(data) as server:
            crowd = asyncio.run(_crowd(server, clients, shots))
            soak = asyncio.run(_soak(server, minutes * 60, on_second))
    return Measured(tuple(empty), idle, crowd, history, tuple(again), soak)


async def _crowd(server: Served, clients: int, shots: int) -> Crowd:
    jobs = -(-shots // _PER_JOB)
    names = [f"crowd-{number:06d}" for number in range(jobs)]
    async with contextlib.AsyncExitStack() as stack:
        connected = [
            await stack.enter_async_context(AsyncClient(server.data)) for _ in range(clients)
        ]
        ends = [asyncio.create_task(_ends(one, set(names))) for one in connected]
        began, submit_ms = time.perf_counter(), []
        for number, name in enumerate(names):
            document = board(_PER_JOB, first=number * _PER_JOB % _DIFFERENT)
            sent = time.perf_counter()
            await connected[number % clients].submit(document, job=name)
            submit_ms.append(1e3 * (time.perf_counter() - sent))
        known = await asyncio.gather(*ends)
        seconds = time.perf_counter() - began
    dropped = sum(jobs * _PER_JOB - one for one in known)
    return Crowd(clients, jobs * _PER_JOB, tuple(submit_ms), dropped, seconds, server.memory_mb())


async def _ends(client: AsyncClient, open_jobs: set[str]) -> int:
    """Listen until all jobs have ended; how many shots' ends were heard until then."""
    ended: set[tuple[str, str]] = set()
    async for event in client.events():
        if isinstance(event, ShotChanged) and event.shot.state is ShotState.FINISHED:
            ended.add((event.job, event.shot.id))
        elif isinstance(event, JobChanged) and event.job.state is JobState.FINISHED:
            open_jobs.discard(event.job.job)
            if not open_jobs:
                break
    return len(ended)


async def _soak(server: Served, seconds: float, on_second: OnSecond) -> Soak:
    """Hand in, wait, remove, with a new client for each job, so that clients come and go."""
    memory: list[tuple[float, float]] = []
    kept: list[str] = []
    began, jobs = time.monotonic(), 0
    while (over := time.monotonic() - began) < seconds or not memory:
        name = f"soak-{jobs:06d}"
        async with AsyncClient(server.data) as client:
            ended = asyncio.create_task(_ends(client, {name}))
            await client.submit(board(_PER_JOB, first=jobs * _PER_JOB % _DIFFERENT), job=name)
            await ended
            kept.append(name)
            if len(kept) > _KEPT_JOBS:
                await client.ask(Remove(job=kept.pop(0)), Done)
        jobs += 1
        memory.append((time.monotonic() - began, server.memory_mb()))
        on_second(int(over), int(seconds))
    return Soak(jobs, tuple(memory))


def _p95(values: tuple[float, ...]) -> float:
    return sorted(values)[min(len(values) - 1, round(0.95 * len(values)))]
