"""Votes, and what they come to: win rates with intervals, and strengths of several rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from scipy.stats import binomtest

from multiplane_study.blind import kept
from multiplane_study.blind.study import OURS, BlindStudy
from multiplane_study.report import Report

VOTES = "votes.jsonl"
_RESAMPLED = 500
_PRIOR = 0.1
"""Strength of the pull of all rows together (choix' alpha): a row that never won stays finite."""

Choice = Literal["left", "right", "same"]


class Vote(BaseModel):
    """What one voter said of a pair; rows are kept with it, so that a line speaks for itself."""

    model_config = ConfigDict(frozen=True)

    pair: str
    voter: str = Field(min_length=1, max_length=80)
    left: str
    right: str
    vote: Choice
    seconds: float = Field(ge=0)
    at: str

    @property
    def winner(self) -> str | None:
        return {"left": self.left, "right": self.right, "same": None}[self.vote]

    @property
    def loser(self) -> str | None:
        return {"left": self.right, "right": self.left, "same": None}[self.vote]


def read_votes(folder: Path) -> tuple[list[Vote], int]:
    """The votes that count, in order: a voter's last one of each pair; and lines unreadable."""
    lines, unreadable = kept.read(folder / VOTES, Vote)
    return counted(lines), unreadable


def counted(votes: Sequence[Vote]) -> list[Vote]:
    """Of each voter the last vote on each pair."""
    last: dict[tuple[str, str], Vote] = {}
    for vote in votes:
        last.pop((vote.voter, vote.pair), None)
        last[vote.voter, vote.pair] = vote
    return list(last.values())


@dataclass(frozen=True)
class Against:
    """Ours against one row. rate: wins of those decided; interval: Wilson's, 95 %; p: two-sided."""

    row: str
    wins: int
    losses: int
    same: int
    rate: float | None
    interval: tuple[float, float] | None
    p: float | None


def against(votes: Sequence[Vote], row: str) -> Against:
    """How often ours was preferred to `row`. Votes of several people are taken as independent."""
    both = [vote for vote in votes if {vote.left, vote.right} == {OURS, row}]
    wins = sum(vote.winner == OURS for vote in both)
    losses = sum(vote.winner == row for vote in both)
    same = len(both) - wins - losses
    if not wins + losses:
        return Against(row, wins, losses, same, None, None, None)
    test = binomtest(wins, wins + losses)
    found = test.proportion_ci(confidence_level=0.95, method="wilson")
    ends = (float(found.low), float(found.high))
    return Against(row, wins, losses, same, wins / (wins + losses), ends, float(test.pvalue))


def strengths(votes: Sequence[Vote], rows: Sequence[str]) -> dict[str, tuple[float, float, float]]:
    """Bradley-Terry: of each row the chance to win against ours, and its 95 % interval.

    No difference counts as half a win for both. The interval is a bootstrap over the votes.
    """
    fitted = _fit(votes, rows)
    dice = np.random.default_rng(0)
    draws = np.array(
        [
            _fit([votes[index] for index in dice.integers(0, len(votes), len(votes))], rows)
            for _ in range(_RESAMPLED)
        ]
    )
    low, high = np.quantile(draws, (0.025, 0.975), axis=0)
    return {
        row: (float(fitted[index]), float(low[index]), float(high[index]))
        for index, row in enumerate(rows)
    }


def _fit(votes: Sequence[Vote], rows: Sequence[str]) -> np.ndarray:
    import choix

    number = {row: index for index, row in enumerate(rows)}
    won = []
    for vote in votes:
        left, right = number[vote.left], number[vote.right]
        # Twice each, so that a half is one whole way round each.
        won += {
            "left": [(left, right)] * 2,
            "right": [(right, left)] * 2,
            "same": [(left, right), (right, left)],
        }[vote.vote]
    found = choix.opt_pairwise(len(rows), won, alpha=_PRIOR)
    return np.asarray(1.0 / (1.0 + np.exp(found[number[OURS]] - found)))


def result(study: BlindStudy, votes: Sequence[Vote], unreadable: int = 0) -> Report:
    """The study's figures and tables; also before everybody is through."""
    known = [vote for vote in votes if study.pair(vote.pair) is not None]
    people = sorted({vote.voter for vote in known})
    others = [against(known, row) for row in study.rows if row != OURS]
    sided = [vote for vote in known if vote.vote != "same"]
    figures: dict[str, Any] = {
        "set": study.set,
        "model": study.model,
        "preset": study.preset,
        "pairs": len(study.pairs),
        "voters": len(people),
        "votes": len(known),
        "unreadable_lines": unreadable,
        "votes_of_other_studies": len(votes) - len(known),
        "left_chosen": float(np.mean([one.vote == "left" for one in sided])) if sided else None,
        "seconds_per_vote": float(np.median([one.seconds for one in known])) if known else None,
        "against": {one.row: {**vars(one)} for one in others},
    }
    report = Report("blind", figures)
    report.table(
        f"Ours preferred, {len(known)} votes of {len(people)} people on {len(study.pairs)} pairs",
        ("against", "win rate", "95 % from", "to", "wins", "losses", "same", "p"),
        [
            (one.row, one.rate, *(one.interval or (None, None)), one.wins, one.losses, one.same,
             one.p)
            for one in others
        ],
    )  # fmt: skip
    if len(study.rows) > 2 and known:
        found = strengths(known, study.rows)
        figures["bradley_terry"] = {row: list(found[row]) for row in found}
        report.table(
            "Bradley-Terry: chance to win against ours",
            ("row", "chance", "95 % from", "to"),
            [(row, *found[row]) for row in sorted(found, key=lambda row: -found[row][0])],
        )
    return report
