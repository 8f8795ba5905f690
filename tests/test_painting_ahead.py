"""The next shot's picture is painted while the shot before it is cut, and nothing else changes."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import ZImageTransformer2DModel
from PIL import Image

from multiplane.contract.events import Event, Log, StepProgress
from multiplane.intake.read_storyboard import load_storyboard
from multiplane.models import room
from multiplane.models.interruption import checked
from multiplane.models.machine import Machine, look_at_machine
from multiplane.produce import cut_out as cut_out_module
from multiplane.produce import painting as painting_module
from multiplane.produce.ahead import PaintingAhead, Upcoming, upcoming_of
from multiplane.produce.slots import job_of, slots_of
from multiplane.produce.studio import Studio
from multiplane.stage.registry import PRESETS
from tests.test_produce import FOREST, SEA, Run
from tests.tiny_folders import save_tiny_depth, save_tiny_pipeline

HILL = {"id": "hill", "prompt": "a **tower** on a hill", "camera": "push_in"}
TOO_LONG = {"id": "long", "prompt": "a **boat** and " + "a gull and " * 400 + "the sea"}
THREAD = "painting-ahead"
PATIENCE_S = 120.0


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    folder = tmp_path_factory.mktemp("models")
    return str(save_tiny_pipeline(folder / "tiny")), str(save_tiny_depth(folder / "depth"))


@pytest.fixture
def run(models: tuple[str, str], tmp_path: Path) -> Run:
    return Run(Studio(*models, "cpu"), tmp_path / "out")


@pytest.fixture
def painted_in(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Names of the threads in which shots were painted, by the shot's id."""
    found: dict[str, str] = {}
    paint = painting_module.paint_shot

    def noting(job: Any, *args: Any, **options: Any) -> Any:
        found[job.shot.id] = threading.current_thread().name
        return paint(job, *args, **options)

    monkeypatch.setattr("multiplane.produce.ahead.paint_shot", noting)
    monkeypatch.setattr("multiplane.produce.shot.paint_shot", noting)
    return found


@pytest.fixture(autouse=True)
def nothing_paints_afterwards() -> Iterator[None]:
    yield
    assert not painting()


def painting() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == THREAD]


def files(out: Path) -> dict[str, str]:
    """SHA-256 of all that was made of shots, by path."""
    return {
        path.relative_to(out / "shots").as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (out / "shots").rglob("*")
        if path.is_file()
    }


def told_of(run: Run) -> list[tuple[str, ...]]:
    return [
        (event.type, getattr(event, "shot_id", None) or "", getattr(event, "step", ""))
        for event in run.told
    ]


