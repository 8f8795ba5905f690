"""Coarse masks come to the edges of the picture, in every style."""

from __future__ import annotations

import numpy as np
import pytest

from multiplane.layers.masks import soft_masks
from multiplane.layers.refine import refine
from multiplane.layers.regions import find_regions
from multiplane_study.metrics import boundary_f, iou
from tests.layers.drawn import coarse_maps, phrase_masks, scene_of

STYLES = ("ink sketch", "watercolor", "oil paint", "pencil", "flat color")


@pytest.mark.parametrize("style", STYLES)
def test_masks_follow_the_picture(style: str) -> None:
    before, after, edges = [], [], []
    for skip in range(4):
        scene = scene_of(style, 2, skip=skip, size=(448, 256))
        maps, truths = coarse_maps(scene), phrase_masks(scene)
        flags = [False] * len(truths) + [True]
        soft = soft_masks(maps, flags, (448, 256)).values
        refined = refine(scene.picture, soft)
        assert np.allclose(refined.sum(axis=0), 1.0, atol=1e-4)
        for index, truth in enumerate(truths):
            before.append(iou(soft.argmax(axis=0) == index, truth))
            mask = refined.argmax(axis=0) == index
            after.append(iou(mask, truth))
            edges.append(boundary_f(mask, truth))
    assert np.mean(after) > np.mean(before) + 0.05
    assert np.mean(after) > 0.7
    assert np.mean(edges) > 0.6


def test_large_pictures_are_worked_at_a_smaller_size() -> None:
    scene = scene_of("flat color", 1, size=(960, 544))
    maps = coarse_maps(scene, token=32)
    soft = soft_masks(maps, [False, True], (960, 544)).values
    refined = refine(scene.picture, soft)
    assert refined.shape == (2, 544, 960)
    assert iou(refined.argmax(axis=0) == 0, phrase_masks(scene)[0]) > 0.75


def test_a_flat_picture_keeps_its_masks() -> None:
    picture = np.full((96, 128, 3), 200, np.uint8)
    soft = np.zeros((2, 96, 128), np.float32)
    soft[0, 30:60, 40:80] = 1.0
    soft[1] = 1.0 - soft[0]
    refined = refine(picture, soft)
    assert np.isfinite(refined).all()
    assert refined[0].sum() == pytest.approx(soft[0].sum(), rel=0.2)


def test_regions_do_not_cross_a_drawn_line() -> None:
    lab = np.full((120, 160, 3), [95.0, 0.0, 0.0], np.float32)
    lab[:, 78:81] = [10.0, 0.0, 0.0]
    regions = find_regions(lab, 60)
    left = set(np.unique(regions.labels[:, :75]))
    right = set(np.unique(regions.labels[:, 84:]))
    assert not left & right
    assert regions.size.sum() == 120 * 160
    assert len(regions.size) == regions.labels.max() + 1
