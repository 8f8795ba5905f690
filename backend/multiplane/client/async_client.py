"""The client for programs with asyncio."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import itertools
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from multiplane.client.entrance import find_entrance
from multiplane.contract.data_folder import DataFolder, data_folder
from multiplane.contract.errors import Failure, InputError
from multiplane.contract.frames import PreviewInfo, unpack_preview
from multiplane.contract.messages import (
    MAX_MESSAGE_BYTES,
    PROTOCOL,
    SUBPROTOCOL,
    open_envelope,
    open_payload,
    pack,
)
from multiplane.contract.messages_client import AnswerT, Hello, Request, Submit
from multiplane.contract.messages_server import (
    NOTICES,
    Accepted,
    ErrorNotice,
    Notice,
    Welcome,
)

Preview = tuple[PreviewInfo, bytes]
_CLOSE_S = 2.0


class AsyncClient:
    """A connection to the server of a data folder. Use as ``async with AsyncClient() as client``.

    welcome: what the server said first, with all jobs that have not ended.
    """

    welcome: Welcome

    def __init__(self, data: Path | None = None, *, name: str = "multiplane-python") -> None:
        self._data: DataFolder = data_folder(data)
        self._name = name
        self._ids = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[Notice]] = {}
        self._events: asyncio.Queue[Notice | Preview | None] = asyncio.Queue()
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> AsyncClient:
        """Raises as `find_entrance`, Failure `server.refused`, InputError `protocol.version`."""
        entrance = await asyncio.to_thread(find_entrance, self._data)
        address = entrance.address
        try:
            self._socket = await connect(
                f"{address.url.replace('http', 'ws', 1)}/ws",
                subprotocols=[SUBPROTOCOL],  # type: ignore[list-item]
                additional_headers={"Authorization": f"Bearer {entrance.pass_}"},
                max_size=MAX_MESSAGE_BYTES * 4,
                close_timeout=_CLOSE_S,
                compression=None,
                ssl=entrance.tls,
                proxy=None,
            )
        except InvalidStatus as error:
            raise _refused(f"status {error.response.status_code}") from error
        except (OSError, TimeoutError, InvalidHandshake) as error:
            raise Failure(
                "server.not_running",
                f"No server answers at {address.url}.",
                remedy="Start one with: multiplane serve (with the same --data, if you give one).",
            ) from error
        self._reader = asyncio.create_task(self._read(self._socket))
        try:
            hello = Hello(client=self._name, version=PROTOCOL)
            self.welcome = await self.ask(hello)
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._socket is not None:
            await self._socket.close()
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader

    async def ask(self, request: Request[AnswerT]) -> AnswerT:
        """Send a request and wait for its answer, which is of the class that the request names.

        Raises what the server says, as InputError, and Failure `server.gone` when the connection
        ends first.
        """
        assert self._socket is not None
        id_ = str(next(self._ids))
        future: asyncio.Future[Notice] = asyncio.get_running_loop().create_future()
        self._waiting[id_] = future
        try:
            await self._socket.send(pack(request, id_))
            said = await future
        except ConnectionClosed as error:
            raise gone() from error
        finally:
            self._waiting.pop(id_, None)
        if isinstance(said, ErrorNotice):
            raise as_error(said)
        if not isinstance(said, request.answer_class()):
            raise Failure("server.answer", f"The server answered {said.TYPE} to {request.TYPE}.")
        return said

    async def submit(
        self,
        storyboard: dict[str, Any],
        *,
        folder: Path | None = None,
        job: str | None = None,
        model: str | None = None,
        cut: str | None = None,
    ) -> Accepted:
        """Hand in a storyboard; it is on the server's disk when this returns.

        folder: where its relative paths start. job: an id of your own, to submit safely again.
        model, cut: instead of the storyboard's. Raises InputError also for an id that is none.
        """
        request = Submit.of(
            job=job or str(uuid.uuid4()),
            storyboard=storyboard,
            folder=None if folder is None else str(folder.absolute()),
            model=model,
            cut=cut,
        )
        return await self.ask(request)

    async def events(self) -> AsyncIterator[Notice | Preview]:
        """What the server tells from now on. Raises Failure `server.gone` when it ends."""
        while (event := await self._events.get()) is not None:
            yield event
        self._events.put_nowait(None)
        raise gone()

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for text in socket:
                if isinstance(text, bytes):
                    self._events.put_nowait(unpack_preview(text))
                    continue
                envelope = open_envelope(text)
                if envelope.type not in NOTICES:
                    continue  # of a newer server
                said = open_payload(envelope, NOTICES)
                waiting = self._waiting.get(envelope.id or "")
                if waiting is not None and not waiting.done():
                    waiting.set_result(said)
                else:
                    self._events.put_nowait(said)
        except ConnectionClosed:
            pass
        finally:
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(gone())
            self._events.put_nowait(None)


def as_error(said: ErrorNotice) -> InputError:
    """The server's error as if it had been raised here."""
    entry = said.error
    value: object = entry.value  # as Python writes it, shortened
    with contextlib.suppress(ValueError, SyntaxError, TypeError):
        value = ast.literal_eval(str(entry.value))
    also = tuple(as_error(ErrorNotice(error=other)) for other in entry.also)
    return InputError(
        entry.code, entry.message, entry.file, entry.field, value, entry.remedy, also, entry.values
    )


def gone() -> Failure:
    return Failure(
        "server.gone",
        "The server has ended the connection.",
        remedy="Connect again; what was accepted goes on by itself.",
    )


def _refused(why: str) -> Failure:
    return Failure(
        "server.refused",
        f"The server does not let this client in ({why}).",
        remedy="Use the data folder of the server that runs; its token may have been renewed.",
    )
