"""Folders and files that appear whole or not at all; clear words when the disk refuses."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from multiplane.contract.errors import Failure, MultiplaneError

_NEW, _OLD = ".new-", ".old-"
_TOKEN_BYTES = 4
WINDOWS = os.name == "nt"
ABANDONED_AFTER_S = 3600.0
"""A temporary folder that nothing touched for so long belongs to no running process, s."""
_RENAME_TRIES, _RENAME_PAUSE_S = 10, 0.1


@contextlib.contextmanager
def replacing_folder(target: Path) -> Iterator[Path]:
    """A new folder to fill; on success it takes the place of ``target``, on failure it goes.

    The new folder lies beside the target (same disk, so renaming is enough). An earlier target
    stays as it is until the new one is complete, and is restored if the exchange fails. What a
    killed process left behind is put right first. Raises Failure for what the disk refuses.
    """
    with explained(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        recover(target)
        fresh = target.parent / f".{target.name}{_NEW}{secrets.token_hex(_TOKEN_BYTES)}"
        fresh.mkdir()
        try:
            yield fresh
            _exchange(fresh, target)
        except BaseException:
            shutil.rmtree(fresh, ignore_errors=True)
            raise


@contextlib.contextmanager
def replacing_file(target: Path) -> Iterator[Path]:
    """A new file to write, of the same extension; on success it takes the place of ``target``."""
    with explained(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        token = secrets.token_hex(_TOKEN_BYTES)
        fresh = target.with_name(f".{target.stem}{_NEW}{token}{target.suffix}")
        try:
            yield fresh
            _patiently(fresh, target)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise


def recover(target: Path) -> None:
    """Put right what a killed process left beside ``target``.

    A target that was set aside and never replaced comes back; set-aside copies of a target that
    is there go; unfinished ones go once nothing has touched them for an hour (another process
    may be filling them). Does nothing when the parent is missing.
    """
    if not target.parent.is_dir():
        return
    prefix = f".{target.name}"
    for left in sorted(target.parent.iterdir()):
        if left.name.startswith(prefix + _OLD) and left.is_dir():
            if target.exists():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.rename(target)
        elif left.name.startswith(prefix + _NEW) and _idle(left) > ABANDONED_AFTER_S:
            shutil.rmtree(left, ignore_errors=True)


@contextlib.contextmanager
def explained(target: Path) -> Iterator[None]:
    """Turn an OSError within into a Failure that says what the disk refused and what to do."""
    try:
        yield
    except MultiplaneError:
        raise
    except OSError as error:
        raise explain(error, target) from error


def explain(error: OSError, target: Path) -> Failure:
    """The Failure for ``error`` met while writing ``target``."""
    code = error.errno
    windows = getattr(error, "winerror", None)
    too_long = code == errno.ENAMETOOLONG or windows == 206
    if WINDOWS and len(str(target)) > 200 and code in (errno.ENOENT, errno.EINVAL):
        too_long = True
    if code in (errno.ENOSPC, errno.EDQUOT if hasattr(errno, "EDQUOT") else errno.ENOSPC):
        kind, message, remedy = (
            "disk_full", "The disk is full.", "Free some space, or choose another folder with -o."
        )  # fmt: skip
    elif too_long:
        kind, message, remedy = (
            "path_too_long", "The path is too long for this system.",
            "Choose a folder with a shorter path, or switch on long paths in Windows.",
        )  # fmt: skip
    elif windows in (32, 33) or code == errno.ETXTBSY:
        kind, message, remedy = (
            "file_in_use", "A file in the folder is open in another program.",
            "Close it there and try again.",
        )  # fmt: skip
    elif code in (errno.EROFS, errno.EACCES, errno.EPERM):
        kind, message, remedy = (
            "not_writable", "There is no permission to write here.",
            "Choose another folder, or change its permissions.",
        )  # fmt: skip
    elif code in (errno.ENOTDIR, errno.EEXIST):
        kind, message, remedy = (
            "not_a_folder", "A file is in the way of the folder.",
            "Choose another folder, or move that file away.",
        )  # fmt: skip
    else:
        kind, message, remedy = ("write_failed", f"Writing failed: {error}.", None)
    return Failure(code=f"deliver.{kind}", message=message, file=str(target), remedy=remedy)


def _exchange(fresh: Path, target: Path) -> None:
    if not target.exists():
        _patiently(fresh, target)
        return
    if not target.is_dir():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    aside = target.parent / f".{target.name}{_OLD}{secrets.token_hex(_TOKEN_BYTES)}"
    _patiently(target, aside)
    try:
        _patiently(fresh, target)
    except BaseException:
        aside.rename(target)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _patiently(source: Path, target: Path) -> None:
    """Rename; on Windows virus scanners and previewers hold new files for a moment."""
    for remaining in range(_RENAME_TRIES, -1, -1):
        try:
            source.replace(target)
        except PermissionError:
            if not WINDOWS or not remaining:
                raise
            time.sleep(_RENAME_PAUSE_S)
        else:
            return


def _idle(folder: Path) -> float:
    """Seconds since anything in the folder changed."""
    newest = folder.stat().st_mtime
    for found in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            newest = max(newest, found.stat().st_mtime)
    return time.time() - newest
