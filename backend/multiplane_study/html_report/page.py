"""The report's HTML: one file that holds all that it shows."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from multiplane.deliver.folder import replacing_file
from multiplane.deliver.markup import text
from multiplane.deliver.web_page import asset, closing, opening, program
from multiplane_study.html_report import plots
from multiplane_study.html_report.results import Bench, Results
from multiplane_study.html_report.strips import PANELS
from multiplane_study.report import shown_cell

WORST, USUAL = 20, 10
Strip = Callable[[Bench, int], bytes | str]
"""The strip of a bench's scene by its number, as WebP; or why there is none."""

_GROUPS = {
    "style": "By style", "subjects": "By number of subjects", "hard": "What is hard",
    "source": "By who drew the subjects", "words": "By whether training knew the words",
}  # fmt: skip


def write_page(path: Path, results: Results, strip: Strip | None) -> None:
    """Write the report to `path`; without `strip` it has no pictures, and says so."""
    with replacing_file(path) as fresh, fresh.open("w", encoding="utf-8", newline="\n") as out:
        for part in _parts(results, strip):
            out.write(part)


def _parts(results: Results, strip: Strip | None) -> Iterator[str]:
    yield opening("Multiplane, measured", asset(__package__, "page.css"), "")
    yield "<header><h1>Multiplane, measured</h1>"
    yield _contents(results)
    yield "</header><main>"
    for number, bench in enumerate(results.benches):
        yield from _bench(number, bench, strip)
    for number, bench in enumerate(results.ablations):
        yield from _ablations(number, bench)
    yield from _others(results.others)
    yield f"</main><footer>Made with {text(program())}; plots by matplotlib.</footer>"
    yield closing("")


def _contents(results: Results) -> str:
    entries = [(f"bench-{n}", bench.name) for n, bench in enumerate(results.benches)]
    entries += [(f"ablations-{n}", _ablated(one)) for n, one in enumerate(results.ablations)]
    entries += [(f"other-{name}", name) for name in results.others]
    links = "".join(f'<li><a href="#{text(to)}">{text(name)}</a></li>' for to, name in entries)
    return f'<nav aria-label="Contents"><ul>{links}</ul></nav>'


def _bench(number: int, bench: Bench, strip: Strip | None) -> Iterator[str]:
    facts, figure = bench.read["set"], bench.headline
    yield f'<section id="bench-{number}"><h2>{text(bench.name)}</h2>'
    pinned = {True: "as pinned", False: "NOT as pinned", None: "not pinned"}[facts["as_pinned"]]
    yield (
        f"<p>{facts['scenes']} of {facts['of']} scenes ({pinned}), model "
        f"{text(bench.read['model'])}, seeds of the noise: {len(bench.read['seeds'])}. Intervals: "
        "95 %, bootstrap over scenes. In bold: the best of a column.</p>"
    )
    if facts["note"]:
        yield f"<p>{text(facts['note'])}</p>"
    yield _all_figures(bench)
    if bench.absent:
        rows = [(row["title"], row["missing"]) for row in bench.absent]
        yield _table("Methods that did not run", ("method", "why"), rows)
    yield _plot("Means with intervals", plots.intervals(bench, figure))
    yield _plot("Against ours, scene by scene", plots.differences(bench, figure))
    yield _tests(bench, figure)
    yield _plot("How many scenes are how good", plots.shares(bench, figure))
    for group, title in _GROUPS.items():
        yield _plot(title, plots.groups(bench, figure, group))
        yield _by_group(bench, figure, group, title)
    yield _presets(bench)
    if bench.read.get("judged"):
        yield _values("The judge's own error", bench.read["judged"])
    yield from _doubt(bench.name, bench.read)
    if bench.read.get("absent"):
        yield _values("Subjects asked for that no picture shows", bench.read["absent"])
    yield from _strips(
        bench,
        strip,
        "Usual ones",
        "Round the median of ours, styles in turn: no choice of ours.",
        bench.usual(USUAL),
    )
    yield from _strips(
        bench,
        strip,
        "The worst twenty",
        "Where ours is worst, the worst first.",
        bench.worst(WORST),
    )
    yield _measured(bench.read)
    yield "</section>"


def _ablated(bench: Bench) -> str:
    return f"Ablations: {bench.read['model']}, {bench.name}"


