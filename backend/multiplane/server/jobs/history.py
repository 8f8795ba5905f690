"""Finding finished shots by what they show, what made them, and when."""

from __future__ import annotations

from datetime import UTC, datetime

from peewee import JOIN

from multiplane.contract.errors import InputError
from multiplane.contract.messages_client import Search
from multiplane.contract.messages_common import ShotState
from multiplane.server.jobs.tables import Job, Result, Shot


def search(wanted: Search) -> tuple[list[Shot], int]:
    """Finished shots with their jobs, the newest first, and how many match in all.

    A model is found under the name that the job gave, and under its own. A shot's result, where it
    is there, is its `made`. Raises InputError `search.time`.
    """
    query = Shot.select(Shot.id).join(Job).where(Shot.state == ShotState.FINISHED)
    for word in (wanted.prompt or "").split():
        query = query.where(Shot.prompt.contains(word) | Job.title.contains(word))
    if wanted.model is not None:
        by_result = Result.select(Result.hash).where(Result.model == wanted.model)
        query = query.where((Job.model == wanted.model) | Shot.result.in_(by_result))
    if wanted.seed is not None:
        query = query.where((Shot.seed == wanted.seed) & Shot.prompt.is_null(False))
    if wanted.since is not None:
        query = query.where(Shot.finished >= _time(wanted.since, "since"))
    if wanted.until is not None:
        query = query.where(Shot.finished < _time(wanted.until, "until"))
    if wanted.favourite is not None:
        query = query.where(Shot.favourite == wanted.favourite)
    total = query.count()
    ordered = query.order_by(Shot.finished.desc()).limit(wanted.limit).offset(wanted.offset)
    # Rows only of those that are shown: to sort all with their jobs' storyboards takes ten times as
    # long.
    shown = (
        Shot.select(Shot, Job.id, Job.title, Job.model, Result.model)
        .join(Job)
        .switch(Shot)
        .join(Result, JOIN.LEFT_OUTER, on=(Shot.result == Result.hash), attr="made")
        .where(Shot.id.in_(ordered))
    )
    return list(shown.order_by(Shot.finished.desc())), total


def _time(text: str, field: str) -> str:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            "search.time",
            "This is no time.",
            field=field,
            value=text,
            remedy="Write it as 2026-01-31 or 2026-01-31T12:00:00Z.",
        ) from None
    # Without a zone it means the server's own; far ends of the calendar cannot be converted.
    try:
        in_utc = read.astimezone(UTC)
    except (OverflowError, ValueError, OSError):
        in_utc = read.replace(tzinfo=UTC)
    return in_utc.isoformat(timespec="microseconds").replace("+00:00", "Z")
