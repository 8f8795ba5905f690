"""The bench of what subjects hide, against scenes whose answer is known."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from multiplane_study.hidden import WAYS, Hidden, HiddenResult, score_hidden, worst_frames_of
from multiplane_study.scenes import Scene, SceneSubject

SIZE = (224, 128)


def _disc(x: int, y: int, radius: int) -> np.ndarray:
    sheet = np.zeros((SIZE[1] * 4, SIZE[0] * 4), np.float32)
    cv2.circle(sheet, (4 * x, 4 * y), 4 * radius, 1.0, -1)
    return cv2.resize(sheet, SIZE, interpolation=cv2.INTER_AREA)


@cache
def _scene() -> Scene:
    """A blue disc, a third of it behind a red one, on flat green."""
    whole = (_disc(90, 64, 36), _disc(130, 64, 30))
    colours = ((30, 60, 200), (200, 30, 30))
    background = np.full((SIZE[1], SIZE[0], 3), (90, 150, 90), np.uint8)
    picture = background.astype(np.float32)
    for matte, colour in zip(whole, colours, strict=True):
        picture += (np.array(colour, np.float32) - picture) * matte[..., None]
    seen = (whole[0] * (1 - whole[1]), whole[1])
    subjects = tuple(
        SceneSubject(
            "disc", "", (0, 4), matte, all_of_it,
            np.full((SIZE[1], SIZE[0], 3), colour, np.uint8), 0.3 + 0.3 * index,
        )
        for index, (matte, all_of_it, colour) in enumerate(zip(seen, whole, colours, strict=True))
    )  # fmt: skip
    return Scene(
        1, "flat color", "", "disc", (0, 4), None, np.rint(picture).astype(np.uint8),
        background, subjects, np.zeros(SIZE[::-1], np.float32),
    )  # fmt: skip


@cache
def _score() -> Hidden:
    return score_hidden(_scene())


def test_a_flat_ground_comes_back_and_a_ghost_does_not() -> None:
    found = _score().background
    assert set(found) == set(WAYS)
    assert found["multiplane"].psnr > 45
    assert found["multiplane"].ssim > 0.99
    # Red and blue on green: known from the colours alone.
    assert 5 < found["unfilled"].psnr < 9


def test_a_disc_goes_on_behind_the_other_in_its_own_colour() -> None:
    found = _score()
    (pair,) = found.behind
    assert pair["multiplane"].psnr > pair["plain background fill"].psnr + 3
    assert pair["plain background fill"].psnr > pair["unfilled"].psnr
    assert found.shape[0] > 0.85
    assert found.palette == (1.0,)
    assert found.leak == (0.0,)
    assert found.bite["multiplane"] < 0.05
    assert found.bite["plain background fill"] > 0.9


def test_every_preset_is_looked_at_and_true_layers_hold() -> None:
    presets = worst_frames_of([_scene()])
    assert {"static", "push_in", "truck_left", "orbit", "handheld", "whip_pan"} <= set(presets)
    assert presets["truck_left"].films == 2
    assert all(one.worst[kind] == 0 for one in presets.values() for kind in ("edge", "hole"))
    figures = HiddenResult("made", (_score(),), presets).figures()
    assert figures["worst_frames"]["films"] == sum(one.films for one in presets.values())
    assert figures["behind"]["pairs"] == 1
