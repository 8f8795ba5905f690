"""A server's data folder in which very many shots were finished long ago."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from multiplane.contract.layout import SEQUENCE, SHOTS
from multiplane.contract.messages_common import JobState, ShotState
from multiplane.server.jobs.blobs import Blobs
from multiplane.server.jobs.results import SharedResults
from multiplane.server.jobs.tables import Job, Result, ResultFile, Shot, now, open_database
from multiplane_study.quick_shots import DEPTH, EARLIER, MODEL, board

_PER_JOB = 100
_ROWS = 500
"""Inserted at once; SQLite allows only so many values in a statement."""


def write_history(data: Path, shots: int) -> None:
    """Note jobs of a hundred finished shots each, after `quick_shots.prepare`.

    Every shot has a result of its own, whose files are those of the earlier one, and they lie in
    the job's folder. No server may run there.
    """
    database = open_database(data / "jobs.sqlite3")
    try:
        results = SharedResults(database, Blobs(data / "blobs"))
        files = results.files(EARLIER)
        (earlier,) = Result.select().where(Result.hash == EARLIER)
        with database.atomic():
            for start in range(0, shots, _PER_JOB):
                number = min(_PER_JOB, shots - start)
                document, time = board(number, first=start), now()
                job = f"history-{start:07d}"
                folder = data / "jobs" / job
                folder.mkdir(parents=True)
                (folder / SEQUENCE).write_text("{}")
                for shot in document["shots"]:
                    results.place_now(EARLIER, folder / SHOTS / shot["id"])
                Job.create(
                    id=job, title=document["title"], storyboard=json.dumps(document),
                    content=job, model=MODEL, depth_model=DEPTH, state=JobState.FINISHED,
                    position=float(start), created=time, ended=time,
                )  # fmt: skip
                hashes = [f"{start + at + 1:064x}" for at in range(number)]
                _insert(Result, [
                    {"hash": one, "picture": earlier.picture, "model": MODEL, "seconds": 1.0,
                     "made": time, "used": time}
                    for one in hashes
                ])  # fmt: skip
                _insert(ResultFile, [
                    {"result": one, "path": file.path, "sha256": file.sha256, "size": file.size}
                    for one in hashes
                    for file in files
                ])  # fmt: skip
                _insert(Shot, [
                    {"job": job, "name": shot["id"], "number": at, "folder": shot["id"],
                     "state": ShotState.FINISHED, "result": hashes[at], "layers": 2, "tries": 1,
                     "seconds": 1.0, "prompt": shot["prompt"], "seed": shot["seed"],
                     "finished": time}
                    for at, shot in enumerate(document["shots"])
                ])  # fmt: skip
    finally:
        database.close()


def _insert(table: Any, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), _ROWS):
        table.insert_many(rows[start : start + _ROWS]).execute()
