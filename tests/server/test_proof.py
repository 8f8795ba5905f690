"""The server proves itself first: who takes the noted port never gets the token."""

from __future__ import annotations

import asyncio
import http.server
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from multiplane.client import Client
from multiplane.client.entrance import find_entrance
from multiplane.client.files import Fetcher
from multiplane.contract.data_folder import Address, DataFolder
from multiplane.contract.errors import Failure
from multiplane.contract.messages_client import GetState
from multiplane.contract.proof import pass_of
from multiplane.server.jobs.storage.token_file import ensure_token, matches
from multiplane.server.web import gate
from tests.server.running import Running, in_a_thread, running

Answer = Callable[[str], tuple[int, bytes]]


class Impostor:
    """Another program at a port; it keeps all that it is told."""

    def __init__(self, answer: Answer) -> None:
        self.heard: list[str] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.heard.append(f"{self.path}\n{self.headers}")
                status, body = answer(self.path)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                if status == 302:
                    self.send_header("Location", body.decode())
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def impostor(request: pytest.FixtureRequest) -> Iterator[Impostor]:
    one = Impostor(request.param)
    yield one
    one.server.shutdown()
    one.server.server_close()


def claims(path: str) -> tuple[int, bytes]:
    return 200, b'{"run": "r", "proof": "' + b"0" * 64 + b'"}'


ANSWERS: list[Answer] = [
    claims,
    lambda path: (200, b'{"status": "ok", "protocol": 1}'),
    lambda path: (200, b"<html>a web server</html>"),
    lambda path: (200, b"[]"),
    lambda path: (404, b""),
    lambda path: (500, b""),
    lambda path: (302, b"/elsewhere"),
]


@pytest.mark.parametrize("impostor", ANSWERS, indirect=True)
def test_who_takes_the_port_gets_no_token(tmp_path: Path, impostor: Impostor) -> None:
    data = DataFolder(tmp_path)
    token = ensure_token(data.token)
    data.write_address(Address("127.0.0.1", impostor.port, "http", 1))
    for use in (lambda: Client(tmp_path).__enter__(), lambda: Fetcher(data)):
        with pytest.raises(Failure) as caught:
            use()
        assert caught.value.code == "server.not_ours"
        assert "multiplane serve" in str(caught.value.remedy)
    assert len(impostor.heard) == 2
    assert all(token not in one and "Authorization" not in one for one in impostor.heard)


def test_who_asks_the_real_server_for_a_proof_cannot_use_it(tmp_path: Path) -> None:
    """A server runs at another port than the noted one, and the impostor passes questions on."""
    with in_a_thread(tmp_path) as real:

        def relayed(path: str) -> tuple[int, bytes]:
            with urllib.request.urlopen(f"http://{real.host}{path}", timeout=20) as answer:
                return 200, answer.read()

        impostor = Impostor(relayed)
        real.data.write_address(Address("127.0.0.1", impostor.port, "http", 1))
        with pytest.raises(Failure, match="does not know the token") as caught:
            find_entrance(real.data)
        assert caught.value.code == "server.not_ours"
        assert impostor.heard
        impostor.server.shutdown()
        impostor.server.server_close()


def test_a_port_that_a_killed_server_left_is_noticed(tmp_path: Path) -> None:
    data = DataFolder(tmp_path)
    ensure_token(data.token)
    data.write_address(Address("127.0.0.1", 9, "http", 4711))  # nobody answers at "discard"
    with pytest.raises(Failure, match="process 4711") as caught, Client(tmp_path):
        pass
    assert caught.value.code == "server.not_running"
    with in_a_thread(tmp_path) as server:
        assert server.data.read_address().port == server.port
    assert not data.port.exists()


def test_clients_show_a_pass_and_never_the_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str | None] = []

    def spied(given: str | None, right: str) -> bool:
        shown.append(given)
        return matches(given, right)

    monkeypatch.setattr(gate.token_file, "matches", spied)
    with in_a_thread(tmp_path) as server:
        with Client(tmp_path) as client:
            assert client.ask(GetState()).jobs == []
        first = find_entrance(server.data).pass_
        assert set(shown) == {first}
        assert server.token not in shown
    with in_a_thread(tmp_path) as again:
        assert find_entrance(again.data).pass_ != first, "good for one run"
        assert again.token == server.token


def test_what_opens_the_gate(tmp_path: Path) -> None:
    async def status(server: Running, shown: str) -> int:
        got, _, _ = await server.get("/artifacts/0", Authorization=f"Bearer {shown}")
        return got

    async def run() -> None:
        async with running(tmp_path) as server:
            entrance = await asyncio.to_thread(find_entrance, server.data)
            assert await status(server, server.token) == 400, "it is let in; that is no blob's name"
            assert await status(server, entrance.pass_) == 400
            other = pass_of(server.token, port=server.port, run="0" * 64)
            for wrong in (other, entrance.pass_[:-1], "", "0" * 64):
                assert await status(server, wrong) == 401
            for nonce in ("", "abc", "g" * 32, "0" * 65, "%00" * 32):
                got, _, body = await server.get(f"/prove?nonce={nonce}", Authorization="")
                assert got == 400
                assert b"prove.nonce" in body
            got, _, body = await server.get(f"/prove?nonce={'0' * 32}", Authorization="")
            assert got == 200
            assert server.token.encode() not in body

    asyncio.run(run())
