"""Seconds by function become seconds by step."""

from __future__ import annotations

import re
from pathlib import Path

import diffusers
import pytest

import multiplane
from multiplane_study.report import Report
from multiplane_study.shots_per_minute import Turn, add_to, figures_of, measure_shots_per_minute
from multiplane_study.throughput import LAYERS, STEPS, spent_by_step


def test_what_is_within_a_step_and_another_counts_once() -> None:
    spent = spent_by_step(
        {
            "intake/picture.py:load_picture": 0.5,
            "models/paint.py:single_pass": 4.0,
            "autoencoders/autoencoder_kl.py:encode": 1.0,
            "layers/cut.py:cut_subjects": 3.0,
            "layers/mattes.py:solve_mattes": 2.0,
            "layers/foreground.py:edge_colours": 0.25,
            "layers/stack.py:build_stack": 2.25,
            "layers/extend.py:extend_stack": 1.0,
            "depth/estimate.py:estimate_nearness": 0.0,
            "deliver/shot.py:deliver_shot": 6.0,
            "deliver/preview.py:write_preview": 4.0,
            "models/load.py:load_painter": 9.0,
            "produce/shot.py:produce_shot": 27.0,
        }
    )
    assert spent.steps["encode"] == 1.0
    assert spent.steps["capture"] == 3.0
    assert spent.steps["cut"] == 1.0
    assert spent.steps["matte"] == 2.25
    assert spent.steps["fill"] == 3.0
    assert (spent.steps["preview"], spent.steps["write"]) == (4.0, 2.0)
    assert spent.to_layers == 0.5 + 1.0 + 3.0 + 1.0 + 2.25 + 3.0
    assert spent.whole == 18.0
    assert spent.figures()["cpu_s"]["other"] == pytest.approx(18.0 - 16.75)  # type: ignore[index]


def test_a_step_that_a_checkout_does_not_tell_apart_is_unknown() -> None:
    """Its time is among the rest; it never comes out below nothing."""
    spent = spent_by_step(
        {"autoencoders/autoencoder_kl.py:encode": 1.0, "produce/shot.py:produce_shot": 5.0}
    )
    assert spent.steps["encode"] == 1.0
    assert spent.steps["capture"] is None
    assert spent.to_layers is None
    assert spent.figures()["cpu_s"]["other"] == 4.0  # type: ignore[index]


def test_every_step_asks_for_functions_that_there_are() -> None:
    homes = [Path(multiplane.__file__).parent, Path(diffusers.__file__).parent / "models"]
    for own, within in STEPS.values():
        for function in (*own, *within):
            file, name = function.split(":")
            found = [home / file for home in homes if (home / file).is_file()]
            assert found, file
            assert re.search(rf"def {name}\(", found[0].read_text(encoding="utf-8")), function
    assert set(LAYERS) < set(STEPS)


def test_shots_a_minute_are_compared_turn_about() -> None:
    files = {"a/picture.png": "0" * 64}
    turns = {
        "in-turn": [Turn(60.0, 80.0, 45.0, 900.0, files), Turn(64.0, 82.0, 48.0, 910.0, files)],
        "ahead": [Turn(50.0, 81.0, 20.0, 990.0, files), Turn(40.0, 83.0, 15.0, 1010.0, files)],
    }
    figures = figures_of(turns, (1920, 1080), 2)
    assert figures["shots_per_minute"] == {"in-turn": 120 / 62, "ahead": 120 / 45}
    assert figures["ratio"] == 62 / 45
    assert figures["ratios"] == [60 / 50, 64 / 40]
    assert figures["share_after_painting"] == 0.25
    assert figures["seconds_after_painting"] == 0.25 * 62 / 2
    assert figures["ratio_at_most"] == 1 / 0.75
    assert figures["same_files"]
    other = Turn(40.0, 83.0, 15.0, 1010.0, {"a/picture.png": "1" * 64})
    assert not figures_of({**turns, "ahead": [other, other]}, (1920, 1080), 2)["same_files"]
    report = Report("throughput", {"size": [1, 1]})
    add_to(report, figures)
    assert report.figures["size"] == [1, 1]
    assert report.figures["several"] == figures
    assert "the same files" in report.tables[0].title


@pytest.mark.slow
def test_both_ways_make_the_same_files() -> None:
    figures = measure_shots_per_minute(size=(96, 64), shots=2)
    assert figures["same_files"]
    assert min(figures["shots_per_minute"].values()) > 0
    assert 0 < figures["share_after_painting"] < 1
