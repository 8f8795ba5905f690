"""Cutters beside attention: from words, boxes and masks to layers; refined where both agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from multiplane.contract.doubts import DoubtReason
from multiplane.contract.errors import Failure, InputError
from multiplane.layers.cut import Cutout, Segmentation, Wanted
from multiplane.layers.cutters.agreeing import agreed_mask, prompt_of, refined
from multiplane.layers.cutters.by_words import cut_instances, cut_logits, in_front
from multiplane.layers.cutters.choice import (
    BY_ATTENTION,
    CutterChoice,
    cutter_choice,
    cutter_names,
    decomposer_of,
)
from multiplane.layers.cutters.decomposer import Decomposer, Scene
from multiplane.layers.cutters.fine_mattes import refined_mattes
from multiplane.models.vision.profiles import VISION_PROFILES, vision_profile
from multiplane.models.vision.seen import Candidates, Instance, Prompt
from tests.tiny_vision import save_tiny_clipseg, save_tiny_sam2

WIDTH, HEIGHT = 240, 160
ROWS, COLUMNS = np.mgrid[:HEIGHT, :WIDTH]


def disc(x: float, y: float, radius: float) -> np.ndarray:
    return (COLUMNS - x) ** 2 + (ROWS - y) ** 2 < radius**2


LEFT, RIGHT = disc(60, 80, 35), disc(180, 80, 40)
SWORD = (abs(COLUMNS - 180) < 6) & (abs(ROWS - 80) < 30)


def painted(*parts: tuple[np.ndarray, tuple[int, int, int]]) -> np.ndarray:
    picture = np.full((HEIGHT, WIDTH, 3), (205, 220, 235), np.uint8)
    for mask, colour in parts:
        picture[mask] = colour
    return picture


def scene(picture: np.ndarray, *wanted: Wanted) -> Scene:
    return Scene(picture, wanted)


TWO = painted((LEFT, (200, 50, 40)), (RIGHT, (60, 50, 160)))
RED, BLUE = Wanted("red"), Wanted("blue", phrase="a blue ball")


def coarse(mask: np.ndarray, strength: float = 4.0) -> np.ndarray:
    """The mask as a model would say it at 30 x 20: blurred logits."""
    small = cv2.resize(mask.astype(np.float32), (30, 20), interpolation=cv2.INTER_AREA)
    return np.asarray(strength * (2.0 * cv2.GaussianBlur(small, (0, 0), 0.8) - 1.0), np.float32)


def iou(alpha: np.ndarray, mask: np.ndarray) -> float:
    inside = alpha > 0.5
    return float((inside & mask).sum() / (inside | mask).sum())


def test_coarse_masks_come_to_the_pictures_edges_and_compete() -> None:
    cut = cut_logits(scene(TWO, RED, BLUE), np.stack([coarse(LEFT), coarse(RIGHT)]))
    assert [one.name for one in cut.cutouts] == ["red", "blue"]
    for one, mask in zip(cut.cutouts, (LEFT, RIGHT), strict=True):
        assert iou(one.alpha, mask) > 0.95
        assert one.reason is None
        assert 0.45 < one.confidence <= 1.0
    assert cut.alphas.sum(axis=0).max() <= 1.0 + 1e-5
    # a word that claims the other's place, but less surely, gets nothing of it
    rival = cut_logits(scene(TWO, RED, BLUE), np.stack([coarse(RIGHT, 1.0), coarse(RIGHT)]))
    assert rival.cutouts[0].reason is DoubtReason.NOT_FOUND
    assert rival.cutouts[0].confidence == 0.0
    assert iou(rival.cutouts[1].alpha, RIGHT) > 0.9


def test_of_a_coarse_mask_several_of_a_kind_are_told_apart() -> None:
    cut = cut_logits(scene(TWO, Wanted("ball", 2)), coarse(LEFT | RIGHT)[None])
    assert [one.name for one in cut.cutouts] == ["ball left", "ball right"]
    assert iou(cut.cutouts[0].alpha, LEFT) > 0.9
    assert iou(cut.cutouts[1].alpha, RIGHT) > 0.9


def test_a_single_masks_share_is_its_sigmoid() -> None:
    """So a threshold of the model means the same here: below 0 there is nothing."""
    shy = cut_logits(scene(TWO, RED), np.full((1, 20, 30), -0.1, np.float32))
    assert shy.cutouts[0].reason is DoubtReason.NOT_FOUND


def sharp(mask: np.ndarray) -> np.ndarray:
    return np.where(mask, np.float32(8.0), np.float32(-8.0))


def test_things_are_cut_by_their_own_masks() -> None:
    """The sword is inside the ball's mask, and stands before it."""
    picture = painted((RIGHT, (60, 50, 160)), (SWORD, (240, 240, 120)))
    wanted = (Wanted("ball"), Wanted("sword"))
    found = [Instance(0, 0.8, sharp(RIGHT)), Instance(1, 0.6, sharp(SWORD))]
    cut = cut_instances(scene(picture, *wanted), found)
    assert iou(cut.cutouts[1].alpha, SWORD) > 0.9
    assert iou(cut.cutouts[0].alpha, RIGHT & ~SWORD) > 0.95
    assert cut.cutouts[0].confidence > cut.cutouts[1].confidence > 0.0


