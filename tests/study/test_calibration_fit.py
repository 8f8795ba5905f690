"""A calibration fitted to layers whose truth is known: what it says of others like them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from multiplane.models.calibration import Calibration
from multiplane.models.profiles import BUNDLED
from multiplane_study.artists.absent import absent_figures, with_absent
from multiplane_study.artwork import catalogue
from multiplane_study.calibration import calibrate
from multiplane_study.calibration.calibrate import Calibrated, write_calibration
from multiplane_study.calibration.cases import Case
from multiplane_study.calibration.fit import familiarity_of, fit
from multiplane_study.scenes import draw_scene
from tests.command_line import Multiplane


def cases(count: int = 300, *, seed: int = 4) -> list[Case]:
    """Layers whose steadiness tells whether they are right, and presence whether they are there."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(count):
        present = rng.random() < 0.85
        steady = float(rng.random())
        right = present and rng.random() < 1 / (1 + np.exp(-12 * (steady - 0.5)))
        presence = float(rng.normal(0.8 if present else 0.3, 0.1))
        evidence = {"steady": steady, "presence": presence, "size": float(rng.normal())}
        found.append(Case(evidence, 0.9 if right else 0.1, present, "known", number // 3))
    return found


def test_it_doubts_the_layers_that_are_bad_and_misses_what_is_absent() -> None:
    calibration, figures = fit(cases(), None)
    doubt, absent = figures["doubt"], figures["absent"]
    assert doubt["recall"] > 0.8
    assert doubt["precision"] > 0.8
    assert doubt["ece"] < 0.1
    assert absent["missing"] > 0.8
    assert absent["there_but_missing"] < 0.07

    def chance(steady: float) -> float:
        evidence = {"steady": steady, "presence": 0.8, "size": 0.0}
        return calibration.right.of(calibration.standardised(evidence))

    assert chance(0.1) < 0.2 < 0.8 < chance(0.9)


def test_what_is_all_right_cannot_be_fitted() -> None:
    with pytest.raises(ValueError, match="both needed"):
        fit([Case({"steady": 1.0}, 0.9, True, "own", number) for number in range(9)], None)


def test_strange_pictures_are_beyond_the_edge_of_the_known() -> None:
    rng = np.random.default_rng(8)
    known, strange = rng.normal(0, 1, (200, 4)), rng.normal(0, 1, (40, 4)) + [6, 0, 0, 0]
    names = [f"photograph {number // 4}" for number in range(40)]
    familiar, figures = familiarity_of(known, strange, names)
    assert figures["photographs_told"] > 0.9
    assert figures["drawings_strange"] < 0.05
    assert familiar.novelty([0.0, 0.0, 0.0, 0.0]) < 1.0 < familiar.novelty([6.0, 0.0, 0.0, 0.0])


def test_it_is_kept_beside_what_the_profile_says_already(tmp_path: Path) -> None:
    (tmp_path / "profile.json").write_text(json.dumps({"steps": 3, "capture": {"blocks": [1]}}))
    calibration, figures = fit(cases(), None)
    words = frozenset({"dog", "cat"})
    path = write_calibration(tmp_path, Calibrated("tiny", calibration, words, figures))
    text = path.read_text("utf-8")
    held = json.loads(text)
    assert (held["steps"], held["known_words"]) == (3, "cat dog")
    assert Calibration.from_json(held["calibration"]).features == calibration.features
    assert max(map(len, text.splitlines())) > 40, "a list of numbers stands in one line"


def test_a_word_for_nothing_is_the_first_and_has_no_member() -> None:
    scene = draw_scene(5, 256, 256)
    said, phrases = with_absent(scene, "umbrella")
    assert said.caption == f"umbrella, {scene.caption}"
    assert (phrases.wanted[0].name, phrases.members[0]) == ("umbrella", ())
    for before, after in zip(scene.subjects, said.subjects, strict=True):
        assert scene.caption[slice(*before.phrase)] == said.caption[slice(*after.phrase)]
    assert absent_figures([])["missing"] is None


def test_weights_that_read_drawings_can_be_left_as_they_are(
    multiplane: Multiplane, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    calibration, figures = fit(cases(), None)
    figures |= {"photographs_told": 1.0, "drawings_strange": 0.0}
    measured: list[tuple[Path, int, int]] = []

    def measure(painter: Any, *_: object, artists: int, painted: int, **__: object) -> Calibrated:
        measured.append((painter.folder, artists, painted))
        return Calibrated("storyboard-mini", calibration, frozenset({"dog"}), figures)

    monkeypatch.setattr(calibrate, "calibrate", measure)
    monkeypatch.setattr(catalogue, "Catalogue", lambda **_: None)
    told = tmp_path / "told.json"
    command = ("study", "calibrate", "--painted", 7, "--dry-run", "--json", told)
    painter = BUNDLED / "storyboard-mini"
    assert multiplane(*command).status == 0
    assert measured == [(painter / "reader", 160, 0), (painter, 0, 7)]
    measured.clear()
    told.unlink()
    assert multiplane(*command, "--scenes", 0).status == 0
    assert measured == [(painter, 0, 7)]
    assert json.loads(told.read_text("utf-8"))["cases"] == 300
