"""The database: jobs, their shots, and the results that shots share. SQLite, write-ahead log.

Times are UTC in RFC 3339 with microseconds, so that they sort as text. One process opens it, and
only its event loop's thread uses it: every change is one short transaction.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from peewee import (
    SQL,
    AutoField,
    BooleanField,
    CompositeKey,
    DatabaseError,
    FloatField,
    ForeignKeyField,
    IntegerField,
    Model,
    Node,
    SqliteDatabase,
    TextField,
)

from multiplane.contract.errors import Failure
from multiplane.contract.messages_common import DeliveryState, JobState, LookState, ShotState
from multiplane.server.jobs.migrations import upgrade
from multiplane.server.jobs.storage.refusals import SQLITE_ERRORS, refusal

VERSION = 7
"""Of the tables, in the database's `user_version`; `migrations` brings older ones here."""
_ZERO: list[Node] = [SQL("DEFAULT 0")]


class Job(Model):
    id = TextField(primary_key=True)
    title = TextField()
    storyboard = TextField()  # JSON, as it was sent
    content = TextField()  # hash of what was submitted
    folder = TextField(null=True)  # where relative paths start
    model = TextField()
    depth_model = TextField()
    state = TextField(default=JobState.QUEUED, index=True)  # follows from its shots
    paused = BooleanField(default=False)
    position = FloatField(index=True)
    created = TextField(index=True)
    ended = TextField(null=True, index=True)
    # Tells it from a later job with the same id: that of its delivery, never used twice.
    generation = IntegerField(default=0, constraints=_ZERO)


class Delivery(Model):
    """Writing the files of a whole storyboard: one for each job."""

    id = AutoField(constraints=[SQL("AUTOINCREMENT")])
    job = ForeignKeyField(Job, unique=True, on_delete="CASCADE")
    job_id: str
    state = TextField(default=DeliveryState.WAITING, index=True)
    tries = IntegerField(default=0)
    kills = IntegerField(default=0)  # of its worker, from outside
    error = TextField(null=True)  # JSON; why they were not written
    generation = IntegerField(default=0)  # counts its moves: who knows an older one may not move it


class Shot(Model):
    id = AutoField(constraints=[SQL("AUTOINCREMENT")])  # never used twice, also after a removal
    job = ForeignKeyField(Job, backref="shots", on_delete="CASCADE")
    job_id: str
    name = TextField()  # its id in the storyboard
    number = IntegerField()  # from 0
    folder = TextField()
    state = TextField(default=ShotState.QUEUED, index=True)
    result = TextField(null=True, index=True)  # content hash
    layers = IntegerField(null=True)
    doubts = TextField(null=True)  # JSON, a list of `NoticeEntry`: what may be wrong in it
    reused = BooleanField(default=False)
    tries = IntegerField(default=0)
    kills = IntegerField(default=0, constraints=_ZERO)  # of its workers, from outside
    plan = IntegerField(default=0, constraints=_ZERO)  # how often memory ran out as it was painted
    generation = IntegerField(default=0, constraints=_ZERO)  # counts its moves, as a delivery's
    # Only its camera was changed: its layers stay, whatever the camera needs.
    keep_layers = BooleanField(default=False, constraints=_ZERO)
    # JSON (`made_before.MadeBefore`), as long as a shot that was made is to be made anew.
    made_before = TextField(null=True)
    seconds = FloatField(null=True)
    error = TextField(null=True)  # JSON
    prompt = TextField(null=True)
    seed = IntegerField(null=True)
    finished = TextField(null=True, index=True)
    favourite = BooleanField(default=False, constraints=_ZERO)

    class Meta:
        indexes = (
            (("job", "number"), True),
            (("job", "name"), True),
            (("job", "state", "kills", "number"), False),  # counting, and choosing the next
        )


class Look(Model):
    """Words that are to be looked for in a shot's picture. One that has ended has no row."""

    id = AutoField(constraints=[SQL("AUTOINCREMENT")])
    shot = ForeignKeyField(Shot, on_delete="CASCADE")
    words = TextField()  # JSON, a list
    state = TextField(default=LookState.WAITING)
    tries = IntegerField(default=0)
    kills = IntegerField(default=0)  # of its workers, from outside
    plan = IntegerField(default=0)  # as a shot's


