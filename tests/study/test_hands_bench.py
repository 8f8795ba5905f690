"""The strokes of the bench of layers by hand, and what it reports."""

from __future__ import annotations

import numpy as np
import pytest

from multiplane.contract.layer_edits import KeepEdit, RemoveEdit
from multiplane.layers.hands.strokes import Sheet
from multiplane_study.hands import HandsResult, along, mending

SIZE = (160, 90)
SHEET = Sheet(SIZE, (0, 0, *SIZE))


def box(x: int, y: int, width: int, height: int) -> np.ndarray:
    mask = np.zeros(SIZE[::-1], bool)
    mask[y : y + height, x : x + width] = True
    return mask


@pytest.mark.parametrize("mask", [box(40, 10, 20, 70), box(30, 20, 90, 21)])
def test_a_stroke_lies_in_the_middle_of_what_it_means(mask: np.ndarray) -> None:
    drawn = SHEET.strokes([along(mask)])
    assert not (drawn & ~mask).any()
    rows, columns = np.nonzero(drawn)
    true_rows, true_columns = np.nonzero(mask)
    assert rows.mean() == pytest.approx(true_rows.mean(), abs=3)
    assert columns.mean() == pytest.approx(true_columns.mean(), abs=3)
    longest = max(np.ptp(true_rows), np.ptp(true_columns))
    assert max(np.ptp(rows), np.ptp(columns)) == pytest.approx(0.8 * longest, abs=5)


def test_the_largest_fault_is_mended() -> None:
    truth = box(40, 10, 20, 70)
    missing = mending(box(40, 10, 20, 30), truth)
    assert isinstance(missing, KeepEdit)
    assert not (SHEET.strokes(missing.strokes) & ~box(40, 40, 20, 40)).any()
    extra = mending(truth | box(60, 10, 60, 70), truth)
    assert isinstance(extra, RemoveEdit)
    assert not (SHEET.strokes(extra.strokes) & truth).any()


def test_figures_are_means_after_each_stroke() -> None:
    result = HandsResult(
        ((0.5, 0.95), (0.7, 0.85)), ((0.4, 0.6), (0.6, 0.8)), (0.1,), (0.9,), (0.8, 0.6), (0.2,), 1
    )
    figures = result.report().figures
    assert figures["mean_iou"] == pytest.approx([0.6, 0.9])
    assert figures["over_0_9"] == pytest.approx([0.0, 0.5])
    assert figures["boundary_f"] == pytest.approx([0.5, 0.7])
    assert figures["seconds"]["edit_cpu"] == pytest.approx(0.7)
    assert figures["recomposition_max_error"] == 1
