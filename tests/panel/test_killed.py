"""The server's process is killed while a shot is being painted, with the panel open."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from multiplane.client import Client
from multiplane.contract.messages_client import GetJob, ListJobs
from multiplane.contract.messages_common import JobState, ShotState
from tests.panel.adobe import Processes, Program
from tests.panel.showing import Shown
from tests.panel.test_starting import installed
from tests.server.prepared import board

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")


@pytest.fixture
def processes(tmp_path: Path, data: Path) -> Iterator[Processes]:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    processes = Processes(temporary, {"MULTIPLANE_DATA": str(data)})
    yield processes
    processes.stop()


@pytest.mark.slow
def test_what_was_being_made_goes_on_after_the_server_was_killed(
    shown: Shown, tmp_path: Path, data: Path, processes: Processes
) -> None:
    extension = installed(tmp_path, [sys.executable, "-m", "multiplane"])
    environment = {"MULTIPLANE_DATA": str(data)}
    Program(shown.page, environment=environment, extension=extension, processes=processes).open()
    shown.connected()
    page = shown.page
    document = board(3)
    document["shots"][1]["seed"] += 1  # of which nothing is there: it is painted
    with Client(data) as client:
        job = client.submit(document).job.job
    shown.wait_for("s000", "finished")
    shown.wait_for("s001", "running").locator(".shot-state", has_text="Painting").wait_for()
    made = data / "jobs" / job / "shots" / "s000" / "manifest.json"
    before = made.read_bytes(), made.stat().st_mtime_ns
    (server,) = processes.started
    server.kill()
    server.wait()

    page.locator("#link[data-kind=waiting]").wait_for()
    page.locator("#connect-start", has_text="The server does not run.").wait_for()
    assert page.inner_text("#job-text").startswith(
        "1 of 3 made when last heard of; the rest goes on"
    )
    assert page.inner_text("#act") == "Waiting for the server"
    assert "when last heard of" in shown.card("s001").locator(".shot-state").inner_text()
    # What is written meanwhile is not lost.
    page.locator("#text").press("Control+End")
    page.keyboard.type("\na **warrior** in a forest at night")
    page.locator("#act", has_text="Make 1 shot").wait_for()
    page.get_by_role("button", name="Start the server").click()
    shown.connected()
    shown.wait_for("s001", "finished")
    shown.wait_for_end()
    assert page.locator(".card").count() == 4, "the last one is not made yet"
    with Client(data) as client:
        (only,) = client.ask(ListJobs()).jobs
        detail = client.ask(GetJob(job=job))
    assert (only.job, only.state) == (job, JobState.FINISHED)
    assert [shot.state for shot in detail.shots] == [ShotState.FINISHED] * 3
    assert (made.read_bytes(), made.stat().st_mtime_ns) == before, "made twice"
    assert len(processes.started) == 2
