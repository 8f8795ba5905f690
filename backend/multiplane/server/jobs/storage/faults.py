"""What may be wrong within a database: its pages, and values that no writer has written."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator

from peewee import (
    AutoField,
    BooleanField,
    Field,
    FloatField,
    ForeignKeyField,
    IntegerField,
    Model,
)
from pydantic import TypeAdapter, ValidationError

from multiplane.contract.document import ErrorEntry
from multiplane.contract.manifest import RelativePath
from multiplane.contract.messages_common import DeliveryState, JobId, JobState, LookState, ShotState
from multiplane.server.jobs.storage.refusals import SQLITE_ERRORS, is_damage
from multiplane.server.jobs.tables import TABLES, Result, ResultFile, Upload

_JOB_ID = TypeAdapter(JobId)
_PATH = TypeAdapter(RelativePath)
_DIGEST = re.compile(r"[0-9a-f]{64}")
_FOLDER = re.compile(r"[^./\\\x00-\x1f][^/\\\x00-\x1f]*")
"""A shot's folder: one name, not hidden, no way up."""


def faults(database: sqlite3.Connection) -> str:
    """The first thing that is wrong in the database; "" when all of it is sound.

    database: opened in the ordinary way, strict about its text. Raises sqlite3.Error for what is
    no damage: a lock, a full disk.
    """
    try:
        return next(_all_faults(database), "")
    except SQLITE_ERRORS as error:
        if is_damage(error):
            return str(error)
        raise


def _all_faults(database: sqlite3.Connection) -> Iterator[str]:
    rows = [str(row[0]) for row in database.execute("PRAGMA quick_check")]
    if rows != ["ok"]:
        yield "; ".join(rows)[:500]
    there = {row[0] for row in database.execute("SELECT name FROM sqlite_master")}
    for table in TABLES:
        if table._meta.table_name in there:
            yield from _of_types(database, table)
    if rows := database.execute("PRAGMA foreign_key_check").fetchall():
        yield f"a row of {rows[0][0]} belongs to none of {rows[0][2]}"
    if {"job", "shot"} <= there:
        yield from _of_jobs(database)
    if "delivery" in there:
        yield from _of_deliveries(database)
    if "look" in there:
        yield from _of_looks(database)
    if {"result", "resultfile", "upload"} <= there:
        yield from _of_files(database)


def _of_types(database: sqlite3.Connection, table: type[Model]) -> Iterator[str]:
    """Columns that lack, and values of another type: SQLite itself lets any into any column."""
    name, fields = table._meta.table_name, table._meta.sorted_fields
    there = {row[1] for row in database.execute(f"PRAGMA table_info({name})")}
    columns = [field.column_name for field in fields]
    if not set(columns) <= there:
        return  # of an earlier version; its upgrade comes first
    wanted = ", ".join(f'"{column}"' for column in columns)
    allowed = [_types(field) for field in fields]
    met = {tuple(map(type, row)) for row in database.execute(f"SELECT {wanted} FROM {name}")}
    for types in met:
        for column, type_, right in zip(columns, types, allowed, strict=True):
            if type_ not in right:
                yield f"{name}.{column} holds a value of the wrong type ({type_.__name__})"


def _types(field: Field) -> tuple[type, ...]:
    if isinstance(field, ForeignKeyField):
        return _types(field.rel_field)
    if isinstance(field, FloatField):
        right: tuple[type, ...] = (float, int)
    elif isinstance(field, (AutoField, IntegerField, BooleanField)):
        right = (int,)
    else:
        right = (str,)
    return (*right, type(None)) if field.null else right


def _of_jobs(database: sqlite3.Connection) -> Iterator[str]:
    for id_, state, storyboard in database.execute("SELECT id, state, storyboard FROM job"):
        if not _valid(_JOB_ID, id_):
            yield f"a job has the id {id_!r}"
        if state not in set(JobState):
            yield f"the job {id_} is in the state {state!r}"
        try:
            if not isinstance(json.loads(storyboard), dict):
                yield f"the storyboard of {id_} is none"
        except ValueError:
            yield f"the storyboard of {id_} is no JSON"
    states = set(ShotState)
    columns = "job_id, name, number, folder, state, layers, tries, error"
    for row in database.execute(f"SELECT {columns} FROM shot"):
        job, name, number, folder, state, layers, tries, error = row
        if state not in states:
            yield f"the shot {name} of {job} is in the state {state!r}"
        if number < 0 or tries < 0 or (layers is not None and layers < 1) or not name:
            yield f"the shot {name!r} of {job} has a number that cannot be"
        if not _FOLDER.fullmatch(folder):
            yield f"the shot {name} of {job} has the folder {folder!r}"
        if error is not None:
            yield from _of_error(error, f"{job}/{name}")


def _of_deliveries(database: sqlite3.Connection) -> Iterator[str]:
    for job, state, error in database.execute("SELECT job_id, state, error FROM delivery"):
        if state not in set(DeliveryState):
            yield f"the delivery of {job} is in the state {state!r}"
        yield from _of_error(error, job)


def _of_looks(database: sqlite3.Connection) -> Iterator[str]:
    for id_, state, words in database.execute("SELECT id, state, words FROM look"):
        if state not in set(LookState):
            yield f"the search {id_} is in the state {state!r}"
        try:
            if not all(isinstance(word, str) for word in [*json.loads(words)]):
                yield f"the search {id_} has words that are none"
        except (ValueError, TypeError):
            yield f"the words of the search {id_} are no list"


def _of_error(text: str | None, of: str) -> Iterator[str]:
    try:
        if text is not None:
            ErrorEntry.model_validate_json(text)
    except ValidationError:
        yield f"the error of {of} cannot be read"


def _of_files(database: sqlite3.Connection) -> Iterator[str]:
    for table, column in ((Result, "hash"), (ResultFile, "sha256"), (Upload, "sha256")):
        name = table._meta.table_name
        for (value,) in database.execute(f"SELECT DISTINCT {column} FROM {name}"):
            if not _DIGEST.fullmatch(value):
                yield f"{name}.{column} is no digest: {value!r}"
    for (path,) in database.execute("SELECT DISTINCT path FROM resultfile"):
        if not _valid(_PATH, path):
            yield f"a result's file has the path {path!r}"


def _valid(adapter: TypeAdapter[str], value: object) -> bool:
    try:
        adapter.validate_python(value)
    except ValidationError:
        return False
    return True