def test_what_comes_out_is_the_same_to_the_bit(
    run: Run, tmp_path: Path, painted_in: dict[str, str]
) -> None:
    """Also beside drawings, shots of several takes, and shots whose hidden parts are painted."""
    noise = np.random.default_rng(3).integers(0, 255, (90, 160, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "drawing.png")
    drawn = {"id": "drawn", "picture": "drawing.png", "subjects": ["boat"]}
    shots: list[dict[str, Any]] = [
        FOREST,
        drawn,
        {**SEA, "fill": "model"},
        {**HILL, "takes": 2},
        {**FOREST, "id": "f2"},
    ]
    assert run(*shots).made == 5
    assert painted_in == {
        "forest": "MainThread", "sea": THREAD, "hill": THREAD, "f2": THREAD,
    }  # fmt: skip
    alone = Run(run.studio, tmp_path / "alone")
    assert alone(*shots, ahead=False).made == 5
    assert set(painted_in.values()) == {"MainThread"}
    assert {"sea/sea.mp4", "sea/manifest.json", "hill/picture.png"} < set(files(run.out))
    assert files(run.out) == files(alone.out)
    assert told_of(run) == told_of(alone)


def test_a_shot_that_cannot_be_painted_fails_alone_and_in_its_turn(
    run: Run, painted_in: dict[str, str]
) -> None:
    outcome = run(FOREST, TOO_LONG, SEA)
    assert outcome.made == 2
    assert [(index, error.code) for index, error in outcome.errors.items()] == [
        (1, "attention.phrase_truncated")
    ]
    assert painted_in["long"] == THREAD
    order = [kind for kind, shot, _ in told_of(run) if kind.startswith("shot_") and shot]
    assert order == [
        "shot_started", "shot_finished", "shot_started", "shot_failed", "shot_started",
        "shot_finished",
    ]  # fmt: skip


def test_an_interrupted_run_ends_the_painting_and_goes_on_later(
    run: Run, painted_in: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = held_back(monkeypatch)

    def interrupt(event: Event) -> None:
        if isinstance(event, StepProgress) and event.step == "stage":
            assert begun.wait(PATIENCE_S), "the next picture is not painted beside"
            raise KeyboardInterrupt

    outcome = run(FOREST, SEA, on_event=interrupt)
    assert outcome.interrupted
    assert outcome.made == 0
    assert not painting()
    assert not files(run.out)
    monkeypatch.undo()
    assert run(FOREST, SEA).made == 2


def held_back(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """The model's passes beside another shot never end by themselves; set once one began."""
    begun = threading.Event()
    forward = ZImageTransformer2DModel.forward

    def endless(self: Any, *args: Any, **options: Any) -> Any:
        while threading.current_thread().name == THREAD:
            begun.set()
            forward(self, *args, **options)
        return forward(self, *args, **options)

    monkeypatch.setattr(ZImageTransformer2DModel, "forward", endless)
    return begun


def upcoming(run: Run, shot: dict[str, Any]) -> Upcoming:
    document = {"size": [160, 90], "fps": 12, "seed": 5, "shots": [{"duration": 0.5, **shot}]}
    loaded = load_storyboard(document, folder=run.out.parent, presets=PRESETS)
    job = job_of(slots_of(loaded)[0], loaded)
    found = upcoming_of(job, run.studio)
    assert found is not None
    return found


def test_what_is_not_asked_for_is_thrown_away(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run.studio.painter is not None
    begun = held_back(monkeypatch)
    with PaintingAhead(run.studio) as ahead:
        ahead.then(lambda: upcoming(run, SEA))
        ahead.painter_is_free()
        assert begun.wait(PATIENCE_S)
        other = upcoming(run, {**SEA, "seed": 99})
        assert ahead.painted(other, lambda done, total: None) is None
        assert not painting()
        assert not ahead.stop()


def test_steps_done_before_are_told_when_the_picture_is_asked_for(run: Run) -> None:
    assert run.studio.painter is not None
    told: list[tuple[int, int]] = []
    with PaintingAhead(run.studio) as ahead:
        ahead.then(lambda: upcoming(run, SEA))
        ahead.painter_is_free()
        for thread in painting():
            thread.join(PATIENCE_S)
        found = ahead.painted(upcoming(run, SEA), lambda *step: told.append(step))
    assert found is not None
    steps = run.studio.profile.steps
    assert told == [(done, steps) for done in range(1, steps + 1)]


def test_nothing_is_painted_ahead_before_the_model_is_loaded(run: Run) -> None:
    with PaintingAhead(run.studio) as ahead:
        ahead.then(lambda: upcoming(run, SEA))
        ahead.painter_is_free()
        assert not ahead.stop()


def test_nor_where_memory_is_for_one_thing_at_a_time(
    run: Run, painted_in: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    free: list[float] = [64.0]

    def machine(device: str = "auto") -> Machine:
        return Machine(device, "CPU", free[0], free[0])

    monkeypatch.setattr(room, "look_at_machine", machine)
    painter = run.studio.painter
    assert room.has_room_beside(painter)
    free[0] = 0.1
    assert not room.has_room_beside(painter)
    assert run(FOREST, SEA).made == 2
    assert set(painted_in.values()) == {"MainThread"}
    assert look_at_machine("cpu").free_ram_gb > free[0]


def test_memory_that_runs_out_beside_suffices_alone(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The painting that lacked it is done in its turn, with the plan that the model has."""
    forward = ZImageTransformer2DModel.forward

    def short(self: Any, *args: Any, **options: Any) -> Any:
        if threading.current_thread().name == THREAD:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return forward(self, *args, **options)

    monkeypatch.setattr(ZImageTransformer2DModel, "forward", short)
    assert run(FOREST, SEA).made == 2
    assert run.studio.lacks == 0
    alone = Run(run.studio, tmp_path / "alone")
    alone(FOREST, SEA, ahead=False)
    assert files(run.out) == files(alone.out)


@pytest.mark.parametrize("error", [MemoryError(), torch.OutOfMemoryError("CUDA out of memory")])
def test_a_cut_that_lacked_memory_beside_a_painting_is_done_alone(
    error: Exception,
    run: Run,
    tmp_path: Path,
    painted_in: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun = held_back(monkeypatch)
    disparity = type(run.studio.depth_model.model).disparity

    def short(self: Any, picture: Any) -> Any:
        if begun.wait(PATIENCE_S) and painting():
            raise error
        return disparity(self, picture)

    monkeypatch.setattr(type(run.studio.depth_model.model), "disparity", short)
    assert run(FOREST, SEA, HILL).made == 3
    said = [e.text for e in run.told if isinstance(e, Log) and "one after the other" in e.text]
    assert len(said) == 1
    assert run.studio.lacks == 0, "the model was not the one that had too much"
    assert painted_in["hill"] == "MainThread"
    monkeypatch.undo()
    alone = Run(run.studio, tmp_path / "alone")
    alone(FOREST, SEA, HILL, ahead=False)
    assert files(run.out) == files(alone.out)


def test_memory_that_a_cut_lacks_with_nothing_beside_is_told_as_before(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def short(*args: Any, **options: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr(cut_out_module, "build_stack", short)
    (error,) = run(SEA).errors.values()
    assert error.code == "produce.unforeseen"


def test_a_check_ends_a_computation_in_its_own_thread_only() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2))
    calls: list[str] = []
    give = torch.zeros(1, 2)

    class EndedError(Exception):
        pass

    def check() -> None:
        calls.append(threading.current_thread().name)
        if len(calls) > 2:
            raise EndedError

    with checked(check):
        beside = threading.Thread(target=in_grad_free(lambda: model(give)))
        beside.start()
        beside.join()
        assert calls == []
        with pytest.raises(EndedError):
            model(give)
    assert len(calls) == 3
    model(give)
    assert len(calls) == 3


def in_grad_free(do: Callable[[], object]) -> Callable[[], None]:
    def done() -> None:
        with torch.no_grad():
            do()

    return done
