"""Starts a program in the foreground and lets it end in its own way."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path


def run_child(
    command: list[str], folder: Path, environment: Mapping[str, str] | None = None
) -> int:
    """Run a program that writes to this terminal.

    Ctrl-C reaches the program too. It is waited for, so that it can put its work in order
    (`subprocess.run` would kill it after a quarter of a second).

    Args:
        command: the program and its words.
        folder: the folder that it runs in.
        environment: its environment variables; None for this process's own.

    Returns:
        Its exit status.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed; the program has ended.
    """
    sys.stdout.flush()
    interrupted = False
    with subprocess.Popen(command, cwd=folder, env=environment) as process:
        while process.returncode is None:
            try:
                process.wait()
            except KeyboardInterrupt:
                interrupted = True
    if interrupted:
        raise KeyboardInterrupt
    return process.returncode
