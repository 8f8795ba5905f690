"""What waits to be sent to one client: the newest about each thing, so its number is bounded.

A client that reads slowly misses steps of progress that newer ones have overtaken, and no final
state, however many shots there are and however slow it is.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Hashable

_MOST_LOGS = 200
_MOST_ANSWERS = 2 * 2**20
"""Characters of unsent answers, after which no further request is read."""


class CoalescingQueue:
    """Messages by key; a newer one replaces an unsent older one, in its place in the order."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[Hashable, str | bytes] = OrderedDict()
        self._there = asyncio.Event()
        self._answers = 0
        self._unsent = 0  # characters of answers that wait
        self._room = asyncio.Event()
        self._room.set()
        self._logs = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, key: Hashable, message: str | bytes) -> None:
        """Add an event; it replaces an unsent one under the same key."""
        self._waiting[key] = message
        self._there.set()

    def put_answer(self, message: str) -> None:
        """Add an answer to a request; answers are never replaced."""
        self._answers += 1
        self._unsent += len(message)
        if self._unsent > _MOST_ANSWERS:
            self._room.clear()
        self.put(("answer", self._answers), message)

    def put_log(self, message: str) -> None:
        """Add a line of the log; of too many unsent ones the oldest is dropped."""
        self._logs += 1
        self.put(("log", self._logs), message)
        self._waiting.pop(("log", self._logs - _MOST_LOGS), None)

    def drop(self, key: Hashable) -> None:
        """Remove the unsent message under `key`."""
        self._waiting.pop(key, None)

    async def take(self) -> str | bytes:
        """Wait for a message, and return the oldest."""
        while not self._waiting:
            self._there.clear()
            await self._there.wait()
        key, message = self._waiting.popitem(last=False)
        if isinstance(key, tuple) and key[0] == "answer":
            self._unsent -= len(message)
            if self._unsent <= _MOST_ANSWERS:
                self._room.set()
        return message

    async def room(self) -> None:
        """Wait until answers may be added: a client that reads none may not fill the memory."""
        await self._room.wait()

    def close(self) -> None:
        """Stop: nothing is taken any more, so those that wait for room are released."""
        self._unsent = -(2**62)
        self._room.set()
