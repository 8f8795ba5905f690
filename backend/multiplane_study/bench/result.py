"""The file that a run of the bench writes, and that everything later reads.

`Result.figures()` is the top level of `reports/stylizedbench-500.json`; `form` changes when a key
does. Numbers are null where nothing was to be measured (an order in a picture of one subject).

    study     "bench"
    form      1
    set       name; protocol ("drawn" or "generated"); scenes: how many were measured; of: how many
              the set has; checksum: of the measured ones' drawing; as_pinned: whether each is drawn
              as the set pins it (null: nothing is pinned); note: what is to be known beside it
    model     the picture model's name
    seeds     the noise's seeds; a scene's figure is the mean over them
    figures   {figure: {title, unit, better ("high" or "low")}}, in the order of tables; "iou" leads
    rows      in the order of tables; "ours" is the first:
      name, title, note
      missing   null, or why it did not run ("weights absent, `multiplane models pull ...`"): then
                nothing below is there
      figures   {figure: {mean, low, high, scenes}}; low and high: 95 %, bootstrap over scenes
      by        {"style" | "subjects" | "source" | "words" | "hard": {group: {figure: mean}}}
                "hard" has "hard" and "plain" (all scenes with and without), and each kind of hard
      spread    {figure: standard deviation of the set's mean over the seeds}; empty for one seed
      against   {figure: {difference, low, high, p, scenes}}: this row minus "ours" on the scenes
                that both have; p: Wilcoxon's signed rank, corrected by Benjamini and Hochberg over
                all rows of the figure; empty for "ours"
      peak_mb   memory that the row took at most on one picture, beside the weights
    scenes    number; style; subjects; source; words; hard: its kinds; caption;
              rows: {row: {figure: value}}
    presets   {row: {preset: {films, bad, edge, hole, bite, fringe}}}: worst frames, where filmed
    judged    null, or of "generated" the judge's own error, see `bench.generated`
    mean_miou, known, doubt, ...: the first of all these once more, see `bench.headline`
    measured  date, commit, machine and versions, see `report.surroundings`

What reads it should go by names: rows and figures come and go. A picture of a scene comes from its
number, by `sets.set_of(name)`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from multiplane_study.artists.absent import AbsentScore
from multiplane_study.bench.case import Tags
from multiplane_study.bench.headline import headline
from multiplane_study.bench.statistics import Interval, Paired, interval_of, paired
from multiplane_study.doubt import LayerScore

FORM = 1
Protocol = Literal["drawn", "generated"]
Values = Mapping[str, float | None]
"""Figures by name."""
GROUPS = ("style", "subjects", "source", "words")


@dataclass(frozen=True)
class Figure:
    """Something that is measured of an answer. unit: "" for a share or a score 0..1."""

    name: str
    title: str
    better: Literal["high", "low"] = "high"
    unit: str = ""


@dataclass(frozen=True)
class SetFacts:
    """What was measured on, as the file's `set` has it."""

    name: str
    of: int
    checksum: str
    as_pinned: bool | None
    protocol: Protocol = "drawn"
    note: str = ""


@dataclass(frozen=True)
class RowResult:
    """What a row reached. by_seed: per seed, per scene its figures; empty where it did not run.

    layers: what it said of its layers under the first seed, beside what they are worth.
    """

    name: str
    title: str
    note: str = ""
    missing: str | None = None
    by_seed: tuple[tuple[Values, ...], ...] = ()
    peak_mb: float | None = None
    layers: tuple[LayerScore, ...] = ()

    def scenes(self, figures: Sequence[str]) -> list[dict[str, float | None]]:
        """Per scene its figures, as means over the seeds."""
        return [
            {name: _mean([one.get(name) for one in seeds]) for name in figures}
            for seeds in zip(*self.by_seed, strict=True)
        ]


