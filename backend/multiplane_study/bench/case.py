"""A picture with its truth, and what it is counted under."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multiplane.attention.capture import AttentionMaps
from multiplane_study.scenes import Scene


@dataclass(frozen=True)
class Tags:
    """What a case is counted under.

    number: in its set. source: who drew the subjects ("own", "artists", "both", or another).
    words: "known", "unseen" where nothing was trained on some of its nouns, or "" where that isn't
    known. hard: kinds of hard that it is, in `stylized500.hard`'s words.
    """

    number: int
    style: str
    subjects: int
    source: str = ""
    words: str = ""
    hard: tuple[str, ...] = ()
    caption: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As the result's file has it."""
        return {**asdict(self), "hard": list(self.hard)}


@dataclass(frozen=True)
class Case:
    """One picture of a set.

    knows: which truths the scene holds beside the subjects' masks: "mattes" (soft ones), "order"
    (subjects stand back to front), "hidden" (the clean background and whole subjects). Figures of
    the others are null. painted: what a model attended to while it painted the picture; None for a
    picture that it is shown. judged (S, H, W): the judge's masks of a picture whose truth is known.
    """

    scene: Scene
    tags: Tags
    knows: frozenset[str] = frozenset({"mattes", "order", "hidden"})
    painted: AttentionMaps | None = None
    judged: NDArray[np.bool_] | None = None
