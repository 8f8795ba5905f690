"""A server process to be measured: how fast it starts, and what memory it takes."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from multiplane.contract.data_folder import DataFolder
from multiplane.contract.errors import Failure

_START_S, _STOP_S = 120.0, 30.0
_MB = 1e6
_WORKER = "multiplane.server.workers.worker"


class Served:
    """start_s: from the process's beginning until clients can connect."""

    def __init__(self, data: Path, process: subprocess.Popen[bytes], start_s: float) -> None:
        self.data, self.start_s = data, start_s
        self._process = psutil.Process(process.pid)

    def memory_mb(self) -> float:
        """Resident memory of the server itself, MB."""
        return float(self._process.memory_info().rss / _MB)

    def workers_mb(self) -> float:
        """Resident memory of all workers, MB: the server's, and those on a cluster of this process.

        Ray starts its processes for the cluster, not for the server; both are below this one.
        """
        total = 0.0
        for child in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                command = " ".join(child.cmdline())
                if _WORKER in command or command.startswith("ray::Hand"):
                    total += child.memory_info().rss / _MB
        return total


@contextlib.contextmanager
def served(data: Path, *options: str) -> Iterator[Served]:
    """Run `multiplane serve` on a free port within the block. Raises Failure `study.server`."""
    folder = DataFolder(data)
    folder.port.unlink(missing_ok=True)
    command = [sys.executable, "-m", "multiplane", "serve", "--port", "0", "--data", str(data)]
    command += ["--device", "cpu", *options]
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        while not folder.port.exists():
            if process.poll() is not None or time.monotonic() - began > _START_S:
                process.kill()
                said = process.stderr.read().decode(errors="replace") if process.stderr else ""
                raise Failure("study.server", f"The server did not start: {said.strip()[-500:]}")
            time.sleep(0.005)
        yield Served(data, process, time.monotonic() - began)
    finally:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
