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
from multiplane.contract.messages_common import ShotState
from multiplane.server.crew import NoPlace, Worker
from multiplane.server.hub import Hub
from multiplane.server.lane import Lane
from multiplane.server.queue import ModelKey
from multiplane.server.results import Results, StoredFile
from multiplane.server.store import FROM_THE_START, Store
from multiplane.server.tables import Job, Shot, now
from multiplane.server.troubles import MEMORY_PLANS, Answer, Attempt, answer_to, lost
from multiplane.server.views import SHOTS, Views
from multiplane.server.worker import messages
from multiplane.server.worker_process import WorkerLost

_LOGGER = logging.getLogger(__name__)


class DiskFull(Exception):
    """No shot can be made now; the message says why."""


class Making:
    """Makes shots on lanes."""

    def __init__(self, store: Store, results: Results, hub: Hub, views: Views) -> None:
        self._store, self._results, self._hub, self._views = store, results, hub, views
        self.stopping = False

    def take(self, shot: Shot) -> bool:
        """The shot is being made from now on; False when somebody else has changed it."""
        taken = self._store.move(shot, ShotState.RUNNING, tries=shot.tries + 1, error=None)
        self._hub.changed(shot)
        return taken

    async def make(self, lane: Lane, shot: Shot, job: Job) -> None:
        """Make a taken shot; it is not RUNNING any more afterwards. Raises DiskFull."""
        lane.begin(shot)
        plan = max(shot.plan, lane.shared.plans.start(ModelKey.of(job)))
        try:
            worker = await lane.ready(job, self._hub.previews_wanted, plan)
            await worker.begin("make", job=job.id, number=shot.number, plan=plan)
            lane.begun()
            while True:
                said = await worker.receive()
                if isinstance(said, bytes):
                    self._hub.preview(shot, said)
                    continue
                match messages.read(said):
                    case messages.PainterLoads() as loads:
                        lane.painter_plan = loads.plan
                    case messages.Stopped() as stopped:
                        self._hub.stopped(stopped, str(job.id), shot.name)
                match said["type"]:
                    case "event":
                        self._event(shot, said["event"])
                    case "hashed":
                        if not await self._to_be_made(lane, worker, shot, said):
                            return
                    case "made":
                        await self._made(lane, worker, shot, said)
                        return
                    case "cancelled":
                        self._called_off(lane, shot)
                        return
                    case "failed":
                        entry = ErrorEntry.model_validate(said["error"])
                        await self._failed(lane, shot, entry, said["kind"])
                        return
        except WorkerLost as error:
            lane.worker = None
            if lane.called_off:
                self._called_off(lane, shot)
            else:
                entry = ErrorEntry.model_validate(lost(error).as_dict())
                await self._failed(lane, shot, entry, "failure")
        except NoPlace:
            # The worker that had been found has gone again: no fault of the shot's.
            self._store.move(shot, ShotState.QUEUED, tries=shot.tries - 1)
            self._hub.changed(shot)
        except MultiplaneError as error:
            kind = "input" if error.exit_status == 2 else "failure"
            await self._failed(lane, shot, ErrorEntry.model_validate(error.as_dict()), kind)
        finally:
            lane.end()
            if lane.worker is None:
                lane.painter_plan = None
            self._views.steps.pop(shot.id, None)
            self._release(lane)

    async def _to_be_made(
        self, lane: Lane, worker: Worker, shot: Shot, said: dict[str, Any]
    ) -> bool:
        """Whether the shot has to be made here and now."""
        hash_ = said["result"]
        if hash_ in lane.shared.making:
            # Another lane makes the very same: wait for it, then take its result.
            lane.shared.held[shot.id] = hash_
            await worker.send("skip", task=worker.task)
            self._store.move(shot, ShotState.QUEUED, tries=shot.tries - 1)
            self._hub.changed(shot)
            return False
        found = self._results.find(hash_)
        if found is not None:
            await worker.send("skip", task=worker.task)
            self._finish(lane, shot, result=hash_, reused=True, seconds=found.seconds)
            return False
        lane.hash = hash_  # first: whatever happens now, it is released
        lane.shared.making.add(hash_)
        of_picture = self._results.of_picture
        same = of_picture(said["picture"]) or of_picture(said["uncorrected"])
        earlier = [(f.path, f.sha256) for f in self._results.files(same.hash)] if same else []
        await worker.send("go", task=worker.task, earlier=earlier)
        return True

    async def _made(self, lane: Lane, worker: Worker, shot: Shot, said: dict[str, Any]) -> None:
        hash_ = said["result"]
        files = [StoredFile(*one) for one in said["files"]]
        self._results.add(hash_, said["picture"], said["model"], said["seconds"], files)
        if lane.key is not None and lane.painter_plan is not None:
            lane.shared.plans.painted(lane.key, lane.painter_plan)
        self._finish(lane, shot, result=hash_, reused=False, seconds=said["seconds"])
        extra = {"job": shot.job_id, "shot": shot.name, "result": hash_}
        _LOGGER.info("A shot was made: %s", shot.name, extra=extra)
        await worker.send("committed", result=hash_)

    def _finish(self, lane: Lane, shot: Shot, *, result: str, reused: bool, seconds: float) -> None:
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
        if lane.called_off and lane.then is ShotState.QUEUED and not self.stopping:
            self._store.move(shot, ShotState.QUEUED, **FROM_THE_START)  # another camera came
        self._hub.changed(shot)

    async def _failed(self, lane: Lane, shot: Shot, error: ErrorEntry, kind: str) -> None:
        painting = lane.painter_plan is not None
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
                plan = min((lane.painter_plan or 0) + 1, MEMORY_PLANS - 1)
                await lane.unload()
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

    def _called_off(self, lane: Lane, shot: Shot) -> None:
        """By a client, or because the server stops."""
        if lane.then is ShotState.QUEUED:
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

    def _release(self, lane: Lane) -> None:
        """This lane makes no shot any more: those that waited for the very same may go on."""
        hash_, lane.hash = lane.hash, None
        if hash_ is not None:
            lane.shared.making.discard(hash_)
            held = lane.shared.held
            for shot in [one for one, waited in held.items() if waited == hash_]:
                del held[shot]
