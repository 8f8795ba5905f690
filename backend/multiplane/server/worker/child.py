"""The worker's two threads: one listens to the server, one makes what it says.

When the server is gone, however it went, its pipe ends and the worker ends at once: it must not
go on making a shot that the next server will begin anew.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
import traceback
from typing import Any, BinaryIO

from multiplane.contract.errors import Failure, InputError, MultiplaneError
from multiplane.server.worker import frames


class Cancelled(BaseException):
    """The server wants the running task to end. No handler of Exception may swallow it."""


class Link:
    """Messages to and from the server. Anything else that prints goes to the log."""

    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO) -> None:
        self._incoming, self._outgoing = incoming, outgoing
        self._lock = threading.Lock()
        self.tasks: queue.Queue[dict[str, Any]] = queue.Queue()
        self.previews = threading.Event()
        self._answers: queue.Queue[dict[str, Any]] = queue.Queue()
        self._current = 0  # number of the task that is being done
        self._cancelled = 0  # number of the last task that the server has called off

    def send(self, type_: str, **fields: Any) -> None:
        self.send_frame(frames.message(type_, **fields))

    def send_frame(self, frame: bytes) -> None:
        with self._lock:
            try:
                self._outgoing.write(frame)
                self._outgoing.flush()
            except OSError:  # nobody reads any more
                os._exit(0)

    def listen(self) -> None:
        """Hand out what the server says, until it is gone; then end the process."""
        while (frame := frames.read(self._incoming)) is not None:
            said = json.loads(frame[1])
            match said["type"]:
                case "go" | "skip":
                    self._answers.put(said)
                case "cancel":
                    self._cancelled = said["task"]
                    self._answers.put({"type": "skip", "task": said["task"]})
                case "previews":
                    self.previews.set() if said["on"] else self.previews.clear()
                case _:
                    self.tasks.put(said)
        os._exit(0)

    def next_task(self) -> dict[str, Any]:
        """The next task, waiting for it; from now on it is the current one."""
        task = self.tasks.get()
        self._current = task.get("task", 0)
        return task

    def answer(self) -> dict[str, Any]:
        """The server's go or skip for the current task. Raises Cancelled."""
        while (said := self._answers.get())["task"] != self._current:
            pass
        self.check()
        return said

    def check(self) -> None:
        """Raises Cancelled when the server has called the current task off."""
        if self._current and self._cancelled == self._current:
            raise Cancelled


def main() -> None:
    """Make what the server says until it says stop."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which tells us
    link = Link(os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)  # libraries print; the pipe is for frames
    threading.Thread(target=link.listen, name="listener", daemon=True).start()
    from multiplane.server.worker.bench import Bench

    bench = Bench(link)
    link.send("ready", pid=os.getpid())
    while (task := link.next_task())["type"] != "stop":
        _do(bench, link, task)


def _do(bench: Any, link: Link, task: dict[str, Any]) -> None:
    try:
        bench.do(task)
    except Cancelled:
        link.send("cancelled")
    except MultiplaneError as error:
        kind = "input" if isinstance(error, InputError) else "failure"
        link.send("failed", kind=kind, error=error.as_dict())
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        sys.stderr.flush()
        memory = isinstance(error, MemoryError)
        failure = Failure(
            code="models.memory" if memory else "produce.unforeseen",
            message="There was not enough memory."
            if memory
            else f"Something unforeseen happened: {type(error).__name__}: {error}",
            remedy="Close other programs, or use a smaller model."
            if memory
            else "This is a fault of Multiplane; the server's log shows where it happened.",
        )
        link.send("failed", kind="failure", error=failure.as_dict())
