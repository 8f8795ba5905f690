"""What `multiplane study quality` does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from multiplane.contract.errors import InputError
from multiplane.contract.known_names import unknown_name
from multiplane.models.facts import VisionProfile
from multiplane.models.fingerprint import fingerprint
from multiplane.models.load import choose, choose_depth, load_depth, load_painter, load_reading
from multiplane.models.places import require
from multiplane.models.vision.load import load_vision
from multiplane_study.bench.generated import judged_figures, judged_set, painted_set
from multiplane_study.bench.rows import Beside, rows_for
from multiplane_study.bench.run import OnScene, Run, measure, tried
from multiplane_study.bench.sets import STYLIZED_500, set_of
from multiplane_study.bench.tables import report_of
from multiplane_study.report import Report
from multiplane_study.stylized500.draw import Drawer
from multiplane_study.training.judge import BUNDLED_JUDGE, read_judge

PROTOCOLS = ("drawn", "generated")


@dataclass(frozen=True)
class BenchOptions:
    """What is asked for on the command line.

    scenes: None for as many as the set usually has; rows: () for all. beside: NAME=FOLDER, or a
    folder, of whose name the rows are called.
    """

    set_: str
    scenes: int | None
    seeds: int
    layers_every: int
    films: int
    rows: tuple[str, ...]
    beside: tuple[str, ...]
    kept: Path
    protocol: str = "drawn"


def run_bench(
    options: BenchOptions,
    model: str,
    depth_model: str,
    device: str,
    on_scene: OnScene,
    say: Callable[[str], None],
) -> Report:
    """Measure and sum up; `say` is told what is left out.

    Raises InputError `study.row_unknown`, `study.protocol_unknown`, `study.protocol_drawn_only`,
    `study.beside_same_name`, and as `set_of` and `choose`.
    """
    generated = _is_generated(options)
    wanted, wanted_depth = choose(model, device), choose_depth(depth_model)
    named = [_beside(given) for given in options.beside]
    _check_names([name for name, _ in named], wanted.name)
    others = [(name, choose(place, device)) for name, place in named]
    loaded: dict[str, Any] = {}

    def load(profile: VisionProfile) -> Any:
        if profile.name not in loaded:
            loaded[profile.name] = load_vision(profile, device)
        return loaded[profile.name]

    beside = [
        Beside(name, load_reading(other, device), fingerprint(require(other)))
        for name, other in others
    ]
    rows = list(rows_for(load, beside=beside))
    known = [row.name for row in rows]
    for name in options.rows:
        if name not in known:
            raise unknown_name("study.row_unknown", "method", name, known, field="--row")
    if options.rows:
        # Ours is what the others are compared with.
        rows = [row for row in rows if row.name in options.rows or row.name == known[0]]
    # What paints is read by its own attention, what is drawn by the weights that read drawings.
    painter = (load_painter if generated else load_reading)(wanted, device)
    set_ = (
        painted_set(painter, read_judge(BUNDLED_JUDGE)[0], Drawer())
        if generated
        else set_of(options.set_)
    )
    scenes = min(options.scenes or set_.usual or len(set_.numbers), len(set_.numbers))
    run = Run(
        set_=set_,
        painter=painter,
        depth_model=load_depth(wanted_depth, device),
        rows=rows,
        scenes=scenes,
        kept_in=options.kept,
        weights=f"{fingerprint(require(wanted))} {fingerprint(require(wanted_depth))}",
        seeds=(0,) if generated else tuple(range(options.seeds)),
        layered=options.layers_every,
        filmed=0 if generated else min(options.films, scenes),
    )
    result = measure(run, on_scene, lambda error: say(str(error)))
    if generated:
        judged = judged_set(read_judge(BUNDLED_JUDGE)[0], Drawer())
        drawn = measure(replace(run, set_=judged), on_scene)
        result = replace(result, judged=judged_figures(result, drawn, tried(run)))
    return report_of(result)


def _beside(given: str) -> tuple[str, str]:
    """The name of another model's rows, and its folder."""
    name, _, place = given.partition("=")
    if place and not Path(given).is_dir():
        return name, place
    return Path(given).absolute().name, given


def _check_names(names: Sequence[str], model: str) -> None:
    for place, name in enumerate(names):
        if name in (model, *names[:place]):
            raise InputError(
                "study.beside_same_name",
                "Two models of one name cannot be told apart in the tables.",
                field="--beside",
                value=name,
                remedy="Call it otherwise: --beside NAME=FOLDER.",
            )


def _is_generated(options: BenchOptions) -> bool:
    if options.protocol not in PROTOCOLS:
        raise unknown_name(
            "study.protocol_unknown", "protocol", options.protocol, PROTOCOLS, field="--protocol"
        )
    generated = options.protocol == "generated"
    if generated and options.set_ != STYLIZED_500:
        raise InputError(
            "study.protocol_drawn_only",
            "Only the prompts of StylizedBench-500 are painted: the judge knows what they name.",
            field="--protocol",
            value=options.protocol,
            remedy="Leave --protocol out, or give --set 500.",
        )
    return generated
