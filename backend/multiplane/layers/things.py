"""Things that stand out of a picture, apart from each other, as soft mattes. No word, no model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from multiplane.layers.line_art import as_painted
from multiplane.layers.mattes import solve_mattes
from multiplane.layers.regions import Regions, find_regions
from multiplane.layers.standing_out import standing_out
from multiplane.layers.strays import reassign_strays

Picture = NDArray[np.uint8]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]

MOST = 6
"""Things at most; what else stands out stays in the background."""
_WORK_SIDE = 448  # px, longest side at which things are looked for
_REGIONS = 700
_LEAST = 0.004  # share of the picture
_LEAST_OF_LARGEST = 0.06  # share of the largest thing under which another stays in the ground
_NECKS = (0.022, 0.035, 0.055, 0.08)
"""Shares of the short side: two things may touch in a strip up to twice as thin."""
_CORE = 0.12  # share of a piece that a part must have to be a thing of its own
_UNLIKE = 0.4  # distance of two parts' colours (Hellinger, 0..1) from which they are two things
_BESIDE = 0.03  # share of the short side within which a small piece belongs to a large one
_PAPER = 4.0  # CIELAB units within which a margin is of one colour
_WIDEST_MARGIN = 0.2  # share of the side
_THICKEST_LINE = 0.025  # share of the side
_CROSSED = 0.75  # share of a row that a border's line has
_SMALL = 0.15  # share of the large one up to which a piece is small
_CLEAR_STEP = 6.0  # CIELAB units: a contour is there
_SURE = 0.1  # confidence from which a thing is made into a layer


@dataclass(frozen=True)
class Thing:
    """Something that stands out: alpha (H, W) 0..1 of what is seen of it; confidence 0..1."""

    alpha: Floats
    confidence: float


def find_things(picture: Picture, nearness: Floats, *, most: int = MOST) -> tuple[Thing, ...]:
    """The things that stand out of `picture` (H, W, 3), from left to right; perhaps none.

    nearness: (H, W) 0 far .. 1 near. Where contours are weak, as in most photographs, there are
    fewer things, with less confidence. Their alphas sum to 1 at most.
    """
    height, width = picture.shape[:2]
    scale = min(1.0, _WORK_SIDE / max(height, width))
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    near = cv2.resize(nearness, size, interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)
    masks, confidences = _things_in(lab, np.asarray(near, np.float32), most)
    if not masks:
        return ()
    owner = np.full((height, width), len(masks), np.uint8)
    for index, mask in enumerate(masks):
        large = cv2.resize(mask.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
        owner[large > 0.5] = index
    shares = np.stack([owner == index for index in range(len(masks) + 1)]).astype(np.float32)
    alphas = solve_mattes(picture, reassign_strays(shares))
    return tuple(
        Thing(alpha, confidence)
        for alpha, confidence in zip(alphas, confidences, strict=True)
        if alpha.max() > 0.5
    )


def _things_in(lab: Floats, near: Floats, most: int) -> tuple[list[Mask], list[float]]:
    """Masks (h, w) from left to right, and how sure each is."""
    height, width = lab.shape[:2]
    inner = _inside_border(lab)
    view = (slice(inner[1], inner[3]), slice(inner[0], inner[2]))
    seen = _seen(lab[view])
    regions = find_regions(seen, _REGIONS)
    found = standing_out(regions, seen, near[view])
    front = found.share > 0.5
    share = found.share[regions.labels].astype(np.float32)
    pieces = [
        part for piece in _pieces(regions, front, found.steps) for part in _parts(piece, seen)
    ]
    pieces = _joined(pieces, seen)
    pieces.sort(key=lambda piece: -float((share * piece).sum()))
    least = _LEAST * share.size
    if pieces:
        least = max(least, _LEAST_OF_LARGEST * float(pieces[0].sum()))
    step_map = _step_map(regions, found.steps)
    kept = []
    for piece in pieces:
        sure = _confidence(piece, share, step_map)
        if piece.sum() >= least and sure >= _SURE:
            kept.append((piece, sure))
    kept = kept[:most]
    kept.sort(key=lambda pair: float(np.mean(np.flatnonzero(pair[0].any(axis=0)))))
    masks = []
    for piece, _ in kept:
        mask = np.zeros((height, width), bool)
        mask[view] = piece
        masks.append(mask)
    return masks, [sure for _, sure in kept]


def _seen(lab: Floats) -> Floats:
    """What is looked at: line art as if it were painted, any other picture as it is."""
    painted = as_painted(lab)
    return lab if painted is None else painted


def _inside_border(lab: Floats) -> tuple[int, int, int, int]:
    """x0, y0, x1, y1 of the picture inside a border in one colour with a line round it, if any."""
    height, width = lab.shape[:2]
    margins = [_margin(side, lab[0, 0]) for side in _from_each_side(lab)]
    if any(margin is None for margin in margins) or sum(map(bool, margins)) < 2:
        return (0, 0, width, height)
    left, top, right, bottom = (margin or 0 for margin in margins)
    return (left, top, width - right, height - bottom)


def _from_each_side(lab: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """The picture with its left, top, right and lower side up, in this order."""
    turned = lab.transpose(1, 0, 2)
    return turned, lab, turned[::-1], lab[::-1]


def _margin(lab: Floats, paper: Floats) -> int | None:
    """Rows from the top that are paper, then a line from side to side; None where none are.

    0 where the very first row is no paper but lies beside such margins.
    """
    reach = max(2, round(_WIDEST_MARGIN * len(lab)))
    off = np.linalg.norm(lab[:reach] - paper, axis=2)
    blank = (off < _PAPER).mean(axis=1) > 0.97
    crossed = (off > 3.0 * _PAPER).mean(axis=1) > _CROSSED
    if not crossed.any():
        return None
    first = int(crossed.argmax())
    if first < 2:
        return 0
    if not blank[: first - 1].all():
        return None
    # The line itself goes; where there is none, the picture begins there.
    past = np.flatnonzero(~crossed[first:])
    thick = int(past[0]) + 1 if past.size else 0
    return first + min(thick, max(2, round(_THICKEST_LINE * len(lab))))


def _pieces(regions: Regions, front: NDArray[np.bool_], steps: NDArray[np.float64]) -> list[Mask]:
    """Connected pieces of the regions that stand out, as masks (h, w)."""
    both = front[regions.first] & front[regions.second]
    count = regions.count
    graph = csr_matrix(
        (np.ones(int(both.sum())), (regions.first[both], regions.second[both])), (count, count)
    )
    _, group = connected_components(graph, directed=False)
    labelled = np.where(front, group, -1)[regions.labels]
    return [labelled == number for number in np.unique(labelled[labelled >= 0])]


def _parts(piece: Mask, lab: Floats) -> list[Mask]:
    """A piece taken apart where it is thin, as far as the parts do not look alike."""
    for neck in _NECKS:
        parts = _parts_at(piece, lab, max(1, round(neck * min(piece.shape))))
        if len(parts) > 1:
            return [finer for part in parts for finer in _parts(part, lab)]
    return [piece]


def _parts_at(piece: Mask, lab: Floats, radius: int) -> list[Mask]:
    """Its parts that are apart when it is worn off by `radius` px, where they do not look alike."""
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2)
    core = cv2.erode(piece.astype(np.uint8), disk)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(core)
    worn = float(core.sum())
    large = [
        number for number in range(1, count) if stats[number, cv2.CC_STAT_AREA] >= _CORE * worn
    ]
    if len(large) < 2:
        return [piece]
    seeds = np.zeros(piece.shape, np.int32)
    for place, number in enumerate(large, start=1):
        seeds[labels == number] = place
    owner = _nearest_inside(seeds, piece)
    parts = [owner == place for place in range(1, len(large) + 1)]
    return _alike_together(parts, lab)


def _nearest_inside(seeds: NDArray[np.int32], mask: Mask) -> NDArray[np.int32]:
    """Every pixel's seed that is the nearest on a way inside `mask`; 0 outside."""
    owner = seeds.copy()
    square = np.ones((3, 3), np.uint8)
    while True:
        grown = cv2.dilate(owner.astype(np.uint8), square)
        new = mask & (owner == 0) & (grown > 0)
        if not new.any():
            return owner
        owner[new] = grown[new]


