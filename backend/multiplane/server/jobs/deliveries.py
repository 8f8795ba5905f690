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
    """The only one that changes deliveries. update_state: `Store.update_state`."""

    def __init__(self, database: SqliteDatabase, update_state: Callable[[Job], JobState]) -> None:
        self._database, self._update_state = database, update_state

    def of(self, job: Job) -> Delivery:
        """The job's delivery. One that is not in the database yet is noted by its first move."""
        found: Delivery | None = next(iter(Delivery.raw(_OF, job.id)), None)
        if found is not None:
            return found
        written = job.state in (JobState.FINISHED, JobState.FAILED, JobState.CANCELLED)
        state = DeliveryState.WRITTEN if written else DeliveryState.WAITING
        return Delivery(job=job.id, state=state)

    def state(self, job: Job) -> DeliveryState:
        return DeliveryState(self.of(job).state)

    def waiting(self, but: Collection[int] = ()) -> tuple[Delivery, Job] | None:
        """The first in the queue's order whose shots have all ended. but: ids to leave out."""
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
        """A worker writes it from now on."""
        return self._move(delivery, DeliveryState.RUNNING, tries=delivery.tries + 1)

    def written(self, delivery: Delivery) -> bool:
        return self._move(delivery, DeliveryState.WRITTEN, error=None)

    def fail(self, delivery: Delivery, error: MultiplaneError) -> bool:
        """It is not tried again unless somebody asks for it."""
        entry = json.dumps(error.as_dict())
        return self._move(delivery, DeliveryState.FAILED, error=entry)

    def cancel(self, delivery: Delivery) -> bool:
        return self._move(delivery, DeliveryState.CANCELLED)

    def try_again(self, delivery: Delivery, *, killed: bool = False) -> bool:
        """After a failure. killed: its worker was, from outside, which is no try of its own."""
        tries, kills = delivery.tries - killed, delivery.kills + killed
        return self._move(delivery, DeliveryState.WAITING, tries=tries, kills=kills)

    def put_back(self, delivery: Delivery) -> bool:
        """Nobody writes it any more, which was not its fault: the try does not count."""
        tries = max(0, delivery.tries - 1)
        return self._move(delivery, DeliveryState.WAITING, tries=tries)

    def renew(self, job: Job) -> bool:
        """Its shots have changed, or somebody asks for it once more: all tries are before it."""
        return self._move(self.of(job), DeliveryState.WAITING, tries=0, kills=0, error=None)

    def left_running(self, but: Collection[int] = ()) -> int:
        """Put back what nobody writes any more, all RUNNING ones but these; how many."""
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
