"""Pictures of artists' drawings, composed in a few milliseconds, with who is where.

`artwork.compose` paints scenes with care, in five hands; a reader needs many times more than that
can give. Here drawings are laid flat over grounds that were painted beforehand, and what varies is
what a reader must see through: size, turn, colour, outline, the ground, what stands beside.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane_study.artwork.catalogue import Catalogue
from multiplane_study.artwork.raster import (
    TRAINING_OVERSAMPLING,
    Rgba,
    fills_its_box,
    rasterise,
    resized,
)
from multiplane_study.artwork.styled import main_colour, recoloured
from multiplane_study.reading.grounds import new_ground
from multiplane_study.scenes.captions import Named

Bytes = NDArray[np.uint8]
MOST_DRAWINGS = 8
TOKEN_PIXELS = 16
_COARSE = 4  # px of the cells that mattes are kept in
_SIDE = 192  # px of a drawing's longer side, before it is brought to its size
_RASTERED = 320  # what the artwork's cache of pixels holds
_GROUND = (512, 288)
_GROUNDS_KEPT = 250
LEAST_VISIBLE, LEAST_SHARE = 0.006, 0.4
"""Of the picture and of itself: what a drawing that may be named shows at least."""


@dataclass(frozen=True)
class Shown:
    """A drawing in a picture: what it shows, and what a caption may say of it.

    concept: index into the catalogue's concepts, -1 for none of them. plain: whether it may be
    left unnamed, as a part of the background. `named` has places as shares of the picture's width.
    """

    concept: int
    plain: bool
    named: Named


@dataclass(frozen=True)
class Picture:
    """pixels (H, W, 3) sRGB; covers (K, H / 16, W / 16) uint8, 255 = a token is all of drawing k's;
    `shown` back to front.
    """

    pixels: Bytes
    covers: Bytes
    shown: tuple[Shown, ...]


@dataclass(frozen=True)
class _Sprite:
    rgba: Rgba
    lines: Bytes  # 0..255, where contours and dark fills are
    colour: str
    cut_out: bool


class Composer:
    """Composes pictures from what may be learnt of a catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.index = {concept.slug: k for k, concept in enumerate(catalogue.concepts)}
        self._kept: dict[tuple[str, int, int], _Sprite] = {}
        self._grounds: list[Bytes] = []

    @cached_property
    def pools(self) -> dict[str, list[int]]:
        """Per artist the indices of known concepts that the artist has drawn."""
        return {
            artist: [
                self.index[concept.slug]
                for concept in self.catalogue.drawn_by(artist, self.catalogue.known)
            ]
            for artist in self.catalogue.artists
        }

    def sprite(self, rng: np.random.Generator, artist: str, concept: int) -> _Sprite:
        """One of the artist's drawings of a concept."""
        drawings = self.catalogue.drawings(artist, self.catalogue.concepts[concept])
        number = int(rng.integers(len(drawings)))
        key = (artist, concept, number)
        if key not in self._kept:
            full = rasterise(
                drawings[number].svg, _RASTERED, self.catalogue.pixels, TRAINING_OVERSAMPLING
            )
            rgba = resized(full, _SIDE)
            self._kept[key] = _Sprite(
                rgba, _lines(rgba), main_colour(rgba).name, not fills_its_box(full)
            )
        return self._kept[key]

    def ground(self, rng: np.random.Generator, width: int, height: int) -> Bytes:
        """A part of a painted ground, (height, width, 3)."""
        if len(self._grounds) < _GROUNDS_KEPT or rng.random() < 0.06:
            self._grounds.append(new_ground(rng, *_GROUND))
            self._grounds = self._grounds[-_GROUNDS_KEPT:]
        whole = self._grounds[int(rng.integers(len(self._grounds)))]
        scale = float(rng.uniform(max(width / _GROUND[0], height / _GROUND[1]), 1.0))
        wide, high = min(_GROUND[0], round(width / scale)), min(_GROUND[1], round(height / scale))
        left = int(rng.integers(_GROUND[0] - wide + 1))
        top = int(rng.integers(_GROUND[1] - high + 1))
        part = whole[top : top + high, left : left + wide]
        if rng.random() < 0.5:
            part = part[:, ::-1]
        part = cv2.resize(np.ascontiguousarray(part), (width, height), interpolation=cv2.INTER_AREA)
        if rng.random() < 0.4:
            opaque = np.dstack([part, np.full(part.shape[:2], 255, np.uint8)])
            part = recoloured(opaque, float(rng.uniform(-0.5, 0.5)))[..., :3]
        return part

    def picture(self, rng: np.random.Generator, width: int, height: int) -> Picture:
        """A picture of 1 to 8 drawings, of which at least one may be named."""
        while True:
            made = self._try(rng, width, height)
            if made is not None:
                return made

    def _try(self, rng: np.random.Generator, width: int, height: int) -> Picture | None:
        aspect = width / height
        canvas = self.ground(rng, width, height).astype(np.float32)
        count = int(rng.choice([1, 2, 3, 4, 5], p=[0.2, 0.3, 0.26, 0.18, 0.06]))
        if aspect < 1.3:
            count = min(count, 4)
        extra = int(rng.integers(1, 5)) if rng.random() < 0.4 else 0
        extra = min(extra, MOST_DRAWINGS - count)
        artists = list(self.pools)
        only = str(rng.choice(artists))
        mixed = rng.random() < 0.4
        line_art = rng.random()
        families: set[str] = set()
        chosen: list[tuple[str, int]] = []
        twins = count > 1 and rng.random() < 0.1
        for number in range(extra + count):
            artist = str(rng.choice(artists)) if mixed else only
            if twins and number == extra + 1:
                chosen.append(chosen[-1])
                continue
            for _ in range(30):
                pool = self.pools[artist]
                concept = pool[int(rng.integers(len(pool)))]
                family = self.catalogue.concepts[concept].family
                if family not in families and self.sprite(rng, artist, concept).cut_out:
                    families.add(family)
                    chosen.append((artist, concept))
                    break
            else:
                return None
        places = _places(rng, count, extra, aspect)
        order = [*range(extra), *(extra + int(k) for k in rng.permutation(count))]
        if rng.random() < 0.7:  # lower is nearer
            nearer = sorted(range(extra, extra + count), key=lambda k: places[k][1])
            order = [*range(extra), *nearer]
        alphas = np.zeros((len(order), height // _COARSE, width // _COARSE), np.float32)
        colours: list[str] = []
        for number, k in enumerate(order):
            artist, concept = chosen[k]
            rgba, colour = _dressed(rng, self.sprite(rng, artist, concept), line_art)
            x, foot, side = places[k]
            alphas[number] = _lay(rng, rgba, x * height, foot * height, side * height, canvas)
            colours.append(colour)
        left = np.cumprod(1.0 - alphas[::-1], axis=0)[::-1]
        visible = alphas * np.concatenate([left[1:], np.ones_like(left[:1])])
        area = float(visible[0].size)
        shown: list[Shown] = []
        at = (np.arange(visible.shape[2]) + 0.5) / visible.shape[2]
        for number, k in enumerate(order):
            seen, whole = float(visible[number].sum()), float(alphas[number].sum())
            if k >= extra and (seen < LEAST_VISIBLE * area or seen < LEAST_SHARE * whole):
                return None
            columns = visible[number].sum(axis=0)
            middle = float((columns * at).sum() / max(float(columns.sum()), 1e-6))
            some = np.flatnonzero(alphas[number].max(axis=0) > 0.1)
            ends = (at[some[0]], at[some[-1]]) if len(some) else (middle, middle)
            hidden_by = frozenset(
                nearer for nearer in range(number + 1, len(order))
                if float((alphas[number] * alphas[nearer]).sum()) > 0.04 * max(whole, 1e-6)
            )  # fmt: skip
            concept = chosen[k][1]
            named = Named(
                self.catalogue.concepts[concept].name, colours[number], middle,
                float(ends[0]), float(ends[1]), hidden_by,
            )  # fmt: skip
            shown.append(Shown(concept, k < extra, named))
        cells = TOKEN_PIXELS // _COARSE
        rows, wide = height // TOKEN_PIXELS, width // TOKEN_PIXELS
        covers = visible.reshape(len(order), rows, cells, wide, cells).mean(axis=(2, 4))
        return Picture(_finished(rng, canvas), np.rint(covers * 255).astype(np.uint8), tuple(shown))


def _lines(rgba: Rgba) -> Bytes:
    """Thin marks (255) where colours meet and along the silhouette."""
    solid = np.asarray((rgba[..., 3] > 127) * 255, np.uint8)
    padded = cv2.copyMakeBorder(solid, 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    colours = cv2.bitwise_and(
        np.ascontiguousarray(rgba[..., :3]), cv2.cvtColor(solid, cv2.COLOR_GRAY2RGB)
    )
    smooth = cv2.medianBlur(np.dstack([colours, solid]), 3)
    jumps = cv2.morphologyEx(smooth, cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8)).max(axis=2)
    rim = cv2.morphologyEx(padded, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))[1:-1, 1:-1]
    dark = (rgba[..., :3].max(axis=2) < 70) & (solid > 0)
    return np.asarray(((jumps > 40) | (rim > 0) | dark) * 255, np.uint8)


def _dressed(rng: np.random.Generator, sprite: _Sprite, line_art: float) -> tuple[Rgba, str]:
    """The drawing recoloured, outlined or bare of colour by chance; its colour's name."""
    rgba, colour = sprite.rgba, sprite.colour
    if rng.random() < 0.2:
        rgba = recoloured(rgba, float(rng.uniform(-0.5, 0.5)))
        colour = main_colour(rgba).name
    if line_art < 0.45:
        thick = int(rng.integers(3, 10))
        pad = thick
        rgba = cv2.copyMakeBorder(rgba, pad, pad, pad, pad, cv2.BORDER_CONSTANT)
        lines = cv2.copyMakeBorder(sprite.lines, pad, pad, pad, pad, cv2.BORDER_CONSTANT)
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (thick, thick))
        lines = cv2.dilate(lines, kernel)
        ink = rng.uniform(0, 60, 3).astype(np.uint8)
        body = rgba[..., :3]
        if line_art < 0.08:  # a line drawing on its own paper
            paper = (0.9 * rng.uniform(200, 255, 3)).astype(np.uint8)
            body = paper + body // 10
            colour = ""
        elif line_art < 0.25:  # flat fills
            body = body // 52 * 52 + 23
        body = np.where((lines > 127)[..., None], ink, body)
        rgba = np.dstack([body, np.maximum(rgba[..., 3], lines)])
    if rng.random() < 0.5:
        rgba = rgba[:, ::-1]
    return np.ascontiguousarray(rgba), colour


