"""The files of a whole storyboard, written by a worker once all its shots have ended."""

from __future__ import annotations

import json

from multiplane.contract.document import ErrorEntry
from multiplane.contract.errors import Failure, MultiplaneError
from multiplane.contract.events import Log, parse_event
from multiplane.contract.messages_common import JobState, ShotState
from multiplane.server.hub import Hub
from multiplane.server.lane import Lane, Shared
from multiplane.server.store import Store
from multiplane.server.tables import Job
from multiplane.server.troubles import lost
from multiplane.server.views import Views
from multiplane.server.worker_process import WorkerLost


class Delivering:
    """Delivers jobs on lanes."""

    def __init__(self, store: Store, hub: Hub, views: Views) -> None:
        self._store, self._hub, self._views = store, hub, views

    def waiting(self, shared: Shared) -> Job | None:
        """The first job whose shots have all ended, and that no lane delivers yet."""
        state = Job.state == JobState.DELIVERING
        for job in Job.select().where(state).order_by(Job.position):
            if job.id not in shared.delivering:
                found: Job = job
                return found
        return None

    async def deliver(self, lane: Lane, job: Job) -> None:
        """Deliver it; a job that was called off meanwhile stays as it is."""
        id_ = str(job.id)
        lane.begin(None, id_)
        lane.shared.delivering.add(id_)
        try:
            error = await self._delivered(lane, job)
            if lane.called_off:
                return
        finally:
            lane.end()
            lane.shared.delivering.discard(id_)
        # A retry or another camera may have come while the files were written.
        fresh = Job.get_or_none((Job.id == id_) & (Job.state == JobState.DELIVERING))
        if fresh is not None:
            self._store.delivered(fresh, error)
            self._hub.job(fresh)

    async def _delivered(self, lane: Lane, job: Job) -> MultiplaneError | None:
        """What went wrong, or None."""
        shots = self._store.shots(job)
        made = [one.name for one in shots if one.state == ShotState.FINISHED and not one.reused]
        errors = {str(one.number): json.loads(str(one.error)) for one in shots if one.error}
        try:
            worker = await lane.ready(job, self._hub.previews_wanted)
            out = str(self._views.folder(job))
            await worker.begin("deliver", job=job.id, out=out, made=made, errors=errors)
            while True:
                said = await worker.receive()
                if isinstance(said, bytes):
                    continue
                match said["type"]:
                    case "event":
                        event = parse_event(json.dumps(said["event"]))
                        if isinstance(event, Log):
                            self._hub.say(event.level, event.text, str(job.id))
                    case "delivered" | "cancelled":
                        return None
                    case "failed":
                        entry = ErrorEntry.model_validate(said["error"])
                        return Failure(entry.code, entry.message, entry.file, remedy=entry.remedy)
        except WorkerLost as ended:
            lane.worker = None
            return lost(ended)
        except MultiplaneError as error:
            return error
