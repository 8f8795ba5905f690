"""kill -9 at random moments: no shot is lost, none is made twice, nothing half-written is seen."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from multiplane.client import Client
from multiplane.contract.data_folder import DataFolder
from multiplane.contract.errors import MultiplaneError
from multiplane.contract.messages_client import GetJob
from multiplane.contract.messages_common import JobState, ShotState
from multiplane.contract.messages_server import JobDetail
from multiplane.server.blobs import Blobs
from multiplane.server.results import Results
from multiplane.server.tables import Result, damage, open_database
from tests.server.prepared import board, prepare

JOB, SHOTS = "killed-many-times", 20
KILLS = int(os.environ.get("MULTIPLANE_KILLS", "50"))
SEED = 4

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")


class Killed:
    """A server process that is killed and started again, and what must hold in between."""

    def __init__(self, data: DataFolder) -> None:
        self.data = data
        self.first_seen: dict[str, str] = {}  # result -> digest of its manifest
        self.finished: set[str] = set()

    def start(self) -> subprocess.Popen[bytes]:
        self.data.port.unlink(missing_ok=True)
        command = [sys.executable, "-m", "multiplane", "serve", "--port", "0"]
        command += ["--data", str(self.data.root), "--device", "cpu"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        until = time.monotonic() + 60
        while not self.data.port.exists():
            assert process.poll() is None, process.stderr and process.stderr.read()
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.01)
        return process

    def look(self) -> None:
        """While no server runs: the database is whole, and says only what is there, for good."""
        database = open_database(self.data.root / "jobs.sqlite3")
        try:
            assert damage(database) == ""
            results = Results(database, Blobs(self.data.root / "blobs"))
            for row in Result.select():
                assert results.find(row.hash), "a result was noted before its files were there"
                files = {one.path: one for one in results.files(row.hash)}
                manifest = files["manifest.json"].sha256
                assert self.first_seen.setdefault(row.hash, manifest) == manifest, "made twice"
            rows = database.execute_sql("select name, state, result, folder from shot").fetchall()
        finally:
            database.close()
        for sha256, path in Blobs(self.data.root / "blobs").all():
            assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256, "half-written"
        now = {name for name, state, _, _ in rows if state == ShotState.FINISHED}
        assert self.finished <= now, "a finished shot was lost"
        self.finished = now
        for name, state, result, folder in rows:
            assert state in (ShotState.QUEUED, ShotState.RUNNING, ShotState.FINISHED), (name, state)
            there = self.data.root / "jobs" / JOB / "shots" / folder
            if state == ShotState.FINISHED:
                assert result in self.first_seen
            if there.exists():  # what a host program may be reading just now
                assert json.loads((there / "manifest.json").read_text())["shot_id"] == name
                assert (there / "preview.mp4").stat().st_size > 0


@pytest.mark.slow
def test_fifty_kills_lose_nothing(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    prepare(tmp_path)
    killed = Killed(DataFolder(tmp_path))
    process = killed.start()
    with Client(tmp_path) as client:
        client.submit(board(SHOTS), job=JOB)
    for kill in range(KILLS):
        # Most of a shot's life is its making, so kills fall everywhere: start, hash, films, rename.
        time.sleep(chance.uniform(0.0, 2.5))
        process.send_signal(signal.SIGKILL)
        process.wait()
        if kill % 5 == 4 or kill == KILLS - 1:
            killed.look()
        process = killed.start()

    with Client(tmp_path) as client:
        until = time.monotonic() + 120
        while (detail := client.ask(GetJob(job=JOB), JobDetail)).job.state != JobState.FINISHED:
            assert time.monotonic() < until, detail.job
            assert not [one for one in detail.shots if one.error], detail
            time.sleep(0.2)
        assert [one.state for one in detail.shots] == [ShotState.FINISHED] * SHOTS
        again = client.submit(board(SHOTS), job=JOB)
        assert again.known
    process.terminate()
    began = time.monotonic()
    assert process.wait(timeout=30) == 0
    assert time.monotonic() - began < 5.0
    killed.look()
    assert len(killed.finished) == SHOTS
    assert len(killed.first_seen) == SHOTS + 1, "the shots, and the earlier one"
    work = tmp_path / "work"
    assert [one.name for one in work.iterdir()] == [], "nothing is left of the making"
    sequence = json.loads((tmp_path / "jobs" / JOB / "sequence.json").read_text())
    assert all(one["manifest"] for one in sequence["shots"])


def test_a_second_server_says_who_has_the_folder(tmp_path: Path) -> None:
    killed = Killed(DataFolder(tmp_path))
    process = killed.start()
    try:
        command = [sys.executable, "-m", "multiplane", "serve", "--data", str(tmp_path)]
        second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert second.returncode == 1
        said = " ".join(second.stderr.split())
        assert f"Process {process.pid}" in said
        assert "--data" in said
    finally:
        process.terminate()
        assert process.wait(timeout=10) == 0
    assert not killed.data.port.exists()
    with pytest.raises(MultiplaneError, match="multiplane serve"), Client(tmp_path):
        pass
