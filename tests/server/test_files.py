"""Files over HTTP: each is sent once, and its connection goes on to the next."""

from __future__ import annotations

import http.client
import logging
from pathlib import Path

import pytest

from tests.server.running import in_a_thread


def test_one_connection_for_many_files(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    name = "ab" + "0" * 62
    with in_a_thread(tmp_path / "data") as server:
        file = server.data.root / "blobs" / "ab" / name
        file.parent.mkdir(parents=True)
        file.write_bytes(b"x" * 100_000)
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        connection.connect()
        socket = connection.sock
        for _ in range(3):
            connection.request(
                "GET", f"/artifacts/{name}", headers={"Authorization": f"Bearer {server.token}"}
            )
            answer = connection.getresponse()
            assert (answer.status, len(answer.read())) == (200, 100_000)
            assert connection.sock is socket, "the server has closed it"
        connection.close()
    assert [record.getMessage() for record in caplog.records] == []


RANGES = {
    "bytes=2-9": (206, 2, 10), "bytes=99990-": (206, 99_990, 100_000), "bytes=0-0": (206, 0, 1),
    "bytes=-10": (206, 99_990, 100_000), "bytes=5-999999999": (206, 5, 100_000),
    "bytes=100000-": (416, 0, 0),
    # What is no range, and several of them: the whole file.
    "bytes=9-2": (200, 0, 100_000), "bytes=": (200, 0, 100_000), "bytes=-": (200, 0, 100_000),
    "bytes=0-1,5-6": (200, 0, 100_000), "bytes=a-b": (200, 0, 100_000), "": (200, 0, 100_000),
    "lines=1-2": (200, 0, 100_000), "bytes 0-1": (200, 0, 100_000), "garbage": (200, 0, 100_000),
    "bytes=-5-10": (200, 0, 100_000), "bytes=1e3-": (200, 0, 100_000),
    f"bytes={'9' * 400}-": (200, 0, 100_000), "bytes=\u0661-\u0662": (200, 0, 100_000),
}  # fmt: skip


def test_a_range_that_is_none_gives_the_whole_file(tmp_path: Path) -> None:
    name, content = "ab" + "0" * 62, bytes(range(250)) * 400
    with in_a_thread(tmp_path / "data") as server:
        file = server.data.root / "blobs" / "ab" / name
        file.parent.mkdir(parents=True)
        file.write_bytes(content)
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        for asked, (status, start, end) in RANGES.items():
            headers = {"Authorization": f"Bearer {server.token}", "Range": asked.encode()}
            connection.request("GET", f"/artifacts/{name}", headers=headers)  # type: ignore[arg-type]
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == status, asked
            if status != 416:
                assert body == content[start:end], asked
        connection.close()
