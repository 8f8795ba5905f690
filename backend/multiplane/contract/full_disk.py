"""A full disk: known by its cause, wherever it is met, and told in the same words."""

from __future__ import annotations

import errno

from multiplane.contract.errors import Failure

CODE = "deliver.disk_full"
_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_WINDOWS_FULL = {39, 112}  # ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL


def is_full(error: BaseException) -> bool:
    """Whether the disk, or what this user may have of it, is full."""
    # SQLite has rolled back by itself, and peewee fails to do so again: the cause lies deeper.
    return any(
        (
            isinstance(met, OSError)
            and (met.errno in _FULL or getattr(met, "winerror", None) in _WINDOWS_FULL)
        )
        or "disk is full" in str(met)
        for met in with_causes(error)
    )


def disk_full(
    remedy: str, *, code: str = CODE, file: str | None = None, unchanged: str = ""
) -> Failure:
    """The Failure for a full disk. unchanged: what is as it was, such as "the job"."""
    message = "The disk is full; {unchanged} is as it was." if unchanged else "The disk is full."
    values = {"unchanged": unchanged} if unchanged else {}
    return Failure(code, message, file=file, remedy=remedy, values=values)


def with_causes(error: BaseException) -> list[BaseException]:
    """The error and what it was raised from, or met during, the latest first."""
    found: list[BaseException] = []
    met: BaseException | None = error
    while met is not None and met not in found:
        found.append(met)
        met = met.__cause__ or met.__context__
    return found
