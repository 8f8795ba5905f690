"""Words that are looked for in a shot's picture, by a slot and its model.

A search's way: RUNNING on the disk; a worker reads a copy of the shot's result and hands back what
has changed; that is noted for every result of the picture, and put into the folders of the shots
that have one. Only then the search is gone: one that a kill cut off is done again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, assert_never

from multiplane.contract.errors import Failure, MultiplaneError
from multiplane.contract.events import Log
from multiplane.contract.layout import SHOTS
from multiplane.contract.messages_common import LookState, ShotState
from multiplane.server.jobs.hub import Hub
from multiplane.server.jobs.looks import words_of
from multiplane.server.jobs.picture_words import PictureWords
from multiplane.server.jobs.results import SharedResults
from multiplane.server.jobs.shot_order import ModelKey
from multiplane.server.jobs.store import Store
from multiplane.server.jobs.tables import Job, Look, Shot
from multiplane.server.jobs.views import Views
from multiplane.server.workers.factory import NoPlace, Worker, unexpected
from multiplane.server.workers.retry_policy import Answer, Attempt, answer_to, lost
from multiplane.server.workers.shot_runner import DiskFull
from multiplane.server.workers.worker.messages import (
    Delivered,
    Downloading,
    Found,
    Hashed,
    LayersCut,
    Looked,
    LookFor,
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

Search = tuple[Look, Shot, Job]


class LookRunner:
    """Looks for words on slots."""

    def __init__(self, store: Store, results: SharedResults, hub: Hub, views: Views) -> None:
        self._store, self._results, self._hub, self._views = store, results, hub, views
        self._words = PictureWords(results)

    async def search(self, slot: WorkerSlot, look: Look, shot: Shot, job: Job) -> None:
        """Do a search that waits; it does not run any more afterwards. Raises DiskFull."""
        if not self._store.looks.begin(look):
            return
        slot.claim_look(look, shot)
        try:
            self._tell(look, shot, LookState.RUNNING)
            await self._search(slot, look, shot, job)
        finally:
            slot.release()

    def call_off(self, look: Look, shot: Shot) -> None:
        """A search that does not run is not wanted any more."""
        if self._store.looks.end(look):
            self._tell(look, shot, LookState.CANCELLED)

    async def _search(self, slot: WorkerSlot, look: Look, shot: Shot, job: Job) -> None:
        try:
            failed = await self._done(slot, look, shot, job)
        except WorkerLost as error:
            slot.lose()
            failed = TaskFailed.of(lost(error))
        except NoPlace:
            self._wait(look, shot)
            return
        except MultiplaneError as error:
            failed = TaskFailed.of(error)
        if failed is None:
            return
        if slot.called_off is ShotState.QUEUED:
            self._wait(look, shot)
        elif slot.called_off is not None:
            self.call_off(look, shot)
        else:
            await self._failed(slot, look, shot, failed)

    async def _done(self, slot: WorkerSlot, look: Look, shot: Shot, job: Job) -> TaskFailed | None:
        """What went wrong, or None. Raises WorkerLost, MultiplaneError, NoPlace."""
        result = None if shot.result is None else self._results.find(str(shot.result))
        if result is None:
            raise Failure(
                "shot.not_finished",
                "The shot has no picture yet.",
                field="shot",
                value=shot.name,
                remedy="Words can be looked for once it was made.",
            )
        plan = max(look.plan, slot.shared.plans.start(ModelKey.of(job)))
        worker = await slot.worker_for(job, self._hub.previews_wanted, plan)
        files = tuple((file.path, file.sha256) for file in self._results.files(result.hash))
        words = words_of(look)
        await slot.begin(worker, LookFor(result.hash, files, tuple(words), plan))
        match said := await self._answer(slot, worker, look, shot):
            case TaskFailed():
                return said
            case TaskCancelled():
                return TaskFailed.of(Failure("layer.look.cancelled", "The search was called off."))
        slot.painted()
        for changed in await self._words.found(result.hash, said.files):
            for other in list(Shot.select().where(Shot.result == changed)):
                await self._place(slot, other)
        if self._store.looks.end(look):
            self._tell(look, shot, LookState.FOUND, notices=list(said.notices))
        return None

    async def _answer(
        self, slot: WorkerSlot, worker: Worker, look: Look, shot: Shot
    ) -> Found | TaskFailed | TaskCancelled:
        while True:
            match said := await worker.receive():
                case Found() | TaskFailed() | TaskCancelled():
                    return said
                case Reading():
                    self._tell(look, shot, LookState.RUNNING, done=said.done, total=said.total)
                case PainterLoads():
                    slot.painter_loads(said.plan, said.plans)
                case Progressed(event=Log() as line):
                    self._hub.say(line.level, line.text, str(shot.job_id), shot.name)
                case Stopped():
                    self._hub.stands_still(said.pid, said.still, str(shot.job_id), shot.name)
                case Ready() | Progressed() | Preview() | Hashed() | LayersCut() | Made():
                    raise unexpected(said)
                case Delivered() | Tokens() | Downloading() | Pulled() | Looked():
                    raise unexpected(said)
                case _:
                    assert_never(said)

    async def _place(self, slot: WorkerSlot, shot: Shot) -> None:
        """Put a shot's result into its folder anew; one that is being made gets it in the end."""
        while True:
            now = self._store.reread(shot)
            if now is None or now[0].state == ShotState.RUNNING:
                return
            current = now[0]
            with slot.placing(str(current.job_id)):
                await self._results.place(str(current.result), self._folder(current))
            after = self._store.reread(shot)
            if after is None or after[0].result == current.result:
                return  # else another result came meanwhile, and is the one to be there

    async def _failed(self, slot: WorkerSlot, look: Look, shot: Shot, failed: TaskFailed) -> None:
        error, looks = failed.error, self._store.looks
        attempt = Attempt(look.tries, look.kills, slot.plans_left)
        text = f"{error.message} {error.remedy or ''}".strip()
        where = (str(shot.job_id), shot.name)
        match answer_to(error.code, failed.kind, attempt):
            case Answer.FAIL:
                if looks.end(look):
                    self._tell(look, shot, LookState.FAILED, error=error)
                    self._hub.say("info", f"Words were not looked for: {text}", *where)
            case Answer.WAIT:
                self._wait(look, shot)
                raise DiskFull(text)
            case answer:
                less = answer is Answer.LESS_MEMORY
                plan = (slot.painter_plan or 0) + 1 if less else None
                if less:
                    await slot.unload()
                looks.try_again(look, killed=answer is Answer.KILLED, plan=plan)
                self._tell(look, shot, LookState.WAITING)
                self._hub.say("info", f"Words are looked for again: {text}", *where)

    def _wait(self, look: Look, shot: Shot) -> None:
        if self._store.looks.put_back(look):
            self._tell(look, shot, LookState.WAITING)

    def _tell(self, look: Look, shot: Shot, state: LookState, **fields: Any) -> None:
        """fields: as in `LookChanged`."""
        self._views.looks_on(look, fields.get("done"), fields.get("total"))
        self._hub.look(look, shot, state, **fields)

    def _folder(self, shot: Shot) -> Path:
        return self._views.folder(str(shot.job_id)) / SHOTS / str(shot.folder)
