"""A worker paints the next shot's picture while it cuts the one before, if the server says so."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from multiplane.contract.frames import unpack_preview
from multiplane.produce import painting as painting_module
from multiplane.server.workers.worker import frames
from multiplane.server.workers.worker.link import Cancelled, Link
from multiplane.server.workers.worker.messages import (
    Abandon,
    Board,
    Cancel,
    FromWorker,
    Go,
    Hashed,
    Made,
    Make,
    Preview,
    Previews,
    SetUp,
    Skip,
    ToWorker,
)
from multiplane.server.workers.worker.tasks import WorkerTasks
from tests.test_painting_ahead import PATIENCE_S, THREAD, held_back, painting
from tests.tiny_folders import save_tiny_depth, save_tiny_pipeline

BOARD: dict[str, Any] = {
    "size": [160, 90],
    "fps": 12,
    "shots": [
        {"id": "forest", "prompt": "a **warrior** in a forest", "duration": 0.5},
        {"id": "sea", "prompt": "a **boat** on the sea", "duration": 0.5},
    ],
}


class Worker:
    """A worker in this process, with a pipe to it; the test says what the server says."""

    def __init__(
        self, folder: Path, models: tuple[str, str], board: dict[str, Any] = BOARD
    ) -> None:
        # A bare number, which stays open: at its end a worker's process ends, and that is this one.
        reading, self._to = os.pipe()
        self._said = io.BytesIO()
        self.link = Link(os.fdopen(reading, "rb"), self._said)
        threading.Thread(target=self.link.listen, daemon=True).start()
        self.tasks = WorkerTasks(self.link)
        self.hear(SetUp(*models, "cpu", str(folder / "work"), str(folder / "blobs")))
        self.hear(Board("job", board, str(folder)))
        self.do()
        self.do()

    def hear(self, *messages: ToWorker) -> None:
        for message in messages:
            os.write(self._to, frames.pack(message))

    def do(self) -> None:
        self.tasks.do(self.link.next_command())

    def make(self, number: int, *, ahead: bool = False) -> Made:
        task = number + 1
        after = 1 if number == 0 else None
        self.hear(Make("job", number, 0, after=after, task=task), Go(task, ahead=ahead))
        self.do()
        return next(said for said in reversed(self.said) if isinstance(said, Made))

    @property
    def said(self) -> list[FromWorker]:
        stream = io.BytesIO(self._said.getvalue())
        return [frames.from_worker(*frame) for frame in iter(lambda: frames.read(stream), None)]

    @property
    def shown(self) -> list[str]:
        """The shots of the previews so far."""
        return [
            unpack_preview(said.frame)[0].shot for said in self.said if isinstance(said, Preview)
        ]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    folder = tmp_path_factory.mktemp("models")
    return str(save_tiny_pipeline(folder / "tiny")), str(save_tiny_depth(folder / "depth"))


@pytest.fixture
def worker(
    tmp_path: Path, models: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Worker]:
    monkeypatch.setattr("multiplane.server.workers.worker.tasks.limit_for_ever", lambda *_: None)
    made = Worker(tmp_path, models)
    yield made
    made.tasks.close()
    assert not painting()


@pytest.fixture
def painted_in(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    """(shot, whether it was painted ahead), one after the other."""
    found: list[tuple[str, bool]] = []
    paint = painting_module.paint_shot

    def noting(job: Any, *args: Any, **options: Any) -> Any:
        found.append((job.shot.id, threading.current_thread().name == THREAD))
        return paint(job, *args, **options)

    monkeypatch.setattr("multiplane.produce.ahead.paint_shot", noting)
    monkeypatch.setattr("multiplane.produce.shot.paint_shot", noting)
    return found


def test_its_files_are_the_same_to_the_bit(
    worker: Worker, models: tuple[str, str], tmp_path: Path, painted_in: list[tuple[str, bool]]
) -> None:
    ours = [worker.make(0, ahead=True).files, worker.make(1).files]
    assert painted_in == [("forest", False), ("sea", True)]
    (first, second) = [said for said in worker.said if isinstance(said, Hashed)]
    assert first.after is not None
    assert (first.after.result, second.after) == (second.result, None)
    alone = Worker(tmp_path / "alone", models)
    assert [alone.make(0).files, alone.make(1).files] == ours
    assert painted_in[2:] == [("forest", False), ("sea", False)]


def test_a_shot_whose_cast_is_ensured_is_known_by_the_same_hashes_ahead(
    models: tuple[str, str],
    tmp_path: Path,
    painted_in: list[tuple[str, bool]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("multiplane.server.workers.worker.tasks.limit_for_ever", lambda *_: None)
    first_shot, second_shot = BOARD["shots"]
    cast = {
        "cast": {"mira": "a warrior"},
        "shots": [first_shot, {**second_shot, "prompt": "@mira and a **boat** on the sea"}],
    }
    ensured = Worker(tmp_path / "ensured", models, {**BOARD, **cast, "ensure": 1})
    ensured.make(0, ahead=True)
    ensured.make(1)
    assert painted_in == [("forest", False), ("sea", True)]
    (first, second) = [said for said in ensured.said if isinstance(said, Hashed)]
    assert first.after is not None
    assert first.after.uncorrected == second.uncorrected
    plain = Worker(tmp_path / "plain", models, {**BOARD, **cast})
    plain.make(1)
    (alone,) = [said for said in plain.said if isinstance(said, Hashed)]
    assert alone.uncorrected != second.uncorrected
    assert not painting()


def test_what_is_not_wanted_any_more_is_painted_in_its_turn(
    worker: Worker, painted_in: list[tuple[str, bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = held_back(monkeypatch)
    worker.make(0, ahead=True)
    assert begun.wait(PATIENCE_S)
    worker.hear(Abandon())
    for thread in painting():
        thread.join(PATIENCE_S)
    assert not painting()
    worker.make(1)
    assert painted_in == [("forest", False), ("sea", True), ("sea", False)]


def test_a_task_that_is_called_off_ends_what_is_painted_beside_it(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = held_back(monkeypatch)
    worker.make(0, ahead=True)
    assert begun.wait(PATIENCE_S)
    worker.hear(Make("job", 1, 0, task=2), Go(2), Cancel(2))
    with pytest.raises(Cancelled):
        worker.do()
    assert not painting()


def test_nothing_is_painted_for_a_shot_that_need_not_be_made(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = held_back(monkeypatch)
    worker.make(0, ahead=True)
    assert begun.wait(PATIENCE_S)
    worker.hear(Make("job", 1, 0, task=2), Skip(2))
    worker.do()
    assert not painting()


def test_previews_are_of_the_shot_that_is_being_made(worker: Worker) -> None:
    """Also of the rest of a painting that was begun before; and the scheduler is as it was."""
    worker.hear(Previews(on=True))
    worker.make(0, ahead=True)
    for thread in painting():
        thread.join(PATIENCE_S)
    assert set(worker.shown) == {"forest"}
    worker.make(1)
    assert set(worker.shown) == {"forest"}, "it was painted before anybody could look"
    assert worker.tasks._studio is not None
    assert "step" not in worker.tasks._studio.painter.pipeline.scheduler.__dict__
