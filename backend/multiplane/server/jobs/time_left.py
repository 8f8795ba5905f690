"""Estimates how long a job will still take, from how long similar shots took."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from peewee import SqliteDatabase

from multiplane.contract.events import StepProgress
from multiplane.server.jobs.tables import Job, Shot

LAST = 20
"""So many of the latest shots tell the pace."""
TELL_EVERY_S = 2.0
_PAINTING = "generate"

_OF_THE_JOB = (
    "SELECT AVG(seconds) FROM shot WHERE job_id = ? AND seconds IS NOT NULL AND NOT reused"
    " AND NOT keep_layers"
)
_OF_THE_MODEL = (
    "SELECT AVG(seconds) FROM (SELECT shot.seconds FROM shot JOIN job ON job.id = shot.job_id"
    " WHERE job.model = ? AND shot.seconds IS NOT NULL AND NOT shot.reused AND NOT shot.keep_layers"
    f" AND shot.finished IS NOT NULL ORDER BY shot.finished DESC LIMIT {LAST})"
)
_WAITING = (
    "SELECT made_before IS NOT NULL, COUNT(*) FROM shot"
    " WHERE job_id = ? AND state = 'queued' GROUP BY 1"
)


@dataclass
class _Running:
    job: str
    anew: bool  # it was made before: nothing is painted
    since: float
    first: tuple[float, int] | None = None  # when its painting was first heard of, steps by then
    whole: float | None = None  # seconds in all, as its painting so far tells


class TimeLeft:
    """Watches what is made. Seconds are those of `clock`."""

    def __init__(
        self, database: SqliteDatabase, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database, self._clock = database, clock
        self._running: dict[int, _Running] = {}  # by the row's id
        self._anew: deque[float] = deque(maxlen=LAST)  # how long shots took that were made before
        self._told: dict[str, float] = {}  # when a job was told of, by its id
        self._makers = 1

    def works_with(self, makers: int) -> None:
        """Set how many shots are made at the same time."""
        self._makers = max(1, makers)

    def began(self, shot: Shot) -> None:
        anew = shot.made_before is not None
        self._running[shot.id] = _Running(str(shot.job_id), anew, self._clock())

    def progressed(self, shot: Shot, step: StepProgress) -> None:
        """Note the pace of a picture that is being painted, for want of a finished one.

        Until its first report it waited for the model to be loaded, which tells nothing of its
        pace and which no other shot waits for; so the shot counts from there.
        """
        running = self._running.get(shot.id)
        if running is None or step.step != _PAINTING or not step.done or not step.total:
            return
        now = self._clock()
        if running.first is None or step.done <= running.first[1]:
            running.first, running.since = (now, step.done), now
            return
        at, before = running.first
        running.whole = (now - at) * step.total / (step.done - before)

    def ended(self, shot: Shot) -> None:
        """Note how long a shot took. shot: its current row."""
        running = self._running.pop(shot.id, None)
        if running is not None and running.anew and shot.made_before is None:
            self._anew.append(self._clock() - running.since)

    def wants_telling(self, job: str) -> bool:
        """Whether a running job's estimate is due to be sent again; resets the wait."""
        now = self._clock()
        if now - self._told.get(job, 0.0) < TELL_EVERY_S:
            return False
        running = {run.job for run in self._running.values()}
        self._told = {id_: at for id_, at in self._told.items() if id_ in running}
        self._told[job] = now
        return True

    def of(self, job: Job) -> float | None:
        """Seconds until all its shots are made; None when nobody knows.

        Shots of other jobs that stand before it are not counted, but for those that are being made
        while none of its own is.
        """
        now, left, most = self._clock(), 0.0, 0.0
        running = [run for run in self._running.values() if run.job == job.id]
        counted = dict(self._database.execute_sql(_WAITING, (job.id,)).fetchall())
        painted = self._pace(job, running)
        anew = sum(self._anew) / len(self._anew) if self._anew else None
        for kind, pace in ((0, painted), (1, anew)):
            number = int(counted.get(kind, 0))
            if number and pace is None:
                return None
            left += number * (pace or 0.0)
        for run in running:
            pace = anew if run.anew else painted
            if pace is None:
                return None
            # One that is painted slower than those before it tells so itself.
            whole = pace if run.whole is None else max(pace, run.whole)
            rest = max(0.0, whole - (now - run.since))
            left, most = left + rest, max(most, rest)
        # No shot is made faster by several makers.
        return (0.0 if running else self._until_free(now)) + max(left / self._makers, most)

    def _until_free(self, now: float) -> float:
        """Seconds until one of the makers has made its shot, as far as their paintings tell."""
        if len(self._running) < self._makers:
            return 0.0
        rests = [run.whole - (now - run.since) for run in self._running.values() if run.whole]
        return max(0.0, min(rests, default=0.0))

    def _pace(self, job: Job, running: list[_Running]) -> float | None:
        """Seconds that a painted shot of this job takes: its own, else the model's, else a guess
        from one that is being painted.
        """
        for sql, given in ((_OF_THE_JOB, job.id), (_OF_THE_MODEL, job.model)):
            (mean,) = self._database.execute_sql(sql, (given,)).fetchone()
            if mean is not None:
                return float(mean)
        guesses = [run.whole for run in running if run.whole is not None]
        return sum(guesses) / len(guesses) if guesses else None
