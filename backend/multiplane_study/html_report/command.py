"""What `multiplane study report` does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from multiplane.contract.errors import MultiplaneError
from multiplane.models.fingerprint import fingerprint
from multiplane.models.load import choose, choose_depth, load_depth, load_reading
from multiplane.models.places import require
from multiplane_study.bench.sets import STYLIZED, STYLIZED_500, BenchSet, set_of
from multiplane_study.html_report.page import USUAL, WORST, write_page
from multiplane_study.html_report.results import Bench, Results, read_results
from multiplane_study.html_report.strips import StripMaker

_SETS = {"stylizedbench-500": STYLIZED_500, "stylizedbench": STYLIZED}
"""Names in result files that `set_of` calls otherwise."""


def run_report(
    reports: Path,
    out: Path,
    *,
    strips: bool,
    kept: Path,
    sets: dict[str, str],
    model: str,
    depth_model: str,
    device: str,
    on_strip: Callable[[int, int], None],
) -> Results:
    """Read `reports`, make the strips that are not kept yet, and write `out`.

    sets: for a set's name in a result, what `study quality --set` got. Raises InputError as
    `read_results` and `choose` do.
    """
    results = read_results(reports)
    if not strips or not results.benches:
        write_page(out, results, None)
        return results
    wanted = choose(model, device)
    maker = StripMaker(
        load_reading(wanted, device),
        load_depth(choose_depth(depth_model), device),
        fingerprint(require(wanted)),
        kept,
    )
    total = sum(len(one.usual(USUAL)) + len(one.worst(WORST)) for one in results.benches)
    known: dict[str, BenchSet | str] = {}
    done = 0

    def strip(bench: Bench, number: int) -> bytes | str:
        nonlocal done
        done += 1
        on_strip(done, total)
        name = bench.read["set"]["name"]
        if bench.read["set"]["protocol"] != "drawn":
            return "The pictures of this protocol are painted anew and not kept."
        if bench.read["model"] != maker.painter.profile.name:
            return f"No picture: measured with {bench.read['model']}, see --model."
        if name not in known:
            known[name] = _set(sets.get(name, _SETS.get(name, name)))
        found = known[name]
        if isinstance(found, str):
            return found
        case = found.case(number)
        return maker.strip(name, case) if case else "No picture: the case can't be used."

    write_page(out, results, strip)
    return results


def _set(name: str) -> BenchSet | str:
    """The set, or why its pictures can't be shown."""
    try:
        return set_of(name)
    except MultiplaneError as error:
        return f"No picture: {error}"
