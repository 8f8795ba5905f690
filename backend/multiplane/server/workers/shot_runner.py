"""One shot, from the queue to the job's folder.

A shot's way: RUNNING on the disk; the worker tells the content hash; a result that is there
already is taken, whoever made it; else the worker makes it into a folder of its own. Its files
become blobs, the result is noted, the job's folder gets it, and only then the shot is FINISHED.
A kill between any two of these steps leaves something that the next start goes on from.
"""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path
from typing import assert_never

from multiplane.contract.errors import MultiplaneError
from multiplane.contract.events import Event, Log, StepProgress
from multiplane.contract.layout import MANIFEST, SHOTS
from multiplane.contract.messages_common import ShotState
from multiplane.server.jobs.doubts import doubts_in
from multiplane.server.jobs.hub import Hub
from multiplane.server.jobs.made_before import MadeBefore
from multiplane.server.jobs.picture_words import PictureWords
from multiplane.server.jobs.results import SharedResults
from multiplane.server.jobs.shot_order import ModelKey, choose
from multiplane.server.jobs.store import FROM_THE_START, Store
from multiplane.server.jobs.tables import Job, Shot, now
from multiplane.server.jobs.views import Views
from multiplane.server.workers.factory import NoPlace, Worker, unexpected
from multiplane.server.workers.retry_policy import Answer, Attempt, answer_to, lost
from multiplane.server.workers.worker.messages import (
    Committed,
    Delivered,
    Downloading,
    Found,
    FromWorker,
    Go,
    Hashed,
    LayersCut,
    Looked,
    Made,
    Make,
    PainterLoads,
    Preview,
    Progressed,
    Pulled,
    Reading,
    Ready,
    ShotHashes,
    Skip,
    Stopped,
    TaskCancelled,
    TaskFailed,
    Tokens,
)
from multiplane.server.workers.worker_process import WorkerLost
from multiplane.server.workers.worker_slot import WorkerSlot

_LOGGER = logging.getLogger(__name__)


class DiskFull(Exception):
    """No shot can be made now; the message says why."""


