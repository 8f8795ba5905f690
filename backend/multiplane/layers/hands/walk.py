"""Which pixels belong to what was stroked: a random walk over the picture's regions.

Random walker segmentation (Grady 2006) with priors (Grady 2005): every region of the picture
(`regions.find_regions`) takes the share with which a walker that starts there first meets a
stroke of the one kind. It walks easily within a surface and hardly across lines and edges;
regions whose colours are those of either kind of strokes, or that a prior speaks of, are drawn
to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, diags_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import spsolve

from multiplane.layers.regions import Regions, find_regions

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Picture = NDArray[np.uint8]

WORK_SIDE = 640  # px, longest side at which regions are found
_REGIONS = 2600
_BARRIER = 7.0  # how fast the tie over a border falls with its edge strength
_LEAST_TIE = 1e-3
_COLOUR = 0.06  # pull of a region's colours, against ties of 1
_SPREAD = 9.0  # CIELAB units over which colours stop being alike
_FAR = 0.2  # pull away from what is farther from a stroke than it is long
_PRIOR = 0.25  # pull of the prior where it is certain
_ISLAND = 0.04  # share of the whole up to which an island within it is filled
_OTHER = 0.08  # share under which an island is surely something else
_FAINT = 0.15  # share under which a region does not lead on
_SAMPLES = 160  # colours of each kind that are compared


@dataclass(frozen=True)
class Ground:
    """A picture made ready for strokes: its regions, their colours (R, 3) CIELAB, and their ties.

    size: (width, height) px of the picture.
    """

    size: tuple[int, int]
    regions: Regions
    colours: NDArray[np.float64]
    ties: NDArray[np.float64]  # (E,) of regions.first and regions.second

    @property
    def shape(self) -> tuple[int, int]:
        """(h, w) px at which the regions lie."""
        height, width = self.regions.labels.shape
        return height, width

    def share(self, mask: NDArray[np.generic]) -> NDArray[np.float64]:
        """Of every region (R,), how much of it is in the mask (H, W), 0..1."""
        small = cv2.resize(mask.astype(np.float32), self.shape[::-1], interpolation=cv2.INTER_AREA)
        return self.regions.mean(small)

    def pixels(self, values: NDArray[np.float64]) -> Floats:
        """Values of regions (R,) on the picture (H, W), smooth at the regions' scale."""
        coarse = values[self.regions.labels].astype(np.float32)
        if self.shape[::-1] == self.size:
            return coarse
        return np.asarray(cv2.resize(coarse, self.size, interpolation=cv2.INTER_LINEAR), np.float32)


def ground_of(picture: Picture) -> Ground:
    """The picture (H, W, 3) sRGB made ready; kept for the next stroke on the same pixels."""
    return _ground(picture.tobytes(), picture.shape[0], picture.shape[1])


@lru_cache(maxsize=2)
def _ground(data: bytes, height: int, width: int) -> Ground:
    picture = np.frombuffer(data, np.uint8).reshape(height, width, 3)
    scale = min(1.0, WORK_SIDE / max(height, width))
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)
    regions = find_regions(lab, _REGIONS)
    colours = np.stack([regions.mean(lab[..., channel]) for channel in range(3)], axis=1)
    typical = float(np.sqrt(regions.labels.size / regions.count))
    apart = np.linalg.norm(colours[regions.first] - colours[regions.second], axis=1)
    ties = regions.border / typical * np.exp(-_BARRIER * regions.barrier - (apart / 25.0) ** 2)
    return Ground((width, height), regions, colours, np.maximum(ties, _LEAST_TIE))