@dataclass(frozen=True)
class Result:
    """All that a run has found. scenes: what each is counted under, in the rows' order.

    absent: what became of subjects that are not there, where such were asked for.
    """

    facts: SetFacts
    model: str
    seeds: tuple[int, ...]
    figures_of: tuple[Figure, ...]
    scenes: tuple[Tags, ...]
    rows: tuple[RowResult, ...]
    presets: Mapping[str, Mapping[str, Mapping[str, float]]] = field(default_factory=dict)
    judged: Mapping[str, Any] | None = None
    absent: tuple[AbsentScore, ...] = ()

    def figures(self) -> dict[str, Any]:
        """The keys that `--json` writes, as told above."""
        names = [figure.name for figure in self.figures_of]
        values = {row.name: row.scenes(names) for row in self.rows if row.missing is None}
        ours = values.get(self.rows[0].name) if self.rows else None
        against = {name: self._against(values, name) for name in names} if ours else {}
        return {
            "form": FORM,
            "set": {
                "name": self.facts.name,
                "protocol": self.facts.protocol,
                "scenes": len(self.scenes),
                "of": self.facts.of,
                "checksum": self.facts.checksum,
                "as_pinned": self.facts.as_pinned,
                "note": self.facts.note,
            },
            "model": self.model,
            "seeds": list(self.seeds),
            "figures": {
                one.name: {"title": one.title, "unit": one.unit, "better": one.better}
                for one in self.figures_of
            },
            "rows": [self._row(row, names, values, against) for row in self.rows],
            "scenes": [
                {
                    **tags.as_dict(),
                    "rows": {name: rounded(scenes[place]) for name, scenes in values.items()},
                }
                for place, tags in enumerate(self.scenes)
            ],
            "presets": self.presets,
            "judged": self.judged,
            **headline(self.scenes, values, self.rows[0].layers if self.rows else (), self.absent),
        }

    def _against(
        self, values: Mapping[str, list[dict[str, float | None]]], figure: str
    ) -> dict[str, Paired]:
        ours = [scene[figure] for scene in values[self.rows[0].name]]
        others = {
            name: [scene[figure] for scene in scenes]
            for name, scenes in values.items()
            if name != self.rows[0].name
        }
        return paired(others, ours)

    def _row(
        self,
        row: RowResult,
        names: Sequence[str],
        values: Mapping[str, list[dict[str, float | None]]],
        against: Mapping[str, Mapping[str, Paired]],
    ) -> dict[str, Any]:
        told: dict[str, Any] = {
            "name": row.name, "title": row.title, "note": row.note, "missing": row.missing,
        }  # fmt: skip
        if row.missing is not None:
            return told
        scenes = values[row.name]
        each: dict[str, Interval | None] = {
            name: interval_of([scene[name] for scene in scenes]) for name in names
        }
        return told | {
            "figures": {name: _interval(found) for name, found in each.items()},
            "by": self._groups(scenes, names),
            "spread": self._spread(row, names),
            "against": {
                name: rows[row.name]._asdict() for name, rows in against.items() if row.name in rows
            },
            "peak_mb": row.peak_mb,
        }

    def _groups(
        self, scenes: Sequence[Mapping[str, float | None]], names: Sequence[str]
    ) -> dict[str, dict[str, dict[str, float | None]]]:
        groups: dict[str, dict[str, list[int]]] = {name: {} for name in (*GROUPS, "hard")}
        for place, tags in enumerate(self.scenes):
            said = tags.as_dict()
            for name in GROUPS:
                groups[name].setdefault(str(said[name]), []).append(place)
            groups["hard"].setdefault("hard" if tags.hard else "plain", []).append(place)
            for kind in tags.hard:
                groups["hard"].setdefault(kind, []).append(place)
        return {
            name: {
                group: {figure: _mean([scenes[k][figure] for k in members]) for figure in names}
                for group, members in sorted(members_of.items())
            }
            for name, members_of in groups.items()
        }

    @staticmethod
    def _spread(row: RowResult, names: Sequence[str]) -> dict[str, float | None]:
        if len(row.by_seed) < 2:
            return {}
        means = {
            name: [_mean([scene.get(name) for scene in scenes]) for scenes in row.by_seed]
            for name in names
        }
        return {name: _deviation(found) for name, found in means.items()}


def rounded(values: Values) -> dict[str, float | None]:
    """To four digits behind the point: a scene's figures are not known better."""
    return {name: None if one is None else round(one, 4) for name, one in values.items()}


def _interval(found: Interval | None) -> dict[str, float | int | None]:
    if found is None:
        return {"mean": None, "low": None, "high": None, "scenes": 0}
    return found._asdict()


def _mean(values: Sequence[float | None]) -> float | None:
    known = [one for one in values if one is not None]
    return sum(known) / len(known) if known else None


def _deviation(values: Sequence[float | None]) -> float | None:
    known = [one for one in values if one is not None]
    if len(known) < 2:
        return None
    middle = sum(known) / len(known)
    return float((sum((one - middle) ** 2 for one in known) / (len(known) - 1)) ** 0.5)
