"""One shot, from the queue to the job's folder.

A shot's way: RUNNING on the disk; the worker tells the content hash; a result that is there
already is taken, whoever made it; else the worker makes it into a folder of its own. Its files
become blobs, the result is noted, the job's folder gets it, and only then the shot is FINISHED.
A kill between any two of these steps leaves something that the next start goes on from.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

from multiplane.contract.document import ErrorEntry
from multiplane.contract.errors import MultiplaneError
from multiplane.contract.events import Log, StepProgress, parse_event
from multiplane.contract.layout import SHOTS
from multiplane.contract.messages_common import ShotState
from multiplane.server.jobs.hub import Hub
from multiplane.server.jobs.results import SharedResults, StoredFile
from multiplane.server.jobs.shot_order import ModelKey
from multiplane.server.jobs.store import FROM_THE_START, Store
from multiplane.server.jobs.tables import Job, Shot, now
from multiplane.server.jobs.views import Views
from multiplane.server.workers.factory import NoPlace, Worker
from multiplane.server.workers.retry_policy import MEMORY_PLANS, Answer, Attempt, answer_to, lost
from multiplane.server.workers.worker import messages
from multiplane.server.workers.worker_process import WorkerLost
from multiplane.server.workers.worker_slot import WorkerSlot

_LOGGER = logging.getLogger(__name__)


class DiskFull(Exception):
    """No shot can be made now; the message says why."""


class ShotRunner:
    """Makes shots on slots."""

    def __init__(self, store: Store, results: SharedResults, hub: Hub, views: Views) -> None:
        self._store, self._results, self._hub, self._views = store, results, hub, views
        self.stopping = False

    def take(self, shot: Shot) -> bool:
        """The shot is being made from now on; False when somebody else has changed it."""
        taken = self._store.move(shot, ShotState.RUNNING, tries=shot.tries + 1, error=None)
        self._hub.changed(shot)
        return taken

    async def make(self, slot: WorkerSlot, shot: Shot, job: Job) -> None:
        """Make a taken shot; it is not RUNNING any more afterwards. Raises DiskFull."""
        slot.begin(shot)
        plan = max(shot.plan, slot.shared.plans.start(ModelKey.of(job)))
        try:
            worker = await slot.worker_for(job, self._hub.previews_wanted, plan)
            await worker.begin("make", job=job.id, number=shot.number, plan=plan)
            slot.begun()
            while True:
                said = await worker.receive()
                if isinstance(said, bytes):
                    self._hub.preview(shot, said)
                    continue
                match messages.read(said):
                    case messages.PainterLoads() as loads:
                        slot.painter_plan = loads.plan
                    case messages.Stopped() as stopped:
                        self._hub.stands_still(stopped.pid, stopped.still, str(job.id), shot.name)
                match said["type"]:
                    case "event":
                        self._event(shot, said["event"])
                    case "hashed":
                        if not await self._to_be_made(slot, worker, shot, said):
                            return
                    case "made":
                        await self._made(slot, worker, shot, said)
                        return
                    case "cancelled":
                        self._called_off(slot, shot)
                        return
                    case "failed":
                        entry = ErrorEntry.model_validate(said["error"])
                        await self._failed(slot, shot, entry, said["kind"])
                        return
        except WorkerLost as error:
            slot.worker = None
            if slot.called_off:
                self._called_off(slot, shot)
            else:
                entry = ErrorEntry.model_validate(lost(error).as_dict())
                await self._failed(slot, shot, entry, "failure")
        except NoPlace:
            # The worker that had been found has gone again: no fault of the shot's.
            self._store.move(shot, ShotState.QUEUED, tries=shot.tries - 1)
            self._hub.changed(shot)
        except MultiplaneError as error:
            kind = "input" if error.exit_status == 2 else "failure"
            await self._failed(slot, shot, ErrorEntry.model_validate(error.as_dict()), kind)
        finally:
            slot.end()
            if slot.worker is None:
                slot.painter_plan = None
            self._views.steps.pop(shot.id, None)
            self._release(slot)

    async def _to_be_made(
        self, slot: WorkerSlot, worker: Worker, shot: Shot, said: dict[str, Any]
    ) -> bool:
        """Whether the shot has to be made here and now."""
        hash_ = said["result"]
        if hash_ in slot.shared.making:
            # Another slot makes the very same: wait for it, then take its result.
            slot.shared.held[shot.id] = hash_
            await worker.send("skip", task=worker.task)
            self._store.move(shot, ShotState.QUEUED, tries=shot.tries - 1)
            self._hub.changed(shot)
            return False
        found = self._results.find(hash_)
        if found is not None:
            await worker.send("skip", task=worker.task)
            self._finish(slot, shot, result=hash_, reused=True, seconds=found.seconds)
            return False
        slot.hash = hash_  # first: whatever happens now, it is released
        slot.shared.making.add(hash_)
        of_picture = self._results.of_picture
        same = of_picture(said["picture"]) or of_picture(said["uncorrected"])
        earlier = [(f.path, f.sha256) for f in self._results.files(same.hash)] if same else []
        await worker.send("go", task=worker.task, earlier=earlier)
        return True

    async def _made(
        self, slot: WorkerSlot, worker: Worker, shot: Shot, said: dict[str, Any]
    ) -> None:
        hash_ = said["result"]
        files = [StoredFile(*one) for one in said["files"]]
        self._results.add(hash_, said["picture"], said["model"], said["seconds"], files)
        if slot.key is not None and slot.painter_plan is not None:
            slot.shared.plans.painted(slot.key, slot.painter_plan)
        self._finish(slot, shot, result=hash_, reused=False, seconds=said["seconds"])
        extra = {"job": shot.job_id, "shot": shot.name, "result": hash_}
        _LOGGER.info("A shot was made: %s", shot.name, extra=extra)
        await worker.send("committed", result=hash_)

    def _finish(
        self, slot: WorkerSlot, shot: Shot, *, result: str, reused: bool, seconds: float
    ) -> None:
        if not self._store.is_current(shot):
            return  # its job was removed
        self._results.place(result, self._folder(shot))
        layers = sum(one.path.startswith("layers/") for one in self._results.files(result))
        self._store.move(
            shot,
            ShotState.FINISHED,
            result=result,
            reused=reused,
            layers=layers or None,
            seconds=seconds,
            finished=now(),
            error=None,
            kills=0,
            plan=0,
        )
        if slot.called_off and slot.then is ShotState.QUEUED and not self.stopping:
            self._store.move(shot, ShotState.QUEUED, **FROM_THE_START)  # another camera came
        self._hub.changed(shot)

    async def _failed(self, slot: WorkerSlot, shot: Shot, error: ErrorEntry, kind: str) -> None:
        painting = slot.painter_plan is not None
        attempt = Attempt(shot.tries, shot.kills, shot.plan, painting)
        answer = answer_to(error.code, kind, attempt)
        if self.stopping and answer is not Answer.FAIL:
            answer = Answer.TRY_AGAIN
        text = f"{error.message} {error.remedy or ''}".strip()
        where = (str(shot.job_id), shot.name)
        match answer:
            case Answer.FAIL:
                entry = json.dumps(error.model_dump(mode="json"))
                self._store.move(shot, ShotState.FAILED, error=entry)
                self._hub.say("error", text, *where)
            case Answer.LESS_MEMORY:
                plan = min((slot.painter_plan or 0) + 1, MEMORY_PLANS - 1)
                await slot.unload()
                self._store.move(shot, ShotState.QUEUED, tries=shot.tries - 1, plan=plan)
                less = "Memory ran out; the shot is tried again with less of the model loaded."
                self._hub.say("warning", less, *where)
            case Answer.TRY_AGAIN:
                self._store.move(shot, ShotState.QUEUED)
                self._hub.say("warning", f"Another try: {text}", *where)
            case Answer.KILLED:
                changes = {"tries": shot.tries - 1, "kills": shot.kills + 1}
                self._store.move(shot, ShotState.QUEUED, **changes)
                self._hub.say("warning", f"The shot is made again: {text}", *where)
            case Answer.WAIT:
                self._store.move(shot, ShotState.QUEUED, tries=shot.tries - 1)
        self._hub.changed(shot)
        if answer is Answer.WAIT:
            raise DiskFull(text)

    def _called_off(self, slot: WorkerSlot, shot: Shot) -> None:
        """By a client, or because the server stops."""
        if slot.then is ShotState.QUEUED:
            self._store.move(shot, ShotState.QUEUED, tries=shot.tries - 1)
        else:
            self._store.move(shot, ShotState.CANCELLED)
        self._hub.changed(shot)

    def _event(self, shot: Shot, event: dict[str, Any]) -> None:
        match parse_event(json.dumps(event)):
            case StepProgress() as step:
                self._views.steps[shot.id] = step
                self._hub.step(shot, step)
            case Log() as line:
                self._hub.say(line.level, line.text, str(shot.job_id), shot.name)

    def _folder(self, shot: Shot) -> Path:
        return self._views.folder(str(shot.job_id)) / SHOTS / str(shot.folder)

    def _release(self, slot: WorkerSlot) -> None:
        """This slot makes no shot any more: those that waited for the very same may go on."""
        hash_, slot.hash = slot.hash, None
        if hash_ is not None:
            slot.shared.making.discard(hash_)
            held = slot.shared.held
            for shot in [one for one, waited in held.items() if waited == hash_]:
                del held[shot]
