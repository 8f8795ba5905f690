"""One client's conversation over a WebSocket, from hello to the end."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress

from aiohttp import WSCloseCode, WSMsgType, web

from multiplane.contract.errors import InputError, MultiplaneError
from multiplane.contract.messages import (
    MAX_MESSAGE_BYTES,
    PROTOCOL,
    SUBPROTOCOL,
    open_envelope,
    open_payload,
    pack,
)
from multiplane.contract.messages_client import REQUESTS, Hello
from multiplane.contract.messages_common import JobWithShots
from multiplane.contract.messages_server import Welcome
from multiplane.contract.own_version import own_version
from multiplane.server.breath import breathe
from multiplane.server.jobs.catalogue import cameras, models
from multiplane.server.jobs.hub import Hub, Listener
from multiplane.server.jobs.store import Store
from multiplane.server.web.answers import error_response
from multiplane.server.web.gate import speaks_our_protocol
from multiplane.server.websocket.beside import is_asked_beside
from multiplane.server.websocket.inbox import Inbox
from multiplane.server.websocket.rate import Bucket
from multiplane.server.websocket.requests import Requests, error_message

FEATURES = [
    "previews",
    "camera.apply",
    "layer.edit",
    "layer.words",
    "layer.look",
    "shot.variations",
    "tokens",
    "models.pull",
    "uploads",
    "history",
    "favourites",
    "models.remove",
    "machine",
    "about",
]
MAX_CLIENTS = 256
HELLO_S, HEARTBEAT_S = 10.0, 20.0
UNREAD_S = 20.0
"""A client that has read nothing for so long, with something to read, is dropped."""
MESSAGES_PER_S, MESSAGES_AT_ONCE = 100.0, 1000
_TOO_FAST_AT_MOST = 50
VERSION_MISMATCH = 4400


class Sessions:
    """Answers /ws, and knows all open conversations."""

    def __init__(self, store: Store, hub: Hub, requests: Requests) -> None:
        self._store, self._hub, self._requests = store, hub, requests
        self._open: set[web.WebSocketResponse] = set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """The gate has let the request in."""
        if len(self._open) >= MAX_CLIENTS:
            busy = InputError("server.full", "Too many clients are connected.")
            return _refused(busy, 503)
        if not speaks_our_protocol(request):
            return _refused(version_error(None), 400)
        # No compression: a small message could unpack to a huge one.
        socket = web.WebSocketResponse(
            protocols=(SUBPROTOCOL,),
            max_msg_size=MAX_MESSAGE_BYTES,
            heartbeat=HEARTBEAT_S,
            compress=False,
            timeout=2.0,
        )
        if not socket.can_prepare(request):
            plain = InputError("server.not_a_websocket", "This address is for WebSockets.")
            return _refused(plain, 426)
        await socket.prepare(request)
        self._open.add(socket)
        try:
            await self._converse(request, socket)
        finally:
            self._open.discard(socket)
        return socket

    async def close(self) -> None:
        """End all conversations, because the server stops."""
        closing = [
            socket.close(code=WSCloseCode.GOING_AWAY, message=b"The server stops.")
            for socket in list(self._open)
        ]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await asyncio.gather(*closing, return_exceptions=True)

    async def _converse(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        hello = await self._greeted(socket)
        if hello is None:
            return
        listener = Listener(local=_is_loopback(request.remote))
        jobs = await self._requests.open_jobs()
        listener.unsent.put_answer(pack(self._welcome(jobs), hello))  # nothing happens in between
        self._hub.join(listener)
        writer = asyncio.create_task(_write(request, socket, listener))
        inbox, beside = Inbox(), Inbox()
        answering = asyncio.create_task(self._answer(inbox, listener))
        asked = asyncio.create_task(self._answer(beside, listener))
        try:
            too_fast = await self._read(socket, listener, inbox, beside)
            inbox.end(drop=too_fast)
            beside.end(drop=True)
            await answering  # what was sent before a good end counts
            await asked
        finally:
            answering.cancel()
            asked.cancel()
            self._hub.leave(listener)
            writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await writer

    async def _greeted(self, socket: web.WebSocketResponse) -> str | None:
        """The id of a good hello; otherwise the reason is said and the socket closed."""
        id_ = None
        try:
            async with asyncio.timeout(HELLO_S):
                said = await socket.receive()
            if said.type is not WSMsgType.TEXT:
                raise InputError("message.hello.missing", "Say hello first, as text.")
            envelope = open_envelope(said.data)
            id_ = envelope.id
            if envelope.type != Hello.TYPE:
                raise InputError("message.hello.missing", "Say hello first.", value=envelope.type)
            hello = open_payload(envelope, REQUESTS)
            assert isinstance(hello, Hello)
            if hello.version != PROTOCOL:
                raise version_error(hello.version)
            return id_ or "hello"
        except TimeoutError:
            error: MultiplaneError = InputError("message.hello.missing", "No hello came.")
        except MultiplaneError as met:
            error = met
        code = (
            VERSION_MISMATCH if error.code == "protocol.version" else WSCloseCode.POLICY_VIOLATION
        )
        with contextlib.suppress(ConnectionError, RuntimeError):
            await socket.send_str(error_message(error, id_))
        await socket.close(code=code, message=error.code.encode())
        return None

    def _welcome(self, jobs: list[JobWithShots]) -> Welcome:
        return Welcome(
            server=f"multiplane {own_version()}",
            version=PROTOCOL,
            features=FEATURES,
            models=models(),
            cameras=cameras(),
            jobs=jobs,
            paused=self._store.paused,
        )

    async def _answer(self, inbox: Inbox, listener: Listener) -> None:
        """Answer one message after another, with pauses: who sends many holds nobody up."""
        while (message := await inbox.take()) is not None:
            listener.unsent.put_answer(await self._requests.answer(message, listener))
            await listener.unsent.room()
            await breathe()

    async def _read(
        self, socket: web.WebSocketResponse, listener: Listener, inbox: Inbox, beside: Inbox
    ) -> bool:
        """Read until the end; whether that came because messages came too fast.

        Questions that wait for long go to `beside`, all else to `inbox`.
        """
        bucket, too_fast = Bucket(MESSAGES_PER_S, MESSAGES_AT_ONCE), 0
        async for said in socket:
            if said.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                continue
            if not bucket.take():
                too_fast += 1
                if too_fast > _TOO_FAST_AT_MOST:
                    await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"too fast")
                    return True
                error = InputError(
                    "message.too_fast",
                    "Too many messages in a short time; this one was not read.",
                    remedy="Send at most {most} a second.",
                    values={"most": MESSAGES_PER_S},
                )
                listener.unsent.put_answer(error_message(error, None))
                continue
            if said.type is WSMsgType.BINARY:
                error = InputError("message.binary", "Only text is understood here.")
                listener.unsent.put_answer(error_message(error, None))
                continue
            await (beside if is_asked_beside(said.data) else inbox).put(said.data)
        return False


def _refused(error: MultiplaneError, status: int) -> web.Response:
    """No WebSocket, and no further request on this connection."""
    response = error_response(error, status)
    response.force_close()
    return response


async def _write(request: web.Request, socket: web.WebSocketResponse, listener: Listener) -> None:
    """Send what is to be sent; drop a client that does not read."""
    try:
        await _send_all(request, socket, listener)
    finally:
        listener.unsent.close()


async def _send_all(
    request: web.Request, socket: web.WebSocketResponse, listener: Listener
) -> None:
    while True:
        message = await listener.unsent.take()
        try:
            async with asyncio.timeout(UNREAD_S):
                if isinstance(message, str):
                    await socket.send_str(message)
                else:
                    await socket.send_bytes(message)
        except TimeoutError:
            if isinstance(request.transport, asyncio.Transport):
                request.transport.abort()
            return
        except (ConnectionError, RuntimeError):
            return


def version_error(theirs: int | None) -> InputError:
    """Both versions, and who has to be updated."""
    newer = theirs is not None and theirs > PROTOCOL
    return InputError(
        "protocol.version",
        "The client speaks protocol {theirs}, this server {own}.",
        field="version",
        value=theirs,
        remedy="Update Multiplane, then start the server again."
        if newer
        else "Update the client, such as the panel, to the server's version.",
        values={"theirs": "another" if theirs is None else theirs, "own": PROTOCOL},
    )


def _is_loopback(remote: str | None) -> bool:
    try:
        return ipaddress.ip_address(remote or "").is_loopback
    except ValueError:
        return False
