"""What `multiplane study cast` measures."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from multiplane.produce.cast_looks import LEAST, Judge, judge_of
from multiplane.produce.studio import Studio
from multiplane_study.cast.board import PLACES
from multiplane_study.cast.board import STYLES as PAINTED_STYLES
from multiplane_study.cast.drawn import by_cut, by_true_mattes, scenes
from multiplane_study.cast.painted import CAST, ENSURE, WAYS, Painted, measure_painted
from multiplane_study.cast.pairs import DIFFERENT, Seen, figures_of, scores_of
from multiplane_study.report import Report
from multiplane_study.scenes import STYLES

TRUE, CUT, BEFORE, AFTER = "true_mattes", "cut", "painted", "painted_ensured"
SETS = {
    TRUE: "drawn, true mattes",
    CUT: "drawn, cut by the model",
    BEFORE: "painted",
    AFTER: "painted, ensured",
}
_RELATIONS = {
    "different": "all others",
    "same_colour": "same colour",
    "same_kind": "same kind",
    "other": "nothing in common",
}


@dataclass(frozen=True)
class CastResult:
    """seen: for each of `SETS` all who were compared. by: the name of what compares."""

    seen: Mapping[str, Sequence[Seen]]
    painted: Painted
    by: str
    scenes: int
    model: str
    takes: int

    def figures(self) -> dict[str, Any]:
        """The keys of the file."""
        least = LEAST[self.by]
        sets = {name: figures_of(scores_of(seen), least) for name, seen in self.seen.items()}
        for name in (TRUE, CUT):
            sets[name]["by_style"] = {
                style: figures_of(scores_of(part), least)["auc"]["different"]
                for style in STYLES
                if (part := [one for one in self.seen[name] if one.within == style])
            }
        return {
            "model": self.model,
            "by": self.by,
            "least": least,
            "scenes": self.scenes,
            "takes": self.takes,
            "cast": [f"{one.colour} {one.kind}" for one in CAST],
            "sets": sets,
            "ensure": ENSURE,
            "ensured": {way: one.figures() for way, one in self.painted.ensured.items()},
        }

    def report(self) -> Report:
        """Figures, and tables of what the score tells apart and of what ensuring gains."""
        figures = self.figures()
        report = Report("cast", figures)
        report.table(
            f"Likeness by {self.by}: area under the ROC curve, the same against",
            ("", *(_RELATIONS[name] for name in ("different", *DIFFERENT)), "pairs of the same",
             "of those told unlike"),
            [
                (told, *(figures["sets"][name]["auc"][one] for one in ("different", *DIFFERENT)),
                 figures["sets"][name]["pairs"]["same"],
                 figures["sets"][name]["told_unlike"]["same"])
                for name, told in SETS.items()
            ],
        )  # fmt: skip
        report.table(
            f"AUC by style, {self.scenes} drawn scenes of each",
            ("", TRUE.replace("_", " "), CUT),
            [
                (style, *(figures["sets"][name]["by_style"].get(style) for name in (TRUE, CUT)))
                for style in STYLES
            ],
        )
        rows = []
        for name, way in WAYS.items():
            found = figures["ensured"][name]
            for when in ("before", "after"):
                state = found[when]
                rows.append(
                    (f"{way.told}: {when}", found["shots"], state["likeness"], state["unlike"],
                     state["shown"], found["repaints"] if when == "after" else None)
                )  # fmt: skip
        report.table(
            f"--ensure {ENSURE}, {self.model}, takes: {self.takes}",
            ("", "shots", "mean likeness", "unlike", "kind is there (judge)", "repaints"),
            rows,
        )
        return report


def measure_cast(
    studio: Studio,
    shows: Callable[[Path, str], bool],
    *,
    each: int = 20,
    takes: int | None = None,
    styles: Sequence[str] = PAINTED_STYLES,
    places: Sequence[str] = PLACES,
    on_step: Callable[[int, int], None] = lambda done, total: None,
) -> CastResult:
    """`each` drawn scenes in every style, and the boards of these styles and places.

    shows: whether a picture's file shows a kind. on_step gets (scenes and boards done, all).
    Raises as `measure_painted`.
    """
    judge = judge_of(studio)
    scenes_in_all, boards = each * len(STYLES), 2 * len(WAYS) * len(styles)
    seen = drawn_seen(studio, judge, each, lambda done: on_step(done, scenes_in_all + boards))
    with tempfile.TemporaryDirectory() as folder:
        painted = measure_painted(
            studio,
            shows,
            Path(folder),
            styles=styles,
            places=places,
            takes=takes,
            on_board=lambda done: on_step(scenes_in_all + done, scenes_in_all + boards),
        )
    seen |= {BEFORE: painted.before, AFTER: painted.after}
    used = studio.profile.takes if takes is None else takes
    return CastResult(seen, painted, judge.name, each, studio.profile.name, used)


def drawn_seen(
    studio: Studio, judge: Judge, each: int, on_scene: Callable[[int], None]
) -> dict[str, Sequence[Seen]]:
    """Everybody in the drawn scenes, both ways. on_scene gets how many are done."""
    true: list[Seen] = []
    cut: list[Seen] = []
    for number, scene in enumerate(scenes(each)):
        true += by_true_mattes(scene, judge)
        cut += by_cut(scene, judge, studio)
        on_scene(number + 1)
    return {TRUE: true, CUT: cut}
