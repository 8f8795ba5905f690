"""A worker's end of the pipes to the server.

When the server is gone, however it went, its pipe ends and the worker ends at once: it must not
go on making a shot that the next server will begin anew.
"""

from __future__ import annotations

import json
import os
import queue
import threading
from typing import Any, BinaryIO

from multiplane.server.workers.worker import frames
from multiplane.server.workers.worker.messages import Message, fields_of


class Cancelled(BaseException):
    """The server wants the running task to end. No handler of Exception may swallow it."""


class Link:
    """Messages to and from the server."""

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

    def say(self, message: Message) -> None:
        self.send_frame(frames.of(fields_of(message)))

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