class ShotRunner:
    """Makes shots on slots."""

    def __init__(self, store: Store, results: SharedResults, hub: Hub, views: Views) -> None:
        self._store, self._results, self._hub, self._views = store, results, hub, views
        self._words = PictureWords(results)
        self._stopping = False

    def stop(self) -> None:
        """The server stops: what fails from now on is tried again by the next one."""
        self._stopping = True

    def take(self, shot: Shot) -> bool:
        """The shot is being made from now on; False when somebody else has changed it."""
        taken = self._store.move(shot, ShotState.RUNNING, tries=shot.tries + 1, error=None)
        self._hub.changed(shot)
        return taken

    async def make(self, slot: WorkerSlot, shot: Shot, job: Job) -> None:
        """Make a taken shot; it is not RUNNING any more afterwards. Raises DiskFull."""
        slot.claim_shot(shot)
        self._views.began(shot)
        plan = max(shot.plan, slot.shared.plans.start(ModelKey.of(job)))
        try:
            worker = await slot.worker_for(job, self._hub.previews_wanted, plan)
            after = self._after(slot, job)
            make = Make(
                str(job.id),
                shot.number,
                plan,
                keep_layers=bool(shot.keep_layers),
                after=None if after is None else after.number,
            )
            await slot.begin(worker, make)
            while await self._goes_on(slot, worker, shot, after, await worker.receive()):
                pass
        except WorkerLost as error:
            slot.lose()
            if slot.called_off is not None:
                await self._called_off(slot, shot)
            else:
                await self._failed(slot, shot, TaskFailed.of(lost(error)))
        except NoPlace:
            # The worker that had been found has gone again: no fault of the shot's.
            self._store.move(shot, ShotState.QUEUED, tries=shot.tries - 1)
            self._hub.changed(shot)
        except MultiplaneError as error:
            await self._failed(slot, shot, TaskFailed.of(error))
        finally:
            slot.release()
            self._views.ended(shot)

    def _after(self, slot: WorkerSlot, job: Job) -> Shot | None:
        """The shot that the slot makes next, as it seems, if it is one of the same job."""
        queued = self._store.queued(slot.shared.taken)
        chosen = choose(queued, ModelKey.of(job), slot.in_a_row)
        return None if chosen is None or chosen[1].id != job.id else chosen[0]

    async def _goes_on(
        self, slot: WorkerSlot, worker: Worker, shot: Shot, after: Shot | None, said: FromWorker
    ) -> bool:
        """Do what the worker's message asks for; whether another one is to come."""
        match said:
            case Preview():
                self._hub.preview(shot, said.frame)
            case PainterLoads():
                slot.painter_loads(said.plan, said.plans)
            case Stopped():
                self._hub.stands_still(said.pid, said.still, str(shot.job_id), shot.name)
            case Progressed():
                self._event(shot, said.event)
            case Hashed() | LayersCut() if slot.called_off is not None:
                pass  # it will say that it has stopped; an answer now would be its last word
            case Hashed():
                return await self._to_be_made(slot, worker, shot, after, said)
            case LayersCut():
                (manifest,) = [file for file in said.files if file.path == MANIFEST]
                self._views.layers_cut(shot, manifest.sha256)
                self._hub.changed(shot)
            case Made():
                await self._made(slot, worker, shot, said)
                return False
            case TaskCancelled():
                await self._called_off(slot, shot)
                return False
            case TaskFailed():
                await self._failed(slot, shot, said)
                return False
            case Ready() | Delivered() | Tokens() | Downloading() | Pulled() | Looked():
                raise unexpected(said)
            case Reading() | Found():
                raise unexpected(said)
            case _:
                assert_never(said)
        return True

    async def _to_be_made(
        self, slot: WorkerSlot, worker: Worker, shot: Shot, after: Shot | None, hashed: Hashed
    ) -> bool:
        """Whether the shot has to be made here and now."""
        if not slot.claim_content(hashed.result):
            # Another slot makes the very same: wait for it, then take its result.
            await worker.send(Skip(worker.task))
            self._store.move(shot, ShotState.QUEUED, tries=shot.tries - 1)
            self._hub.changed(shot)
            return False
        found = self._results.find(hashed.result)
        if found is not None:
            await worker.send(Skip(worker.task))
            await self._finish(slot, shot, result=hashed.result, reused=True, seconds=found.seconds)
            return False
        of_picture = self._results.of_picture
        same = of_picture(hashed.picture) or of_picture(hashed.uncorrected)
        files = self._results.files(same.hash) if same else []
        ahead = (
            after is not None
            and hashed.after is not None
            and hashed.after.uncorrected != hashed.uncorrected
            and self._has_no_picture(slot, hashed.after)
            and self._store.is_current(after)
            and slot.claim_ahead(after)
        )
        earlier = tuple((file.path, file.sha256) for file in files)
        await worker.send(Go(worker.task, earlier, ahead=ahead))
        return True

    def _has_no_picture(self, slot: WorkerSlot, hashed: ShotHashes) -> bool:
        """Whether a shot of these hashes has to be painted, as far as is known now."""
        of_picture = self._results.of_picture
        made = of_picture(hashed.picture) or of_picture(hashed.uncorrected)
        return made is None and not slot.shared.is_making(hashed.result)

    async def _made(self, slot: WorkerSlot, worker: Worker, shot: Shot, made: Made) -> None:
        self._results.add(made.result, made.picture, made.model, made.seconds, made.files)
        await self._words.take_over(made.result)
        slot.painted()
        await self._finish(slot, shot, result=made.result, reused=False, seconds=made.seconds)
        extra = {"job": shot.job_id, "shot": shot.name, "result": made.result}
        _LOGGER.info("A shot was made: %s", shot.name, extra=extra)
        await worker.send(Committed(made.result))

    async def _finish(
        self, slot: WorkerSlot, shot: Shot, *, result: str, reused: bool, seconds: float
    ) -> None:
        if not self._store.is_current(shot):
            return  # its job was removed
        with slot.placing(str(shot.job_id)):
            await self._results.place(result, self._folder(shot))
        doubts = await asyncio.to_thread(doubts_in, self._folder(shot))
        is_to_be_another = slot.called_off is ShotState.QUEUED and not self._stopping
        files = self._results.files(result)
        layers = sum(file.path.startswith("layers/") for file in files)
        self._store.move(
            shot,
            ShotState.FINISHED,
            result=result,
            reused=reused,
            layers=layers or None,
            doubts=doubts,
            seconds=seconds,
            finished=now(),
            error=None,
            kills=0,
            plan=0,
            made_before=shot.made_before if is_to_be_another else None,
        )
        if is_to_be_another:
            self._store.move(shot, ShotState.QUEUED, **FROM_THE_START)  # another camera came
        self._hub.changed(shot)

    async def _failed(self, slot: WorkerSlot, shot: Shot, failed: TaskFailed) -> None:
        error = failed.error
        attempt = Attempt(shot.tries, shot.kills, slot.plans_left)
        answer = answer_to(error.code, failed.kind, attempt)
        if self._stopping and answer is not Answer.FAIL:
            answer = Answer.TRY_AGAIN
        text = f"{error.message} {error.remedy or ''}".strip()
        where = (str(shot.job_id), shot.name)
        match answer:
            case Answer.FAIL:
                entry = json.dumps(error.model_dump(mode="json"))
                self._store.move(shot, ShotState.FAILED, error=entry)
                self._hub.say("error", text, *where)
            case Answer.LESS_MEMORY:
                plan = (slot.painter_plan or 0) + 1
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

    async def _called_off(self, slot: WorkerSlot, shot: Shot) -> None:
        """By a client, or because the server stops."""
        if slot.called_off is ShotState.QUEUED:
            self._store.move(shot, ShotState.QUEUED, tries=shot.tries - 1)
        elif not await self.bring_back(shot, place=True):
            self._store.move(shot, ShotState.CANCELLED)
        self._hub.changed(shot)

    async def bring_back(self, shot: Shot, *, place: bool = False) -> bool:
        """A finished shot that was to be made anew is what it was before; whether there is that.

        place: its files anew, too, for words may have been found in its picture meanwhile.
        """
        before = MadeBefore.read(shot)
        if before is None or self._results.find(before.result) is None:
            return False
        if place or before.result != shot.result:
            await self._results.place(before.result, self._folder(shot))
        if not self._store.bring_back(shot):
            return False
        found = self._store.reread(shot)
        if found is not None:
            self._hub.shot_entry(found[1], shot)
        self._hub.changed(shot)
        return True

    def _event(self, shot: Shot, event: Event) -> None:
        match event:
            case StepProgress() as step:
                self._views.progressed(shot, step)
                self._hub.step(shot, step)
                job = str(shot.job_id)
                if self._views.wants_telling(job):
                    found = self._store.find_job(job)
                    if found is not None:
                        self._hub.job(found)
            case Log() as line:
                self._hub.say(line.level, line.text, str(shot.job_id), shot.name)

    def _folder(self, shot: Shot) -> Path:
        return self._views.folder(str(shot.job_id)) / SHOTS / str(shot.folder)
