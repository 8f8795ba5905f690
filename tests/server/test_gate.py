"""Who comes in: raw requests against a real server, each refused before anything is read."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from multiplane.contract.message_documents import asyncapi, openapi
from multiplane.server.app import make_app
from multiplane.server.jobs.storage.token_file import ensure_token, matches
from multiplane.server.web import connections
from multiplane.server.web.endpoints import Files
from multiplane.server.web.gate import Gate
from multiplane.server.web.pairing import FREE_TRIES, MOST, VALID_S, Pairing
from multiplane.server.web.panel_pages import Panel
from multiplane.server.web.proving import Proving
from multiplane.server.web.thumbnails import Thumbnails
from multiplane.server.websocket.rate import Bucket
from multiplane.server.websocket.session import Sessions
from tests.bad_paths import BAD_PATHS
from tests.server.running import Running, parsed, serve

UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec_WebSocket_Version": "13",
    "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def test_only_health_is_open_and_it_says_nothing(tmp_path: Path) -> None:
    async def act(server: Running) -> None:
        status, _, body = await server.get("/health", Authorization="")
        assert (status, json.loads(body)) == (200, {"status": "ok", "protocol": 1})
        for path in ("/ws", "/artifacts/" + "0" * 64, "/jobs/aaaaaaaa/x", "/nothing"):
            status, headers, body = await server.get(path, Authorization="")
            assert status == 401, path
            assert headers["connection"] == "close"
            assert json.loads(body)["error"]["code"] == "gate.token"
        status, _, _ = await server.get("/nothing")
        assert status == 404

    serve(tmp_path, act)


def test_every_address_is_in_the_documents() -> None:
    nothing: Any = None  # no request is made
    app = make_app(
        Gate("token"),
        connections.Connections(),
        Sessions(nothing, nothing, nothing),
        Files(nothing, nothing, nothing),
        Pairing("token"),
        Panel(None),
        Proving("token"),
        Thumbnails(nothing),
    )
    routes = {
        route.resource.canonical for route in app.router.routes() if route.resource is not None
    }
    documented = {*openapi()["paths"], *(one["address"] for one in asyncapi()["channels"].values())}
    assert routes - {"/{path}", "/"} == documented


@pytest.mark.parametrize(
    "wrong", ["", "x", "Bearer", "Bearer ", "Bearer x", "Basic TOKEN", "TOKEN"]
)
def test_a_wrong_token_is_refused(tmp_path: Path, wrong: str) -> None:
    async def act(server: Running) -> None:
        given = wrong.replace("TOKEN", server.token)
        status, _, _ = await server.get("/ws", **{**UPGRADE, "Authorization": given})
        assert status == 401
        truncated = f"Bearer {server.token[:-1]}"
        status, _, _ = await server.get("/ws", **{**UPGRADE, "Authorization": truncated})
        assert status == 401

    serve(tmp_path, act)


def test_hosts_and_origins(tmp_path: Path) -> None:
    async def act(server: Running) -> None:
        port = server.port
        for host, status in [
            (f"127.0.0.1:{port}", 404),
            (f"localhost:{port}", 404),
            (f"LOCALHOST:{port}", 404),
            ("127.0.0.1", 421),
            (f"127.0.0.1:{port + 1}", 421),
            (f"127.0.0.1.evil.com:{port}", 421),
            (f"evil.com:{port}", 421),
            (f"user@127.0.0.1:{port}", 421),
            (f"[::1]:{port}", 421),
            (f"0.0.0.0:{port}", 421),
        ]:
            assert (await server.get("/nothing", Host=host))[0] == status, host
        for origin, status in [
            ("null", 404),
            ("file://", 404),
            (f"http://127.0.0.1:{port}", 404),
            ("https://allowed.example", 404),
            ("https://ALLOWED.example", 404),
            ("https://allowed.example.evil.com", 403),
            ("http://allowed.example", 403),
            ("https://evil.com", 403),
            ("http://localhost:1", 403),
            ("http://127.0.0.1", 403),
            ("chrome-extension://abc", 403),
        ]:
            assert (await server.get("/nothing", Origin=origin))[0] == status, origin
            opened = await server.get("/health", Origin=origin)
            assert opened[0] == (200 if status == 404 else 403)
            assert "access-control-allow-origin" not in opened[1]
        twice = f"GET /health HTTP/1.1\r\nHost: {server.host}\r\nHost: evil.com\r\n\r\n"
        assert parsed(await server.raw(twice.encode()))[0] in (400, 421)
        none = await server.raw(b"GET /health HTTP/1.0\r\n\r\n")
        assert parsed(none)[0] == 421

    serve(tmp_path, act, origins=("https://allowed.example/",))


def test_pages_that_may_ask_may_read_and_others_may_not_ask(tmp_path: Path) -> None:
    async def act(server: Running) -> None:
        async def asked(origin: str) -> tuple[int, dict[str, str], bytes]:
            lines = f"Host: {server.host}\r\nOrigin: {origin}\r\nConnection: close\r\n"
            return parsed(await server.raw(f"OPTIONS /uploads HTTP/1.1\r\n{lines}\r\n".encode()))

        status, headers, body = await asked("null")
        assert (status, body) == (204, b"")
        assert headers["access-control-allow-origin"] == "null"
        assert "authorization" in headers["access-control-allow-headers"]
        status, headers, _ = await asked("https://evil.com")
        assert status == 403
        assert "access-control-allow-origin" not in headers

    serve(tmp_path, act)


def test_a_refused_upload_is_not_read(tmp_path: Path) -> None:
    async def act(server: Running) -> None:
        head = f"POST /uploads HTTP/1.1\r\nHost: {server.host}\r\nContent-Length: 1000000000\r\n"
        refused = await server.raw(f"{head}\r\n".encode() + b"x" * 1000)
        assert parsed(refused)[0] == 401
        waited = await server.raw(f"{head}Expect: 100-continue\r\n\r\n".encode())
        assert parsed(waited)[0] == 401, "no 100 Continue before the token"
        with_token = f"{head}Authorization: Bearer {server.token}\r\n\r\n"
        assert parsed(await server.raw(with_token.encode()))[0] == 413
        assert not any((tmp_path / "blobs").rglob("*/*"))

    serve(tmp_path, act)


def test_the_token_as_a_subprotocol(tmp_path: Path) -> None:
    async def act(server: Running) -> None:
        async def shaken(protocols: str) -> tuple[int, dict[str, str], bytes]:
            offered = {**UPGRADE, "Authorization": "", "Sec_WebSocket_Protocol": protocols}
            head = "".join(
                f"{name.replace('_', '-')}: {value}\r\n" for name, value in offered.items() if value
            )
            request = f"GET /ws HTTP/1.1\r\nHost: {server.host}\r\n{head}\r\n"
            return parsed(await server.raw(request.encode()))

        status, headers, _ = await shaken(f"multiplane.1, multiplane.token.{server.token}")
        assert status == 101
        assert headers["sec-websocket-protocol"] == "multiplane.1", "the token is not echoed"
        assert (await shaken("multiplane.1"))[0] == 401
        assert (await shaken("multiplane.1, multiplane.token.wrong"))[0] == 401
        assert (await shaken(f"multiplane.9, multiplane.token.{server.token}"))[0] == 400

    serve(tmp_path, act)


def test_silent_and_slow_connections_are_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "FIRST_REQUEST_S", 0.4)
    monkeypatch.setattr(connections.Connections.__init__, "__kwdefaults__", {
        "most": 4, "first_request_s": 0.4,
    })  # fmt: skip

    async def act(server: Running) -> None:
        began = asyncio.get_running_loop().time()
        silent = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(2)]
        slow_reader, slow_writer = await asyncio.open_connection("127.0.0.1", server.port)
        slow_writer.write(b"GET /health HTTP/1.1\r\nHos")
        async with asyncio.timeout(60):
            for reader, _ in silent:
                assert await reader.read() == b""
            assert await slow_reader.read() == b""
        assert asyncio.get_running_loop().time() - began < 25, "long before an idle one"
        many = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(6)]
        async with asyncio.timeout(60):
            answers = [await reader.read() for reader, _ in many]
        assert sum(answer.startswith(b"HTTP/1.1 503") for answer in answers) == 2
        assert (await server.get("/health"))[0] == 200
        for _, writer in [*silent, *many]:
            writer.close()

    serve(tmp_path, act)


def test_the_token_is_only_its_owners_to_read(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "token"
    token = ensure_token(path)
    assert len(token) == 43
    assert ensure_token(path) == token
    if os.name != "nt":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.chmod(0o644)
        renewed = ensure_token(path)
        assert renewed != token, "others may have read it"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        token = renewed
    path.write_text(token[:20])
    assert ensure_token(path) != token[:20]
    assert matches(token, token)
    assert not matches(None, token)
    assert not matches("ü\ud800", token)


def test_bad_paths_over_http(tmp_path: Path) -> None:
    """The same through the router: never a file, whatever is decoded where."""

    async def act(server: Running) -> None:
        job = tmp_path / "jobs" / "job-0000001"
        job.mkdir(parents=True)
        for bad in [
            bad_path for bad_path in BAD_PATHS if bad_path.isascii() and bad_path.isprintable()
        ]:
            for spelled in (bad.replace(" ", "%20"), bad.replace("/", "%2f").replace(" ", "%20")):
                status, _, _ = await server.get(f"/jobs/job-0000001/{spelled}")
                assert status in (400, 404), spelled

    serve(tmp_path, act)


def test_a_bucket_refills(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    bucket = Bucket(2.0, 3, clock=lambda: now)
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    now = 0.5
    assert [bucket.take() for _ in range(2)] == [True, False]
    now = 100.0
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]


def test_a_pairing_code_works_once_and_not_for_long() -> None:
    now = 0.0
    pairing = Pairing("the token", clock=lambda: now)
    assert pairing.redeem("") is None
    code = pairing.new_code()
    assert pairing.redeem("AAAA-AAAA") is None
    assert pairing.redeem(code.lower().replace("-", " ")) == "the token"
    assert pairing.redeem(code) is None
    first, second = pairing.new_code(), pairing.new_code()
    assert pairing.redeem(second) == pairing.redeem(first) == "the token", "a browser each"
    many = [pairing.new_code() for _ in range(MOST + 1)]
    assert [pairing.redeem(one) for one in many[:2]] == [None, "the token"]
    code = pairing.new_code()
    assert [pairing.redeem("wrong") for _ in range(3 * FREE_TRIES)] == [None] * 3 * FREE_TRIES
    assert pairing.pause_s > 0
    assert pairing.redeem(code) == "the token", "a page that guesses voids no code"
    code = pairing.new_code()
    assert pairing.pause_s == 0
    now = VALID_S + 1
    assert pairing.redeem(code) is None


def test_pairing_over_http_wants_json(tmp_path: Path) -> None:
    async def act(server: Running) -> None:
        assert server.server.pairing is not None
        code = server.server.pairing.new_code()

        async def post(body: str, kind: str) -> tuple[int, dict[str, str], bytes]:
            head = (
                f"POST /pair HTTP/1.1\r\nHost: {server.host}\r\nContent-Type: {kind}\r\n"
                f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            )
            return parsed(await server.raw((head + body).encode()))

        good = json.dumps({"code": code})
        assert (await post(good, "text/plain"))[0] == 400
        assert (await post(good, "application/x-www-form-urlencoded"))[0] == 400
        assert (await post("{", "application/json"))[0] == 400
        assert (await post('{"code": "wrong"}', "application/json"))[0] == 403
        assert (await post("[" * 70_000, "application/json"))[0] in (400, 413)
        status, _, body = await post(good, "application/json")
        assert (status, json.loads(body)["token"]) == (200, server.token)

    serve(tmp_path, act)