def walk(
    ground: Ground,
    inside: Mask,
    outside: Mask,
    *,
    prior: NDArray[np.float64] | None = None,
    certainty: NDArray[np.float64] | float = 1.0,
    colour: float = 1.0,
    far: float = 1.0,
) -> NDArray[np.float64]:
    """Share of every region (R,), 0..1, that belongs to what is `inside`.

    inside, outside (R,): where strokes say so; what is both is inside.
    prior (R,) 0..1: what was known before, with `certainty` (R,) 0..1 of it. colour: how much
    the strokes' colours count, far: how much that something is far from them; 1 as usual.
    """
    count = ground.regions.count
    outside = outside & ~inside
    seeded = inside | outside
    if not inside.any():
        return np.zeros(count) if prior is None else np.where(outside, 0.0, prior)
    pull, wanted = np.zeros(count), np.zeros(count)
    if colour > 0 and outside.any():
        own, other = _distance(ground, inside), _distance(ground, outside)
        likely = 1.0 / (1.0 + np.exp((own - other) / (0.35 * _SPREAD)))
        weight = colour * _COLOUR * np.abs(2.0 * likely - 1.0)
        pull += weight
        wanted += weight * (likely > 0.5)
    if far > 0:
        pull += far * _FAR * remoteness(ground, inside)
    if prior is not None:
        weight = _PRIOR * np.broadcast_to(np.asarray(certainty, np.float64), count)
        pull += weight
        wanted += weight * prior
    first, second, ties = ground.regions.first, ground.regions.second, ground.ties
    links = coo_matrix(
        (np.r_[ties, ties], (np.r_[first, second], np.r_[second, first])), (count, count)
    ).tocsr()
    system = (diags_array(np.asarray(links.sum(axis=1)).ravel() + pull + 1e-9) - links).tocsr()
    free = ~seeded
    result = inside.astype(np.float64)
    if free.any():
        rows = system[free]
        right = wanted[free] - rows[:, seeded] @ result[seeded]
        result[free] = np.clip(spsolve(rows[:, free].tocsc(), right), 0.0, 1.0)
    return result


def remoteness(ground: Ground, seeds: Mask) -> NDArray[np.float64]:
    """0 near the regions `seeds` (R,), 1 at more than their extent away from them."""
    away = cv2.distanceTransform((~seeds[ground.regions.labels]).astype(np.uint8), cv2.DIST_L2, 3)
    rows, columns = np.nonzero(away == 0)
    extent = max(float(np.ptp(rows)), float(np.ptp(columns)), 0.05 * max(away.shape))
    return np.clip(ground.regions.mean(away) / extent - 0.2, 0.0, 1.0)


def _distance(ground: Ground, seeds: Mask) -> NDArray[np.float64]:
    """How far every region's colour is from the nearest colour of these regions, CIELAB units."""
    samples = ground.colours[seeds]
    if len(samples) > _SAMPLES:
        samples = samples[np.linspace(0, len(samples) - 1, _SAMPLES).astype(int)]
    square = ((ground.colours[:, None] - samples[None]) ** 2).sum(axis=2)
    return np.sqrt(square.min(axis=1))


def connected(ground: Ground, share: NDArray[np.float64], seeds: Mask) -> NDArray[np.float64]:
    """`share` (R,) without what no way over regions of the majority leads to from `seeds` (R,).

    What a stroke's colours find elsewhere in the picture was not meant. Small islands within
    what is connected are filled, unless they are surely something else.
    """
    most = (share > 0.5) | seeds
    part = _components(ground, most)
    mine = most & np.isin(part, np.unique(part[seeds & most]))
    rest = _components(ground, ~mine)
    size = np.bincount(rest, ground.regions.size, int(rest.max()) + 1)
    sure = np.bincount(rest, ground.regions.size * share, len(size)) / np.maximum(size, 1.0)
    island = (size < _ISLAND * ground.regions.size[mine].sum()) & (sure > _OTHER)
    filled = ~mine & island[rest]
    result = np.where(mine | filled, np.maximum(share, 0.5 + 1e-3), np.minimum(share, 0.5))
    far = _components(ground, share > _FAINT)
    near = np.isin(far, np.unique(far[mine])) & (share > _FAINT)
    return np.where(mine | filled | near, result, 0.0)


def _components(ground: Ground, mask: Mask) -> NDArray[np.int64]:
    """Number (R,) of the connected part, of regions in the mask or of such outside of it."""
    first, second = ground.regions.first, ground.regions.second
    same = mask[first] == mask[second]
    count = ground.regions.count
    links = coo_matrix((np.ones(int(same.sum())), (first[same], second[same])), (count, count))
    return np.asarray(connected_components(links, directed=False)[1], np.int64)
