"""What is filled under subjects: from elsewhere, in the picture's own manner."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from multiplane.layers.fill import GROW, fill_background, fill_subject, grow
from multiplane.layers.palette import flat_palette, snap
from multiplane.layers.texture import smooth_fill, synthesise
from tests.layers.drawn import disc, laid_over, scene_of

SIZE = (160, 96)


def stripes() -> np.ndarray:
    """Vertical stripes 8 px wide."""
    light = (np.arange(SIZE[0]) // 8) % 2 == 0
    row = np.where(light[:, None], (230, 220, 200), (90, 60, 50))
    return np.broadcast_to(row, (SIZE[1], SIZE[0], 3)).astype(np.uint8)


def detail(picture: np.ndarray, area: np.ndarray) -> float:
    """Mean step between neighbouring pixels of `area`."""
    grey = cv2.cvtColor(np.rint(picture * 255).astype(np.uint8), cv2.COLOR_RGB2GRAY)
    return float(np.abs(cv2.Laplacian(grey, cv2.CV_32F))[area].mean())


def test_nothing_of_a_subject_is_in_the_fill() -> None:
    """Not even of its rim that the matte missed, up to the distance that masks grow."""
    true = disc(SIZE, (80, 48), 24)
    picture = laid_over((255, 0, 255), true, np.full((96, 160, 3), (90, 130, 160), np.uint8))
    matte = disc(SIZE, (80, 48), 23)
    filled = fill_background(picture, matte[None])
    covered = matte > 0.01
    assert np.abs(filled[covered] * 255 - (90, 130, 160)).max() < 40
    assert np.median(np.abs(filled[covered] * 255 - (90, 130, 160))) < 3
    assert (filled[~covered] == picture[~covered] / np.float32(255)).all()


def test_texture_goes_on() -> None:
    hole = disc(SIZE, (80, 48), 20) > 0.5
    picture = stripes() / np.float32(255)
    broken = np.where(hole[..., None], np.float32(0.5), picture)
    filled = synthesise(broken, hole, ~hole)
    assert np.abs(filled - picture)[hole].mean() < 0.08
    assert (filled[~hole] == broken[~hole]).all()


@pytest.mark.parametrize("style", ["ink sketch", "watercolor", "oil paint", "pencil"])
def test_more_of_the_style_than_by_inpainting(style: str) -> None:
    scene = scene_of(style, 1)
    covered = scene.subjects[0].matte > 0.01
    hole = grow(covered, GROW)
    filled = fill_background(scene.picture, scene.subjects[0].matte[None])
    telea = cv2.inpaint(scene.picture, hole.astype(np.uint8), 5, cv2.INPAINT_TELEA)
    wanted = detail(scene.background / np.float32(255), covered)
    ours, theirs = detail(filled, covered), detail(telea / np.float32(255), covered)
    assert abs(ours - wanted) < abs(theirs - wanted)


def test_flat_stays_flat() -> None:
    picture = np.full((96, 160, 3), (240, 200, 120), np.uint8)
    picture[50:] = (120, 160, 80)
    matte = disc(SIZE, (80, 48), 20)
    shown = laid_over((200, 30, 30), matte, picture)
    filled = np.rint(fill_background(shown, matte[None]) * 255).astype(np.uint8)
    colours = np.unique(filled[matte > 0.01], axis=0)
    assert {tuple(colour) for colour in colours} == {(240, 200, 120), (120, 160, 80)}
    assert tuple(filled[36, 80]) == (240, 200, 120)
    assert tuple(filled[62, 80]) == (120, 160, 80)


def test_fill_does_not_depend_on_chance() -> None:
    scene = scene_of("oil paint", 1)
    one = fill_background(scene.picture, scene.subjects[0].matte[None])
    assert (one == fill_background(scene.picture, scene.subjects[0].matte[None])).all()


def test_a_subject_is_filled_from_itself_only() -> None:
    whole = disc(SIZE, (70, 48), 30)
    front = disc(SIZE, (100, 48), 18)
    own = np.where(whole[..., None] > 0.5, np.array([0.2, 0.3, 0.8]), 0.0)
    own = np.where(front[..., None] > 0.5, np.array([1.0, 0.0, 0.0]), own)
    own = own.astype(np.float32)
    filled = fill_subject(own, whole * (1 - front), whole)
    hidden = (whole > 0.9) & (front > 0.99)
    assert hidden.sum() > 200
    assert np.abs(filled[hidden] - (0.2, 0.3, 0.8)).max() < 0.1


def test_what_is_seen_of_a_subject_is_not_touched() -> None:
    whole = disc(SIZE, (70, 48), 30)
    own = np.random.default_rng(0).random((96, 160, 3)).astype(np.float32)
    assert fill_subject(own, whole, whole) is own


def test_everything_covered_and_nothing() -> None:
    picture = stripes()
    everything = fill_background(picture, np.ones((1, 96, 160), np.float32))
    assert np.isfinite(everything).all()
    nothing = fill_background(picture, np.zeros((0, 96, 160), np.float32))
    assert (np.rint(nothing * 255) == picture).all()


def test_smooth_fill_meets_a_gradient() -> None:
    across = np.linspace(0.2, 0.8, SIZE[0], dtype=np.float32)
    picture = np.broadcast_to(across[None, :, None], (96, 160, 3)).copy()
    hole = disc(SIZE, (80, 48), 20) > 0.5
    filled = smooth_fill(np.where(hole[..., None], np.float32(0), picture), hole, ~hole)
    assert np.abs(filled - picture)[hole].mean() < 0.05


def test_palettes() -> None:
    area = np.ones((96, 160), bool)
    palette = flat_palette(stripes(), area)
    assert palette is not None
    assert len(palette.colours) == 2
    assert not palette.soft
    assert flat_palette(scene_of("oil paint", 1).picture, np.ones((128, 224), bool)) is None
    assert flat_palette(stripes(), ~area) is None
    snapped = snap(np.full((1, 1, 3), 0.8, np.float32), palette.colours)
    assert np.rint(snapped * 255).astype(int).tolist() == [[[230, 220, 200]]]


def test_soft_edges_are_no_colours_of_their_own_and_thin_lines_are() -> None:
    """Sixteen times finer, then reduced: every edge has a dozen mixtures."""
    fine = np.full((96 * 4, 160 * 4, 3), (240, 200, 120), np.uint8)
    cv2.circle(fine, (320, 192), 120, (60, 90, 180), -1)
    cv2.line(fine, (0, 40), (640, 60), (20, 20, 20), 5)
    picture = cv2.resize(fine, SIZE, interpolation=cv2.INTER_AREA)
    palette = flat_palette(picture, np.ones((96, 160), bool))
    assert palette is not None
    assert palette.soft
    found = {tuple(one) for one in np.rint(palette.colours * 255).astype(int)}
    assert {(240, 200, 120), (60, 90, 180)} <= found
    assert min(colour[0] for colour in found) < 45  # the line


def test_a_flat_subject_goes_on_in_its_own_colours() -> None:
    whole = disc(SIZE, (70, 48), 30)
    front = disc(SIZE, (100, 48), 18)
    own = np.where(whole[..., None] > 0.5, stripes() / np.float32(255), np.float32(0))
    own = np.where(front[..., None] > 0.02, np.array([1.0, 0.0, 0.0], np.float32), own)
    filled = fill_subject(own.astype(np.float32), whole * (1 - front), whole)
    hidden = (whole > 0.9) & (front > 0.99)
    colours = np.unique(np.rint(filled[hidden] * 255).astype(int), axis=0)
    assert {tuple(colour) for colour in colours} <= {(230, 220, 200), (90, 60, 50)}
    assert len(colours) == 2
