"""What scene n shows: style, size, who draws its subjects, how hard it is meant to be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from multiplane_study.scenes import STYLES

SCENES = 500
SEED = 20_261_129
_COUNTS = (2, 1, 3, 2, 4, 2, 3, 1, 2, 3)
"""Subjects of ten scenes of a style: 2.3 each, as in the paper."""
_SOURCES = ("own", "artists", "both")
_SIZES = ((448, 256), (448, 256), (256, 256))
_MEANT_HARD = 0.5
LEAST_SUBJECTS = {
    "same colour": 2,
    "overlapping": 3,
    "two of a noun": 2,
    "thin": 1,
    "cut off": 1,
    "small": 1,
}
"""Kinds of hard, with the number of subjects that each needs."""
_WEIGHTS = {"overlapping": 4, "two of a noun": 2}  # of those that few scenes have room for


@dataclass(frozen=True)
class ScenePlan:
    """A scene before chance fills it in.

    own: per subject whether the project draws it, else the artist. unseen: of the artist's
    subjects, whether they are things that no training names or shows. meant: the kind of hard that
    is tried for, "" for none. drawn_place: stands in a place of the project's, else before a ground
    of the artists' bench.
    """

    number: int
    style: str
    width: int
    height: int
    source: str
    own: tuple[bool, ...]
    unseen: bool
    meant: str
    drawn_place: bool

    @property
    def words(self) -> str:
        """As in `bench.case.Tags`."""
        return "unseen" if self.unseen and not all(self.own) else "known"


def plan_scene(number: int) -> ScenePlan:
    """The plan of scene `number`, 0 .. `SCENES` - 1; the first n are even over the styles."""
    style, turn = STYLES[number % len(STYLES)], number // len(STYLES)
    rng = np.random.default_rng([SEED, number])
    count = _COUNTS[turn % len(_COUNTS)]
    width, height = _SIZES[(turn // 3 + number) % len(_SIZES)]
    # Styles begin at another source each, so that a part of the set is even over the sources too.
    source = _SOURCES[(turn + number % len(STYLES)) % len(_SOURCES)]
    if source == "both" and count == 1:
        source = _SOURCES[number % 2]
    meant = ""
    if rng.random() < _MEANT_HARD:
        kinds = [kind for kind, least in LEAST_SUBJECTS.items() if count >= least]
        weights = np.array([_WEIGHTS.get(kind, 1) for kind in kinds], float)
        meant = str(rng.choice(kinds, p=weights / weights.sum()))
    first = bool(rng.integers(2))
    own = tuple(
        source == "own" or (source == "both" and (place % 2 == 0) == first)
        for place in range(count)
    )
    if meant == "same colour" and source != "artists":
        # Only the project's own figures can be given a colour.
        own = (True, True, *own[2:])
    unseen, drawn_place = bool(rng.integers(2)), bool(rng.integers(2))
    return ScenePlan(number, style, width, height, source, own, unseen, meant, drawn_place)
