"""Words that are to be looked for in shots' pictures: each search a row, until it has ended."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from peewee import SqliteDatabase

from multiplane.contract.messages_common import LookState
from multiplane.server.jobs.tables import Job, Look, Shot


class Looks:
    """Reads searches, and alone changes them."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    def queue(self, shot: Shot, words: Sequence[str]) -> tuple[Look, bool]:
        """A search for `words` in the shot's picture; False with one that waits for the same."""
        said = json.dumps(list(words))
        with self._database.atomic():
            known = Look.get_or_none(
                (Look.shot == shot.id) & (Look.words == said) & (Look.state == LookState.WAITING)
            )
            found = known or Look.create(shot=shot.id, words=said)
        return found, known is None

    def of(self, job: Job, shot: str | None = None) -> list[Look]:
        """Those of a job that have not ended, or of its shot of this name, the next one first."""
        mine = Shot.job == job.id if shot is None else (Shot.job == job.id) & (Shot.name == shot)
        return list(Look.select(Look, Shot).join(Shot).where(mine).order_by(Look.id))

    def waiting(self, but: Collection[str] = ()) -> list[tuple[Look, Shot, Job]]:
        """Those whose job is not paused, the oldest first. but: results that are looked at now."""
        found = (
            Look.select(Look, Shot, Job)
            .join(Shot)
            .join(Job)
            .where((Look.state == LookState.WAITING) & ~Job.paused)
            .order_by(Look.kills, Look.id)
        )
        return [(look, look.shot, look.shot.job) for look in found if look.shot.result not in but]

    def begin(self, look: Look) -> bool:
        """Mark it as running; False when it was called off, or its job removed."""
        return self._change(look, state=LookState.RUNNING, tries=look.tries + 1)

    def put_back(self, look: Look) -> bool:
        """It waits again, because its worker is gone or not there; the try does not count."""
        return self._change(look, state=LookState.WAITING, tries=max(0, look.tries - 1))

    def try_again(self, look: Look, *, killed: bool = False, plan: int | None = None) -> bool:
        """It waits again after a failure. killed: its worker was, which does not count as a try.

        plan: to lay out the model by, because memory ran out, which does not count either.
        """
        free = killed or plan is not None
        return self._change(
            look,
            state=LookState.WAITING,
            tries=look.tries - free,
            kills=look.kills + killed,
            plan=look.plan if plan is None else plan,
        )

    def end(self, look: Look) -> bool:
        """It has ended, or was called off; whether it was there still."""
        return bool(Look.delete().where(Look.id == look.id).execute())

    def left_running(self, but: Collection[int] = ()) -> None:
        """Those marked as running, but these, wait again: nobody looks any more."""
        lost = (Look.state == LookState.RUNNING) & Look.id.not_in(list(but))
        for look in list(Look.select().where(lost)):
            self.put_back(look)

    def _change(self, look: Look, **fields: object) -> bool:
        changed = Look.update(**fields).where(Look.id == look.id).execute()
        for name, value in fields.items():
            setattr(look, name, value)
        return bool(changed)


def words_of(look: Look) -> list[str]:
    """What is looked for."""
    words: list[str] = json.loads(str(look.words))
    return words
