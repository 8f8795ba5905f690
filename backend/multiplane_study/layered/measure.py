"""Measured on public benchmarks of layers: what the program makes, and what others have made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from multiplane.depth.estimate import DepthModel, estimate_nearness
from multiplane.depth.order import order
from multiplane.layers.stack import CutSubject, Layer, build_stack
from multiplane.layers.things import find_things
from multiplane_study.bench.attention_rows import ours
from multiplane_study.bench.case import Case, Tags
from multiplane_study.bench.look import Look
from multiplane_study.bench.statistics import interval_of
from multiplane_study.hidden import sheet_of
from multiplane_study.layered.crello import Crello, layers_in
from multiplane_study.layered.edit_distance import (
    MOST_MERGES,
    Alike,
    alpha_iou,
    at_most,
    distance,
    edit_distances,
    rgb_l1,
)
from multiplane_study.layered.reflade import RefLade, Triplet
from multiplane_study.report import Report
from multiplane_study.scenes import Scene, SceneSubject

if TYPE_CHECKING:
    from multiplane.models.load import Painter

Picture = NDArray[np.uint8]
Rgba = NDArray[np.uint8]
Maker = Callable[[str, Picture], Sequence[Rgba]]
"""Layers (H, W, 4), back to front, of a design by its name and picture."""
OnDesign = Callable[[int, int], None]


def found_layers(depth_model: DepthModel) -> Maker:
    """What a drawing that no word speaks of is cut into."""

    def make(name: str, picture: Picture) -> list[Rgba]:
        nearness = estimate_nearness(depth_model, picture)
        things = find_things(picture, nearness)
        if not things:
            return [_on_sheet(layer, picture) for layer in build_stack(picture, [])]
        alphas = np.stack([one.alpha for one in things])
        ranks = order(alphas, nearness, trust=depth_model.trust).back_to_front
        return [_on_sheet(layer, picture) for layer in build_stack(picture, _cut(alphas, ranks))]

    return make


def whole_picture(name: str, picture: Picture) -> list[Rgba]:
    """The picture as its only layer: what doing nothing is worth."""
    return [np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])]


def kept_layers(folder: Path) -> Maker:
    """What another program made: a folder for each design, with PNGs numbered back to front."""
    return lambda name, picture: layers_in(folder / name)


@dataclass(frozen=True)
class CrelloResult:
    """Per method, per design how alike its layers are to the true ones, after each merge."""

    model: str
    designs: int
    of: int
    told: Mapping[str, tuple[tuple[Alike, ...], ...]]

    def report(self) -> Report:
        """For 0 to 5 merges, as LayerD tells it."""
        rows: dict[str, Any] = {}
        report = Report(
            "crello",
            {
                "set": {"name": "crello", "designs": self.designs, "of": self.of},
                "model": self.model,
                "rows": rows,
            },
        )
        for name, designs in self.told.items():
            levels: list[dict[str, Any]] = []
            for merges in range(MOST_MERGES + 1):
                those = [at_most(told, merges) for told in designs]
                whole = interval_of([one.distance for one in those])
                levels.append(
                    {
                        "merges_at_most": merges,
                        "merges": float(np.mean([one.merges for one in those])),
                        "distance": whole._asdict() if whole else None,
                        "rgb_l1": float(np.mean([one.rgb_l1 for one in those])),
                        "alpha_iou": float(np.mean([one.alpha_iou for one in those])),
                    }
                )
            rows[name] = levels
            report.table(
                f"{name}: {self.designs} designs, edit distance to the true layers",
                ("merges at most", "made", "distance", "95 % from", "to", "RGB L1", "alpha IoU"),
                [
                    (one["merges_at_most"], one["merges"],
                     *(one["distance"][key] for key in ("mean", "low", "high")),
                     one["rgb_l1"], one["alpha_iou"])
                    for one in levels
                ],
            )  # fmt: skip
        return report


def measure_crello(
    data: Crello,
    makers: Mapping[str, Maker],
    model: str,
    *,
    limit: int | None = None,
    on_design: OnDesign = lambda done, total: None,
) -> CrelloResult:
    """Every maker's layers of the first `limit` designs against the true ones."""
    total = min(limit or len(data.names), len(data.names))
    told: dict[str, list[tuple[Alike, ...]]] = {name: [] for name in makers}
    for done, design in enumerate(data.designs(total), start=1):
        for name, make in makers.items():
            made = make(design.name, design.picture)
            told[name].append(edit_distances(made, design.layers))
        on_design(done, total)
    return CrelloResult(
        model, total, len(data.names), {name: tuple(one) for name, one in told.items()}
    )


