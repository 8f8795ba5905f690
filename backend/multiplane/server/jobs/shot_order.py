"""Which shot comes next: what is made anew in a moment; then jobs in their order, but shots of the
loaded model first, for a while.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from multiplane.server.jobs.tables import Job, Shot

MOST_IN_A_ROW = 50
"""A job with another model waits for no more shots than this of jobs behind it."""


@dataclass(frozen=True)
class ModelKey:
    """What a worker has loaded, or would have to."""

    model: str
    depth_model: str

    @classmethod
    def of(cls, job: Job) -> ModelKey:
        return cls(job.model, job.depth_model)


def choose(
    waiting: Sequence[tuple[Shot, Job]], loaded: ModelKey | None, in_a_row: int
) -> tuple[Shot, Job] | None:
    """One of `waiting` (as `Store.queued` has it), or None.

    Shots that were made before come first: nothing is painted for another camera, and whoever
    chose it looks on.

    in_a_row: how many shots the loaded model has made while another model's job stood first.
    """
    if not waiting:
        return None
    anew = [pair for pair in waiting if pair[0].made_before is not None and not pair[0].kills]
    if anew:
        return next((pair for pair in anew if ModelKey.of(pair[1]) == loaded), anew[0])
    if loaded is not None and in_a_row < MOST_IN_A_ROW:
        for shot, job in waiting:
            if ModelKey.of(job) == loaded:
                return shot, job
    return waiting[0]
