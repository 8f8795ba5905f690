"""A worker as the server sees it: a child process with frames going both ways."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import itertools
import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import psutil

from multiplane.contract.errors import Failure
from multiplane.server.logs import open_worker_log
from multiplane.server.workers.memory_kills import memory_kills
from multiplane.server.workers.worker import frames
from multiplane.server.workers.worker.messages import (
    Cancel,
    FromWorker,
    Ready,
    Stop,
    Stopped,
    Task,
    ToWorker,
)

_LOGGER = logging.getLogger(__name__)
_START_S = 180.0
"""A process starts in a second or two; one that is busy with other things may need a minute."""
_MAX_FRAME = 64 * 2**20
LOOK_S = 5.0
"""After so long without a word it is looked at: it may have been stopped, as by SIGSTOP."""
STILL_LOOKS = 12
"""So often it may be found standing still, then it is ended. Counted in looks, because this program
may have been stopped along with it, or the computer have slept."""
_OUTSIDE_NAMES = ("SIGKILL", "SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT", "SIGXCPU")
_FROM_OUTSIDE = frozenset(
    int(getattr(signal, name)) for name in _OUTSIDE_NAMES if hasattr(signal, name)
)
"""Signals that no fault of the process itself sends."""


OnStill = Callable[[Stopped], None]


def _note(stopped: Stopped) -> None:
    _LOGGER.warning("Process %d %s", stopped.pid, "was stopped." if stopped.still else "goes on.")


class WorkerLost(Exception):
    """The process ended without being asked to."""

    def __init__(
        self,
        code: int | None,
        *,
        node: str | None = None,
        why: str = "",
        out_of_memory: bool = False,
        stopped: bool = False,
    ) -> None:
        """node: of a farm that went with it. out_of_memory: the system killed it for that, and says
        so. stopped: it stood still, and was ended for that.
        """
        super().__init__(f"the worker ended with status {code}")
        self.code, self.node, self.why = code, node, why
        self.out_of_memory, self.stopped = out_of_memory, stopped

    @property
    def killed(self) -> bool:
        """Whether somebody ended it by a signal, rather than its own fault."""
        return os.name != "nt" and -(self.code or 0) in _FROM_OUTSIDE

    @property
    def signal_name(self) -> str:
        """Of the signal that ended it; "" for none."""
        try:
            return signal.Signals(-(self.code or 0)).name
        except ValueError:
            return ""


class WorkerProcess:
    """One child process. Use `start`; read with `receive` until the task's last message."""

    def __init__(self, process: asyncio.subprocess.Process, log: BinaryIO) -> None:
        self._process, self._log = process, log
        self._tasks = itertools.count(1)
        self.task = 0  # number of the current task
        self._memory_kills = memory_kills()
        self._head: tuple[int, int] | None = None  # of the frame that is being read
        self._held: FromWorker | None = None
        self._still = 0  # looks in a row that found it standing still
        self._told_still = False

    @classmethod
    async def start(cls, log: Path, on_still: OnStill = _note) -> WorkerProcess:
        """A worker that is ready. What it prints goes to `log`. Raises WorkerLost.

        on_still: is told when it stands still before it is ready, or does not any more.
        """
        stream = open_worker_log(log)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "multiplane.server.workers.worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=stream,
        )
        worker = cls(process, stream)
        try:
            async with asyncio.timeout(_START_S):
                while not isinstance(said := await worker.receive(), Ready):
                    if isinstance(said, Stopped):
                        on_still(said)
        except TimeoutError:
            await worker.kill()
            raise WorkerLost(None) from None
        except asyncio.CancelledError:
            process.kill()  # nobody else knows of it
            stream.close()
            raise
        return worker

    @property
    def pid(self) -> int:
        return self._process.pid

    async def begin(self, task: Task) -> None:
        """Send a task and number it. Raises WorkerLost."""
        self.task = next(self._tasks)
        await self.send(dataclasses.replace(task, task=self.task))

    async def send(self, message: ToWorker) -> None:
        """Raises WorkerLost."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(frames.pack(message))
            while True:
                try:
                    async with asyncio.timeout(LOOK_S):
                        await self._process.stdin.drain()
                    break
                except TimeoutError:
                    await self._look()
        except (ConnectionError, RuntimeError):
            raise await self._lost() from None

    async def receive(self) -> FromWorker:
        """The next message; before it that the process stands still, or does not any more.

        One that stands still for long is ended. Raises WorkerLost, and Failure `worker.version` for
        a worker of another version, which is ended, too.
        """
        if self._held is not None:
            said, self._held = self._held, None
            return said
        while True:
            try:
                async with asyncio.timeout(LOOK_S):
                    said = await self._frame()
            except TimeoutError:
                await self._look()
                if self._told_still != bool(self._still):
                    self._told_still = not self._told_still
                    return self._stopped()
                continue
            self._still = 0
            if self._told_still:
                self._told_still, self._held = False, said
                return self._stopped()
            return said

    def _stopped(self) -> Stopped:
        return Stopped(self.pid, self._told_still)

    async def _look(self) -> None:
        """See whether it stands still. Raises WorkerLost once it has for long."""
        self._still = self._still + 1 if stands_still(self.pid) else 0
        if self._still > STILL_LOOKS:
            await self.kill()
            raise WorkerLost(None, stopped=True)

    async def _frame(self) -> FromWorker:
        """The next frame; called off in the middle, it goes on there the next time."""
        stdout = self._process.stdout
        assert stdout is not None
        try:
            if self._head is None:
                head = await stdout.readexactly(frames.HEADER.size)
                self._head = frames.HEADER.unpack(head)
            kind, length = self._head
            if length > _MAX_FRAME:
                raise WorkerLost(None)
            body = await stdout.readexactly(length)
            self._head = None
        except asyncio.IncompleteReadError:
            raise await self._lost() from None
        try:
            return frames.from_worker(kind, body)
        except Failure:
            await self.kill()
            raise

    async def cancel(self) -> None:
        """Call the current task off; the worker answers `cancelled`, or finishes first."""
        with contextlib.suppress(WorkerLost):
            await self.send(Cancel(self.task))

    async def kill(self) -> None:
        """End it at once."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._ended()

    async def stop(self, patience_s: float = 2.0) -> None:
        """Ask it to end, and end it if it does not. Its memory is free afterwards."""
        with contextlib.suppress(WorkerLost, TimeoutError):
            async with asyncio.timeout(patience_s):
                await self.send(Stop())
                await self._process.wait()
        await self.kill()

    async def _lost(self) -> WorkerLost:
        """Its end, and whether the system says that it lacked memory."""
        code, before, now = await self._ended(), self._memory_kills, memory_kills()
        more = before is not None and now is not None and now > before
        return WorkerLost(code, out_of_memory=more and code == -9)

    async def _ended(self) -> int:
        code = await self._process.wait()
        self._log.close()
        return code


def stands_still(pid: int) -> bool:
    """Whether a process was stopped, as by SIGSTOP, a debugger or Ctrl-Z."""
    try:
        found = psutil.Process(pid).status()
    except psutil.Error:
        return False
    return found in (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP)
