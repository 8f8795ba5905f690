"""Metrics against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from multiplane_study import metrics


def box(*sides: int, size: tuple[int, int] = (40, 60)) -> np.ndarray:
    """A mask with rows top..bottom and columns left..right set."""
    top, bottom, left, right = sides
    mask = np.zeros(size, bool)
    mask[top:bottom, left:right] = True
    return mask


def test_iou() -> None:
    assert metrics.iou(box(0, 10, 0, 10), box(0, 10, 5, 15)) == pytest.approx(50 / 150)
    assert metrics.iou(box(0, 10, 0, 10), box(20, 30, 0, 10)) == 0.0
    assert metrics.iou(box(0, 0, 0, 0), box(0, 0, 0, 0)) == 1.0


def test_the_headline_counts_small_subjects_as_much_as_large_ones() -> None:
    truths = np.stack([box(0, 40, 0, 30), box(0, 4, 40, 44)])
    masks = np.stack([truths[0], box(0, 0, 0, 0)])
    assert metrics.mean_subject_iou(masks, truths) == 0.5
    with pytest.raises(ValueError, match="1 masks, 2 truths"):
        metrics.mean_subject_iou(masks[:1], truths)


def test_two_class_iou_does_not_ask_who_is_who() -> None:
    truths = np.stack([box(0, 10, 0, 10), box(0, 10, 20, 30)])
    assert metrics.two_class_iou(truths[::-1], truths) == 1.0


def test_soft_iou() -> None:
    one, half = np.full((4, 4), 1.0, np.float32), np.full((4, 4), 0.5, np.float32)
    assert metrics.soft_iou(one, half) == 0.5
    assert metrics.soft_iou(one * 0, half * 0) == 1.0


def test_davis_tolerance() -> None:
    assert metrics.davis_tolerance((480, 854)) == 8
    assert metrics.davis_tolerance((256, 448)) == 5


def test_boundary_f_forgives_within_its_tolerance() -> None:
    truth = box(10, 30, 10, 40)
    moved = box(13, 33, 10, 40)
    assert metrics.boundary_f(truth, truth, 0) == 1.0
    assert metrics.boundary_f(moved, truth, 3) == 1.0
    assert 0.3 < metrics.boundary_f(moved, truth, 2) < 0.9
    assert metrics.boundary_f(box(0, 0, 0, 0), truth) == 0.0
    assert metrics.boundary_f(box(0, 0, 0, 0), box(0, 0, 0, 0)) == 1.0


def test_boundary_f_sees_what_iou_does_not() -> None:
    truth = box(5, 35, 5, 55)
    bitten = truth.copy()
    bitten[5:35:4, 5:9] = False
    assert metrics.iou(bitten, truth) > 0.97
    assert metrics.boundary_f(bitten, truth, 1) < 0.97


def test_order_pairs() -> None:
    truths = np.stack([box(0, 20, 0, 20), box(10, 30, 10, 30), box(0, 5, 50, 55)])
    assert metrics.order_pairs((0, 1, 2), (0, 1, 2), truths) == [
        (True, True),
        (True, False),
        (True, False),
    ]
    swapped = metrics.order_pairs((1, 0, 2), (0, 1, 2), truths)
    assert [right for right, _ in swapped] == [False, True, True]
    missing = metrics.order_pairs((0, 2), (0, 1, 2), truths)
    assert [right for right, _ in missing] == [False, True, False]


def test_interval_holds_the_mean_and_narrows() -> None:
    generator = np.random.default_rng(1)
    few, many = generator.normal(0.6, 0.1, 10), generator.normal(0.6, 0.1, 1000)
    low, high = metrics.interval(many)
    assert low < float(many.mean()) < high
    assert high - low == pytest.approx(2 * 1.96 * 0.1 / 1000**0.5, rel=0.2)
    assert metrics.interval(few)[1] - metrics.interval(few)[0] > 4 * (high - low)
    assert metrics.interval(many) == (low, high)
    with pytest.raises(ValueError, match="no values"):
        metrics.interval([])
