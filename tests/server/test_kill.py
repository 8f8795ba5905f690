"""kill -9 at random moments: no shot is lost, none is made twice, nothing half-written is seen."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from multiplane.client import Client
from multiplane.contract.data_folder import DataFolder
from multiplane.contract.errors import MultiplaneError
from multiplane.contract.layout import LEDGER
from multiplane.contract.messages_client import GetJob
from multiplane.contract.messages_common import JobState, ShotState
from multiplane.server.jobs.blobs import Blobs
from multiplane.server.jobs.results import SharedResults
from multiplane.server.jobs.tables import Result, damage, open_database
from tests.server.prepared import board, prepare
from tests.server.running import busy

JOB, SHOTS = "killed-many-times", 20
KILLS = int(os.environ.get("MULTIPLANE_KILLS", "50" if os.environ.get("CI") == "true" else "10"))
SEED = 4
# What a kill waits for after the start of the server, s: any moment of the start and of the
# worker's; or, first, that a shot is being written, for a shot takes less time than the rest.
MOMENTS = [("start", 1.5), ("shot", 0.1), ("start", 1.5), ("shot", 0.1), ("start", 3.0)]
NO_SHOT_S = 120.0

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")


class Killed:
    """A server process that is killed and started again, and what must hold in between."""

    def __init__(self, data: DataFolder) -> None:
        self.data = data
        self.first_seen: dict[str, str] = {}  # result -> digest of its manifest
        self.finished: set[str] = set()

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start the server, without waiting for it."""
        self.data.port.unlink(missing_ok=True)
        command = [sys.executable, "-m", "multiplane", "serve", "--port", "0"]
        command += ["--data", str(self.data.root), "--device", "cpu"]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server and wait until it listens."""
        process = self.spawn()
        until = time.monotonic() + 120
        while not self.data.port.exists():
            self.alive(process)
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.01)
        return process

    @staticmethod
    def alive(process: subprocess.Popen[bytes]) -> None:
        assert process.poll() is None, process.stderr and process.stderr.read()

    def wait_for_a_shot(self) -> bool:
        """Until a shot's files are being written; False when none is any more."""
        work, until = self.data.root / "work", time.monotonic() + NO_SHOT_S
        before = set(os.listdir(work)) if work.is_dir() else set()
        while time.monotonic() < until:
            now = set(os.listdir(work)) if work.is_dir() else set()
            if any(".new-" in name for name in now - before):
                return True
            if (self.data.root / "jobs" / JOB / "sequence.json").exists():
                return False  # all are made
            time.sleep(0.002)
        return False

    def look(self) -> None:
        """While no server runs: the database is whole, and says only what is there, for good."""
        database = open_database(self.data.root / "jobs.sqlite3")
        try:
            assert damage(database) == ""
            results = SharedResults(database, Blobs(self.data.root / "blobs"))
            for row in Result.select():
                assert results.find(row.hash), "a result was noted before its files were there"
                files = {file.path: file for file in results.files(row.hash)}
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
                assert (there / f"{there.name}.mp4").stat().st_size > 0


@pytest.mark.slow
def test_kills_at_random_moments_lose_nothing(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    prepare(tmp_path)
    killed = Killed(DataFolder(tmp_path))
    process = killed.start()
    with Client(tmp_path) as client:
        client.submit(board(SHOTS), job=JOB)
    hit = 0
    for kill in range(KILLS):
        moment, longest = MOMENTS[kill % len(MOMENTS)]
        hit += moment == "shot" and killed.wait_for_a_shot()
        time.sleep(chance.uniform(0.0, longest))
        killed.alive(process)
        process.kill()
        process.wait()
        if kill % 5 == 4 or kill == KILLS - 1:
            killed.look()
        process = killed.spawn() if kill < KILLS - 1 else killed.start()
    assert hit >= KILLS // 5, "the kills did not meet the making"

    with Client(tmp_path) as client:
        until = time.monotonic() + 600
        while (detail := client.ask(GetJob(job=JOB))).job.state != JobState.FINISHED:
            assert time.monotonic() < until, detail.job
            assert not [shot for shot in detail.shots if shot.error], detail
            time.sleep(0.2)
        assert [shot.state for shot in detail.shots] == [ShotState.FINISHED] * SHOTS
        again = client.submit(board(SHOTS), job=JOB)
        assert again.known
    process.terminate()
    began = time.monotonic()
    assert process.wait(timeout=60) == 0
    assert time.monotonic() - began < 5.0 * busy()
    killed.look()
    assert len(killed.finished) == SHOTS
    assert len(killed.first_seen) == SHOTS + 1, "the shots, and the earlier one"
    work = tmp_path / "work"
    assert [one.name for one in work.iterdir()] == [], "nothing is left of the making"
    hidden = [path.name for name in ("jobs", "blobs") for path in (tmp_path / name).rglob(".*")]
    assert set(hidden) <= {LEDGER}, "nor of the writing, but the list of what was written"
    sequence = json.loads((tmp_path / "jobs" / JOB / "sequence.json").read_text())
    assert all(one["manifest"] for one in sequence["shots"])


def test_a_second_server_says_who_has_the_folder(tmp_path: Path) -> None:
    killed = Killed(DataFolder(tmp_path))
    process = killed.start()
    try:
        command = [sys.executable, "-m", "multiplane", "serve", "--data", str(tmp_path)]
        second = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert second.returncode == 1
        said = " ".join(second.stderr.split())
        assert f"Process {process.pid}" in said
        assert "--data" in said
    finally:
        process.terminate()
        assert process.wait(timeout=60) == 0
    assert not killed.data.port.exists()
    with pytest.raises(MultiplaneError, match="multiplane serve"), Client(tmp_path):
        pass
