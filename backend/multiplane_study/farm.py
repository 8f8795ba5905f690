"""How many shots a minute several workers make, what the queue costs, and how it grows.

The shots are quick ones (`quick_shots`), so what is measured is everything but the models: the
queue, the way of the files, the writing of them. Processes and Ray do the same in one run, Ray on
a cluster of one node on this computer. More workers than cores gain nothing here; on a farm each
has cores of its own.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from multiplane.client import Client
from multiplane.contract.errors import Failure
from multiplane.contract.messages_common import JobState
from multiplane_study.quick_shots import board, prepare
from multiplane_study.report import Report
from multiplane_study.served import Served, served

_JOB, _WARM_UP = "measured-job", "warm-up-job"
_WARM_UP_EACH, _WARM_UP_FIRST = 6, 50_000
"""Shots for each worker, so that all have started; no board that is measured has them."""
_LOOK_S = 0.5
WAYS = ("processes", "ray")
_LIMITS = {
    "time_late_to_early": 1.1,
    "server_memory_late_to_early": 1.1,
    "worker_memory_late_to_early": 1.1,
}
"""Of the long storyboard: time linear, memory flat."""
OnShot = Callable[[int, int], None]
OnPhase = Callable[[str], None]


@dataclass(frozen=True)
class Run:
    """One storyboard, from its first finished shot to its last, by workers that had started.

    finished: when each shot was, s, sorted. making: seconds that each took in its worker, in the
    same order. memory: (shots finished, MB of the server, MB of all workers) from time to time.
    """

    workers: int
    finished: tuple[float, ...]
    making: tuple[float, ...]
    memory: tuple[tuple[int, float, float], ...]

    @property
    def seconds_per_shot(self) -> float:
        """By the clock."""
        return (self.finished[-1] - self.finished[0]) / (len(self.finished) - 1)

    @property
    def overhead_ms(self) -> float:
        """Of a worker's time per shot, what does not make it: queue, hashes, files, database."""
        return 1e3 * (self.workers * self.seconds_per_shot - statistics.fmean(self.making[1:]))

    @property
    def late_to_early(self) -> float:
        """Time per shot in the last quarter over that in the first; 1 = time is linear."""
        quarter = max(1, (len(self.finished) - 1) // 4)
        early = self.finished[quarter] - self.finished[0]
        return (self.finished[-1] - self.finished[-1 - quarter]) / early

    def growth(self, column: int) -> float | None:
        """Memory at the end over memory after a quarter, each the median of several looks."""
        total = len(self.finished)
        early = [
            sample[column] for sample in self.memory if total * 0.2 <= sample[0] <= total * 0.4
        ]
        late = [sample[column] for sample in self.memory if total * 0.8 <= sample[0] < total]
        if not early or not late or not statistics.median(early):
            return None  # over before anybody could look twice
        return statistics.median(late) / statistics.median(early)


@dataclass(frozen=True)
class Measured:
    """runs: by way, for each number of workers. long: one storyboard of many shots, by way.

    Runs that were not over when the bench was interrupted are missing.
    """

    runs: dict[str, tuple[Run, ...]]
    long: dict[str, Run]
    interrupted: bool = False

    def report(self) -> Report:
        """As tables and JSON figures."""
        report = Report(
            "farm",
            {
                "throughput": {
                    way: {str(measured.workers): _throughput(measured) for measured in runs}
                    for way, runs in self.runs.items()
                },
                "long": {way: _long(run) for way, run in self.long.items()},
                "interrupted": self.interrupted,
            },
        )
        report.table(
            "Quick shots, one storyboard for each row",
            ("", "workers", "shots/min", "against 1", "overhead ms/shot"),
            [
                (way, measured.workers, 60 / measured.seconds_per_shot,
                 runs[0].seconds_per_shot / measured.seconds_per_shot, measured.overhead_ms)
                for way, runs in self.runs.items()
                for measured in runs
            ],
        )  # fmt: skip
        report.table(
            "One long storyboard",
            ("", "shots", "shots/min", "time, late/early", "server, late/early",
             "workers, late/early"),
            [
                *((way, len(run.finished), 60 / run.seconds_per_shot, run.late_to_early,
                   run.growth(1), run.growth(2)) for way, run in self.long.items()),
                ("wanted, at most", None, None, *_LIMITS.values()),
            ],
        )  # fmt: skip
        return report


def measure_farm(
    *,
    workers: Sequence[int] = (1, 2, 4, 8),
    shots_each: int = 24,
    long_shots: int = 1000,
    ways: Sequence[str] = WAYS,
    on_shot: OnShot = lambda done, total: None,
    on_phase: OnPhase = lambda text: None,
) -> Measured:
    """Make boards of ``shots_each`` shots for each worker, then one of ``long_shots``, each way.

    The long one has the fewest of ``workers``, the ways turn about. Interrupted (Ctrl-C), it
    returns the runs that are over, if any are. Raises Failure `farm.ray_missing`, and what the
    server says.
    """
    runs: dict[str, list[Run]] = {way: [] for way in ways}
    long: dict[str, Run] = {}
    interrupted = False
    with _cluster(max(workers)) if "ray" in ways else contextlib.nullcontext("") as address:
        options = {"processes": (), "ray": ("--farm", address)}
        try:
            for number in workers:
                for way in ways:
                    shots = max(shots_each, 2) * number
                    on_phase(f"{way}: {shots} shots by {_in_words(number)}.")
                    runs[way].append(_made(number, shots, options[way], on_shot))
            for way in ways:
                on_phase(f"{way}: {long_shots} shots by {_in_words(min(workers))}.")
                long[way] = _made(min(workers), long_shots, options[way], on_shot)
        except KeyboardInterrupt:
            if not any(runs.values()):
                raise
            interrupted = True
    return Measured({way: tuple(found) for way, found in runs.items()}, long, interrupted)


def _in_words(workers: int) -> str:
    return f"{workers} worker{'' if workers == 1 else 's'}"


def _made(workers: int, shots: int, options: tuple[str, ...], on_shot: OnShot) -> Run:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        prepare(data)
        with served(data, "--workers", str(workers), *options) as server:
            _submit(data, _WARM_UP, board(_WARM_UP_EACH * workers, first=_WARM_UP_FIRST))
            for _ in _watched(server, _WARM_UP, 0, lambda done, total: None):
                pass
            _submit(data, _JOB, board(shots))
            memory = list(_watched(server, _JOB, shots, on_shot))
        rows = _read(
            data, "select finished, seconds from shot where job_id = ? order by finished", _JOB
        )
    finished = tuple(datetime.fromisoformat(row[0]).timestamp() for row in rows)
    return Run(workers, finished, tuple(float(row[1]) for row in rows), tuple(memory))


def _submit(data: Path, job: str, document: dict[str, Any]) -> None:
    with Client(data) as client:
        client.submit(document, job=job)


def _watched(
    server: Served, job: str, shots: int, on_shot: OnShot
) -> Iterator[tuple[int, float, float]]:
    """Look at the memory until the job has ended. Raises Failure for a job that failed.

    What is finished is read past the server, which has better to do than to be asked.
    """
    while True:
        ((state,),) = _read(server.data, "select state from job where id = ?", job)
        ((done,),) = _read(
            server.data,
            "select count(*) from shot where job_id = ? and state = 'finished'",
            job,
        )
        on_shot(done, shots)
        yield done, server.memory_mb(), server.workers_mb()
        if state == JobState.FINISHED:
            return
        if state in (JobState.FAILED, JobState.CANCELLED):
            raise Failure("study.job", f"The job ended as {state}, {done} of {shots} made.")
        time.sleep(_LOOK_S)


def _read(data: Path, query: str, job: str) -> list[tuple[Any, ...]]:
    with contextlib.closing(sqlite3.connect(data / "jobs.sqlite3", timeout=10)) as database:
        return database.execute(query, (job,)).fetchall()


@contextlib.contextmanager
def _cluster(workers: int) -> Iterator[str]:
    """A cluster of one node on this computer with a place for each worker; its address."""
    try:
        from ray.cluster_utils import Cluster
    except ImportError as error:
        raise Failure(
            "farm.ray_missing",
            "Ray is not installed; this bench needs it.",
            remedy='Install it with: pip install "multiplane[farm]"',
        ) from error
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_agent_register_timeout_ms", "120000")
    node: dict[str, Any] = {
        "num_cpus": workers,
        "num_gpus": 0,
        # What workers reserve, not what they take: quick shots load no model.
        "memory": workers * 2 * 2**30,
        "object_store_memory": 200 * 2**20,
        "include_dashboard": False,
        "include_log_monitor": False,
    }
    cluster = Cluster(initialize_head=True, head_node_args=node)
    try:
        yield cluster.address
    finally:
        cluster.shutdown()


def _throughput(run: Run) -> dict[str, Any]:
    return {
        "shots_per_minute": 60 / run.seconds_per_shot,
        "overhead_ms_per_shot": run.overhead_ms,
        "making_ms_per_shot": 1e3 * statistics.fmean(run.making),
        "shots": len(run.finished),
    }


def _long(run: Run) -> dict[str, Any]:
    measured: dict[str, Any] = {
        **_throughput(run),
        "workers": run.workers,
        "time_late_to_early": run.late_to_early,
        "server_memory_late_to_early": run.growth(1),
        "worker_memory_late_to_early": run.growth(2),
        "server_mb": max(sample[1] for sample in run.memory),
    }
    measured["within"] = {
        name: measured[name] <= limit
        for name, limit in _LIMITS.items()
        if measured[name] is not None
    }
    return measured
