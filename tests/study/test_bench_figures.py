"""The bench's measures on cases that were made by hand, whose answers are known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from multiplane_study.bench.answer import Answer, Matched, by_subject, each_of, matched
from multiplane_study.bench.case import Case, Tags
from multiplane_study.bench.figures import FIGURES, LAYERED, figures_of, leakage, mask_figures
from multiplane_study.bench.matte_error import MatteError, matte_error, unknown_band
from multiplane_study.observed import phrases_of
from multiplane_study.scenes import Scene, SceneSubject

SIZE = (96, 160)
WHITE, BLACK = (250, 250, 250), (10, 10, 10)


def disc(x: int, y: int, radius: int) -> np.ndarray:
    sheet = np.zeros((SIZE[0] * 8, SIZE[1] * 8), np.float32)
    cv2.circle(sheet, (8 * x, 8 * y), 8 * radius, 1.0, -1)
    return cv2.resize(sheet, (SIZE[1], SIZE[0]), interpolation=cv2.INTER_AREA)


def scene_of(*wholes: np.ndarray, colours: tuple[tuple[int, int, int], ...]) -> Scene:
    """Discs on grey, each over the one before."""
    ground = np.full((*SIZE, 3), 128, np.float32)
    picture = ground.copy()
    for whole, colour in zip(wholes, colours, strict=True):
        picture += (np.array(colour, np.float32) - picture) * whole[..., None]
    left, seen = np.ones(SIZE, np.float32), []
    for whole in reversed(wholes):
        seen.append(whole * left)
        left = left * (1 - whole)
    subjects = tuple(
        SceneSubject("disc", "", (k, k + 1), matte, whole,
                     np.full((*SIZE, 3), colour, np.uint8), 0.5)
        for k, (whole, matte, colour) in enumerate(
            zip(wholes, reversed(seen), colours, strict=True)
        )
    )  # fmt: skip
    return Scene(
        0, "flat color", "", "abc background", (4, 14), None, np.rint(picture).astype(np.uint8),
        ground.astype(np.uint8), subjects, np.zeros(SIZE, np.float32),
    )  # fmt: skip


def measured(scene: Scene, found: Matched) -> dict[str, float]:
    """All figures of a scene, of which none is missing."""
    values = figures_of(case_of(scene), found, layered=True)
    return {name: value for name, value in values.items() if value is not None}


def error_of(alpha: np.ndarray, truth: np.ndarray, unknown: np.ndarray | None = None) -> MatteError:
    found = matte_error(alpha, truth, np.ones(SIZE, bool) if unknown is None else unknown)
    assert found is not None
    return found


def case_of(scene: Scene) -> Case:
    return Case(scene, Tags(0, scene.style, len(scene.subjects)))


def truth_of(scene: Scene) -> Matched:
    alphas = np.stack([one.matte for one in scene.subjects])
    return Matched(alphas, tuple(range(len(alphas))))


TWO = scene_of(disc(60, 48, 30), disc(100, 48, 24), colours=(WHITE, BLACK))


def test_the_truth_has_full_marks_in_everything() -> None:
    found = mask_figures(case_of(TWO), truth_of(TWO))
    for name in ("iou", "two_class", "boundary_f", "boundary_f_2px", "order_all",
                 "order_overlapping"):  # fmt: skip
        assert found[name] == 1.0, name
    for name in ("sad", "mse", "gradient", "connectivity", "leakage"):
        assert found[name] == 0.0, name


def test_every_figure_that_is_named_is_measured() -> None:
    found = figures_of(case_of(TWO), truth_of(TWO), layered=True)
    assert {*found, "seconds"} == {figure.name for figure in FIGURES}
    assert all(value is not None for value in found.values())
    without = figures_of(case_of(TWO), truth_of(TWO), layered=False)
    assert {name for name, value in without.items() if value is None} == LAYERED


def test_layers_of_the_truth_show_what_was_hidden_and_no_fringe() -> None:
    right = measured(TWO, truth_of(TWO))
    assert right["background_psnr"] > 40.0
    assert right["hidden_psnr"] > 15.0
    assert right["fringe"] < 4.0
    # Mattes that are 3 px too wide take the grey of the ground along.
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7))
    wide = np.stack([cv2.dilate(one, kernel) for one in truth_of(TWO).alphas])
    wide[0] *= 1.0 - wide[1]
    found = measured(TWO, Matched(wide, (0, 1)))
    assert found["fringe"] > right["fringe"] + 10.0


def test_a_subject_that_was_not_found_leaves_its_ghost() -> None:
    alphas = truth_of(TWO).alphas.copy()
    alphas[1] = 0.0
    found = measured(TWO, Matched(alphas, (0,)))
    assert found["hidden_psnr"] < 10.0
    assert found["background_psnr"] < 15.0
    assert found["iou"] == 0.5
    assert found["order_all"] == 0.0


def test_a_scene_without_its_order_or_what_is_hidden_has_no_such_figures() -> None:
    case = Case(TWO, Tags(0, "", 2), frozenset())
    found = figures_of(case, truth_of(TWO), layered=True)
    assert found["order_all"] is None
    assert found["hidden_psnr"] is found["fringe"] is None
    assert found["iou"] == 1.0


def test_leakage_is_what_shows_another_subject() -> None:
    left, right = np.zeros((2, 4, 8), bool), np.zeros((2, 4, 8), bool)
    left[0, :, :4] = left[1, :, 4:] = True
    right[0, :, :5] = right[1, :, 5:] = True  # of 32 px, 4 show the other subject
    assert leakage(right, left) == pytest.approx(4 / 32)
    assert leakage(left, left) == 0.0
    assert leakage(np.zeros_like(left), left) == 0.0
    assert leakage(left[:1], left[:1]) is None
    # What two subjects share is nobody's leak.
    assert leakage(left, np.ones_like(left)) == 0.0


def test_sad_and_mse_are_of_the_unknown_band() -> None:
    truth = disc(80, 48, 30)
    unknown = unknown_band(truth)
    assert unknown[48, 110]
    assert not unknown[48, 80]
    assert not unknown[5, 5]
    off = np.clip(truth + 0.25, 0.0, 1.0).astype(np.float32)
    inside = np.abs(off - truth)[unknown]
    found = matte_error(off, truth, unknown)
    assert found is not None
    assert found.sad == pytest.approx(inside.sum() / 1000)
    assert found.mse == pytest.approx((inside**2).mean())
    beyond = truth.copy()
    beyond[5, 5] = 1.0  # out of the band: nobody's business here
    assert error_of(beyond, truth, unknown).sad == 0.0
    assert matte_error(truth, truth, np.zeros(SIZE, bool)) is None


def test_the_gradient_error_is_of_steps_and_not_of_levels() -> None:
    truth = np.zeros(SIZE, np.float32)
    truth[:, 80:] = 1.0
    blurred = cv2.GaussianBlur(truth, (0, 0), 4.0)
    moved = np.roll(truth, 3, axis=1)
    moved[:, :3] = 0.0
    level = np.clip(truth - 0.1, 0.0, 1.0).astype(np.float32)
    errors = [error_of(one, truth).gradient for one in (level, blurred, moved)]
    assert errors[0] < errors[1] < errors[2]
    # A step of height h has a gradient of h / (sigma sqrt(2 pi)) at its middle.
    line = error_of(level, truth).gradient * 1000 / SIZE[0]
    slope = 1 / (1.4 * np.sqrt(2 * np.pi))
    profile = sum(
        (0.1 * slope * np.exp(-((x + 0.5) ** 2) / (2 * 1.4**2))) ** 2 for x in range(-20, 20)
    )
    assert line == pytest.approx(profile, rel=0.05)


def test_what_hangs_loose_counts_as_unconnected() -> None:
    truth = np.zeros(SIZE, np.float32)
    truth[30:60, 30:60] = 1.0
    speck = truth.copy()
    speck[5:8, 5:8] = 1.0
    attached = truth.copy()
    attached[60:63, 30:33] = 1.0
    # Both hold 9 px that are not the subject's; neither is in what both take for it.
    found = [error_of(one, truth) for one in (speck, attached)]
    assert found[0].sad == found[1].sad == pytest.approx(0.009)
    assert found[0].connectivity == pytest.approx(0.009)
    half = truth.copy()
    half[40:50, 40:50] = 0.5  # connected up to a half, the truth to 1: half of 100 px
    assert error_of(half, truth).connectivity == pytest.approx(0.05, rel=0.02)
    nearly = np.where(truth > 0, 0.93, 0.0).astype(np.float32)
    assert error_of(nearly, truth).connectivity == 0.0  # under .15: not counted


def test_twins_are_given_to_the_subjects_that_they_fit() -> None:
    scene = scene_of(disc(30, 48, 14), disc(120, 48, 14), disc(75, 20, 10),
                     colours=(WHITE, WHITE, BLACK))  # fmt: skip
    first, second, third = scene.subjects
    from dataclasses import replace

    scene = replace(scene, subjects=(first, replace(second, phrase=first.phrase), third))
    phrases = phrases_of(scene)
    assert each_of(phrases) == (0, 0, 1)
    truths = np.stack([one.matte for one in scene.subjects])
    swapped = Answer(truths[[1, 0, 2]], (0, 0, 1), (2, 0, 1))
    found = matched(swapped, truths, phrases)
    np.testing.assert_array_equal(found.alphas, truths)
    assert found.back_to_front == (2, 1, 0)
    nothing = Answer(
        np.stack([truths[0], truths[1], np.zeros(SIZE, np.float32)]), (0, 0, 1), (2, 0, 1)
    )
    assert matched(nothing, truths, phrases).back_to_front == (0, 1)
    ordered = by_subject(phrases, list(truths))
    np.testing.assert_array_equal(ordered, truths)
