"""The paper's task by the clock: from a picture to a five-second parallax shot, in steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from scipy.stats import mannwhitneyu

from multiplane_study.blind import kept
from multiplane_study.metrics import interval
from multiplane_study.report import Report

TIMES = "times.jsonl"
WITH_US = "multiplane"
"""What the way of working with this program is called."""
STEPS = ("cut out", "clean edges", "fill behind", "place in depth", "camera", "render")
"""What the keys 1 to 6 log; the space bar logs a step without a name."""

Event = Literal["start", "step", "pause", "resume", "done", "given up", "rating"]

State = Literal["running", "paused", "done", "given up"]


class Moment(BaseModel):
    """One line of the log. clock: seconds since 1970 by the server; rating: 1 to 5."""

    model_config = ConfigDict(frozen=True)

    session: str = Field(min_length=1, max_length=64)
    voter: str = Field(min_length=1, max_length=80)
    way: str = Field(min_length=1, max_length=80)
    picture: str
    event: Event
    step: str = ""
    rating: int | None = Field(default=None, ge=1, le=5)
    clock: float


@dataclass(frozen=True)
class Session:
    """One try at the task: seconds without pauses, names of its steps, how it ended."""

    id: str
    voter: str
    way: str
    picture: str
    seconds: float
    steps: tuple[str, ...]
    state: State
    rating: int | None


def sessions(moments: Sequence[Moment], now: float) -> list[Session]:
    """The tries that a log tells of, in their order; a running one lasts until `now`."""
    by: dict[str, list[Moment]] = {}
    for moment in moments:
        by.setdefault(moment.session, []).append(moment)
    return [_session(events, now) for events in by.values() if events[0].event == "start"]


def _session(events: Sequence[Moment], now: float) -> Session:
    seconds, since, rating = 0.0, None, None
    steps: list[str] = []
    state: State = "running"
    for moment in events:
        if moment.event in ("start", "resume"):
            since, state = (moment.clock if since is None else since), "running"
        elif moment.event == "step":
            steps.append(moment.step or "step")
        elif moment.event == "rating":
            rating = moment.rating
        else:
            seconds += max(0.0, moment.clock - since) if since is not None else 0.0
            since = None
            ended: State = "given up" if moment.event == "given up" else "done"
            state = "paused" if moment.event == "pause" else ended
    if since is not None:
        seconds += max(0.0, now - since)
    first = events[0]
    return Session(
        first.session, first.voter, first.way, first.picture, seconds, tuple(steps), state, rating
    )


def read_times(folder: Path, now: float) -> tuple[list[Session], int]:
    """The tries of a folder, and how many lines can't be read."""
    lines, unreadable = kept.read(folder / TIMES, Moment)
    return sessions(lines, now), unreadable


def times_report(found: Sequence[Session], ours: str, unreadable: int = 0) -> Report:
    """Seconds and steps by way of working; each way tested against `ours` (Mann-Whitney U)."""
    done = [one for one in found if one.state == "done"]
    mine = [one.seconds for one in done if one.way == ours]
    rows: dict[str, Any] = {}
    for way in sorted({one.way for one in found}):
        all_of = [one for one in found if one.way == way]
        those = [one for one in done if one.way == way]
        seconds = [one.seconds for one in those]
        ratings = [one.rating for one in those if one.rating is not None]
        other = way != ours and seconds and mine
        rows[way] = {
            "done": len(those),
            "given_up": sum(one.state == "given up" for one in all_of),
            "unfinished": sum(one.state in ("running", "paused") for one in all_of),
            "seconds": float(np.mean(seconds)) if seconds else None,
            "seconds_interval": interval(seconds) if seconds else None,
            "steps": float(np.mean([len(one.steps) for one in those])) if those else None,
            "rating": float(np.mean(ratings)) if ratings else None,
            "p": float(mannwhitneyu(seconds, mine).pvalue) if other else None,
        }
    report = Report("times", {"ours": ours, "ways": rows, "unreadable_lines": unreadable})
    report.table(
        "From a picture to a five-second shot",
        ("way", "seconds", "95 % from", "to", "steps", "quality 1-5", "done", "given up", "p"),
        [
            (way, one["seconds"], *(one["seconds_interval"] or (None, None)), one["steps"],
             one["rating"], one["done"], one["given_up"], one["p"])
            for way, one in rows.items()
        ],
    )  # fmt: skip
    return report
