"""`multiplane serve` and `submit` as people run them: TLS, pairing, stopping, logs, to the end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import re
import signal
import socket
import ssl
import stat
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from multiplane.cli.following import follow
from multiplane.client import AsyncClient, Client
from multiplane.client.files import Fetcher
from multiplane.contract.data_folder import DataFolder
from multiplane.contract.errors import InputError, MultiplaneError
from multiplane.contract.messages_client import (
    GetJob,
    GetState,
    ListJobs,
    Pause,
    Search,
    StopServer,
)
from multiplane.contract.messages_common import FileEntry, JobState, ShotState
from multiplane.server import logs
from multiplane.server.jobs.tables import open_database
from multiplane.server.websocket import session
from tests.server.prepared import board, prepare
from tests.server.running import Running, busy, serve

JOB = "job-0000001"


class Served:
    """A `multiplane serve` of its own process, and what it prints."""

    def __init__(self, data: Path, *options: str) -> None:
        self.data = DataFolder(data)
        command = [sys.executable, "-m", "multiplane", "serve", "--data", str(data), *options]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def wait_for(self, pattern: str) -> str:
        """The first line that matches."""
        until = time.monotonic() + 120
        while time.monotonic() < until:
            for line in list(self.lines):
                if re.search(pattern, line):
                    return line
            if self.process.poll() is not None:
                assert self.process.stderr is not None
                raise AssertionError(self.process.stderr.read())
            time.sleep(0.02)
        raise AssertionError(self.lines)

    def stop(self) -> float:
        """SIGTERM; how many seconds the end took."""
        began = time.monotonic()
        self.process.terminate()
        assert self.process.wait(timeout=60) == 0
        return time.monotonic() - began


@contextlib.contextmanager
def served(data: Path, *options: str) -> Iterator[Served]:
    one = Served(data, *options)
    try:
        one.wait_for("Stop it with")
        yield one
    finally:
        one.process.kill()
        one.process.wait()


def multiplane(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "multiplane", *words]
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", timeout=300, check=False
    )


def test_others_may_come_by_tls_with_the_certificate_and_the_token(tmp_path: Path) -> None:
    with served(tmp_path, "--listen", "127.0.0.1", "--port", "0", "--pair") as server:
        said = " ".join(server.lines)
        assert "https://127.0.0.1" in said
        key = tmp_path / "certificate-key.pem"
        if os.name != "nt":
            assert stat.S_IMODE(key.stat().st_mode) == 0o600
            assert stat.S_IMODE(server.data.token.stat().st_mode) == 0o600
        with Client(tmp_path) as client:
            assert client.ask(GetState()).jobs == []

        address = server.data.read_address()
        with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
            urllib.request.urlopen(f"{address.url}/health", timeout=20)
        with (
            socket.create_connection(("127.0.0.1", address.port), timeout=20) as plain,
            contextlib.suppress(ConnectionError),
        ):
            plain.sendall(
                f"GET /health HTTP/1.1\r\nHost: 127.0.0.1:{address.port}\r\n\r\n".encode()
            )
            assert not plain.recv(100).startswith(b"HTTP"), "without TLS nothing is said"
        new = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        new.load_verify_locations(tmp_path / "certificate.pem")
        with (
            socket.create_connection(("127.0.0.1", address.port), timeout=20) as raw,
            new.wrap_socket(raw, server_hostname="127.0.0.1") as shaken,
        ):
            assert shaken.version() in ("TLSv1.2", "TLSv1.3")

        code = server.wait_for("Pairing code").rsplit(maxsplit=1)[-1]
        assert pair(server, "WRONG234") == (403, None)
        status, token = pair(server, code)
        assert (status, token) == (200, server.data.read_token())
        assert pair(server, code) == (403, None), "good once"


def pair(server: Served, code: str) -> tuple[int, str | None]:
    """Status and token for this code, asked as a panel does: by a client that trusts the server."""
    trusted = ssl.create_default_context(cafile=str(server.data.certificate))
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusted)
    )
    request = urllib.request.Request(
        f"{server.data.read_address().url}/pair",
        data=json.dumps({"code": code}).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with opener.open(request, timeout=20) as answer:
            return answer.status, json.load(answer)["token"]
    except urllib.error.HTTPError as error:
        return error.code, None


@pytest.mark.parametrize("options", [("--certificate", "x.pem"), ("--key", "x.pem")])
def test_half_of_a_certificate_is_refused(tmp_path: Path, options: tuple[str, str]) -> None:
    done = multiplane("serve", "--listen", "127.0.0.1", "--data", str(tmp_path), *options)
    assert done.returncode == 2
    assert "belong together" in done.stderr
    assert not (tmp_path / "port").exists()


def test_listening_to_others_needs_tls_and_a_token(tmp_path: Path) -> None:
    (tmp_path / "broken.pem").write_text("no certificate")
    given = ["--certificate", str(tmp_path / "broken.pem"), "--key", str(tmp_path / "broken.pem")]
    done = multiplane("serve", "--listen", "127.0.0.1", "--data", str(tmp_path), *given)
    assert done.returncode == 2
    assert "cannot be used" in done.stderr
    assert not (tmp_path / "port").exists()
    # A token that cannot be kept: nothing listens.
    (tmp_path / "data" / "token").mkdir(parents=True)
    done = multiplane("serve", "--port", "0", "--data", str(tmp_path / "data"))
    assert done.returncode == 1
    assert not (tmp_path / "data" / "port").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM")
def test_a_stop_parks_the_running_shot(tmp_path: Path) -> None:
    """Within five seconds, also when the worker does not answer; the next start goes on."""
    import psutil

    prepare(tmp_path)
    with served(tmp_path, "--port", "0", "--device", "cpu") as server:
        with Client(tmp_path) as client:
            client.submit(board(2), job=JOB)
            while True:
                detail = client.ask(GetJob(job=JOB))
                workers = psutil.Process(server.process.pid).children()
                if workers and detail.job.counts[ShotState.RUNNING]:
                    break
                time.sleep(0.01)
            workers[0].send_signal(signal.SIGSTOP)
        assert server.stop() < 5.0 * busy()
        assert not workers[0].is_running()
        assert any("goes on at the next start" in line for line in server.lines)
        assert not server.data.port.exists()
    database = open_database(tmp_path / "jobs.sqlite3")
    states = database.execute_sql("SELECT state, tries FROM shot").fetchall()
    database.close()
    assert states == [("queued", 0)] * 2
    with served(tmp_path, "--port", "0", "--device", "cpu"), Client(tmp_path) as client:
        while (detail := client.ask(GetJob(job=JOB))).job.state != JobState.FINISHED:
            assert detail.job.state != JobState.FAILED, detail
            time.sleep(0.05)


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot stop a process for a while")
def test_a_server_that_slept_goes_on(tmp_path: Path) -> None:
    """As when the lid is closed: all stands still for a while, then everything goes on."""
    prepare(tmp_path)
    options = ("--port", "0", "--device", "cpu")
    with served(tmp_path, *options) as server, Client(tmp_path) as client:
        client.submit(board(1), job=JOB)
        server.process.send_signal(signal.SIGSTOP)
        time.sleep(1.0)
        server.process.send_signal(signal.SIGCONT)
        while client.ask(GetJob(job=JOB)).job.state != JobState.FINISHED:
            time.sleep(0.05)


def test_a_waiting_server_is_small_and_opens_one_port(tmp_path: Path) -> None:
    """What takes memory and time to load is not loaded: neither at the start nor for clients."""
    import psutil

    with served(tmp_path, "--port", "0") as server:
        process = psutil.Process(server.process.pid)
        linux = sys.platform.startswith("linux")

        def loaded() -> set[str]:
            """Which libraries of compiled code the process has."""
            maps = Path(f"/proc/{process.pid}/maps").read_text() if linux else ""
            return set(re.findall(r"/site-packages/(\w+)/", maps))

        assert not loaded() & {"torch", "numpy", "PIL", "cv2", "scipy", "spacy", "av"}
        assert not linux or "pydantic_core" in loaded(), "this can see"
        with Client(tmp_path) as client:
            assert client.welcome.models
            client.ask(GetState())
            client.ask(ListJobs())
            client.ask(Search(prompt="dog"))
        assert not loaded() & {"torch", "PIL", "cv2", "scipy", "spacy", "av"}
        assert process.children() == [], "a worker starts with the first shot"
        listening = [
            connection.laddr
            for connection in process.net_connections()
            if connection.status == "LISTEN"
        ]
        assert listening == [("127.0.0.1", server.data.read_address().port)]
        assert process.memory_info().rss < 150e6


@pytest.mark.slow
def test_the_readmes_program_runs(tmp_path: Path) -> None:
    """As it stands there, with a drawing in place of its prompt: painting takes a while."""
    Image.linear_gradient("L").resize((96, 64)).save(tmp_path / "drawing.png")
    readme = Path(__file__).parents[2] / "README.md"
    (program,) = [
        one for one in re.findall(r"```python\n(.*?)```", readme.read_text("utf-8"), re.DOTALL)
        if "multiplane.client" in one
    ]  # fmt: skip
    assert len(program.strip().splitlines()) <= 20
    shot = {"picture": str(tmp_path / "drawing.png"), "duration": 0.1, "camera": "static"}
    other, count = re.subn(r"(?m)^board = .*$", lambda _: f"board = {{'shots': [{shot}]}}", program)
    assert count == 1
    data = tmp_path / "data"
    with served(data, "--port", "0", "--device", "cpu"):
        done = subprocess.run(
            [sys.executable, "-c", other],
            env={**os.environ, "MULTIPLANE_DATA": str(data)},
            capture_output=True, text=True, encoding="utf-8", timeout=600, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    state, folder = done.stdout.split(maxsplit=1)
    assert state == "finished"
    assert (Path(folder.strip()) / "sequence.json").is_file()


def test_submit_waits_and_fetches(tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    prepare(data)
    document = tmp_path / "board.json"
    document.write_text(json.dumps(board(2)), encoding="utf-8")
    with served(data, "--port", "0", "--device", "cpu"):
        words = ["submit", str(document), "--data", str(data), "--job", JOB]
        first = multiplane(*words)
        assert (first.returncode, first.stdout.strip()) == (0, JOB), first.stderr
        done = multiplane(*words, "--wait", "-o", str(out), "--json")
        assert done.returncode == 0, done.stderr
        events = [json.loads(line) for line in done.stdout.splitlines()]
        assert {"run_started", "shot_finished", "run_finished"} <= {
            event["type"] for event in events
        }
        assert events[-1]["type"] in ("log", "run_finished")
        sequence = json.loads((out / "sequence.json").read_text(encoding="utf-8"))
        for one in sequence["shots"]:
            manifest = json.loads((out / one["manifest"]).read_text(encoding="utf-8"))
            folder = (out / one["manifest"]).parent
            assert all((folder / layer["file"]).is_file() for layer in manifest["layers"])
        with Client(data) as client:
            assert client.ask(ListJobs()).total == 1, "the same id twice is one job"
            client.ask(Pause())
        odd = tmp_path / "odd.json"
        odd.write_text('{"shots": [{"prompt": "a **dog**", "camra": "orbit"}]}', encoding="utf-8")
        named = ["submit", str(odd), *words[2:-1]]
        painted = multiplane(*named, "filled-by-model", "--fill", "model")
        assert painted.returncode == 0, painted.stderr
        assert f"{odd}: shot-001: shots[0].camra: The key" in painted.stderr
        assert 'Did you mean "camera"?' in painted.stderr
        with Client(data) as client:
            said = client.ask(GetJob(job="filled-by-model")).storyboard
        assert said["fill"] == "model"
        refused = multiplane(*words[:-1], "never-made", "--fill", "putty")
        assert refused.returncode == 2
        assert "--fill" in refused.stderr

        refused = multiplane(*words[:-1], "filled", "--fill", "model")
        assert refused.returncode == 2
        assert "--job: It has characters that it cannot have, or too few" in refused.stderr
        assert "8 to 64 small letters" in refused.stderr
        assert "unforeseen" not in refused.stderr

        bad = tmp_path / "bad.json"
        bad.write_text('{"shots": [{"prompt": "a dog", "duration": -1}]}', encoding="utf-8")
        refused = multiplane("submit", str(bad), "--data", str(data))
        assert refused.returncode == 2
        assert "duration" in refused.stderr
    gone = multiplane(*words)
    assert gone.returncode == 1
    assert "multiplane serve" in gone.stderr


def test_fetching_goes_on_after_the_server_was_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    prepare(data)
    fetch, asked = Fetcher.fetch, []
    options = ("--port", "0", "--device", "cpu")
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(served(data, *options))

        def fetch_while_killed(self: Fetcher, job: str, file: FileEntry, to: Path) -> bool:
            asked.append(file.path)
            if len(asked) == 3:
                first.process.kill()
                first.process.wait()
                stack.enter_context(served(data, *options))
            return fetch(self, job, file, to)

        with Client(data) as client:
            client.submit(board(1), job=JOB)
        monkeypatch.setattr(Fetcher, "fetch", fetch_while_killed)
        detail = follow(DataFolder(data), JOB, as_json=True, quiet=True, out=out)
    assert detail.job.state == JobState.FINISHED
    assert asked.count(asked[2]) == 2
    assert all((out / path).is_file() for path in asked)


def test_logs_are_text_and_json_and_do_not_grow_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "_MAX_BYTES", 2000)
    # Kept from pytest's own record: its processes cannot tell one another of half a character.
    monkeypatch.setattr(logging.getLogger("multiplane"), "propagate", False)
    (tmp_path / logs.WORKER).write_text("x" * 3000)
    with (
        logs.open_worker_log(tmp_path / logs.WORKER) as running,
        logs.open_worker_log(tmp_path / logs.WORKER) as short,
    ):
        running.write(b"y")
        short.write(b"z")
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert sizes == {"worker.log.1": 3000, "worker.log": 2}
    handlers = logs.open_logs(tmp_path)
    logger = logging.getLogger("multiplane.server.trial")
    try:
        for number in range(200):
            logger.info("Line %d \u2028 \ud800", number, extra={"job": JOB, "shot": "s1"})
        try:
            raise ValueError("the cause")
        except ValueError:
            logger.exception("It failed")
    finally:
        logs.close_logs(handlers)
    for name in (logs.TEXT, logs.LINES):
        kept = sorted(tmp_path.glob(f"{name}*"))
        assert len(kept) == 5
        assert all(one.stat().st_size <= 3000 for one in kept)
    last = json.loads(
        (tmp_path / logs.LINES).read_text("utf-8", "replace").rstrip().split("\n")[-1]
    )
    assert last["level"] == "error"
    assert "ValueError: the cause" in last["trace"]
    assert "ValueError: the cause" in (tmp_path / logs.TEXT).read_text("utf-8", "replace")


def test_a_data_folder_that_cannot_be_used_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = multiplane("serve", "--port", "0", "--data", str(tmp_path / "file"))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert str(tmp_path / "file") in "".join(done.stderr.split())
    with pytest.raises(MultiplaneError, match="multiplane serve"), Client(tmp_path / "file"):
        pass


def test_a_client_on_this_computer_ends_it_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def act(server: Running) -> None:
        async with AsyncClient(tmp_path) as client:
            await client.ask(StopServer())
            async with asyncio.timeout(60):
                await server.server.stop_asked.wait()

    serve(tmp_path, act)
    assert [session._is_loopback(one) for one in ("127.0.0.1", "::1", "10.0.0.7", "", None)] == [
        True, True, False, False, False,
    ]  # fmt: skip
    monkeypatch.setattr(session, "_is_loopback", lambda remote: False)

    async def from_elsewhere(server: Running) -> None:
        async with AsyncClient(tmp_path) as client:
            with pytest.raises(InputError, match="own computer only"):
                await client.ask(StopServer())
        assert not server.server.stop_asked.is_set()

    serve(tmp_path, from_elsewhere)
