"""How good masks, edges and order are, against the truth of drawn scenes.

Every scene is shown to the model (noised, one pass per draw), and both our masks and the paper's
come from that very pass. Headline: IoU per subject, averaged over subjects, then over pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from multiplane.depth.estimate import DepthModel, estimate_nearness
from multiplane.depth.order import order
from multiplane.layers.judged import cut_and_judge
from multiplane_study import metrics
from multiplane_study.doubt import LayerScore, reliability
from multiplane_study.observed import (
    Phrases,
    balanced_scenes,
    capture_scene,
    mean_of,
    observation_of,
    phrases_of,
    standing_of,
)
from multiplane_study.paper_method import middle_blocks, paper_masks, paper_order
from multiplane_study.report import Report
from multiplane_study.scenes import HELD_OUT_SEEDS, STYLES, Scene

if TYPE_CHECKING:
    from multiplane.models.load import Painter

Masks = NDArray[np.bool_]
OnScene = Callable[[int, int], None]  # (scenes done, scenes in all)

DEFAULT_LIMIT = 100


@dataclass(frozen=True)
class SceneScore:
    """What one method reached on one scene."""

    style: str
    subjects: int
    iou: float  # mean over subjects
    two_class: float
    boundary: float  # DAVIS tolerance
    boundary_fine: float  # within 2 px
    soft_iou: float
    pairs: tuple[tuple[bool, bool], ...]  # (right, overlapping)
    layers: tuple[LayerScore, ...]  # per subject


@dataclass(frozen=True)
class QualityResult:
    """Scores of both methods on the same scenes."""

    model: str
    ours: tuple[SceneScore, ...]
    paper: tuple[SceneScore, ...]

    def figures(self) -> dict[str, Any]:
        """The keys that `--json` writes."""
        return {
            "model": self.model,
            "scenes": len(self.ours),
            **summary(self.ours),
            "doubt": reliability([layer for score in self.ours for layer in score.layers]),
            "paper": summary(self.paper),
        }

    def report(self) -> Report:
        """Tables by style and by number of subjects, both methods side by side."""
        ours, paper = summary(self.ours), summary(self.paper)
        figures = self.figures()
        doubt = figures["doubt"]
        report = Report("quality", figures)
        low, high = ours["mean_miou_interval"]
        rows: list[tuple[str, float | None, float | None]] = [
            ("mean mIoU", ours["mean_miou"], paper["mean_miou"]),
            ("fg/bg IoU", ours["two_class_iou"], paper["two_class_iou"]),
            ("soft IoU", ours["soft_iou"], paper["soft_iou"]),
            ("boundary F", ours["boundary_f"], paper["boundary_f"]),
            ("boundary F, 2 px", ours["boundary_f_2px"], paper["boundary_f_2px"]),
            ("order, overlapping pairs", ours["order_accuracy"], paper["order_accuracy"]),
            ("order, all pairs", ours["order_accuracy_all"], paper["order_accuracy_all"]),
            ("bad layers (IoU under .5), reported", doubt["recall"], None),
            ("reported layers, bad", doubt["precision"], None),
        ]
        title = f"{self.model}, {len(self.ours)} held-out scenes (mIoU 95 %: {low:.3f}..{high:.3f})"
        report.table(title, ("", "multiplane", "paper's method"), rows)
        report.table(
            "mIoU by style",
            ("style", "multiplane", "paper's method"),
            [(one, ours["by_style"][one], paper["by_style"][one]) for one in ours["by_style"]],
        )
        report.table(
            "mIoU by number of subjects",
            ("subjects", "multiplane", "paper's method"),
            [(k, ours["by_subjects"][k], paper["by_subjects"][k]) for k in ours["by_subjects"]],
        )
        return report


def measure_quality(
    painter: Painter,
    depth_model: DepthModel,
    *,
    limit: int | None = None,
    seeds: Sequence[int] = HELD_OUT_SEEDS,
    on_scene: OnScene = lambda done, total: None,
) -> QualityResult:
    """Measure masks, edges and order on `limit` scenes (default 100), even over styles."""
    total = limit or DEFAULT_LIMIT
    ours, paper = [], []
    for done, scene in enumerate(balanced_scenes(total, seeds), start=1):
        own, theirs = score_scene(painter, depth_model, scene)
        ours.append(own)
        paper.append(theirs)
        on_scene(done, total)
    return QualityResult(painter.profile.name, tuple(ours), tuple(paper))


def score_scene(
    painter: Painter, depth_model: DepthModel, scene: Scene
) -> tuple[SceneScore, SceneScore]:
    """Ours and the paper's score of one scene, from the same forward passes."""
    choice = painter.profile.capture
    phrases = phrases_of(scene)
    blocks = set(choice.blocks)
    middle = set(middle_blocks(len(painter.pipeline.transformer.layers)))
    propagation = (choice.hops, choice.sharpness)
    maps = capture_scene(
        painter,
        scene,
        phrases,
        blocks=blocks | middle,
        sigma=choice.decompose_sigma,
        draws=choice.draws,
        propagations=[propagation],
    )[propagation]
    nearness = estimate_nearness(depth_model, scene.picture)
    cut = cut_and_judge(
        scene.picture,
        observation_of(maps, blocks, len(phrases.wanted)),
        phrases.wanted,
        background_floor=choice.background_floor,
        calibration=painter.profile.calibration,
        standing=standing_of(painter, scene.picture, phrases),
    )
    soft = cut.alphas
    ranks = order(soft, nearness, scene.picture).back_to_front
    of = [cutout.of for cutout in cut.cutouts]
    ours = _score(
        scene,
        phrases,
        soft,
        of,
        ranks,
        [(one.confidence, one.reason is not None) for one in cut.cutouts],
    )

    height, width = scene.picture.shape[:2]
    heat = mean_of(maps, "text_to_image", middle)[: len(phrases.wanted)]
    of = [index for index, members in enumerate(phrases.members) for _ in members]
    masks = paper_masks(heat, (width, height))[of]
    theirs = paper_order(masks, nearness)
    sure = [(1.0, False)] * len(of)  # the paper has no doubt
    return ours, _score(scene, phrases, masks.astype(np.float32), of, theirs, sure)


