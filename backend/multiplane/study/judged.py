"""Does the painter paint what the caption asks for? A supervised judge looks.

The judge never saw the painter; it was trained on drawn scenes with their truth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from multiplane.models.load import Painter
from multiplane.models.paint import paint, picture_size
from multiplane.study.report import Report
from multiplane.study.scenes import HELD_OUT_SEEDS, STYLES, draw_scene
from multiplane.study.training.autoencoder import to_tensor
from multiplane.study.training.judge import Judge, kinds_found

JUDGED_SIZE = (224, 128)  # px, what the judge was trained on


@dataclass(frozen=True)
class Following:
    """How often what was asked for was found.

    pictures: how many; all_found: share of pictures with every subject found; subjects_found:
    share of subjects found; by_style and by_subjects: `all_found` of the parts.
    """

    pictures: int
    judge_miou: float
    all_found: float
    subjects_found: float
    by_style: dict[str, float]
    by_subjects: dict[int, float]

    def report(self) -> Report:
        """As a table and figures."""
        report = Report("judge")
        report.figures = {
            "pictures": self.pictures,
            "judge_miou": self.judge_miou,
            "all_found": self.all_found,
            "subjects_found": self.subjects_found,
            "by_style": self.by_style,
            "by_subjects": {str(count): share for count, share in self.by_subjects.items()},
        }
        rows = [
            ("judge's own mIoU, held-out scenes", self.judge_miou),
            ("pictures with every subject found", self.all_found),
            ("subjects found", self.subjects_found),
            *self.by_style.items(),
            *((f"{count} subjects", share) for count, share in self.by_subjects.items()),
        ]
        report.table(f"Captions followed, {self.pictures} pictures", ("", "share"), rows)
        return report


def measure_following(
    painter: Painter,
    judge: Judge,
    judge_miou: float,
    *,
    limit: int,
    on_picture: Callable[[int, int], None] | None = None,
) -> Following:
    """Paint the captions of `limit` held-out scenes, styles in turn, and let the judge look."""
    size = picture_size(painter.profile, JUDGED_SIZE[0] / JUDGED_SIZE[1])
    outcomes: list[tuple[str, int, int]] = []
    for index, seed in enumerate(HELD_OUT_SEEDS[:limit]):
        style = STYLES[index % len(STYLES)]
        scene = draw_scene(seed, *JUDGED_SIZE, style=style)
        picture = paint(painter, scene.caption, size, seed)
        seen = cv2.resize(picture, JUDGED_SIZE, interpolation=cv2.INTER_AREA)
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