def _alike_together(parts: Sequence[Mask], lab: Floats) -> list[Mask]:
    """Parts that touch and look alike are one."""
    parts = list(parts)
    colours = [_histogram(part, lab) for part in parts]
    while len(parts) > 1:
        pairs = [
            (float(np.sqrt(max(0.0, 1.0 - float(np.sqrt(colours[a] * colours[b]).sum())))), a, b)
            for a in range(len(parts))
            for b in range(a + 1, len(parts))
            if _touch(parts[a], parts[b], 1)
        ]
        if not pairs or min(pairs)[0] >= _UNLIKE:
            break
        _, a, b = min(pairs)
        parts[a] = parts[a] | parts[b]
        colours[a] = _histogram(parts[a], lab)
        del parts[b], colours[b]
    return parts


def _histogram(mask: Mask, lab: Floats) -> NDArray[np.float64]:
    """Distribution of colours over (5, 7, 7) bins of CIELAB, sums to 1."""
    values = lab[mask]
    bins, _ = np.histogramdd(
        values, bins=(5, 7, 7), range=((0.0, 100.01), (-80.0, 80.0), (-80.0, 80.0))
    )
    flat = bins.ravel() + 1e-9
    return np.asarray(flat / flat.sum())


def _touch(first: Mask, other: Mask, reach: int) -> bool:
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2)
    return bool((cv2.dilate(first.astype(np.uint8), disk).astype(bool) & other).any())


