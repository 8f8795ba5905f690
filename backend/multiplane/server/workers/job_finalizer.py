"""The files of a whole storyboard, written by a worker once all its shots have ended.

A delivery's way: RUNNING on the disk; the worker writes what it can; then it is WRITTEN, or it has
FAILED with what could not be written, or it WAITS for another try. Only a written one leaves a
finished job. One that was running when the server ended waits at the next start.
"""

from __future__ import annotations

from typing import assert_never

from multiplane.contract import full_disk
from multiplane.contract.document import ErrorEntry
from multiplane.contract.errors import Failure, MultiplaneError
from multiplane.contract.events import Log
from multiplane.contract.messages_common import ShotState
from multiplane.server.jobs.hub import Hub
from multiplane.server.jobs.store import Store, error_entry
from multiplane.server.jobs.tables import Delivery, Job
from multiplane.server.jobs.views import Views
from multiplane.server.workers.factory import NoPlace, unexpected
from multiplane.server.workers.retry_policy import Answer, Attempt, answer_to, lost
from multiplane.server.workers.shared_work import SharedWork
from multiplane.server.workers.shot_runner import DiskFull
from multiplane.server.workers.worker.messages import (
    Deliver,
    Delivered,
    Downloading,
    Found,
    Hashed,
    LayersCut,
    Looked,
    Made,
    PainterLoads,
    Preview,
    Progressed,
    Pulled,
    Reading,
    Ready,
    Stopped,
    TaskCancelled,
    TaskFailed,
    Tokens,
)
from multiplane.server.workers.worker_process import WorkerLost
from multiplane.server.workers.worker_slot import WorkerSlot


class JobFinalizer:
    """Delivers jobs on slots."""

    def __init__(self, store: Store, hub: Hub, views: Views) -> None:
        self._store, self._hub, self._views = store, hub, views

    def waiting(self, shared: SharedWork) -> tuple[Delivery, Job] | None:
        """The first job whose shots have all ended, and that no slot delivers yet."""
        return self._store.deliveries.waiting(shared.delivering)

    async def deliver(self, slot: WorkerSlot, delivery: Delivery, job: Job) -> None:
        """Deliver it; a job that was called off meanwhile stays as it is. Raises DiskFull."""
        slot.claim_delivery(delivery)
        try:
            if self._store.deliveries.begin(delivery):
                self._changed(job)
                await self._deliver(slot, delivery, job)
        finally:
            slot.release()

    async def _deliver(self, slot: WorkerSlot, delivery: Delivery, job: Job) -> None:
        try:
            error = await self._delivered(slot, job)
        except WorkerLost as ended:
            slot.lose()
            error = lost(ended)
        except MultiplaneError as met:
            error = met
        except NoPlace:
            self._store.deliveries.put_back(delivery)
            return
        # A cancel, a retry or another camera may have come meanwhile: then none of this moves it.
        if error is None:
            self._store.deliveries.written(delivery)
        elif slot.called_off is not None:
            self._store.deliveries.put_back(delivery)
        else:
            self._failed(delivery, job, error)
        self._changed(job)

    async def _delivered(self, slot: WorkerSlot, job: Job) -> MultiplaneError | None:
        """What went wrong, or None. Raises WorkerLost, MultiplaneError, NoPlace."""
        shots = self._store.shots(job)
        made = [shot.name for shot in shots if shot.state == ShotState.FINISHED and not shot.reused]
        errors = {shot.number: error for shot in shots if (error := error_entry(shot.error))}
        worker = await slot.worker_for(job, self._hub.previews_wanted)
        out = str(self._views.folder(job))
        await slot.begin(worker, Deliver(str(job.id), out, tuple(made), errors))
        while True:
            match said := await worker.receive():
                case Delivered():
                    return _incomplete(said)
                case TaskCancelled():
                    return Failure("deliver.cancelled", "Writing the files was called off.")
                case TaskFailed():
                    return _failure(said.error)
                case Stopped():
                    self._hub.stands_still(said.pid, said.still, str(job.id))
                case Progressed():
                    if isinstance(said.event, Log):
                        self._hub.say(said.event.level, said.event.text, str(job.id))
                case Ready() | PainterLoads() | Preview() | Hashed() | LayersCut() | Made():
                    raise unexpected(said)
                case Reading() | Found() | Tokens() | Downloading() | Pulled() | Looked():
                    raise unexpected(said)
                case _:
                    assert_never(said)

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
        fresh = self._store.current_job(job)
        if fresh is not None:
            self._hub.job(fresh)


def _incomplete(delivered: Delivered) -> MultiplaneError | None:
    """What kept some of the files from being written, as one error."""
    missing = delivered.not_written
    if not missing:
        return None
    for file in missing:
        if file.error.code == full_disk.CODE:
            return _failure(file.error)
    words = "; ".join(f"{file.name}: {file.error.message}" for file in missing)
    remedies = dict.fromkeys(file.error.remedy for file in missing if file.error.remedy)
    return Failure(
        "deliver.incomplete",
        "Not all files of the storyboard could be written. {words}",
        file=missing[0].error.file or missing[0].name,
        remedy="{remedies} Then write them again: retry the job."
        if remedies
        else "Then write them again: retry the job.",
        values={"words": words, "remedies": " ".join(remedies)},
    )


def _failure(entry: ErrorEntry) -> Failure:
    return Failure(
        entry.code,
        entry.message,
        entry.file,
        entry.field,
        entry.value,
        entry.remedy,
        values=entry.values,
    )
