"""The bench of a cast: pairs that are known, drawn figures, boards before and after ensuring."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from multiplane.layers.likeness import by_colour_and_shape, unit
from multiplane.produce import cast_looks
from multiplane.produce.cast_looks import COLOUR_AND_SHAPE, Judge
from multiplane_study.cast import drawn, painted
from multiplane_study.cast.drawn import by_true_mattes, portrait, scenes
from multiplane_study.cast.measure import SETS, measure_cast
from multiplane_study.cast.pairs import Seen, auc, figures_of, scores_of
from multiplane_study.scenes import STYLES
from tests.study.test_plates_bench import Quick
from tests.tiny_folders import save_tiny_depth

JUDGE = Judge(COLOUR_AND_SHAPE, by_colour_and_shape)


def seen(who: str, picture: str, *values: float, within: str = "ink") -> Seen:
    colour, kind = who.split()
    return Seen(kind, colour, within, picture, unit(np.array(values)))


def test_the_area_under_the_curve_is_that_of_ranks() -> None:
    assert auc([0.9, 0.8], [0.1, 0.2, 0.3]) == 1.0
    assert auc([0.1], [0.9]) == 0.0
    assert auc([0.5, 0.5], [0.5]) == 0.5
    assert auc([], [0.5]) is None
    random = np.random.default_rng(5)
    same, other = random.normal(0.3, 1, 40).round(1), random.normal(0, 1, 70).round(1)
    u = mannwhitneyu(same, other).statistic
    assert auc(same.tolist(), other.tolist()) == pytest.approx(u / (40 * 70))


def test_pairs_are_of_different_pictures_of_one_group() -> None:
    everybody = [
        seen("red dog", "one", 1, 0),
        seen("red cat", "one", 0, 1),
        seen("red dog", "two", 1, 1),
        seen("blue dog", "two", 0, 1),
        seen("blue cat", "three", 1, 0),
        seen("red dog", "four", 1, 0, within="oil"),
    ]
    scores = scores_of(everybody)
    root = float(np.sqrt(0.5))
    assert scores["same"] == pytest.approx([root])
    assert scores["same_colour"] == pytest.approx([root, 0.0])
    assert scores["same_kind"] == [0.0, 0.0]
    assert len(scores["other"]) == 3
    told = figures_of(scores, least=0.5)
    assert told["pairs"] == {
        "same": 1, "same_colour": 2, "same_kind": 2, "other": 3, "different": 7,
    }  # fmt: skip
    assert told["auc"]["same_kind"] == 1.0
    assert told["auc"]["same_colour"] == 0.75
    assert told["told_unlike"]["same"] == 0.0
    assert told["told_unlike"]["same_kind"] == 1.0


def test_drawn_figures_are_known_and_the_same_are_more_alike() -> None:
    drawings = list(scenes(2, (224, 128)))
    assert [scene.style for scene in drawings] == [*STYLES, *STYLES]
    assert [one.seed for one in scenes(1, (224, 128))] == [one.seed for one in drawings[:5]]
    everybody = [one for scene in drawings for one in by_true_mattes(scene, JUDGE)]
    assert len(everybody) == 20
    assert {one.kind for one in everybody} <= set(drawn.BEINGS)
    one, other = drawings[0].subjects
    assert [(who.kind, who.colour) for who in everybody[:2]] == [
        (one.kind, one.colour), (other.kind, other.colour),
    ]  # fmt: skip


def test_a_portrait_is_cut_out_and_always_the_same() -> None:
    found = portrait("dog", "red", "flat color")
    assert found.shape[2] == 4
    assert found[..., 3].min() == 0
    assert found[..., 3].max() == 255
    np.testing.assert_array_equal(found, portrait("dog", "red", "flat color"))
    other = portrait("dog", "blue", "flat color")
    like = [by_colour_and_shape(one) for one in (found, other)]
    assert float(like[0] @ like[1]) < 0.9


def test_the_colour_is_said_or_left_to_the_drawing() -> None:
    pictures = {one.name: f"{one.name}.png" for one in painted.CAST}
    boards = [
        painted.board_of(
            "flat color", pictures, places=["on a beach"], ensure=0, takes=1, says_colour=said
        )
        for said in (True, False)
    ]
    assert [board["cast"]["mira"]["prompt"] for board in boards] == ["a red warrior", "a warrior"]
    assert [board["cast"]["mira"]["pictures"] for board in boards] == [["mira.png"]] * 2


def test_boards_before_and_after(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(painted, "CAST", painted.CAST[:1])
    monkeypatch.setattr(painted, "ENSURE", 1)
    monkeypatch.setattr(cast_looks, "LEAST", {COLOUR_AND_SHAPE: 0.999})
    studio = Quick("storyboard-mini", str(save_tiny_depth(tmp_path / "depth")), "cpu")
    looked: list[str] = []

    def shows(file: Path, kind: str) -> bool:
        looked.append(kind)
        return "-1" in file.parent.name

    done: list[tuple[int, int]] = []
    told = measure_cast(
        studio,
        shows,
        each=1,
        styles=["flat color"],
        places=["on a beach", "in a forest", "in the snow"],
        on_step=lambda *now: done.append(now),
    ).report().figures  # fmt: skip
    assert done[-1][0] == done[-1][1]
    assert set(looked) == {"warrior"}
    assert set(told["sets"]) == set(SETS)
    assert told["sets"]["painted"]["pairs"]["different"] == 0
    for way in painted.WAYS:
        found = told["ensured"][way]
        assert found["shots"] == 3
        assert found["before"]["shown"] == found["after"]["shown"] == pytest.approx(1 / 3)
        assert 1 <= found["shots_repainted"] == found["repaints"] <= 3
        assert found["before"]["unlike"] >= 1
    for way in (painted.PICTURES, painted.UNSAID):
        against = told["ensured"][way]
        assert against["repainted_after"] >= against["repainted_before"], "the likest is kept"
