"""A process beside the queue: for what needs heavy libraries, but must not wait for a shot."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import assert_never

from multiplane.contract.errors import Failure, InputError, MultiplaneError
from multiplane.contract.events import Log
from multiplane.contract.messages_server import Machine, TokenList
from multiplane.server.workers.factory import unexpected
from multiplane.server.workers.retry_policy import lost
from multiplane.server.workers.worker.messages import (
    Delivered,
    Downloading,
    Found,
    Hashed,
    LayersCut,
    LookAtMachine,
    Looked,
    Made,
    PainterLoads,
    Preview,
    Progressed,
    Pull,
    Pulled,
    Reading,
    ReadTokens,
    Ready,
    Stopped,
    TaskCancelled,
    TaskFailed,
    Tokens,
)
from multiplane.server.workers.worker_process import WorkerLost, WorkerProcess

_LOGGER = logging.getLogger(__name__)
IDLE_S = 60.0
"""The process ends when nobody has asked for so long: its libraries take memory."""

OnBytes = Callable[[int, int], None]
OnLine = Callable[[Log], None]
_Question = ReadTokens | Pull | LookAtMachine
_Answered = Tokens | Pulled | Looked


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

    async def read_tokens(self, task: ReadTokens) -> TokenList:
        """What a model reads in a prompt. Raises as `_ask`."""
        answer = await self._ask(task)
        if isinstance(answer, Tokens):
            return answer.tokens
        raise unexpected(answer)

    async def look_at_machine(self, task: LookAtMachine) -> Machine:
        """What memory there is, and which models fit. As `_ask`."""
        answer = await self._ask(task)
        if isinstance(answer, Looked):
            return answer.machine
        raise unexpected(answer)

    async def pull(self, task: Pull, on_bytes: OnBytes, on_line: OnLine) -> None:
        """Download a model; `on_bytes` gets (bytes there, bytes in all). As `_ask`.

        on_line: what is to be said of it, such as where it comes from.
        """
        answer = await self._ask(task, on_bytes, on_line)
        if not isinstance(answer, Pulled):
            raise unexpected(answer)

    async def _ask(
        self,
        task: _Question,
        on_bytes: OnBytes = lambda done, total: None,
        on_line: OnLine = lambda line: None,
    ) -> _Answered:
        """Raises what went wrong, as InputError or Failure. Cancelled, the process is ended."""
        async with self._turn:
            self._stay()
            try:
                if self._worker is None:
                    self._worker = await WorkerProcess.start(self._log)
                return await _answer(self._worker, task, on_bytes, on_line)
            except WorkerLost as error:
                self._worker = None
                raise lost(error) from error
            except asyncio.CancelledError:
                await self.close()
                raise
            finally:
                if self._worker is not None:
                    self._end = asyncio.create_task(self._end_when_idle())

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
    worker: WorkerProcess, task: _Question, on_bytes: OnBytes, on_line: OnLine
) -> _Answered:
    await worker.begin(task)
    while True:
        match said := await worker.receive():
            case Tokens() | Pulled() | Looked():
                return said
            case TaskFailed():
                raise _as_error(said)
            case Downloading():
                on_bytes(said.done, said.total)
            case Progressed(event=Log() as line):
                on_line(line)
            case Stopped():
                _LOGGER.warning("The process beside the queue was stopped, or goes on: %s", said)
            case Ready() | PainterLoads() | Progressed() | Preview() | Hashed():
                raise unexpected(said)
            case LayersCut() | Made() | Delivered() | Reading() | Found() | TaskCancelled():
                raise unexpected(said)
            case _:
                assert_never(said)


def _as_error(failed: TaskFailed) -> MultiplaneError:
    entry = failed.error
    kind = InputError if failed.kind == "input" else Failure
    value: object = entry.value  # as Python writes it, shortened
    with contextlib.suppress(ValueError, SyntaxError, TypeError):
        value = ast.literal_eval(str(entry.value))
    return kind(
        entry.code,
        entry.message,
        entry.file,
        entry.field,
        value,
        entry.remedy,
        values=entry.values,
    )
