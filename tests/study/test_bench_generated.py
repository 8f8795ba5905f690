"""What a model paints as cases of the bench, and what the judge's own error does to its figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from multiplane.attention.capture import capture_attention
from multiplane.contract.errors import InputError
from multiplane.models.load import Painter, load_painter
from multiplane.models.paint import paint, picture_size
from multiplane.models.profiles import profile_of_folder
from multiplane_study import metrics
from multiplane_study.bench import generated
from multiplane_study.bench.answer import each_of
from multiplane_study.bench.attention_rows import daam, ours, paper, single_layer
from multiplane_study.bench.case import Case, Tags
from multiplane_study.bench.command import BenchOptions, run_bench
from multiplane_study.bench.figures import IOU_BY_JUDGE, JUDGES_OWN_IOU, figures_of
from multiplane_study.bench.look import Look
from multiplane_study.bench.result import Figure, Result, RowResult, SetFacts
from multiplane_study.judged import plan_for
from multiplane_study.observed import mean_of
from multiplane_study.scenes import Scene, draw_scene
from multiplane_study.stylized500.plan import plan_scene
from multiplane_study.training.judge import BUNDLED_JUDGE, Judge, read_judge
from tests.study.test_bench_figures import truth_of
from tests.study.test_quality import RowsAsDepth
from tests.tiny_folders import save_tiny_pipeline


@pytest.fixture(scope="module")
def painter(tmp_path_factory: pytest.TempPathFactory) -> Painter:
    folder = save_tiny_pipeline(tmp_path_factory.mktemp("tiny"))
    return load_painter(profile_of_folder(folder), "cpu")


def scene() -> Scene:
    return draw_scene(7, 256, 128, style="flat color", kinds=["dog", "house"])


def test_only_scenes_that_the_judge_can_look_at_are_painted() -> None:
    numbers = generated.judgeable()
    assert len(numbers) > 100
    for number in numbers:
        plan = plan_scene(number)
        assert all(plan.own)
        assert plan.meant != "two of a noun"


def test_a_painted_case_is_read_as_a_shot_is(
    painter: Painter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generated, "SEEN_BY_JUDGE", -1.0)  # a judge of random weights sees nothing
    painter = replace(painter, profile=replace(painter.profile, takes=1))
    drawn = Case(scene(), Tags(7, "flat color", 2))
    case = generated.painted_case(painter, Judge().eval(), drawn)
    assert case is not None
    assert case.painted is not None
    blocks = len(painter.pipeline.transformer.layers)
    assert len(case.painted.each) == blocks * painter.profile.steps
    look = Look(painter, RowsAsDepth(), case, 0)
    plan = plan_for(painter, drawn.scene, with_place=True)
    size = picture_size(painter.profile, 2.0)
    with capture_attention(painter.pipeline, plan) as maps:
        picture = paint(painter, drawn.scene.caption, size, 600_007)
    np.testing.assert_array_equal(picture, case.scene.picture)
    own = painter.profile.capture.blocks
    np.testing.assert_allclose(
        mean_of(look.own_maps(), "image_to_text", own),
        mean_of(maps.result(), "image_to_text", own),
        atol=1e-6,
    )
    first, last = look.step_maps((0.0, 0.99))
    assert {one.sigma for one in first.each} != {one.sigma for one in last.each}
    for row in (ours, paper, daam, single_layer):
        answer = row(look)
        assert answer.of == each_of(look.phrases)
        assert answer.alphas.shape == (2, *picture.shape[:2])
    found = figures_of(case, truth_of(case.scene), layered=True)
    assert found["iou"] == 1.0
    assert found["sad"] is found["order_all"] is found["hidden_psnr"] is None


def test_a_picture_that_lacks_a_subject_is_passed_over(painter: Painter) -> None:
    painter = replace(painter, profile=replace(painter.profile, takes=1))
    judge, _ = read_judge(BUNDLED_JUDGE)
    assert generated.painted_case(painter, judge, Case(scene(), Tags(7, "", 2))) is None


def test_the_judges_masks_stand_beside_the_truth() -> None:
    judge, _ = read_judge(BUNDLED_JUDGE)
    known = draw_scene(12, 448, 256, style="flat color", kinds=["castle", "dog"])
    masks = generated.judges_masks(judge, known.picture, [one.kind for one in known.subjects])
    truths = np.stack([one.matte for one in known.subjects]) > 0.5
    assert metrics.mean_subject_iou(masks, truths) > 0.7
    case = Case(known, Tags(12, "", 2), frozenset(), judged=masks)
    found = figures_of(case, truth_of(known), layered=False)
    assert found[JUDGES_OWN_IOU] == found[IOU_BY_JUDGE]
    assert found["iou"] == 1.0


def result_of(name: str, rows: dict[str, list[dict[str, float | None]]]) -> Result:
    count = len(next(iter(rows.values())))
    return Result(
        SetFacts(name, 500, "", None), "m", (0,), (Figure("iou", "mIoU"),),
        tuple(Tags(n, "pencil", 1) for n in range(count)),
        tuple(RowResult(row, row, by_seed=(tuple(values),)) for row, values in rows.items()),
    )  # fmt: skip


def test_what_the_judge_costs_a_row_is_given_back() -> None:
    painted = result_of(
        "painted", {"ours": [{"iou": 0.7}, {"iou": 0.8}], "daam": [{"iou": 0.4}] * 2}
    )
    drawn = result_of("drawn", {
        "ours": [{"iou": 0.90, IOU_BY_JUDGE: 0.80, JUDGES_OWN_IOU: 0.85}] * 3,
        "daam": [{"iou": 0.45, IOU_BY_JUDGE: 0.47, JUDGES_OWN_IOU: 0.85}] * 3,
    })  # fmt: skip
    told = generated.judged_figures(painted, drawn, tried=5)
    assert told["rows"]["ours"]["corrected"] == pytest.approx(0.75 + 0.10)
    assert told["rows"]["daam"]["corrected"] == pytest.approx(0.40 - 0.02)
    assert told["judge_iou"] == pytest.approx(0.85)
    assert (told["painted"], told["usable"], told["scenes"]) == (5, 2, 3)


@pytest.mark.parametrize(
    ("set_", "protocol", "code"),
    [
        ("500", "painted", "study.protocol_unknown"),
        ("stylized", "generated", "study.protocol_drawn_only"),
    ],
)
def test_a_protocol_that_there_is_not_is_told(
    set_: str, protocol: str, code: str, tmp_path: Path
) -> None:
    asked = BenchOptions(set_, 1, 1, 1, 0, (), (), tmp_path, protocol)
    with pytest.raises(InputError) as caught:
        run_bench(
            asked, "storyboard-mini", "storyboard-mini-depth", "cpu",
            lambda done, total: None, lambda text: None,
        )  # fmt: skip
    assert caught.value.code == code
