"""What may become of shots and jobs: every state, and the moves between them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from multiplane.contract.messages_common import DeliveryState, JobState, ShotState

SHOT_MOVES: Mapping[ShotState, frozenset[ShotState]] = MappingProxyType(
    {
        ShotState.QUEUED: frozenset({ShotState.RUNNING, ShotState.FAILED, ShotState.CANCELLED}),
        # Back to the queue: another try, a stopped server, a killed one.
        ShotState.RUNNING: frozenset(
            {ShotState.QUEUED, ShotState.FINISHED, ShotState.FAILED, ShotState.CANCELLED}
        ),
        # Another camera; or its files have gone.
        ShotState.FINISHED: frozenset({ShotState.QUEUED, ShotState.FAILED}),
        ShotState.FAILED: frozenset({ShotState.QUEUED, ShotState.FINISHED}),  # they are back
        ShotState.CANCELLED: frozenset({ShotState.QUEUED}),
    }
)
BROUGHT_BACK = frozenset({ShotState.QUEUED, ShotState.RUNNING, ShotState.FAILED})
"""From these a shot that was made before is finished once more: its change was called off."""
DELIVERY_MOVES: Mapping[DeliveryState, frozenset[DeliveryState]] = MappingProxyType(
    {
        # Waiting once more: another try, or a shot that is made anew.
        DeliveryState.WAITING: frozenset(
            {DeliveryState.WAITING, DeliveryState.RUNNING, DeliveryState.CANCELLED}
        ),
        DeliveryState.RUNNING: frozenset(DeliveryState) - {DeliveryState.RUNNING},
        DeliveryState.WRITTEN: frozenset({DeliveryState.WAITING}),
        DeliveryState.FAILED: frozenset({DeliveryState.WAITING}),
        DeliveryState.CANCELLED: frozenset({DeliveryState.WAITING}),
    }
)
ENDED_SHOTS = frozenset({ShotState.FINISHED, ShotState.FAILED, ShotState.CANCELLED})
ENDED_JOBS = frozenset({JobState.FINISHED, JobState.FAILED, JobState.CANCELLED})


class ForbiddenMove(Exception):
    """A fault of the server: something was to go from one state to another that cannot follow."""


def check_move(before: ShotState, after: ShotState) -> None:
    """Raises ForbiddenMove unless a shot in `before` may become `after`."""
    if after not in SHOT_MOVES[before]:
        raise ForbiddenMove(f"a {before} shot cannot become {after}")


def check_delivery_move(before: DeliveryState, after: DeliveryState) -> None:
    """Raises ForbiddenMove unless a delivery in `before` may become `after`."""
    if after not in DELIVERY_MOVES[before]:
        raise ForbiddenMove(f"a {before} delivery cannot become {after}")


def job_state(
    counts: Mapping[ShotState, int], *, paused: bool, delivery: DeliveryState
) -> JobState:
    """The state of a job, which follows from its shots and its delivery.

    counts: shots by state. A paused job with a shot still running is paused already. A job is
    finished only when all its shots are made and its files are written.
    """
    running, queued = counts.get(ShotState.RUNNING, 0), counts.get(ShotState.QUEUED, 0)
    finished, failed = counts.get(ShotState.FINISHED, 0), counts.get(ShotState.FAILED, 0)
    if queued and paused:
        return JobState.PAUSED
    if running or (queued and (finished or failed)):
        return JobState.RUNNING
    if queued:
        return JobState.QUEUED
    if not (finished or failed):
        return JobState.CANCELLED
    if delivery in (DeliveryState.WAITING, DeliveryState.RUNNING):
        return JobState.DELIVERING
    if failed or delivery is DeliveryState.FAILED:
        return JobState.FAILED
    cancelled = counts.get(ShotState.CANCELLED, 0) or delivery is DeliveryState.CANCELLED
    return JobState.CANCELLED if cancelled else JobState.FINISHED
