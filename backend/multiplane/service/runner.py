"""Runs the commands of the system's service manager."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass

MISSING = 127
"""The status of a program that is not there, as shells have it."""
_SECONDS = 60.0


@dataclass(frozen=True)
class Answer:
    """How a command ended, and what it printed."""

    status: int
    said: str

    @property
    def ok(self) -> bool:
        return self.status == 0


Runner = Callable[[Sequence[str]], Answer]


def run(command: Sequence[str]) -> Answer:
    """Run it and wait for its end."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        return Answer(MISSING, f"{command[0]} is not on this computer")
    except subprocess.TimeoutExpired:
        return Answer(1, f"{command[0]} did not end within {_SECONDS:.0f} s")
    except OSError as error:
        return Answer(1, f"{command[0]}: {error.strerror or error}")
    return Answer(done.returncode, " ".join((done.stdout + done.stderr).split()))