def _ablations(number: int, bench: Bench) -> Iterator[str]:
    facts = bench.read["set"]
    yield f'<section id="ablations-{number}"><h2>{text(_ablated(bench))}</h2>'
    yield (
        f"<p>{facts['scenes']} of {facts['of']} scenes, seeds of the noise: "
        f"{len(bench.read['seeds'])}. One thing is changed at a time; all else is as the model's "
        "profile has it. Ringed: the model's own settings. Intervals: 95 %, bootstrap over scenes. "
        "No row leaves out what is judged to be missing.</p>"
    )
    if facts["note"]:
        yield f"<p>{text(facts['note'])}</p>"
    rows = {row["name"]: row for row in bench.rows}
    for axis in bench.read["axes"]:
        figure = axis["figure"]
        yield f"<h3>{text(axis['title'])}</h3>"
        if axis["note"]:
            yield f"<p>{text(axis['note'])}</p>"
        yield _plot(axis["title"], plots.axis(bench, axis))
        lines = []
        for point in axis["points"]:
            row = rows[point["row"]]
            found, apart = row["figures"][figure], row["against"].get(figure)
            named = f"{point['label']} (own)" if point["own"] else point["label"]
            between = (
                None if found["mean"] is None else f"{found['low']:.3f} to {found['high']:.3f}"
            )
            minus = (apart["difference"], _chance(apart["p"])) if apart else (None, None)
            lines.append((named, found["mean"], between, *minus, row["figures"]["seconds"]["mean"]))
        title = f"{axis['title']}: {bench.read['figures'][figure]['title']}"
        yield _table(title, ("", "mean", "95 %", "minus own", "p", "seconds"), lines)
    boards = bench.read.get("boards")
    if boards:
        values = [boards[key] for key in ("mean", "low", "high", "scenes")]
        title = "Boards of one scene: IoU of their background plates (at best 1)"
        columns = ("", "mean", "95 % from", "to", "scenes")
        yield _table(title, columns, [("the camera a little to the side", *values)])
    yield _measured(bench.read)
    yield "</section>"


def _all_figures(bench: Bench) -> str:
    told = bench.read["figures"]
    names = [
        name for name in told if any(row["figures"][name]["mean"] is not None for row in bench.rows)
    ]
    head = "".join(
        f'<th scope="col">{text(row["title"])}<small>{text(row["note"])}</small></th>'
        for row in bench.rows
    )
    lines = []
    for name in names:
        means = [row["figures"][name]["mean"] for row in bench.rows]
        known = [mean for mean in means if mean is not None]
        best = max(known) if told[name]["better"] == "high" else min(known)
        cells = []
        for row, mean in zip(bench.rows, means, strict=True):
            if mean is None:
                cells.append("<td>–</td>")
                continue
            found = row["figures"][name]
            value = f"<strong>{mean:.3f}</strong>" if mean == best else f"{mean:.3f}"
            between = f"{found['low']:.3f} to {found['high']:.3f}"
            cells.append(f"<td>{value}<small>{between}</small></td>")
        unit = f" ({text(told[name]['unit'])})" if told[name]["unit"] else ""
        lower = " ↓" if told[name]["better"] == "low" else ""
        title = f'<th scope="row">{text(told[name]["title"])}{unit}{lower}</th>'
        lines.append(f"<tr>{title}{''.join(cells)}</tr>")
    peaks = [row.get("peak_mb") for row in bench.rows]
    if any(peak is not None for peak in peaks):
        cells = ["<td>–</td>" if peak is None else f"<td>{peak:,.0f}</td>" for peak in peaks]
        title = '<th scope="row">peak memory beside the weights (MB) ↓</th>'
        lines.append(f"<tr>{title}{''.join(cells)}</tr>")
    return (
        '<div class="wide"><table class="figures"><caption>All figures (↓: lower is better)'
        f"</caption><thead><tr><td></td>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
        "</div>"
    )


def _tests(bench: Bench, figure: str) -> str:
    rows = [
        (row["title"], one["difference"], one["low"], one["high"], _chance(one["p"]), one["scenes"])
        for row in bench.rows
        if (one := row["against"].get(figure))
    ]
    title = "Minus ours; p: Wilcoxon's signed rank, corrected for the number of methods"
    columns = ("method", "difference", "95 % from", "to", "p", "scenes")
    return _table(title, columns, rows) if rows else ""