def _places(
    rng: np.random.Generator, count: int, extra: int, aspect: float
) -> list[tuple[float, float, float]]:
    """Middle, foot and longer side in picture heights; first the unnamed ones."""
    high = {1: 0.92, 2: 0.75, 3: 0.64, 4: 0.56, 5: 0.5}[count]
    low = {1: 0.35, 2: 0.3, 3: 0.26, 4: 0.24, 5: 0.22}[count]
    sides = rng.uniform(low, high, count)
    for k in range(count):
        if rng.random() < 0.12:
            sides[k] = rng.uniform(0.13, 0.25)
    if rng.random() < 0.6:
        slots = (rng.permutation(count) + 0.5) / count * aspect
        middles = slots + rng.uniform(-0.2, 0.2, count) * aspect / count
    else:
        middles = rng.uniform(0.0, aspect, count)
    middles = np.where(
        rng.random(count) < 0.12,
        middles,
        np.clip(middles, sides / 2, np.maximum(sides / 2, aspect - sides / 2)),
    )
    feet = np.maximum(
        rng.uniform(0.5, 1.0, count), np.where(rng.random(count) < 0.1, 0, sides + 0.01)
    )
    found = [
        (float(rng.uniform(0, aspect)), float(rng.uniform(0.2, 1.0)), float(rng.uniform(0.12, 0.3)))
        for _ in range(extra)
    ]
    return found + [
        (float(x), float(y), float(s)) for x, y, s in zip(middles, feet, sides, strict=True)
    ]


