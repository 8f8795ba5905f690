"""Runs the environment's pip, keeps all that it says in a log, and asks it what it would do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from installer.problems import pip_problem


@dataclass(frozen=True)
class PipResult:
    """How a pip run ended, and what it printed."""

    status: int
    output: str


@dataclass(frozen=True)
class Resolved:
    """A package that pip would install."""

    name: str
    version: str  # with its build label, if it has one: "2.13.0+cpu"


class Pip:
    """The pip of one environment.

    Args:
        python: the environment's Python.
        log: file that everything pip prints is added to.
        scratch: folder for downloads in progress. Many systems keep /tmp in memory, too small for
            PyTorch, so it lies on the environment's own disk.
        verbose: whether pip's words are shown as they come.
    """

    def __init__(self, python: Path, log: Path, scratch: Path, verbose: bool = False) -> None:
        self.python = python
        self.log = log
        self.scratch = scratch
        self.verbose = verbose

    def _environment(self) -> dict[str, str]:
        scratch = str(self.scratch)
        own = {
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_INPUT": "1",
            # A user's own setting of this makes every installation into an environment fail.
            "PIP_USER": "0",
            "PIP_PROGRESS_BAR": "off",
            "PYTHONNOUSERSITE": "1",
            "PYTHONUTF8": "1",
            "TMPDIR": scratch,
            "TEMP": scratch,
            "TMP": scratch,
        }
        inherited = {
            key: value
            for key, value in os.environ.items()
            if key not in ("PYTHONPATH", "PYTHONHOME")
        }
        return inherited | own

    def run(
        self,
        arguments: list[str],
        note: Callable[[str], None] | None = None,
        limit: float | None = None,
    ) -> PipResult:
        """Run `pip ARGUMENTS` and return how it ended.

        Args:
            arguments: pip's command and its options.
            note: receives a short word on what pip is doing.
            limit: seconds after which pip is ended; its status is then not 0.
        """
        self.scratch.mkdir(parents=True, exist_ok=True)
        command = [str(self.python), "-m", "pip", *arguments]
        lines: list[str] = []
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"\n$ pip {' '.join(arguments)}\n")
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                errors="replace",
                env=self._environment(),
            )
            timer = threading.Timer(limit, process.kill) if limit else None
            if timer:
                timer.start()
            try:
                assert process.stdout is not None
                for line in process.stdout:
                    lines.append(line)
                    log.write(line)
                    log.flush()
                    if self.verbose:
                        sys.stdout.write("      " + line)
                    if note and (word := _what_pip_does(line)):
                        note(word)
                status = process.wait()
            finally:
                if timer:
                    timer.cancel()
                if process.poll() is None:
                    process.kill()
                    process.wait()
        return PipResult(status, "".join(lines))

    def must(
        self, doing: str, arguments: list[str], note: Callable[[str], None] | None = None
    ) -> None:
        """Run pip, and turn a failure into a problem that the user can act on.

        Raises:
            InstallerProblem: pip failed.
        """
        result = self.run(arguments, note)
        if result.status != 0:
            raise pip_problem(doing, result.status, result.output, str(self.log))

    def would_install(self, arguments: list[str], limit: float) -> list[Resolved] | PipResult:
        """Ask pip what it would install, without downloading packages.

        Args:
            arguments: requirements and the options on where to look.
            limit: seconds to wait for the answer.

        Returns:
            The packages, or pip's result when there is no answer.
        """
        self.scratch.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(suffix=".json", dir=self.scratch)
        os.close(handle)
        report = Path(name)
        try:
            asked = ["install", "--dry-run", "--ignore-installed", "--quiet", "--retries", "1"]
            asked += ["--timeout", "15", "--report", str(report), *arguments]
            result = self.run(asked, limit=limit)
            if result.status != 0:
                return result
            answer = json.loads(report.read_text(encoding="utf-8"))
            found = [entry["metadata"] for entry in answer["install"]]
            return [Resolved(entry["name"].lower(), entry["version"]) for entry in found]
        finally:
            report.unlink(missing_ok=True)


def _what_pip_does(line: str) -> str:
    words = line.split()
    if len(words) < 2:
        return ""
    if words[0] == "Downloading" and words[-1].endswith(")"):
        name = words[1].rsplit("/", 1)[-1].split("-")[0]
        return f"downloading {name} {' '.join(words[-2:])}"
    if words[0] == "Collecting":
        return f"looking up {words[1]}"
    if line.startswith("Installing collected packages"):
        return f"installing {len(words) - 3} packages"
    return ""
