"""The bench of shared attention: the same shots both ways."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from multiplane.intake.read_storyboard import load_storyboard
from multiplane.layers.likeness import unit
from multiplane.produce.cast_looks import COLOUR_AND_SHAPE
from multiplane_study.cast import shared
from multiplane_study.cast.pairs import Seen
from multiplane_study.cast.shared import ALONE, SHARED, SharingResult, Way, board_of
from tests.study.test_plates_bench import Quick
from tests.tiny_folders import save_tiny_depth


def test_both_ways_have_the_same_shots_and_seeds(tmp_path: Path) -> None:
    alone, both = (board_of("flat color", shared=one, takes=1) for one in (False, True))
    assert alone["shots"] == both["shots"]
    assert alone["seed"] == both["seed"]
    members = load_storyboard(both, folder=tmp_path).storyboard.cast
    assert [one.shared_attention for one in members.values()] == [True] * len(shared.KINDS)
    members = load_storyboard(alone, folder=tmp_path).storyboard.cast
    assert not any(one.shared_attention for one in members.values())


def test_figures_are_those_of_pairs_that_are_known() -> None:
    def seen(kind: str, picture: str, *values: float) -> Seen:
        return Seen(kind, "", "ink", picture, unit(np.array(values)))

    one = Way(
        (seen("dog", "1", 1, 0), seen("dog", "2", 0, 1), seen("wizard", "3", 1, 0)),
        (True, True, False), 6.0,
    )  # fmt: skip
    other = Way((seen("dog", "1", 1, 0), seen("dog", "2", 1, 0)), (True, True, True), 9.0)
    result = SharingResult({ALONE: one, SHARED: other}, COLOUR_AND_SHAPE, "tiny", 0.25)
    told = result.report().figures
    assert told["by_way"][ALONE] == {
        "shots": 3, "found": 3, "pairs": 1, "same": pytest.approx(0.0), "told_unlike": 1.0,
        "others": pytest.approx(0.5), "shown": pytest.approx(2 / 3), "cpu_s": 2.0,
    }  # fmt: skip
    assert told["by_way"][SHARED]["same"] == pytest.approx(1.0)
    assert told["by_way"][SHARED]["others"] is None
    assert told["cpu_ratio"] == 1.5


def test_a_board_is_made_both_ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "KINDS", ("warrior",))
    monkeypatch.setattr(shared, "PLACES", ("on a beach", "in a forest"))
    studio = Quick("storyboard-mini", str(save_tiny_depth(tmp_path / "depth")), "cpu")
    looked: dict[str, bytes] = {}

    def shows(file: Path, kind: str) -> bool:
        looked[str(file)] = file.read_bytes()
        return kind == "warrior"

    done: list[tuple[int, int]] = []
    result = shared.measure_sharing(
        studio, shows, styles=["flat color"], takes=1, on_board=lambda *now: done.append(now)
    )
    assert done == [(1, 2), (2, 2)]
    assert len(looked) == len(set(looked.values())) == 4, "sharing changes every picture"
    found = result.figures()["by_way"]
    assert found[ALONE]["shots"] == found[SHARED]["shots"] == 2
    assert found[ALONE]["shown"] == 1.0
