"""Where a slot's workers come from: processes of this computer, or a farm's nodes."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from multiplane.server.jobs.shot_order import ModelKey
from multiplane.server.workers.worker.messages import FromWorker, Task, ToWorker
from multiplane.server.workers.worker_process import OnStill, WorkerProcess


class Worker(Protocol):
    """Makes one thing at a time. Read with `receive` until the task's last message."""

    @property
    def task(self) -> int:
        """Number of the current task."""

    async def begin(self, task: Task) -> None:
        """Send a task and number it. Raises WorkerLost."""

    async def send(self, message: ToWorker) -> None:
        """Raises WorkerLost."""

    async def receive(self) -> FromWorker:
        """The next message.

        The files that a `Made` names are among the server's blobs. Raises WorkerLost, and Failure
        when the server's disk refuses them, or the worker is of another version.
        """

    async def cancel(self) -> None:
        """Call the current task off; the worker answers `TaskCancelled`, or finishes first."""

    async def kill(self) -> None:
        """End it at once."""

    async def stop(self, patience_s: float = 2.0) -> None:
        """Ask it to end, and end it if it does not."""


class NoPlace(Exception):
    """Nowhere is room for another worker of this model now."""


def unexpected(said: FromWorker) -> RuntimeError:
    """A fault: the worker answers what it was not asked."""
    return RuntimeError(f"a worker said {type(said).__name__} out of turn")


class WorkerFactory(Protocol):
    """Starts workers."""

    waits: bool
    """Whether a start may have to wait for a place; then nothing is taken from the queue before."""

    async def start(self, key: ModelKey) -> Worker:
        """A worker that is ready. Raises WorkerLost, NoPlace, and Failure for a bad node."""


class ProcessFactory:
    """Processes of this computer; what they print goes to `log`."""

    waits = False

    def __init__(self, log: Path, on_still: OnStill) -> None:
        self._log, self._on_still = log, on_still

    async def start(self, key: ModelKey) -> Worker:
        """As `WorkerFactory.start`; there is always a place."""
        return await WorkerProcess.start(self._log, self._on_still)