def _by_group(bench: Bench, figure: str, group: str, title: str) -> str:
    names = [name for name in bench.rows[0]["by"][group] if name]
    if len(names) < 2:
        return ""
    rows = [
        (row["title"], *(row["by"][group].get(name, {}).get(figure) for name in names))
        for row in bench.rows
    ]
    headed = f"{title}: {bench.read['figures'][figure]['title']}"
    return _table(headed, ("method", *names), rows)


def _presets(bench: Bench) -> str:
    parts = []
    for row, presets in bench.read["presets"].items():
        if presets:
            kinds = list(next(iter(presets.values())))
            rows = [(name, *(seen[kind] for kind in kinds)) for name, seen in presets.items()]
            title = f"{row}: the worst frame of every camera preset, largest share of a frame"
            parts.append(_table(title, ("preset", *kinds), rows))
    return "".join(parts)


def _strips(
    bench: Bench, strip: Strip | None, title: str, words: str, scenes: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    yield f"<h3>{text(title)}</h3><p>{text(words)}"
    yield f" From left to right: {text(', '.join(PANELS))}.</p>" if strip else "</p>"
    if strip is None:
        yield "<p>No pictures were asked for.</p>"
    yield '<div class="strips">'
    for scene in scenes:
        shown = strip(bench, scene["number"]) if strip else ""
        yield "<figure>"
        if isinstance(shown, bytes):
            uri = "data:image/webp;base64," + base64.b64encode(shown).decode("ascii")
            yield f'<img loading="lazy" src="{uri}" alt="{text(", ".join(PANELS))}">'
        elif shown:
            yield f"<p>{text(shown)}</p>"
        values = ", ".join(
            f"{row['title']} {shown_cell(value)}"
            for row in bench.rows
            if (value := scene["rows"].get(row["name"], {}).get(bench.headline)) is not None
        )
        hard = f" ({', '.join(scene['hard'])})" if scene["hard"] else ""
        yield (
            f"<figcaption>{text(scene['number'])}: “{text(scene['caption'])}”{text(hard)}"
            f"<small>{text(values)}</small></figcaption></figure>"
        )
    yield "</div>"


def _others(others: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for name, read in others.items():
        yield f'<section id="other-{text(name)}"><h2>{text(name)}</h2>'
        yield from _doubt(name, read)
        told = {key: value for key, value in read.items() if key not in ("study", "measured")}
        yield f"<details><summary>All values</summary>{_values('', told)}</details>"
        yield _measured(read)
        yield "</section>"


def _doubt(name: str, read: Mapping[str, Any]) -> Iterator[str]:
    curve = read["doubt"].get("curve") if isinstance(read.get("doubt"), dict) else None
    if curve:
        yield _plot("Confidence and what it is worth", plots.reliability(name, curve))


def _values(title: str, told: Mapping[str, Any]) -> str:
    return _table(title, ("", ""), list(_flat(told)))


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Values by their paths; a list of numbers stays together, a long list is only counted."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        if len(value) <= 4 and all(isinstance(one, (int, float, str)) for one in value):
            yield path, ", ".join(shown_cell(one) for one in value)
        else:
            yield path, f"{len(value)} entries"
    else:
        yield path, value if isinstance(value, (int, float, str)) or value is None else str(value)


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    head = "".join(f'<th scope="col">{text(one)}</th>' for one in columns)
    if not any(columns):
        head = ""
    lines = "".join(
        "<tr>" + "".join(f"<td>{text(shown_cell(cell))}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    caption = f"<caption>{text(title)}</caption>" if title else ""
    heading = f"<thead><tr>{head}</tr></thead>" if head else ""
    return f'<div class="wide"><table>{caption}{heading}<tbody>{lines}</tbody></table></div>'


def _plot(title: str, svg: str) -> str:
    if not svg:
        return ""
    return f'<figure class="plot" role="img" aria-label="{text(title)}">{svg}</figure>'


def _measured(read: Mapping[str, Any]) -> str:
    here = read.get("measured", {})
    said = [f"{here.get('date', 'unknown date')}", f"commit {here.get('commit') or 'unknown'}"]
    said += [str(here[key]) for key in ("cpu", "gpu") if here.get(key)]
    return f'<p class="measured">{text(", ".join(said))}</p>'


def _chance(p: float | None) -> str | None:
    if p is None:
        return None
    return "< .0001" if p < 1e-4 else f"{p:.4f}"