def test_the_surest_of_a_kind_are_taken_and_counted_from_left_to_right() -> None:
    third = disc(120, 20, 15)
    picture = painted((LEFT, (200, 50, 40)), (RIGHT, (60, 50, 160)), (third, (40, 120, 40)))
    found = [Instance(0, 0.5, sharp(third)), Instance(0, 0.7, sharp(RIGHT)),
             Instance(0, 0.9, sharp(LEFT))]  # fmt: skip
    cut = cut_instances(scene(picture, Wanted("ball", 2)), found)
    assert [one.name for one in cut.cutouts] == ["ball left", "ball right"]
    assert iou(cut.cutouts[0].alpha, LEFT) > 0.95
    assert iou(cut.cutouts[1].alpha, RIGHT) > 0.95
    fewer = cut_instances(scene(picture, Wanted("ball", 2)), found[:1])
    assert [one.reason for one in fewer.cutouts] == [None, DoubtReason.NOT_FOUND]


def test_what_two_words_find_is_the_surer_ones() -> None:
    found = [Instance(0, 0.5, sharp(RIGHT)), Instance(1, 0.9, sharp(disc(181, 80, 40))),
             Instance(0, 0.45, sharp(LEFT))]  # fmt: skip
    cut = cut_instances(scene(TWO, RED, BLUE), found)
    assert iou(cut.cutouts[1].alpha, RIGHT) > 0.9
    assert iou(cut.cutouts[0].alpha, LEFT) > 0.9  # its next best
    nothing = cut_instances(scene(TWO, RED, BLUE), [])
    assert {one.reason for one in nothing.cutouts} == {DoubtReason.NOT_FOUND}


def test_shares_of_overlapping_masks_sum_to_one() -> None:
    soft = cv2.GaussianBlur(RIGHT.astype(np.float32), (0, 0), 3)
    shares = in_front(np.stack([soft, SWORD.astype(np.float32), LEFT.astype(np.float32)]))
    np.testing.assert_allclose(shares.sum(axis=0), 1.0, atol=1e-6)
    assert (shares >= 0.0).all()
    np.testing.assert_array_equal(shares[1], SWORD)


class Known:
    """A masker whose answers are known: for each box the true disc under it, or something else."""

    def __init__(self, *answers: np.ndarray) -> None:
        self.answers, self.asked = answers, list[Prompt]()

    def candidates(self, picture: Any, prompts: Sequence[Prompt]) -> list[Candidates]:
        self.asked = list(prompts)
        half = np.zeros((HEIGHT, WIDTH), bool)
        return [
            Candidates(np.stack([sharp(half), sharp(own)]), np.array([0.9, 0.1], np.float32))
            for own in self.answers[: len(prompts)]
        ]


def rough() -> Segmentation:
    """What attention might say of the two discs: too small, with ragged rims."""
    alphas = [disc(62, 82, 30).astype(np.float32), disc(177, 80, 34).astype(np.float32)]
    return Segmentation(
        tuple(Cutout(k, 0, "red" if k == 0 else "blue", alpha, 0.7, cut_by="attention")
              for k, alpha in enumerate(alphas))
    )  # fmt: skip


def test_where_both_agree_the_sharper_mask_counts() -> None:
    before = rough()
    masker = Known(LEFT, RIGHT)
    after = refined(scene(TWO, RED, BLUE), before, masker, "attention+sam")
    for one, was, mask in zip(after.cutouts, before.cutouts, (LEFT, RIGHT), strict=True):
        assert iou(was.alpha, mask) < 0.8
        assert iou(one.alpha, mask) > 0.97
        assert one.cut_by == "attention+sam"
        assert (one.confidence, one.name) == (was.confidence, was.name)
    assert after.alphas.sum(axis=0).max() <= 1.0 + 1e-5


