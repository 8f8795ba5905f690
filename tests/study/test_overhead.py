"""The overhead study on a real pipeline of tiny size: what it counts is what happens."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from multiplane.models.load import Painter
from multiplane.models.profiles import STORYBOARD_MINI, CaptureChoice
from multiplane.study.overhead import measure_overhead
from multiplane.study.paper_hook import paper_blocks, paper_capture
from multiplane.study.peak_memory import peak_bytes, weight_bytes
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
