"""Opening regular files only: what blocks, never ends or does something when opened is refused."""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader, BytesIO
from pathlib import Path

# A pipe opened so does not wait for its other end; the flags are missing on Windows.
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
FOLDER, NO_NAME = "a folder", "no name for a file"
_KINDS = (
    (stat.S_ISDIR, FOLDER),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISREG, "a file"),
)


class NotRegularError(OSError):
    """What is there is no regular file. what: "a pipe", "a device", "a socket", `FOLDER`."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(errno.EINVAL, f"it is {what}, not a file", str(path))
        self.what = what


class TooLargeError(OSError):
    """The file has more bytes than are read of its kind. limit: so many bytes are."""

    def __init__(self, path: Path, limit: int) -> None:
        super().__init__(errno.EFBIG, f"it is larger than {in_words(limit)}", str(path))
        self.limit = limit


def open_regular(path: Path, max_bytes: int) -> BufferedReader | BytesIO:
    """The regular file at `path`, opened for reading, at its beginning; links are followed.

    Never waits for anything. A file that says that it is empty is read as empty: files of the
    kernel (/proc) say so and may not end. Raises NotRegularError, also for a path that no system
    could have, TooLargeError, and other OSErrors.
    """
    try:
        # Before it is opened, because opening a device may already do something.
        _check(path, os.stat(path), max_bytes)
        handle = os.open(path, _FLAGS)
    except ValueError as error:  # a NUL in the path, or half a character
        raise NotRegularError(path, NO_NAME) from error
    try:
        now = os.fstat(handle)
        _check(path, now, max_bytes)
        if now.st_size == 0:
            os.close(handle)
            return BytesIO()
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def read_regular(path: Path, max_bytes: int) -> bytes:
    """All of the regular file at `path`. Raises as `open_regular`."""
    with open_regular(path, max_bytes) as stream:
        data = stream.read(max_bytes + 1)
    if len(data) > max_bytes:  # it has grown since
        raise TooLargeError(path, max_bytes)
    return data


def kind_of(mode: int) -> str:
    """What something of this `st_mode` is, in words: "a pipe"."""
    return next((words for is_, words in _KINDS if is_(mode)), "something else")


def in_words(size: int) -> str:
    """Bytes as "32 MiB" or "4 GiB"."""
    return f"{size / 2**30:g} GiB" if size >= 2**30 else f"{size / 2**20:g} MiB"


def _check(path: Path, found: os.stat_result, max_bytes: int) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise NotRegularError(path, kind_of(found.st_mode))
    if found.st_size > max_bytes:
        raise TooLargeError(path, max_bytes)
