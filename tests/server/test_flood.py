"""Too many, too fast, too slow, never reading: whoever does that is dropped, the others go on."""

from __future__ import annotations

import asyncio
import json
import struct
import time
from pathlib import Path

import psutil
import pytest

from multiplane.client import AsyncClient
from multiplane.contract.messages import PROTOCOL
from multiplane.contract.messages_client import GetJob, GetState, Pause
from multiplane.server import server
from multiplane.server.web import connections
from multiplane.server.websocket import session
from tests.server.running import Running, parsed, serve

JOB = "job-0000001"


class RawSocket:
    """A WebSocket by hand, which does what no well-behaved library does."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, to: Running) -> RawSocket:
        # Little is read ahead of the test, so that not to read is felt by the server.
        reader, writer = await asyncio.open_connection("127.0.0.1", to.port, limit=2**10)
        writer.write(
            f"GET /ws HTTP/1.1\r\nHost: {to.host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            f"Authorization: Bearer {to.token}\r\n\r\n".encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101")
        return cls(reader, writer)

    def say(self, type_: str, id_: str = "1", **data: object) -> None:
        self.frame(json.dumps({"type": type_, "id": id_, "data": data}).encode())

    def frame(self, body: bytes, opcode: int = 0x81, length: int | None = None) -> None:
        """One frame, masked with zeros. length: what it says it is, if that is a lie."""
        head = struct.pack(">BBQ", opcode, 0xFF, len(body) if length is None else length)
        self.writer.write(head + bytes(4) + body)

    async def rest(self) -> bytes:
        """All that comes until the server ends the connection."""
        got = b""
        try:
            while block := await self.reader.read(65536):
                got += block
        except ConnectionError:
            pass
        return got


async def greeted(to: Running) -> RawSocket:
    one = await RawSocket.open(to)
    one.say("hello", client="raw", version=1)
    await one.reader.read(2)
    return one


def test_a_client_that_never_reads_is_dropped_and_fills_no_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It asks for 400 answers of half a megabyte and takes none; another client notices nothing."""
    monkeypatch.setattr(session, "UNREAD_S", 3.0)

    async def act(to: Running) -> None:
        async with AsyncClient(tmp_path) as client:
            await client.ask(Pause())
            shots = [{"prompt": "a **dog** " + "x" * 900} for _ in range(300)]
            await client.submit({"shots": shots}, job=JOB)
            before = psutil.Process().memory_info().rss
            deaf = await greeted(to)
            deaf.writer.transport.pause_reading()  # type: ignore[attr-defined]
            for number in range(400):
                deaf.say("job.get", str(number), job=JOB)
            most, slowest, began = 0, 0.0, time.monotonic()
            while to.server.address and time.monotonic() - began < 60:
                asked = time.monotonic()
                await client.ask(GetState())
                slowest = max(slowest, time.monotonic() - asked)
                most = max(most, psutil.Process().memory_info().rss - before)
                if len(open_sockets(to)) == 1:
                    break
                await asyncio.sleep(0.05)
            assert len(open_sockets(to)) == 1, "it was not dropped"
            assert most < 100 * 2**20, f"{most / 2**20:.0f} MB of unsent answers"
            assert slowest < 30.0
            assert (await client.ask(GetJob(job=JOB))).job.shots == 300
            deaf.writer.close()

    serve(tmp_path, act)


def open_sockets(to: Running) -> list[psutil._common.pconn]:
    """The server's side of its connections."""
    return [
        connection
        for connection in psutil.Process().net_connections("tcp")
        if connection.status == "ESTABLISHED"
        and connection.laddr
        and connection.laddr.port == to.port
    ]


def test_who_talks_too_fast_is_told_and_then_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "MESSAGES_AT_ONCE", 50)
    monkeypatch.setattr(session, "MESSAGES_PER_S", 1.0)

    async def act(to: Running) -> None:
        fast = await greeted(to)
        for number in range(90):
            fast.say("state.get", str(number))
        async with AsyncClient(tmp_path) as client:  # has a bucket of its own
            for _ in range(20):
                await client.ask(GetState())
            for number in range(90, 200):
                fast.say("state.get", str(number))
            async with asyncio.timeout(60):
                said = await fast.rest()
            assert said.count(b"message.too_fast") >= 10
            assert b"too fast" in said[-40:], "the reason of the close"
            await client.ask(GetState())

    serve(tmp_path, act)