class Result(Model):
    """A finished shot's files, under the hash of all that made them."""

    hash = TextField(primary_key=True)
    picture = TextField(index=True)  # hash of what its layers are made of
    model = TextField(index=True)
    seconds = FloatField()
    made = TextField()
    used = TextField(index=True)


class ResultFile(Model):
    result = ForeignKeyField(Result, backref="files", on_delete="CASCADE")
    path = TextField()  # in the shot's folder
    sha256 = TextField(index=True)
    size = IntegerField()

    class Meta:
        primary_key = CompositeKey("result", "path")


class Upload(Model):
    sha256 = TextField(primary_key=True)
    size = IntegerField()
    created = TextField()


class UploadUse(Model):
    """A job's storyboard names this upload."""

    job = ForeignKeyField(Job, on_delete="CASCADE")
    sha256 = TextField(index=True)

    class Meta:
        primary_key = CompositeKey("job", "sha256")


class Variation(Model):
    """A job of one shot that is a variation of another job's: the same shot with another seed."""

    job = ForeignKeyField(Job, backref="variations", primary_key=True, on_delete="CASCADE")
    job_id: str
    base = TextField(index=True)  # hash of all that makes its picture but the seed
    seed = IntegerField()
    of_job = TextField()  # for which it was begun; it may be gone
    of_shot = TextField()
    edits = TextField(null=True)  # JSON (`ShotEdits`): by hand, when a shot had its picture last


class Setting(Model):
    name = TextField(primary_key=True)
    value = TextField()


Shot.add_index(Shot.index(Shot.job, where=Shot.made_before.is_null(False), name="shot_made_before"))
TABLES = [Job, Delivery, Shot, Look, Result, ResultFile, Upload, UploadUse, Variation, Setting]


def open_database(path: Path) -> SqliteDatabase:
    """Open or make the database and bind the tables to it.

    Raises Failure `server.database_newer`, and as `refusal` for what SQLite refuses; the refused
    error is its cause.
    """
    database = SqliteDatabase(
        str(path),
        pragmas={
            "journal_mode": "wal",
            # A commit is on the disk when it returns: "accepted" must outlast a power cut.
            "synchronous": "full",
            "foreign_keys": 1,
            "busy_timeout": 5000,
            "cache_size": -8000,  # KiB
        },
    )
    try:
        database.connect()
        found = database.pragma("user_version")
        if found > VERSION:
            raise newer(path, found)
        database.bind(TABLES)
        with database.atomic():
            upgrade(database, found)
            database.create_tables(TABLES)
            if found != VERSION:  # a start on a full disk writes nothing that is there already
                database.pragma("user_version", VERSION)
    except (DatabaseError, UnicodeDecodeError) as error:  # as `SQLITE_ERRORS`
        database.close()
        raise refusal(path, error) from error
    except BaseException:
        database.close()
        raise
    return database


def lacking(opened: sqlite3.Connection) -> str:
    """The first table or column of this version's that a database has not; "" when it has all."""
    for table in TABLES:
        meta = table._meta
        asked = opened.execute(f'PRAGMA table_info("{meta.table_name}")')
        found = {str(row[1]) for row in asked}
        missing = [column for column in meta.columns if column not in found]
        if missing and found:
            return f"its table {meta.table_name} has no {missing[0]}"
        if missing:
            return f"it has no table {meta.table_name}"
    return ""


def damage(database: SqliteDatabase) -> str:
    """What SQLite's own thorough check finds wrong; "" when the database is whole."""
    try:
        rows = [str(row[0]) for row in database.execute_sql("PRAGMA integrity_check")]
        rows += [str(row) for row in database.execute_sql("PRAGMA foreign_key_check")]
    except (DatabaseError, *SQLITE_ERRORS) as error:  # peewee's, or while rows are read
        return str(error)
    return "" if rows == ["ok"] else "; ".join(rows)


def newer(path: Path, version: int) -> Failure:
    return Failure(
        "server.database_newer",
        "It was written by a newer version of Multiplane ({version}); nothing was changed.",
        file=str(path),
        remedy="Install the newest Multiplane, or give another folder with --data.",
        values={"version": str(version)},
    )


def now() -> str:
    return as_text(datetime.now(UTC))


def as_text(time: datetime) -> str:
    """A time in UTC as all columns have it."""
    return time.isoformat(timespec="microseconds").replace("+00:00", "Z")
