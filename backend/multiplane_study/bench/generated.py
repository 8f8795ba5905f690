"""The protocol "generated": a model paints the prompt, and the judge says what it painted where.

The judge errs too. So the same rows cut the same scenes as they are drawn as well, and are measured
there against the truth and against the judge's masks: what lies between the two is what the judge
costs a row, and is added to what it says of painted pictures (a difference estimator).
`Result.judged` has

    scenes        how many drawn scenes that was measured on
    judge_iou     the judge's own mIoU there
    rows          {row: {generated, drawn, drawn_by_judge, corrected, scenes}}: mIoU of painted
                  pictures against the judge, of drawn ones against the truth and against the judge,
                  and generated + (drawn - drawn_by_judge)
    painted       pictures that were painted; usable: of them those in which the judge finds every
                  subject, which are measured

Only scenes of the project's own kinds, each at most once: the judge knows no others, and does not
tell two of a kind apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.attention.capture import CapturePlan, capture_attention
from multiplane.models.paint import paint, picture_size
from multiplane.produce.takes import best_take
from multiplane_study.bench.case import Case
from multiplane_study.bench.figures import IOU_BY_JUDGE, JUDGES_OWN_IOU
from multiplane_study.bench.result import Result
from multiplane_study.bench.sets import BenchSet, stylized_case
from multiplane_study.bench.statistics import interval_of
from multiplane_study.judged import JUDGED_SIZE, plan_for
from multiplane_study.scenes import KINDS, Scene
from multiplane_study.stylized500.draw import Drawer
from multiplane_study.stylized500.plan import SCENES, plan_scene

if TYPE_CHECKING:
    from multiplane.models.load import Painter
    from multiplane_study.training.judge import Judge

SEEN_BY_JUDGE = 0.004
"""Of the picture, from which the judge has seen a kind."""
_SEED = 600_000
NOTE = "truth by the judge; see judged for its own error"


def judgeable() -> list[int]:
    """Numbers of StylizedBench-500's scenes that the judge can look at, as far as plans tell."""
    plans = (plan_scene(number) for number in range(SCENES))
    return [plan.number for plan in plans if all(plan.own) and plan.meant != "two of a noun"]


def painted_set(painter: Painter, judge: Judge, drawer: Drawer) -> BenchSet:
    """The set's prompts as `painter` paints them; pictures that lack a subject are passed over."""

    def case(number: int) -> Case | None:
        return painted_case(painter, judge, stylized_case(drawer, number))

    return BenchSet("stylizedbench-500", judgeable(), case, note=NOTE, protocol="generated")


def judged_set(judge: Judge, drawer: Drawer) -> BenchSet:
    """The same scenes as they are drawn, with the judge's masks beside the truth."""

    def case(number: int) -> Case:
        known = stylized_case(drawer, number)
        scene = known.scene
        masks = judges_masks(judge, scene.picture, [one.kind for one in scene.subjects])
        return replace(known, judged=masks, knows=frozenset({"order"}))

    return BenchSet("stylizedbench-500-judged", judgeable(), case)


def painted_case(painter: Painter, judge: Judge, drawn: Case) -> Case | None:
    """`drawn`'s prompt as a shot is painted; None where the judge does not find every subject."""
    scene = drawn.scene
    height, width = scene.picture.shape[:2]
    size = picture_size(painter.profile, width / height)
    seed = _SEED + scene.seed
    take = best_take(
        painter, scene.caption, size, seed, plan_for(painter, scene),
        subjects=len({one.phrase for one in scene.subjects}), takes=painter.profile.takes,
    )  # fmt: skip
    with capture_attention(painter.pipeline, _everything(painter, scene)) as maps:
        picture = paint(painter, scene.caption, size, take.seed)
    masks = judges_masks(judge, picture, [one.kind for one in scene.subjects])
    if min(float(mask.mean()) for mask in masks) < SEEN_BY_JUDGE:
        return None
    subjects = tuple(
        replace(one, matte=mask.astype(np.float32), whole_matte=mask.astype(np.float32),
                whole=picture)
        for one, mask in zip(scene.subjects, masks, strict=True)
    )  # fmt: skip
    shown = replace(scene, picture=picture, background=picture, subjects=subjects)
    return Case(shown, drawn.tags, frozenset(), maps.result())


def judges_masks(judge: Judge, picture: NDArray[np.uint8], kinds: list[str]) -> NDArray[np.bool_]:
    """(S, H, W): where the judge sees each of `kinds`."""
    from multiplane_study.training.autoencoder import to_tensor
    from multiplane_study.training.judge import SIDES_OF, classes_seen

    height, width = picture.shape[:2]
    high = JUDGED_SIZE[1]
    wide = round(high * width / height / SIDES_OF) * SIDES_OF
    shown = cv2.resize(picture, (wide, high), interpolation=cv2.INTER_CUBIC)
    classes = classes_seen(judge, to_tensor(shown[None]))[0].numpy()
    masks = [(classes == KINDS.index(kind) + 1).astype(np.float32) for kind in kinds]
    return np.stack(
        [cv2.resize(one, (width, height), interpolation=cv2.INTER_LINEAR) > 0.5 for one in masks]
    )


def judged_figures(painted: Result, drawn: Result, tried: int) -> dict[str, Any]:
    """`Result.judged`, as told above. tried: how many pictures were painted."""
    by_name = {row.name: row for row in drawn.rows if row.missing is None}
    rows: dict[str, Mapping[str, float | int | None]] = {}
    own: list[float | None] = []
    for row in painted.rows:
        if row.missing is not None or row.name not in by_name:
            continue
        seen = _mean(row.scenes(["iou"]), "iou")
        names = ["iou", IOU_BY_JUDGE, JUDGES_OWN_IOU]
        scenes = by_name[row.name].scenes(names)
        true, judged = _mean(scenes, "iou"), _mean(scenes, IOU_BY_JUDGE)
        own = [scene[JUDGES_OWN_IOU] for scene in scenes]
        whole = seen is not None and true is not None and judged is not None
        rows[row.name] = {
            "generated": seen,
            "drawn": true,
            "drawn_by_judge": judged,
            "corrected": seen + true - judged if whole else None,  # type: ignore[operator]
            "scenes": len(painted.scenes),
        }
    judge = interval_of(own)
    return {
        "scenes": len(drawn.scenes),
        "judge_iou": None if judge is None else judge.mean,
        "rows": rows,
        "painted": tried,
        "usable": len(painted.scenes),
    }


def _everything(painter: Painter, scene: Scene) -> CapturePlan:
    """Every block at every step, each by itself, so that each row can take its own."""
    blocks = tuple(range(len(painter.pipeline.transformer.layers)))
    plan = plan_for(painter, scene, with_place=True)
    return replace(plan, blocks=blocks, sigma_low=0.0, sigma_high=1.0, max_steps=None)


def _mean(scenes: list[dict[str, float | None]], name: str) -> float | None:
    found = interval_of([scene[name] for scene in scenes])
    return None if found is None else found.mean
