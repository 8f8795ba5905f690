"""Takes: the one that shows its subjects most surely is painted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from multiplane.attention.capture import CapturePlan, TokenGroup, capture_attention
from multiplane.attention.presence import presence
from multiplane.contract.events import StepProgress
from multiplane.intake.read_storyboard import load_storyboard
from multiplane.models.load import Painter, load_painter
from multiplane.models.paint import paint
from multiplane.models.profiles import profile
from multiplane.produce import takes
from multiplane.produce.hashes import hashes
from multiplane.produce.shot import produce_shot
from multiplane.produce.slots import job_of, slots_of
from multiplane.produce.studio import Studio
from multiplane.produce.takes import Take, best_take, take_seed
from tests.tiny_folders import save_tiny_depth, save_tiny_pipeline

PROMPT = "a warrior in front of a castle"
GROUPS = (TokenGroup("warrior", (5,)), TokenGroup("castle", (9,)))
PLAN = CapturePlan(GROUPS, blocks=(1,))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_pipeline(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def painter(folder: Path) -> Painter:
    return load_painter(replace(profile(str(folder)), take_steps=2), "cpu")


def test_takes_have_seeds_of_their_own_and_the_first_the_shots() -> None:
    assert take_seed(7, 1) == 7
    seeds = [take_seed(seed, number) for seed in range(20) for number in range(1, 17)]
    assert len(set(seeds)) == len(seeds), "neighbouring shots share no take"
    assert all(0 <= seed < 2**32 for seed in seeds)


def test_the_take_is_kept_whose_least_present_subject_is_most_present(painter: Painter) -> None:
    found = []
    for number in range(1, 6):
        with capture_attention(painter.pipeline, replace(PLAN, max_steps=None)) as maps:
            paint(painter, PROMPT, (96, 64), take_seed(3, number), steps=2)
        found.append(min(presence(maps.result().image_to_text, 2)))
    steps: list[tuple[int, int]] = []
    best = best_take(
        painter, PROMPT, (96, 64), 3, PLAN, subjects=2, takes=5,
        on_step=lambda *step: steps.append(step),
    )  # fmt: skip
    assert best.number == 1 + int(np.argmax(found))
    assert best.seed == take_seed(3, best.number)
    assert steps == [(done, 10) for done in range(1, 11)]


def test_a_sure_take_is_the_last(painter: Painter, monkeypatch: pytest.MonkeyPatch) -> None:
    told = iter([(0.9, 0.5), (0.99, 0.97)])
    monkeypatch.setattr(takes, "presence", lambda maps, subjects: next(told))
    steps: list[tuple[int, int]] = []
    best = best_take(
        painter, PROMPT, (96, 64), 3, PLAN, subjects=2, takes=5,
        on_step=lambda *step: steps.append(step),
    )  # fmt: skip
    assert best.number == 2
    assert steps == [(1, 10), (2, 10), (3, 10), (4, 10), (10, 10)]


def test_one_take_tries_nothing(painter: Painter, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("it was painted for nothing")

    monkeypatch.setattr(takes, "denoise", refuse)
    assert best_take(painter, PROMPT, (96, 64), 3, PLAN, subjects=2, takes=1) == Take(1, 3)


def test_a_shot_says_which_take_it_is_and_can_be_painted_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The second of the three, whatever random weights think.
    order: list[float] = [0.1, 0.9, 0.5]

    def told(maps: Any, subjects: int) -> Sequence[float]:
        return [order.pop(0)] * subjects

    monkeypatch.setattr(takes, "presence", told)
    studio = Studio(str(folder), str(save_tiny_depth(tmp_path / "depth")), "cpu")
    progress: list[tuple[int | None, int | None]] = []

    def made(out: str, board: dict[str, Any]) -> Any:
        shot = {"prompt": "a **warrior** in front of a **castle**", "duration": 0.5}
        document = {"size": [96, 64], "fps": 4, "shots": [shot], **board}
        loaded = load_storyboard(document, folder=tmp_path)
        (slot,) = slots_of(loaded)
        job = job_of(slot, loaded)
        progress.clear()

        def on_event(event: Any) -> None:
            if isinstance(event, StepProgress) and event.step == "generate" and event.total:
                progress.append((event.done, event.total))

        return produce_shot(job, studio, tmp_path / out, hashes(job, studio), on_event=on_event)

    manifest = made("three", {"seed": 11, "takes": 3})
    assert (manifest.model.seed, manifest.model.take) == (11, 2)
    assert manifest.model.take_seed == take_seed(11, 2)
    assert order == []
    tried, painted = 3 * studio.profile.take_steps, studio.profile.steps
    assert progress == [(n, tried + painted) for n in range(1, tried + painted + 1)]

    again = made("again", {"seed": manifest.model.take_seed, "takes": 1})
    assert (again.model.take, again.model.take_seed) == (1, again.model.seed)
    kept, alone = (tmp_path / out / "picture.png" for out in ("three", "again"))
    np.testing.assert_array_equal(np.asarray(Image.open(kept)), np.asarray(Image.open(alone)))
