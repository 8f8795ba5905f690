"""A worker as the server sees it: a child process with frames going both ways."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, BinaryIO

from multiplane.server.logs import open_worker_log
from multiplane.server.worker import frames

_START_S = 180.0
"""A process starts in a second or two; one that is busy with other things may need a minute."""
_MAX_FRAME = 64 * 2**20


class WorkerLost(Exception):
    """The process ended without being asked to."""

    def __init__(self, code: int | None, *, node: str | None = None, why: str = "") -> None:
        super().__init__(f"the worker ended with status {code}")
        self.code, self.node, self.why = code, node, why  # node: of a farm that went with it

    @property
    def killed(self) -> bool:
        """Whether the system killed it, as Linux does when memory runs out."""
        return os.name != "nt" and self.code == -signal.SIGKILL


class WorkerProcess:
    """One child process. Use `start`; read with `receive` until the task's last message."""

    def __init__(self, process: asyncio.subprocess.Process, log: BinaryIO) -> None:
        self._process, self._log = process, log
        self._tasks = itertools.count(1)
        self.task = 0  # number of the current task

    @classmethod
    async def start(cls, log: Path) -> WorkerProcess:
        """A worker that is ready. What it prints goes to `log`. Raises WorkerLost."""
        stream = open_worker_log(log)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "multiplane.server.worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=stream,
        )
        worker = cls(process, stream)
        try:
            async with asyncio.timeout(_START_S):
                await worker.receive()
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

    async def begin(self, type_: str, **fields: Any) -> None:
        """Send a task and number it. Raises WorkerLost."""
        self.task = next(self._tasks)
        await self.send(type_, task=self.task, **fields)

    async def send(self, type_: str, **fields: Any) -> None:
        """Raises WorkerLost."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(frames.message(type_, **fields))
            await self._process.stdin.drain()
        except (ConnectionError, RuntimeError):
            raise WorkerLost(await self._ended()) from None

    async def receive(self) -> dict[str, Any] | bytes:
        """The next message, or a preview's frame as clients get it. Raises WorkerLost."""
        stdout = self._process.stdout
        assert stdout is not None
        try:
            kind, length = frames.HEADER.unpack(await stdout.readexactly(frames.HEADER.size))
            if length > _MAX_FRAME:
                raise WorkerLost(None)
            body = await stdout.readexactly(length)
        except asyncio.IncompleteReadError:
            raise WorkerLost(await self._ended()) from None
        if kind == frames.PREVIEW:
            return body
        said: dict[str, Any] = json.loads(body)
        return said

    async def cancel(self) -> None:
        """Call the current task off; the worker answers `cancelled`, or finishes first."""
        with contextlib.suppress(WorkerLost):
            await self.send("cancel", task=self.task)

    async def kill(self) -> None:
        """End it at once."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._ended()

    async def stop(self, patience_s: float = 2.0) -> None:
        """Ask it to end, and end it if it does not. Its memory is free afterwards."""
        with contextlib.suppress(WorkerLost, TimeoutError):
            async with asyncio.timeout(patience_s):
                await self.send("stop")
                await self._process.wait()
        await self.kill()

    async def _ended(self) -> int:
        code = await self._process.wait()
        self._log.close()
        return code
