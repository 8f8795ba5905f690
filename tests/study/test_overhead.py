"""The overhead study on a real pipeline of tiny size: what it counts is what happens."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from multiplane.models.families.z_image import STORYBOARD_MINI
from multiplane.models.load import Painter
from multiplane.models.paint import paint
from multiplane.models.profiles import CaptureChoice
from multiplane_study.overhead import _sharing, measure_overhead
from multiplane_study.paper_hook import paper_blocks, paper_capture
from multiplane_study.peak_memory import peak_bytes, weight_bytes
from multiplane_study.turns import Tick, in_turns
from tests.tiny_models import tiny_pipeline


@pytest.fixture(scope="module")
def painter() -> Painter:
    profile = replace(
        STORYBOARD_MINI,
        name="tiny",
        native_short_side=128,
        size_multiple=8,
        steps=6,
        capture=CaptureChoice(blocks=(1,), sigma_low=0.3, sigma_high=0.7),
    )
    return Painter(tiny_pipeline(), profile, "cpu", Path())


def test_the_study_measures_every_way(painter: Painter) -> None:
    rounds: list[tuple[int, int]] = []
    result = measure_overhead(painter, pairs=2, on_round=lambda *done: rounds.append(done))
    figures = result.report().figures
    assert rounds == [(1, 2), (2, 2)]
    assert {block for block, _ in result.moments} == {1}
    assert all(0.3 <= sigma <= 0.7 for _, sigma in result.moments)
    assert result.plain.time_ratio == result.plain.memory_ratio == 1.0
    assert figures["time_ratio"] > 0
    assert set(figures["paper"]) >= {"time_ratio", "memory_ratio"}
    # The paper's hook keeps whole matrices for a while, ours none; every block costs more.
    assert result.capture.memory_ratio < 1.02 < result.paper.memory_ratio
    assert result.paper.memory_ratio < result.paper_all.memory_ratio


def test_the_paper_s_hook_keeps_text_to_image_of_the_middle_steps(painter: Painter) -> None:
    pipeline: Any = painter.pipeline
    with paper_capture(pipeline, (0, 2), steps=10) as stored:
        pipeline(
            "a fox",
            width=64,
            height=72,
            num_inference_steps=10,
            guidance_scale=2.0,
            output_type="latent",
        )
    assert len(stored) == 2 * 5
    assert {tuple(one.shape) for one in stored} == {(2, 2, 32, 96)}
    assert not any(layer.attention._forward_hooks for layer in pipeline.transformer.layers)


@pytest.mark.parametrize(("depth", "blocks"), [(30, (12, 15, 18)), (8, (3, 4, 5)), (1, (0,))])
def test_the_paper_s_blocks_are_scaled_to_the_depth(depth: int, blocks: tuple[int, ...]) -> None:
    assert paper_blocks(depth) == blocks


def test_peak_memory_is_what_lives_at_once() -> None:
    def run() -> None:
        first = torch.zeros(1_000_000)
        del first
        second = torch.zeros(500_000)
        third = torch.zeros(750_000)
        del second, third

    assert peak_bytes("cpu", run) == pytest.approx(5_000_000, rel=0.01)


def test_weights_count_once(painter: Painter) -> None:
    transformer = sum(p.nbytes for p in painter.pipeline.transformer.parameters())
    assert transformer < weight_bytes(painter.pipeline) < 4 * transformer


def test_runs_take_turns_at_every_tick() -> None:
    order: list[str] = []

    def way(name: str, ticks: int, tick: Tick) -> None:
        for _ in range(ticks):
            order.append(name)
            time.sleep(0.02)
            tick()
        order.append(name.upper())

    first, second = in_turns([partial(way, "a", 3), partial(way, "b", 1)], "cpu")
    assert order == ["a", "b", "a", "B", "a", "A"]
    assert 0.06 <= first.seconds < 0.06 + 0.05
    assert 0.02 <= second.seconds < 0.02 + 0.05


def test_a_run_that_fails_stops_the_other() -> None:
    ticks = 0

    def fails(tick: Tick) -> None:
        tick()
        raise ValueError("no")

    def goes_on(tick: Tick) -> None:
        nonlocal ticks
        for _ in range(100):
            ticks += 1
            tick()

    with pytest.raises(ValueError, match="no"):
        in_turns([fails, goes_on], "cpu")
    assert ticks == 1


def test_two_generations_that_share_models_do_not_disturb_each_other(painter: Painter) -> None:
    alone = paint(painter, "a fox", (128, 128), 3)
    pictures: list[Any] = []

    def generate(tick: Tick) -> None:
        own = _sharing(painter)
        picture = paint(own, "a fox", (128, 128), 3, on_step=lambda *_: tick())
        pictures.append(picture)

    in_turns([generate, generate], "cpu")
    assert [np.array_equal(picture, alone) for picture in pictures] == [True, True]
