"""From cases to a calibration: two logistic regressions, and where to draw the lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from multiplane.models.calibration import Calibration, Chance, Familiarity
from multiplane_study.calibration.cases import Case
from multiplane_study.doubt import GOOD_IOU, LayerScore, reliability

Floats = NDArray[np.float64]

RIDGE = 3.0
"""Strength of the pull of all weights to 0, in cases."""
FOLDS = 5
ABSENT_COUNTS = 0.3
"""Weight of a subject that is not in the picture, beside one that is: users mean what they list."""
MOST_RIGHT_LOST, MOST_LOST = 0.015, 0.06
"""Of the layers that are right, and of all subjects that are there, at most so many are missing."""
EDGE = 0.98
"""Quantile of known pictures at which the known ends."""

# How scenes get their absent subjects decides these, so they may not speak about presence.
_NOT_OF_PRESENCE = frozenset({"several", "others", "unknown", "apart"})


def fit(
    cases: Sequence[Case], familiarity: Familiarity | None
) -> tuple[Calibration, dict[str, Any]]:
    """The calibration, and figures by cross-validation: what it would do on scenes not seen.

    Raises ValueError when all cases are right, or none.
    """
    features = tuple(cases[0].evidence)
    values = np.array([[case.evidence[name] for name in features] for case in cases])
    right = np.array([case.iou >= GOOD_IOU for case in cases])
    there = np.array([case.present for case in cases])
    if right.all() or not right.any():
        raise ValueError("right layers and wrong ones are both needed")
    centre, scale = values.mean(axis=0), np.maximum(values.std(axis=0), 1e-6)
    counts = np.where(there, 1.0, ABSENT_COUNTS)
    of_presence = np.array([name not in _NOT_OF_PRESENCE for name in features])
    draft = Calibration(
        features, tuple(centre), tuple(scale),
        Chance(0.0, (0.0,) * len(features)), Chance(0.0, (0.0,) * len(features)), 0.5, 0.0,
    )  # fmt: skip
    standard = np.stack([draft.standardised(case.evidence) for case in cases])
    everywhere = np.ones(len(features), bool)
    # The layers of one picture stay together.
    folds = np.array([case.scene % FOLDS for case in cases])
    unseen_right = _crossed(standard, right, counts, everywhere, folds)
    unseen_there = _crossed(standard, there, np.ones(len(cases)), of_presence, folds)
    report_below = _report_below(unseen_right[there], right[there])
    missing_below = _missing_below(unseen_there, right, there)
    calibration = Calibration(
        features,
        tuple(centre),
        tuple(scale),
        _logistic(standard, right, counts, everywhere),
        _logistic(standard, there, np.ones(len(cases)), of_presence),
        report_below,
        missing_below,
        familiarity,
    )
    return calibration, _figures(
        cases, right, there, unseen_right, unseen_there, report_below, missing_below
    )


def familiarity_of(
    known: Floats, strange: Floats, names: Sequence[str]
) -> tuple[Familiarity, dict[str, float]]:
    """What tells known pictures' statistics (N, S) from strange ones' (M, S), and how well.

    names (M,): whose parts the strange ones are; `photographs_told` is the share that is told
    where nothing of the same photograph was learnt from, `drawings_strange` that of the known
    beyond the edge.
    """
    told = np.zeros(len(strange))
    of = np.asarray(names)
    for name in dict.fromkeys(names):
        found = _discriminant(known, strange[of != name])
        told[of == name] = [found.novelty(row.tolist()) > 1.0 for row in strange[of == name]]
    found = _discriminant(known, strange)
    beyond = [found.novelty(row.tolist()) > 1.0 for row in known]
    figures = {
        "photographs_told": float(told.mean()),
        "drawings_strange": float(np.mean(beyond)),
    }
    return found, figures


def _discriminant(known: Floats, strange: Floats) -> Familiarity:
    both = np.concatenate([known, strange])
    centre, scale = both.mean(axis=0), np.maximum(both.std(axis=0), 1e-6)
    target = np.arange(len(both)) >= len(known)
    counts = np.where(target, 0.5 / len(strange), 0.5 / len(known)) * len(both)
    chance = _logistic((both - centre) / scale, target, counts, np.ones(both.shape[1], bool))
    weights = np.asarray(chance.weights) / scale
    inside = known @ weights
    middle, edge = np.median(inside), np.quantile(inside, EDGE)
    reach = max(float(edge - middle), 1e-6)
    return Familiarity(float(-middle / reach), tuple(float(w) for w in weights / reach))


def _logistic(
    values: Floats, target: NDArray[np.bool_], counts: Floats, allowed: NDArray[np.bool_]
) -> Chance:
    """Ridge logistic regression of `target` on the `allowed` columns of `values` (N, F)."""
    used = values[:, allowed]
    signs = np.where(target, 1.0, -1.0)

    def loss(weights: Floats) -> tuple[float, Floats]:
        margin = signs * (weights[0] + used @ weights[1:])
        pull = -counts * signs * expit(-margin)
        slope = np.concatenate([[pull.sum()], used.T @ pull + RIDGE * weights[1:]])
        total = (counts * np.logaddexp(0.0, -margin)).sum() + RIDGE / 2 * (weights[1:] ** 2).sum()
        return float(total), slope

    found = minimize(loss, np.zeros(1 + used.shape[1]), jac=True, method="L-BFGS-B").x
    weights = np.zeros(values.shape[1])
    weights[allowed] = found[1:]
    return Chance(float(found[0]), tuple(map(float, weights)))


def _crossed(
    values: Floats,
    target: NDArray[np.bool_],
    counts: Floats,
    allowed: NDArray[np.bool_],
    folds: NDArray[np.int_],
) -> Floats:
    """Chances (N,) of every case by a regression that has not seen its fold."""
    chances = np.zeros(len(values))
    for fold in np.unique(folds):
        part, rest = folds == fold, folds != fold
        chance = _logistic(values[rest], target[rest], counts[rest], allowed)
        chances[part] = [chance.of(row) for row in values[part]]
    return chances


def _report_below(chances: Floats, right: NDArray[np.bool_]) -> float:
    """Where recall and precision of the reports are best balanced; of equals the nearest to .5."""

    def worse(line: float) -> float:
        reported = chances < line
        caught = float((reported & ~right).sum())
        return min(caught / max((~right).sum(), 1), caught / max(reported.sum(), 1))

    lines = np.linspace(0.3, 0.7, 41)
    return float(max(lines, key=lambda line: (round(worse(line), 2), -abs(line - 0.5))))


def _missing_below(chances: Floats, right: NDArray[np.bool_], there: NDArray[np.bool_]) -> float:
    """The highest line that loses few of the subjects that are there."""
    best = 0.0
    for line in np.linspace(0.02, 0.6, 59):
        lost = chances < line
        if lost[right].mean() <= MOST_RIGHT_LOST and lost[there].mean() <= MOST_LOST:
            best = float(line)
    return best


def _figures(
    cases: Sequence[Case],
    right: NDArray[np.bool_],
    there: NDArray[np.bool_],
    chances: Floats,
    presence: Floats,
    report_below: float,
    missing_below: float,
) -> dict[str, Any]:
    scores = [
        LayerScore(case.iou, float(chance), bool(chance < report_below))
        for case, chance in zip(cases, chances, strict=True)
    ]
    missing = presence < missing_below

    def share(of: NDArray[np.bool_]) -> float | None:
        return float(missing[of].mean()) if of.any() else None

    told = reliability([score for score, is_there in zip(scores, there, strict=True) if is_there])
    groups = np.array([case.group for case in cases])
    return {
        "cases": len(cases),
        "doubt": told,
        "by_group": {
            str(group): {
                "cases": int(((groups == group) & there).sum()),
                "right": float(right[(groups == group) & there].mean()),
            }
            for group in sorted(set(groups))
            if ((groups == group) & there).any()
        },
        "absent": {
            "cases": int((~there).sum()),
            "missing": share(~there),
            "missing_or_doubted": float((missing | (chances < report_below))[~there].mean())
            if (~there).any()
            else None,
            "there_but_missing": share(there),
            "right_but_missing": share(right),
        },
        "report_below": report_below,
        "missing_below": missing_below,
    }
