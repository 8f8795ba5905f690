"""What a drawn scene holds: the picture and its exact truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class SceneSubject:
    """One subject of a scene.

    `phrase` is the character span in the caption of its noun phrase without the article
    ("red warrior"); two alike subjects ("two red dogs") share a span. `matte` is the visible
    soft matte (H, W) 0..1 after nearer subjects hide it, `whole_matte` the matte of the whole
    subject, `whole` its styled sRGB colours (H, W, 3), meaningful where `whole_matte` > 0.
    `depth` is relative nearness, 0 far .. 1 near.
    """

    kind: str
    colour: str
    phrase: tuple[int, int]
    matte: NDArray[np.float32]
    whole_matte: NDArray[np.float32]
    whole: NDArray[np.uint8]
    depth: float

    @property
    def hidden(self) -> float:
        """Share of the whole subject that nearer subjects hide, 0..1."""
        return 1.0 - float(self.matte.sum()) / max(float(self.whole_matte.sum()), 1e-6)


@dataclass(frozen=True)
class Scene:
    """A picture with its truth.

    `picture` and `background` (clean, in the same style) are (H, W, 3) sRGB; `subjects` stand
    back to front; `depth` (H, W) is nearness like inverse depth, 0 far .. 1 near. Spans are
    character spans in `caption`; `style_phrase` is None where the caption leaves the style out.
    """

    seed: int
    style: str
    place: str
    caption: str
    place_phrase: tuple[int, int]
    style_phrase: tuple[int, int] | None
    picture: NDArray[np.uint8]
    background: NDArray[np.uint8]
    subjects: tuple[SceneSubject, ...]
    depth: NDArray[np.float32]
