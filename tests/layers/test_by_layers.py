"""Cutters that take a picture apart by themselves: which of their layers is whose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import cv2
import numpy as np
import pytest

from multiplane.contract.doubts import DoubtReason
from multiplane.contract.errors import Failure
from multiplane.layers.cut import UNASKED, Cutout, Segmentation, Wanted
from multiplane.layers.cutters.by_layers import by_layers, cut_layers, visible
from multiplane.layers.cutters.choice import CutterChoice, cutter_choice, decomposer_of
from multiplane.layers.cutters.decomposer import Decomposer, Scene
from multiplane.models.vision.profiles import VISION_PROFILES
from tests.layers.test_cutters import (
    BLUE,
    HEIGHT,
    LEFT,
    RED,
    RIGHT,
    SWORD,
    TWO,
    WIDTH,
    disc,
    iou,
    painted,
    scene,
)

GROUND = np.ones((HEIGHT, WIDTH), bool)
THIRD = disc(120, 20, 15)


def small(*masks: np.ndarray) -> np.ndarray:
    """The masks as a model's alphas at half of the size, back to front."""
    return np.stack([
        cv2.resize(one.astype(np.float32), (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA)
        for one in masks
    ])  # fmt: skip


def known(*masks: np.ndarray, of: tuple[int, ...] | None = None) -> list[Cutout]:
    """What another cutter says of the subjects: where they are about."""
    owners = of or tuple(range(len(masks)))
    return [
        Cutout(owner, place if of else 0, "", mask.astype(np.float32), 0.7)
        for place, (owner, mask) in enumerate(zip(owners, masks, strict=True))
    ]


def test_a_layer_is_the_subjects_in_whose_cutout_it_lies_and_has_its_own_edges() -> None:
    rough = known(disc(64, 84, 28), disc(176, 80, 46))
    picture = painted(
        (LEFT, (200, 50, 40)), (RIGHT, (60, 50, 160)), (THIRD, (40, 120, 40))
    )  # fmt: skip
    cut = cut_layers(scene(picture, RED, BLUE), small(GROUND, RIGHT, THIRD, LEFT), rough)
    assert [(one.of, one.number, one.name) for one in cut.cutouts] == [
        (0, 0, "red"), (1, 0, "blue"), (UNASKED, 0, "thing 1"),
    ]  # fmt: skip
    for one, mask in zip(cut.cutouts, (LEFT, RIGHT, THIRD), strict=True):
        assert iou(one.alpha, mask) > 0.95
    assert [one.reason for one in cut.cutouts] == [None, None, DoubtReason.NOT_ASKED]
    assert cut.alphas.sum(axis=0).max() <= 1.0 + 1e-5


def test_several_layers_of_one_subject_are_one_layer() -> None:
    picture = painted((RIGHT, (60, 50, 160)), (SWORD, (240, 240, 120)))
    whole = known(RIGHT)
    cut = cut_layers(scene(picture, BLUE), small(GROUND, RIGHT, SWORD), whole)
    assert [one.name for one in cut.cutouts] == ["blue"]
    assert iou(cut.cutouts[0].alpha, RIGHT) > 0.95


def test_a_layer_of_several_subjects_is_divided_among_them() -> None:
    pair = known(disc(62, 82, 30), disc(177, 80, 34), of=(0, 0))
    cut = cut_layers(scene(TWO, Wanted("ball", 2)), small(GROUND, LEFT | RIGHT), pair)
    assert [one.name for one in cut.cutouts] == ["ball left", "ball right"]
    assert iou(cut.cutouts[0].alpha, LEFT) > 0.95
    assert iou(cut.cutouts[1].alpha, RIGHT) > 0.95


def test_a_part_alone_is_not_the_subject() -> None:
    """The sword lies in the warrior's cutout, but no other layer of the warrior is there."""
    picture = painted((RIGHT, (60, 50, 160)), (SWORD, (240, 240, 120)))
    cut = cut_layers(scene(picture, BLUE), small(GROUND, SWORD), known(RIGHT))
    assert [(one.name, one.reason) for one in cut.cutouts] == [
        ("blue", DoubtReason.NOT_FOUND), ("thing 1", DoubtReason.NOT_ASKED),
    ]  # fmt: skip
    assert not cut.cutouts[0].alpha.any()
    assert iou(cut.cutouts[1].alpha, SWORD) > 0.9


def test_what_is_in_front_hides_what_is_behind_and_the_ground_is_no_thing() -> None:
    shares = visible(small(GROUND, RIGHT, SWORD), (HEIGHT, WIDTH))
    assert not shares[0].any()
    assert shares[1][80, 180] < 0.01 < 0.99 < shares[2][80, 180]
    assert shares.sum(axis=0).max() <= 1.0 + 1e-5
    # a second full layer hides whatever is behind it
    again = visible(small(GROUND, RIGHT, GROUND, SWORD), (HEIGHT, WIDTH))
    assert not again[:3].any()
    assert again[3].any()


class Apart:
    """A layerer whose layers are known; it keeps what it was asked."""

    def __init__(self, *masks: np.ndarray) -> None:
        self.masks, self.asked = masks, list[tuple[str, int, int]]()

    def layers(
        self, picture: Any, caption: str, count: int, seed: int, on_step: Callable[[int, int], None]
    ) -> np.ndarray:
        self.asked.append((caption, count, seed))
        on_step(1, 1)
        alphas = small(*self.masks)
        return np.stack([np.zeros_like(alphas)] * 3 + [alphas], axis=-1)


def test_it_is_asked_for_the_subjects_the_ground_and_one_more() -> None:
    layerer, steps = Apart(GROUND, LEFT, RIGHT), list[tuple[int, int]]()
    cutter = by_layers("layers", layerer, None)
    look = Scene(TWO, (RED, Wanted("ball", 3)), caption="balls", seed=9,
                 on_step=lambda *done: steps.append(done))  # fmt: skip
    cut = cutter.cut(look)
    cutter.cut(scene(TWO))
    cutter.cut(scene(TWO, Wanted("ball", 12)))
    assert layerer.asked == [("balls", 6, 9), ("a picture", 3, 0), ("a picture", 8, 0)]
    assert steps == [(1, 1)]
    # nothing says whose they are
    assert [one.reason for one in cut.cutouts] == [DoubtReason.NOT_FOUND] * 4 + [
        DoubtReason.NOT_ASKED
    ] * 2
    assert {one.cut_by for one in cut.cutouts} == {"layers"}


def test_what_another_cutter_finds_names_the_layers() -> None:
    def found(_: Scene) -> Segmentation:
        return Segmentation(tuple(known(RIGHT, LEFT)))

    told_by = Decomposer("words", found)
    cut = by_layers("layers", Apart(GROUND, LEFT, RIGHT), told_by).cut(scene(TWO, BLUE, RED))
    assert [(one.name, one.cut_by) for one in cut.cutouts] == [
        ("blue", "layers"), ("red", "layers"),
    ]  # fmt: skip
    assert iou(cut.cutouts[0].alpha, RIGHT) > 0.95


def test_a_cancelled_cut_ends_at_once() -> None:
    def stop(_: int, __: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        by_layers("layers", Apart(GROUND, LEFT), None).cut(replace(scene(TWO), on_step=stop))


def test_any_cutter_may_give_what_nobody_asked_for_each_by_a_number() -> None:
    asked = Cutout(0, 0, "red", LEFT.astype(np.float32), 0.5)
    more = Cutout(UNASKED, 0, "thing 1", RIGHT.astype(np.float32), 0.4)

    def always(given: tuple[Cutout, ...], _: Scene) -> Segmentation:
        return Segmentation(given)

    both = Decomposer("both", partial(always, (asked, more)))
    assert [one.of for one in both.cut(scene(TWO, RED)).cutouts] == [0, UNASKED]
    twice = Decomposer("twice", partial(always, (asked, more, more)))
    with pytest.raises(Failure, match="one matte of the picture's size"):
        twice.cut(scene(TWO, RED))


def test_what_names_the_layers_is_no_part_of_the_cutters_name() -> None:
    layered, clipseg = VISION_PROFILES["qwen-image-layered"], VISION_PROFILES["clipseg"]
    choice = cutter_choice("qwen-image-layered")
    assert choice == CutterChoice(None, layered)
    assert choice.needs_no_words
    assert not choice.needs_attention
    told = replace(choice, told_by=CutterChoice(None, clipseg))
    assert told.name == "qwen-image-layered"
    assert told.models == (layered, clipseg)
    loaded: list[str] = []

    def load(wanted: Any) -> Any:
        loaded.append(wanted.name)
        return Apart(GROUND, LEFT)

    assert decomposer_of(told, load).name == "qwen-image-layered"
    assert sorted(loaded) == ["clipseg", "qwen-image-layered"]
