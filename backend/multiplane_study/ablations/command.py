"""What `multiplane study ablations` does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multiplane.contract.errors import InputError
from multiplane.contract.known_names import unknown_name
from multiplane.models.fingerprint import fingerprint
from multiplane.models.load import choose, choose_depth, load_depth, load_reading
from multiplane.models.places import require
from multiplane_study.ablations import settings, steps
from multiplane_study.ablations.axis import Axis, rows_of
from multiplane_study.ablations.boards import boards_agree
from multiplane_study.ablations.heads import LEARNT, heads, learnt_of
from multiplane_study.ablations.tokens import tokens
from multiplane_study.bench.run import OnScene, Run, measure
from multiplane_study.bench.sets import set_of
from multiplane_study.bench.statistics import Interval
from multiplane_study.report import Cell, Report
from multiplane_study.sweep import write_choice

if TYPE_CHECKING:
    from multiplane.models.load import Painter

AXES: dict[str, Callable[[Painter], Axis]] = {
    "layers": settings.layers,
    "sigma": settings.steps,
    "heads": heads,
    "draws": settings.draws,
    "propagation": settings.propagation,
    "direction": settings.direction,
    "tokens": tokens,
    "competition": lambda painter: steps.competition(),
    "refinement": lambda painter: steps.refinement(),
    "depth": lambda painter: steps.depth(),
}
"""By their names on the command line, in the order of tables."""

BOARDS = "boards"
"""Beside the axes: whether boards of one scene agree."""


@dataclass(frozen=True)
class AblationOptions:
    """What is asked for on the command line; scenes: the first so many; only: () for all axes.

    keep: whether learnt weights of heads go into the model's profile where they win.
    """

    set_: str
    scenes: int
    seeds: int
    only: tuple[str, ...]
    kept: Path
    keep: bool = False


def run_ablations(
    options: AblationOptions,
    model: str,
    depth_model: str,
    device: str,
    on_scene: OnScene,
    say: Callable[[str], None],
) -> Report:
    """Measure and sum up; `say` is told what is left out.

    Raises InputError `study.axis_unknown`, `study.axis_needed`, and as `set_of` and `choose`.
    """
    for name in options.only:
        if name not in (*AXES, BOARDS):
            known = [*AXES, BOARDS]
            raise unknown_name("study.axis_unknown", "axis", name, known, field="--only")
    if options.keep and options.only and "heads" not in options.only:
        raise InputError(
            "study.axis_needed",
            "Weights are learnt on the axis of heads, which was not asked for.",
            field="--keep",
            value=",".join(options.only),
            remedy="Give --only heads, or leave --only or --keep out.",
        )
    set_ = set_of(options.set_)
    wanted, wanted_depth = choose(model, device), choose_depth(depth_model)
    painter = load_reading(wanted, device)
    axes = [
        make(painter) for name, make in AXES.items() if not options.only or name in options.only
    ]
    run = Run(
        set_=set_,
        painter=painter,
        depth_model=load_depth(wanted_depth, device),
        rows=rows_of(axes),
        scenes=min(options.scenes, len(set_.numbers)),
        kept_in=options.kept,
        weights=f"{fingerprint(require(wanted))} {fingerprint(require(wanted_depth))}",
        seeds=tuple(range(options.seeds)),
        layered=0,
        filmed=0,
        weighed=False,
    )
    result = measure(run, on_scene, lambda error: say(str(error)))
    figures = result.figures()
    if options.keep:
        _keep_heads(painter, figures, axes, say)
    boards = boards_agree(run) if not options.only or BOARDS in options.only else None
    return report_of(figures, axes, boards)


def _keep_heads(
    painter: Painter, figures: dict[str, Any], axes: Sequence[Axis], say: Callable[[str], None]
) -> None:
    """Writes learnt weights of heads into the profile where they are surely better than its own."""
    (axis,) = (one for one in axes if one.name == "heads")
    (row,) = (one for one in figures["rows"] if one["name"] == f"{axis.name}:{LEARNT}")
    gain = row["against"][axis.figure]
    if not gain["low"] > 0:
        say("The learnt weights of heads are not surely better: the profile stays as it is.")
        return
    choice = replace(painter.profile.capture, head_weights=learnt_of(axis))
    measured = {"heads_scenes": gain["scenes"], "heads_gain": round(gain["difference"], 4)}
    path = write_choice(painter.folder, choice, measured)
    say(f"Written to {path}. Its calibration was made without them: multiplane study calibrate.")


def report_of(
    figures: dict[str, Any], axes: Sequence[Axis], boards: Interval | None = None
) -> Report:
    """A table an axis; beside the keys of the bench's result (see `bench.result`) the `axes`.

    boards: as `boards_agree` has it, null in the file where it was not asked for.
    """
    told = {
        "axes": [axis.as_dict() for axis in axes],
        "boards": None if boards is None else boards._asdict(),
    }
    report = Report("ablations", {**figures, **told})
    rows = {row["name"]: row for row in figures["rows"]}
    facts = figures["set"]
    where = f"{facts['name']}, {facts['scenes']} of {facts['of']} scenes, {figures['model']}"
    for axis in axes:
        lines: list[tuple[Cell, ...]] = []
        for point in axis.points:
            row = rows[axis.row_of(point)]
            found, apart = row["figures"][axis.figure], row["against"].get(axis.figure)
            label = f"{point.label} (own)" if point.cut is None else point.label
            lines.append(
                (label, found["mean"], found["low"], found["high"],
                 apart and apart["difference"], apart and apart["p"],
                 row["figures"]["seconds"]["mean"])
            )  # fmt: skip
        report.table(
            f"{axis.title}: {figures['figures'][axis.figure]['title']} ({where})",
            (axis.note or axis.title.lower(), "mean", "95 % from", "to", "minus own", "p",
             "seconds"),
            lines,
        )  # fmt: skip
    if boards is not None:
        report.table(
            "Boards of one scene: IoU of their background plates (at best 1)",
            ("", "mean", "95 % from", "to"),
            [(f"{boards.scenes} scenes", boards.mean, boards.low, boards.high)],
        )
    return report
