"""Figures as plots: SVG by matplotlib, in the page's own colours for light and dark."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from multiplane_study.html_report.results import Bench

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TEXT, _LINE = "#010203", "#040506"
"""Stand for the page's colours of text and of lines, which the browser fills in."""
_COLOURS = ("#d9782d", "#3f87d4", "#2fa078", "#9a7fd8", "#c9587d", "#8a8f98", "#b59a2c")
_MOST_ROWS = len(_COLOURS)
_WIDTH = 7.4  # inches of 72 px


def intervals(bench: Bench, figure: str) -> str:
    """Every method's mean with its 95 % interval."""
    rows = [row for row in bench.rows if row["figures"][figure]["mean"] is not None]
    drawing, axes = _empty(0.32 * len(rows) + 0.8)
    for place, row in enumerate(rows):
        found = row["figures"][figure]
        _whisker(axes, found["mean"], found["low"], found["high"], -place, _colour(place))
    _named(axes, [row["title"] for row in rows])
    axes.set_xlabel(_title(bench, figure))
    return _svg(drawing, f"intervals {bench.name} {figure}")


def differences(bench: Bench, figure: str) -> str:
    """Every other method minus ours on the same scenes, with the 95 % interval; "" without any."""
    rows = [row for row in bench.rows if figure in row["against"]]
    if not rows:
        return ""
    drawing, axes = _empty(0.32 * len(rows) + 0.8)
    axes.axvline(0.0, color=_LINE, linewidth=1)
    for place, row in enumerate(rows):
        found = row["against"][figure]
        _whisker(axes, found["difference"], found["low"], found["high"], -place, _colour(place + 1))
    _named(axes, [row["title"] for row in rows])
    axes.set_xlabel(f"{_title(bench, figure)}: minus ours")
    return _svg(drawing, f"differences {bench.name} {figure}")


def groups(bench: Bench, figure: str, group: str) -> str:
    """The methods' means in each group of scenes; "" where there is one group only."""
    names = [name for name in bench.rows[0]["by"][group] if name]
    if len(names) < 2:
        return ""
    rows = bench.rows[:_MOST_ROWS]
    drawing, axes = _empty(3.0)
    for place, row in enumerate(rows):
        values = [row["by"][group].get(name, {}).get(figure) for name in names]
        shift = 0.09 * (place - (len(rows) - 1) / 2)
        at = [index + shift for index, value in enumerate(values) if value is not None]
        known = [value for value in values if value is not None]
        axes.plot(
            at, known, "o", color=_colour(place), markersize=7 if place == 0 else 5,
            label=row["title"],
        )  # fmt: skip
    axes.set_xticks(range(len(names)), names, rotation=20 if len(names) > 4 else 0, ha="right"
                    if len(names) > 4 else "center")  # fmt: skip
    axes.set_ylabel(_title(bench, figure))
    axes.set_ylim(bottom=0.0)
    axes.grid(axis="y", color=_LINE, linewidth=0.6)
    _legend_above(axes)
    return _svg(drawing, f"groups {bench.name} {figure} {group}")


def shares(bench: Bench, figure: str) -> str:
    """The share of scenes that reach at least each value, by method."""
    drawing, axes = _empty(3.0)
    for place, row in enumerate(bench.rows[:_MOST_ROWS]):
        values = sorted(
            scene["rows"][row["name"]][figure]
            for scene in bench.read["scenes"]
            if scene["rows"].get(row["name"], {}).get(figure) is not None
        )
        if values:
            reached = [1.0 - index / len(values) for index in range(len(values))]
            axes.plot(values, reached, color=_colour(place), label=row["title"],
                      linewidth=2.2 if place == 0 else 1.4)  # fmt: skip
    axes.set_xlabel(_title(bench, figure))
    axes.set_ylabel("share of scenes that reach it")
    axes.set_ylim(0.0, 1.02)
    axes.grid(color=_LINE, linewidth=0.6)
    _legend_above(axes)
    return _svg(drawing, f"shares {bench.name} {figure}")


def reliability(name: str, curve: Sequence[Mapping[str, Any]]) -> str:
    """How often layers were right by how sure the program was; area by number of layers."""
    drawing, axes = _empty(3.4)
    axes.plot([0, 1], [0, 1], color=_LINE, linewidth=1)
    most = max(one["layers"] for one in curve)
    axes.scatter(
        [one["confidence"] for one in curve],
        [one["good"] for one in curve],
        s=[25 + 300 * one["layers"] / most for one in curve],
        color=_colour(0),
        alpha=0.85,
    )
    axes.set_xlabel("confidence")
    axes.set_ylabel("share of layers that were right")
    axes.set_xlim(-0.03, 1.03)
    axes.set_ylim(-0.06, 1.08)
    return _svg(drawing, f"reliability {name}")


