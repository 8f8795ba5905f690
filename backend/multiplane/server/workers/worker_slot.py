"""One worker's place: its process, what it has loaded, what it is doing."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from dataclasses import dataclass, field
from pathlib import Path

from multiplane.contract.errors import MultiplaneError
from multiplane.contract.messages_common import ShotState
from multiplane.server.jobs.blobs import Blobs
from multiplane.server.jobs.shot_order import ModelKey
from multiplane.server.jobs.submission import start_folder, with_uploads
from multiplane.server.jobs.tables import Job, Shot
from multiplane.server.workers.factory import NoPlace, Worker, WorkerFactory
from multiplane.server.workers.memory_plans import MemoryPlans
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
    """Of a server's data folder, those with uploads and results: whoever has the token reads them.

    The token itself, keys and logs are in none of them.
    """
    return (data / "blobs", data / "jobs", data / "work")


@dataclass
class Shared:
    """What slots must not do at the same time, and what they have learned."""

    making: set[str] = field(default_factory=set)  # content hashes
    held: dict[int, str] = field(default_factory=dict)  # shots that wait for one of them
    delivering: set[int] = field(default_factory=set)  # deliveries
    plans: MemoryPlans = field(default_factory=MemoryPlans)


class WorkerSlot:
    """At most one worker at a time, and at most one model in it.

    makes, delivers: what the slot is for. Only a worker that shares the server's disk delivers.
    """

    def __init__(
        self,
        settings: RunnerSettings,
        blobs: Blobs,
        shared: Shared,
        factory: WorkerFactory,
        *,
        makes: bool = True,
        delivers: bool = True,
    ) -> None:
        self._settings, self._blobs, self.shared = settings, blobs, shared
        self._factory, self.makes, self.delivers = factory, makes, delivers
        self.worker: Worker | None = None
        self.key: ModelKey | None = None
        self.painter_plan: int | None = None  # with which the worker has loaded the picture model
        self.in_a_row = 0
        self.shot: Shot | None = None
        self.hash: str | None = None  # of its content, once it is being made
        self.delivering: str | None = None
        self.called_off = False
        self._begun = False  # the worker has its task
        self.then = ShotState.CANCELLED  # of a shot that was called off
        self.previews = False
        self._board: tuple[str, int, int] | None = None  # the job whose board the worker has
        self._killer: asyncio.TimerHandle | None = None
        self._refused: WorkerLost | MultiplaneError | None = None

    @property
    def busy(self) -> bool:
        return self.shot is not None or self.delivering is not None

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
            self.worker = self.key = None
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
        if None not in (plan, self.painter_plan) and plan != self.painter_plan:
            await self.unload()
        worker = await self._set_up(ModelKey.of(job))
        self.in_a_row += 1
        await self.show_previews(previews)
        board = (str(job.id), int(job.generation), hash(job.storyboard))
        if self._board != board:
            document, _ = with_uploads(json.loads(job.storyboard), self._blobs.path)
            folder = str(start_folder(job.folder))
            await worker.send("board", job=job.id, document=document, folder=folder)
            self._board = board
        return worker

    async def _set_up(self, key: ModelKey) -> Worker:
        if self.worker is not None and self.key != key:
            await self.unload()
        if self.worker is None:
            self.worker = await self._factory.start(key)
            self.key, self.painter_plan, self.in_a_row = key, None, 0
            self._board, self.previews = None, False
            await self.worker.send(
                "set_up",
                model=key.model,
                depth_model=key.depth_model,
                device=self._settings.device,
                work=str(self._settings.work),
                blobs=str(self._blobs.root),
                only=[str(one) for one in self._settings.only],
                own=[str(one) for one in own_folders(self._blobs.root.parent)],
            )
        return self.worker

    async def show_previews(self, wanted: bool) -> None:
        """Whether the worker takes the trouble of previews."""
        if self.worker is not None and self.previews != wanted:
            self.previews = wanted
            with contextlib.suppress(WorkerLost):
                await self.worker.send("previews", on=wanted)

    async def unload(self) -> None:
        """End the worker: that frees all its memory."""
        worker, self.worker, self.key = self.worker, None, None
        self.painter_plan = None
        if worker is not None:
            try:
                await worker.stop()
            except asyncio.CancelledError:
                self.worker = worker  # for whoever cancels to end it
                raise

    def begin(self, shot: Shot | None, delivering: str | None = None) -> None:
        self.shot, self.delivering, self.called_off = shot, delivering, False
        self._begun = False

    def end(self) -> None:
        """The task is over; a kill that was to follow a cancel is not needed."""
        self.shot = self.delivering = None
        self._begun = False
        if self._killer is not None:
            self._killer.cancel()
            self._killer = None

    def call_off(self, then: ShotState) -> None:
        """Stop what is being done. then: the state of a shot whose making is stopped."""
        if not self.busy:
            return
        self.then, again, self.called_off = then, self.called_off, True
        if self._begun and not again:
            self._cancel()

    def begun(self) -> None:
        """The worker has its task; it may have been called off while the worker was started."""
        self._begun = True
        if self.called_off:
            self._cancel()

    def _cancel(self) -> None:
        worker, loop = self.worker, asyncio.get_running_loop()
        assert worker is not None
        loop.create_task(worker.cancel())

        def kill() -> None:
            loop.create_task(worker.kill())

        # Something long may not look at what is said: then the process has to go.
        self._killer = loop.call_later(CANCEL_PATIENCE_S, kill)
