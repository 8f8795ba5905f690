"""Random fields of one scene, shared by its layers so that paper and weave run through."""

from __future__ import annotations

from functools import cached_property, lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]


@lru_cache(maxsize=2)
def _speckle(side: int = 1024) -> Field:
    # One fixed sheet of white noise; scenes cut random windows out of it, which is much
    # cheaper than a fresh sheet for every scene.
    return np.random.default_rng(20_240).standard_normal((side, side)).astype(np.float32)


class Grain:
    """Noise for a picture of `height` x `width`; unit = 1 px of a 256 px high picture."""

    def __init__(self, rng: np.random.Generator, height: int, width: int) -> None:
        self.rng, self.height, self.width = rng, height, width
        self.unit = height / 256.0

    def smooth(self, cells: float) -> Field:
        """Smooth noise, mean 0, deviation about 1, `cells` features along the height."""
        rows = max(2, round(cells) + 1)
        columns = max(2, round(cells * self.width / self.height) + 1)
        small = self.rng.standard_normal((rows, columns)).astype(np.float32)
        field = cv2.resize(small, (self.width, self.height), interpolation=cv2.INTER_CUBIC)
        return np.asarray(field * np.float32(1.3), np.float32)

    def speckle(self) -> Field:
        """White noise, mean 0, deviation 1."""
        sheet = _speckle()
        if self.height > sheet.shape[0] or self.width > sheet.shape[1]:
            return self.rng.standard_normal((self.height, self.width)).astype(np.float32)
        top = int(self.rng.integers(sheet.shape[0] - self.height + 1))
        left = int(self.rng.integers(sheet.shape[1] - self.width + 1))
        return sheet[top : top + self.height, left : left + self.width]

    def streaks(self, angle: float, length: float, breadth: float = 0.6) -> Field:
        """White noise drawn out along `angle` (radians) over `length` units, deviation 1."""
        reach = max(3, round(length * self.unit)) | 1
        kernel = np.zeros((reach, reach), np.float32)
        middle = (reach - 1) / 2
        end = (middle * np.cos(angle), middle * np.sin(angle))
        cv2.line(kernel, (round(middle - end[0]), round(middle - end[1])),
                 (round(middle + end[0]), round(middle + end[1])), 1.0, 1)  # fmt: skip
        field = cv2.filter2D(self.speckle(), -1, kernel / kernel.sum())
        field = cv2.GaussianBlur(field, (0, 0), max(0.3, breadth * self.unit))
        return np.asarray((field - field.mean()) / max(float(field.std()), 1e-6), np.float32)

    @cached_property
    def paper(self) -> Field:
        """The tooth of the paper, mean 0, deviation about 1."""
        tooth = cv2.GaussianBlur(self.speckle(), (0, 0), max(0.4, 0.8 * self.unit))
        tooth = tooth / max(float(tooth.std()), 1e-6)
        return np.asarray(0.8 * tooth + 0.4 * self.smooth(24), np.float32)

    @cached_property
    def drift(self) -> tuple[Field, Field, Field]:
        """Two displacements and a pressure for a hand's unsteadiness, deviation about 1."""
        return self.smooth(26), self.smooth(26), self.smooth(18)
