"""One worker's place: its process, what it has loaded, what it is doing."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from multiplane.contract.errors import MultiplaneError
from multiplane.contract.messages_common import ShotState
from multiplane.models.folders import loras_folder
from multiplane.server.jobs.blobs import Blobs
from multiplane.server.jobs.shot_order import ModelKey
from multiplane.server.jobs.submission import start_folder, with_uploads
from multiplane.server.jobs.tables import Delivery, Job, Look, Shot
from multiplane.server.workers.factory import NoPlace, Worker, WorkerFactory
from multiplane.server.workers.shared_work import SharedWork
from multiplane.server.workers.worker.messages import (
    Abandon,
    Board,
    Previews,
    SetUp,
    Task,
)
from multiplane.server.workers.worker_process import WorkerLost

_LOGGER = logging.getLogger(__name__)
CANCEL_PATIENCE_S = 10.0


@dataclass(frozen=True)
class RunnerSettings:
    """work: where workers put unfinished shots. idle_s: after which a model is unloaded.

    farm: makes the shots instead of processes of this computer. only: folders in which a
    storyboard may name files; none: everywhere.
    """

    work: Path
    worker_log: Path
    workers: int = 1
    device: str = "auto"
    idle_s: float = 300.0
    farm: WorkerFactory | None = None
    only: tuple[Path, ...] = ()


def own_folders(data: Path) -> tuple[Path, ...]:
    """Uploads and results in a server's data folder, and LoRAs: whoever has the token reads them.

    The token itself, keys and logs are in none of them.
    """
    return (data / "blobs", data / "jobs", data / "work", loras_folder())


class WorkerSlot:
    """At most one worker at a time, and at most one model in it.

    makes, delivers: what the slot is for. Only a worker that shares the server's disk delivers.
    """

    def __init__(
        self,
        settings: RunnerSettings,
        blobs: Blobs,
        shared: SharedWork,
        factory: WorkerFactory,
        *,
        makes: bool = True,
        delivers: bool = True,
    ) -> None:
        self._settings, self._blobs, self.shared = settings, blobs, shared
        self._factory, self.makes, self.delivers = factory, makes, delivers
        self._worker: Worker | None = None
        self._key: ModelKey | None = None
        self._painter_plan: int | None = None
        self._painter_plans = 0
        self._in_a_row = 0
        self._shot: Shot | None = None
        self._content: str | None = None  # hash of the shot's, once it is being made
        self._ahead: int | None = None  # the shot whose picture the worker paints beside it
        self._delivery: tuple[int, str] | None = None  # the row's id, and the job's
        self._look: tuple[int, Shot] | None = None  # the row's id, and whose words are looked for
        self._places_for: str | None = None  # the job whose folder gets a shot just now
        self._called_off: ShotState | None = None
        self._begun = False  # the worker has its task
        self._previews = False
        self._board: tuple[str, int, int] | None = None  # the job whose board the worker has
        self._cancelling: set[asyncio.Task[None]] = set()
        self._killer: asyncio.TimerHandle | None = None
        self._refused: WorkerLost | MultiplaneError | None = None

    @property
    def loaded(self) -> bool:
        """Whether there is a worker."""
        return self._worker is not None

    @property
    def key(self) -> ModelKey | None:
        """Of the model that the worker has; None without one."""
        return self._key

    @property
    def in_a_row(self) -> int:
        """How many tasks the worker had."""
        return self._in_a_row

    @property
    def painter_plan(self) -> int | None:
        """With which memory plan the worker has loaded the picture model; None before."""
        return self._painter_plan

    @property
    def plans_left(self) -> int | None:
        """How many memory plans need less than the loaded picture model's; None without one."""
        loaded = self._painter_plan
        return None if loaded is None else self._painter_plans - 1 - loaded

    @property
    def shot(self) -> Shot | None:
        """What is being made."""
        return self._shot

    @property
    def called_off(self) -> ShotState | None:
        """What is to become of a shot that was called off; None for one that was not."""
        return self._called_off

    @property
    def busy(self) -> bool:
        return not (self._shot is None and self._delivery is None and self._look is None)

    def works_for(self, job: str, shot: int | None = None) -> bool:
        """Whether it makes this shot, or anything of this job."""
        made, delivery = self._shot, self._delivery
        if made is not None and made.job_id == job and shot in (None, made.id):
            return True
        if shot is None and self._look is not None and self._look[1].job_id == job:
            return True
        return shot is None and delivery is not None and delivery[1] == job

    def looks_for(self, look: Look) -> bool:
        """Whether it does this search for words."""
        return self._look is not None and self._look[0] == look.id

    def writes_for(self, job: str) -> bool:
        """Whether files are written into this job's folder."""
        return self._places_for == job or (self._delivery is not None and self._delivery[1] == job)

    # What it does

    def claim_shot(self, shot: Shot) -> None:
        """It makes this shot from now on, until `release`."""
        self._shot, self._called_off, self._begun = shot, None, False

    def claim_content(self, hash_: str) -> bool:
        """Whether its shot may be made here; if not, another slot makes the very same content."""
        assert self._shot is not None
        if not self.shared.claim_content(hash_, self._shot.id):
            return False
        self._content = hash_
        return True

    def claim_ahead(self, shot: Shot) -> bool:
        """Whether its worker may paint this shot's picture beside; it is to be made here next."""
        if not self.shared.claim_ahead(shot.id):
            return False
        self._ahead = shot.id
        return True

    def abandon(self, shot: int) -> None:
        """This shot is called off: its picture need not be painted ahead."""
        if self._ahead == shot and self._worker is not None:
            self._do(self._worker.send(Abandon()))

    def claim_delivery(self, delivery: Delivery) -> None:
        """It writes a job's files from now on, until `release`."""
        self._delivery = (delivery.id, str(delivery.job_id))
        self._called_off, self._begun = None, False
        self.shared.claim_delivery(delivery.id)

    def claim_look(self, look: Look, shot: Shot) -> None:
        """It looks for words in the shot's picture from now on, until `release`."""
        self._look, self._called_off, self._begun = (look.id, shot), None, False
        self.shared.claim_look(look.id, str(shot.result))

    @contextlib.contextmanager
    def placing(self, job: str) -> Iterator[None]:
        """Within, a shot's files are put into the job's folder."""
        self._places_for = job
        try:
            yield
        finally:
            self._places_for = None

    def release(self) -> None:
        """The task is over; a kill that was to follow a cancel is not needed."""
        if self._content is not None:
            self.shared.release_content(self._content)
        if self._ahead is not None:
            self.shared.release_ahead(self._ahead)
        if self._delivery is not None:
            self.shared.release_delivery(self._delivery[0])
        if self._look is not None:
            self.shared.release_look(self._look[0])
        self._shot = self._content = self._ahead = self._delivery = self._look = None
        self._begun = False
        if self._worker is None:
            self._painter_plan = None
        if self._killer is not None:
            self._killer.cancel()
            self._killer = None

    async def begin(self, worker: Worker, task: Task) -> None:
        """Give the worker its task; it may have been called off while the worker was started.

        Raises WorkerLost.
        """
        await worker.begin(task)
        self._begun = True
        if self._called_off is not None:
            self._cancel(worker)

    def call_off(self, then: ShotState) -> None:
        """Stop what is being done. then: the state of a shot whose making is stopped."""
        if not self.busy:
            return
        again, self._called_off = self._called_off is not None, then
        if self._begun and not again and self._worker is not None:
            self._cancel(self._worker)

    def _cancel(self, worker: Worker) -> None:
        self._do(worker.cancel())
        # Something long may not look at what is said: then the process has to go.
        loop = asyncio.get_running_loop()
        self._killer = loop.call_later(CANCEL_PATIENCE_S, lambda: self._do(worker.kill()))

    def _do(self, what: Coroutine[Any, Any, None]) -> None:
        """Do it beside; a worker that is lost meanwhile is told of by what waits for it."""

        async def done() -> None:
            with contextlib.suppress(WorkerLost):
                await what

        task = asyncio.get_running_loop().create_task(done())
        self._cancelling.add(task)
        task.add_done_callback(self._cancelling.discard)

    # Its worker

    async def placed(self, job: Job) -> str | None:
        """Why this job's shots can be made nowhere now, having waited a while; None: they can.

        What else goes wrong with a worker is told by `worker_for`, which has a shot to tell it of.
        """
        self._refused = None
        if not self._factory.waits:
            return None
        try:
            await self._set_up(ModelKey.of(job))
        except NoPlace as none:
            _LOGGER.info("%s", none)
            return str(none)
        except (WorkerLost, MultiplaneError) as error:
            self.lose()
            self._refused = error
        return None

    async def worker_for(self, job: Job, previews: bool, plan: int | None = None) -> Worker:
        """A worker with this job's model and its board.

        plan: the memory plan with which it may have loaded the picture model; None for any.
        Raises WorkerLost, MultiplaneError, NoPlace.
        """
        refused, self._refused = self._refused, None
        if refused is not None:
            raise refused
        if None not in (plan, self._painter_plan) and plan != self._painter_plan:
            await self.unload()
        worker = await self._set_up(ModelKey.of(job))
        self._in_a_row += 1
        await self.show_previews(previews)
        board = (str(job.id), int(job.generation), hash(job.storyboard))
        if self._board != board:
            document, _ = with_uploads(json.loads(job.storyboard), self._blobs.path)
            await worker.send(Board(str(job.id), document, str(start_folder(job.folder))))
            self._board = board
        return worker

    async def _set_up(self, key: ModelKey) -> Worker:
        if self._worker is not None and self._key != key:
            await self.unload()
        if self._worker is None:
            self._worker = await self._factory.start(key)
            self._key, self._painter_plan, self._in_a_row = key, None, 0
            self._board, self._previews = None, False
            await self._worker.send(
                SetUp(
                    model=key.model,
                    depth_model=key.depth_model,
                    device=self._settings.device,
                    work=str(self._settings.work),
                    blobs=str(self._blobs.root),
                    only=tuple(str(folder) for folder in self._settings.only),
                    own=tuple(str(folder) for folder in own_folders(self._blobs.root.parent)),
                )
            )
        return self._worker

    async def show_previews(self, wanted: bool) -> None:
        """Whether the worker takes the trouble of previews."""
        if self._worker is not None and self._previews != wanted:
            self._previews = wanted
            with contextlib.suppress(WorkerLost):
                await self._worker.send(Previews(wanted))

    def painter_loads(self, plan: int, plans: int) -> None:
        """The worker says that it loads the picture model with this memory plan, of so many."""
        self._painter_plan, self._painter_plans = plan, plans

    def painted(self) -> None:
        """A shot was made: what its memory plan was worth is remembered."""
        if self._key is not None and self._painter_plan is not None:
            self.shared.plans.painted(self._key, self._painter_plan)

    def lose(self) -> None:
        """The worker is gone. What it had loaded is told by `painter_plan` until `release`."""
        self._worker = self._key = None

    async def unload(self) -> None:
        """End the worker: that frees all its memory."""
        worker, key, plan = self._worker, self._key, self._painter_plan
        self.lose()
        self._painter_plan = None
        if worker is not None:
            try:
                await worker.stop()
            except asyncio.CancelledError:
                self._worker, self._key, self._painter_plan = worker, key, plan  # for `kill`
                raise

    async def unload_unused(self) -> None:
        """The same because there was nothing to do for long; much may have changed since."""
        if self._key is not None:
            self.shared.plans.forget(self._key)
        await self.unload()

    async def kill(self) -> None:
        """End the worker at once, whatever it does."""
        if self._worker is not None:
            await self._worker.kill()
