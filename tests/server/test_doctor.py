"""multiplane doctor about the server: what is in order, what is not, and what to do about it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from multiplane.cli import doctor_server
from multiplane.cli.checkup import Finding
from multiplane.client import Client
from multiplane.contract.data_folder import Address, DataFolder
from multiplane.contract.messages_client import Pause
from multiplane.server.jobs.storage.token_file import ensure_token
from multiplane.server.jobs.tables import open_database
from multiplane.server.workers import runner
from tests.server.prepared import board
from tests.server.running import in_a_thread


def findings(folder: Path) -> dict[str, Finding]:
    return {one.what: one for one in doctor_server.examine_server(DataFolder(folder))}


def test_a_server_that_runs_and_one_that_never_did(tmp_path: Path) -> None:
    fresh = findings(tmp_path / "not" / "there")
    assert set(fresh) == {"Server's token", "Server", "Jobs", "Disk for jobs", "Workers"}
    assert all(one.state != "problem" for one in fresh.values()), fresh
    assert not (tmp_path / "not").exists(), "the doctor changes nothing"
    with in_a_thread(tmp_path) as server:
        with Client(tmp_path) as client:
            client.ask(Pause())
            client.submit(board(1), job="job-0000001")
        well = findings(tmp_path)
        assert str(server.port) in well["Server"].says
        assert str(os.getpid()) in well["Server"].says
        assert well["Jobs"].says == "1 queued, and the queue is paused"
        assert well["Workers"].says.startswith("one started")
        assert {one.state for one in well.values()} == {"ok"}, well


def test_what_is_wrong_comes_with_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = DataFolder(tmp_path)
    ensure_token(data.token)
    data.write_address(Address("127.0.0.1", 9, "http", 1))  # nobody answers at "discard"
    open_database(tmp_path / "jobs.sqlite3").close()
    whole = (tmp_path / "jobs.sqlite3").read_bytes()
    (tmp_path / "jobs.sqlite3").write_bytes(whole[:4096] + b"\xff" * 100 + whole[4196:])
    monkeypatch.setattr(runner, "LEAST_FREE_BYTES", 2**62)
    if os.name != "nt":
        data.token.chmod(0o644)
    found = findings(tmp_path)
    assert found["Server"].state == "warning"
    assert "goes on by itself" in found["Server"].remedy
    assert found["Jobs"].state == "problem"
    assert "sets the database aside" in found["Jobs"].remedy
    assert found["Disk for jobs"].state == "problem"
    assert os.name == "nt" or "0644" in found["Server's token"].says
    assert all(one.remedy for one in found.values() if one.state != "ok")

    (tmp_path / "file").write_text("in the way")
    blocked = findings(tmp_path / "file")
    assert "is a file" in blocked["Disk for jobs"].says


def test_a_lost_database_and_a_foreign_folder_are_told(tmp_path: Path) -> None:
    (tmp_path / "jobs" / "job-0000001").mkdir(parents=True)
    (tmp_path / "jobs" / "job-0000001" / "thesis.txt").write_text("years of work")
    found = findings(tmp_path)
    assert found["Data folder"].state == "problem"
    assert "--data" in found["Data folder"].remedy
    assert found["Jobs"].state == "problem", "it is missing"
    ensure_token(tmp_path / "token")
    (tmp_path / "set-aside").mkdir()
    (tmp_path / "set-aside" / "cat.png").touch()
    found = findings(tmp_path)
    assert "cat.png" in found["Data folder"].says
    for content in (b"", b"no database" * 100):
        (tmp_path / "jobs.sqlite3").write_bytes(content)
        told = findings(tmp_path)["Jobs"]
        assert told.state == "problem"
        assert "keeps all files" in told.remedy
