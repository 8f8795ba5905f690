"""Requests of one client that wait for their answer, in order."""

from __future__ import annotations

import asyncio
from collections import deque

_MOST = 16 * 2**20
"""Characters, after which no further message is read until some are answered."""


class Inbox:
    """Messages that were read while earlier ones are answered.

    A conversation goes on being read meanwhile: else its client's signs of life would not be seen,
    and it would be taken for dead.
    """

    def __init__(self) -> None:
        self._waiting: deque[str] = deque()
        self._there = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._size = 0
        self._ended = False

    async def put(self, message: str) -> None:
        """Add a message, and wait while there are too many."""
        self._waiting.append(message)
        self._size += len(message)
        self._there.set()
        if self._size > _MOST:
            self._room.clear()
            await self._room.wait()

    def end(self, *, drop: bool) -> None:
        """Note that no further message comes. drop: the waiting ones need no answer, either."""
        if drop:
            self._waiting.clear()
        self._ended = True
        self._there.set()

    async def take(self) -> str | None:
        """Wait for a message, and return the oldest; None at the end."""
        while not self._waiting:
            if self._ended:
                return None
            self._there.clear()
            await self._there.wait()
        message = self._waiting.popleft()
        self._size -= len(message)
        if self._size <= _MOST:
            self._room.set()
        return message
