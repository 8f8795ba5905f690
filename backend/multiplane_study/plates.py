"""Boards of one place, painted over a shared plate and each by itself: what of the place stays.

Eight scenes have three boards each: one subject, another, and both. They are made three ways, turn
about: over a plate, each under a seed of its own, and all of a scene under the same seed, which is
what keeps a place alike for want of a plate. Every picture has one take, so that no board is chosen
for what it shows.
"""

from __future__ import annotations

import itertools
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.manifest import LayerEntry, Manifest
from multiplane.contract.output_folder import ShotFolder
from multiplane.intake.picture import load_cutout
from multiplane.models.folders import PLATES_VARIABLE
from multiplane.produce.studio import Studio
from multiplane_study import metrics
from multiplane_study.ablations.boards import place_of
from multiplane_study.bench.statistics import interval_of
from multiplane_study.produced import produced
from multiplane_study.report import Report

PLATE, ALONE, SAME_SEED = "plate", "alone", "same_seed"
WAYS = {
    PLATE: "over a shared plate",
    ALONE: "each by itself",
    SAME_SEED: "each by itself, under the same seed",
}
SIZE = (448, 256)
MEASURES = {
    "same": "background layer equal to the pixel",
    "iou": "IoU of the backgrounds' areas",
    "kept": "layers with the same id and name",
    "found": "subjects with a layer",
}
_SEED = 400
"""Of the first scene's boards; of each further scene's ten more."""
_WARM_UP = {"size": list(SIZE), "takes": 1, "shots": [{"prompt": "a **tent**"}]}


@dataclass(frozen=True)
class PlaceScene:
    """A place in words ("a beach"), how a board says it ("on a beach"), and who is there."""

    style: str
    place: str
    where: str
    subjects: tuple[str, str]

    def prompts(self) -> tuple[str, str, str]:
        """Of its boards; who stands in one is marked."""
        one, other = (f"a {_marked(subject)}" for subject in self.subjects)
        return f"{one} {self.where}", f"{other} {self.where}", f"{one} and {other} {self.where}"

    @property
    def played(self) -> tuple[tuple[str, ...], ...]:
        """Names of the layers that each board should have beside its background."""
        one, other = (subject.split()[-1] for subject in self.subjects)
        return (one,), (other,), (one, other)


SCENES = (
    PlaceScene("flat color", "a beach", "on a beach", ("red warrior", "blue dragon")),
    PlaceScene("watercolor", "a forest", "in a forest", ("pink princess", "black horse")),
    PlaceScene("ink sketch", "the snow", "in the snow", ("purple wizard", "yellow dog")),
    PlaceScene("pencil", "a room", "in a room", ("orange cat", "red lantern")),
    PlaceScene("oil paint", "a desert", "in a desert", ("green robot", "blue car")),
    PlaceScene("flat color", "a city street", "in a city street", ("yellow robot", "red car")),
    PlaceScene("watercolor", "the mountains", "in the mountains", ("blue house", "green dragon")),
    PlaceScene("oil paint", "a cave", "in a cave", ("red wizard", "yellow chest")),
)


@dataclass(frozen=True)
class Board:
    """A finished board. layers: (id, name) back to front. ground: (H, W, 3), the lowest of them.
    place: (H, W), what belongs to no subject.
    """

    layers: tuple[tuple[str, str], ...]
    ground: NDArray[np.uint8]
    place: NDArray[np.bool_]


@dataclass(frozen=True)
class Made:
    """A scene made one way: a figure for each of `MEASURES`, and what it took.

    seconds: by the clock on the wall, the plate's painting included; cpu_s: of all threads.
    """

    figures: Mapping[str, float]
    seconds: float
    cpu_s: float


@dataclass(frozen=True)
class PlatesResult:
    """For each way its scenes, in the same order."""

    made: Mapping[str, Sequence[Made]]
    size: tuple[int, int]
    model: str

    def figures(self) -> dict[str, Any]:
        """The keys of the file: by way, means over scenes with intervals; times as ratios."""
        by: dict[str, Any] = {}
        for way, scenes in self.made.items():
            by[way] = {}
            for measure in MEASURES:
                found = interval_of([one.figures[measure] for one in scenes])
                by[way][measure] = None if found is None else found._asdict()
            by[way]["seconds"] = sum(one.seconds for one in scenes)
            by[way]["cpu_s"] = sum(one.cpu_s for one in scenes)
        ratios = {
            "seconds_ratio": by[PLATE]["seconds"] / by[ALONE]["seconds"],
            "cpu_ratio": by[PLATE]["cpu_s"] / by[ALONE]["cpu_s"],
        }
        places = len(self.made[PLATE])
        return {
            "model": self.model, "scenes": places, "boards": 3 * places, "size": list(self.size),
            "by": by, **ratios,
        }  # fmt: skip

    def report(self) -> Report:
        """Figures, and a table of ways."""
        figures = self.figures()
        report = Report("plates", figures)
        report.table(
            f"{figures['scenes']} places, three boards each, {self.model}: shares",
            ("", *MEASURES.values(), "seconds a board"),
            [
                (told, *(figures["by"][way][measure]["mean"] for measure in MEASURES),
                 figures["by"][way]["seconds"] / figures["boards"])
                for way, told in WAYS.items()
            ],
        )  # fmt: skip
        report.table(
            "What a plate costs, its own painting included, as a ratio",
            ("seconds", "CPU seconds"),
            [(figures["seconds_ratio"], figures["cpu_ratio"])],
        )
        return report


