"""Intervals of means over scenes, and whether two methods differ on the same scenes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from multiplane_study.metrics import interval


class Interval(NamedTuple):
    """A mean over `scenes` scenes, with its 95 % interval."""

    mean: float
    low: float
    high: float
    scenes: int


class Paired(NamedTuple):
    """Mean difference of two methods over the scenes that both have.

    low, high: its 95 % interval. p: that scenes would differ as much by chance; None where that
    cannot be told (under six scenes that differ).
    """

    difference: float
    low: float
    high: float
    p: float | None
    scenes: int


_LEAST = 6
"""Scenes that differ: with fewer no signed-rank test reaches 5 %."""


def interval_of(values: Sequence[float | None]) -> Interval | None:
    """By bootstrap over the scenes that have a value; None where none has."""
    known = [one for one in values if one is not None]
    if not known:
        return None
    low, high = interval(known)
    return Interval(float(np.mean(known)), low, high, len(known))


def paired(
    rows: Mapping[str, Sequence[float | None]], ours: Sequence[float | None]
) -> dict[str, Paired]:
    """Each row minus `ours`, scene by scene; rows without a common scene are left out.

    p is Wilcoxon's signed rank, two-sided, corrected for the number of rows by Benjamini and
    Hochberg's false discovery rate.
    """
    found: dict[str, Paired] = {}
    for name, values in rows.items():
        both = [
            (one, other)
            for one, other in zip(values, ours, strict=True)
            if one is not None and other is not None
        ]
        if not both:
            continue
        apart = np.array([one - other for one, other in both])
        low, high = interval(apart)
        p = None
        if np.count_nonzero(apart) >= _LEAST:
            p = float(stats.wilcoxon(apart).pvalue)
        found[name] = Paired(float(apart.mean()), low, high, p, len(both))
    told = [name for name, one in found.items() if one.p is not None]
    if told:
        adjusted = stats.false_discovery_control([found[name].p for name in told])
        for name, p in zip(told, adjusted.tolist(), strict=True):
            found[name] = found[name]._replace(p=float(p))
    return found
