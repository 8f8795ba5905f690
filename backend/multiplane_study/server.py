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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from multiplane.client import AsyncClient
from multiplane.contract.messages_client import Remove
from multiplane.contract.messages_common import JobState, ShotState
from multiplane.contract.messages_server import JobChanged, ShotChanged
from multiplane_study.long_history import write_history
from multiplane_study.quick_shots import board, prepare
from multiplane_study.report import Report
from multiplane_study.served import Served, served
from multiplane_study.server_health import LONGEST_S, SEARCHES, SHOTS, Waits, measure_waits

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
    "soak_memory_late_to_early": 1.05,
    "health_wait_s_longest": LONGEST_S,
}
OnSecond = Callable[[int, int], None]
OnPhase = Callable[[str], None]


Row = tuple[str, float, float | None]


@dataclass(frozen=True)
class Crowd:
    """submit_ms: from each submit to its accepted. dropped: final states that clients missed."""

    clients: int
    shots: int
    submit_ms: tuple[float, ...]
    dropped: int
    seconds: float  # from the first submit until every client knew every end
    memory_mb: float  # of the server then

    def figures(self) -> dict[str, Any]:
        return {
            "submit_ms_median": statistics.median(self.submit_ms),
            "submit_ms_p95": _p95(self.submit_ms),
            "final_states_dropped": self.dropped,
            "clients": self.clients,
            "shots": self.shots,
            "crowd_seconds": self.seconds,
            "crowd_mb": self.memory_mb,
        }

    def rows(self) -> list[Row]:
        median = statistics.median(self.submit_ms)
        return [
            (f"submit to accepted, {self.clients} clients, median ms", median,
             _LIMITS["submit_ms_median"]),
            ("submit to accepted, 95th percentile ms", _p95(self.submit_ms), None),
            (f"final states dropped, {self.shots} shots", self.dropped, 0),
        ]  # fmt: skip


