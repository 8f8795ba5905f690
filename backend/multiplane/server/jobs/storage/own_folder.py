"""The data folder as the server's own: known by its mark, private, and held by one server.

What is not a server's folder is never taken for one: whoever names the wrong folder by mistake
keeps all that is in it.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sqlite3
import stat
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from urllib.parse import quote

from filelock import FileLock, Timeout

from multiplane.contract import full_disk
from multiplane.contract.data_folder import DataFolder
from multiplane.contract.errors import Failure, MultiplaneError
from multiplane.contract.full_disk import disk_full
from multiplane.contract.layout import SEQUENCE, manifest_path
from multiplane.contract.regular_file import kind_of, open_regular, read_regular
from multiplane.deliver.folder import explained, replacing_file
from multiplane.server.jobs.storage.refusals import SQLITE_ERRORS
from multiplane.server.jobs.storage.token_file import TOKEN_FORM

SCHEMA = "multiplane/data-folder/1"
_NEWER = re.compile(r"multiplane/data-folder/(\d+)")

_FOLDERS = ("jobs", "blobs", "work", "logs", "submitted", "backups", "set-aside", "removed")
_FILES = (
    "token", "port", "server.json", "server.lock", "multiplane-data.json", "jobs.sqlite3",
    "jobs.sqlite3-wal", "jobs.sqlite3-shm", "jobs.sqlite3.seal", "reserve",
    "certificate.pem", "certificate-key.pem",
)  # fmt: skip
"""Names in the folder that the server reads, writes or deletes."""
_NEUTRAL = {
    # Other parts of Multiplane keep these in the user's data folder.
    "models", "uxp", "panel_keys",
    # Systems put these into any folder, or into the root of a new disk.
    ".ds_store", ".localized", ".fseventsd", ".spotlight-v100", ".trashes", "desktop.ini",
    "thumbs.db", "lost+found", "system volume information", "$recycle.bin",
}  # fmt: skip
"""Small letters. A folder with nothing else is as good as empty."""
_SQLITE = b"SQLite format 3\0"
_MOST_BYTES, _LARGEST = 2**16, 2**50
"""Of the mark and the token, and of any file that is only begun to be read."""


class Standing(Enum):
    """What a data folder is before a server takes it."""

    NEW = "new"
    MARKED = "marked"
    EARLIER = "of an earlier version"  # which left no mark


def examine(data: DataFolder) -> Standing:
    """Whether the folder is a server's, or may become one. Nothing in it is changed.

    Raises Failure `server.data_foreign`, `server.data_not_a_folder`, `server.data_link`,
    `server.data_kind`, `server.data_owner`, `server.data_newer`, and what the disk refuses.
    """
    root = data.root
    with _refusals(root):
        _check_is_folder(root)
        try:
            found = root.stat()
        except FileNotFoundError:
            return Standing.NEW
        names = os.listdir(root)
        if os.name != "nt" and found.st_uid != os.geteuid():
            raise Failure(
                "server.data_owner",
                "This data folder belongs to another user.",
                file=str(root),
                value=f"user id {found.st_uid}, not {os.geteuid()}",
                remedy="Start the server as that user, or give a folder of your own with --data.",
            )
        _check_links(root)
        marked = _is_marked(data)
        if not marked and all(name.lower() in _NEUTRAL for name in names):
            return Standing.NEW
        if marked or is_of_a_server(data):
            _check_kinds(root)
            return Standing.MARKED if marked else Standing.EARLIER
    shown = ", ".join(sorted(names)[:5]) + (", ..." if len(names) > 5 else "")
    raise Failure(
        "server.data_foreign",
        "This folder is not empty, and no Multiplane server's. Nothing in it was touched.",
        file=str(root),
        value=shown,
        remedy="Give a new or an empty folder with --data.",
    )


def prepare(data: DataFolder) -> None:
    """Make the folder, or take it as it is: private, and marked. Raises as `examine`."""
    standing = examine(data)
    with _refusals(data.root):
        data.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        if os.name != "nt":
            data.root.chmod(0o700)
        if standing is not Standing.MARKED:
            _mark(data)


@contextlib.contextmanager
def hold(data: DataFolder) -> Iterator[None]:
    """Take the data folder for this process, private and marked, and keep it.

    Raises as `examine`, and Failure `server.running` with who has it.
    """
    prepare(data)
    with contextlib.ExitStack() as stack:
        _lock_folder(stack, data)
        with _refusals(data.root):
            lock = FileLock(data.root / "server.lock", mode=0o600)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                raise _running(data) from None
        stack.callback(lock.release)
        yield


def own_names() -> tuple[str, ...]:
    """All names in a data folder that the server writes, but for what was set aside in it."""
    return tuple(name for name in (*_FOLDERS, *_FILES) if name != "set-aside")


def is_of_a_server(data: DataFolder) -> bool:
    """Whether a folder without a mark was made by a server of an earlier version."""
    try:
        if TOKEN_FORM.fullmatch(read_regular(data.token, _MOST_BYTES).decode("ascii").strip()):
            return True
    except (OSError, ValueError):
        pass
    return _is_our_database(data.database) or _has_our_files(data)


def _mark(data: DataFolder) -> None:
    text = json.dumps({"schema": SCHEMA, "note": "A Multiplane server keeps its work here."})
    with replacing_file(data.mark) as fresh:
        fresh.write_text(text + "\n", encoding="utf-8")


def _is_marked(data: DataFolder) -> bool:
    try:
        schema = str(json.loads(read_regular(data.mark, _MOST_BYTES))["schema"])
    except (OSError, ValueError, KeyError, TypeError):
        return False  # a damaged one is made anew where all else shows whose the folder is
    newer = _NEWER.fullmatch(schema)
    if schema != SCHEMA and newer:
        raise Failure(
            "server.data_newer",
            "This data folder was made by a newer version of Multiplane ({version}).",
            file=str(data.mark),
            remedy="Install the newest Multiplane, or give another folder with --data.",
            values={"version": newer[1]},
        )
    return schema == SCHEMA


def _is_our_database(path: Path) -> bool:
    try:
        with open_regular(path, _LARGEST) as stream:
            if stream.read(len(_SQLITE)) != _SQLITE:
                return False
        opened = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)
    except (OSError, sqlite3.Error):
        return False
    with contextlib.closing(opened):
        try:
            rows = opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        except SQLITE_ERRORS:
            return True  # damaged; its name and its kind are ours
    return {("job",), ("shot",)} <= set(rows)


def _has_our_files(data: DataFolder) -> bool:
    """Both a job's files and blobs: a folder of somebody's renders has no blobs beside them."""
    digits = "[0-9a-f]"
    if not any(data.blobs.glob(f"{digits}{digits}/{digits * 64}")):
        return False
    for pattern in (f"*/{SEQUENCE}", f"*/{manifest_path('*')}"):
        for path in data.jobs.glob(pattern):
            with contextlib.suppress(OSError), open_regular(path, _LARGEST) as stream:
                if b"multiplane/" in stream.read(4096):
                    return True
    return False


def _check_is_folder(root: Path) -> None:
    """Of the folder itself, or of the nearest one above it that is there."""
    there = root
    while not os.path.lexists(there) and there != there.parent:
        there = there.parent
    if not there.is_dir():
        raise Failure(
            "server.data_not_a_folder",
            "A link to nothing is where the data folder should be."
            if there.is_symlink()
            else "A file is where the data folder should be.",
            file=str(there),
            remedy="Move it away, or give another folder with --data.",
        )


def _check_links(root: Path) -> None:
    for name in _FOLDERS + _FILES:
        path = root / name
        if path.is_symlink() or _is_junction(path):
            raise Failure(
                "server.data_link",
                "A link stands where the server keeps its own; it is not followed.",
                file=str(path),
                value=_target(path),
                remedy="Put what it leads to here in its place; or, to have all on another disk, "
                "move the whole folder there and give it with --data.",
            )


def _check_kinds(root: Path) -> None:
    """A pipe would be waited for, and what else is in the way is somebody's: it is named."""
    for name in _FOLDERS + _FILES:
        path = root / name
        try:
            mode = path.lstat().st_mode
        except FileNotFoundError:
            continue
        folder = name in _FOLDERS
        if stat.S_ISDIR(mode) if folder else stat.S_ISREG(mode):
            continue
        raise Failure(
            "server.data_kind",
            "{what} stands where the server keeps a folder of its own. It was not touched."
            if folder
            else "{what} stands where the server keeps a file of its own. It was not touched.",
            file=str(path),
            remedy="Move it away and start again; what the server lacks then, it makes anew.",
            values={"what": kind_of(mode).capitalize()},
        )


