"""A run of the bench: every row on every case, kept as it goes."""

from __future__ import annotations

import hashlib
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from multiplane.contract.errors import Failure, InputError
from multiplane.depth.estimate import DepthModel
from multiplane_study import metrics
from multiplane_study.artists.absent import AbsentScore, score_absent
from multiplane_study.bench.answer import Matched, matched
from multiplane_study.bench.case import Case, Tags
from multiplane_study.bench.figures import FIGURES, figures_of
from multiplane_study.bench.kept import Kept, source_key
from multiplane_study.bench.layer_figures import layers_of
from multiplane_study.bench.look import Look
from multiplane_study.bench.result import Result, RowResult, SetFacts, Values
from multiplane_study.bench.rows import OURS, Row
from multiplane_study.bench.sets import BenchSet, all_as_pinned, checksum_of_all
from multiplane_study.doubt import LayerScore
from multiplane_study.hidden import worst_frames_of
from multiplane_study.peak_memory import peak_bytes
from multiplane_study.scenes import Scene
from multiplane_study.scenes.pinned import drawn_as

if TYPE_CHECKING:
    from multiplane.models.load import Painter

OnScene = Callable[[int, int], None]  # (scenes done, scenes in all)
OnLeftOut = Callable[[InputError], None]

SEEDS = (0, 1, 2)
ABSENT_EVERY = 5
"""In every fifth scene of a set that can, something else is asked for, in a pass of its own."""
FILMED = 5
"""Scenes of which every preset's worst frame is looked at, by our row."""


@dataclass(frozen=True)
class Run:
    """What is measured with what. weights: what identifies both models, for what is kept.

    scenes: how many of the set, its first. layered: of every how many-th scene layers are built,
    under the first seed; 0: of none. filmed: of how many scenes every preset is looked at.
    weighed: whether the rows' memory is measured, for which each cuts once more.
    """

    set_: BenchSet
    painter: Painter
    depth_model: DepthModel
    rows: Sequence[Row]
    scenes: int
    kept_in: Path
    weights: str = ""
    seeds: Sequence[int] = SEEDS
    layered: int = 1
    filmed: int = FILMED
    weighed: bool = True


def measure(
    run: Run,
    on_scene: OnScene = lambda done, total: None,
    on_left_out: OnLeftOut = lambda error: None,
) -> Result:
    """Measure what has not been measured yet, and sum it all up.

    What is done is kept after every row of every scene: after a stop the same call goes on. A case
    that cannot be read is left out and told to `on_left_out`; the others go on. Raises its error
    where none is left, and Failure `study.set.nothing_usable` where none can be used.
    """
    kept = _Memory(run)
    numbers: list[int] = []
    tags: list[Tags] = []
    drawn: list[str] = []
    bad: list[InputError] = []
    rows = [row for row in run.rows if row.missing is None]
    found: dict[str, list[list[Values]]] = {row.name: [[] for _ in run.seeds] for row in rows}
    layers: dict[str, list[LayerScore]] = {row.name: [] for row in rows}
    absent: list[AbsentScore] = []
    for number in run.set_.numbers:
        if len(numbers) == run.scenes:
            break
        one = _OneCase(run, kept, number, len(numbers))
        try:
            facts = one.facts()
        except InputError as error:
            bad.append(error)
            on_left_out(error)
            continue
        if facts is None:
            continue
        if len(numbers) < run.filmed:
            one.filmed(rows[0])
        for row in rows:
            for index, seed in enumerate(run.seeds):
                found[row.name][index].append(one.values(row, seed))
            layers[row.name] += one.layers(row)
        if run.set_.absent_word is not None and (len(numbers) + 1) % ABSENT_EVERY == 0:
            absent.append(one.absent(run.set_.absent_word))
        numbers.append(number)
        tags.append(facts[0])
        drawn.append(facts[1])
        on_scene(len(numbers), min(run.scenes, len(run.set_.numbers)))
    if bad and not numbers:
        raise bad[0]
    if not numbers:
        raise Failure(
            "study.set.nothing_usable",
            f"Of the set {run.set_.name} no picture could be used.",
            field="--set",
            value=run.set_.name,
            remedy="Painted pictures must show all that their prompts ask for: use another model, "
            "or leave --protocol out.",
        )
    notes = [run.set_.note, *(f"left out: {error}" for error in bad)]
    return Result(
        SetFacts(
            run.set_.name,
            len(run.set_.numbers),
            checksum_of_all(drawn),
            all_as_pinned(run.set_.pinned, numbers, drawn),
            run.set_.protocol,
            "; ".join(note for note in notes if note),
        ),
        run.painter.profile.name,
        tuple(run.seeds),
        FIGURES,
        tuple(tags),
        tuple(
            RowResult(
                row.name, row.title, row.note, row.missing,
                tuple(map(tuple, found.get(row.name, ()))), kept.peak_mb(row),
                tuple(layers.get(row.name, ())),
            )
            for row in run.rows
        ),
        {OURS: kept.presets(numbers[: run.filmed])} if run.filmed else {},
        absent=tuple(absent),
    )  # fmt: skip


def tried(run: Run) -> int:
    """How many cases of the set have been looked at so far, usable or not."""
    return len(_Memory(run).cases)


