"""The sockets behind the requests: how many at once, and how long one may stay silent."""

from __future__ import annotations

import asyncio
import ssl

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

MAX_CONNECTIONS = 512
FIRST_REQUEST_S = 10.0
"""A connection whose first request is not whole by then is dropped (slowloris)."""
IDLE_S = 30.0
LINGERING_S = 0.5
"""How long the rest of a refused body is thrown away, so that the client can read why."""

_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Connections:
    """Makes the protocol of each accepted socket, through aiohttp's own, and watches it."""

    def __init__(
        self, *, most: int = MAX_CONNECTIONS, first_request_s: float = FIRST_REQUEST_S
    ) -> None:
        self._most, self._first_request_s = most, first_request_s
        self._silent: set[asyncio.BaseProtocol] = set()
        self._server: web.Server | None = None

    def middleware(self) -> Middleware:
        """Must be the application's first: it notices that a request has come whole."""

        @web.middleware
        async def heard(request: web.Request, handler: Handler) -> web.StreamResponse:
            self._silent.discard(request.protocol)
            return await handler(request)

        return heard

    async def listen(
        self, runner: web.AppRunner, host: str, port: int, tls: ssl.SSLContext | None = None
    ) -> asyncio.Server:
        """Accept connections for an application that is set up. Raises OSError."""
        self._server = runner.server
        loop = asyncio.get_running_loop()
        return await loop.create_server(
            self._protocol, host, port, ssl=tls, ssl_handshake_timeout=10.0 if tls else None
        )

    def _protocol(self) -> asyncio.BaseProtocol:
        assert self._server is not None
        if len(self._server.connections) >= self._most:
            return _Refusing()
        protocol = self._server()
        self._silent.add(protocol)
        asyncio.get_running_loop().call_later(self._first_request_s, self._check, protocol)
        return protocol

    def _check(self, protocol: web.RequestHandler) -> None:
        if protocol in self._silent:
            self._silent.discard(protocol)
            protocol.force_close()


class _Refusing(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            transport.write(_BUSY)
        transport.close()
