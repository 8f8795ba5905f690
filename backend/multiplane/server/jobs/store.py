"""Jobs and their shots on the disk: every change is one transaction, and none skips a state."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from peewee import SqliteDatabase

from multiplane.contract.document import ErrorEntry
from multiplane.contract.errors import InputError
from multiplane.contract.messages_client import Submit
from multiplane.contract.messages_common import JobState, ShotState
from multiplane.server.jobs.deliveries import Deliveries
from multiplane.server.jobs.job_rows import (
    insert_found,
    insert_submitted,
    last_position,
    note_uploads,
)
from multiplane.server.jobs.looks import Looks
from multiplane.server.jobs.made_before import MadeBefore
from multiplane.server.jobs.states import (
    BROUGHT_BACK,
    ENDED_JOBS,
    SHOT_MOVES,
    ForbiddenMove,
    check_move,
    job_state,
)
from multiplane.server.jobs.storage.submitted import SubmittedJob, SubmittedJobs
from multiplane.server.jobs.submission import Checked
from multiplane.server.jobs.tables import Job, Setting, Shot, Variation, now

_PAUSED = "paused"
AT_ONCE = 500
"""So many shots are moved by one statement at most: others wait for it."""
FROM_THE_START: Mapping[str, object] = MappingProxyType(
    {
        "tries": 0,
        "kills": 0,
        "plan": 0,
        "error": None,
        "finished": None,
        "reused": False,
    }
)
"""What a shot has that is queued because somebody asked for it."""

# Read with every message and every change; building these queries would take longer than they do.
_JOB = "SELECT * FROM job WHERE id = ?"
_SHOTS = "SELECT * FROM shot WHERE job_id = ? ORDER BY number"
_SHOT = "SELECT * FROM shot WHERE job_id = ? AND name = ?"
_STATE = "SELECT state FROM shot WHERE id = ? AND job_id = ? AND generation = ?"
_RESULT_PATHS = (
    "SELECT shot.folder, resultfile.path FROM shot JOIN resultfile"
    " ON resultfile.result_id = shot.result WHERE shot.job_id = ?"
)
# Of each job the first of those that took the fewest workers along: one after which every worker
# dies does not hold the others up.
# A shot that was made, and has another camera or other edits now, takes a moment: somebody waits.
_MADE_BEFORE = """
SELECT shot.id FROM shot JOIN job ON job.id = shot.job_id
WHERE shot.made_before IS NOT NULL AND shot.state = 'queued' AND shot.kills = 0 {but}
AND NOT job.paused AND job.state IN ('queued', 'running') ORDER BY job.position, shot.number
"""
_NEXT = """
SELECT shot.id FROM job JOIN shot ON shot.id = (
    SELECT id FROM shot WHERE job_id = job.id AND state = 'queued' {but}
    ORDER BY kills, number LIMIT 1
) WHERE NOT job.paused AND job.state IN ('queued', 'running') ORDER BY job.position
"""


class Store:
    """The rows of jobs and shots. Only the thread that opened the database changes them.

    Whoever changes a job or a shot has read it before. Where it was changed by somebody else since,
    or removed (and perhaps another one has its id now), nothing happens and the method says so.
    """

    def __init__(self, database: SqliteDatabase, submitted: SubmittedJobs | None = None) -> None:
        """submitted: where every job is also written down, beside the database."""
        self.database, self._submitted = database, submitted
        self.deliveries = Deliveries(database, self.update_state)
        self.looks = Looks(database)
        self._paused = Setting.get_or_none(Setting.name == _PAUSED) is not None

    # Jobs

    def submit(
        self, submit: Submit, checked: Checked, *, variation: Mapping[str, object] | None = None
    ) -> tuple[Job, bool]:
        """The job, and whether it was there before. Raises InputError `job.id_taken`.

        variation: fields of `Variation` where it is one; it stands in front of the queue then,
        because somebody waits for it.
        """
        known = self.find_job(submit.job)
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
        with self.database.atomic():
            job = insert_submitted(self.database, submit, checked)
            if variation is not None:
                Variation.create(job=job.id, **variation)
                job = self._put_in_front(job)
            self.update_state(job)
        if self._submitted is not None:
            self._submitted.keep(job, checked.rows)
        return job, False

    def take_in(
        self, id_: str, found: SubmittedJob, rows: Sequence[Mapping[str, Any]], *, delivered: bool
    ) -> Job:
        """A job that is not in the database any more. rows: of its shots, but for the job.

        delivered: whether its files are written.
        """
        with self.database.atomic():
            job = insert_found(id_, found, rows, delivered=delivered)
            self.update_state(job)
        return job

    def note_uploads(self, job: Job, uploads: Iterable[str]) -> None:
        """The job's storyboard names these uploads, by their SHA-256."""
        with self.database.atomic():
            note_uploads(job, uploads)

    def ids(self) -> set[str]:
        """The ids of all jobs."""
        return {str(job.id) for job in Job.select(Job.id)}

    def find_job(self, id_: str) -> Job | None:
        """The job of this id, if there is one."""
        return next(iter(Job.raw(_JOB, id_)), None)

    def current_job(self, job: Job) -> Job | None:
        """This very job as it is now; None where it was removed."""
        found = self.find_job(str(job.id))
        return found if found is not None and found.generation == job.generation else None

    def job(self, id_: str) -> Job:
        """The job of this id. Raises InputError `job.unknown`."""
        found = self.find_job(id_)
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
            position = job.position
            if before is None:
                position = last_position() + 1.0
            elif before != id_:
                position = self.job(before).position
                later = Job.position >= position
                Job.update(position=Job.position + 1.0).where(later).execute()
            self._change(job, position=position)
        return job

    def _put_in_front(self, job: Job) -> Job:
        """Put a variation before all jobs that are none, within a transaction; the job after it."""
        ended = [str(one) for one in ENDED_JOBS]
        others = Job.select().where(
            Job.state.not_in(ended) & Job.id.not_in(Variation.select(Variation.job))
        )
        first = others.order_by(Job.position).first()
        return job if first is None else self.reorder(str(job.id), str(first.id))

    def set_paused(self, job: Job, paused: bool) -> bool:
        with self.database.atomic():
            if not self._change(job, paused=paused):
                return False
            self.update_state(job)
        return True

    def remove(self, job: Job) -> bool:
        """Forget a job. Its results stay as long as another job has them, or as there is room."""
        with self.database.atomic():
            return bool(Job.delete().where(_same(job)).execute())

    def change_board(
        self,
        job: Job,
        storyboard: dict[str, Any],
        *,
        keep_layers: Collection[str] = (),
        seeds: Mapping[str, int] = MappingProxyType({}),
    ) -> bool:
        """Another storyboard for a job, with the same shots.

        keep_layers: names of shots whose picture stays as it is. seeds: of shots, by name, that
        have another one now.
        """
        with self.database.atomic():
            if not self._change(job, storyboard=json.dumps(storyboard)):
                return False
            if keep_layers:
                named = (Shot.job == job.id) & Shot.name.in_(list(keep_layers))
                Shot.update(keep_layers=True).where(named).execute()
            for name, seed in seeds.items():
                Shot.update(seed=seed).where((Shot.job == job.id) & (Shot.name == name)).execute()
        if self._submitted is not None:
            self._submitted.change(job, self.shots(job))
        return True

    def mark_favourite(self, job: Job, shot: Shot, wanted: bool) -> None:
        """Mark a shot, or take its mark away."""
        Shot.update(favourite=wanted).where(Shot.id == shot.id).execute()
        if self._submitted is not None:
            self._submitted.change(job, self.shots(job))

    def _change(self, job: Job, **fields: object) -> bool:
        """Change this very job, not a later one with its id."""
        for name, value in fields.items():
            setattr(job, name, value)
        return bool(Job.update(**fields).where(_same(job)).execute())

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

    def update_state(self, job: Job) -> JobState:
        """Bring the job's state up to its shots', within the transaction that changed them."""
        delivery = self.deliveries.state(job)
        state = job_state(self.counts(job), paused=bool(job.paused), delivery=delivery)
        if state != job.state:
            self._change(job, state=str(state), ended=now() if state in ENDED_JOBS else None)
        return state

    # Shots

    def shots(self, job: Job) -> list[Shot]:
        return list(Shot.raw(_SHOTS, job.id))

    def shot(self, job: Job, name: str) -> Shot:
        """The job's shot of this name. Raises InputError `shot.unknown`."""
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

    def reread(self, shot: Shot) -> tuple[Shot, Job] | None:
        """The shot and its job as they are now; None where it was removed."""
        found = Shot.select(Shot, Job).join(Job).where(Shot.id == shot.id).first()
        return None if found is None else (found, found.job)

    def result_paths(self, job: Job) -> set[str]:
        """Paths of all files of its shots' results, in its folder's `shots`."""
        rows = self.database.execute_sql(_RESULT_PATHS, (job.id,))
        return {f"{folder}/{path}" for folder, path in rows}

    def queued(self, excluded: Collection[int] = ()) -> Sequence[tuple[Shot, Job]]:
        """The first queued shot of every job that may go on, in the queue's order.

        Before them all those that were made before, of any job.
        """
        order: dict[int, None] = {}
        for sql, id_ in ((_MADE_BEFORE, "shot.id"), (_NEXT, "id")):
            but = f"AND {id_} NOT IN ({', '.join(map(str, excluded))})" if excluded else ""
            order |= {row[0]: None for row in self.database.execute_sql(sql.format(but=but))}
        found = Shot.select(Shot, Job).join(Job).where(Shot.id.in_(list(order)))
        rows = {shot.id: (shot, shot.job) for shot in found}
        return [rows[id_] for id_ in order]

    def any_queued(self) -> bool:
        """Whether any shot is still to be made, now or once its job goes on."""
        return bool(Shot.select().where(Shot.state == ShotState.QUEUED).exists())

    def move(self, shot: Shot, after: ShotState, **changes: object) -> bool:
        """Bring a shot into another state, with `changes` of its other fields, and its job along.

        False when it was moved meanwhile by somebody else, or its job removed. Raises
        ForbiddenMove for a state that cannot follow.
        """
        return self._move(shot, after, SHOT_MOVES[ShotState(shot.state)], changes)

    def _move(
        self,
        shot: Shot,
        after: ShotState,
        allowed: Collection[ShotState],
        changes: Mapping[str, object],
    ) -> bool:
        with self.database.atomic():
            if not self.is_current(shot):
                return False
            if after not in allowed:
                raise ForbiddenMove(f"a {shot.state} shot cannot become {after}")
            fields = {"state": str(after), "generation": shot.generation + 1, **changes}
            for name, value in fields.items():
                setattr(shot, name, value)
            Shot.update(**fields).where(Shot.id == shot.id).execute()
            job = Job.get_by_id(shot.job_id)
            if after is ShotState.QUEUED:
                self.deliveries.renew(job)
            self.update_state(job)
        return True

    def made_before(self, job: Job, name: str | None = None) -> list[Shot]:
        """Its shots that were made and are to be made anew, or the one of this name if it is."""
        chosen = (Shot.job == job.id) & Shot.made_before.is_null(False)
        return list(Shot.select().where(chosen if name is None else chosen & (Shot.name == name)))

    def bring_back(self, shot: Shot) -> bool:
        """A shot that was to be made anew is what it was before, in the storyboard too.

        False where it is none, was changed by somebody else meanwhile, or its job removed.
        """
        found = self.reread(shot)
        before = None if found is None else MadeBefore.read(found[0])
        if found is None or before is None or shot.state not in BROUGHT_BACK:
            return False
        if not self.is_current(shot):
            return False
        with self.database.atomic():
            self._change(found[1], storyboard=json.dumps(before.board(found[1], shot)))
            moved = self._move(shot, ShotState.FINISHED, [ShotState.FINISHED], before.row())
        if moved and self._submitted is not None:
            self._submitted.change(found[1], self.shots(found[1]))
        return moved

    def queue_again(self, shot: Shot) -> bool:
        """Make a shot that has ended once more; as `move`."""
        return self.move(shot, ShotState.QUEUED, **FROM_THE_START)

    def is_current(self, shot: Shot) -> bool:
        """Whether the shot is still there, and as it was when it was read or moved last."""
        known = (shot.id, shot.job_id, shot.generation)
        row = self.database.execute_sql(_STATE, known).fetchone()
        return row is not None and row[0] == shot.state

    def cancel(self, job: Job, name: str | None = None, *, past: int = -1) -> list[int]:
        """Cancel its queued shots, or the one of this name if it is; returns their numbers.

        past: only those with a higher number, and of them the first `AT_ONCE`: so very many can be
        cancelled with pauses in between.
        """
        return self._all(job, name, past, [ShotState.QUEUED], ShotState.CANCELLED, {})

    def again(self, job: Job, name: str | None = None, *, past: int = -1) -> list[int]:
        """Queue its failed and cancelled shots once more, or the one; the rest as `cancel`."""
        ended = [ShotState.FAILED, ShotState.CANCELLED]
        return self._all(job, name, past, ended, ShotState.QUEUED, FROM_THE_START)

    def _all(
        self,
        job: Job,
        name: str | None,
        past: int,
        before: Collection[ShotState],
        after: ShotState,
        changes: Mapping[str, object],
    ) -> list[int]:
        """Move shots of a job that are in one of these states, by one statement."""
        for state in before:
            check_move(state, after)
        chosen = (Shot.job == job.id) & Shot.state.in_([str(one) for one in before])
        chosen &= Shot.number > past
        if name is not None:
            chosen &= Shot.name == name
        with self.database.atomic():
            if not Job.select().where(_same(job)).exists():
                return []
            rows: Any = Shot.select(Shot.number).where(chosen).order_by(Shot.number)
            numbers = [row[0] for row in rows.limit(AT_ONCE).tuples()]
            if numbers:
                chosen &= Shot.number <= numbers[-1]
                fields = {"state": str(after), "generation": Shot.generation + 1, **changes}
                Shot.update(**fields).where(chosen).execute()
                if after is ShotState.QUEUED:
                    self.deliveries.renew(job)
                self.update_state(job)
        return numbers

    def numbered(self, job: Job, numbers: Collection[int]) -> list[Shot]:
        """Some of its shots; none when the job was removed."""
        return list(
            Shot.select()
            .join(Job)
            .where(_same(job) & Shot.number.in_(list(numbers)))
            .order_by(Shot.number)
        )

    def many_open(self, limit: int) -> bool:
        """Whether the jobs that have not ended have more shots than `limit`."""
        ended = ", ".join(f"'{one}'" for one in ENDED_JOBS)
        sql = (
            "SELECT COUNT(*) FROM (SELECT 1 FROM job JOIN shot ON shot.job_id = job.id"
            f" WHERE job.state NOT IN ({ended}) LIMIT ?)"
        )
        (count,) = self.database.execute_sql(sql, (limit + 1,)).fetchone()
        return int(count) > limit

    def running(self, job: Job, name: str | None = None) -> list[Shot]:
        """Its shots that are being made now, or the one of this name if it is."""
        chosen = (Shot.job == job.id) & (Shot.state == ShotState.RUNNING)
        return list(Shot.select().where(chosen if name is None else chosen & (Shot.name == name)))

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
        """Whether the whole queue is held."""
        return self._paused

    def pause_all(self, wanted: bool) -> None:
        """Hold the whole queue, or let it go on; that stays so in later runs."""
        with self.database.atomic():
            if wanted:
                Setting.replace(name=_PAUSED, value="1").execute()
            else:
                Setting.delete().where(Setting.name == _PAUSED).execute()
        self._paused = wanted


def _same(job: Job) -> Any:
    """This very job, not a later one with its id."""
    return (Job.id == job.id) & (Job.generation == job.generation)


def error_entry(text: str | None) -> ErrorEntry | None:
    """An error as a column keeps it."""
    return None if text is None else ErrorEntry.model_validate_json(text)
