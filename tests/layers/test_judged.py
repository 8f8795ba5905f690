"""Doubt about layers: evidence that goes with the truth, and what follows from it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from multiplane.contract.doubts import DoubtReason
from multiplane.layers.cut import Wanted
from multiplane.layers.evidence import Claim, Observation, gather
from multiplane.layers.judged import SAYS, Standing, cut_and_judge
from multiplane.models.calibration import Calibration, Chance
from tests.layers.drawn import disc, laid_over
from tests.layers.test_cut import SIZE, two_red_discs

WIDTH, HEIGHT = SIZE
GRID = (HEIGHT // 16, WIDTH // 16)


def cells(mask: np.ndarray) -> np.ndarray:
    return mask.reshape(GRID[0], 16, GRID[1], 16).mean(axis=(1, 3))


def scene(*, second: bool = True, steady: bool = True) -> tuple[np.ndarray, Observation]:
    """A red disc, whose map is clear, and a second word: for a blue disc, or for nothing."""
    rng = np.random.default_rng(3)
    red, blue = disc(SIZE, (120, 128), 56), disc(SIZE, (330, 128), 56)
    below = np.full((HEIGHT, WIDTH, 3), (180, 200, 170), np.uint8)
    picture = laid_over((200, 40, 40), red, below)
    if second:
        picture = laid_over((40, 60, 200), blue, picture)
    own, other = cells(red), cells(blue if second else red) * (1.0 if second else 0.4)
    place = 1.0 - np.maximum(own, other if second else own)

    def draw(number: int) -> np.ndarray:
        noise = np.exp(rng.normal(0, 0.05 if steady else 1.2, (3, *GRID)))
        return (np.stack([own, other, place]) * 0.1 + 0.004) * noise

    draws = np.stack([draw(0), draw(1)]).astype(np.float32)
    return picture, Observation(draws.mean(axis=0), draws, draws.mean(axis=0), 2)


def calibration(weight: float = 3.0, missing_below: float = 0.0, **extra: float) -> Calibration:
    """By steadiness alone; `there` by how little a word's place is another's."""
    names = tuple(sorted(evidence()[0]))
    right = tuple(weight if name == "steady" else 0.0 for name in names)
    there = tuple(4.0 if name == "presence" else 0.0 for name in names)
    return Calibration(
        features=names,
        centre=tuple({"steady": 0.8, "presence": 0.5}.get(name, 0.0) for name in names),
        scale=tuple({"steady": 0.04, "presence": 0.1}.get(name, 1.0) for name in names),
        right=Chance(0.0, right),
        there=Chance(0.0, there),
        report_below=0.5,
        missing_below=missing_below,
    )


def evidence(*, steady: bool = True, second: bool = True) -> list[dict[str, float]]:
    picture, seen = scene(steady=steady, second=second)
    alphas = [disc(SIZE, (120, 128), 56), disc(SIZE, (330, 128), 56)]
    return [
        dict(cutout) for cutout in gather(picture, seen, [Claim(0, alphas[0]), Claim(1, alphas[1])])
    ]


def test_every_piece_of_evidence_has_its_reason() -> None:
    assert set(evidence()[0]) == set(SAYS)


def test_evidence_is_finite_also_for_an_empty_claim_and_flat_maps() -> None:
    picture, seen = scene()
    flat = Observation(
        np.zeros_like(seen.maps), np.zeros_like(seen.draws), np.zeros_like(seen.maps), 2
    )
    for found in gather(picture, flat, [Claim(0, np.zeros((HEIGHT, WIDTH), np.float32))]):
        assert all(np.isfinite(list(found.values())))


def test_draws_that_disagree_are_unsteady() -> None:
    calm, wild = evidence()[0], evidence(steady=False)[0]
    assert calm["steady"] > 0.85 > wild["steady"]
    assert calm["noise"] < wild["noise"]


def test_a_word_for_nothing_has_little_presence() -> None:
    there, absent = evidence()[1], evidence(second=False)[1]
    assert absent["presence"] < there["presence"]


def test_a_mask_on_the_picture_s_edges_is_told_from_one_across_them() -> None:
    picture, seen = scene()
    shifted = disc(SIZE, (160, 100), 56)
    on, across = gather(picture, seen, [Claim(0, disc(SIZE, (120, 128), 56)), Claim(0, shifted)])
    assert on["on_edges"] > across["on_edges"]
    assert on["stands_out"] > across["stands_out"]


def test_a_calibrated_confidence_and_its_reason() -> None:
    wanted = [Wanted("ball"), Wanted("globe")]
    picture, seen = scene()
    cut = cut_and_judge(picture, seen, wanted, calibration=calibration())
    assert [cutout.reason for cutout in cut.cutouts] == [None, None]
    assert all(cutout.confidence > 0.5 for cutout in cut.cutouts)
    picture, seen = scene(steady=False)
    doubtful = cut_and_judge(picture, seen, wanted, calibration=calibration())
    assert doubtful.cutouts[0].reason is DoubtReason.UNSTEADY
    assert doubtful.cutouts[0].alpha.any(), "it is made all the same"
    assert doubtful.cutouts[0].confidence < 0.5


def test_an_unknown_word_is_the_reason_that_a_user_can_do_something_about() -> None:
    picture, seen = scene(steady=False)
    wanted = [Wanted("ball"), Wanted("samurai")]
    standing = Standing(unknown=(0.0, 1.0))
    cut = cut_and_judge(picture, seen, wanted, calibration=calibration(), standing=standing)
    assert cut.cutouts[1].reason is DoubtReason.WORD_UNKNOWN


def test_a_subject_that_is_not_there_is_missing_and_leaves_its_pixels_to_others() -> None:
    picture, seen = scene(second=False)
    wanted = [Wanted("ball"), Wanted("umbrella")]
    judge = calibration(missing_below=0.5)
    cut = cut_and_judge(picture, seen, wanted, calibration=judge)
    ball, umbrella = cut.cutouts
    assert (umbrella.name, umbrella.of, umbrella.confidence) == ("umbrella", 1, 0.0)
    assert umbrella.reason is DoubtReason.NOT_FOUND
    assert not umbrella.alpha.any()
    assert ball.reason is None
    truth = disc(SIZE, (120, 128), 56) > 0.5
    found = ball.alpha > 0.5
    assert (found & truth).sum() / (found | truth).sum() > 0.9


def test_a_strange_picture_makes_all_of_its_layers_doubtful() -> None:
    picture, seen = scene()
    wanted = [Wanted("ball"), Wanted("globe")]
    standing = Standing(novelty=1.4)
    cut = cut_and_judge(picture, seen, wanted, calibration=calibration(), standing=standing)
    assert {cutout.reason for cutout in cut.cutouts} == {DoubtReason.PICTURE_UNFAMILIAR}
    assert all(cutout.confidence < 0.5 and cutout.alpha.any() for cutout in cut.cutouts)


def test_without_calibration_the_rule_decides() -> None:
    picture, seen = scene()
    cut = cut_and_judge(picture, seen, [Wanted("ball"), Wanted("globe")])
    assert [cutout.reason for cutout in cut.cutouts] == [None, None]
    flat = replace(seen, maps=np.full_like(seen.maps, 0.01))
    lost = cut_and_judge(picture, flat, [Wanted("ball"), Wanted("globe")])
    assert all(cutout.reason is not None for cutout in lost.cutouts)


@pytest.mark.parametrize("gap", [45])
def test_two_that_touch_are_doubtful_by_the_rule(gap: float) -> None:
    picture, maps = two_red_discs(gap)
    seen = Observation(maps, maps[None], maps, 1)
    cut = cut_and_judge(picture, seen, [Wanted("ball", 2)])
    assert DoubtReason.NOT_SEPARATE in {cutout.reason for cutout in cut.cutouts}
