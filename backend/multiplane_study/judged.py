"""Does the painter paint what the caption asks for? A supervised judge looks.

The judge never saw the painter; it was trained on drawn scenes with their truth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from multiplane.attention.capture import CapturePlan
from multiplane.intake.prompt_text import SubjectPhrase
from multiplane.models.load import Painter
from multiplane.models.paint import paint, picture_size
from multiplane.produce.takes import best_take
from multiplane.produce.words import Words, capture_plan
from multiplane_study.observed import phrases_of
from multiplane_study.report import Report
from multiplane_study.scenes import HELD_OUT_SEEDS, STYLES, Scene, draw_scene
from multiplane_study.training.autoencoder import to_tensor
from multiplane_study.training.judge import Judge, kinds_found

JUDGED_SIZE = (448, 256)  # px, what the judge was trained on


@dataclass(frozen=True)
class Following:
    """How often what was asked for was found.

    pictures: how many; takes: of each; all_found: share of pictures with every subject found;
    subjects_found: share of subjects found; by_style and by_subjects: `all_found` of the parts.
    """

    pictures: int
    takes: int
    judge_miou: float
    all_found: float
    subjects_found: float
    by_style: dict[str, float]
    by_subjects: dict[int, float]

    def report(self) -> Report:
        """As a table and figures."""
        report = Report(
            "judge",
            {
                "pictures": self.pictures,
                "takes": self.takes,
                "judge_miou": self.judge_miou,
                "all_found": self.all_found,
                "subjects_found": self.subjects_found,
                "by_style": self.by_style,
                "by_subjects": {str(count): share for count, share in self.by_subjects.items()},
            },
        )
        rows = [
            ("judge's own mIoU, held-out scenes", self.judge_miou),
            ("pictures with every subject found", self.all_found),
            ("subjects found", self.subjects_found),
            *self.by_style.items(),
            *((f"{count} subjects", share) for count, share in self.by_subjects.items()),
        ]
        report.table(
            f"Captions followed, {self.pictures} pictures, {self.takes} takes", ("", "share"), rows
        )
        return report


def measure_following(
    painter: Painter,
    judge: Judge,
    judge_miou: float,
    *,
    limit: int,
    takes: int | None = None,
    on_picture: Callable[[int, int], None] | None = None,
) -> Following:
    """Paint the captions of `limit` held-out scenes, styles in turn, and let the judge look.

    As shots are painted: the clearest of `takes`, by default of as many as the model needs.
    """
    takes = painter.profile.takes if takes is None else takes
    size = picture_size(painter.profile, JUDGED_SIZE[0] / JUDGED_SIZE[1])
    outcomes: list[tuple[str, int, int]] = []
    for index, seed in enumerate(HELD_OUT_SEEDS[:limit]):
        style = STYLES[index % len(STYLES)]
        scene = draw_scene(seed, *JUDGED_SIZE, style=style)
        plan = plan_for(painter, scene)
        take = best_take(
            painter, scene.caption, size, seed, plan, subjects=len(plan.groups), takes=takes
        )
        picture = paint(painter, scene.caption, size, take.seed)
        seen = cv2.resize(picture, JUDGED_SIZE, interpolation=cv2.INTER_CUBIC)
        found = kinds_found(judge, to_tensor(seen[None]))
        asked = {subject.kind for subject in scene.subjects}
        outcomes.append((style, len(asked), len(asked & found)))
        if on_picture:
            on_picture(index + 1, limit)

    def share(rows: list[tuple[str, int, int]]) -> float:
        return float(np.mean([found == asked for _, asked, found in rows]))

    counts = sorted({asked for _, asked, _ in outcomes})
    return Following(
        pictures=len(outcomes),
        takes=takes,
        judge_miou=judge_miou,
        all_found=share(outcomes),
        subjects_found=sum(row[2] for row in outcomes) / sum(row[1] for row in outcomes),
        by_style={
            style: share([row for row in outcomes if row[0] == style])
            for style in STYLES
            if any(row[0] == style for row in outcomes)
        },
        by_subjects={n: share([row for row in outcomes if row[1] == n]) for n in counts},
    )


def plan_for(painter: Painter, scene: Scene, *, with_place: bool = False) -> CapturePlan:
    """What tells of the scene's subjects alone, or also of its place."""
    phrases = phrases_of(scene)
    subjects = tuple(
        SubjectPhrase(subject.name, subject.name, (span,), subject.count)
        for subject, span in zip(phrases.wanted, phrases.spans, strict=True)
    )
    words = Words(
        scene.caption,
        scene.caption,
        subjects,
        places=((scene.place_phrase,),) if with_place else (),
    )
    plan = capture_plan(words, painter.reader, painter.profile)
    assert plan is not None, "a scene has a subject"
    return plan
