"""What each job was submitted as, beside the database: from it a lost queue is rebuilt."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from multiplane.contract.errors import MultiplaneError
from multiplane.contract.regular_file import read_regular
from multiplane.deliver.folder import replacing_file
from multiplane.server.jobs.migrations import without_keep_layers
from multiplane.server.jobs.tables import Job, Shot, Variation

_LOGGER = logging.getLogger(__name__)
_MOST_BYTES = 2**28
_SCHEMA = "multiplane/submitted/2"


class SubmittedShot(BaseModel):
    """A shot's row as it was at first. error: JSON, of one that could not be made.

    keep_layers, favourite: as they are now; version 1 of this file had the first in the storyboard.
    """

    model_config = ConfigDict(frozen=True)

    name: str = Field(min_length=1)
    number: int = Field(ge=0)
    folder: str = Field(pattern=r"^[^./\\\x00-\x1f][^/\\\x00-\x1f]*$")
    prompt: str | None
    seed: int | None
    error: str | None
    keep_layers: bool = False
    favourite: bool = False


class SubmittedVariation(BaseModel):
    """Of a variation of another job's shot: the fields of `Variation`, as it was begun."""

    model_config = ConfigDict(frozen=True)

    base: str
    seed: int
    of_job: str
    of_shot: str


class SubmittedJob(BaseModel):
    """A job's row, and its shots'. storyboard: JSON, as the job has it now."""

    model_config = ConfigDict(frozen=True)

    schema_: str = Field(default=_SCHEMA, alias="schema")
    title: str
    storyboard: str
    content: str
    folder: str | None
    model: str
    depth_model: str
    paused: bool
    position: float
    created: str
    shots: list[SubmittedShot]
    variation: SubmittedVariation | None = None


class SubmittedJobs:
    """A file for each job in a folder, by its id.

    They only serve when the database is lost: what the disk refuses is logged, and all goes on.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, job: Job, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write down a job. rows: of its shots, with the fields of `SubmittedShot`."""
        names = SubmittedShot.model_fields
        document = {
            "schema": _SCHEMA,
            **{
                name: getattr(job, name)
                for name in SubmittedJob.model_fields
                if name not in ("schema_", "shots", "variation")
            },
            "variation": _variation(str(job.id)),
            "shots": [{name: row[name] for name in names if name in row} for row in rows],
        }
        try:
            with replacing_file(self._path(str(job.id))) as fresh:
                fresh.write_text(json.dumps(document), encoding="utf-8")
        except (MultiplaneError, OSError) as error:
            _LOGGER.warning("A job was not written down beside the database: %s", error)

    def change(self, job: Job, shots: Iterable[Shot]) -> None:
        """The job has another storyboard now."""
        names = SubmittedShot.model_fields
        self.keep(job, [{name: getattr(shot, name) for name in names} for shot in shots])

    def forget(self, id_: str) -> None:
        self._path(id_).unlink(missing_ok=True)

    def ids(self) -> list[str]:
        """Of all jobs that are written down."""
        try:
            return sorted(path.stem for path in self._folder.glob("*.json"))
        except OSError:
            return []

    def read(self, id_: str) -> SubmittedJob | None:
        """A job as it was written down; None where there is none that can be read."""
        try:
            text = read_regular(self._path(id_), _MOST_BYTES)
            read = SubmittedJob.model_validate_json(text)
            return read if read.schema_ == _SCHEMA else _from_1(read)
        except (OSError, ValueError, ValidationError):
            return None

    def _path(self, id_: str) -> Path:
        return self._folder / f"{id_}.json"


def _variation(job: str) -> dict[str, object] | None:
    row = Variation.get_or_none(Variation.job == job)
    if row is None:
        return None
    return {name: getattr(row, name) for name in SubmittedVariation.model_fields}


def _from_1(read: SubmittedJob) -> SubmittedJob:
    storyboard, names = without_keep_layers(read.storyboard)
    shots = [shot.model_copy(update={"keep_layers": shot.name in names}) for shot in read.shots]
    return read.model_copy(update={"storyboard": storyboard, "shots": shots})
