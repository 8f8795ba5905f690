"""Cuts that snap to a soundtrack: each to the nearest beat, or out of the phrase that it cuts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

Nearest = Callable[[int], int | None]
"""From the frame that a cut is before to the one where it should be; None: there is none."""
MARGIN_S = 0.04
"""Between a cut and the phrase beside it: a frame."""
_AT_ONCE = Fraction(1, 1000)
"""Of a frame: how far floating-point seconds may be beside the frame that they mean."""


@dataclass(frozen=True)
class MovedCut:
    """A cut before a shot. at, to: frames of the film; equal where it stays. why: it stays."""

    before: int  # index of the shot
    at: int
    to: int
    why: str = ""


def to_beats(beats: NDArray[np.float64], rate: Fraction) -> Nearest:
    """To the frame in which the nearest beat falls, so that no picture comes after its beat.

    beats: times in the film, s, in ascending order. rate: exact frames per second.
    """

    def nearest(cut: int) -> int | None:
        if not len(beats):
            return None
        beat = float(beats[np.abs(beats - cut / float(rate)).argmin()])
        return _last_until(beat, rate)

    return nearest


def out_of_phrases(phrases: NDArray[np.float64], rate: Fraction) -> Nearest:
    """To the nearer end of the phrase (start, end; s) that lies there; a cut in a pause stays.

    The frame keeps at least `MARGIN_S` to what is said. rate: exact frames per second.
    """

    def nearest(cut: int) -> int:
        for start, end in phrases:
            before = _last_until(start - MARGIN_S, rate)
            after = _first_from(end + MARGIN_S, rate)
            if before < cut < after:
                time = cut / float(rate)
                is_first_half = time - (start - MARGIN_S) <= (end + MARGIN_S) - time
                return before if is_first_half else after
        return cut

    return nearest


def _last_until(time: float, rate: Fraction) -> int:
    """The frame that is shown at a time, s: the last that begins until then."""
    return floor(Fraction(time) * rate + _AT_ONCE)


def _first_from(time: float, rate: Fraction) -> int:
    """The first frame that begins at a time, s, or later."""
    return ceil(Fraction(time) * rate - _AT_ONCE)


def snapped(
    frames: Sequence[int], rate: Fraction, nearest: Nearest, tolerance_s: float
) -> tuple[list[int], list[MovedCut]]:
    """(new lengths of the shots in frames, what became of each cut between two of them).

    A cut goes no farther than `tolerance_s`, and leaves every shot a frame at least; the film's
    length stays. frames: of the shots, at least 1 each. rate: exact frames per second.
    """
    cuts = [0, *accumulate(frames)]
    moved: list[MovedCut] = []
    placed = [0]
    for index, cut in enumerate(cuts[1:-1], start=1):
        wanted = nearest(cut)
        to = cut if wanted is None else wanted
        # What is left for the shots that follow, each of a frame.
        first, last = placed[-1] + 1, cuts[-1] - (len(frames) - index)
        why = ""
        if wanted is None or abs(to - cut) > tolerance_s * rate:
            to, why = cut, f"nothing within {tolerance_s:g} s"
        elif not first <= to <= last:
            why = "no room beside the next cut"
            to = cut
        to = min(max(to, first), last)
        moved.append(MovedCut(index, cut, to, why))
        placed.append(to)
    return [end - start for start, end in pairwise([*placed, cuts[-1]])], moved