@dataclass(frozen=True)
class LayerAlike:
    """One layer against the true one; the figures of `edit_distance`."""

    distance: float
    rgb_l1: float
    alpha_iou: float


def measure_reflade(
    data: RefLade,
    painter: Painter,
    depth_model: DepthModel,
    *,
    limit: int | None = None,
    on_design: OnDesign = lambda done, total: None,
) -> Report:
    """The layer that each prompt means, completed where the picture hides it, against the truth."""
    total = min(limit or len(data), len(data))
    rows: dict[str, list[LayerAlike]] = {"multiplane": [], "the whole picture": []}
    for done, triplet in enumerate(data.triplets(total), start=1):
        made = referred_layer(triplet, painter, depth_model)
        (whole,) = whole_picture(triplet.name, triplet.picture)
        for name, layer in zip(rows, (made, whole), strict=True):
            rows[name].append(
                LayerAlike(
                    distance(layer, triplet.layer),
                    rgb_l1(layer, triplet.layer),
                    alpha_iou(layer, triplet.layer),
                )
            )
        on_design(done, total)
    figures = {
        name: {
            key: found_interval._asdict()
            for key in ("distance", "rgb_l1", "alpha_iou")
            if (found_interval := interval_of([getattr(one, key) for one in found]))
        }
        for name, found in rows.items()
        if found
    }
    report = Report(
        "reflade",
        {
            "set": {"name": "reflade", "layers": total, "of": len(data)},
            "model": painter.profile.name,
            "rows": figures,
        },
    )
    report.table(
        f"{total} layers that words mean",
        ("", "alpha IoU", "95 % from", "to", "RGB L1", "distance"),
        [
            (name, *(one["alpha_iou"][key] for key in ("mean", "low", "high")),
             one["rgb_l1"]["mean"], one["distance"]["mean"])
            for name, one in figures.items()
        ],
    )  # fmt: skip
    return report


def referred_layer(triplet: Triplet, painter: Painter, depth_model: DepthModel) -> Rgba:
    """The layer of what the prompt says, (H, W, 4); clear where nothing was found."""
    look = Look(painter, depth_model, _case(triplet), 0)
    answer = ours(look)
    layers = build_stack(triplet.picture, _cut(answer.alphas, answer.back_to_front))
    if len(layers) < 2:
        return np.zeros((*triplet.picture.shape[:2], 4), np.uint8)
    return _on_sheet(layers[1], triplet.picture)


def _case(triplet: Triplet) -> Case:
    caption = f"{triplet.prompt}, background"
    blank = np.zeros(triplet.picture.shape[:2], np.float32)
    subject = SceneSubject(
        triplet.prompt, "", (0, len(triplet.prompt)), blank, blank, triplet.picture, 1.0
    )
    scene = Scene(
        seed=int(triplet.name),
        style="",
        place="background",
        caption=caption,
        place_phrase=(len(caption) - len("background"), len(caption)),
        style_phrase=None,
        picture=triplet.picture,
        background=triplet.picture,
        subjects=(subject,),
        depth=blank,
    )
    return Case(scene, Tags(int(triplet.name), "", 1, "reflade", "", (), caption), frozenset())


def _cut(alphas: NDArray[np.float32], ranks: Sequence[int]) -> list[CutSubject]:
    return [
        CutSubject(f"{index}", f"{index}", "", alphas[index], (rank + 1.0) / len(ranks))
        for rank, index in enumerate(ranks)
    ]


def _on_sheet(layer: Layer, picture: Picture) -> Rgba:
    alpha, colours = sheet_of(layer, (picture.shape[1], picture.shape[0]))
    return np.dstack([colours, np.rint(alpha * 255.0).astype(np.uint8)])
