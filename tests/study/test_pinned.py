"""A scene's drawing is known again: rounded otherwise it is the same, changed it is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from multiplane_study.scenes import Scene, draw_scene
from multiplane_study.scenes.pinned import as_pinned, drawn_as

SCENE = draw_scene(3, 128, 128)
PINNED = drawn_as(SCENE)


def same(scene: Scene) -> bool:
    return as_pinned(PINNED, drawn_as(scene))


def test_the_same_is_drawn_again() -> None:
    assert drawn_as(draw_scene(3, 128, 128)) == PINNED


def test_a_value_that_is_rounded_otherwise_changes_the_checksum_alone() -> None:
    picture = SCENE.picture.copy()
    picture[::40, ::40, 0] ^= 1
    found = drawn_as(replace(SCENE, picture=picture))
    assert found.split()[0] != PINNED.split()[0]
    assert as_pinned(PINNED, found)


def test_other_words_another_picture_and_another_truth_are_not_as_pinned() -> None:
    assert not same(replace(SCENE, caption=SCENE.caption + "."))
    assert not same(draw_scene(4, 128, 128))
    assert not same(replace(SCENE, picture=SCENE.picture[:, ::-1]))
    assert not same(replace(SCENE, background=np.clip(SCENE.background, 40, 215)))
    first, *others = SCENE.subjects
    moved = replace(first, matte=np.roll(first.matte, 3, axis=0))
    assert not same(replace(SCENE, subjects=(moved, *others)))
    assert not same(replace(SCENE, subjects=(first, first, *others)))
