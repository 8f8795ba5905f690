"""How alike two sequences of layers are: LayerD's edit distance.

Suzuki et al., "LayerD: Decomposing Raster Graphic Designs into Layers" (ICCV 2025), as its public
evaluation computes it, written anew. Layers that cover nothing of each other are one; the two
sequences are aligned by dynamic time warping; then up to five merges of neighbours are made, in
either sequence, each the one by which the aligned layers become most alike; the distance is told
after each. Fewer merges for the same distance is better.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Rgba = NDArray[np.uint8]
Path = tuple[tuple[int, int], ...]

MOST_MERGES = 5
_FEWEST = 2  # layers that a sequence keeps


@dataclass(frozen=True)
class Alike:
    """After some merges: means over the aligned pairs of layers. distance 0 is equal, 1 nothing."""

    merges: int
    distance: float
    rgb_l1: float
    alpha_iou: float


def edit_distances(found: Sequence[Rgba], truth: Sequence[Rgba]) -> tuple[Alike, ...]:
    """Layers (H, W, 4) back to front against the true ones; after 0, 1 ... merges.

    It ends early where no merge makes them more alike. Raises ValueError for an empty sequence or
    layers of different sizes.
    """
    if not found or not truth or len({layer.shape for layer in (*found, *truth)}) != 1:
        raise ValueError("layers of one size are needed on both sides")
    ours, theirs = grouped(found), grouped(truth)
    told: list[Alike] = []
    for merges in range(MOST_MERGES + 1):
        path = aligned(ours, theirs)
        told.append(_alike(merges, ours, theirs, path))
        back = tuple((j, i) for i, j in path)
        best_ours, best_theirs = _best_merge(ours, theirs, path), _best_merge(theirs, ours, back)
        if max(best_ours[0], best_theirs[0]) <= 0.0:
            break
        if best_ours[0] > best_theirs[0]:
            ours = _merged(ours, best_ours[1])
        else:
            theirs = _merged(theirs, best_theirs[1])
    return tuple(told)


def at_most(told: Sequence[Alike], merges: int) -> Alike:
    """How alike they are with at most so many merges allowed."""
    return told[min(merges, len(told) - 1)]


def grouped(layers: Sequence[Rgba]) -> list[Rgba]:
    """Layers back to front; those on top of which nothing lies are one, then those below ...

    Two layers that share no pixel have no order that a picture could tell.
    """
    left = list(range(len(layers)))
    shown = [layer[..., 3] > 0 for layer in layers]
    groups: list[list[int]] = []
    while left:
        top = [
            index
            for place, index in enumerate(left)
            if not any((shown[index] & shown[above]).any() for above in left[place + 1 :])
        ]
        groups.append(top)
        left = [index for index in left if index not in top]
    return [_composited([layers[index] for index in group]) for group in reversed(groups)]


def aligned(found: Sequence[Rgba], truth: Sequence[Rgba]) -> Path:
    """Dynamic time warping: pairs from the lowest two layers to the highest two, least in sum."""
    cost = np.array([[distance(one, other) for other in truth] for one in found])
    total = np.full((len(found) + 1, len(truth) + 1), np.inf)
    total[0, 0] = 0.0
    for i in range(len(found)):
        for j in range(len(truth)):
            before = min(total[i, j], total[i, j + 1], total[i + 1, j])
            total[i + 1, j + 1] = cost[i, j] + before
    i, j = len(found) - 1, len(truth) - 1
    path = [(i, j)]
    while (i, j) != (0, 0):
        # Of equal ways both step together, else the found one does.
        steps = [(i - 1, j - 1), (i - 1, j), (i, j - 1)]
        i, j = min(steps, key=lambda step: total[step[0] + 1, step[1] + 1])
        path.append((i, j))
    return tuple(reversed(path))


def distance(layer: Rgba, truth: Rgba) -> float:
    """Mean of the colours' difference where the truth shows, and of one minus the alphas' IoU."""
    return (rgb_l1(layer, truth) + 1.0 - alpha_iou(layer, truth)) / 2.0


def rgb_l1(layer: Rgba, truth: Rgba) -> float:
    """Mean absolute difference of colours, 0..1, over the pixels that the true layer shows at."""
    shows = truth[..., 3] > 0
    if not shows.any():
        return 0.0
    apart = np.abs(layer[..., :3].astype(np.float64) - truth[..., :3]).mean(axis=2) / 255.0
    return float(apart[shows].mean())


def alpha_iou(layer: Rgba, truth: Rgba) -> float:
    """Sum of the smaller alphas by that of the larger ones; 0 where neither shows anything."""
    one, other = layer[..., 3].astype(np.float64), truth[..., 3].astype(np.float64)
    above = float(np.maximum(one, other).sum())
    return float(np.minimum(one, other).sum()) / above if above else 0.0


def _alike(merges: int, found: Sequence[Rgba], truth: Sequence[Rgba], path: Path) -> Alike:
    def mean(measure: Callable[[Rgba, Rgba], float]) -> float:
        return float(np.mean([measure(found[i], truth[j]) for i, j in path]))

    return Alike(merges, mean(distance), mean(rgb_l1), mean(alpha_iou))


def _best_merge(layers: Sequence[Rgba], others: Sequence[Rgba], path: Path) -> tuple[float, int]:
    """How much likeness the best merge of two neighbours brings, and the lower one's index."""
    best = (0.0, -1)
    if len(layers) <= _FEWEST:
        return best
    for low in range(len(layers) - 1):
        partners = [[others[j] for i, j in path if i == low + step] for step in (0, 1)]
        now = _likeness(layers[low], partners[0]) + _likeness(layers[low + 1], partners[1])
        merged = _composited(layers[low : low + 2])
        # The lower one's partners get the merged layer. For the upper one's it is that or the next
        # layer; the public code lets the next one stand for the lower's too, and so do we.
        then = [_likeness(merged, partners[1])]
        if low + 2 < len(layers):
            then += [_likeness(layers[low + 2], partners[step]) for step in (0, 1)]
        gain = _likeness(merged, partners[0]) + max(then) - now
        if gain > best[0]:
            best = (gain, low)
    return best


def _likeness(layer: Rgba, partners: Sequence[Rgba]) -> float:
    return sum(1.0 - distance(layer, partner) for partner in partners)


def _merged(layers: Sequence[Rgba], low: int) -> list[Rgba]:
    return [*layers[:low], _composited(layers[low : low + 2]), *layers[low + 2 :]]


def _composited(layers: Sequence[Rgba]) -> Rgba:
    below = Image.fromarray(layers[0])
    for layer in layers[1:]:
        below = Image.alpha_composite(below, Image.fromarray(layer))
    return np.asarray(below)
