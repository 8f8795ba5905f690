"""Subjects that go on farther behind nearer ones, for a move that uncovers more than is usual."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from multiplane.layers.complete import continue_shape
from multiplane.layers.extend import cropped
from multiplane.layers.fill import fill_subject
from multiplane.layers.foreground import extend_colours
from multiplane.layers.stack import Layer, bounding_box

Bytes = NDArray[np.uint8]
Mask = NDArray[np.bool_]

_HALF = 127  # alpha, of 255


def completed_farther(
    layers: Sequence[Layer], size: tuple[int, int], pairs: Collection[tuple[str, str]], reach: float
) -> tuple[Layer, ...]:
    """`layers`, back to front, with farther subjects continued `reach` behind nearer ones.

    size: (width, height) px of the picture; pairs: names (farther, nearer); reach: share of the
    long side. Only what solid pixels of nearer layers hide is added, so at rest nothing changes.
    """
    result = list(layers)
    for number, layer in enumerate(layers):
        nearer = [other for other in layers[number + 1 :] if (layer.name, other.name) in pairs]
        if nearer:
            result[number] = _continued(layer, layers[number + 1 :], nearer, size, reach)
    return tuple(result)


def _continued(
    layer: Layer,
    before: Sequence[Layer],
    nearer: Sequence[Layer],
    size: tuple[int, int],
    reach: float,
) -> Layer:
    sheet = cropped(layer.rgba, layer.bbox[:2], size)
    covers, solid = _hidden_by(before, size, _HALF), _hidden_by(before, size, 254)
    hider = _hidden_by(nearer, size, _HALF)
    alpha = sheet[..., 3].astype(np.float32) / np.float32(255.0)
    seen = (sheet[..., 3] > _HALF) & ~covers
    if not seen.any():
        return layer
    grown = continue_shape(seen, hider, reach * max(size)) & solid & (sheet[..., 3] < 255)
    if not grown.any():
        return layer
    own = sheet[..., :3].astype(np.float32) / np.float32(255.0)
    known = np.where(grown, np.float32(0.0), alpha)
    filled = fill_subject(own, known, np.maximum(alpha, grown.astype(np.float32)))
    sheet[grown, :3] = np.rint(np.clip(filled[grown], 0.0, 1.0) * 255.0)
    sheet[grown, 3] = 255
    x, y, wide, high = bounding_box(sheet[..., 3])
    cut = np.ascontiguousarray(sheet[y : y + high, x : x + wide])
    return replace(layer, rgba=extend_colours(cut), bbox=(x, y, wide, high))


def _hidden_by(layers: Sequence[Layer], size: tuple[int, int], more_than: int) -> Mask:
    """Where (H, W) one of `layers` has an alpha above `more_than`."""
    hidden = np.zeros(size[::-1], bool)
    for layer in layers:
        hidden |= cropped(layer.rgba, layer.bbox[:2], size)[..., 3] > more_than
    return hidden