def test_frames_that_lie_or_are_too_large_end_only_their_connection(tmp_path: Path) -> None:
    async def act(to: Running) -> None:
        async with AsyncClient(tmp_path) as client:
            huge = await greeted(to)
            huge.frame(b"{", length=2**40)
            reserved = await greeted(to)
            reserved.frame(b"x", opcode=0xF3)
            control = await greeted(to)
            control.frame(bytes(500), opcode=0x89)  # a ping may have 125 bytes
            garbage = await greeted(to)
            garbage.writer.write(bytes(range(256)) * 20)
            for one in (huge, reserved, control, garbage):
                async with asyncio.timeout(60):
                    await one.rest()
            await client.ask(GetState())

    serve(tmp_path, act)


def test_no_hello_and_half_a_hello(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "HELLO_S", 0.5)

    async def act(to: Running) -> None:
        silent = await RawSocket.open(to)
        half = await RawSocket.open(to)
        half.writer.write(struct.pack(">BBQ", 0x81, 0xFF, 200) + bytes(4) + b'{"type":')
        wrong = await RawSocket.open(to)
        wrong.say("remove", job=JOB)
        for one in (silent, half, wrong):
            async with asyncio.timeout(60):
                assert b"message.hello.missing" in await one.rest()

    serve(tmp_path, act)


@pytest.mark.parametrize(("theirs", "who"), [(0, "Update the client"), (9, "Update Multiplane")])
def test_versions_that_do_not_fit_are_both_named(tmp_path: Path, theirs: int, who: str) -> None:
    async def act(to: Running) -> None:
        one = await RawSocket.open(to)
        one.say("hello", "1", client="panel 9.0", version=theirs)
        async with asyncio.timeout(60):
            said = await one.rest()
        assert b"protocol.version" in said
        assert f"speaks protocol {theirs}, this server {PROTOCOL}".encode() in said
        assert who.encode() in said
        assert struct.pack(">H", session.VERSION_MISMATCH) in said, "the close code"

    serve(tmp_path, act)


def test_no_more_clients_than_there_is_room_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "MAX_CLIENTS", 3)
    defaults = connections.Connections.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "most", 6)

    async def act(to: Running) -> None:
        there = [await greeted(to) for _ in range(3)]
        status, _, body = await to.get(
            "/ws",
            Connection="Upgrade",
            Upgrade="websocket",
            Sec_WebSocket_Version="13",
            Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ==",
        )
        assert (status, json.loads(body)["error"]["code"]) == (503, "server.full")
        idle = [await asyncio.open_connection("127.0.0.1", to.port) for _ in range(3)]
        await asyncio.sleep(0.1)
        assert parsed(await to.raw(b""))[0] == 503, "beyond the cap of connections"
        for _, writer in idle:
            writer.close()
        there[0].writer.close()
        for _ in range(100):
            await asyncio.sleep(0.05)
            if len(open_sockets(to)) < 3:
                break
        async with AsyncClient(tmp_path) as client:
            await client.ask(GetState())
        for one in there:
            one.writer.close()

    serve(tmp_path, act)


def test_an_idle_connection_and_a_slow_second_request_are_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "IDLE_S", 0.5)

    async def act(to: Running) -> None:
        request = f"GET /health HTTP/1.1\r\nHost: {to.host}\r\n\r\n".encode()
        began = time.monotonic()
        assert (await to.raw(request)).startswith(b"HTTP/1.1 200")
        assert time.monotonic() - began < 25, "the default is longer"
        reader, writer = await asyncio.open_connection("127.0.0.1", to.port)
        writer.write(request)
        await reader.readuntil(b"}")

        async def drip() -> None:
            for byte in request[:-2]:
                writer.write(bytes([byte]))
                await asyncio.sleep(0.05)

        dripping = asyncio.create_task(drip())
        async with asyncio.timeout(60):
            rest = await reader.read()
        dripping.cancel()
        assert b"200" not in rest
        writer.close()

    serve(tmp_path, act)
