"""Holes filled with texture from the same picture.

Patch-based completion: the hole is made of patches that occur elsewhere (Wexler et al. 2007),
found by PatchMatch (Barnes et al. 2009), coarse to fine. Patches at the same height are preferred:
pictures of places are layered by height, sky over hills over ground.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Indices = NDArray[np.int64]

_RADIUS = 3  # patches are 7 x 7 px
_COARSEST = 24  # px, short side at which the search starts
_WORK_SIDE = 400  # px, longest side at which patches are searched
_ROUNDS = (8, 5, 3, 2)  # search-and-vote rounds per level, coarsest first; the last one repeats
_OFF_HEIGHT = 0.6  # cost of a source at another height: times (share of the height) squared
_FADE = 1.25  # trust in a filled pixel falls by this factor with every px from the hole's edge


def synthesise(
    picture: Floats,
    hole: Mask,
    source: Mask,
    *,
    guide: Floats | None = None,
    guess: Floats | None = None,
    coarsest: int = _COARSEST,
    work_side: int = _WORK_SIDE,
    detail: float = 0.5,
    seed: int = 0,
) -> Floats:
    """`picture` (H, W, 3) 0..1 with `hole` (H, W) filled from patches inside `source` (H, W).

    guide: (H, W, G) known in the hole as well, that patches have to agree with (image analogies,
    Hertzmann et al. 2001); a channel in 0..1 counts as much as a colour. guess: (H, W, 3) that the
    search starts from, else a smooth interpolation. coarsest: short side, px, at which it starts;
    what is narrower than a patch there is not found. work_side: longest side, px, at which patches
    are searched. detail: size, in px of the searched picture, under
    which structures are copied from the full picture. Deterministic for a seed. Where `source`
    holds no whole patch, the smooth interpolation of `smooth_fill` is returned.
    """
    height, width = hole.shape
    scale = min(1.0, work_side / max(height, width))
    sizes = [(round(height * scale), round(width * scale))]
    while min(sizes[0]) > 2 * coarsest:
        sizes.insert(0, (sizes[0][0] // 2, sizes[0][1] // 2))
    generator = np.random.default_rng(seed)
    if guess is None:
        guess = smooth_fill(picture, hole, source)
    level: _Level | None = None
    for index, size in enumerate(sizes):
        finer = _Level.of(picture, hole, source, guide, size)
        if not len(finer.targets) or not finer.sources.size:
            continue
        if level is None:
            finer.start(_resize(guess, size), generator)
        else:
            finer.inherit(level)
        for _ in range(_ROUNDS[min(index, len(_ROUNDS) - 1)]):
            finer.search(generator)
            finer.vote()
        level = finer
    if level is None:
        return guess
    if level.size == (height, width) and detail < 1.0:
        return np.where(hole[..., None], level.picture(), picture)
    return _copied(picture, hole, level, detail)


def smooth_fill(picture: Floats, hole: Mask, source: Mask) -> Floats:
    """`picture` (H, W, 3) with `hole` interpolated from `source`, level by level of a pyramid.

    Means over ever larger areas of known pixels, so nothing smears along lines as with Telea.
    """
    weight = (source & ~hole).astype(np.float32)
    filled = pull_push(picture * weight[..., None], weight)
    return np.where(hole[..., None], filled, picture).astype(np.float32)


def pull_push(weighted: Floats, weight: Floats) -> Floats:
    """Values (H, W, C), times a weight (H, W) in 0..1, carried to where it is 0, level by level."""
    height, width = weight.shape
    known = weighted / np.maximum(weight, 1e-6)[..., None]
    if min(height, width) <= 2 or weight.min() > 0.99:
        mean = weighted.sum(axis=(0, 1)) / max(float(weight.sum()), 1e-6)
        return np.where(weight[..., None] > 0, known, mean).astype(np.float32)
    half = ((width + 1) // 2, (height + 1) // 2)
    coarse_weight = cv2.resize(weight, half, interpolation=cv2.INTER_AREA)
    coarse = cv2.resize(weighted, half, interpolation=cv2.INTER_AREA)
    coarse = coarse.reshape(*coarse_weight.shape, -1)  # OpenCV drops a single channel's axis
    room = np.minimum(4.0 * coarse_weight, 1.0)  # one known pixel in four is enough
    coarse = coarse / np.maximum(coarse_weight, 1e-6)[..., None] * room[..., None]
    below = cv2.resize(pull_push(coarse, room), (width, height), interpolation=cv2.INTER_LINEAR)
    below = below.reshape(weighted.shape)
    share = np.minimum(weight, 1.0)[..., None]
    return (share * known + (1.0 - share) * below).astype(np.float32)


@dataclass
class _Level:
    """One size of the pyramid, padded by a patch's radius; pixels are counted row by row."""

    size: tuple[int, int]
    stride: int
    known: Floats  # (P, 3 + G) colours, then guides
    hole: Mask  # (P,)
    trust: Floats  # (P,) weight of a pixel in comparisons
    usable: Mask  # (P,) whole patches of source
    sources: Indices  # centres of usable patches
    targets: Indices  # centres of patches that touch the hole
    match: Indices  # (P,) centre of the source patch for every target
    cost: Floats  # (P,)

    @staticmethod
    def of(
        picture: Floats, hole: Mask, source: Mask, guide: Floats | None, size: tuple[int, int]
    ) -> _Level:
        small_hole = _resize(hole.astype(np.float32), size) > 1e-3
        small_source = (_resize(source.astype(np.float32), size) > 0.999) & ~small_hole
        pad = ((_RADIUS, _RADIUS), (_RADIUS, _RADIUS))
        padded_hole = np.pad(small_hole, pad, mode="symmetric")
        padded_source = np.pad(small_source, pad)
        colours = np.pad(_resize(picture, size), (*pad, (0, 0)), mode="symmetric")
        guides = np.zeros((colours.shape[0] * colours.shape[1], 0), np.float32)
        if guide is not None:
            small = _resize(guide, size).reshape(*size, -1)
            padded_guide = np.pad(small, (*pad, (0, 0)), mode="symmetric")
            guides = padded_guide.reshape(-1, small.shape[2])
        inside = np.pad(np.ones(size, bool), pad)
        square = np.ones((2 * _RADIUS + 1,) * 2, np.uint8)
        usable = cv2.erode(padded_source.astype(np.uint8), square) > 0
        near = (cv2.dilate(padded_hole.astype(np.uint8), square) > 0) & inside
        depth = cv2.distanceTransform(padded_hole.astype(np.uint8), cv2.DIST_L2, 3)
        trust = np.power(_FADE, -depth).astype(np.float32)
        # What is neither hole nor source (the ring round subjects) is not to be matched.
        unknown = ~padded_hole & ~np.pad(small_source, pad, mode="symmetric")
        trust[unknown] = 1e-3
        return _Level(
            size=size,
            stride=padded_hole.shape[1],
            known=np.concatenate([colours.reshape(-1, 3), guides], axis=1, dtype=np.float32),
            hole=padded_hole.ravel(),
            trust=trust.ravel(),
            usable=usable.ravel(),
            sources=np.flatnonzero(usable),
            targets=np.flatnonzero(near),
            match=np.full(padded_hole.size, -1, np.int64),
            cost=np.full(padded_hole.size, np.inf, np.float32),
        )

    @property
    def climb(self) -> float:
        """Cost of a source at another height: times the square of the rows between."""
        return _OFF_HEIGHT / self.size[0] ** 2

    def picture(self) -> Floats:
        """(h, w, 3) without the padding."""
        rows = self.known[:, :3].reshape(-1, self.stride, 3)
        return rows[_RADIUS:-_RADIUS, _RADIUS:-_RADIUS]

    def start(self, guess: Floats, generator: np.random.Generator) -> None:
        """Colours of a first guess (h, w, 3), and chance matches at the same height."""
        self._paint(guess)
        rows = self.sources // self.stride
        wanted = self.targets // self.stride
        near = np.searchsorted(rows, wanted + generator.integers(-2, 3, len(wanted)))
        drift = generator.integers(-self.stride // 2, self.stride // 2 + 1, len(wanted))
        chosen = np.clip(near + drift, 0, len(self.sources) - 1)
        self.match[self.targets] = self.sources[chosen]
        self._measure()

    def inherit(self, coarser: _Level) -> None:
        """Matches and colours of the next coarser level."""
        rows, columns = np.divmod(self.targets, self.stride)
        up = self.size[0] / coarser.size[0], self.size[1] / coarser.size[1]
        at_row = np.clip((rows - _RADIUS) / up[0], 0, coarser.size[0] - 1).astype(np.int64)
        at_column = np.clip((columns - _RADIUS) / up[1], 0, coarser.size[1] - 1).astype(np.int64)
        parent = (at_row + _RADIUS) * coarser.stride + at_column + _RADIUS
        match = coarser.match[parent]
        lost = match < 0
        match = np.where(lost, coarser.sources[0], match)
        from_row, from_column = np.divmod(match, coarser.stride)
        shift_row = np.rint((from_row - at_row - _RADIUS) * up[0]).astype(np.int64)
        shift_column = np.rint((from_column - at_column - _RADIUS) * up[1]).astype(np.int64)
        found = (rows + shift_row).clip(0, self.size[0] - 1) * self.stride
        found = found + (columns + shift_column).clip(0, self.stride - 1)
        bad = lost | ~self.usable[found]
        nearest = np.searchsorted(self.sources, found).clip(0, len(self.sources) - 1)
        self.match[self.targets] = np.where(bad, self.sources[nearest], found)
        self._paint(_resize(coarser.picture(), self.size))
        self.vote()

    def search(self, generator: np.random.Generator) -> None:
        """PatchMatch: neighbours' matches, then chance around the own one."""
        from multiplane.layers import patches

        self._measure()
        reach = max(self.size) // 2
        draws = max(1, math.ceil(math.log(max(reach, 2) / 2.0 + 1.0, 3.0)))
        for backwards in (False, True):
            chance = generator.random((len(self.targets), draws, 2), np.float32) * 2.0 - 1.0
            patches.sweep(
                self.known, self.trust, self.usable, self.targets, self.match, self.cost,
                self.stride, _RADIUS, self.climb, chance, reach, backwards,
            )  # fmt: skip

    def vote(self) -> None:
        """Every pixel of the hole becomes the mean of what the patches over it say."""
        from multiplane.layers import patches

        cost = self.cost[self.targets]
        finite = cost[np.isfinite(cost)]
        usual = max(float(np.quantile(finite, 0.75)), 1e-5) if finite.size else 1.0
        say = np.exp(-np.where(np.isfinite(cost), cost, usual) / (2.0 * usual))
        say = np.maximum(say, 1e-4) * self.trust[self.targets]
        patches.vote(
            self.known, self.hole, self.targets, self.match, say.astype(np.float32),
            self.stride, _RADIUS,
        )  # fmt: skip

    def _paint(self, guess: Floats) -> None:
        pad = ((_RADIUS, _RADIUS), (_RADIUS, _RADIUS), (0, 0))
        flat = np.pad(guess, pad, mode="symmetric").reshape(-1, 3)
        self.known[self.hole, :3] = flat[self.hole]

    def _measure(self) -> None:
        from multiplane.layers import patches

        patches.measure(
            self.known, self.trust, self.targets, self.match, self.cost, self.stride, _RADIUS,
            self.climb,
        )  # fmt: skip


def _copied(picture: Floats, hole: Mask, level: _Level, detail: float) -> Floats:
    """Full-size texture: pixels copied by the level's matches, their mean colour the level's."""
    height, width = hole.shape
    rows, columns = np.nonzero(hole)
    down = level.size[0] / height, level.size[1] / width
    at_row = np.minimum((rows * down[0]).astype(np.int64), level.size[0] - 1) + _RADIUS
    at_column = np.minimum((columns * down[1]).astype(np.int64), level.size[1] - 1) + _RADIUS
    here = at_row * level.stride + at_column
    match = level.match[here]
    known = match >= 0
    from_row, from_column = np.divmod(match, level.stride)
    source_row = np.rint(rows + (from_row - at_row) / down[0]).astype(np.int64)
    source_column = np.rint(columns + (from_column - at_column) / down[1]).astype(np.int64)
    source_row = source_row.clip(0, height - 1)
    source_column = source_column.clip(0, width - 1)
    low = _resize(level.picture(), (height, width))
    blur = max(detail / down[0], 0.5)
    fine = picture - cv2.GaussianBlur(picture, (0, 0), blur)
    filled = np.where(hole[..., None], low, picture)
    if detail >= 1.0:
        low = cv2.GaussianBlur(filled, (0, 0), blur)
    copied = low[rows, columns] + fine[source_row, source_column]
    filled[rows, columns] = np.where(known[:, None], np.clip(copied, 0.0, 1.0), low[rows, columns])
    return filled.astype(np.float32)


def _resize(values: Floats, size: tuple[int, int]) -> Floats:
    if values.shape[:2] == size:
        return values
    shrink = size[0] < values.shape[0]
    how = cv2.INTER_AREA if shrink else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(values, (size[1], size[0]), interpolation=how), np.float32)
