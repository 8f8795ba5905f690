"""A server in this process for the tests, and raw ways to knock at it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from multiplane.client import AsyncClient
from multiplane.contract.data_folder import DataFolder
from multiplane.contract.messages_client import GetJob
from multiplane.contract.messages_server import JobDetail
from multiplane.server.jobs.states import ENDED_JOBS
from multiplane.server.server import Server, ServerSettings


def busy() -> float:
    """How many times slower than usual this machine is, about: work that waits for each core."""
    if not hasattr(os, "getloadavg"):  # Windows
        return 1.0
    return max(1.0, 2.0 * os.getloadavg()[0] / (os.cpu_count() or 1))


@dataclass(frozen=True)
class Running:
    server: Server
    data: DataFolder
    port: int
    token: str

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def raw(self, request: bytes, *, wait_s: float = 60.0) -> bytes:
        """What comes back for these very bytes, until the server closes or `wait_s`.

        Of a connection that becomes a WebSocket only the beginning.
        """
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        got = b""
        try:
            writer.write(request)
            await writer.drain()
            async with asyncio.timeout(wait_s):
                while block := await reader.read(65536):
                    got += block
                    if got.startswith(b"HTTP/1.1 101") and b"\r\n\r\n" in got:
                        break
        except (TimeoutError, ConnectionError):
            pass
        finally:
            writer.close()
        return got

    async def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers (lower case) and body of a GET; `None`-like "" leaves a header out."""
        sent = {"Host": self.host, "Authorization": f"Bearer {self.token}", "Connection": "close"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items() if value)
        answer = await self.raw(f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode())
        return parsed(answer)


def parsed(answer: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of an HTTP answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in rest)
    return int(first.split()[1]), headers, body


@contextlib.asynccontextmanager
async def running(folder: Path, **settings: object) -> AsyncIterator[Running]:
    """A server on a free port with its data in `folder`."""
    data = DataFolder(folder)
    async with Server(ServerSettings(data, port=0, **settings)) as server:  # type: ignore[arg-type]
        assert server.address is not None
        yield Running(server, data, server.address.port, data.read_token())


def serve(folder: Path, act: Callable[[Running], Awaitable[None]], **settings: object) -> None:
    """Run a test's own part while a server is there."""

    async def run() -> None:
        async with asyncio.timeout(600), running(folder, **settings) as server:
            await act(server)

    asyncio.run(run())


def serve_client(
    folder: Path, act: Callable[[Running, AsyncClient], Awaitable[None]], **settings: object
) -> None:
    """The same with a client that is connected."""

    async def connected(server: Running) -> None:
        async with AsyncClient(folder) as client:
            await act(server, client)

    serve(folder, connected, **settings)


async def ended(client: AsyncClient, job: str) -> JobDetail:
    """Wait for the job's end."""
    while (detail := await client.ask(GetJob(job=job))).job.state not in ENDED_JOBS:
        await asyncio.sleep(0.02)
    return detail


@contextlib.contextmanager
def in_a_thread(folder: Path, **settings: object) -> Iterator[Running]:
    """The same for tests that are not asynchronous: the server runs in a thread of its own."""
    started: Future[Running] = Future()
    stop = Future[None]()

    async def run() -> None:
        try:
            async with running(folder, **settings) as server:
                started.set_result(server)
                await asyncio.wrap_future(stop)
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)

    thread = threading.Thread(target=asyncio.run, args=(run(),), daemon=True)
    thread.start()
    try:
        yield started.result(timeout=60)
    finally:
        stop.set_result(None)
        thread.join(timeout=20)
        assert not thread.is_alive(), "the server did not stop"