def _lay(
    rng: np.random.Generator, rgba: Rgba, x: float, foot: float, side: float,
    canvas: NDArray[np.float32],
) -> NDArray[np.float32]:  # fmt: skip
    """Lay a drawing on the canvas, its middle at x and its lowest row at `foot`, in px.

    Returns its matte at a quarter of the canvas's size.
    """
    height, width = canvas.shape[:2]
    high, wide = rgba.shape[:2]
    scale = side / max(high, wide)
    stretch = float(np.exp(rng.normal(0.0, 0.06)))
    size = (max(4, round(wide * scale * stretch)), max(4, round(high * scale)))
    together = cv2.multiply(
        rgba,
        cv2.merge([*[rgba[..., 3]] * 3, np.full((high, wide), 255, np.uint8)]),
        scale=1 / 255.0,
    )
    way = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_LINEAR
    small = cv2.resize(together, size, interpolation=way)
    if rng.random() < 0.25:
        small = _turned(small, float(rng.normal(0.0, 10.0)))
    high, wide = small.shape[:2]
    top, first = round(foot - high), round(x - wide / 2)
    rows = slice(max(0, top), min(height, top + high))
    columns = slice(max(0, first), min(width, first + wide))
    matte = np.zeros((height, width), np.uint8)
    if rows.start < rows.stop and columns.start < columns.stop:
        part = small[
            rows.start - top : rows.stop - top, columns.start - first : columns.stop - first
        ]
        under = canvas[rows, columns]
        under *= 1.0 - part[..., 3:] / np.float32(255.0)
        under += part[..., :3]
        matte[rows, columns] = part[..., 3]
    coarse = cv2.resize(matte, (width // _COARSE, height // _COARSE), interpolation=cv2.INTER_AREA)
    return coarse / np.float32(255.0)


def _turned(small: Bytes, degrees: float) -> Bytes:
    """A drawing with colours multiplied by their cover, on a sheet that holds it turned."""
    height, width = small.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    cos, sin = abs(turn[0, 0]), abs(turn[0, 1])
    size = (int(height * sin + width * cos) + 1, int(height * cos + width * sin) + 1)
    turn[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    return np.asarray(cv2.warpAffine(small, turn, size, flags=cv2.INTER_LINEAR), np.uint8)


def _finished(rng: np.random.Generator, canvas: NDArray[np.float32]) -> Bytes:
    """What a scan or an export may do to a picture."""
    if rng.random() < 0.06:
        canvas = np.repeat(canvas.mean(axis=2, keepdims=True), 3, axis=2)
    if rng.random() < 0.3:
        canvas = (canvas - 128) * float(rng.uniform(0.7, 1.15)) + 128 + float(rng.normal(0, 10))
    if rng.random() < 0.2:
        canvas = cv2.GaussianBlur(canvas, (0, 0), float(rng.uniform(0.4, 1.0)))
    if rng.random() < 0.2:
        canvas = canvas + rng.normal(0, rng.uniform(1, 8), canvas.shape).astype(np.float32)
    return np.asarray(np.rint(np.clip(canvas, 0, 255)), np.uint8)
