"""Lets one set-up at a time work on a project folder."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


def _try_lock(handle: IO[bytes]) -> bool:
    """Lock an open file; the system frees it when the process ends, however it ends."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def only_one_here(root: Path, purpose: str, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the right to work on `root`; wait while another process has it.

    Args:
        root: the project folder.
        purpose: "setup" or "update"; an update has a set-up within.
        waiting: called once when another process has the right.
    """
    # Not inside .venv, which a set-up may have to delete.
    name = hashlib.sha256(os.fsencode(root)).hexdigest()[:12]
    with (Path(tempfile.gettempdir()) / f"multiplane-{purpose}-{name}.lock").open("ab") as handle:
        if not _try_lock(handle):
            waiting()
            while not _try_lock(handle):
                time.sleep(0.5)
        yield
