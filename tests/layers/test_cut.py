"""From heatmaps to mattes in one call, and what it warns of."""

from __future__ import annotations

import numpy as np

from multiplane.layers.cut import Wanted, cut_subjects
from multiplane.layers.stack import CutSubject, build_stack, recompose, recomposition_error
from multiplane_study.metrics import iou
from tests.layers.drawn import coarse_maps, disc, laid_over, phrase_masks, scene_of

SIZE = (448, 256)


def test_all_subjects_of_a_scene() -> None:
    scene = scene_of("flat color", 2, size=SIZE)
    truths = phrase_masks(scene)
    assert len(truths) == 2
    cut = cut_subjects(scene.picture, coarse_maps(scene), [Wanted("one"), Wanted("other")])
    assert [cutout.name for cutout in cut.cutouts] == ["one", "other"]
    assert cut.alphas.shape == (2, 256, 448)
    for cutout, truth in zip(cut.cutouts, truths, strict=True):
        assert iou(cutout.alpha > 0.5, truth) > 0.7
        assert cutout.confidence > 0.4


def test_a_subject_that_is_not_there_is_told_of() -> None:
    scene = scene_of("flat color", 1, size=SIZE)
    maps = coarse_maps(scene)
    generator = np.random.default_rng(5)
    nothing = 0.01 * np.exp(generator.normal(0, 0.05, maps[:1].shape)).astype(np.float32)
    wanted = [Wanted("chest"), Wanted("ghost")]
    cut = cut_subjects(scene.picture, np.concatenate([maps[:1], nothing, maps[1:]]), wanted)
    found, ghost = cut.cutouts
    assert found.confidence > 0.4
    assert ghost.confidence < 0.3


def two_red_discs(gap: float) -> tuple[np.ndarray, np.ndarray]:
    """A picture and its heatmaps (red, place)."""
    left, right = disc(SIZE, (224 - gap, 128), 50), disc(SIZE, (224 + gap, 128), 50)
    below = np.full((256, 448, 3), (170, 190, 220), np.uint8)
    both = np.maximum(left, right)
    picture = laid_over((200, 40, 40), both, below)
    share = both.reshape(16, 16, 28, 16).mean(axis=(1, 3))
    return picture, np.stack([0.1 * share + 0.004, 0.1 * (1 - share) + 0.004]).astype(np.float32)


def test_a_group_without_a_count_is_one_layer_of_all_its_pieces() -> None:
    picture, maps = two_red_discs(100)
    (balls,) = cut_subjects(picture, maps, [Wanted("balls")]).cutouts
    both = np.maximum(disc(SIZE, (124, 128), 50), disc(SIZE, (324, 128), 50)) > 0.5
    assert iou(balls.alpha > 0.5, both) > 0.9


def test_between_a_subject_and_its_part_no_pixel_is_lost() -> None:
    """A green shield on a red ball: each pixel of both is one of theirs, none the background's."""
    ball, shield = disc(SIZE, (224, 128), 70), disc(SIZE, (236, 120), 30)
    below = np.full((256, 448, 3), (170, 190, 220), np.uint8)
    picture = laid_over((40, 150, 60), shield, laid_over((200, 40, 40), ball, below))
    shares = [ball * (1 - shield), shield, 1 - ball]
    maps = np.stack(
        [0.1 * share.reshape(16, 16, 28, 16).mean(axis=(1, 3)) + 0.004 for share in shares]
    )
    cut = cut_subjects(picture, maps.astype(np.float32), [Wanted("ball"), Wanted("shield")])
    inside = disc(SIZE, (224, 128), 66) > 0.99
    assert cut.alphas.sum(axis=0)[inside].min() > 0.99
    whole, part = cut.alphas
    layers = build_stack(
        picture,
        [CutSubject("b", "ball", "", whole, 0.4), CutSubject("s", "shield", "", part, 0.6)],
    )
    assert recomposition_error(layers, picture) <= 1
    # Without the background nothing of the two is gone, and the ball goes on under its shield.
    alone = recompose([layers[1], layers[2]], SIZE)
    assert np.abs(alone[inside].astype(int) - picture[inside]).max() <= 2
    x, y, wide, high = layers[1].bbox
    sheet = np.zeros((256, 448), np.uint8)
    sheet[y : y + high, x : x + wide] = layers[1].rgba[..., 3]
    assert (sheet[inside] > 250).mean() > 0.97


def test_two_of_a_kind_become_two_layers() -> None:
    picture, maps = two_red_discs(100)
    cut = cut_subjects(picture, maps, [Wanted("ball", 2)])
    assert [(cutout.name, cutout.of, cutout.number) for cutout in cut.cutouts] == [
        ("ball left", 0, 0),
        ("ball right", 0, 1),
    ]
    assert iou(cut.cutouts[0].alpha > 0.5, disc(SIZE, (124, 128), 50) > 0.5) > 0.9
    assert iou(cut.cutouts[1].alpha > 0.5, disc(SIZE, (324, 128), 50) > 0.5) > 0.9
    assert all(cutout.separate for cutout in cut.cutouts)


def test_two_that_touch_are_divided_and_known_to_touch() -> None:
    picture, maps = two_red_discs(45)
    cut = cut_subjects(picture, maps, [Wanted("ball", 2)])
    assert all(cutout.alpha.any() for cutout in cut.cutouts)
    assert not any(cutout.separate for cutout in cut.cutouts)
    (sure,) = cut_subjects(picture, maps, [Wanted("ball")]).cutouts
    assert cut.cutouts[0].confidence < sure.confidence
