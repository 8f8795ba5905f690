"""An artist's layers against the picture that Photoshop merged of them: where they differ, and
how they come to show that picture at rest all the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.layers.artist_layers import ArtistStack, flat_picture
from multiplane.layers.exact import contributions, solve_colours
from multiplane.layers.extend import cropped
from multiplane.layers.foreground import extend_colours
from multiplane.layers.hidden_colours import changed_alike
from multiplane.layers.stack import Layer, bounding_box

Bytes = NDArray[np.uint8]
Mask = NDArray[np.bool_]

LEVEL = 8  # of 255; a pixel that is farther off differs
MOST_DIFFERING = 0.01  # share of the pixels that may differ before layers and picture do
_EXACT = 2  # of 255; what rounding may put off
_BAND = 4_000_000  # px of all layers together that are held at a time
_NOTABLE = 0.05  # share of what differs from which on a layer has part in it
_SEEN = 0.98  # share of a pixel from which on it counts as seen
_SMALL = 640  # px, long side of the picture that shows where


@dataclass(frozen=True)
class Difference:
    """How the layers as they were read differed from the merged picture, by more than 1 % of it.

    share: of the pixels, 0..1, that were off by more than 8 of 255. layers: ids of those that are
    seen there, most first. where: (h, w, 3) small, the merged picture in grey and what differed in
    red.
    """

    share: float
    layers: tuple[str, ...]
    where: Bytes


def as_merged(
    stack: ArtistStack,
    merged: Bytes | None,
    composed: Callable[[], Bytes | None],
    *,
    vouched: bool,
    calculated: bool,
    reaches: Mapping[str, int] | None = None,
) -> tuple[ArtistStack, Difference | None]:
    """The layers with colours that give the merged picture at rest, and how they differed from it.

    merged: (H, W, 3), None where there is none. composed: makes what the same layers give when they
    are composited all together in the file's own colours and depth, None where that cannot be;
    layers that differ only from that are no difference. vouched: whether `merged` is known to be
    the picture of these layers; where it is not, the layers count. calculated: whether some layers'
    colours were worked out one by one, so that `composed` is what they have to give where nothing
    was merged. Colours change where the layers are seen, as little as possible, and alpha only
    where no colour would do; what is hidden changes along where one way of changing explains what
    is seen of its layer. reaches: by the names of layers that lack a shadow or a glow, how many
    px it may lie outside of them; there it becomes part of them and moves with them.
    """
    difference = None
    target = merged if vouched else None
    if merged is not None:
        share = _share(_off(stack.picture, merged))
        if share > MOST_DIFFERING:
            together = composed()
            if together is None or _share(_off(together, merged)) > MOST_DIFFERING:
                difference = _difference(stack, merged, share)
    if target is None and calculated:
        target = composed()
    if target is None:
        return stack, difference
    if vouched and reaches:
        stack = _with_outer_effects(stack, target, reaches)
    apart = _off(stack.picture, target, _EXACT)
    return (_recoloured(stack, target, apart) if apart.any() else stack), difference


def _off(picture: Bytes, target: Bytes, level: int = LEVEL) -> Mask:
    apart = cv2.absdiff(np.ascontiguousarray(picture), np.ascontiguousarray(target))
    return apart.max(axis=2) > level


def _share(mask: Mask) -> float:
    return float(mask.mean())


def _difference(stack: ArtistStack, merged: Bytes, share: float) -> Difference:
    off = _off(stack.picture, merged)
    rows, columns = np.nonzero(off)
    step = max(1, len(rows) // 100_000)
    rows, columns = rows[::step], columns[::step]
    alphas = np.zeros((len(stack.layers), len(rows)), np.float32)
    for index, layer in enumerate(stack.layers):
        x, y, wide, high = layer.bbox
        here = (columns >= x) & (columns < x + wide) & (rows >= y) & (rows < y + high)
        alphas[index, here] = layer.rgba[rows[here] - y, columns[here] - x, 3] / np.float32(255.0)
    seen = contributions(alphas).mean(axis=1)
    order = [int(index) for index in np.argsort(-seen) if seen[index] >= _NOTABLE]
    return Difference(
        share=share,
        layers=tuple(stack.layers[index].id for index in order),
        where=_shown(stack.picture, merged),
    )


def _shown(picture: Bytes, merged: Bytes) -> Bytes:
    """Where the two differ, in red on the merged picture in grey."""
    height, width = merged.shape[:2]
    scale = min(1.0, _SMALL / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    apart = cv2.absdiff(np.ascontiguousarray(picture), np.ascontiguousarray(merged)).max(axis=2)
    strength = np.clip(apart.astype(np.float32) / 64.0, 0.0, 1.0) * (apart > LEVEL)
    small = cv2.resize(np.ascontiguousarray(merged), size, interpolation=cv2.INTER_AREA)
    # What is thin shall be seen in the small picture as well.
    strength = cv2.resize(strength, size, interpolation=cv2.INTER_AREA)
    strength = np.sqrt(np.clip(strength, 0.0, 1.0))[..., None]
    grey = 90.0 + 0.5 * cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)[..., None].astype(np.float32)
    red = np.array([230.0, 20.0, 30.0], np.float32)
    return np.rint(strength * red + (1.0 - strength) * grey).astype(np.uint8)


def _with_outer_effects(
    stack: ArtistStack, target: Bytes, reaches: Mapping[str, int]
) -> ArtistStack:
    """What differs beside layers that lack a shadow or glow, as the least of it on these layers."""
    height, width = target.shape[:2]
    layers = list(stack.layers)
    covered = np.zeros((height, width), bool)
    for index in range(len(layers) - 1, 0, -1):
        layer = layers[index]
        sheet = cropped(layer.rgba, layer.bbox[:2], (width, height))
        reach = reaches.get(layer.name, 0)
        if reach > 0:
            clear = (sheet[..., 3] == 0).astype(np.uint8)
            beside = cv2.distanceTransform(clear, cv2.DIST_L2, 5) <= reach
            off = _off(flat_picture(layers, (width, height)), target, _EXACT)
            here = off & beside & ~covered & (sheet[..., 3] < 255)
            below = flat_picture(layers[:index], (width, height))[here] / np.float32(255.0)
            wanted = target[here] / np.float32(255.0)
            room = np.where(wanted > below, 1.0 - below, below)
            need = (np.abs(wanted - below) / np.maximum(room, 1e-4)).max(axis=1)
            alpha = np.ceil(np.clip(need, 0.0, 1.0) * 255.0)
            alpha = np.maximum(alpha, sheet[here, 3])[:, None] / 255.0
            colours = (wanted - (1.0 - alpha) * below) / np.maximum(alpha, 1e-4)
            sheet[here, :3] = np.rint(np.clip(colours, 0.0, 1.0) * 255.0)
            sheet[here, 3] = np.rint(alpha[:, 0] * 255.0)
            layers[index] = _grown(layer, sheet)
        covered |= sheet[..., 3] > 0
    return replace(stack, picture=flat_picture(layers, (width, height)), layers=tuple(layers))


def _grown(layer: Layer, sheet: Bytes) -> Layer:
    """The layer with the canvas' pixels (H, W, 4) in it; what lies off the canvas stays."""
    height, width = sheet.shape[:2]
    x, y, wide, high = layer.bbox
    left, top = min(x, 0), min(y, 0)
    size = (max(x + wide, width) - left, max(y + high, height) - top)
    rgba = cropped(layer.rgba, (x - left, y - top), size)
    rgba[-top : height - top, -left : width - left] = sheet
    bx, by, bw, bh = bounding_box(rgba[..., 3])
    box = (left + bx, top + by, bw, bh)
    return replace(layer, rgba=extend_colours(rgba[by : by + bh, bx : bx + bw]), bbox=box)


