"""A process beside the queue: for what needs heavy libraries, but must not wait for a shot."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from multiplane.contract.document import ErrorEntry
from multiplane.contract.errors import Failure, InputError, MultiplaneError
from multiplane.server.workers.retry_policy import lost
from multiplane.server.workers.worker import messages
from multiplane.server.workers.worker_process import WorkerLost, WorkerProcess

_LOGGER = logging.getLogger(__name__)
IDLE_S = 60.0
"""The process ends when nobody has asked for so long: its libraries take memory."""

OnNews = Callable[[dict[str, Any]], None]


class UtilityWorker:
    """One process, started by the first question. Questions are answered one after another."""

    def __init__(self, log: Path, idle_s: float = IDLE_S) -> None:
        self._log, self._idle_s = log, idle_s
        self._worker: WorkerProcess | None = None
        self._turn = asyncio.Lock()
        self._end: asyncio.Task[None] | None = None

    @property
    def runs(self) -> bool:
        """Whether there is a process now."""
        return self._worker is not None

    async def ask(
        self, type_: str, on_news: OnNews = lambda news: None, **fields: Any
    ) -> dict[str, Any]:
        """The answer's data; `on_news` hears of what comes before it.

        Raises what went wrong, as InputError or Failure. Cancelled, the process is ended.
        """
        async with self._turn:
            self._stay()
            try:
                if self._worker is None:
                    self._worker = await WorkerProcess.start(self._log)
                data = await _answer(self._worker, type_, on_news, fields)
            except WorkerLost as error:
                self._worker = None
                raise lost(error) from error
            except asyncio.CancelledError:
                await self.close()
                raise
            finally:
                if self._worker is not None:
                    self._end = asyncio.create_task(self._end_when_idle())
            return data

    async def close(self) -> None:
        """End the process, whatever it does."""
        self._stay()
        worker = self._worker
        if worker is not None:
            await worker.kill()
            self._worker = None

    def _stay(self) -> None:
        if self._end is not None and self._end is not asyncio.current_task():
            self._end.cancel()
        self._end = None

    async def _end_when_idle(self) -> None:
        await asyncio.sleep(self._idle_s)
        async with self._turn:
            await self.close()


async def _answer(
    worker: WorkerProcess, type_: str, on_news: OnNews, fields: dict[str, Any]
) -> dict[str, Any]:
    await worker.begin(type_, **fields)
    while True:
        said = await worker.receive()
        if isinstance(said, bytes):
            continue
        if said["type"] == "answer":
            data: dict[str, Any] = said["data"]
            return data
        if said["type"] == "failed":
            raise _as_error(said)
        if messages.read(said) is None:
            on_news(said)
        else:
            _LOGGER.warning("The process beside the queue was stopped, or goes on: %s", said)


def _as_error(said: dict[str, Any]) -> MultiplaneError:
    entry = ErrorEntry.model_validate(said["error"])
    kind = InputError if said["kind"] == "input" else Failure
    value: object = entry.value  # as Python writes it, shortened
    with contextlib.suppress(ValueError, SyntaxError, TypeError):
        value = ast.literal_eval(str(entry.value))
    return kind(entry.code, entry.message, entry.file, entry.field, value, entry.remedy)
