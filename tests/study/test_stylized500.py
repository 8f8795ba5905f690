"""StylizedBench-500: fixed, balanced, in words training never uses, and hard where it says so."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from multiplane.contract.errors import InputError
from multiplane_study.artwork.catalogue import Catalogue
from multiplane_study.artwork.get import artwork_folder, is_there
from multiplane_study.artwork.packages import ARTISTS, HELD_OUT_ARTIST, NAMES, SYNONYMS
from multiplane_study.scenes import STYLES, Scene, SceneSubject
from multiplane_study.scenes.captions import Named, caption_for
from multiplane_study.scenes.pinned import as_pinned, drawn_as
from multiplane_study.stylized500.draw import Drawer, pins
from multiplane_study.stylized500.hard import kinds_of_hard, thin_share
from multiplane_study.stylized500.plan import SCENES, plan_scene
from multiplane_study.stylized500.wordings import Called, Setting, worded

PLANS = [plan_scene(number) for number in range(SCENES)]
SIZE = (120, 200)


def fetched() -> bool:
    needed = (ARTISTS[HELD_OUT_ARTIST].package, NAMES, SYNONYMS)
    return all(is_there(artwork_folder(), package) for package in needed)


def test_each_style_has_a_hundred_scenes_and_half_of_the_subjects_are_an_artists() -> None:
    assert Counter(plan.style for plan in PLANS) == dict.fromkeys(STYLES, 100)
    own = [drawn for plan in PLANS for drawn in plan.own]
    assert 0.47 < np.mean(own) < 0.53
    for style in STYLES:
        of_style = [plan for plan in PLANS if plan.style == style]
        assert 0.4 < np.mean([drawn for plan in of_style for drawn in plan.own]) < 0.6
        assert len({(plan.width, plan.height) for plan in of_style}) == 2
    assert min(Counter(plan.meant for plan in PLANS).values()) >= 30
    assert len(pins()) == SCENES == len(set(pins()))


def test_the_first_scenes_are_a_fair_part() -> None:
    part = PLANS[:50]
    assert Counter(plan.style for plan in part) == dict.fromkeys(STYLES, 10)
    assert set(Counter(len(plan.own) for plan in part)) == {1, 2, 3, 4}
    assert set(Counter(plan.source for plan in part)) == {"own", "artists", "both"}


def test_no_caption_is_one_that_training_writes() -> None:
    rng = np.random.default_rng(0)
    setting = Setting("in a", "forest")
    subjects = [Called("dog", "red"), Called("house", "blue"), Called("otter")]
    ours = {worded(rng, "pencil", setting, subjects).text for _ in range(60)}
    named = [Named("dog", "red", 0.2, 0.1, 0.3), Named("house", "blue", 0.7, 0.6, 0.8),
             Named("otter", "", 0.5, 0.4, 0.6)]  # fmt: skip
    theirs = {caption_for(rng, "pencil", "forest", named).text for _ in range(400)}
    assert len(ours) > 20
    assert ours.isdisjoint(theirs)
    words = {word for text in theirs for word in text.split()}
    assert all(set(text.split()) - words for text in ours)  # each has words that training lacks


def test_phrases_are_where_the_words_are_and_twins_share_theirs() -> None:
    rng = np.random.default_rng(1)
    subjects = [Called("dog", "red"), Called("owl"), Called("dog", "red")]
    for _ in range(30):
        told = worded(rng, "pencil", Setting("in the", "snow"), subjects)
        first, owl, second = (told.text[slice(*span)] for span in told.phrases)
        assert (first, owl, second) == ("two red dogs".removeprefix("two "), "owl", "red dogs")
        assert told.phrases[0] == told.phrases[2]
        assert told.text[slice(*told.place)] == "snow"
        assert told.style is None or told.text[slice(*told.style)] == "pencil"


def scene_of(*masks: np.ndarray, colours: tuple[tuple[int, int, int], ...]) -> Scene:
    picture = np.full((*SIZE, 3), 230, np.uint8)
    for mask, colour in zip(masks, colours, strict=True):
        picture[mask] = colour
    left = np.ones(SIZE, bool)
    seen = []
    for mask in reversed(masks):
        seen.append(mask & left)
        left &= ~mask
    subjects = tuple(
        SceneSubject("x", "", (k, k + 1), matte.astype(np.float32), mask.astype(np.float32),
                     picture, 0.5)
        for k, (mask, matte) in enumerate(zip(masks, reversed(seen), strict=True))
    )  # fmt: skip
    empty = np.zeros(SIZE, np.float32)
    return Scene(0, "pencil", "", "abcd", (3, 4), None, picture, picture, subjects, empty)


def box(left: int, top: int, right: int, bottom: int) -> np.ndarray:
    mask = np.zeros(SIZE, bool)
    mask[top:bottom, left:right] = True
    return mask


RED, DARK_RED, BLUE, GREEN = (200, 30, 30), (205, 35, 30), (30, 30, 200), (30, 160, 40)


def test_two_boxes_far_apart_are_not_hard() -> None:
    scene = scene_of(box(20, 30, 70, 80), box(120, 30, 170, 80), colours=(RED, BLUE))
    assert kinds_of_hard(scene) == ()


def test_each_kind_of_hard_is_seen() -> None:
    far = (box(20, 30, 70, 80), box(120, 30, 170, 80))
    alike = scene_of(*far, colours=(RED, DARK_RED))
    assert kinds_of_hard(alike) == ()  # alike, but no neighbours
    touching = scene_of(box(20, 30, 70, 80), box(70, 30, 120, 80), colours=(RED, DARK_RED))
    assert kinds_of_hard(touching) == ("same colour",)
    chain = (box(20, 30, 70, 80), box(60, 30, 110, 80), box(100, 30, 150, 80))
    assert kinds_of_hard(scene_of(*chain, colours=(RED, BLUE, GREEN))) == ("overlapping",)
    twins = scene_of(*far, colours=(RED, BLUE))
    shared = tuple(replace(one, phrase=(0, 1)) for one in twins.subjects)
    assert kinds_of_hard(replace(twins, subjects=shared)) == ("two of a noun",)
    cut = scene_of(box(0, 30, 50, 80), colours=(RED,))
    assert kinds_of_hard(cut) == ("cut off",)
    assert kinds_of_hard(scene_of(box(20, 30, 40, 50), colours=(RED,))) == ("small",)
    sword = box(20, 20, 40, 60) | box(29, 60, 31, 110)
    assert "thin" not in kinds_of_hard(scene_of(box(20, 20, 70, 60), colours=(RED,)))
    fork = sword | box(50, 20, 52, 110) | box(60, 20, 62, 110) | box(70, 20, 72, 110)
    assert "thin" in kinds_of_hard(scene_of(fork, colours=(RED,)))


def test_what_an_opening_takes_away_is_thin() -> None:
    assert thin_share(box(20, 20, 80, 80)) < 0.01
    assert thin_share(box(20, 20, 80, 21)) == 1.0
    disc = cv2.circle(np.zeros(SIZE, np.uint8), (60, 60), 30, 1, -1) > 0
    assert thin_share(disc) < 0.05
    assert thin_share(np.zeros(SIZE, bool)) == 0.0


def test_without_the_artwork_it_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="artwork get") as caught:
        Drawer(Catalogue(tmp_path, [HELD_OUT_ARTIST]))
    assert caught.value.code == "study.artwork.missing"


@pytest.mark.skipif(not fetched(), reason="needs multiplane study artwork get")
@pytest.mark.parametrize("number", [4, 9, 46])
def test_scenes_are_drawn_as_they_are_pinned(number: int) -> None:
    scene = Drawer().scene(number)
    assert as_pinned(pins()[number], drawn_as(scene))
    shown = np.sum([subject.matte for subject in scene.subjects], axis=0)
    assert shown.max() < 1.001
