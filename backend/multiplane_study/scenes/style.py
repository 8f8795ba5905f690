"""What every drawing style offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from .grain import Field, Grain
from .raster import Hand, Raster


@dataclass(frozen=True)
class Painted:
    """A layer in a style, of its raster's window: `rgb` (h, w, 3) 0..1, valid where `matte`
    (h, w) 0..1 is not 0."""

    rgb: Field
    matte: Field


class Style:
    """Paints layers of one scene; made once per scene so that its layers share paper and mood."""

    hand = Hand()

    def __init__(self, grain: Grain) -> None:
        self.grain = grain

    def paint(self, raster: Raster, *, backdrop: bool) -> Painted:
        """The layer in this style; `backdrop` is the place behind the subjects."""
        raise NotImplementedError

    def finish(self, picture: Field, mattes: Sequence[Field]) -> Field:
        """What happens to the whole picture at last; `mattes` are the subjects' visible ones."""
        return picture

    def line_scale(self, *, backdrop: bool) -> float:
        """Width of contours in a layer, relative to the hand's own."""
        return 0.75 if backdrop else 1.0


def soften(field: Field, sigma: float) -> Field:
    """Gaussian blur by `sigma` pixels."""
    return np.asarray(cv2.GaussianBlur(field, (0, 0), max(sigma, 0.25)), np.float32)


def luminance(rgb: Field) -> Field:
    """Rec. 709 weights on the encoded values, good enough to choose a tone."""
    return np.asarray(rgb @ np.array([0.2126, 0.7152, 0.0722], np.float32), np.float32)
