"""What a disk refuses, said so that people know what to do: Failures made of OSErrors."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from multiplane.contract.errors import Failure, MultiplaneError
from multiplane.contract.full_disk import disk_full, is_full
from multiplane.contract.told_values import Values
from multiplane.deliver.long_paths import (
    MAX_NAME_BYTES,
    WINDOWS,
    WINDOWS_MAX_PATH,
    longest_name,
    without_prefix,
)

_WINDOWS_IN_USE = {32, 33}  # ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION
_WINDOWS_TOO_LONG = 206  # ERROR_FILENAME_EXCED_RANGE
_WINDOWS_DENIED = 5  # ERROR_ACCESS_DENIED


class HeldError(PermissionError):
    """A new result could be written, but the earlier one's name could not be given to it."""


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
    number, windows = error.errno, getattr(error, "winerror", None)
    remedy: str | None
    values: Values = {}
    shown = without_prefix(str(target))
    if is_full(error):
        return disk_full("Free some space, or choose another folder with -o.", file=shown)
    if _is_too_long(error, target):
        name = longest_name(target)
        if len(name.encode("utf-8", "surrogatepass")) > MAX_NAME_BYTES:
            said = "A name in the path is too long: more than {most} bytes."
            values = {"most": MAX_NAME_BYTES}
        else:
            said = "The path is too long for this system."
        kind, message, remedy = (
            "path_too_long", said,
            "Choose a folder with a shorter path, or switch on long paths in Windows."
            if WINDOWS else "Choose a folder with a shorter path.",
        )  # fmt: skip
    elif windows in _WINDOWS_IN_USE or number in (errno.ETXTBSY, errno.EBUSY) or _is_held(error):
        kind, message, remedy = (
            "file_in_use", "The earlier result is open in another program, or write-protected.",
            "Close it there, or lift its protection, and try again.",
        )  # fmt: skip
    elif number == errno.EFBIG:
        kind, message, remedy = (
            "file_too_large", "The disk does not take files of this size.",
            "Choose a folder on another disk; FAT32, for one, ends at 4 GB.",
        )  # fmt: skip
    elif number in (errno.EROFS, errno.EACCES, errno.EPERM):
        kind, message, remedy = (
            "not_writable", "There is no permission to write here.",
            "Choose another folder, or change its permissions.",
        )  # fmt: skip
    elif number in (errno.ENOTDIR, errno.EEXIST):
        kind, message, remedy = (
            "not_a_folder", "A file is in the way of the folder.",
            "Choose another folder, or move that file away.",
        )  # fmt: skip
    elif number == errno.EISDIR:
        kind, message, remedy = (
            "not_a_file", "A folder is in the way of the file.",
            "Choose another name, or move that folder away.",
        )  # fmt: skip
    else:
        kind, message, remedy = ("write_failed", "Writing failed: {why}.", None)
        values = {"why": str(error)}
    return Failure(
        code=f"deliver.{kind}", message=message, file=shown, remedy=remedy, values=values
    )


def _is_held(error: OSError) -> bool:
    # Windows says "access denied" of a folder in which a file is open. On other systems an open
    # file can be replaced, so there it is a matter of permissions after all.
    denied = getattr(error, "winerror", None) == _WINDOWS_DENIED
    return isinstance(error, HeldError) and (WINDOWS or denied)


def _is_too_long(error: OSError, target: Path) -> bool:
    if error.errno == errno.ENAMETOOLONG or getattr(error, "winerror", None) == _WINDOWS_TOO_LONG:
        return True
    # Without long paths switched on, Windows says of a long path that it is not there.
    paths = [str(target), *(str(name) for name in (error.filename, error.filename2) if name)]
    longest = max(len(os.path.abspath(path)) for path in paths)
    return WINDOWS and longest >= WINDOWS_MAX_PATH and error.errno in (errno.ENOENT, errno.EINVAL)
