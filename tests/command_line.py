"""What the command line answered in a test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from multiplane.contract.events import Event, parse_event


class Said(NamedTuple):
    status: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return " ".join((self.out + self.err).split())

    @property
    def events(self) -> list[Event]:
        return [parse_event(line) for line in self.out.splitlines()]


Multiplane = Callable[..., Said]


needs_ctrl_c = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no SIGINT for one process"
)


def interrupted(folder: Path, *command: str, after: str) -> Said:
    """What `multiplane COMMAND --json`, run in ``folder``, says from Ctrl-C on.

    It is pressed at the first event of type ``after``.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "multiplane", *command, "--json"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if parse_event(line).type == after:
                process.send_signal(signal.SIGINT)
                break
        out, err = process.communicate(timeout=120)
    finally:
        process.kill()
        process.wait()
    return Said(process.returncode, out, err)