@dataclass(frozen=True)
class Soak:
    """Jobs handed in, made and removed.

    memory: after each, (s since the start, MB of the server).
    """

    memory: tuple[tuple[float, float], ...]

    @property
    def late_to_early(self) -> float:
        """Median memory of the last fifth over that of the second; the first warms up."""
        fifth = max(1, len(self.memory) // 5)
        values = [sample[1] for sample in self.memory]
        early = values[fifth : 2 * fifth] or values[-1:]
        return statistics.median(values[-fifth:]) / statistics.median(early)

    def figures(self) -> dict[str, Any]:
        return {
            "soak_memory_late_to_early": self.late_to_early,
            "soak_minutes": self.memory[-1][0] / 60,
            "soak_jobs": len(self.memory),
            "soak_peak_mb": max(sample[1] for sample in self.memory),
        }

    def row(self) -> Row:
        minutes, jobs = self.memory[-1][0] / 60, len(self.memory)
        limit = _LIMITS["soak_memory_late_to_early"]
        return (f"soak of {minutes:.1f} min, {jobs} jobs: memory, late/early",
                self.late_to_early, limit)  # fmt: skip


@dataclass(frozen=True)
class Measured:
    """All that the bench found; times in s, memory in MB of 10**6 bytes.

    crowd, waits, soak: None where the bench was interrupted before; the soak may be shorter then.
    """

    start_s: tuple[float, ...]
    idle_mb: float
    history: int
    restart_s: tuple[float, ...]
    waits: Waits | None = None
    crowd: Crowd | None = None
    soak: Soak | None = None
    interrupted: bool = False

    def report(self) -> Report:
        """As a table with what is wanted beside it, and JSON figures."""
        start, restart = statistics.median(self.start_s), statistics.median(self.restart_s)
        figures: dict[str, Any] = {
            "start_s": start,
            "idle_mb": self.idle_mb,
            "restart_s": restart,
            "restart_to_start": restart / start,
            "history": self.history,
        }
        rows: list[tuple[str, float, float | None]] = [
            ("start, s", start, _LIMITS["start_s"]),
            ("memory when idle, MB", self.idle_mb, _LIMITS["idle_mb"]),
            (f"restart with {self.history} finished shots, s", restart, _LIMITS["restart_s"]),
        ]
        if self.waits is not None:
            figures |= self.waits.figures()
            rows += self.waits.rows()
        if self.crowd is not None:
            figures |= self.crowd.figures()
            rows += self.crowd.rows()
        if self.soak is not None:
            figures |= self.soak.figures()
            rows.append(self.soak.row())
        figures["interrupted"] = self.interrupted
        return _report(figures, rows)


def _report(figures: dict[str, Any], rows: list[Row]) -> Report:
    figures["within"] = {
        name: figures[name] <= limit for name, limit in _LIMITS.items() if name in figures
    }
    report = Report("server", figures)
    report.table("The server", ("", "measured", "wanted, at most"), rows)
    return report


def waits_report(waits: Waits, earlier: dict[str, Any] | None = None) -> Report:
    """This part alone; the other figures stay as `earlier`, a report's JSON, has them.

    Where they were measured is kept under `measured_before`.
    """
    kept = dict(earlier or {})
    before = kept.pop("measured", None)
    if before is not None:
        kept.setdefault("measured_before", before)
    kept.pop("study", None)
    return _report(kept | waits.figures(), waits.rows())


def measure_server(
    *,
    shots: int = 1000,
    clients: int = 200,
    history: int = 10_000,
    many: int = SHOTS,
    searches: int = SEARCHES,
    minutes: float = 10.0,
    starts: int = 3,
    on_second: OnSecond = lambda done, total: None,
    on_phase: OnPhase = lambda text: None,
) -> Measured:
    """Measure a server process with `clients` in this one.

    many, searches: shots that are cancelled and retried at once, and searches, while /health is
    asked for. on_second: told how many seconds of the soak are over, of how many. Interrupted
    (Ctrl-C) after the starts, it returns what was found until then.
    """
    with tempfile.TemporaryDirectory() as folder:
        on_phase(f"Writing a history of {history} finished shots.")
        long = Path(folder) / "history"
        long.mkdir()
        prepare(long)
        write_history(long, history)
        empty, again, idle = [], [], 0.0
        for number in range(starts):  # turn about: on a busy machine their ratio still holds
            on_phase(f"Starting servers, {number + 1} of {starts}.")
            with served(Path(folder) / f"empty-{number}") as server:
                empty.append(server.start_s)
                if number == 0:
                    time.sleep(_SETTLE_S)
                    idle = server.memory_mb()
            with served(long) as server:
                again.append(server.start_s)
        found = Measured(tuple(empty), idle, history, tuple(again))
        found = replace(found, waits=_waits(long, many, searches, on_phase))
        data = Path(folder) / "crowd"
        data.mkdir()
        prepare(data)
        memory: list[tuple[float, float]] = []
        try:
            with served(data) as server:
                on_phase(f"{clients} clients hand in {shots} shots and hear of every one.")
                found = replace(found, crowd=asyncio.run(_crowd(server, clients, shots)))
                on_phase(f"Clients come and go for {minutes:g} min, with a job each.")
                asyncio.run(_soak(server, minutes * 60, memory, on_second))
        except KeyboardInterrupt:
            found = replace(found, interrupted=True)
        return replace(found, soak=Soak(tuple(memory)) if memory else None)


def measure_server_waits(
    *, history: int = 10_000, many: int = SHOTS, searches: int = SEARCHES, on_phase: OnPhase
) -> Waits:
    """How long /health waits, and nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        on_phase(f"Writing a history of {history} finished shots.")
        prepare(Path(folder))
        write_history(Path(folder), history)
        return _waits(Path(folder), many, searches, on_phase)


def _waits(data: Path, many: int, searches: int, on_phase: OnPhase) -> Waits:
    on_phase(f"Cancelling and retrying {many} shots, {searches} searches; /health is asked for.")
    with served(data) as server:
        return asyncio.run(measure_waits(server, shots=many, searches=searches))


async def _crowd(server: Served, clients: int, shots: int) -> Crowd:
    jobs = -(-shots // _PER_JOB)
    names = [f"crowd-{number:06d}" for number in range(jobs)]
    async with contextlib.AsyncExitStack() as stack:
        connected = [
            await stack.enter_async_context(AsyncClient(server.data)) for _ in range(clients)
        ]
        ends = [asyncio.create_task(_ends(client, set(names))) for client in connected]
        began, submit_ms = time.perf_counter(), []
        for number, name in enumerate(names):
            document = board(_PER_JOB, first=number * _PER_JOB % _DIFFERENT)
            sent = time.perf_counter()
            await connected[number % clients].submit(document, job=name)
            submit_ms.append(1e3 * (time.perf_counter() - sent))
        known = await asyncio.gather(*ends)
        seconds = time.perf_counter() - began
    dropped = sum(jobs * _PER_JOB - ended for ended in known)
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


async def _soak(
    server: Served, seconds: float, memory: list[tuple[float, float]], on_second: OnSecond
) -> None:
    """Hand in, wait, remove, with a new client for each job, so that clients come and go.

    memory: gets (s since the start, MB) after each job.
    """
    kept: list[str] = []
    began = time.monotonic()
    while (over := time.monotonic() - began) < seconds or not memory:
        name, first = f"soak-{len(memory):06d}", len(memory) * _PER_JOB % _DIFFERENT
        async with AsyncClient(server.data) as client:
            ended = asyncio.create_task(_ends(client, {name}))
            await client.submit(board(_PER_JOB, first=first), job=name)
            await ended
            kept.append(name)
            if len(kept) > _KEPT_JOBS:
                await client.ask(Remove(job=kept.pop(0)))
        memory.append((time.monotonic() - began, server.memory_mb()))
        on_second(int(over), int(seconds))


def _p95(values: tuple[float, ...]) -> float:
    return sorted(values)[min(len(values) - 1, round(0.95 * len(values)))]
