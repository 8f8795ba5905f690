"""The computer that is installed on: its kind, the commands run on it, the user who is asked."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from installer.child import run_child

Kind = Literal["windows", "macos", "linux"]
_KINDS: dict[str, Kind] = {"Windows": "windows", "Darwin": "macos"}


@dataclass(frozen=True)
class Answer:
    """How a command ended, and what it printed."""

    status: int
    said: str

    @property
    def ok(self) -> bool:
        return self.status == 0


def _read(command: Sequence[str], folder: Path) -> Answer:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except OSError as error:
        return Answer(127, f"{command[0]}: {error.strerror or error}")
    return Answer(done.returncode, done.stdout or done.stderr)


def _show(command: Sequence[str], folder: Path) -> int:
    try:
        return run_child(list(command), folder)
    except OSError as error:
        print(f"{command[0]}: {error.strerror or error}", file=sys.stderr)
        return 127


@dataclass(frozen=True)
class Computer:
    """Everything that a test replaces.

    has: whether a program is on the search path. show: runs a command in the foreground, gives its
    status. read: runs a command and gives what it printed. ask: gives the user's answer to a line;
    None where nobody can be asked.
    """

    kind: Kind
    has: Callable[[str], bool] = field(default=lambda name: shutil.which(name) is not None)
    show: Callable[[Sequence[str], Path], int] = _show
    read: Callable[[Sequence[str], Path], Answer] = _read
    ask: Callable[[str], str] | None = None

    @property
    def runs_adobe(self) -> bool:
        """Whether After Effects and Premiere exist for it."""
        return self.kind != "linux"


def this_computer() -> Computer:
    """The one that the installer runs on; its user is asked where there is a terminal."""
    kind = _KINDS.get(platform.system(), "linux")
    terminal = sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()
    return Computer(kind, ask=input if terminal else None)
