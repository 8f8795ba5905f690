"""Long queries run in a thread of their own, so that the event loop does not wait for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from peewee import SqliteDatabase

T = TypeVar("T")
_TRIES = 3


class Reading:
    """One thread with a connection of its own, which cannot write. Close it before the database."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        self._pool = ThreadPoolExecutor(1, "reading")

    async def history(self, read: Callable[[], T]) -> T:
        """What `read` returns, of the database as it was at some moment since it was asked for."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._read, read)

    async def now(self, read: Callable[[], T]) -> T:
        """The same of the database as it still is: later changes were told before this answer is.

        Where it changes all the time, it is read in the caller's own thread in the end.
        """
        for _ in range(_TRIES):
            before = self._changes()
            found = await self.history(read)
            if self._changes() == before:
                return found
        return read()

    def close(self) -> None:
        self._pool.submit(self._database.close).result()
        self._pool.shutdown()

    def _changes(self) -> int:
        """Rows that the writing connection has changed so far."""
        return int(self._database.connection().total_changes)

    def _read(self, read: Callable[[], T]) -> T:
        if self._database.is_closed():
            self._database.connect()
            self._database.pragma("query_only", 1)
        with self._database.atomic():  # all of one moment
            return read()
