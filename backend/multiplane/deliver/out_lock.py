"""One run at a time in an output folder."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import shlex
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from multiplane.contract.errors import Failure
from multiplane.contract.layout import HOLDER, LOCK
from multiplane.contract.regular_file import read_regular
from multiplane.deliver.own_files import said

_MOST_BYTES = 2**16


@contextlib.contextmanager
def only_run_in(out: Path) -> Iterator[None]:
    """Keep the output folder for this run; the system lets it go when the process ends.

    Raises Failure `deliver.out_in_use` with who has it. On a disk without locks, and in a folder
    that cannot be written, nobody is kept out, and this is said.
    """
    lock = FileLock(out / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise _in_use(out) from None
    except (OSError, NotImplementedError) as error:
        said(f"{out} cannot be locked ({error}): let no other run write there.")
        yield
        return
    try:
        with contextlib.suppress(OSError):
            (out / HOLDER).write_text(json.dumps(_myself()), encoding="utf-8")
        yield
    finally:
        with contextlib.suppress(OSError):
            (out / HOLDER).unlink()
        lock.release()


def _myself() -> dict[str, object]:
    return {
        "pid": os.getpid(),
        "computer": platform.node(),
        "command": shlex.join(["multiplane", *sys.argv[1:]])[:500],
        "since": datetime.now().astimezone().isoformat(timespec="seconds"),
    }


def _in_use(out: Path) -> Failure:
    who = "Another run"
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        holder = json.loads(read_regular(out / HOLDER, _MOST_BYTES))
        who = (
            f"Process {holder['pid']} on {holder['computer']} "
            f"({holder['command']}, since {holder['since']})"
        )
    return Failure(
        "deliver.out_in_use",
        "{who} is writing into this folder.",
        file=str(out),
        remedy="Wait until it has ended, stop it, or give another folder with -o.",
        values={"who": who},
    )
