"""Where a shot's time goes, by step: a drawing of full size with three subjects, from file to film.

CPU seconds of all threads, so that other work on the computer hardly counts. With another checkout
of the project the same drawing is made by both, turn about in one run.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from multiplane.contract.errors import Failure
from multiplane_study.report import Cell, Report
from multiplane_study.scenes import draw_scene

SIZE = (1920, 1080)
SUBJECTS = 3
_SEED, _STYLE = 11, "flat color"
_HERE = Path(__file__).resolve().parents[2]

# Every step: functions whose time it is, and functions within them whose time it is not.
_MATTES = ("layers/mattes.py:solve_mattes", "layers/foreground.py:edge_colours",
           "layers/foreground.py:without_halo", "layers/rims.py:with_rims")  # fmt: skip
_ENCODE = "autoencoders/autoencoder_kl.py:encode"
_FILM, _CHECK = "deliver/preview.py:write_preview", "deliver/film_check.py:check_film"
_STAGE = "stage/shot.py:stage_shot"
STEPS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "read": (("intake/picture.py:load_picture",), ()),
    "encode": ((_ENCODE,), ()),
    "capture": (("models/paint.py:single_pass",), (_ENCODE,)),
    "cut": (("layers/cut.py:cut_subjects",), _MATTES[:1]),
    "matte": (_MATTES, ()),
    "fill": (("layers/stack.py:build_stack", "layers/extend.py:extend_stack"), _MATTES[1:]),
    "depth": (("depth/estimate.py:estimate_nearness", "depth/order.py:order"), ()),
    "stage": ((_STAGE, _CHECK), ()),
    "preview": ((_FILM,), ()),
    "write": (("deliver/shot.py:deliver_shot",), (_FILM,)),
}
LAYERS = ("read", "encode", "capture", "cut", "matte", "fill", "depth")
"""The steps from the file to its layers."""
_WHOLE = "produce/shot.py:produce_shot"
_LOADING = ("models/load.py:load_painter", "models/load.py:load_depth")


@dataclass(frozen=True)
class Spent:
    """CPU seconds of one shot: by step, in all, and all that no step explains.

    None for a step that the checkout has no function of its own for: its time is among the rest.
    """

    steps: dict[str, float | None]
    whole: float

    @property
    def to_layers(self) -> float | None:
        """None where one of the steps is not told apart."""
        known = [spent for name in LAYERS if (spent := self.steps[name]) is not None]
        return sum(known) if len(known) == len(LAYERS) else None

    def figures(self) -> dict[str, object]:
        """The keys that `--json` writes."""
        rest = self.whole - sum(spent or 0.0 for spent in self.steps.values())
        return {
            "cpu_s": {**self.steps, "other": rest},
            "file_to_layers_cpu_s": self.to_layers,
            "shot_cpu_s": self.whole,
        }


def measure_throughput(
    *,
    against: Path | None = None,
    rounds: int = 1,
    size: tuple[int, int] = SIZE,
    on_round: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """Make the drawing `rounds` times; `against`: another checkout that does the same.

    Raises Failure when a checkout cannot make it.
    """
    trees = [_HERE] if against is None else [_HERE, against.resolve()]
    runs: list[list[Spent]] = [[] for _ in trees]
    with tempfile.TemporaryDirectory() as folder:
        board = _storyboard(Path(folder), size)
        for number in range(rounds):
            for tree, found in zip(trees, runs, strict=True):
                found.append(_made_by(tree, board, Path(folder) / "out"))
            on_round(number + 1, rounds)
    ours, *others = [_median(found) for found in runs]
    figures = {"size": list(size), "subjects": SUBJECTS, "rounds": rounds, **ours.figures()}
    report = Report("throughput", figures)
    columns: tuple[str, ...] = ("step", "CPU s", "share")
    if others:
        theirs = others[0]
        figures["against"] = theirs.figures()
        figures["ratio"] = {
            **{name: _ratio(ours.steps[name], theirs.steps[name]) for name in STEPS},
            "file_to_layers": _ratio(ours.to_layers, theirs.to_layers),
            "shot": _ratio(ours.whole, theirs.whole),
        }
        columns += ("the other's", "ratio")
    rows: list[tuple[Cell, ...]] = []
    lines: list[tuple[str, float | None, list[float | None]]] = [
        *((name, ours.steps[name], [one.steps[name] for one in others]) for name in STEPS),
        ("from file to layers", ours.to_layers, [one.to_layers for one in others]),
        ("the whole shot", ours.whole, [one.whole for one in others]),
    ]
    for name, spent, other in lines:
        row: tuple[Cell, ...] = (name, spent, _ratio(spent, ours.whole))
        rows.append((*row, *(one for one in other), *(_ratio(spent, one) for one in other)))
    title = f"A drawing of {size[0]} x {size[1]} with {SUBJECTS} subjects"
    report.table(title, columns, rows)
    return report


def spent_by_step(functions: Mapping[str, float]) -> Spent:
    """From CPU seconds by function ("folder/file.py:name") to those by step."""

    def total(names: tuple[str, ...]) -> float:
        return sum(functions.get(name, 0.0) for name in names)

    steps = {
        name: total(own) - total(within) if any(one in functions for one in own) else None
        for name, (own, within) in STEPS.items()
    }
    return Spent(steps, functions.get(_WHOLE, 0.0) - total(_LOADING))


def _storyboard(folder: Path, size: tuple[int, int]) -> Path:
    scene = draw_scene(_SEED, *size, count=SUBJECTS, style=_STYLE)
    Image.fromarray(scene.picture).save(folder / "drawing.png")
    shot = {
        "picture": "drawing.png",
        "subjects": [one.kind for one in scene.subjects],
        "duration": 2,
        "camera": {"preset": "truck_left"},
    }
    board = folder / "storyboard.json"
    board.write_text(json.dumps({"size": list(size), "shots": [shot]}), encoding="utf-8")
    return board


def _made_by(tree: Path, board: Path, out: Path) -> Spent:
    script = Path(__file__).with_name("throughput_run.py")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tree / "backend"), str(tree)])}
    done = subprocess.run(
        [sys.executable, str(script), str(board), str(out)],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise Failure(
            "study.throughput.failed",
            f"The drawing could not be made by this checkout: {last}",
            value=str(tree),
            remedy="--against takes a folder with backend/multiplane in it.",
        )
    return spent_by_step(json.loads(done.stdout))


def _median(found: list[Spent]) -> Spent:
    steps: dict[str, float | None] = {}
    for name in STEPS:
        spent = [value for one in found if (value := one.steps[name]) is not None]
        steps[name] = statistics.median(spent) if spent else None
    return Spent(steps, statistics.median(one.whole for one in found))


def _ratio(ours: float | None, theirs: float | None) -> float | None:
    return ours / theirs if ours is not None and theirs else None