def _joined(pieces: Sequence[Mask], lab: Floats) -> list[Mask]:
    """Small pieces close beside a large one belong to it: the flame's spark, the eye's lid."""
    ordered = sorted(pieces, key=lambda piece: -int(piece.sum()))
    reach = max(1, round(_BESIDE * min(lab.shape[:2])))
    kept: list[Mask] = []
    for piece in ordered:
        for index, large in enumerate(kept):
            if piece.sum() <= _SMALL * large.sum() and _touch(large, piece, reach):
                kept[index] = large | piece
                break
        else:
            kept.append(piece)
    return kept


def _step_map(regions: Regions, steps: NDArray[np.float64]) -> Floats:
    """Steps between regions where they lie: (h, w), 0 inside of regions."""
    count = regions.count
    table = csr_matrix((steps + 1e-6, (regions.first, regions.second)), (count, count))
    labels = regions.labels
    result = np.zeros(labels.shape, np.float32)
    for here, there in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1, :], np.s_[1:, :])):
        low = np.minimum(labels[here], labels[there])
        high = np.maximum(labels[here], labels[there])
        differ = low != high
        values = np.zeros(low.shape, np.float32)
        values[differ] = np.asarray(table[low[differ], high[differ]]).ravel()
        result[here] = np.maximum(result[here], values)
    return result


def _confidence(piece: Mask, share: Floats, step_map: Floats) -> float:
    """How surely it is one thing, 0..1: it stands out, and a contour goes all round it."""
    square = np.ones((3, 3), np.uint8)
    inside = cv2.erode(piece.astype(np.uint8), square).astype(bool)
    border = cv2.dilate(piece.astype(np.uint8), square).astype(bool) & ~inside
    closed = float((cv2.dilate(step_map, square)[border] > _CLEAR_STEP).mean())
    around = cv2.dilate(piece.astype(np.uint8), np.ones((13, 13), np.uint8)).astype(bool) & ~piece
    lift = float(share[piece].mean()) - (float(share[around].mean()) if around.any() else 0.0)
    # The square is about the share of things that are one subject (IoU over .5) where it was tried.
    return float((np.clip(lift, 0.0, 1.0) * closed) ** 2)
