"""What stands out of a picture's ground, without a word and without a model.

The ground is what runs into the frame. Every region of the picture is told how far it is from it,
along the way of least resistance over steps in colour and drawn lines; so a figure in outline on
white paper stands out as well as one in paint. Measures: geodesic saliency (Wei et al. 2012) and
boundary connectivity with its optimisation (Zhu et al. 2014), on regions whose borders are the
picture's own edges.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from multiplane.layers.regions import Regions

Floats = NDArray[np.float32]
Values = NDArray[np.float64]

_LINE = 14.0  # CIELAB units that an edge strength of 1 counts for
_USUAL = 0.75  # quantile of the steps along the frame that the ground itself has
_CALM = 1.5  # times that quantile, what a step may have without counting
_LEAST_STEP = 2.5  # CIELAB units that never count: gradients, grain
_ALIKE = 10.0  # CIELAB units within which regions count as one for the frame's share
_FRAME = 1.0  # share of the frame per root of area beyond which it is ground
_APART = 9.0  # CIELAB units from the ground by which a region stands out
_TIES = 1.0
_FEW = 0.12  # share of strong steps on the frame up to which a ground is of a piece
_OFTEN = 0.04  # share of the frame that must have a colour before that is no news
_NOVEL = 12.0  # CIELAB units from the frame's colours by which a region is new


@dataclass(frozen=True)
class StandingOut:
    """Per region: share (R,), 0 ground .. 1 standing out; steps (E,), of the region's borders.

    steps: what it costs to go over a border, CIELAB units above what the ground itself has.
    """

    share: Values
    steps: Values


def standing_out(regions: Regions, lab: Floats, nearness: Floats) -> StandingOut:
    """How surely every region stands out of the ground.

    lab: (H, W, 3) CIELAB; nearness: (H, W) 0..1, which counts little: where it is level, colour
    and line decide alone.
    """
    colours = np.stack([regions.mean(lab[..., channel]) for channel in range(3)], axis=1)
    first, second = regions.first, regions.second
    difference = np.linalg.norm(colours[first] - colours[second], axis=1)
    steps = np.maximum(difference, _LINE * regions.weakest)
    frame = _frame_lengths(regions)
    at_frame = np.flatnonzero(frame)
    along = (frame[first] > 0) & (frame[second] > 0)
    calm = _CALM * float(np.quantile(steps[along], _USUAL)) if along.any() else 0.0
    tiled = _tiled(steps[along])
    steps = np.maximum(steps - np.clip(calm, _LEAST_STEP, _APART), 0.0)

    count = regions.count
    graph = csr_matrix(
        (np.r_[steps, steps] + 1e-3, (np.r_[first, second], np.r_[second, first])), (count, count)
    )
    away = dijkstra(graph, directed=False)
    same = np.exp(-0.5 * (away / _ALIKE) ** 2)
    area = same @ regions.size
    length = same[:, at_frame] @ frame[at_frame]
    ground = 1.0 - np.exp(-0.5 * (length / np.sqrt(area) / _FRAME) ** 2)

    start = 2.0 * _APART * (1.0 - ground[at_frame])
    distance = (away[:, at_frame] + start[None]).min(axis=1)
    front = 1.0 - np.exp(-0.5 * (distance / _APART) ** 2)
    novel = _novelty(colours, at_frame, frame[at_frame])
    front *= 1.0 - tiled * (1.0 - novel)
    ground = np.maximum(ground, tiled * (1.0 - novel))
    front *= 0.75 + 0.5 * regions.mean(nearness)
    return StandingOut(_optimised(regions, steps, np.clip(front, 0, 1), ground), steps)


def _tiled(along: Values) -> float:
    """How much the ground is in pieces (bricks, tiles, foliage), 0..1, by the frame."""
    if not along.size:
        return 0.0
    return float(np.clip((np.mean(along > _APART) - _FEW) / _FEW, 0.0, 1.0))


def _novelty(colours: Values, at_frame: NDArray[np.intp], length: Values) -> Values:
    """How far every region's colour is from those that the frame has much of: (R,) 0..1."""
    gaps = np.linalg.norm(colours[:, None] - colours[None, at_frame], axis=2)
    near = np.argsort(gaps, axis=1)
    reached = np.cumsum(length[near], axis=1) >= _OFTEN * length.sum()
    gap = np.take_along_axis(gaps, near, axis=1)[np.arange(len(gaps)), reached.argmax(axis=1)]
    return np.asarray(1.0 - np.exp(-0.5 * (gap / _NOVEL) ** 2))


def _optimised(regions: Regions, steps: Values, front: Values, ground: Values) -> Values:
    """Least squares: near 1 where `front`, near 0 where `ground`, alike over weak borders."""
    typical = np.sqrt(regions.labels.size / regions.count)
    weight = _TIES * regions.border / typical * np.exp(-0.5 * (steps / _ALIKE) ** 2)
    ties = np.zeros((regions.count, regions.count))
    ties[regions.first, regions.second] = weight
    ties[regions.second, regions.first] = weight
    system = np.diag(ground + front + 0.05 + ties.sum(axis=1)) - ties
    solved = cho_solve(cho_factor(system, check_finite=False), front + 0.01, check_finite=False)
    return np.asarray(np.clip(solved, 0.0, 1.0))


def _frame_lengths(regions: Regions) -> Values:
    """Pixels of the frame in every region: (R,)."""
    labels = regions.labels
    frame = np.concatenate([labels[0], labels[-1], labels[1:-1, 0], labels[1:-1, -1]])
    return np.bincount(frame, minlength=regions.count).astype(np.float64)
