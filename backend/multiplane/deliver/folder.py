"""Folders and files that appear whole or not at all; clear words when the disk refuses."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from multiplane.deliver.long_paths import WINDOWS, hidden_stem, openable
from multiplane.deliver.own_files import Made, carry_over, keeper
from multiplane.deliver.refusals import HeldError, explain, explained

__all__ = [
    "ABANDONED_AFTER_S",
    "explain",
    "explained",
    "recover",
    "remove_stale",
    "replacing_file",
    "replacing_folder",
]

_NEW, _OLD = ".new-", ".old-"
_TOKEN_BYTES = 4
ABANDONED_AFTER_S = 3600.0
"""A temporary file or folder that nothing touched for so long belongs to no running process, s."""
_RENAME_TRIES, _RENAME_PAUSE_S = 10, 0.1


@contextlib.contextmanager
def replacing_folder(target: Path, made: Callable[[Path], Made] | None = None) -> Iterator[Path]:
    """A new folder to fill; on success it takes the place of ``target``, on failure it goes.

    The new folder lies beside the target (same disk, so renaming is enough). An earlier target
    stays as it is until the new one is complete, and is restored if the exchange fails. What a
    killed process left behind is put right first. made: what in an earlier target is this
    program's own; the rest is carried over (`made.carry_over`). Without it, all is replaced.
    Raises Failure for what the disk refuses.
    """
    target = openable(target)
    with explained(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        recover(target, made)
        fresh = _beside(target, _NEW)
        fresh.mkdir()
        try:
            yield fresh
            _exchange(fresh, target, made)
        except BaseException:
            shutil.rmtree(fresh, ignore_errors=True)
            raise


@contextlib.contextmanager
def replacing_file(target: Path, *, rewrites: bool = False) -> Iterator[Path]:
    """A new file to write, of the same extension; on success it takes the place of ``target``.

    On failure the new file goes and an earlier one stays. Where an output folder is watched over
    (`made.keeping`), a user's file of that name is set aside, unless the new one `rewrites` it:
    says all that it says. What a killed process left behind is
    removed first. Raises Failure for what the disk refuses.
    """
    target = openable(target)
    with explained(target):
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(target.parent, hidden_stem(target.stem) + _NEW, target.suffix)
        fresh = _beside(target, _NEW, target.suffix)
        try:
            yield fresh
            watching = keeper()
            if watching is not None and not rewrites:
                watching.before(fresh, target)
            _patiently(fresh, target)
            if watching is not None:
                watching.after(target)
        except BaseException:
            # What is left of a file that cannot be removed either is not what went wrong.
            with contextlib.suppress(OSError):
                fresh.unlink(missing_ok=True)
            raise


def remove_stale(path: Path) -> None:
    """Remove what an earlier run wrote and this one does not; a user's own file stays.

    Raises Failure for what the disk refuses.
    """
    watching = keeper()
    if watching is None or watching.may_remove(path):
        with explained(path):
            path.unlink(missing_ok=True)


def recover(target: Path, made: Callable[[Path], Made] | None = None) -> None:
    """Put right what a killed process left beside ``target``.

    A target that was set aside and never replaced comes back; set-aside copies of a target that
    is there go, once what is not `made` by this program was carried over; unfinished ones go once
    nothing has touched them for an hour (another process may be filling them). Does nothing when
    the parent is missing.
    """
    if not target.parent.is_dir():
        return
    stem = hidden_stem(target.name)
    for left in sorted(target.parent.iterdir()):
        if left.name.startswith(stem + _OLD) and left.is_dir():
            if target.exists():
                _let_go(left, target, made)
            else:
                left.rename(target)
    _remove_abandoned(target.parent, stem + _NEW, "")


def _remove_abandoned(folder: Path, prefix: str, suffix: str) -> None:
    for left in folder.iterdir():
        if left.name.startswith(prefix) and left.name.endswith(suffix):
            # Another process may have been quicker, or still be at it.
            with contextlib.suppress(OSError):
                if _idle(left) > ABANDONED_AFTER_S:
                    shutil.rmtree(left) if left.is_dir() else left.unlink()


def _beside(target: Path, kind: str, suffix: str = "") -> Path:
    """A new name in the target's folder, hidden."""
    stem = hidden_stem(target.stem if suffix else target.name)
    return target.parent / f"{stem}{kind}{secrets.token_hex(_TOKEN_BYTES)}{suffix}"


def _exchange(fresh: Path, target: Path, made: Callable[[Path], Made] | None) -> None:
    if not target.exists():
        _patiently(fresh, target)
        return
    if not target.is_dir():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    aside = _beside(target, _OLD)
    _patiently(target, aside)
    try:
        _patiently(fresh, target)
    except BaseException:
        aside.rename(target)
        raise
    _let_go(aside, target, made)


def _let_go(aside: Path, target: Path, made: Callable[[Path], Made] | None) -> None:
    """Remove an earlier target, but for what somebody else put into it."""
    if made is not None:
        carry_over(aside, target, made(aside))
    shutil.rmtree(aside, ignore_errors=True)


def _patiently(source: Path, target: Path) -> None:
    """Rename; on Windows virus scanners and previewers hold new files for a moment."""
    for remaining in range(_RENAME_TRIES, -1, -1):
        try:
            source.replace(target)
        except PermissionError as error:
            if WINDOWS and remaining:
                time.sleep(_RENAME_PAUSE_S)
                continue
            # Both lie in a folder that could just be written: something holds the target.
            windows = getattr(error, "winerror", None)
            raise HeldError(error.errno, error.strerror, str(target), windows) from error
        else:
            return


def _idle(left: Path) -> float:
    """Seconds since the file, or anything in the folder, changed."""
    newest = left.stat().st_mtime
    for found in left.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            newest = max(newest, found.stat().st_mtime)
    return time.time() - newest
