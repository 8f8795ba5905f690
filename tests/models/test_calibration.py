"""Numbers that turn evidence into a chance, as a profile keeps them; and the words it knows."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from multiplane.contract.errors import InputError
from multiplane.models.calibration import Calibration, Chance, Familiarity
from multiplane.models.familiar import picture_statistics
from multiplane.models.known_words import is_unknown, known_of
from multiplane.models.profiles import profile_of_folder
from tests.tiny_folders import save_tiny_pipeline

CALIBRATION = Calibration(
    features=("steady", "size"),
    centre=(0.5, -2.0),
    scale=(0.25, 1.0),
    right=Chance(0.1, (2.0, -0.5), (0.0, -0.25)),
    there=Chance(1.0, (1.0, 0.0)),
    report_below=0.45,
    missing_below=0.1,
    familiarity=Familiarity(-1.0, (0.5, 2.0)),
)


def test_what_is_written_is_read_again() -> None:
    text = json.dumps(CALIBRATION.as_json())
    assert Calibration.from_json(json.loads(text)) == CALIBRATION


def test_evidence_for_a_layer_raises_its_chance() -> None:
    def chance(steady: float) -> float:
        return CALIBRATION.right.of(CALIBRATION.standardised({"steady": steady, "size": -2.0}))

    assert chance(0.1) < chance(0.5) < chance(0.9)
    assert chance(0.5) == pytest.approx(1 / (1 + np.exp(-0.1)))
    assert chance(9.0) == chance(99.0), "what is beyond three deviations says no more"


def test_what_speaks_against_a_layer_is_told_by_feature() -> None:
    against = CALIBRATION.against({"steady": 0.25, "size": -2.0})
    assert against["steady"] == pytest.approx(2.0)
    assert against["size"] == pytest.approx(0.0)


def test_how_strange_a_picture_is() -> None:
    familiar = CALIBRATION.familiarity
    assert familiar is not None
    assert familiar.novelty([0.0, 0.0]) == 0.0, "inside"
    assert familiar.novelty([0.0, 1.0]) == pytest.approx(1.0), "at the edge"
    assert familiar.novelty([2.0, 1.0]) == pytest.approx(2.0)


def test_photographs_and_drawings_differ_in_their_statistics() -> None:
    rng = np.random.default_rng(2)
    flat = np.full((90, 160, 3), (180, 200, 220), np.uint8)
    flat[30:70, 50:90] = (200, 40, 40)
    grainy = np.clip(flat + rng.normal(0, 12, flat.shape), 0, 255).astype(np.uint8)
    drawn, taken = picture_statistics(flat), picture_statistics(grainy)
    assert np.isfinite([drawn, taken]).all()
    assert drawn[0] > 0.5 > taken[0], "steps of nothing"
    assert drawn[6] < taken[6], "grain in calm places"
    assert drawn[8] < taken[8], "colours"
    assert np.isfinite(picture_statistics(np.zeros((16, 16, 3), np.uint8))).all()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("centre", [0.5]),
        ("scale", [0.25, 0.0]),
        ("features", None),
        ("right", {"intercept": 0.0, "weights": [1.0]}),
        ("report_below", "much"),
        ("familiarity", {"intercept": 0.0, "weights": ["x"]}),
    ],
)
def test_a_damaged_one_is_told_with_the_remedy(tmp_path: Path, field: str, value: object) -> None:
    folder = save_tiny_pipeline(tmp_path / "tiny")
    broken = {**CALIBRATION.as_json(), field: value}
    held = json.loads((folder / "profile.json").read_text("utf-8"))
    (folder / "profile.json").write_text(json.dumps({**held, "calibration": broken}), "utf-8")
    with pytest.raises(InputError) as caught:
        profile_of_folder(folder)
    assert caught.value.code == "models.profile_invalid"
    assert caught.value.field == "calibration"
    assert "study calibrate" in str(caught.value.remedy)


def test_words_are_known_in_other_numbers_too() -> None:
    known = known_of(["warrior and wolf", "city's dish", "mountains"])
    said = ("warriors", "wolves", "Cities", "dishes", "mountain", "samurai", "two", "background")
    assert [word for word in said if is_unknown(word, known)] == ["samurai"]


def test_without_a_list_nothing_is_unknown() -> None:
    assert not is_unknown("samurai", frozenset())


def test_a_list_of_words_is_one_text(tmp_path: Path) -> None:
    listed = save_tiny_pipeline(tmp_path / "tiny", known_words="Dog cat")
    assert profile_of_folder(listed).known_words == {"dog", "cat"}
    wrong = save_tiny_pipeline(tmp_path / "wrong", known_words=["dog"])
    with pytest.raises(InputError) as caught:
        profile_of_folder(wrong)
    assert caught.value.field == "known_words"