def measure_plates(
    studio: Studio,
    *,
    scenes: int = len(SCENES),
    size: tuple[int, int] = SIZE,
    on_scene: Callable[[int, int], None] = lambda done, total: None,
) -> PlatesResult:
    """The first `scenes` scenes made all ways by the studio's model, in a folder of their own.

    Raises what the first board raised that could not be made.
    """
    made: dict[str, list[Made]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as folder, _own_plates(Path(folder) / "plates"):
        produced(_WARM_UP, Path(folder) / "first", studio)
        for number, scene in enumerate(SCENES[:scenes]):
            for way in WAYS:
                out = Path(folder) / f"{number}-{way}"
                began, spent = time.perf_counter(), time.process_time()
                shots = produced(board_of(scene, way, size, _SEED + 10 * number), out, studio)
                took = time.perf_counter() - began, time.process_time() - spent
                boards = [_read(shot) for shot in shots.values()]
                made[way].append(Made(_figures(boards, scene.played), *took))
            on_scene(number + 1, scenes)
    return PlatesResult(made, size, studio.profile.name)


def board_of(scene: PlaceScene, way: str, size: tuple[int, int], seed: int) -> dict[str, Any]:
    """The storyboard of a scene, one way."""
    shots: list[dict[str, Any]] = [
        {"id": f"board-{place + 1}", "prompt": prompt, "duration": 0.25, "camera": "static",
         "seed": seed + (0 if way == SAME_SEED else place)}
        for place, prompt in enumerate(scene.prompts())
    ]  # fmt: skip
    board = {"size": list(size), "fps": 8, "seed": seed, "style": scene.style, "takes": 1,
             "shots": shots}  # fmt: skip
    if way == PLATE:
        board["plates"] = {"place": scene.place}
        board["shots"] = [{**shot, "plate": "place"} for shot in shots]
    return board


def _marked(subject: str) -> str:
    """ "red warrior" as "red **warrior**"."""
    words = subject.split()
    return " ".join([*words[:-1], f"**{words[-1]}**"])


@contextmanager
def _own_plates(folder: Path) -> Iterator[None]:
    """Plates are kept in `folder` meanwhile, so that each is painted, and none of them stays."""
    before = os.environ.get(PLATES_VARIABLE)
    os.environ[PLATES_VARIABLE] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ[PLATES_VARIABLE]
        else:
            os.environ[PLATES_VARIABLE] = before


def _read(shot: ShotFolder) -> Board:
    return board_from(shot.manifest, lambda layer: load_cutout(shot.path / layer.file))


def board_from(manifest: Manifest, pixels: Callable[[LayerEntry], NDArray[np.uint8]]) -> Board:
    """A board from its manifest, and its layers' pixels (h, w, 4)."""
    lowest, *subjects = manifest.layers
    left, top, width, height = lowest.bbox
    alphas = np.zeros((len(subjects), height, width), np.float32)
    for alpha, layer in zip(alphas, subjects, strict=True):
        x, y, wide, high = layer.bbox
        x, y = x - left, y - top
        alpha[y : y + high, x : x + wide] = pixels(layer)[..., 3] / np.float32(255.0)
    layers = tuple((layer.id, layer.name) for layer in manifest.layers)
    return Board(layers, pixels(lowest)[..., :3], place_of(alphas))


def _figures(boards: Sequence[Board], played: Sequence[Sequence[str]]) -> dict[str, float]:
    """For each of `MEASURES` one over a scene's boards. played: of each who should be in it."""
    pairs = list(itertools.combinations(range(len(boards)), 2))
    kept = [
        shown in boards[one].layers and shown in boards[other].layers
        for one, other in pairs
        for shown in _in_both(played[one], played[other])
    ]
    found = [
        (name, name) in board.layers
        for board, names in zip(boards, played, strict=True)
        for name in names
    ]
    return {
        "same": float(np.mean([equal_share(boards[one], boards[other]) for one, other in pairs])),
        "iou": float(
            np.mean([metrics.iou(boards[one].place, boards[other].place) for one, other in pairs])
        ),
        "kept": float(np.mean(kept)),
        "found": float(np.mean(found)),
    }


def equal_share(one: Board, other: Board) -> float:
    """Share of the pixels at which the lowest layers of two boards are the same."""
    return float((one.ground == other.ground).all(axis=2).mean())


def _in_both(one: Sequence[str], other: Sequence[str]) -> list[tuple[str, str]]:
    """Ids and names that layers of both boards should have."""
    return [(name, name) for name in ("background", *one) if name == "background" or name in other]
