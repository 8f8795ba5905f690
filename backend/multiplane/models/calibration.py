"""What the evidence on a layer is worth with one model, as numbers of its profile.

`multiplane study calibrate` measures it: on scenes of an artist from whom nothing has learnt, it
compares what was cut with the truth, and fits two logistic regressions to the evidence
(`multiplane.layers.evidence`): one for the chance that a layer is right, one for the chance that
its subject is in the picture at all.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MOST = 3.0  # standard deviations beyond which a feature says no more


@dataclass(frozen=True)
class Chance:
    """A logistic regression on evidence: weights per standard deviation of each feature.

    squares: further weights, on the squares of the same values; empty for none.
    """

    intercept: float
    weights: tuple[float, ...]
    squares: tuple[float, ...] = ()

    def of(self, values: NDArray[np.float64]) -> float:
        """The chance 0..1 for standardised features (F,)."""
        total = self.intercept + float(values @ np.asarray(self.weights))
        if self.squares:
            total += float((values**2) @ np.asarray(self.squares))
        return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, total))))


@dataclass(frozen=True)
class Familiarity:
    """What tells pictures that a model knows from others, by `models.familiar.picture_statistics`.

    A linear discriminant, scaled so that the middle of what is known is at 0 and its edge at 1.
    """

    intercept: float
    weights: tuple[float, ...]

    def novelty(self, statistics: Sequence[float]) -> float:
        """0 in the middle of what is known or farther inside, 1 at its edge, more beyond it."""
        return max(0.0, self.intercept + float(np.dot(self.weights, statistics)))


@dataclass(frozen=True)
class Calibration:
    """How the evidence on a layer becomes a confidence, and when a layer is reported.

    features: names of the evidence, in the order of all the numbers; centre, scale: mean and
    standard deviation of each. right: the chance that at least half of the layer is right (IoU).
    there: the chance that its subject is in the picture. report_below: of `right`, under which a
    layer is doubtful; missing_below: of `there`, under which there is no layer of it.
    """

    features: tuple[str, ...]
    centre: tuple[float, ...]
    scale: tuple[float, ...]
    right: Chance
    there: Chance
    report_below: float
    missing_below: float
    familiarity: Familiarity | None = None

    def standardised(self, evidence: Mapping[str, float]) -> NDArray[np.float64]:
        """(F,) deviations from the mean, at most 3. Raises KeyError for missing evidence."""
        values = np.asarray([evidence[name] for name in self.features], float)
        return np.clip((values - self.centre) / np.asarray(self.scale), -_MOST, _MOST)

    def against(self, evidence: Mapping[str, float]) -> dict[str, float]:
        """By feature: by how much it lowers the log-odds that the layer is right."""
        values = self.standardised(evidence)
        says = values * np.asarray(self.right.weights)
        if self.right.squares:
            says = says + values**2 * np.asarray(self.right.squares)
        return {name: -float(said) for name, said in zip(self.features, says, strict=True)}

    def as_json(self) -> dict[str, Any]:
        """As it stands in `profile.json`."""
        familiar = self.familiarity
        return {
            "features": list(self.features),
            "centre": _rounded(self.centre),
            "scale": _rounded(self.scale),
            "right": _chance_as_json(self.right),
            "there": _chance_as_json(self.there),
            "report_below": round(self.report_below, 4),
            "missing_below": round(self.missing_below, 4),
            "familiarity": None
            if familiar is None
            else {"intercept": round(familiar.intercept, 5), "weights": _rounded(familiar.weights)},
        }

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Calibration:
        """What `as_json` wrote. Raises ValueError, KeyError or TypeError for anything else."""
        features = tuple(str(name) for name in given["features"])
        count = len(features)
        centre, scale = _numbers(given["centre"], count), _numbers(given["scale"], count)
        if min(scale, default=1.0) <= 0.0:
            raise ValueError("scale must be positive")
        familiar = given.get("familiarity")
        report_below, missing_below = _numbers([given["report_below"], given["missing_below"]], 2)
        return cls(
            features,
            centre,
            scale,
            _chance(given["right"], count),
            _chance(given["there"], count),
            report_below,
            missing_below,
            familiarity=None if familiar is None else _familiarity(familiar),
        )


def _chance(given: Mapping[str, Any], count: int) -> Chance:
    squares = given.get("squares") or []
    (intercept,) = _numbers([given["intercept"]], 1)
    return Chance(
        intercept,
        _numbers(given["weights"], count),
        _numbers(squares, count) if squares else (),
    )


def _chance_as_json(chance: Chance) -> dict[str, Any]:
    return {
        "intercept": round(chance.intercept, 5),
        "weights": _rounded(chance.weights),
        "squares": _rounded(chance.squares),
    }


def _familiarity(given: Mapping[str, Any]) -> Familiarity:
    weights = given["weights"]
    (intercept,) = _numbers([given["intercept"]], 1)
    return Familiarity(intercept, _numbers(weights, len(weights)))


def _numbers(given: Sequence[Any], count: int) -> tuple[float, ...]:
    numbers = tuple(float(value) for value in given)
    if len(numbers) != count or not all(math.isfinite(value) for value in numbers):
        raise ValueError(f"{count} finite numbers are needed, given: {len(numbers)}")
    return numbers


def _rounded(values: Sequence[float]) -> list[float]:
    return [float(f"{value:.5g}") for value in values]