def _score(
    scene: Scene,
    phrases: Phrases,
    alphas: NDArray[np.float32],
    of: Sequence[int],
    back_to_front: Sequence[int],
    said: Sequence[tuple[float, bool]],
) -> SceneScore:
    """Scores cutouts `alphas` (N, H, W), number n of phrase `of[n]`, in their order of depth.

    said: of each cutout its confidence, and whether it was doubted.
    """
    truths = np.stack([one.matte for one in scene.subjects])
    cutout_of = match_instances(alphas, truths, of, phrases)
    soft = alphas[[cutout_of[k] for k in range(len(truths))]]
    masks, true_masks = soft > 0.5, truths > 0.5
    subject_of = {cutout: subject for subject, cutout in cutout_of.items()}
    wholes = np.stack([one.whole_matte for one in scene.subjects]) > 0.5
    pairs = zip(masks, true_masks, strict=True)
    bounds = [(metrics.boundary_f(a, b), metrics.boundary_f(a, b, 2)) for a, b in pairs]
    found_order = [subject_of[one] for one in back_to_front if masks[subject_of[one]].any()]
    return SceneScore(
        style=scene.style,
        subjects=len(truths),
        iou=metrics.mean_subject_iou(masks, true_masks),
        two_class=metrics.two_class_iou(masks, true_masks),
        boundary=float(np.mean([one for one, _ in bounds])),
        boundary_fine=float(np.mean([one for _, one in bounds])),
        soft_iou=float(
            np.mean([metrics.soft_iou(a, b) for a, b in zip(soft, truths, strict=True)])
        ),
        pairs=tuple(metrics.order_pairs(found_order, range(len(truths)), wholes)),
        layers=tuple(
            LayerScore(metrics.iou(mask, truth), *said[cutout_of[subject]])
            for subject, (mask, truth) in enumerate(zip(masks, true_masks, strict=True))
        ),
    )


def match_instances(
    alphas: NDArray[np.float32],
    truths: NDArray[np.float32],
    of: Sequence[int],
    phrases: Phrases,
) -> dict[int, int]:
    """Subject -> cutout: within a phrase, the pairing with the greatest summed IoU."""
    matched: dict[int, int] = {}
    for phrase, members in enumerate(phrases.members):
        cutouts = [index for index, owner in enumerate(of) if owner == phrase]
        gain = np.array(
            [[metrics.iou(truths[m] > 0.5, alphas[c] > 0.5) for c in cutouts] for m in members]
        )
        for row, column in zip(*linear_sum_assignment(-gain), strict=True):
            matched[members[int(row)]] = cutouts[int(column)]
    return matched


def summary(scores: Sequence[SceneScore]) -> dict[str, Any]:
    """The usual figures of some scenes; None where nothing was to be measured."""
    pairs = [pair for one in scores for pair in one.pairs]
    counts = sorted({one.subjects for one in scores})
    ious = [one.iou for one in scores]
    return {
        "mean_miou": _mean(ious),
        "mean_miou_interval": metrics.interval(ious) if ious else None,
        "by_style": {
            style: _mean([one.iou for one in scores if one.style == style]) for style in STYLES
        },
        "by_subjects": {
            str(count): _mean([one.iou for one in scores if one.subjects == count])
            for count in counts
        },
        "two_class_iou": _mean([one.two_class for one in scores]),
        "soft_iou": _mean([one.soft_iou for one in scores]),
        "boundary_f": _mean([one.boundary for one in scores]),
        "boundary_f_2px": _mean([one.boundary_fine for one in scores]),
        "order_accuracy": _mean([float(right) for right, overlapping in pairs if overlapping]),
        "order_accuracy_all": _mean([float(right) for right, _ in pairs]),
    }


def _mean(values: Iterable[float]) -> float | None:
    given = list(values)
    return float(np.mean(given)) if given else None
