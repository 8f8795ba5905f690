"""From heatmaps to mattes in one call, and what it warns of."""

from __future__ import annotations

import numpy as np

from multiplane.layers.cut import Wanted, cut_subjects
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
