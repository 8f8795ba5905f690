"""What all benches rest on: scenes, phrases, the paper's own method, and the choice of settings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from multiplane.models.load import Painter
from multiplane.models.profiles import CaptureChoice, profile_of_folder
from multiplane_study.bench.answer import match_instances
from multiplane_study.observed import Phrases, balanced_scenes, phrases_of
from multiplane_study.paper_method import middle_blocks, paper_masks, paper_order
from multiplane_study.scenes import STYLES
from multiplane_study.sweep import sweep, write_choice
from tests.tiny_folders import save_tiny_pipeline


class RowsAsDepth:
    """Nearness that grows downwards."""

    trust = 1.0

    def nearness(self, picture: np.ndarray) -> np.ndarray:
        rows = np.linspace(0, 1, picture.shape[0], dtype=np.float32)
        return np.broadcast_to(rows[:, None], picture.shape[:2]).copy()


@pytest.fixture(scope="module")
def painter(tmp_path_factory: pytest.TempPathFactory) -> Painter:
    from multiplane.models.load import load_painter

    folder = save_tiny_pipeline(tmp_path_factory.mktemp("tiny"))
    return load_painter(profile_of_folder(folder), "cpu")


def test_a_sweep_writes_what_the_profile_reads(painter: Painter, tmp_path: Path) -> None:
    result = sweep(painter, limit=1, sigmas=(0.3, 0.6), propagations=((0, 1.0), (1, 1.0)))
    assert result.coarse[0][1] >= result.coarse[-1][1]
    assert result.fine[0][1] >= result.fine[-1][1]
    assert result.best.sigma in (0.3, 0.6)
    folder = save_tiny_pipeline(tmp_path / "model", version="7")
    choice = result.choice(painter.profile.capture)
    write_choice(folder, choice, {"scenes": 1})
    profile = profile_of_folder(folder)
    assert profile.capture == choice
    assert profile.version == "7"
    assert profile.steps == 3


def test_the_choice_keeps_what_a_sweep_does_not_choose(painter: Painter) -> None:
    result = sweep(painter, limit=1, sigmas=(0.1,), propagations=((0, 1.0),))
    before = CaptureChoice(blocks=(9,), sigma_low=0.4, sigma_high=0.5, draws=5)
    choice = result.choice(before)
    assert choice.draws == 5
    assert choice.sigma_low == 0.05
    assert choice.sigma_high == pytest.approx(0.25)
    assert choice.decompose_sigma == 0.1


def test_scenes_are_even_over_styles() -> None:
    scenes = list(balanced_scenes(10, range(100)))
    assert [scene.style for scene in scenes] == [*STYLES, *STYLES]
    assert sum(scene.picture.shape[0] == scene.picture.shape[1] for scene in scenes) == 3
    with pytest.raises(ValueError, match="fewer"):
        list(balanced_scenes(3, range(2)))


def test_alike_subjects_share_a_phrase() -> None:
    scene = next(balanced_scenes(1, range(1)))
    one = replace(scene.subjects[0], phrase=(3, 7))
    scene = replace(scene, caption="an awful lot of words", subjects=(one, one))
    phrases = phrases_of(scene)
    assert phrases.spans == ((3, 7),)
    assert phrases.wanted[0].count == 2
    assert phrases.wanted[0].name == scene.caption[3:7]
    assert phrases.members == ((0, 1),)


def test_instances_are_matched_to_the_best_total() -> None:
    truths = np.zeros((2, 8, 8), np.float32)
    truths[0, :, :4] = truths[1, :, 4:] = 1.0
    phrases = Phrases((), ((0, 1),), ((0, 1),))
    assert match_instances(truths[::-1], truths, [0, 0], phrases) == {0: 1, 1: 0}


def test_the_papers_mask_is_otsu_closed_and_cleaned() -> None:
    heat = np.full((1, 16, 28), 0.1, np.float32)
    heat[0, 4:10, 6:14] = 0.9
    heat[0, 14, 26] = 0.4
    (mask,) = paper_masks(heat, (448, 256))
    assert mask[7 * 16, 10 * 16]
    assert not mask[240, 10]
    assert mask.sum() == pytest.approx(6 * 8 * 256, rel=0.15)
    assert not mask[225:, 410:].any()


def test_the_papers_order_is_mean_depth() -> None:
    masks = np.zeros((3, 4, 4), bool)
    masks[0, 3], masks[1, 0] = True, True
    nearness = np.repeat(np.linspace(0, 1, 4, dtype=np.float32)[:, None], 4, axis=1)
    assert paper_order(masks, nearness) == (2, 1, 0)


@pytest.mark.parametrize(
    ("count", "blocks"), [(30, range(10, 20)), (6, range(2, 4)), (1, range(1))]
)
def test_middle_blocks(count: int, blocks: range) -> None:
    assert list(middle_blocks(count)) == list(blocks)