def _recoloured(stack: ArtistStack, target: Bytes, apart: Mask) -> ArtistStack:
    height, width = apart.shape
    pixels = [layer.rgba.copy() for layer in stack.layers]
    rows = max(1, _BAND // (width * len(pixels)))
    for top in range(0, height, rows):
        bottom = min(height, top + rows)
        at = apart[top:bottom]
        if not at.any():
            continue
        sheets = [
            cropped(rgba, (layer.bbox[0], layer.bbox[1] - top), (width, bottom - top))
            for rgba, layer in zip(pixels, stack.layers, strict=True)
        ]
        given = np.stack([sheet[at] for sheet in sheets])
        wished = given[..., :3].astype(np.float32) / np.float32(255.0)
        alphas, colours = solve_colours(target[top:bottom][at], given[..., 3], wished)
        for index, layer in enumerate(stack.layers):
            sheets[index][at, :3] = colours[index]
            sheets[index][at, 3] = alphas[index]
            _put(pixels[index], layer, sheets[index], top, width)
    _change_hidden(stack, pixels)
    layers = tuple(
        replace(layer, rgba=rgba) for layer, rgba in zip(stack.layers, pixels, strict=True)
    )
    return replace(stack, picture=flat_picture(layers, (width, height)), layers=layers)


def _change_hidden(stack: ArtistStack, pixels: Sequence[Bytes]) -> None:
    """What of each layer is hidden, or off the canvas, changes as what is seen of it has."""
    height, width = stack.picture.shape[:2]
    open_to = np.ones((height, width), np.float32)  # share of what is behind that is seen
    for layer, rgba in zip(reversed(stack.layers), reversed(pixels), strict=True):
        x, y, wide, high = layer.bbox
        left, top = max(0, x), max(0, y)
        right, bottom = max(left, min(width, x + wide)), max(top, min(height, y + high))
        here = (slice(top, bottom), slice(left, right))
        own = (slice(top - y, bottom - y), slice(left - x, right - x))
        through = np.zeros((high, wide), np.float32)  # off the canvas nothing is seen
        through[own] = open_to[here]
        seen = (through > _SEEN) & (layer.rgba[..., 3] == 255)
        hidden = (through < 1.0 - _SEEN) & (layer.rgba[..., 3] > 0)
        changed = changed_alike(layer.rgba[seen, :3], rgba[seen, :3], layer.rgba[hidden, :3])
        if changed is not None:
            rgba[hidden, :3] = changed
        open_to[here] *= 1.0 - rgba[own][..., 3].astype(np.float32) / np.float32(255.0)


def _put(rgba: Bytes, layer: Layer, sheet: Bytes, top: int, width: int) -> None:
    """Write the canvas' rows from `top` on, (h, width, 4), back into the layer's own pixels."""
    x, y, wide, high = layer.bbox
    left, right = max(0, x), min(width, x + wide)
    first, last = max(top, y), min(top + sheet.shape[0], y + high)
    if left < right and first < last:
        rgba[first - y : last - y, left - x : right - x] = sheet[
            first - top : last - top, left:right
        ]
