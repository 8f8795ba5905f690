"""What may stand where a file is expected, as a table: every door has to refuse each at once."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

FAR_TOO_LARGE = 5 * 2**40
"""Bytes; a sparse file takes none of them on the disk."""


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _device(path: Path) -> None:
    """/dev/zero, which never ends; a link to it where nobody may make devices."""
    try:
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 5))
    except (PermissionError, OSError):
        path.symlink_to("/dev/zero")


def _terminal(path: Path) -> None:
    """One that never says anything, so that reading it waits for ever."""
    _, other = os.openpty()
    path.symlink_to(os.ttyname(other))


def _folder(path: Path) -> None:
    path.mkdir()


def _socket(path: Path) -> None:
    # The name of a socket may have 108 bytes only.
    here = os.open(path.parent, os.O_RDONLY)
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(f"/proc/self/fd/{here}/{path.name}")
    finally:
        os.close(here)


def _too_large(path: Path) -> None:
    with path.open("wb") as stream:
        os.truncate(stream.fileno(), FAR_TOO_LARGE)


def _to_nowhere(path: Path) -> None:
    path.symlink_to(path.parent / "not there")


def _in_a_circle(path: Path) -> None:
    path.symlink_to(path.name)


ODD_FILES: dict[str, Callable[[Path], None]] = {
    "pipe": _pipe,
    "device": _device,
    "terminal": _terminal,
    "folder": _folder,
    "socket": _socket,
    "too large": _too_large,
    "link to nowhere": _to_nowhere,
    "link in a circle": _in_a_circle,
}

needs_unix = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="such files are Unix's")


@contextmanager
def odd_file(kind: str, path: Path) -> Iterator[Path]:
    """One of `ODD_FILES` at `path`. A file system without files of that size skips the test."""
    try:
        ODD_FILES[kind](path)
    except OSError as error:
        pytest.skip(f"this file system has no such file: {error}")
    yield path