def test_where_they_see_another_thing_the_mask_stays() -> None:
    """SAM cuts the half of a thing, or the whole picture: neither is what the word means."""
    before = rough()
    elsewhere = disc(120, 20, 30)
    after = refined(scene(TWO, RED, BLUE), before, Known(elsewhere, elsewhere), "both")
    assert after is before
    one = refined(scene(TWO, RED, BLUE), before, Known(elsewhere, RIGHT), "both")
    assert np.array_equal(one.cutouts[0].alpha, before.cutouts[0].alpha)
    assert [each.cut_by for each in one.cutouts] == ["attention", "both"]
    assert iou(one.cutouts[1].alpha, RIGHT) > 0.97
    whole = np.ones((HEIGHT, WIDTH), bool)
    assert agreed_mask(Candidates(sharp(whole)[None], np.ones(1, np.float32)), LEFT) is None


def test_nothing_is_asked_where_nothing_was_found() -> None:
    empty = replace(rough().cutouts[0], alpha=np.zeros((HEIGHT, WIDTH), np.float32))
    before = Segmentation((empty,))
    masker = Known()
    assert refined(scene(TWO, RED), before, masker, "both") is before
    assert masker.asked == []


def test_a_mask_is_shown_by_its_box_and_by_places_deep_inside() -> None:
    ring = disc(120, 80, 60) & ~disc(120, 80, 40)
    prompt = prompt_of(ring)
    assert prompt.box is not None
    assert (prompt.box.left, prompt.box.top) == (61, 21)
    assert (prompt.box.right, prompt.box.bottom) == (180, 140)
    assert len(prompt.points) == 3
    for x, y in prompt.points:
        assert ring[int(y), int(x)]  # the ring's middle, in the hole, is no place of it
        assert not (disc(120, 80, 45) | ~disc(120, 80, 56))[int(y), int(x)]
    apart = [np.hypot(a[0] - b[0], a[1] - b[1]) for a in prompt.points for b in prompt.points
             if a != b]  # fmt: skip
    assert min(apart) > 30


class Furry:
    """A matter that reads the true soft edge from the picture's red; it keeps what it was asked."""

    def __init__(self) -> None:
        self.trimaps: list[np.ndarray] = []

    def alpha(self, picture: np.ndarray, trimap: np.ndarray) -> np.ndarray:
        self.trimaps.append(trimap)
        return np.asarray((picture[..., 0].astype(np.float32) - 40.0) / 180.0)


def test_edges_are_refined_in_the_unknown_band_alone() -> None:
    away = np.hypot(COLUMNS - 60, ROWS - 80)
    truth = np.clip((35.0 - away) / 6.0, 0.0, 1.0)
    red = np.rint(40 + 180 * truth).astype(np.uint8)
    picture = np.dstack([red, np.full_like(red, 60), np.full_like(red, 60)])
    hard = Cutout(0, 0, "red", disc(60, 80, 32).astype(np.float32), 0.7, cut_by="attention")
    none = Cutout(1, 0, "blue", np.zeros_like(hard.alpha), 0.0, cut_by="attention")
    matter = Furry()
    fine = refined_mattes(picture, Segmentation((hard, none)), matter, "fur")
    (trimap,) = matter.trimaps  # nothing is asked of what was not found
    assert set(np.unique(trimap)) == {0.0, 0.5, 1.0}
    assert trimap.size < 0.5 * picture[..., 0].size, "only where the edge is"
    alpha = fine.cutouts[0].alpha
    changed = alpha != hard.alpha
    band = abs(away - 32) < 6
    assert changed.any()
    assert not (changed & ~band).any()
    before = float(np.abs(hard.alpha - truth)[band].mean())
    assert float(np.abs(alpha - truth)[band].mean()) < 0.2 * before
    assert [one.cut_by for one in fine.cutouts] == ["attention+fur", "attention"]
    assert not fine.cutouts[1].alpha.any()


class Sure:
    """A matter that says the same everywhere."""

    def alpha(self, picture: np.ndarray, trimap: np.ndarray) -> np.ndarray:
        return np.full(trimap.shape, 0.9, np.float32)


def test_the_ground_does_not_shine_through_between_neighbours() -> None:
    half, ball = COLUMNS < 120, disc(120, 80, 50)
    parts = [(ball & half).astype(np.float32), (ball & ~half).astype(np.float32)]
    cut = Segmentation(tuple(Cutout(k, 0, "ball", part, 0.7) for k, part in enumerate(parts)))
    fine = refined_mattes(painted((ball, (200, 50, 40))), cut, Sure(), "sure").alphas
    assert fine.sum(axis=0).max() <= 1.0 + 1e-5
    seam = (abs(COLUMNS - 120) < 3) & disc(120, 80, 35)
    np.testing.assert_allclose(fine.sum(axis=0)[seam], 1.0, atol=1e-5)


def _always(answer: Segmentation, _: Scene) -> Segmentation:
    return answer


