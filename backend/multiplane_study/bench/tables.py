"""A result as tables to show."""

from __future__ import annotations

from typing import Any

from multiplane_study.bench.result import Result
from multiplane_study.report import Cell, Report

_FIRST = ("iou", "two_class", "boundary_f", "boundary_f_2px", "leakage", "order_overlapping",
          "seconds")  # fmt: skip
_MATTES = ("sad", "mse", "gradient", "connectivity", "fringe")
_HIDDEN = ("background_psnr", "background_ssim", "hidden_psnr", "hidden_ssim")


def report_of(result: Result) -> Report:
    """The figures, and tables of the most of them: by row, by style, by what is hard."""
    told = result.figures()
    report = Report("bench", told)
    rows = [row for row in told["rows"] if row["missing"] is None]
    facts = told["set"]
    title = f"{facts['name']}, {facts['protocol']}: {facts['scenes']} of {facts['of']} scenes, "
    title += f"{told['model']}, {len(told['seeds'])} seeds"
    if facts["as_pinned"] is False:
        title += " (NOT as pinned: drawn by other versions, or with other artwork)"
    _by_figure(report, title, told, rows, _FIRST)
    _by_figure(report, "Mattes and edges", told, rows, _MATTES)
    _by_figure(report, "Hidden background and hidden parts", told, rows, _HIDDEN)
    weighed = [(row["title"], row["peak_mb"]) for row in rows if row["peak_mb"] is not None]
    if weighed:
        report.table("Memory at most on one picture, beside the weights", ("", "MB"), weighed)
    headline = next(iter(told["figures"]))
    for group in ("style", "subjects", "hard", "source", "words"):
        named = [name for name in rows[0]["by"][group] if name] if rows else []
        if len(named) > 1:
            report.table(
                f"{told['figures'][headline]['title']}, by {group}",
                ("", *(row["title"] for row in rows)),
                [
                    (name, *(row["by"][group].get(name, {}).get(headline) for row in rows))
                    for name in named
                ],
            )
    against = [row for row in rows if headline in row["against"]]
    if against:
        report.table(
            f"{told['figures'][headline]['title']}: minus ours, scene by scene",
            ("", "difference", "95 % from", "to", "p"),
            [
                (row["title"], *(row["against"][headline][key]
                                 for key in ("difference", "low", "high")),
                 _chance(row["against"][headline]["p"]))
                for row in against
            ],
        )  # fmt: skip
    _doubt(report, told)
    presets: dict[str, Any] = next(iter(told["presets"].values()), {})
    if presets:
        kinds = ("films", "bad", "edge", "hole", "bite", "fringe")
        report.table(
            "Worst frame of every preset: largest share of a frame",
            ("preset", *kinds),
            [(name, *(seen[kind] for kind in kinds)) for name, seen in presets.items()],
        )
    judged = told["judged"]
    if judged is not None:
        report.table(
            f"mIoU of painted pictures, by the judge, whose own is {judged['judge_iou']:.3f}: "
            f"{judged['usable']} of {judged['painted']} pictures show all that was asked for",
            ("", "painted", "drawn", "drawn, by the judge", "painted, corrected"),
            [
                (name, seen["generated"], seen["drawn"], seen["drawn_by_judge"], seen["corrected"])
                for name, seen in judged["rows"].items()
            ],
        )
    absent = [(row["title"], row["missing"]) for row in told["rows"] if row["missing"]]
    if absent:
        report.table("Rows that did not run", ("", ""), absent)
    return report


def _doubt(report: Report, told: dict[str, Any]) -> None:
    doubt, absent = told["doubt"], told["absent"]
    if doubt is not None:
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
    if absent is not None:
        report.table(
            f"Subjects that the picture does not show: {absent['asked']} asked for",
            ("", ""),
            [
                ("of them, missing", absent["missing"]),
                ("missing or reported", absent["missing_or_doubted"]),
            ],
        )


def _by_figure(
    report: Report, title: str, told: dict[str, Any], rows: list[dict[str, Any]],
    names: tuple[str, ...],
) -> None:  # fmt: skip
    shown = [
        name
        for name in names
        if name in told["figures"] and any(row["figures"][name]["mean"] is not None for row in rows)
    ]
    if not shown:
        return
    lines: list[tuple[Cell, ...]] = []
    for row in rows:
        cells: list[Cell] = [row["title"]]
        for place, name in enumerate(shown):
            found = row["figures"][name]
            whole = place == 0 and found["mean"] is not None
            interval = (
                f"{found['mean']:.3f} [{found['low']:.3f}, {found['high']:.3f}]" if whole else ""
            )
            cells.append(interval or found["mean"])
        lines.append(tuple(cells))
    report.table(title, ("", *(told["figures"][name]["title"] for name in shown)), lines)


def _chance(p: float | None) -> str | None:
    if p is None:
        return None
    return "< .0001" if p < 1e-4 else f"{p:.4f}"
