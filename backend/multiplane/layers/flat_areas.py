"""Areas of one flat colour in a picture, and whose pixels they are."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Labels = NDArray[np.int32]
Doubles = NDArray[np.float64]

_EVEN = 4  # levels of 255 by which neighbours in an area differ at most
_SPREAD = 4.0  # levels, standard deviation of a flat area's colour
_LEAST = 20  # px of an area that is looked at


@dataclass(frozen=True)
class FlatAreas:
    """Connected areas whose neighbouring pixels differ nearly nowhere.

    labels: (H, W), 0 at edges and in texture. size: (N,) px of each label. colour: (N, 3) mean,
    0..255. flat: (N,) large enough, and of a colour that nearly never changes; never label 0.
    """

    labels: Labels
    size: NDArray[np.int64]
    colour: Doubles
    flat: NDArray[np.bool_]

    def per_owner(self, owner: NDArray[np.intp], count: int) -> NDArray[np.int64]:
        """(count, N) px that each of `count` owners has of each area; owner (H, W)."""
        pairs = owner.ravel() * len(self.size) + self.labels.ravel()
        return np.bincount(pairs, minlength=count * len(self.size)).reshape(count, -1)

    def mean(self, values: NDArray[np.floating]) -> Doubles:
        """(N,) mean over each area of values (H, W)."""
        total = np.bincount(self.labels.ravel(), values.ravel(), len(self.size))
        return np.asarray(total / np.maximum(self.size, 1), np.float64)


def find_flat_areas(picture: Picture) -> FlatAreas:
    """The areas of picture (H, W, 3)."""
    across = np.abs(np.diff(picture.astype(np.int16), axis=1)).max(axis=2) > _EVEN
    down = np.abs(np.diff(picture.astype(np.int16), axis=0)).max(axis=2) > _EVEN
    edge = np.zeros(picture.shape[:2], bool)
    edge[:, 1:] |= across
    edge[:, :-1] |= across
    edge[1:] |= down
    edge[:-1] |= down
    count, labels = cv2.connectedComponents((~edge).astype(np.uint8), connectivity=4)
    found = FlatAreas(
        np.asarray(labels, np.int32),
        np.bincount(labels.ravel(), minlength=count),
        np.zeros((count, 3)),
        np.zeros(count, bool),
    )
    channels = np.moveaxis(picture.astype(np.float64), 2, 0)
    means = [found.mean(channel) for channel in channels]
    varied = [
        found.mean(channel**2) - mean**2 for channel, mean in zip(channels, means, strict=True)
    ]
    spread = np.sqrt(np.maximum(np.max(varied, axis=0), 0.0))
    flat = (found.size >= _LEAST) & (spread <= _SPREAD)
    flat[0] = False
    return FlatAreas(found.labels, found.size, np.stack(means, axis=1), flat)
