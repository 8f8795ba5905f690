"""Earlier generations of the database, each checked before it counts.

Made by SQLite's online backup (https://www.sqlite.org/backup.html): the server goes on meanwhile.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import secrets
import shutil
import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from multiplane.contract.data_folder import DataFolder
from multiplane.server.jobs.blobs import is_plain
from multiplane.server.jobs.storage.faults import faults
from multiplane.server.jobs.storage.refusals import SQLITE_ERRORS
from multiplane.server.jobs.tables import VERSION

_LOGGER = logging.getLogger(__name__)
NEWEST_KEPT, DAYS_KEPT = 3, 3
"""Generations: the newest ones, and the newest of each of so many further days."""
_NAME = re.compile(r"jobs-(\d{8})T(\d{6})\.\d{6}Z\.sqlite3")
_STAMP = "%Y%m%dT%H%M%S.%fZ"
_ROOM_BYTES = 64 * 2**20
"""That a backup leaves free on the disk."""
_one_at_a_time = threading.Lock()


def back_up(data: DataFolder) -> Path | None:
    """A new generation of the database; None when it is as it was, empty, or there is no room.

    Any thread may call it, also while the database is written. Raises sqlite3.Error and OSError,
    and ValueError for a database that is damaged: then the earlier generations stay.
    """
    with _one_at_a_time:
        return _backed_up(data)


def _backed_up(data: DataFolder) -> Path | None:
    size = data.database.stat().st_size
    if shutil.disk_usage(data.root).free < size + _ROOM_BYTES:
        _LOGGER.warning("The database was not backed up: the disk is nearly full.")
        return None
    data.backups.mkdir(exist_ok=True, mode=0o700)
    for left in data.backups.glob(".new-????????.sqlite3"):  # of a server that was killed
        left.unlink(missing_ok=True)
    fresh = data.backups / f".new-{secrets.token_hex(4)}.sqlite3"
    try:
        with (
            contextlib.closing(_connect(data.database, "mode=ro")) as source,
            contextlib.closing(sqlite3.connect(fresh)) as target,
        ):
            source.backup(target)
            # Of write-ahead logging only the name is kept: nothing beside a backup is a part of it.
            target.execute("PRAGMA journal_mode = delete")
            fault = faults(target)
            empty = not any(
                target.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone()
                for table in ("job", "result", "upload")
            )
        if fault:
            raise ValueError(fault)
        newest = next(iter(generations(data)), None)
        if empty or (newest is not None and _same(newest, fresh)):
            return None
        with fresh.open("rb+") as stream:
            os.fsync(stream.fileno())
        backup = data.backups / f"jobs-{datetime.now(UTC).strftime(_STAMP)}.sqlite3"
        fresh.replace(backup)
    finally:
        fresh.unlink(missing_ok=True)
    _prune(data)
    return backup


def generations(data: DataFolder) -> list[Path]:
    """All backups, the newest first."""
    try:
        found = [
            path for path in data.backups.iterdir() if _NAME.fullmatch(path.name) and is_plain(path)
        ]
    except OSError:
        return []
    return sorted(found, key=lambda path: path.name, reverse=True)


def made_at(backup: Path) -> str:
    """When a backup was made, to be read by people, UTC."""
    found = _NAME.fullmatch(backup.name)
    if found is None:
        return backup.name
    day, time = found[1], found[2]
    return f"{day[:4]}-{day[4:6]}-{day[6:]} {time[:2]}:{time[2:4]}:{time[4:]} UTC"


def newest_sound(data: DataFolder) -> Path | None:
    """The newest backup that is whole, and that this version understands."""
    return next((backup for backup in generations(data) if is_sound(backup)), None)


def is_sound(backup: Path) -> bool:
    """Whether a backup is whole. Nothing is written beside it."""
    try:
        with contextlib.closing(_connect(backup, "mode=ro&immutable=1")) as opened:
            (version,) = opened.execute("PRAGMA user_version").fetchone()
            return 0 < version <= VERSION and not faults(opened)
    except (*SQLITE_ERRORS, OSError):
        return False


def restore(data: DataFolder, backup: Path) -> None:
    """Put a copy of `backup` where the database was. Raises OSError."""
    fresh = data.root / f".{data.database.name}-{secrets.token_hex(4)}"
    try:
        shutil.copyfile(backup, fresh)
        with fresh.open("rb+") as stream:
            os.fsync(stream.fileno())
        fresh.replace(data.database)
    finally:
        fresh.unlink(missing_ok=True)


def _connect(path: Path, how: str) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path))}?{how}", uri=True, timeout=5.0)


def _same(path: Path, other: Path) -> bool:
    """Whether two backups have the same content; the header counts writes (at 24 and 92)."""
    with path.open("rb") as first, other.open("rb") as second:
        headers = [bytearray(stream.read(100)) for stream in (first, second)]
        for header in headers:
            header[24:28], header[92:100] = bytes(4), bytes(8)
        if headers[0] != headers[1]:
            return False
        while block := first.read(2**20):
            if second.read(2**20) != block:
                return False
        return not second.read(1)


def _prune(data: DataFolder) -> None:
    found = generations(data)
    kept = set(found[:NEWEST_KEPT])
    days: dict[str, Path] = {}
    for backup in found[NEWEST_KEPT:]:
        days.setdefault(backup.name[:13], backup)
    kept |= set(list(days.values())[:DAYS_KEPT])
    for backup in found:
        if backup not in kept:
            backup.unlink(missing_ok=True)
