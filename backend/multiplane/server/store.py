"""Jobs and their shots on the disk: every change is one transaction, and none skips a state."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from peewee import SqliteDatabase, fn

from multiplane.contract.document import ErrorEntry
from multiplane.contract.errors import InputError, MultiplaneError
from multiplane.contract.messages_client import Submit
from multiplane.contract.messages_common import JobState, ShotState
from multiplane.server.states import ENDED_JOBS, check_move, job_state
from multiplane.server.submission import Checked, shot_rows
from multiplane.server.tables import Job, Setting, Shot, UploadUse, now

_ROWS_AT_ONCE = 500
_PAUSED = "paused"

# Read with every message and every change; building these queries would take longer than they do.
_JOB = "SELECT * FROM job WHERE id = ?"
_SHOTS = "SELECT * FROM shot WHERE job_id = ? ORDER BY number"
_SHOT = "SELECT * FROM shot WHERE job_id = ? AND name = ?"


class Store:
    """What is to be done and what was done. Only for the thread that opened the database."""

    def __init__(self, database: SqliteDatabase) -> None:
        self.database = database
        self._paused = Setting.get_or_none(Setting.name == _PAUSED) is not None

    # Jobs

    def submit(self, submit: Submit, checked: Checked) -> tuple[Job, bool]:
        """The job, and whether it was there before. Raises InputError `job.id_taken`."""
        known: Job | None = Job.get_or_none(Job.id == submit.job)
        if known is not None:
            if known.content != checked.content:
                raise InputError(
                    "job.id_taken",
                    "Another storyboard was submitted under this job id.",
                    field="job",
                    value=submit.job,
                    remedy="Make a new id for every storyboard, such as a UUID.",
                )
            return known, True
        board = checked.loaded.storyboard
        with self.database.atomic():
            last = Job.select(fn.MAX(Job.position)).scalar() or 0.0
            job = Job.create(
                id=submit.job,
                title=board.title,
                storyboard=json.dumps(submit.storyboard),
                content=checked.content,
                folder=submit.folder,
                model=submit.model or board.model,
                depth_model=submit.depth_model,
                paused=submit.paused,
                position=last + 1.0,
                created=now(),
            )
            rows = [
                {**row, "job": job.id, "state": ShotState.FAILED if row["error"] else "queued"}
                for row in shot_rows(checked.loaded)
            ]
            for start in range(0, len(rows), _ROWS_AT_ONCE):
                Shot.insert_many(rows[start : start + _ROWS_AT_ONCE]).execute()
            for sha256 in checked.uploads:
                UploadUse.create(job=job.id, sha256=sha256)
            self.settle(job)
        return job, False

    def job(self, id_: str) -> Job:
        """Raises InputError `job.unknown`."""
        found: Job | None = next(iter(Job.raw(_JOB, id_)), None)
        if found is None:
            raise InputError(
                "job.unknown",
                "There is no such job.",
                field="job",
                value=id_,
                remedy="It may have been removed; jobs.list shows what is there.",
            )
        return found

    def open_jobs(self) -> list[Job]:
        """Jobs that have not ended, in the queue's order."""
        ended = [str(one) for one in ENDED_JOBS]
        return list(Job.select().where(Job.state.not_in(ended)).order_by(Job.position))

    def listed(self, state: JobState | None, limit: int, offset: int) -> tuple[list[Job], int]:
        """Jobs, the newest first, and how many there are."""
        wanted = Job.select()
        if state is not None:
            wanted = wanted.where(Job.state == state)
        return list(wanted.order_by(Job.created.desc()).limit(limit).offset(offset)), wanted.count()

    def reorder(self, id_: str, before: str | None) -> Job:
        """Put a job before another one, or at the end. Raises InputError `job.unknown`."""
        job = self.job(id_)
        with self.database.atomic():
            if before is None:
                job.position = (Job.select(fn.MAX(Job.position)).scalar() or 0.0) + 1.0
            elif before != id_:
                order = [one.id for one in Job.select(Job.id).order_by(Job.position)]
                order.remove(id_)
                order.insert(order.index(self.job(before).id), id_)
                for position, one in enumerate(order):
                    Job.update(position=float(position)).where(Job.id == one).execute()
                return self.job(id_)
            job.save(only=[Job.position])
        return job

    def set_paused(self, job: Job, paused: bool) -> None:
        with self.database.atomic():
            job.paused = paused
            job.save(only=[Job.paused])
            self.settle(job)

    def remove(self, job: Job) -> None:
        """Forget a job. Its results stay as long as another job has them, or as there is room."""
        with self.database.atomic():
            Job.delete().where(Job.id == job.id).execute()

    def change_board(
        self, job: Job, storyboard: dict[str, Any], uploads: Collection[str] = ()
    ) -> None:
        """Another storyboard for a job, with the same shots. uploads: that it names now, too."""
        job.storyboard = json.dumps(storyboard)
        with self.database.atomic():
            job.save(only=[Job.storyboard])
            for sha256 in uploads:
                UploadUse.replace(job=job.id, sha256=sha256).execute()

    def counts(self, job: Job) -> dict[ShotState, int]:
        """How many of its shots are in each state."""
        sql = "SELECT state, COUNT(*) FROM shot WHERE job_id = ? GROUP BY state"
        found = dict(self.database.execute_sql(sql, (job.id,)).fetchall())
        return {state: found.get(state, 0) for state in ShotState}

    def jobs_before(self, job: Job) -> int:
        """How many jobs that have not ended stand before it in the queue."""
        ended = ", ".join(f"'{one}'" for one in ENDED_JOBS)
        sql = f"SELECT COUNT(*) FROM job WHERE position < ? AND state NOT IN ({ended})"
        (count,) = self.database.execute_sql(sql, (job.position,)).fetchone()
        return int(count)

    def mean_seconds(self, job: Job) -> float | None:
        """How long the job's own shots took to make; None before the first."""
        sql = "SELECT AVG(seconds) FROM shot WHERE job_id = ? AND state = 'finished' AND NOT reused"
        (mean,) = self.database.execute_sql(sql, (job.id,)).fetchone()
        return None if mean is None else float(mean)

    def settle(self, job: Job) -> JobState:
        """Bring the job's state up to its shots', within the transaction that changed them."""
        state = job_state(self.counts(job), paused=bool(job.paused), delivered=bool(job.delivered))
        if state != job.state:
            job.state = state
            job.ended = now() if state in ENDED_JOBS else None
            job.save(only=[Job.state, Job.ended])
        return state

    def delivered(self, job: Job, error: MultiplaneError | None) -> None:
        """The files of the whole storyboard are written, or could not be."""
        with self.database.atomic():
            job.delivered = True
            job.error = None if error is None else json.dumps(error.as_dict())
            job.save(only=[Job.delivered, Job.error])
            self.settle(job)

    # Shots

    def shots(self, job: Job) -> list[Shot]:
        return list(Shot.raw(_SHOTS, job.id))

    def shot(self, job: Job, name: str) -> Shot:
        """Raises InputError `shot.unknown`."""
        found: Shot | None = next(iter(Shot.raw(_SHOT, job.id, name)), None)
        if found is None:
            raise InputError(
                "shot.unknown",
                "The job has no such shot.",
                field="shot",
                value=name,
                remedy="job.get shows the job's shots.",
            )
        return found

    def queued(self, excluded: Collection[int] = ()) -> Sequence[tuple[Shot, Job]]:
        """The first queued shot of every job that may go on, in the queue's order."""
        firsts = (
            Shot.select(Shot.job, fn.MIN(Shot.number).alias("number"))
            .where((Shot.state == ShotState.QUEUED) & Shot.id.not_in(list(excluded)))
            .group_by(Shot.job)
            .alias("firsts")
        )
        found = (
            Shot.select(Shot, Job)
            .join(firsts, on=(Shot.job == firsts.c.job_id) & (Shot.number == firsts.c.number))
            .switch(Shot)
            .join(Job)
            .where(~Job.paused)
            .order_by(Job.position)
        )
        return [(shot, shot.job) for shot in found]

    def any_queued(self) -> bool:
        """Whether any shot is still to be made, now or once its job goes on."""
        return bool(Shot.select().where(Shot.state == ShotState.QUEUED).exists())

    def move(self, shot: Shot, after: ShotState, **changes: object) -> bool:
        """Bring a shot into another state, with `changes` of its other fields, and its job along.

        False when its job has been removed meanwhile. Raises ForbiddenMove for a state that
        cannot follow.
        """
        with self.database.atomic():
            current = Shot.get_or_none(Shot.id == shot.id)
            if current is None:
                return False
            check_move(ShotState(current.state), after)
            fields = {"state": str(after), **changes}
            for name, value in fields.items():
                setattr(shot, name, value)
            Shot.update(**fields).where(Shot.id == shot.id).execute()
            job = Job.get_by_id(shot.job_id)
            if after is ShotState.QUEUED and job.delivered:
                job.delivered = False
                job.save(only=[Job.delivered])
            self.settle(job)
        return True

    def again(self, job: Job, shots: Sequence[Shot]) -> None:
        """Put shots that have ended into the queue once more."""
        with self.database.atomic():
            for shot in shots:
                self.move(shot, ShotState.QUEUED, tries=0, error=None, finished=None, reused=False)

    def left_running(self, but: Collection[int] = ()) -> list[Shot]:
        """Shots that nobody makes any more, all RUNNING ones but these: back into the queue.

        They are of a server that was killed, or of a change that the disk refused; that was not
        the shots' fault, so the try does not count.
        """
        with self.database.atomic():
            lost = (Shot.state == ShotState.RUNNING) & Shot.id.not_in(list(but))
            found = list(Shot.select().where(lost))
            for shot in found:
                self.move(shot, ShotState.QUEUED, tries=max(0, shot.tries - 1))
        return found

    # The queue as a whole

    @property
    def paused(self) -> bool:
        return self._paused

    @paused.setter
    def paused(self, wanted: bool) -> None:
        with self.database.atomic():
            if wanted:
                Setting.replace(name=_PAUSED, value="1").execute()
            else:
                Setting.delete().where(Setting.name == _PAUSED).execute()
        self._paused = wanted


def error_entry(text: str | None) -> ErrorEntry | None:
    """An error as a column keeps it."""
    return None if text is None else ErrorEntry.model_validate_json(text)
