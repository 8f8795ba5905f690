"""What one client has yet to be sent: the newest of each thing, in order, never more than that.

A client that reads slowly misses steps of progress that newer ones have overtaken, and no final
state, however many shots there are and however slow it is.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Hashable

_MOST_LOGS = 200


class Outbox:
    """Messages by key; a newer one takes the place, and the content, of an unsent older one."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[Hashable, str | bytes] = OrderedDict()
        self._there = asyncio.Event()
        self._answers = 0
        self._logs = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, key: Hashable, message: str | bytes) -> None:
        """An event; one under the same key that was not sent yet is not needed any more."""
        self._waiting[key] = message
        self._there.set()

    def put_answer(self, message: str) -> None:
        """An answer to a request: each is sent."""
        self._answers += 1
        self.put(("answer", self._answers), message)

    def put_log(self, message: str) -> None:
        """A line of the log; of too many unsent ones the oldest is dropped."""
        self._logs += 1
        self.put(("log", self._logs), message)
        self._waiting.pop(("log", self._logs - _MOST_LOGS), None)

    def drop(self, key: Hashable) -> None:
        """What is under `key` is not worth sending any more."""
        self._waiting.pop(key, None)

    async def take(self) -> str | bytes:
        """The oldest message, waiting for one."""
        while not self._waiting:
            self._there.clear()
            await self._there.wait()
        _, message = self._waiting.popitem(last=False)
        return message
