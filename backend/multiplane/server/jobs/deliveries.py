"""Deliveries on the disk: each job has one, with a state and tries of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection

from peewee import SqliteDatabase

from multiplane.contract.errors import MultiplaneError
from multiplane.contract.messages_common import DeliveryState, JobState
from multiplane.server.jobs.states import check_delivery_move
from multiplane.server.jobs.tables import Delivery, Job

_OF = "SELECT * FROM delivery WHERE job_id = ?"


class Deliveries:
    """Reads deliveries, and alone changes them. update_state: `Store.update_state`."""

    def __init__(self, database: SqliteDatabase, update_state: Callable[[Job], JobState]) -> None:
        self._database, self._update_state = database, update_state

    def of(self, job: Job) -> Delivery:
        """The job's delivery; one without a row gets it with its first change of state."""
        found: Delivery | None = next(iter(Delivery.raw(_OF, job.id)), None)
        if found is not None:
            return found
        written = job.state in (JobState.FINISHED, JobState.FAILED, JobState.CANCELLED)
        state = DeliveryState.WRITTEN if written else DeliveryState.WAITING
        return Delivery(job=job.id, state=state)

    def state(self, job: Job) -> DeliveryState:
        return DeliveryState(self.of(job).state)

    def waiting(self, but: Collection[int] = ()) -> tuple[Delivery, Job] | None:
        """The first of the queue whose shots have all ended. but: ids to leave out."""
        found = (
            Delivery.select(Delivery, Job)
            .join(Job)
            .where(
                (Delivery.state == DeliveryState.WAITING)
                & (Job.state == JobState.DELIVERING)
                & Delivery.id.not_in(list(but))
            )
            .order_by(Delivery.tries + Delivery.kills, Job.position)
            .first()
        )
        return None if found is None else (found, found.job)

    def begin(self, delivery: Delivery) -> bool:
        """Mark it as being written by a worker."""
        return self._move(delivery, DeliveryState.RUNNING, tries=delivery.tries + 1)

    def written(self, delivery: Delivery) -> bool:
        return self._move(delivery, DeliveryState.WRITTEN, error=None)

    def fail(self, delivery: Delivery, error: MultiplaneError) -> bool:
        """Mark it as failed; it is not tried again unless a client asks for that."""
        entry = json.dumps(error.as_dict())
        return self._move(delivery, DeliveryState.FAILED, error=entry)

    def cancel(self, delivery: Delivery) -> bool:
        return self._move(delivery, DeliveryState.CANCELLED)

    def try_again(self, delivery: Delivery, *, killed: bool = False) -> bool:
        """Queue it again after a failure. killed: its worker was, which does not count as a try."""
        tries, kills = delivery.tries - killed, delivery.kills + killed
        return self._move(delivery, DeliveryState.WAITING, tries=tries, kills=kills)

    def put_back(self, delivery: Delivery) -> bool:
        """Queue it again because its worker is gone; the try does not count."""
        tries = max(0, delivery.tries - 1)
        return self._move(delivery, DeliveryState.WAITING, tries=tries)

    def renew(self, job: Job) -> bool:
        """Queue it with all its tries: its shots have changed, or a client asks for it again."""
        return self._move(self.of(job), DeliveryState.WAITING, tries=0, kills=0, error=None)

    def left_running(self, but: Collection[int] = ()) -> int:
        """Queue all RUNNING deliveries but these again: nobody writes them. Returns how many."""
        lost = (Delivery.state == DeliveryState.RUNNING) & Delivery.id.not_in(list(but))
        return sum(self.put_back(delivery) for delivery in list(Delivery.select().where(lost)))

    def _move(self, delivery: Delivery, after: DeliveryState, **changes: object) -> bool:
        """False when it has been moved by somebody else meanwhile, or its job was removed."""
        with self._database.atomic():
            if not delivery.id:
                delivery.save(force_insert=True)
            same = (
                (Delivery.id == delivery.id)
                & (Delivery.job == delivery.job_id)
                & (Delivery.generation == delivery.generation)
            )
            current = Delivery.get_or_none(same)
            if current is None:
                return False
            check_delivery_move(DeliveryState(current.state), after)
            fields = {"state": str(after), "generation": delivery.generation + 1, **changes}
            Delivery.update(**fields).where(same).execute()
            for name, value in fields.items():
                setattr(delivery, name, value)
            self._update_state(Job.get_by_id(delivery.job_id))
        return True
