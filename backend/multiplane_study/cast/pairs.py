"""Pairs of cut out figures of which it is known whether they show the same: what likeness says."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.stats import rankdata

from multiplane.layers.likeness import Features, likeness

Relation = Literal["same", "same_colour", "same_kind", "other"]
DIFFERENT: tuple[Relation, ...] = ("same_colour", "same_kind", "other")
"""What two who are not the same may share: their colour, their kind, or nothing."""


@dataclass(frozen=True)
class Seen:
    """Somebody in a picture. within: only those of one group are compared, such as one style."""

    kind: str
    colour: str
    within: str
    picture: str
    features: Features


Scores = Mapping[Relation, Sequence[float]]


def scores_of(seen: Sequence[Seen]) -> Scores:
    """Likeness of all pairs of a group that stand in different pictures."""
    found: dict[Relation, list[float]] = {"same": [], **{name: [] for name in DIFFERENT}}
    for one, other in itertools.combinations(seen, 2):
        if one.within == other.within and one.picture != other.picture:
            found[relation(one, other)].append(likeness(one.features, other.features))
    return found


def relation(one: Seen, other: Seen) -> Relation:
    """What two have in common."""
    if one.kind == other.kind:
        return "same" if one.colour == other.colour else "same_kind"
    return "same_colour" if one.colour == other.colour else "other"


def auc(same: Sequence[float], different: Sequence[float]) -> float | None:
    """The chance that a pair of the same is more alike than one of others, half for equal ones.

    The area under the ROC curve, by the ranks of Mann and Whitney; None without pairs of both.
    """
    if not len(same) or not len(different):
        return None
    ranks = rankdata([*same, *different])[: len(same)]
    above = float(ranks.sum()) - len(same) * (len(same) + 1) / 2.0
    return above / (len(same) * len(different))


def figures_of(scores: Scores, least: float) -> dict[str, Any]:
    """As the file has it. least: what is less is told to be unlike.

    auc: of the same against all others, and against those of each relation. mean: of likeness.
    told_unlike: share of pairs with less than `least`; of the same these are false alarms.
    """
    same = scores["same"]
    others = [score for name in DIFFERENT for score in scores[name]]
    every: dict[str, Sequence[float]] = {"different": others}
    every.update((name, found) for name, found in scores.items())
    return {
        "pairs": {name: len(found) for name, found in every.items()},
        "auc": {
            "different": auc(same, others),
            **{name: auc(same, scores[name]) for name in DIFFERENT},
        },
        "mean": {name: float(np.mean(found)) if found else None for name, found in every.items()},
        "told_unlike": {
            name: float(np.mean(np.asarray(found) < least)) if found else None
            for name, found in every.items()
        },
    }
