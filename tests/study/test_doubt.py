"""Is the confidence right about the layers? Checked on hand-made layers."""

from __future__ import annotations

import pytest

from multiplane_study.doubt import LayerScore, reliability


def scored(iou: float, confidence: float) -> LayerScore:
    return LayerScore(iou, confidence, doubted=confidence < 0.5)


def test_bad_layers_that_were_doubted_are_counted_both_ways() -> None:
    layers = [
        scored(0.9, 0.95),
        scored(0.8, 0.2),  # a false alarm
        scored(0.1, 0.1),
        scored(0.2, 0.85),  # bad, and nobody was told
        scored(0.0, 0.0),  # missing
    ]
    figures = reliability(layers)
    assert (figures["layers"], figures["bad"], figures["doubted"]) == (5, 3, 3)
    assert figures["recall"] == pytest.approx(2 / 3)
    assert figures["precision"] == pytest.approx(2 / 3)
    assert figures["false_alarms"] == pytest.approx(1 / 2)


def test_a_confidence_that_tells_the_chance_has_no_calibration_error() -> None:
    layers = [scored(float(number < 7), 0.7) for number in range(10)]
    figures = reliability(layers)
    assert figures["ece"] == pytest.approx(0.0)
    assert figures["curve"] == [{"confidence": 0.7, "good": 0.7, "layers": 10}]


def test_a_confidence_that_boasts_has_one_as_large_as_it_boasts() -> None:
    layers = [scored(float(number < 2), 0.9) for number in range(10)]
    assert reliability(layers)["ece"] == pytest.approx(0.7)


def test_without_layers_nothing_is_claimed() -> None:
    figures = reliability([])
    assert figures["recall"] is figures["precision"] is figures["ece"] is None


def test_without_bad_layers_there_is_no_recall() -> None:
    figures = reliability([scored(1.0, 1.0)])
    assert figures["recall"] is None
    assert figures["false_alarms"] == 0.0
