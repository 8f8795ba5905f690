"""What SQLite or the disk refused, told by its cause: each has its own code and its own remedy.

No remedy moves the database away: who does that hides their jobs from the server.
"""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

from multiplane.contract.errors import Failure
from multiplane.contract.full_disk import disk_full, is_full, with_causes
from multiplane.contract.told_values import Values

SQLITE_ERRORS = (sqlite3.Error, UnicodeDecodeError)
"""What a call of SQLite raises. The second: Python could not read SQLite's own message, where it
quotes a damaged schema."""
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}


def sqlite_code(error: BaseException) -> int | None:
    """SQLite's primary result code behind an error, also behind peewee's of the same name."""
    for met in with_causes(error):
        inner = next((arg for arg in met.args if isinstance(arg, sqlite3.Error)), met)
        code = getattr(inner, "sqlite_errorcode", None)
        if code is not None:
            return int(code) & 0xFF  # the rest says more closely what kind of it
    return None


def is_damage(error: BaseException) -> bool:
    """Whether SQLite met, or Python while it read its text, what no writer has written."""
    code = sqlite_code(error)
    return code in _DAMAGED or (code is None and "decode" in str(error).lower())


def refusal(path: Path, error: BaseException) -> Failure:
    """The Failure for what SQLite refused to do with the database at `path`."""
    code = sqlite_code(error)
    if is_full(error) or (code == sqlite3.SQLITE_IOERR and _no_room(path)):
        remedy = "Free some space and start again; the database needs no repair."
        return disk_full(remedy, code="server.disk_full", file=str(path))
    values: Values = {}
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        kind, message, remedy = (
            "database_locked", "Another program holds the database.",
            "Close the program that has it open, such as a database browser, and start again.",
        )  # fmt: skip
    elif code == sqlite3.SQLITE_READONLY:
        kind, message, remedy = (
            "database_read_only", "The database, its folder or its disk can only be read.",
            "Make them writable, or give another folder with --data.",
        )  # fmt: skip
    elif path.is_dir():
        kind, message, remedy = (
            "database_is_folder", "A folder has the database's name.",
            "Rename that folder and start again: the history is rebuilt.",
        )  # fmt: skip
    elif code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH):
        kind, message, remedy = (
            "database_permission", "There is no permission to open the database.",
            "Give yourself the right to read and write it and its folder.",
        )  # fmt: skip
    elif is_damage(error):
        kind, message, remedy = (
            "database_damaged", "The database cannot be used, for it is damaged: {why}.",
            "Start the server again: it sets the damaged file aside, keeps all jobs' files, and "
            "goes on from the newest backup.",
        )  # fmt: skip
        values = {"why": str(error)}
    else:
        kind, message, remedy = (
            "database_unreadable", "The database cannot be used: {why}.",
            "Check the disk, and start again.",
        )  # fmt: skip
        values = {"why": str(error)}
    return Failure(f"server.{kind}", message, file=str(path), remedy=remedy, values=values)


def _no_room(path: Path) -> bool:
    """SQLite says of some writes only that they failed."""
    try:
        return shutil.disk_usage(path.parent).free < 2**20
    except OSError:
        return False