def test_an_answer_to_another_question_is_refused() -> None:
    half = Cutout(0, 0, "red", LEFT[::2].astype(np.float32), 0.5)
    twice = Cutout(0, 0, "red", LEFT.astype(np.float32), 0.5)
    for given in ([half], [], [twice, twice]):
        answer = Segmentation(tuple(given))
        cutter = Decomposer("odd", partial(_always, answer))
        with pytest.raises(Failure, match="one matte of the picture's size"):
            cutter.cut(scene(TWO, RED))
    whole = Decomposer("whole", partial(_always, Segmentation((twice,))))
    assert whole.cut(scene(TWO, RED)).cutouts[0].cut_by == "whole"


SAM, CLIP = VISION_PROFILES["sam-2.1-tiny"], VISION_PROFILES["clipseg"]
DINO, MATTE = VISION_PROFILES["grounding-dino-tiny"], VISION_PROFILES["vitmatte-small"]


@pytest.mark.parametrize(
    ("said", "choice", "name"),
    [
        ("attention", BY_ATTENTION, "attention"),
        ("sam-2.1-tiny", CutterChoice("attention", masker=SAM), "attention+sam-2.1-tiny"),
        ("attention + sam-2.1-tiny", CutterChoice("attention", None, SAM),
         "attention+sam-2.1-tiny"),
        ("clipseg", CutterChoice(None, CLIP), "clipseg"),
        ("CIDAS/clipseg-rd64-refined", CutterChoice(None, CLIP), "clipseg"),
        ("clipseg+sam-2.1-tiny", CutterChoice(None, CLIP, SAM), "clipseg+sam-2.1-tiny"),
        ("grounding-dino-tiny+sam-2.1-tiny", CutterChoice(None, DINO, SAM),
         "grounding-dino-tiny+sam-2.1-tiny"),
        ("vitmatte-small", CutterChoice("attention", matter=MATTE), "attention+vitmatte-small"),
        ("grounding-dino-tiny+sam-2.1-tiny+vitmatte-small", CutterChoice(None, DINO, SAM, MATTE),
         "grounding-dino-tiny+sam-2.1-tiny+vitmatte-small"),
    ],
)  # fmt: skip
def test_a_cutters_name_says_what_it_is_made_of(said: str, choice: CutterChoice, name: str) -> None:
    assert cutter_choice(said) == choice
    assert choice.name == name
    assert choice.needs_attention == name.startswith("attention")


def test_every_name_that_is_offered_is_understood() -> None:
    names = cutter_names()
    assert len(set(names)) == len(names)
    assert names[0] == "attention"
    assert [cutter_choice(name).name for name in names] == names


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("clip-seg", r'Did you mean "clipseg"'),
        ("grounding-dino-tiny", r"finds boxes only.*grounding-dino-tiny\+sam-2.1-tiny"),
        ("attention+clipseg", r"does not refine masks.*sam-2.1-tiny.*vitmatte-small"),
        ("sam-2.1-tiny+edgetam", r"there is one already"),
        ("clipseg+vitmatte-small+edgetam", r"there is one already"),
        ("grounding-dino-tiny+vitmatte-small", r"finds boxes only"),
        ("attention+", r"no cutter of this name"),
    ],
)
def test_a_cutter_that_cannot_be_is_refused_with_a_remedy(said: str, why: str) -> None:
    with pytest.raises(InputError, match=why) as refused:
        cutter_choice(said)
    assert refused.value.field == "cut"


def test_an_unknown_cutters_remedy_names_each_that_there_is_once() -> None:
    with pytest.raises(InputError) as caught:
        cutter_choice("nonsense")
    said = str(caught.value)
    assert said.count('"clipseg"') == said.count('"attention"') == said.count('"sam-3"') == 1


def test_models_in_folders_are_cutters_too(tmp_path: Path) -> None:
    words, masks = save_tiny_clipseg(tmp_path / "words"), save_tiny_sam2(tmp_path / "a+b")
    assert cutter_choice(str(words)).name == "words"
    assert cutter_choice(str(masks)).name == "attention+a+b"
    from multiplane.models.vision.load import load_vision

    both = CutterChoice(None, vision_profile(str(words)), vision_profile(str(masks)))
    cutter = decomposer_of(both, lambda wanted: load_vision(wanted, "cpu"))
    assert cutter.name == "words+a+b"
    assert not cutter.needs_attention
    cut = cutter.cut(scene(TWO, RED, BLUE))
    assert [one.of for one in cut.cutouts] == [0, 1]
    assert {one.cut_by for one in cut.cutouts} <= {"words", "words+a+b"}
    assert cut.alphas.shape == (2, HEIGHT, WIDTH)
    assert cut.alphas.sum(axis=0).max() <= 1.0 + 1e-5
