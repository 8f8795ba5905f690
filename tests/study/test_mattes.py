"""Pictures of hair, glass and smoke, whose alpha is exact; and what their bench says of mattes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from multiplane.models.vision.load import load_vision
from multiplane.models.vision.profiles import vision_profile
from multiplane_study.mattes.drawn import KINDS, MattePicture, matte_picture
from multiplane_study.mattes.grounds import GROUNDS
from multiplane_study.mattes.measure import MEASURES, measure_mattes, shown_pictures
from multiplane_study.mattes.sheet import write_sheet
from multiplane_study.mattes.ways import (
    CLOSED_FORM,
    DEFAULT,
    HARD,
    VITMATTE,
    VITMATTE_TRUE,
    true_trimap,
    ways,
)
from tests.command_line import Multiplane
from tests.tiny_vision import save_tiny_vitmatte

SIZE = (256, 144)


@pytest.mark.parametrize("kind", KINDS)
def test_two_grounds_give_the_alpha_back_that_is_said(kind: str) -> None:
    """Of two pictures of one thing: what is apart in them is apart in their grounds, by 1 - alpha.

    (Smith and Blinn's triangulation, with the grounds told by the pictures of an empty corner.)
    """
    flat, busy = (matte_picture(kind, behind, 7, SIZE) for behind in GROUNDS)
    np.testing.assert_array_equal(flat.drawn.alpha, busy.drawn.alpha)
    again = matte_picture(kind, "busy", 7, SIZE)
    np.testing.assert_array_equal(again.picture, busy.picture)
    assert (matte_picture(kind, "busy", 8, SIZE).picture != busy.picture).any()
    alpha, own = flat.drawn.alpha, flat.drawn.own
    for one in (flat, busy):
        clear = one.picture.astype(float) - alpha[..., None] * own
        thin = alpha < 0.9
        behind = clear[thin] / (1.0 - alpha[thin])[:, None]
        assert behind.min() > -6, "no ground is darker than black"
        assert behind.max() < 261
        solid = alpha == 1.0
        if solid.any():
            assert np.abs(one.picture[solid] - own[solid]).max() <= 0.5 + 1e-3
    ground = flat.picture.astype(float) - alpha[..., None] * own
    thin = alpha < 0.5
    wall = ground[thin] / (1.0 - alpha[thin])[:, None]
    rows = np.nonzero(thin)[0]
    even = [wall[rows == row].std(axis=0).max() for row in np.unique(rows)]
    assert max(even) < 1.5, "a wall has one colour along a row: nothing of the thing is left in it"


def test_each_is_hard_in_its_own_way() -> None:
    hair, glass, smoke = (
        matte_picture(kind, "flat", 3).drawn for kind in ("hair", "glass", "smoke")
    )
    covered = hair.alpha * 16
    np.testing.assert_allclose(covered, np.rint(covered), atol=1e-3)  # parts of 4 x 4 px
    soft = (hair.alpha > 0.05) & (hair.alpha < 0.95)
    assert 0.005 < soft.mean() < 0.1
    assert glass.alpha[glass.mask].mean() < 0.5, "called the glass, and clear"
    assert glass.alpha[glass.mask].max() > 0.9, "with lights on it"
    assert not (glass.alpha > 0.05)[~glass.mask].mean() > 0.01
    steep = np.hypot(*np.gradient(smoke.alpha))
    assert steep.max() < 0.08, "no edge anywhere"
    assert smoke.alpha.max() > 0.95


@pytest.mark.parametrize("kind", KINDS)
def test_the_true_trimap_says_nothing_wrong(kind: str) -> None:
    truth = matte_picture(kind, "flat", 61_000).drawn.alpha
    trimap = true_trimap(truth)
    assert truth[trimap == 1.0].min() >= 0.95
    assert truth[trimap == 0.0].max() <= 0.05
    assert (trimap == 1.0).any()
    assert (trimap == 0.5).any()


class Knowing:
    """A matter that says the truth where it is asked, and grey elsewhere."""

    def __init__(self, given: MattePicture) -> None:
        self.given = given

    def alpha(self, picture: np.ndarray, trimap: np.ndarray) -> np.ndarray:
        if picture.shape != self.given.picture.shape:
            return np.full(trimap.shape, 0.5, np.float32)
        return np.where(trimap == 0.5, self.given.drawn.alpha, np.float32(0.5))


def test_what_is_told_the_band_changes_the_band_alone() -> None:
    given = matte_picture("glass", "flat", 5, SIZE)
    known = ways(Knowing(given), "knowing")
    np.testing.assert_array_equal(known[HARD](given) > 0, given.drawn.mask)
    told, trimap = known[VITMATTE_TRUE](given), true_trimap(given.drawn.alpha)
    np.testing.assert_array_equal(told, np.where(trimap == 0.5, given.drawn.alpha, trimap))
    solved = known[CLOSED_FORM](given)
    np.testing.assert_array_equal(solved[trimap != 0.5], trimap[trimap != 0.5])
    assert ways(None, "").keys() == {HARD, DEFAULT, CLOSED_FORM}


def test_hair_before_a_wall_is_solved_by_who_is_told_the_band() -> None:
    given = matte_picture("hair", "flat", 5, (512, 288))
    known = ways(None, "")
    off = {way: float(np.abs(cut(given) - given.drawn.alpha).mean()) for way, cut in known.items()}
    assert off[CLOSED_FORM] < 0.3 * off[HARD]


def test_the_real_class_is_measured_and_one_that_is_absent_is_told(tmp_path: Path) -> None:
    folder = save_tiny_vitmatte(tmp_path / "matte")
    matter = load_vision(vision_profile(str(folder)), "cpu")
    seen: list[tuple[int, int]] = []
    result = measure_mattes(
        each=1, size=(128, 96), matter=matter, model="tiny",
        on_picture=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    assert seen[-1] == (6, 6)
    read = result.figures()
    for kind in KINDS:
        for behind in GROUNDS:
            found = read["by"][kind][behind]
            assert found.keys() == {HARD, DEFAULT, CLOSED_FORM, VITMATTE, VITMATTE_TRUE}
            assert all(np.isfinite(found[way][one]) for way in found for one in MEASURES)
            # Weights by chance are no matter.
            assert found[VITMATTE_TRUE]["sad"] > found[CLOSED_FORM]["sad"] or kind == "smoke"
    assert 0 < read["unknown"]["hair"] < read["unknown"]["smoke"] < 1
    hard = [read["by"]["hair"][behind][HARD]["sad"] for behind in GROUNDS]
    assert hard[0] == hard[1], "a mask does not see what is behind"

    sheet = np.asarray(Image.open(write_sheet(tmp_path / "sheet.png", shown_pictures(result))))
    assert sheet.shape == (6 * (300 + 26) + 26, 7 * 400, 3)

    absent = measure_mattes(each=1, size=(96, 64), absent="weights absent, get them")
    tables = absent.report().tables
    assert tables[-1].rows == (("ViTMatte", "weights absent, get them"),)
    rows = {row[0]: row for row in tables[0].rows}
    assert set(rows[VITMATTE][1:]) == {None}
    assert None not in rows[DEFAULT]


def test_only_a_matte_model_is_asked_for_mattes(multiplane: Multiplane) -> None:
    said = multiplane("study", "mattes", "--matte-model", "sam-2.1-tiny")
    assert said.status == 2
    assert "vitmatte-small" in said.all
