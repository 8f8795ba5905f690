"""What models that look at pictures are asked, and what they answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]  # (H, W, 3) sRGB
Floats = NDArray[np.float32]
OnStep = Callable[[int, int], None]  # (steps done, steps in all)


@dataclass(frozen=True)
class Box:
    """Where something may be: px of the picture, x to the right and y down."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def area(self) -> float:
        return max(0.0, self.right - self.left) * max(0.0, self.bottom - self.top)

    def iou(self, other: Box) -> float:
        """Intersection over union, 0..1."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        both = max(0.0, wide) * max(0.0, high)
        union = self.area + other.area - both
        return both / union if union > 0.0 else 0.0


@dataclass(frozen=True)
class Detection:
    """A box that shows what a phrase means. of: index of the phrase; score: 0..1."""

    of: int
    score: float
    box: Box


@dataclass(frozen=True)
class Prompt:
    """What is to be cut out, shown by hand or by another model: a box, points inside, or both.

    words: what it is, for maskers that read; "" where nobody says.
    """

    box: Box | None
    points: tuple[tuple[float, float], ...] = ()  # (x, y) px
    words: str = ""


@dataclass(frozen=True)
class Candidates:
    """Masks that may be meant by one prompt.

    logits (M, h, w) over the whole picture, > 0 inside; scores (M,): the model's own guess of
    each one's IoU with what was meant, 0..1.
    """

    logits: Floats
    scores: Floats


@dataclass(frozen=True)
class Instance:
    """One thing that a phrase means.

    of: index of the phrase; score: 0..1; logits (h, w) over the whole picture, > 0 inside.
    """

    of: int
    score: float
    logits: Floats


class Segmenter(Protocol):
    """Words to one soft mask each."""

    def logits(self, picture: Picture, phrases: Sequence[str]) -> Floats:
        """(N, h, w) over the whole picture, > 0 where it shows what the phrase means."""
        ...


class Finder(Protocol):
    """Words to the things that they mean."""

    def instances(self, picture: Picture, phrases: Sequence[str]) -> list[Instance]:
        """All that was found, the surest first."""
        ...


class Detector(Protocol):
    """Words to boxes."""

    def detections(self, picture: Picture, phrases: Sequence[str]) -> list[Detection]:
        """All that was found, the surest first."""
        ...


class Masker(Protocol):
    """Boxes and points to masks."""

    def candidates(self, picture: Picture, prompts: Sequence[Prompt]) -> list[Candidates]:
        """For each prompt the masks that may be meant."""
        ...


class Layerer(Protocol):
    """A picture to layers."""

    def layers(
        self, picture: Picture, caption: str, count: int, seed: int, on_step: OnStep
    ) -> NDArray[np.float32]:
        """(count, h, w, 4) straight RGBA 0..1 over the whole picture, back to front.

        caption: what the picture shows, all in all. on_step: is told steps done and steps in all;
        what it raises stops the model.
        """
        ...


class Matter(Protocol):
    """Trimaps to soft mattes."""

    def alpha(self, picture: Picture, trimap: Floats) -> Floats:
        """(H, W) 0..1. trimap (H, W): 1 inside, 0 outside, 0.5 where nobody knows."""
        ...


class Comparer(Protocol):
    """Features of cut out subjects, whose cosine tells how like each other they are."""

    def features(self, cutout: NDArray[np.uint8]) -> Floats:
        """(D,) of a cutout (H, W, 4), straight alpha."""


@dataclass(frozen=True)
class DetectAndMask:
    """A finder of two models: one puts boxes round what words mean, one cuts out what is in them.

    The way of Grounded SAM (Ren et al. 2024).
    """

    detector: Detector
    masker: Masker

    def instances(self, picture: Picture, phrases: Sequence[str]) -> list[Instance]:
        found = self.detector.detections(picture, phrases)
        if not found:
            return []
        masks = self.masker.candidates(
            picture, [Prompt(one.box, words=phrases[one.of]) for one in found]
        )
        return [
            Instance(one.of, one.score, _best(each)) for one, each in zip(found, masks, strict=True)
        ]


def _best(masks: Candidates) -> Floats:
    best: Floats = masks.logits[int(masks.scores.argmax())]
    return best
