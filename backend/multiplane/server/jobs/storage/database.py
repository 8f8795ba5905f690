"""The database as a start finds it: checked, and where it is lost or damaged, brought back.

What is damaged is set aside, never written over. The newest sound backup comes in its place;
without one the history is rebuilt from the files of jobs (`storage.adoption`). After a clean stop
the database is known to be whole by its seal, a hash of it: so a long history is not read through
at every start.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import sqlite3
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from peewee import SqliteDatabase

from multiplane.contract import full_disk
from multiplane.contract.data_folder import DataFolder
from multiplane.contract.errors import Failure
from multiplane.deliver.folder import explain
from multiplane.server.jobs.storage import backups
from multiplane.server.jobs.storage.faults import faults
from multiplane.server.jobs.storage.refusals import SQLITE_ERRORS, is_damage, refusal
from multiplane.server.jobs.storage.set_aside import set_aside
from multiplane.server.jobs.tables import VERSION, lacking, newer, open_database

_LOGGER = logging.getLogger(__name__)
_BESIDE = ("-wal", "-shm", "-journal")
_LAST_VERSION = 1000
"""A higher number was never given to tables: it is damage, not a newer program."""


@dataclass
class History:
    """An open database. complete: false when files may tell of more than it does."""

    database: SqliteDatabase
    complete: bool = True
    notices: list[str] = field(default_factory=list)


def open_history(data: DataFolder) -> History:
    """Open the database, or what can be had of it.

    Raises Failure, by its cause `server.database_newer`, `server.database_locked`,
    `server.database_read_only`, `server.database_permission`, `server.disk_full` and so on: then
    nothing was changed.
    """
    path = data.database
    try:
        return _opened(data)
    except SQLITE_ERRORS as error:
        raise refusal(path, error) from error
    except OSError as error:
        failure = explain(error, path)
        if failure.code == full_disk.CODE:
            raise refusal(path, error) from error
        raise failure from error


def close_history(data: DataFolder, database: SqliteDatabase) -> None:
    """Back the database up, close it, and seal it: a clean stop."""
    try:
        backups.back_up(data)
    except (sqlite3.Error, OSError, ValueError) as error:
        _LOGGER.warning("The database was not backed up: %s", error)
    database.close()
    wal = Path(f"{data.database}-wal")
    try:
        if not wal.exists() or not wal.stat().st_size:  # else another program reads it just now
            _seal(data).write_text(json.dumps(_digest(data.database)) + "\n", encoding="ascii")
    except OSError as error:
        _LOGGER.info("The database was not sealed: %s", error)


def is_sealed(data: DataFolder) -> bool | None:
    """Whether the database is as a clean stop left it; None where there was no clean stop."""
    wal = Path(f"{data.database}-wal")
    try:
        said = json.loads(_seal(data).read_text(encoding="ascii"))
        if wal.exists() and wal.stat().st_size:
            return None
        return bool(said == _digest(data.database))
    except (OSError, ValueError):
        return None


def _opened(data: DataFolder) -> History:
    path, notices = data.database, []
    if not path.exists():
        return _brought_back(data, "The database was missing")
    if path.is_file() and path.stat().st_size == 0:
        return _brought_back(data, "The database was empty")
    sealed = is_sealed(data)
    if sealed is not True:
        fault = fault_of(path)
        if fault:
            where = _set_database_aside(data)
            return _brought_back(data, f"The database was damaged ({fault}) and is now {where}")
    if sealed is False:
        notices.append(
            "The database was changed since the last stop, by another program. It is whole; files "
            "that it does not know are looked through. Backups lie in "
            f"{data.backups}."
        )
    if _version(path) not in (0, VERSION):
        backups.back_up(data)  # what an upgrade changes can be had again
    try:
        database = open_database(path)
    except Failure as failure:
        # A fault where nothing is looked through: in the pages of the schema.
        if failure.code != "server.database_damaged":
            raise
        where = _set_database_aside(data)
        return _brought_back(data, f"The database was damaged and is now {where}")
    _seal(data).unlink(missing_ok=True)
    return History(database, complete=sealed is not False, notices=notices)


def fault_of(path: Path) -> str:
    """The first fault of a database that no server has open; "" for a sound one.

    Raises Failure `server.database_newer`, and sqlite3.Error for what is no damage.
    """
    with contextlib.closing(sqlite3.connect(path, timeout=5.0)) as opened:
        try:
            (version,) = opened.execute("PRAGMA user_version").fetchone()
            rows = opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        except SQLITE_ERRORS as error:
            if is_damage(error):
                return str(error)
            raise
        if VERSION < version <= _LAST_VERSION:
            raise newer(path, version)
        if not 0 <= version <= VERSION:
            return f"its version {version} was never given"
        tables = {row[0] for row in rows}
        if tables and {"job", "shot"}.isdisjoint(tables):
            return "its tables are another program's"
        if tables and (version == 0 or (version == 1) != ("delivery" not in tables)):
            return f"it says that it is of version {version}, and its tables are not"
        return faults(opened) or (lacking(opened) if version == VERSION else "")


def _version(path: Path) -> int:
    with contextlib.closing(sqlite3.connect(path, timeout=5.0)) as opened:
        return int(opened.execute("PRAGMA user_version").fetchone()[0])


def _brought_back(data: DataFolder, why: str) -> History:
    """A database in the place of one that is not there (any more)."""
    for suffix in _BESIDE:  # of another database: this one must not take it for its own
        beside = Path(f"{data.database}{suffix}")
        if beside.exists():
            set_aside(data, beside, f"{beside.name}-{_stamp()}")
    _seal(data).unlink(missing_ok=True)
    backup = backups.newest_sound(data)
    if backup is not None:
        backups.restore(data, backup)
        said = f"{why}. The backup of {backups.made_at(backup)} was restored"
    else:
        data.database.unlink(missing_ok=True)  # it is empty
        said = f"{why}. There was no backup"
    database = open_database(data.database)
    is_first = backup is None and not _has_files(data)
    notices = [] if is_first else [f"{said}; what it lacks is taken from the files of the jobs."]
    return History(database, complete=is_first, notices=notices)


def _has_files(data: DataFolder) -> bool:
    for folder in (data.jobs, data.submitted, data.blobs, data.set_aside):
        with contextlib.suppress(OSError):
            if any(folder.iterdir()):
                return True
    return False


def _set_database_aside(data: DataFolder) -> Path:
    name = f"{data.database.name}-{_stamp()}"
    where = set_aside(data, data.database, name)
    for suffix in _BESIDE:
        beside = Path(f"{data.database}{suffix}")
        if beside.exists():
            set_aside(data, beside, f"{name}{suffix}")
    return where


def _stamp() -> str:
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S")


def _seal(data: DataFolder) -> Path:
    return data.root / f"{data.database.name}.seal"


def _digest(path: Path) -> dict[str, object]:
    with path.open("rb") as stream:
        return {
            "sha256": hashlib.file_digest(stream, "sha256").hexdigest(),
            "bytes": path.stat().st_size,
        }
