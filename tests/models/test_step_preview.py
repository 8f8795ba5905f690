"""Pictures while they are painted, with real classes at tiny sizes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from multiplane.models.load import Painter, load_painter
from multiplane.models.paint import paint, repaint
from multiplane.models.profiles import profile
from multiplane.models.step_preview import StepPreview, step_previews
from tests.tiny_folders import save_tiny_pipeline

PROMPT, SIZE, SEED, STEPS = "a warrior in front of a castle", (96, 64), 7, 4


@pytest.fixture(scope="module")
def painter(tmp_path_factory: pytest.TempPathFactory) -> Painter:
    folder: Path = save_tiny_pipeline(tmp_path_factory.mktemp("tiny"), steps=STEPS)
    return load_painter(profile(str(folder)), "cpu")


def every_step(painter: Painter, shrink: int | None, guidance: float = 2.0) -> list[StepPreview]:
    """A preview of every step; the picture must not know of it."""
    unseen = paint(painter, PROMPT, SIZE, SEED, guidance=guidance)
    seen: list[StepPreview] = []
    with step_previews(painter, seen.append, every_s=0.0, share=1.0, shrink=shrink):
        picture = paint(painter, PROMPT, SIZE, SEED, guidance=guidance)
    np.testing.assert_array_equal(picture, unseen)
    assert [(one.done, one.total) for one in seen] == [(n + 1, STEPS) for n in range(STEPS)]
    return seen


@pytest.mark.parametrize("guidance", [0.0, 2.0])
def test_the_last_preview_is_the_picture(painter: Painter, guidance: float) -> None:
    seen = every_step(painter, 1, guidance)
    picture = paint(painter, PROMPT, SIZE, SEED, guidance=guidance).astype(int)
    away = [np.abs(one.picture - picture).mean() for one in seen]
    assert np.abs(seen[-1].picture - picture).max() <= 1
    assert away == sorted(away, reverse=True), "every preview is nearer to the picture"
    assert away[0] > 5.0


def test_previews_are_small(painter: Painter) -> None:
    assert {one.picture.shape for one in every_step(painter, None)} == {(32, 48, 3)}
    assert {one.picture.shape for one in every_step(painter, 4)} == {(16, 24, 3)}


def test_at_most_so_often_and_only_while_somebody_looks(painter: Painter) -> None:
    looks: list[bool] = []
    seen: list[StepPreview] = []

    def wanted() -> bool:
        looks.append(len(looks) >= 2)
        return looks[-1]

    with step_previews(painter, seen.append, wanted=wanted, every_s=60.0):
        paint(painter, PROMPT, SIZE, SEED)
        paint(painter, PROMPT, SIZE, SEED)
    assert [one.done for one in seen] == [3], "the first after somebody looked, for a minute"


def test_the_scheduler_is_put_back(painter: Painter) -> None:
    scheduler = painter.pipeline.scheduler
    opened = step_previews(painter, lambda one: None)
    opened.__enter__()
    assert "step" in vars(scheduler)
    opened.__exit__(None, None, None)
    assert "step" not in vars(scheduler)


def test_what_show_raises_stops_the_painting(painter: Painter) -> None:
    def stop(_: StepPreview) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), step_previews(painter, stop):
        paint(painter, PROMPT, SIZE, SEED)
    assert "step" not in vars(painter.pipeline.scheduler)


def test_a_preview_that_fails_costs_no_picture(
    painter: Painter, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = paint(painter, PROMPT, SIZE, SEED)
    decode, fails = painter.pipeline.vae.decoder.forward, []

    def full(latent: torch.Tensor, *args: object) -> object:
        if latent.shape[2:] == (8, 12):
            fails.append(latent)
            raise torch.OutOfMemoryError("no memory for a preview")
        return decode(latent, *args)

    monkeypatch.setattr(painter.pipeline.vae.decoder, "forward", full)
    seen: list[StepPreview] = []
    with step_previews(painter, seen.append, every_s=0.0, share=1.0):
        again = paint(painter, PROMPT, SIZE, SEED)
    np.testing.assert_array_equal(again, picture)
    assert (len(fails), seen) == (1, [])


def test_what_is_painted_anew_does_not_know_of_it(painter: Painter) -> None:
    """Its steps are of its own schedule: those of the picture before are over."""
    picture = np.full((SIZE[1], SIZE[0], 3), 128, np.uint8)
    hole = np.zeros((SIZE[1], SIZE[0]), bool)
    hole[16:48, 24:72] = True
    unseen = repaint(painter, picture, hole, PROMPT, SEED, strength=0.9)
    with step_previews(painter, lambda one: None, every_s=0.0, share=1.0):
        paint(painter, PROMPT, SIZE, SEED)
        seen = repaint(painter, picture, hole, PROMPT, SEED, strength=0.9)
    np.testing.assert_array_equal(seen, unseen)
