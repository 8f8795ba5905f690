"""How a model cuts an artist's drawings that it never learnt from, and whether it knows its errors.

The way of a drawing in a shot: noised, one pass per draw, masks by attention. Scenes with concepts
that other artists drew in training ("known"), and with concepts that were left out of training
everywhere ("unseen").
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from multiplane.depth.estimate import DepthModel
from multiplane_study.artists.absent import AbsentScore, absent_figures, score_absent
from multiplane_study.artists.plan import HELD_OUT, SCENES, ScenePlan, SceneSet, checksum_of
from multiplane_study.artists.scene import artists_scenes
from multiplane_study.artwork.catalogue import Catalogue
from multiplane_study.doubt import reliability
from multiplane_study.quality import SceneScore, score_scene, summary
from multiplane_study.report import Report

if TYPE_CHECKING:
    from multiplane.models.load import Painter

OnScene = Callable[[int, int], None]  # (scenes done, scenes in all)

ABSENT_EVERY = 5
"""In every fifth scene something else is asked for as well, in a pass of its own."""


@dataclass(frozen=True)
class ArtistsResult:
    """Scores of both methods on the same scenes, with their plans.

    absent: what became of subjects that are not there, asked for in some of the scenes.
    """

    model: str
    scenes: SceneSet
    plans: tuple[ScenePlan, ...]
    ours: tuple[SceneScore, ...]
    paper: tuple[SceneScore, ...]
    absent: tuple[AbsentScore, ...] = ()

    @property
    def as_pinned(self) -> bool | None:
        """Whether the whole set was as it should be; None when only a part of it was measured."""
        whole = len(self.plans) == SCENES
        return checksum_of(self.plans) == self.scenes.checksum if whole else None

    def figures(self) -> dict[str, Any]:
        """The keys that `--json` writes."""
        known = [plan.known for plan in self.plans]
        return {
            "model": self.model,
            "set": "artists",
            "artist": self.scenes.artist,
            "scenes": len(self.plans),
            "checksum": checksum_of(self.plans),
            "as_pinned": self.as_pinned,
            **_of(self.ours),
            "known": _of(_where(self.ours, known)),
            "unseen": _of(_where(self.ours, [not is_known for is_known in known])),
            "by_trait": self._by_trait(),
            "doubt": reliability([layer for score in self.ours for layer in score.layers]),
            "absent": absent_figures(self.absent),
            "paper": {
                "known": _of(_where(self.paper, known)),
                "unseen": _of(_where(self.paper, [not is_known for is_known in known])),
            },
        }

    def _by_trait(self) -> dict[str, float | None]:
        traits = sorted(Counter(trait for plan in self.plans for trait in plan.traits))
        return {
            trait: summary(_where(self.ours, [trait in plan.traits for plan in self.plans]))[
                "mean_miou"
            ]
            for trait in traits
        }

    def report(self) -> Report:
        """Tables by what was known, by number of subjects, and of the doubt."""
        read = self.figures()
        report = Report("artists", read)
        known, unseen, paper = read["known"], read["unseen"], read["paper"]
        title = f"{self.model}, {len(self.plans)} scenes of {self.scenes.artist}"
        if self.as_pinned is False:
            title += " (NOT the pinned set: other artwork or another version)"
        report.table(
            title,
            ("", "known", "unseen", "paper's, known", "paper's, unseen"),
            [
                (
                    name,
                    *(figures[key] for figures in (known, unseen, paper["known"], paper["unseen"])),
                )
                for name, key in (
                    ("mean mIoU", "mean_miou"),
                    ("fg/bg IoU", "two_class_iou"),
                    ("boundary F", "boundary_f"),
                    ("boundary F, 2 px", "boundary_f_2px"),
                    ("order, overlapping pairs", "order_accuracy"),
                )
            ],
        )
        counts = sorted({*known["by_subjects"], *unseen["by_subjects"]})
        report.table(
            "mIoU by number of subjects",
            ("subjects", "known", "unseen"),
            [(n, known["by_subjects"].get(n), unseen["by_subjects"].get(n)) for n in counts],
        )
        report.table("mIoU by trait", ("trait", ""), [*read["by_trait"].items()])
        doubt = read["doubt"]
        report.table(
            f"Doubt: {doubt['bad']} of {doubt['layers']} layers are bad (IoU under .5)",
            ("", ""),
            [
                ("of the bad layers, reported", doubt["recall"]),
                ("of the reported layers, bad", doubt["precision"]),
                ("of the good layers, reported", doubt["false_alarms"]),
                ("expected calibration error", doubt["ece"]),
            ],
        )
        absent = read["absent"]
        report.table(
            f"Subjects that the picture does not show: {absent['asked']} asked for",
            ("", ""),
            [
                ("of them, missing", absent["missing"]),
                ("missing or reported", absent["missing_or_doubted"]),
                ("of those that are there, missing", doubt["missing"] / max(doubt["layers"], 1)),
            ],
        )
        report.table(
            "Confidence, and how often it was right",
            ("confidence", "good layers", "layers"),
            [(step["confidence"], step["good"], step["layers"]) for step in doubt["curve"]],
        )
        return report


def measure_artists(
    painter: Painter,
    depth_model: DepthModel,
    catalogue: Catalogue,
    *,
    scenes: SceneSet = HELD_OUT,
    limit: int | None = None,
    on_scene: OnScene = lambda done, total: None,
) -> ArtistsResult:
    """Measure the first `limit` scenes of a set (default: all 400)."""
    total = min(limit or SCENES, SCENES)
    plans: list[ScenePlan] = []
    ours: list[SceneScore] = []
    paper: list[SceneScore] = []
    absent: list[AbsentScore] = []
    for plan, scene in artists_scenes(catalogue, scenes, total):
        own, theirs = score_scene(painter, depth_model, scene)
        plans.append(plan)
        ours.append(own)
        paper.append(theirs)
        if len(plans) % ABSENT_EVERY == 0:
            absent.append(score_absent(painter, catalogue, scene))
        on_scene(len(plans), total)
    return ArtistsResult(
        painter.profile.name, scenes, tuple(plans), tuple(ours), tuple(paper), tuple(absent)
    )


def _of(scores: Sequence[SceneScore]) -> dict[str, Any]:
    figures = summary(scores)
    del figures["by_style"]  # the artist has one
    return figures


def _where(scores: Sequence[SceneScore], wanted: Sequence[bool]) -> list[SceneScore]:
    return [score for score, is_wanted in zip(scores, wanted, strict=True) if is_wanted]