class _Memory:
    """What is kept of a run: facts of cases, figures by row, seed and case, films, memory."""

    def __init__(self, run: Run) -> None:
        folder = run.kept_in / f"{run.set_.name}-{run.set_.protocol}"

        def file(name: str, weights: str = "") -> Kept:
            text = f"{source_key()} {run.weights} {weights}"
            version = hashlib.sha256(text.encode()).hexdigest()[:16]
            return Kept(folder / f"{name.replace(':', '-')}.jsonl", version)

        self.cases, self.films, self.memory = file("cases"), file("films"), file("memory")
        self.absent, self.said = file("absent"), file("said")
        self.rows = {row.name: file(row.name, row.weights) for row in run.rows}

    def peak_mb(self, row: Row) -> float | None:
        peak: float | None = self.memory.get(row.name)
        return peak

    def presets(self, numbers: Sequence[int]) -> dict[str, dict[str, float]]:
        """Of some cases' films together."""
        whole: dict[str, dict[str, float]] = {}
        for number in numbers:
            for preset, seen in self.films[str(number)].items():
                held = whole.setdefault(preset, dict.fromkeys(seen, 0))
                for name, value in seen.items():
                    added = name in ("films", "bad")
                    held[name] = held[name] + value if added else max(held[name], value)
        return whole


class _OneCase:
    """One case of a run; it is drawn only where something of it has not been measured."""

    def __init__(self, run: Run, kept: _Memory, number: int, place: int) -> None:
        self._run, self._kept, self._number = run, kept, number
        self._layered = bool(run.layered) and place % run.layered == 0
        self._case: Case | None = None
        self._looks: dict[int, Look] = {}

    def facts(self) -> tuple[Tags, str] | None:
        """What it is counted under, and what it is drawn as; None where it cannot be used."""
        key = str(self._number)
        if key not in self._kept.cases:
            case = self._run.set_.case(self._number)
            told = None
            if case is not None:
                self._case = case
                told = {"tags": case.tags.as_dict(), "drawn_as": drawn_as(case.scene)}
            self._kept.cases.keep(key, told)
        read = self._kept.cases[key]
        if read is None:
            return None
        return Tags(**{**read["tags"], "hard": tuple(read["tags"]["hard"])}), read["drawn_as"]

    def values(self, row: Row, seed: int) -> Values:
        """A row's figures under a seed."""
        kept = self._kept.rows[row.name]
        layered = self._layered and seed == self._run.seeds[0]
        key = f"{self._number} {seed if row.noisy else 'any'}{' layers' if layered else ''}"
        if key not in kept:
            case = self._drawn()
            look = self._look(seed)
            answer, seconds = look.timed(row.cut)
            truths = np.stack([one.matte for one in case.scene.subjects])
            found = matched(answer, truths, look.phrases)
            if found.said and seed == self._run.seeds[0]:
                self._kept.said.keep(f"{row.name} {self._number}", _scores(case, found))
            kept.keep(key, {**figures_of(case, found, layered=layered), "seconds": seconds})
            if self._run.weighed and row.name not in self._kept.memory:
                fresh = look.fresh()
                device = str(self._run.painter.pipeline.device)
                self._kept.memory.keep(row.name, _peak_mb(device, lambda: row.cut(fresh)))
        read: dict[str, float | None] = kept[key]
        return read

    def layers(self, row: Row) -> list[LayerScore]:
        """What a row said of its layers, once its `values` have been taken; none where nothing."""
        kept = self._kept.said.get(f"{row.name} {self._number}") or []
        return [LayerScore(*one) for one in kept]

    def absent(self, word: Callable[[Scene], str]) -> AbsentScore:
        """What becomes of a subject that the picture does not show."""
        key = str(self._number)
        if key not in self._kept.absent:
            scene = self._drawn().scene
            score = score_absent(self._run.painter, scene, word(scene))
            self._kept.absent.keep(key, [score.missing, score.doubted])
        return AbsentScore(*self._kept.absent[key])

    def filmed(self, row: Row) -> None:
        """Look at every preset's worst frames."""
        key = str(self._number)
        if key in self._kept.films:
            return
        case = self._drawn()
        look = self._look(self._run.seeds[0])
        truths = np.stack([one.matte for one in case.scene.subjects])
        found = matched(row.cut(look), truths, look.phrases)
        seen = worst_frames_of([case.scene], [layers_of(case.scene, found)])
        told = {
            name: {"films": one.films, "bad": one.bad, **one.worst} for name, one in seen.items()
        }
        self._kept.films.keep(key, told)

    def _drawn(self) -> Case:
        if self._case is None:
            self._case = self._run.set_.case(self._number)
            assert self._case is not None, "it was usable before"
        return self._case

    def _look(self, seed: int) -> Look:
        if seed not in self._looks:
            self._looks[seed] = Look(self._run.painter, self._run.depth_model, self._drawn(), seed)
        return self._looks[seed]


def _scores(case: Case, found: Matched) -> list[tuple[float, float, bool]]:
    """Per subject what `LayerScore` holds."""
    truths = [one.matte > 0.5 for one in case.scene.subjects]
    return [
        (metrics.iou(mask, truth), *said)
        for mask, truth, said in zip(found.masks, truths, found.said, strict=True)
    ]


def _peak_mb(device: str, cut: Callable[[], Any]) -> float:
    """What torch and numpy take at most, in MB; what a C library takes for itself is not seen."""
    tracemalloc.start()
    try:
        tensors = peak_bytes(device, cut)
        arrays = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return (tensors + arrays) / 1e6
