"""The client for programs without asyncio: the same, each call waiting for its answer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from multiplane.client.async_client import AsyncClient, Preview
from multiplane.contract.messages_client import AnswerT, Request
from multiplane.contract.messages_server import Accepted, Notice, Welcome

T = TypeVar("T")


class Client:
    """Use as ``with Client() as client``. Runs an `AsyncClient` in a thread of its own."""

    def __init__(self, data: Path | None = None, *, name: str = "multiplane-python") -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._data, self._name = data, name
        self._client: AsyncClient

    def __enter__(self) -> Client:
        """Raises as `AsyncClient.__aenter__`."""
        self._thread.start()
        try:
            self._wait(self._open())
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._wait(self._client.__aexit__())
        finally:
            self._end()

    @property
    def welcome(self) -> Welcome:
        """What the server said first."""
        return self._client.welcome

    def ask(self, request: Request[AnswerT]) -> AnswerT:
        """As `AsyncClient.ask`."""
        return self._wait(self._client.ask(request))

    def submit(
        self,
        storyboard: dict[str, Any],
        *,
        folder: Path | None = None,
        job: str | None = None,
        model: str | None = None,
        cut: str | None = None,
    ) -> Accepted:
        """As `AsyncClient.submit`."""
        return self._wait(
            self._client.submit(storyboard, folder=folder, job=job, model=model, cut=cut)
        )

    def events(self) -> Iterator[Notice | Preview]:
        """As `AsyncClient.events`."""
        events = self._client.events()
        while True:
            yield self._wait(anext(events))

    async def _open(self) -> None:
        self._client = AsyncClient(self._data, name=self._name)
        await self._client.__aenter__()

    def _wait(self, work: Awaitable[T]) -> T:
        async def run() -> T:
            return await work

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5.0)
        self._loop.close()
