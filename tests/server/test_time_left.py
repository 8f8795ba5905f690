"""How long a job takes yet: painted shots and those that only get another camera apart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from multiplane.contract.events import StepProgress
from multiplane.contract.messages_client import Submit
from multiplane.contract.messages_common import ShotState
from multiplane.server.jobs.store import Store
from multiplane.server.jobs.submission import check
from multiplane.server.jobs.tables import Job, Shot, now, open_database
from multiplane.server.jobs.time_left import TELL_EVERY_S, TimeLeft


class Room:
    """A database, a clock that stands still, and what watches both."""

    def __init__(self, store: Store) -> None:
        self.store, self.now = store, 1000.0
        self.left = TimeLeft(store.database, clock=lambda: self.now)

    def job(self, id_: str, shots: int) -> tuple[Job, list[Shot]]:
        board = {"shots": [{"prompt": f"a **dog** {number}"} for number in range(shots)]}
        request = Submit(job=id_, storyboard=board)
        checked = check(request, find_upload=Path, presets=["push_in"], models=[])
        job, _ = self.store.submit(request, checked)
        return job, self.store.shots(job)

    def begin(self, shot: Shot) -> None:
        self.store.move(shot, ShotState.RUNNING)
        self.left.began(shot)

    def finish(self, shot: Shot, after_s: float, **fields: object) -> None:
        self.now += after_s
        self.store.move(
            shot, ShotState.FINISHED, seconds=after_s, finished=now(), made_before=None, **fields
        )
        self.left.ended(shot)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    database = open_database(tmp_path / "jobs.sqlite3")
    yield Room(Store(database))
    database.close()


def test_the_first_shot_ever_tells_by_its_painting(room: Room) -> None:
    job, (first, *_) = room.job("job-0000001", 3)
    assert room.left.of(job) is None, "nobody knows"
    room.begin(first)
    assert room.left.of(job) is None
    room.now += 300  # the model is loaded, its first step is slow
    room.left.progressed(first, StepProgress(shot_id="x", step="generate", done=1, total=8))
    assert room.left.of(job) is None, "how fast it paints nobody knows yet"
    room.now += 10
    room.left.progressed(first, StepProgress(shot_id="x", step="generate", done=3, total=8))
    assert room.left.of(job) == pytest.approx(30 + 2 * 40)
    room.now += 5
    assert room.left.of(job) == pytest.approx(25 + 2 * 40), "it falls by itself"
    room.left.progressed(first, StepProgress(shot_id="x", step="generate", done=1, total=8))
    assert room.left.of(job) == pytest.approx(3 * 40), "it began anew"


def test_the_next_job_knows_from_the_start(room: Room) -> None:
    _, (shot,) = room.job("job-0000001", 1)
    room.begin(shot)
    room.finish(shot, 60.0)
    job, (first, second) = room.job("job-0000002", 2)
    assert room.left.of(job) == pytest.approx(120)
    room.begin(first)
    room.now += 200.0
    assert room.left.of(job) == pytest.approx(60), "one that takes longer is never less than over"
    for done in (1, 2):
        room.left.progressed(first, StepProgress(shot_id="x", step="generate", done=done, total=4))
        room.now += 100.0
    assert room.left.of(job) == pytest.approx(200 + 60), "a slow one tells so itself"
    room.now += 1000.0
    room.left.works_with(4)
    room.begin(second)
    assert room.left.of(job) == pytest.approx(60), "not even four make one shot faster"


def test_another_camera_is_no_painting(room: Room) -> None:
    """A shot that was painted for two minutes is moved in a second."""
    job, (shot, other) = room.job("job-0000001", 2)
    for painted in (shot, other):
        room.begin(painted)
        room.finish(painted, 120.0)
    for moved, expected in ((shot, None), (other, 1.5)):
        room.store.move(moved, ShotState.QUEUED, made_before="{}", keep_layers=True)
        assert room.left.of(job) == expected
        room.begin(moved)
        assert room.left.of(job) == expected
        room.finish(moved, 1.5)
    assert room.left.of(job) == 0


def test_what_waits_for_another_jobs_painting_says_so(room: Room) -> None:
    job, (shot,) = room.job("job-0000001", 1)
    room.begin(shot)
    room.finish(shot, 20.0)
    _, (painted,) = room.job("job-0000002", 1)
    room.begin(painted)
    for done in (1, 2):
        room.left.progressed(
            painted, StepProgress(shot_id="x", step="generate", done=done, total=10)
        )
        room.now += 30.0
    (moved,) = room.store.shots(job)
    room.store.move(moved, ShotState.QUEUED, keep_layers=False)
    assert room.left.of(job) == pytest.approx((300 - 60) + 20)
    room.left.works_with(2)
    assert room.left.of(job) == pytest.approx(20 / 2), "the other maker is free"


def test_a_job_is_told_of_now_and_then(room: Room) -> None:
    _, (shot,) = room.job("job-0000001", 1)
    room.begin(shot)
    assert room.left.wants_telling("job-0000001")
    assert not room.left.wants_telling("job-0000001")
    room.now += TELL_EVERY_S
    assert room.left.wants_telling("job-0000001")
