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
