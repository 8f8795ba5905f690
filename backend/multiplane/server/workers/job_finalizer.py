"""The files of a whole storyboard, written by a worker once all its shots have ended.

A delivery's way: RUNNING on the disk; the worker writes what it can; then it is WRITTEN, or it has
FAILED with what could not be written, or it WAITS for another try. Only a written one leaves a
finished job. One that was running when the server ended waits at the next start.
"""

from __future__ import annotations

import json

from multiplane.contract.document import ErrorEntry
from multiplane.contract.errors import Failure, MultiplaneError
from multiplane.contract.events import Log, parse_event
from multiplane.contract.messages_common import ShotState
from multiplane.server.jobs.hub import Hub
from multiplane.server.jobs.store import Store
from multiplane.server.jobs.tables import Delivery, Job
from multiplane.server.jobs.views import Views
from multiplane.server.workers.factory import NoPlace
from multiplane.server.workers.retry_policy import Answer, Attempt, answer_to, lost
from multiplane.server.workers.shot_runner import DiskFull
from multiplane.server.workers.worker import messages
from multiplane.server.workers.worker_process import WorkerLost
from multiplane.server.workers.worker_slot import Shared, WorkerSlot


class JobFinalizer:
    """Delivers jobs on slots."""

    def __init__(self, store: Store, hub: Hub, views: Views) -> None:
        self._store, self._hub, self._views = store, hub, views

    def waiting(self, shared: Shared) -> tuple[Delivery, Job] | None:
        """The first job whose shots have all ended, and that no slot delivers yet."""
        return self._store.deliveries.waiting(shared.delivering)

    async def deliver(self, slot: WorkerSlot, delivery: Delivery, job: Job) -> None:
        """Deliver it; a job that was called off meanwhile stays as it is. Raises DiskFull."""
        slot.begin(None, str(job.id))
        slot.shared.delivering.add(delivery.id)
        try:
            if self._store.deliveries.begin(delivery):
                self._changed(job)
                await self._deliver(slot, delivery, job)
        finally:
            slot.end()
            slot.shared.delivering.discard(delivery.id)

    async def _deliver(self, slot: WorkerSlot, delivery: Delivery, job: Job) -> None:
        try:
            error = await self._delivered(slot, job)
        except WorkerLost as ended:
            slot.worker = None
            error = lost(ended)
        except MultiplaneError as met:
            error = met
        except NoPlace:
            self._store.deliveries.put_back(delivery)
            return
        # A cancel, a retry or another camera may have come meanwhile: then none of this moves it.
        if error is None:
            self._store.deliveries.written(delivery)
        elif slot.called_off:
            self._store.deliveries.put_back(delivery)
        else:
            self._failed(delivery, job, error)
        self._changed(job)

    async def _delivered(self, slot: WorkerSlot, job: Job) -> MultiplaneError | None:
        """What went wrong, or None. Raises WorkerLost, MultiplaneError, NoPlace."""
        shots = self._store.shots(job)
        made = [one.name for one in shots if one.state == ShotState.FINISHED and not one.reused]
        errors = {str(one.number): json.loads(str(one.error)) for one in shots if one.error}
        worker = await slot.worker_for(job, self._hub.previews_wanted)
        out = str(self._views.folder(job))
        await worker.begin("deliver", job=job.id, out=out, made=made, errors=errors)
        slot.begun()
        while True:
            said = await worker.receive()
            if isinstance(said, bytes):
                continue
            match messages.read(said):
                case messages.Delivered() as delivered:
                    return _incomplete(delivered)
                case messages.Stopped() as stopped:
                    self._hub.stands_still(stopped.pid, stopped.still, str(job.id))
            match said["type"]:
                case "event":
                    event = parse_event(json.dumps(said["event"]))
                    if isinstance(event, Log):
                        self._hub.say(event.level, event.text, str(job.id))
                case "cancelled":
                    return Failure("deliver.cancelled", "Writing the files was called off.")
                case "failed":
                    return _failure(ErrorEntry.model_validate(said["error"]))

    def _failed(self, delivery: Delivery, job: Job, error: MultiplaneError) -> None:
        kind = "input" if error.exit_status == 2 else "failure"
        attempt = Attempt(delivery.tries, delivery.kills)
        text = f"{error.message} {error.remedy or ''}".strip()
        deliveries = self._store.deliveries
        match answer_to(error.code, kind, attempt):
            case Answer.FAIL:
                if deliveries.fail(delivery, error):
                    said = f"The files of the storyboard were not written: {text}"
                    self._hub.say("error", said, str(job.id))
            case Answer.WAIT:
                deliveries.put_back(delivery)
                self._changed(job)
                raise DiskFull(text)
            case answer:
                if deliveries.try_again(delivery, killed=answer is Answer.KILLED):
                    said = f"The files of the storyboard are written again: {text}"
                    self._hub.say("warning", said, str(job.id))

    def _changed(self, job: Job) -> None:
        fresh = Job.get_or_none((Job.id == job.id) & (Job.generation == job.generation))
        if fresh is not None:
            self._hub.job(fresh)


def _incomplete(delivered: messages.Delivered) -> MultiplaneError | None:
    """What kept some of the files from being written, as one error."""
    entries = [(name, ErrorEntry.model_validate(error)) for name, error in delivered.not_written]
    if not entries:
        return None
    for _, entry in entries:
        if entry.code == "deliver.disk_full":
            return _failure(entry)
    words = "; ".join(f"{name}: {entry.message}" for name, entry in entries)
    remedies = dict.fromkeys(entry.remedy for _, entry in entries if entry.remedy)
    return Failure(
        "deliver.incomplete",
        f"Not all files of the storyboard could be written. {words}",
        file=entries[0][1].file or entries[0][0],
        remedy=" ".join([*remedies, "Then write them again: retry the job."]),
    )


def _failure(entry: ErrorEntry) -> Failure:
    return Failure(entry.code, entry.message, entry.file, entry.field, entry.value, entry.remedy)
