"""A worker's end of the pipes to the server.

When the server is gone, however it went, its pipe ends and the worker ends at once: it must not
go on making a shot that the next server will begin anew.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable
from typing import BinaryIO, assert_never

from multiplane.contract.errors import Failure
from multiplane.server.workers.worker import frames
from multiplane.server.workers.worker.messages import (
    Abandon,
    Board,
    Cancel,
    Committed,
    Deliver,
    FromWorker,
    Go,
    LookAtMachine,
    LookFor,
    Make,
    Previews,
    Pull,
    ReadTokens,
    SetUp,
    Skip,
    Stop,
    Task,
    TaskFailed,
    ToWorker,
)

Command = Task | SetUp | Board | Committed | Stop
"""What is done one after the other; the rest is heard at once."""


def _nothing() -> None:
    return None


class Cancelled(BaseException):
    """The server wants the running task to end. No handler of Exception may swallow it."""


class Link:
    """Messages to and from the server."""

    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO) -> None:
        self._incoming, self._outgoing = incoming, outgoing
        self._lock = threading.Lock()
        self._commands: queue.Queue[Command] = queue.Queue()
        self._previews = threading.Event()
        self._answers: queue.Queue[Go | Skip | Cancel] = queue.Queue()
        self._current = 0  # number of the task that is being done
        self._cancelled = 0  # number of the last task that the server has called off
        self._on_abandon: Callable[[], None] = _nothing

    def when_abandoned(self, call: Callable[[], None]) -> None:
        """`call` when the server says that what is painted ahead is not wanted any more; in the
        thread that listens.
        """
        self._on_abandon = call

    def previews_wanted(self) -> bool:
        """Whether anybody wants to see pictures while they are painted."""
        return self._previews.is_set()

    def say(self, message: FromWorker) -> None:
        """To the server; when it is gone, the process ends."""
        frame = frames.pack(message)
        with self._lock:
            try:
                self._outgoing.write(frame)
                self._outgoing.flush()
            except OSError:  # nobody reads any more
                os._exit(0)

    def listen(self) -> None:
        """Take what the server says, until it is gone; then end the process."""
        while (frame := frames.read(self._incoming)) is not None:
            try:
                self._hear(frames.to_worker(frame[1]))
            except Failure as unknown:
                self.say(TaskFailed.of(unknown))
                os._exit(1)  # whatever else it says may mean something else
        os._exit(0)

    def next_command(self) -> Command:
        """The next one, waiting for it; a task is the current one from now on."""
        command = self._commands.get()
        self._current = command.task if isinstance(command, Task) else 0
        return command

    def answer(self) -> Go | Skip:
        """The server's word on the current task's shot. Raises Cancelled."""
        while (said := self._answers.get()).task != self._current:
            pass
        if isinstance(said, Skip):
            return said  # the server is done with this task, and would take a word for the next's
        self.check()
        if isinstance(said, Cancel):
            raise Cancelled
        return said

    def check(self) -> None:
        """Raises Cancelled when the server has called the current task off."""
        if self._current and self._cancelled == self._current:
            raise Cancelled

    def _hear(self, said: ToWorker) -> None:
        match said:
            case Go() | Skip():
                self._answers.put(said)
            case Cancel():
                self._cancelled = said.task
                self._answers.put(said)
            case Abandon():
                self._on_abandon()
            case Previews():
                self._previews.set() if said.on else self._previews.clear()
            case Make() | Deliver() | LookFor() | ReadTokens() | Pull() | LookAtMachine():
                self._commands.put(said)
            case SetUp() | Board() | Committed() | Stop():
                self._commands.put(said)
            case _:
                assert_never(said)
