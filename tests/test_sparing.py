"""Memory that runs out while a shot is painted: the next memory plan is taken, and said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import ZImageTransformer2DModel

from multiplane.contract.events import Log
from multiplane.models import folders, load, measured
from multiplane.models.machine import Machine
from multiplane.models.memory import MemoryPlan, Situation
from multiplane.produce.studio import Studio
from tests.test_produce import FOREST, SEA, Run
from tests.tiny_folders import save_tiny_depth, save_tiny_pipeline


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    folder = tmp_path_factory.mktemp("models")
    return str(save_tiny_pipeline(folder / "tiny")), str(save_tiny_depth(folder / "depth"))


@pytest.fixture(autouse=True)
def models_folder_of_this_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(folders.MODELS_VARIABLE, str(tmp_path / "models"))


@contextmanager
def lacking(times: int) -> Iterator[list[int]]:
    """The transformer of the first `times` paintings runs out of memory, as on a GPU."""
    forward = ZImageTransformer2DModel.forward
    lacks: list[int] = []

    def short(self: Any, *args: Any, **kwargs: Any) -> Any:
        if len(lacks) < times:
            lacks.append(1)
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return forward(self, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ZImageTransformer2DModel, "forward", short)
        yield lacks


def warnings(run: Run) -> list[str]:
    return [event.text for event in run.told if isinstance(event, Log) and event.level != "info"]


def ladder(model: str) -> tuple[MemoryPlan, ...]:
    return load.plans_for(load.choose(model), load.look_at_machine("cpu"))


def test_a_shot_is_painted_with_the_next_plan(models: tuple[str, str], tmp_path: Path) -> None:
    run = Run(Studio(*models, "cpu"), tmp_path / "out")
    known = ladder(models[0])
    with lacking(2) as lacks:
        outcome = run(FOREST, SEA)
    assert len(lacks) == 2
    assert (outcome.made, outcome.errors) == (2, {})
    said = [text for text in warnings(run) if "Memory ran out" in text]
    assert said == [
        f"Memory ran out. It is tried again with {plan.in_words()}." for plan in known[1:3]
    ]
    # what was learned from one shot is kept for those after it
    expected = None if known[2].is_plain else known[2].in_words()
    assert run.manifest("forest").model.memory_plan == expected
    assert run.manifest("sea").model.memory_plan == expected


def test_with_no_plan_left_the_shot_fails_and_says_so(
    models: tuple[str, str], tmp_path: Path
) -> None:
    run = Run(Studio(*models, "cpu"), tmp_path / "out")
    known = ladder(models[0])
    with lacking(10**6):
        outcome = run(FOREST)
    (error,) = outcome.errors.values()
    assert error.code == "models.memory"
    assert "ran out of memory" in error.message
    assert sum("Memory ran out" in text for text in warnings(run)) == len(known) - 1


def test_a_smaller_picture_is_said_in_the_manifest(models: tuple[str, str], tmp_path: Path) -> None:
    plans = ladder(models[0])
    smaller = next(number for number, plan in enumerate(plans) if plan.scale < 1.0)
    studio = Studio(*models, "cpu")
    studio.lay_out(smaller)
    run = Run(studio, tmp_path / "out")
    run(FOREST)
    manifest = run.manifest("forest")
    (notice,) = [one for one in manifest.notices if one.code == "picture.painted_smaller"]
    assert "enlarged to" in notice.text
    assert any("enlarged to" in text for text in warnings(run))
    assert manifest.model.memory_plan is not None
    assert "and enlarged" in manifest.model.memory_plan
    plain = Run(Studio(*models, "cpu"), tmp_path / "plain")
    plain(FOREST)
    assert run.picture("forest").shape == plain.picture("forest").shape
    assert run(FOREST).skipped == 1, "it is made anew when asked to (--force), not every time"


def test_a_painted_shot_is_learned_from(models: tuple[str, str], tmp_path: Path) -> None:
    run = Run(Studio(*models, "cpu"), tmp_path / "out")
    facts, machine = run.studio.profile, load.look_at_machine("cpu")
    plan = ladder(models[0])[0]
    assert measured.shots_with(facts, machine, plan).count == 0
    run(FOREST, SEA)
    assert measured.shots_with(facts, machine, plan).count == 1, "one was painted beside the other"
    run(FOREST, force=True)
    learned = measured.shots_with(facts, machine, plan)
    assert learned.count == 2
    assert learned.operations_per_s > 0
    assert measured.correction_gb(facts, machine) == pytest.approx(learned.over_gb)
    elsewhere = Machine("cuda", "another card", 64, 64)
    assert measured.correction_gb(facts, elsewhere) == 0
    here = load.situation(facts, machine)
    assert here == Situation(machine, {}, learned.over_gb)
