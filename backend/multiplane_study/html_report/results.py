"""The result files of a folder: the bench's, ablations, and those of the other studies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from multiplane.contract.errors import InputError
from multiplane.intake.json_file import read_json
from multiplane_study.bench.result import FORM


@dataclass(frozen=True)
class Bench:
    """One result file of the bench, see `bench.result`; of ablations, which have `axes` too."""

    file: Path
    read: Mapping[str, Any]

    @property
    def rows(self) -> list[Mapping[str, Any]]:
        """The methods that ran, in the order of tables."""
        return [row for row in self.read["rows"] if row["missing"] is None]

    @property
    def absent(self) -> list[Mapping[str, Any]]:
        """The methods that did not, each with its reason."""
        return [row for row in self.read["rows"] if row["missing"] is not None]

    @property
    def headline(self) -> str:
        """The figure that leads."""
        return next(iter(self.read["figures"]))

    @property
    def ours(self) -> str:
        """The row that the others are compared with."""
        return str(self.rows[0]["name"])

    @property
    def name(self) -> str:
        return f"{self.read['set']['name']} ({self.read['set']['protocol']})"

    def worst(self, count: int) -> list[Mapping[str, Any]]:
        """The scenes at which ours is worst, the worst first; none is left out."""
        return self._by_headline()[:count]

    def usual(self, count: int) -> list[Mapping[str, Any]]:
        """Scenes round the median of ours, styles in turn, so that they are no choice of ours."""
        ordered = self._by_headline()
        ranks = sorted(range(len(ordered)), key=lambda rank: abs(2 * rank - len(ordered) + 1))
        by_style: dict[str, list[Mapping[str, Any]]] = {}
        for rank in ranks:
            by_style.setdefault(ordered[rank]["style"], []).append(ordered[rank])
        chosen: list[Mapping[str, Any]] = []
        while len(chosen) < min(count, len(ordered)):
            for style in sorted(by_style):
                if by_style[style] and len(chosen) < count:
                    chosen.append(by_style[style].pop(0))
        return chosen

    def _by_headline(self) -> list[Mapping[str, Any]]:
        known = [
            scene
            for scene in self.read["scenes"]
            if scene["rows"].get(self.ours, {}).get(self.headline) is not None
        ]
        return sorted(known, key=lambda one: (one["rows"][self.ours][self.headline], one["number"]))


@dataclass(frozen=True)
class Results:
    """All result files of a folder. others: by the study's name."""

    benches: tuple[Bench, ...]
    others: Mapping[str, Mapping[str, Any]]
    ablations: tuple[Bench, ...] = ()


def read_results(folder: Path) -> Results:
    """Read every JSON file of a folder.

    Raises InputError `study.report.nothing` where there is none, `study.report.form` for a result
    of the bench in a form that this version can't read, and as `read_json`.
    """
    benches: list[Bench] = []
    ablations: list[Bench] = []
    others: dict[str, Mapping[str, Any]] = {}
    for file in sorted(folder.glob("*.json")):
        read = read_json(file, kind="study")
        if "study" not in read:
            continue
        if read["study"] not in ("bench", "ablations"):
            others[file.stem] = read
            continue
        if read.get("form") != FORM:
            raise InputError(
                "study.report.form",
                "This result has a form that this version can't read.",
                file=str(file),
                field="form",
                value=read.get("form"),
                remedy="Measure again: multiplane study quality --set ... --json FILE, or "
                "multiplane study ablations --json FILE.",
            )
        bench = Bench(file, read)
        if bench.rows and read["scenes"]:
            (benches if read["study"] == "bench" else ablations).append(bench)
    if not benches and not others and not ablations:
        raise InputError(
            "study.report.nothing",
            "There is no result in this folder.",
            file=str(folder),
            field="--reports",
            remedy="Study commands write one with --json: multiplane study quality --set 500 "
            f"--json {folder / 'stylizedbench-500.json'}.",
        )
    return Results(tuple(benches), others, tuple(ablations))
