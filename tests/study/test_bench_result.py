"""The bench's result file: means, intervals, groups and tests of values that are known."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from multiplane_study.bench.case import Tags
from multiplane_study.bench.result import Figure, Result, RowResult, SetFacts
from multiplane_study.bench.statistics import interval_of, paired
from multiplane_study.doubt import LayerScore

STYLES = ("pencil", "oil paint")


def tags(number: int) -> Tags:
    hard = ("small",) if number % 4 == 0 else ()
    return Tags(number, STYLES[number % 2], 1 + number % 2, "own", "known", hard, "a dog")


def result(count: int = 12) -> Result:
    ours = tuple({"iou": 0.8 + 0.01 * (n % 3), "sad": 2.0} for n in range(count))
    other = tuple({"iou": 0.5 + 0.02 * n, "sad": None} for n in range(count))
    again = tuple({"iou": one["iou"] + 0.02, "sad": 4.0} for one in ours)
    return Result(
        SetFacts("a set", 500, "abc", True),
        "storyboard-mini",
        (0, 1),
        (Figure("iou", "mIoU"), Figure("sad", "SAD", "low", "/1000")),
        tuple(tags(number) for number in range(count)),
        (
            RowResult("ours", "Multiplane", by_seed=(ours, again), peak_mb=12.0),
            RowResult("daam", "DAAM-style", by_seed=(other, other)),
            RowResult("clipseg", "CLIPSeg", missing="weights absent"),
        ),
    )


def test_a_scenes_figure_is_the_mean_over_the_seeds() -> None:
    told = json.loads(json.dumps(result().figures()))
    ours, daam, clipseg = told["rows"]
    assert ours["figures"]["iou"]["mean"] == pytest.approx(0.82)
    assert ours["figures"]["sad"]["mean"] == pytest.approx(3.0)
    assert ours["figures"]["iou"]["low"] < 0.82 < ours["figures"]["iou"]["high"]
    assert ours["spread"]["iou"] == pytest.approx(0.02 / np.sqrt(2))
    assert daam["figures"]["sad"] == {"mean": None, "low": None, "high": None, "scenes": 0}
    assert "sad" not in daam["against"]
    assert clipseg == {
        "name": "clipseg", "title": "CLIPSeg", "note": "", "missing": "weights absent",
    }  # fmt: skip
    assert told["set"]["as_pinned"] is True
    assert told["scenes"][3]["rows"]["daam"]["iou"] == pytest.approx(0.56)


def test_what_texts_quote_is_of_the_first_row_and_stays_where_it_is() -> None:
    whole = result()
    half = tuple(
        replace(one, words="unseen") if one.number % 3 == 0 else one for one in whole.scenes
    )
    ours = replace(whole.rows[0], layers=(LayerScore(0.2, 0.1, True), LayerScore(0.9, 0.8, False)))
    paper = replace(whole.rows[1], name="paper")
    told = json.loads(
        json.dumps(replace(whole, scenes=half, rows=(ours, paper), absent=()).figures())
    )
    row = told["rows"][0]
    assert told["mean_miou"] == pytest.approx(row["figures"]["iou"]["mean"])
    assert told["mean_miou_interval"] == [row["figures"]["iou"][end] for end in ("low", "high")]
    assert told["by_style"] == {
        style: pytest.approx(one["iou"]) for style, one in row["by"]["style"].items()
    }
    for words in ("known", "unseen"):
        for found, one in ((told, row), (told["paper"], told["rows"][1])):
            assert found[words]["mean_miou"] == pytest.approx(one["by"]["words"][words]["iou"])
    assert told["known"]["by_subjects"]["1"] is not None
    assert told["doubt"]["recall"] == told["doubt"]["precision"] == 1.0
    assert told["absent"] is None
    plain = whole.figures()
    assert plain["unseen"] is plain["doubt"] is plain["paper"] is None


def test_groups_are_of_their_scenes_alone() -> None:
    told = result().figures()
    by = told["rows"][1]["by"]
    assert by["style"]["pencil"]["iou"] == pytest.approx(
        np.mean([0.5 + 0.02 * n for n in range(0, 12, 2)])
    )
    assert by["subjects"].keys() == {"1", "2"}
    small = np.mean([0.5 + 0.02 * n for n in (0, 4, 8)])
    assert by["hard"]["hard"]["iou"] == by["hard"]["small"]["iou"] == pytest.approx(small)
    assert by["hard"]["plain"]["iou"] != pytest.approx(small)


def test_a_difference_that_never_turns_is_told_from_chance() -> None:
    rng = np.random.default_rng(0)
    ours = rng.uniform(0.6, 0.9, 40)
    noise = rng.normal(0.0, 0.05, 40)
    found = paired({"worse": list(ours - 0.1), "same": list(ours + noise)}, list(ours))
    assert found["worse"].p is not None
    assert found["worse"].p < 1e-6
    assert found["worse"].difference == pytest.approx(-0.1)
    assert found["same"].p is not None
    assert found["same"].p > 0.05
    assert found["same"].low < 0.0 < found["same"].high


def test_the_more_rows_the_harder_the_test() -> None:
    rng = np.random.default_rng(1)
    ours = rng.uniform(0.6, 0.9, 12)
    close = list(ours + rng.normal(0.02, 0.03, 12))
    alone = paired({"close": close}, list(ours))["close"].p
    others = {f"row {k}": list(ours + rng.normal(0.0, 0.05, 12)) for k in range(6)}
    among = paired({"close": close, **others}, list(ours))["close"].p
    assert alone is not None
    assert among is not None
    assert among > alone


def test_scenes_that_one_row_lacks_are_left_out_of_the_pair() -> None:
    found = paired({"row": [None, 0.5, 0.25]}, [0.9, 1.0, None])
    assert found["row"].scenes == 1
    assert found["row"].difference == -0.5
    assert found["row"].p is None
    assert paired({"row": [None]}, [1.0]) == {}
    assert interval_of([None, None]) is None
