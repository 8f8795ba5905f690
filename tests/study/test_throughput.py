"""Seconds by function become seconds by step."""

from __future__ import annotations

import re
from pathlib import Path

import diffusers
import pytest

import multiplane
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


def test_every_step_asks_for_functions_that_there_are() -> None:
    homes = [Path(multiplane.__file__).parent, Path(diffusers.__file__).parent / "models"]
    for own, within in STEPS.values():
        for function in (*own, *within):
            file, name = function.split(":")
            found = [home / file for home in homes if (home / file).is_file()]
            assert found, file
            assert re.search(rf"def {name}\(", found[0].read_text(encoding="utf-8")), function
    assert set(LAYERS) < set(STEPS)
