"""A cast that nothing shows but its words, painted with shared attention and without.

Everybody is named by their kind alone, so that the model chooses a colour anew in every shot, and
has no seed of their own. Both ways have the very same shots and seeds.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from multiplane.attention.sharing import SHARED_FROM
from multiplane.contract.output_folder import ShotFolder
from multiplane.produce.cast_looks import LEAST, judge_of
from multiplane.produce.studio import Studio
from multiplane_study.cast.board import PLACES, STYLES, board_in_places, seen_in
from multiplane_study.cast.pairs import Seen, figures_of, scores_of
from multiplane_study.produced import produced
from multiplane_study.report import Report

KINDS = ("warrior", "wizard", "dog")
SEED = 700
ALONE, SHARED = "alone", "shared"
WAYS = {ALONE: "each shot by itself", SHARED: "attention shared with a portrait"}


@dataclass(frozen=True)
class Way:
    """A way of painting. seen: who was cut out. shown: for each shot, whether the judge finds its
    kind. cpu_s: processor time of all shots.
    """

    seen: tuple[Seen, ...]
    shown: tuple[bool, ...]
    cpu_s: float


@dataclass(frozen=True)
class SharingResult:
    """ways: by `WAYS`. by: the name of what compares."""

    ways: Mapping[str, Way]
    by: str
    model: str
    begin: float

    def figures(self) -> dict[str, Any]:
        """The keys of the file."""
        found = {name: _figures(way, LEAST[self.by]) for name, way in self.ways.items()}
        return {
            "model": self.model,
            "by": self.by,
            "least": LEAST[self.by],
            "seed": SEED,
            "shared_from": self.begin,
            "cast": [f"a {kind}" for kind in KINDS],
            "by_way": found,
            "cpu_ratio": self.ways[SHARED].cpu_s / self.ways[ALONE].cpu_s,
        }

    def report(self) -> Report:
        """Figures, and a table of both ways."""
        figures = self.figures()
        report = Report("sharing", figures)
        report.table(
            f"{self.model}, likeness by {self.by}",
            ("", "shots", "cut out", "same member", "told unlike", "others",
             "kind is there (judge)", "processor s a shot"),
            [
                (told, found["shots"], found["found"], found["same"], found["told_unlike"],
                 found["others"], found["shown"], found["cpu_s"])
                for name, told in WAYS.items()
                for found in (figures["by_way"][name],)
            ],
        )  # fmt: skip
        return report


def board_of(style: str, *, shared: bool, takes: int | None = None) -> dict[str, Any]:
    """A storyboard in which each of the cast is in each of the places, alone."""
    cast = {kind: {"prompt": f"a {kind}", "shared_attention": shared} for kind in KINDS}
    return board_in_places(cast, PLACES, style=style, seed=SEED, takes=takes)


def measure_sharing(
    studio: Studio,
    shows: Callable[[Path, str], bool],
    *,
    styles: Sequence[str] = STYLES,
    takes: int | None = None,
    on_board: Callable[[int, int], None] = lambda done, total: None,
) -> SharingResult:
    """Every style's board, both ways.

    shows: whether a picture's file shows a kind. takes: of each picture; None for the model's own
    number. on_board gets (boards made, all). Raises what the first shot raised that was not made.
    """
    made: dict[str, list[Way]] = {name: [] for name in WAYS}
    whole, done = len(WAYS) * len(styles), 0
    # What is loaded once is no shot's.
    _ = studio.painter, studio.depth_model
    with tempfile.TemporaryDirectory() as folder:
        for style in styles:
            for name in WAYS:
                out = Path(folder) / f"{style}-{name}" / "out"
                out.parent.mkdir()
                began = time.process_time()
                board = board_of(style, shared=name == SHARED, takes=takes)
                shots = produced(board, out, studio)
                made[name].append(_way(shots, style, time.process_time() - began, shows))
                done += 1
                on_board(done, whole)
    ways = {
        name: Way(
            tuple(one for way in several for one in way.seen),
            tuple(one for way in several for one in way.shown),
            sum(way.cpu_s for way in several),
        )
        for name, several in made.items()
    }
    return SharingResult(ways, judge_of(studio).name, studio.profile.name, SHARED_FROM)


def _way(
    shots: Mapping[str, ShotFolder], style: str, cpu_s: float, shows: Callable[[Path, str], bool]
) -> Way:
    shown, seen = [], []
    for id_, shot in shots.items():
        kind = id_.rpartition("-")[0]
        shown.append(shows(shot.path / shot.manifest.files.picture, kind))
        seen += seen_in(shot.manifest, kind, "", style)
    return Way(tuple(seen), tuple(shown), cpu_s)


def _figures(way: Way, least: float) -> dict[str, Any]:
    told = figures_of(scores_of(way.seen), least)
    return {
        "shots": len(way.shown),
        "found": len(way.seen),
        "pairs": told["pairs"]["same"],
        "same": told["mean"]["same"],
        "told_unlike": told["told_unlike"]["same"],
        "others": told["mean"]["different"],
        "shown": statistics.fmean(way.shown),
        "cpu_s": way.cpu_s / len(way.shown),
    }