def _target(link: Path) -> str | None:
    try:
        return os.readlink(link)
    except OSError:
        return None


def _is_junction(path: Path) -> bool:
    """Windows' links to folders, which are no symbolic links."""
    try:
        attributes = getattr(path.lstat(), "st_reparse_tag", 0)
    except OSError:
        return False
    return bool(attributes == getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", -1))


def _lock_folder(stack: contextlib.ExitStack, data: DataFolder) -> None:
    """Lock the folder itself: a lock's file can be deleted, and a second server would make one.

    Windows lets nobody delete the file. Where folders cannot be locked, the file has to do.
    """
    if os.name == "nt":
        return
    import fcntl

    with _refusals(data.root):
        handle = os.open(data.root, os.O_RDONLY | os.O_DIRECTORY)
    stack.callback(os.close, handle)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise _running(data) from None
    except OSError:
        return


def _running(data: DataFolder) -> Failure:
    try:
        address = data.read_address()
        who = f"Process {address.pid} serves it at {address.url}."
    except MultiplaneError:
        who = "Another server is just starting or stopping."
    return Failure(
        "server.running",
        "This data folder is in use. {who}",
        file=str(data.root),
        remedy="Use that server, stop it, or give another folder with --data.",
        values={"who": who},
    )


@contextlib.contextmanager
def _refusals(root: Path) -> Iterator[None]:
    """What the disk refuses, as a Failure whose remedy is about the data folder."""
    try:
        with explained(root):
            yield
    except Failure as failure:
        if not failure.code.startswith("deliver."):
            raise
        if failure.code == full_disk.CODE:
            remedy = "Free some space; nothing has to be moved or deleted in the data folder."
            raise disk_full(remedy, code="server.disk_full", file=str(root)) from failure
        raise Failure(
            "server.data_not_writable",
            "The data folder cannot be used: {why}",
            file=str(root),
            remedy="Change its permissions, or give another folder with --data or MULTIPLANE_DATA.",
            values={"why": failure.message},
        ) from failure
