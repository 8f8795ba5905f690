"""Rows of the database as clients see them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from multiplane.contract.data_folder import DataFolder
from multiplane.contract.document import ErrorEntry
from multiplane.contract.errors import Failure
from multiplane.contract.events import StepProgress
from multiplane.contract.layout import manifest_path
from multiplane.contract.manifest import NO_MODEL
from multiplane.contract.messages_common import (
    DeliveryState,
    FoundShot,
    JobState,
    JobView,
    JobWithShots,
    LookState,
    LookView,
    ShotState,
    ShotView,
    VariationOf,
    VariationView,
)
from multiplane.server.jobs.doubts import doubts_of
from multiplane.server.jobs.looks import words_of
from multiplane.server.jobs.states import ENDED_JOBS
from multiplane.server.jobs.store import Store, error_entry
from multiplane.server.jobs.tables import Job, Look, Result, Shot, Variation
from multiplane.server.jobs.time_left import TimeLeft
from multiplane.server.jobs.variations import edits_of

_MANY = 500


class Views:
    """Puts together what is on the disk and what only lives in memory: progress and notes."""

    def __init__(self, store: Store, jobs_folder: Path) -> None:
        self._store, self._jobs_folder = store, jobs_folder
        self._time = TimeLeft(store.database)
        self._steps: dict[int, StepProgress] = {}  # of running shots, by the row's id
        self._cut: dict[int, str] = {}  # of running shots, by the row's id: SHA-256 of a manifest
        self._looks: dict[int, tuple[int, int | None]] = {}  # readings, by the row's id
        self._queue_note: str | None = None

    @property
    def data(self) -> DataFolder:
        """The data folder that the jobs' folders are in."""
        return DataFolder(self._jobs_folder.parent)

    def folder(self, job: Job | str) -> Path:
        """The job's own folder, with its shots and the files of the whole storyboard."""
        return self._jobs_folder / (job if isinstance(job, str) else str(job.id))

    @property
    def note(self) -> str | None:
        """Why the whole queue waits; None where it does not."""
        return self._queue_note

    def queue_waits(self, why: str | None) -> None:
        """Set or clear the reason why the whole queue waits."""
        self._queue_note = why

    def progressed(self, shot: Shot, step: StepProgress) -> None:
        """Note the progress of a running shot."""
        self._steps[shot.id] = step
        self._time.progressed(shot, step)

    def layers_cut(self, shot: Shot, manifest: str) -> None:
        """Note that a running shot's layers are there. manifest: of them, by its SHA-256."""
        self._cut[shot.id] = manifest

    def looks_on(self, look: Look, done: int | None, total: int | None) -> None:
        """Note how far a running search for words is; None, None: it does not run any more."""
        if done is None:
            self._looks.pop(look.id, None)
        else:
            self._looks[look.id] = (done, total)

    def looks(self, job: Job, shot: str) -> list[LookView]:
        """What is looked for in the picture of a job's shot, and what waits to be."""
        return [
            LookView(words=words_of(look), state=LookState(look.state), done=done, total=total)
            for look in self._store.looks.of(job, shot)
            for done, total in [self._looks.get(look.id, (None, None))]
        ]

    def cut_of(self, shot: Shot) -> str | None:
        """SHA-256 of the manifest of layers that are being filmed."""
        return self._cut.get(shot.id)

    def began(self, shot: Shot) -> None:
        """Note that a worker has begun the shot."""
        self._time.began(shot)

    def ended(self, shot: Shot) -> None:
        """Forget the progress of a shot that is no longer being made."""
        self._steps.pop(shot.id, None)
        self._cut.pop(shot.id, None)
        self._time.ended(shot)

    def works_with(self, makers: int) -> None:
        """Set how many shots are made at the same time."""
        self._time.works_with(makers)

    def wants_telling(self, job: str) -> bool:
        """Whether a job's estimated time is due to be sent again."""
        return self._time.wants_telling(job)

    def current(self, shot: Shot) -> tuple[Shot, Job] | None:
        """The shot and its job as they are now; None where it was removed."""
        return self._store.reread(shot)

    def job(self, job: Job) -> JobView:
        """The job as clients see it; a row with values that no server wrote is shown as failed."""
        try:
            return self._job(job)
        except ValueError as error:
            return JobView(
                job=str(job.id),
                title=str(job.title),
                state=JobState.FAILED,
                model=str(job.model),
                created=str(job.created),
                shots=0,
                counts=dict.fromkeys(ShotState, 0),
                folder=str(self.folder(job)),
                delivery=DeliveryState.FAILED,
                error=_damaged("job", error),
            )

    def _job(self, job: Job) -> JobView:
        counts = self._store.counts(job)
        delivery = self._store.deliveries.of(job)
        state = JobState(job.state)
        ended = state in ENDED_JOBS
        return JobView(
            job=job.id,
            title=job.title,
            state=state,
            position=None if ended else self._store.jobs_before(job),
            model=job.model,
            created=job.created,
            ended=job.ended,
            shots=sum(counts.values()),
            counts=counts,
            folder=str(self.folder(job)),
            seconds_left=None if ended else self._time.of(job),
            note=None if ended else self._note(job),
            delivery=DeliveryState(delivery.state),
            delivery_tries=delivery.tries,
            error=error_entry(delivery.error),
            variation_of=self._variation_of(job),
        )

    def _variation_of(self, job: Job) -> VariationOf | None:
        row = Variation.get_or_none(Variation.job == job.id)
        if row is None or self._store.find_job(row.of_job) is None:
            return None
        return VariationOf(job=row.of_job, shot=row.of_shot, seed=row.seed)

    def variation(self, row: Variation, shot: Shot) -> VariationView:
        """A variation as clients see it. shot: the only one of its job."""
        return VariationView(
            job=str(row.job_id), seed=int(row.seed), shot=self.shot(shot), edits=edits_of(row)
        )

    def shot(self, shot: Shot) -> ShotView:
        """The shot as clients see it; unreadable rows as in `job`."""
        try:
            return self._shot(shot)
        except ValueError as error:
            return ShotView(
                id=str(shot.name) or "shot",
                index=max(0, int(shot.number)),
                state=ShotState.FAILED,
                error=_damaged("shot", error),
            )

    def _shot(self, shot: Shot) -> ShotView:
        is_there = shot.state == ShotState.FINISHED or shot.made_before is not None
        step = self._steps.get(shot.id) if shot.state == ShotState.RUNNING else None
        return ShotView(
            id=shot.name,
            index=shot.number,
            state=ShotState(shot.state),
            result=shot.result,
            manifest=manifest_path(shot.folder) if is_there else None,
            cut=self.cut_of(shot) if shot.state == ShotState.RUNNING else None,
            layers=shot.layers,
            doubts=doubts_of(shot.doubts) if is_there else [],
            reused=bool(shot.reused),
            tries=shot.tries,
            step=step.step if step else None,
            done=step.done if step else None,
            total=step.total if step else None,
            seconds=shot.seconds,
            favourite=bool(shot.favourite),
            error=error_entry(shot.error),
        )

    def shots(self, job: Job, numbers: Collection[int]) -> list[ShotView]:
        """Some of a job's shots; none when the job was removed."""
        return [self.shot(shot) for shot in self._store.numbered(job, numbers)]

    def with_shots(self, job: Job) -> JobWithShots:
        return JobWithShots(
            job=self.job(job), shots=[self.shot(shot) for shot in self._store.shots(job)]
        )

    def many(self, job: Job) -> bool:
        """Whether the job has so many shots that it takes long to show them."""
        return sum(self._store.counts(job).values()) > _MANY

    @property
    def many_open(self) -> bool:
        """The same for all jobs that have not ended."""
        return self._store.many_open(_MANY)

    def open_jobs(self) -> list[JobWithShots]:
        """Jobs that have not ended, in the queue's order."""
        return [self.with_shots(job) for job in self._store.open_jobs()]

    def found(self, shot: Shot) -> FoundShot:
        """A row of the history; `shot.job` must have been selected along.

        model: that painted the picture, or read it; None where none was needed. A drawing has no
        seed.
        """
        job: Job = shot.job
        made = getattr(shot, "made", None)
        model = made.model if isinstance(made, Result) and made.model else job.model
        return FoundShot(
            job=job.id,
            shot=shot.name,
            title=job.title,
            prompt=shot.prompt,
            model=None if model == NO_MODEL else model,
            seed=None if shot.prompt is None else shot.seed,
            finished=shot.finished,
            result=shot.result,
            manifest=manifest_path(shot.folder),
            layers=shot.layers,
            favourite=bool(shot.favourite),
        )

    def _note(self, job: Job) -> str | None:
        if job.paused:
            return "The job is paused."
        if self._store.paused:
            return "The whole queue is paused."
        return self._queue_note


def _damaged(what: str, error: ValueError) -> ErrorEntry:
    failure = Failure(
        "server.row_damaged",
        "The database is damaged: what it says of this {what} cannot be.",
        value=str(error)[:200],
        remedy="Stop the server and start it again: it goes on from the newest backup and keeps "
        "all files.",
        values={"what": what},
    )
    return ErrorEntry.model_validate(failure.as_dict())
