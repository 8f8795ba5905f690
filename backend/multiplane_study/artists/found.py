"""How well an artist's drawings are cut without a word: things that stand out, by themselves.

What is found is matched to the true subjects, each to one at most, so that their IoU is greatest.
Distractors, which no word of a scene names, stand out too, so scenes without any are told apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from multiplane.depth.estimate import DepthModel, estimate_nearness
from multiplane.layers.cut import DOUBTFUL
from multiplane.layers.things import find_things
from multiplane_study import metrics
from multiplane_study.artists.plan import SCENES, SceneSet
from multiplane_study.artists.scene import artists_scenes
from multiplane_study.artwork.catalogue import Catalogue
from multiplane_study.doubt import LayerScore, reliability
from multiplane_study.report import Report
from multiplane_study.scenes import Scene

OnScene = Callable[[int, int], None]  # (scenes done, scenes in all)


@dataclass(frozen=True)
class FoundScore:
    """One scene: two_class and thing are IoU, 0..1; layers: the best IoU of what was found."""

    subjects: int
    busy: bool
    two_class: float
    thing: float
    layers: tuple[LayerScore, ...]


@dataclass(frozen=True)
class FoundResult:
    """Scores of all measured scenes of a set."""

    scenes: SceneSet
    scores: tuple[FoundScore, ...]

    def figures(self) -> dict[str, Any]:
        """The keys that `--json` writes."""
        clean = [score for score in self.scores if not score.busy]
        return {
            "set": "found",
            "artist": self.scenes.artist,
            "scenes": len(self.scores),
            **_means(self.scores),
            "without_distractors": _means(clean),
            "by_subjects": {
                str(count): _means([item for item in self.scores if item.subjects == count])
                for count in sorted({item.subjects for item in self.scores})
            },
            "found_each": float(np.mean([len(item.layers) for item in self.scores])),
            "doubt": reliability([layer for item in self.scores for layer in item.layers]),
        }

    def report(self) -> Report:
        """Tables of both figures and of the confidence."""
        figures = self.figures()
        report = Report("found", figures)
        rows = [("all", figures), ("without distractors", figures["without_distractors"])]
        rows += [(f"{count} subjects", item) for count, item in figures["by_subjects"].items()]
        report.table(
            f"Found by itself, {figures['scenes']} scenes of {figures['artist']}",
            ("", "fg/bg IoU", "IoU per subject, best match"),
            [(name, item["two_class_iou"], item["thing_iou"]) for name, item in rows],
        )
        report.table(
            "Confidence, and how often it was right",
            ("confidence", "good layers", "layers"),
            [
                (item["confidence"], item["good"], item["layers"])
                for item in figures["doubt"]["curve"]
            ],
        )
        return report


def measure_found(
    depth_model: DepthModel,
    catalogue: Catalogue,
    scenes: SceneSet,
    *,
    limit: int | None = None,
    on_scene: OnScene = lambda done, total: None,
) -> FoundResult:
    """Measure the first `limit` scenes of a set (default: all 400). No picture model is needed."""
    total = min(limit or SCENES, SCENES)
    scores = []
    for plan, scene in artists_scenes(catalogue, scenes, total):
        scores.append(score_found(depth_model, scene, busy="busy" in plan.traits))
        on_scene(len(scores), total)
    return FoundResult(scenes, tuple(scores))


def score_found(depth_model: DepthModel, scene: Scene, *, busy: bool) -> FoundScore:
    """What is found in one scene against its truth."""
    things = find_things(scene.picture, estimate_nearness(depth_model, scene.picture))
    truths = np.stack([item.matte for item in scene.subjects]) > 0.5
    masks = np.zeros((len(things), *truths.shape[1:]), bool)
    for index, thing in enumerate(things):
        masks[index] = thing.alpha > 0.5
    gain = np.array([[metrics.iou(mask, truth) for mask in masks] for truth in truths])
    gain = gain.reshape(len(truths), len(masks))
    rows, columns = linear_sum_assignment(-gain)
    return FoundScore(
        subjects=len(truths),
        busy=busy,
        two_class=metrics.two_class_iou(masks, truths),
        thing=float(gain[rows, columns].sum() / len(truths)),
        layers=tuple(
            LayerScore(float(gain[:, index].max()), thing.confidence, thing.confidence < DOUBTFUL)
            for index, thing in enumerate(things)
        ),
    )


def _means(scores: Sequence[FoundScore]) -> dict[str, float | None]:
    if not scores:
        return {"two_class_iou": None, "thing_iou": None}
    return {
        "two_class_iou": float(np.mean([item.two_class for item in scores])),
        "thing_iou": float(np.mean([item.thing for item in scores])),
    }
