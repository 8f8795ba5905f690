"""New jobs as rows: as they were submitted, or as they were found again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from peewee import SqliteDatabase, fn

from multiplane.contract.messages_client import Submit
from multiplane.contract.messages_common import DeliveryState, ShotState
from multiplane.server.jobs.storage.submitted import SubmittedJob
from multiplane.server.jobs.submission import Checked, board_of
from multiplane.server.jobs.tables import Delivery, Job, Shot, UploadUse, Variation, now

_ROWS_AT_ONCE = 500
# Row by row as it stands here: to build ten thousand of them would hold the server up.
_INSERT = (
    "INSERT INTO shot (job_id, name, number, folder, state, prompt, seed, error, reused, tries)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0)"
)


def last_position() -> float:
    """Position of the last job in the queue; 0 when there is none."""
    return float(Job.select(fn.MAX(Job.position)).scalar() or 0.0)


def insert_submitted(database: SqliteDatabase, submit: Submit, checked: Checked) -> Job:
    """Insert a submitted job at the queue's end, within a transaction."""
    board = checked.loaded.storyboard
    job = _inserted(
        DeliveryState.WAITING,
        id=submit.job,
        title=board.title,
        storyboard=json.dumps(board_of(submit)),
        content=checked.content,
        folder=submit.folder,
        model=submit.model or board.model,
        depth_model=submit.depth_model,
        paused=submit.paused,
        position=last_position() + 1.0,
        created=now(),
    )
    values = [
        (
            job.id, row["name"], row["number"], row["folder"],
            str(ShotState.FAILED if row["error"] else ShotState.QUEUED),
            row["prompt"], row["seed"], row["error"],
        )
        for row in checked.rows
    ]  # fmt: skip
    database.connection().executemany(_INSERT, values)
    note_uploads(job, checked.uploads)
    return job


def insert_found(
    id_: str, found: SubmittedJob, rows: Sequence[Mapping[str, Any]], *, delivered: bool
) -> Job:
    """Insert a job that was lost, within a transaction. rows: its shots, without the job.

    It keeps its place in the queue where no other job has it by now.
    """
    taken = Job.select().where(Job.position == found.position).exists()
    job = _inserted(
        DeliveryState.WRITTEN if delivered else DeliveryState.WAITING,
        id=id_,
        title=found.title,
        storyboard=found.storyboard,
        content=found.content,
        folder=found.folder,
        model=found.model,
        depth_model=found.depth_model,
        paused=found.paused,
        position=last_position() + 1.0 if taken else found.position,
        created=found.created,
    )
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        part = [{**row, "job": job.id} for row in rows[start : start + _ROWS_AT_ONCE]]
        Shot.insert_many(part).execute()
    if found.variation is not None:
        Variation.create(job=job.id, **found.variation.model_dump())
    return job


def note_uploads(job: Job, uploads: Iterable[str]) -> None:
    """Note which uploads the job's storyboard names, by their SHA-256."""
    for sha256 in uploads:
        UploadUse.replace(job=job.id, sha256=sha256).execute()


def _inserted(delivery: DeliveryState, **fields: object) -> Job:
    """The job's row, and its delivery's, whose id is the job's generation."""
    job: Job = Job.create(**fields)
    job.generation = Delivery.create(job=job.id, state=delivery).id
    job.save(only=[Job.generation])
    return job