def axis(bench: Bench, axis: Mapping[str, Any]) -> str:
    """An axis of ablations: means with intervals, over numbers where its values are some.

    The model's own setting is ringed. Values that are no numbers, on an axis of numbers, are level
    lines. "" where nothing was to be measured.
    """
    figure = axis["figure"]
    means = {row["name"]: row["figures"][figure] for row in bench.rows}
    shown = [point for point in axis["points"] if means[point["row"]]["mean"] is not None]
    numbers = [point for point in shown if point["at"] is not None]
    if not shown:
        return ""
    name = f"axis {bench.name} {bench.read['model']} {axis['name']}"
    if len(numbers) < 2:
        drawing, axes = _empty(0.32 * len(shown) + 0.8)
        for place, point in enumerate(shown):
            found = means[point["row"]]
            _whisker(axes, found["mean"], found["low"], found["high"], -place, _colour(0))
            if point["own"]:
                _ring(axes, found["mean"], -place)
        _named(axes, [point["label"] for point in shown])
        axes.set_xlabel(_title(bench, figure))
        return _svg(drawing, name)
    drawing, axes = _empty(3.0)
    at = [point["at"] for point in numbers]
    values = [means[point["row"]] for point in numbers]
    axes.fill_between(
        at, [one["low"] for one in values], [one["high"] for one in values],
        color=_colour(0), alpha=0.18, linewidth=0,
    )  # fmt: skip
    axes.plot(at, [one["mean"] for one in values], "o-", color=_colour(0), markersize=6)
    for point in numbers:
        if point["own"]:
            _ring(axes, point["at"], means[point["row"]]["mean"])
    others = [point for point in shown if point["at"] is None]
    for place, point in enumerate(others, start=1):
        axes.axhline(means[point["row"]]["mean"], color=_colour(place), linestyle="--",
                     label=point["label"])  # fmt: skip
    if others:
        axes.legend(frameon=False, fontsize=8.5, labelcolor=_TEXT)
    axes.set_xticks(at, [point["label"] for point in numbers],
                    rotation=30 if len(at) > 8 else 0)  # fmt: skip
    axes.set_ylabel(_title(bench, figure))
    axes.grid(axis="y", color=_LINE, linewidth=0.6)
    return _svg(drawing, name)


def _ring(axes: Axes, x: float, y: float) -> None:
    axes.plot([x], [y], "o", markersize=12, markerfacecolor="none", markeredgecolor=_TEXT)


def _whisker(axes: Axes, mean: float, low: float, high: float, at: float, colour: str) -> None:
    axes.plot([low, high], [at, at], color=colour, linewidth=2, solid_capstyle="round")
    axes.plot([mean], [at], "o", color=colour, markersize=7)


def _named(axes: Axes, titles: Sequence[str]) -> None:
    axes.set_yticks([-place for place in range(len(titles))], titles)
    axes.set_ylim(0.6 - len(titles), 0.6)
    axes.grid(axis="x", color=_LINE, linewidth=0.6)


def _title(bench: Bench, figure: str) -> str:
    told = bench.read["figures"][figure]
    return f"{told['title']}, {told['unit']}" if told["unit"] else str(told["title"])


def _colour(place: int) -> str:
    return _COLOURS[min(place, _MOST_ROWS - 1)]


def _legend_above(axes: Axes) -> None:
    axes.legend(
        loc="upper center",
        bbox_to_anchor=(0.5, 1.24),
        ncols=4,
        frameon=False,
        fontsize=8.5,
        labelcolor=_TEXT,
    )


def _empty(height: float) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    drawing = Figure(figsize=(_WIDTH, height), layout="constrained")
    drawing.patch.set_alpha(0.0)
    axes = drawing.add_subplot()
    axes.patch.set_alpha(0.0)
    axes.set_axisbelow(True)
    axes.tick_params(colors=_TEXT, labelcolor=_TEXT, length=0)
    axes.xaxis.label.set_color(_TEXT)
    axes.yaxis.label.set_color(_TEXT)
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
    return drawing, axes


def _svg(drawing: Figure, name: str) -> str:
    import matplotlib

    out = io.StringIO()
    # Text stays text, in the page's font; the salt keeps ids of several plots apart, and alike
    # from run to run.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        drawing.savefig(
            out, format="svg", metadata={"Date": None, "Creator": None, "Format": None,
                                         "Type": None},
        )  # fmt: skip
    text = out.getvalue()
    text = text[text.index("<svg") :]
    return text.replace(_TEXT, "currentColor").replace(_LINE, "var(--line)")
