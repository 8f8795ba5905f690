"""Runs the slots: finds the next piece of work for each, waits when there is none, and stops."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil

from multiplane.contract.full_disk import is_full
from multiplane.contract.messages_common import ShotState
from multiplane.server.jobs.hub import Hub
from multiplane.server.jobs.recovery import unnoted
from multiplane.server.jobs.results import SharedResults
from multiplane.server.jobs.shot_order import ModelKey, choose
from multiplane.server.jobs.store import Store
from multiplane.server.jobs.tables import Job, Shot
from multiplane.server.jobs.views import Views
from multiplane.server.jobs.workspace import Workspace
from multiplane.server.workers.factory import ProcessFactory
from multiplane.server.workers.job_finalizer import JobFinalizer
from multiplane.server.workers.look_runner import LookRunner, Search
from multiplane.server.workers.shared_work import SharedWork
from multiplane.server.workers.shot_runner import DiskFull, ShotRunner
from multiplane.server.workers.worker_slot import RunnerSettings, WorkerSlot

_LOGGER = logging.getLogger(__name__)
LEAST_FREE_BYTES = 200 * 2**20
RECHECK_S = 10.0
FAULT_PAUSE_S = 1.0
_LEAVING_S = 0.02
_FULL = "The disk is full; the queue goes on by itself when there is room."


class Runner:
    """Makes what is queued, from `start` to `stop`."""

    def __init__(
        self, store: Store, results: SharedResults, hub: Hub, views: Views, settings: RunnerSettings
    ) -> None:
        self._store, self._results = store, results
        self._hub, self._views, self._settings = hub, views, settings
        self._making = ShotRunner(store, results, hub, views)
        self._delivering = JobFinalizer(store, hub, views)
        self._looking = LookRunner(store, results, hub, views)
        shared = SharedWork()
        here = ProcessFactory(
            settings.worker_log, lambda said: hub.stands_still(said.pid, said.still)
        )
        self._slots = _slots(settings, results, shared, here)
        views.works_with(sum(slot.makes for slot in self._slots))
        self._shared = shared
        self._tasks: list[asyncio.Task[None]] = []
        self._news = [asyncio.Event() for _ in self._slots]
        self._stopping = False
        self._blocked = False
        self._faults = False
        self._room_wanted = asyncio.Event()
        hub.on_wishes(self._wishes_changed)

    async def bring_back(self, shot: Shot) -> bool:
        """As `ShotRunner.bring_back`, of a shot that is not being made."""
        return await self._making.bring_back(shot)

    def start(self) -> None:
        pairs = zip(self._slots, self._news, strict=True)
        self._tasks = [asyncio.create_task(self._run(*pair)) for pair in pairs]

    def wake(self) -> None:
        """Something has changed: look for work."""
        for news in self._news:
            news.set()

    def call_off(
        self, job: str, shot: int | None = None, then: ShotState = ShotState.CANCELLED
    ) -> None:
        """Stop making this shot, or whatever of this job is being made. then: its next state."""
        for slot in self._slots:
            if slot.works_for(job, shot):
                slot.call_off(then)

    def abandon(self, shot: int) -> None:
        """This queued shot is called off: its picture need not be painted ahead."""
        for slot in self._slots:
            slot.abandon(shot)

    def stop_looking(self, job: Job, shot: str | None = None) -> None:
        """Call off what is looked for in this job's pictures, or in the shot's of this name."""
        for look in self._store.looks.of(job, shot):
            slots = [slot for slot in self._slots if slot.looks_for(look)]
            for slot in slots:
                slot.call_off(ShotState.CANCELLED)
            if not slots:
                self._looking.call_off(look, look.shot)

    async def leave(self, job: str) -> None:
        """Stop all work for this job, and wait until nobody writes into its folder any more."""
        self.call_off(job)
        while any(slot.writes_for(job) for slot in self._slots):
            await asyncio.sleep(_LEAVING_S)

    @property
    def busy(self) -> bool:
        """Whether anything is being made."""
        return any(slot.busy for slot in self._slots)

    @property
    def lacks_room(self) -> bool:
        """Whether the queue waits because the disk is full."""
        return self._blocked

    async def stop(self, patience_s: float) -> None:
        """End all workers; what is being made is finished if it can be at once, or parked."""
        self._stopping = True
        self._making.stop()
        for slot in self._slots:
            slot.call_off(ShotState.QUEUED)
        self.wake()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=patience_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        for slot in self._slots:
            await slot.kill()
        self._store.left_running()
        self._store.deliveries.left_running()
        self._store.looks.left_running()
        await self.sweep()

    def want_room(self) -> None:
        """A job was removed because the disk was full: what it had should go now."""
        self._room_wanted.set()

    async def room_wanted(self, patience_s: float) -> bool:
        """Wait until room is wanted, or for so long; whether it was wanted."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                await self._room_wanted.wait()
        wanted = self._room_wanted.is_set()
        self._room_wanted.clear()
        return wanted

    async def sweep(self) -> None:
        """Delete what makers left behind. Only while nothing is being made."""
        workspace = Workspace(self._settings.work)
        keep = unnoted(self._store, self._results, await asyncio.to_thread(workspace.hashes))
        await asyncio.to_thread(workspace.sweep, keep)

    async def _run(self, slot: WorkerSlot, news: asyncio.Event) -> None:
        while not self._stopping:
            news.clear()
            try:
                if not await self._once(slot):
                    await self._rest(slot, news)
            except asyncio.CancelledError:
                raise
            except DiskFull as full:
                self._block(str(full))
                news.clear()  # that this shot is queued again is no reason to try at once
                await self._rest(slot, news)
            except Exception as error:
                # A fault here must not end the slot: it is logged, and the queue goes on.
                self._faults = True
                if is_full(error):
                    self._block(_FULL)
                else:
                    _LOGGER.exception("A slot failed")
                await slot.unload()
                await asyncio.sleep(FAULT_PAUSE_S)
        await slot.unload()

    async def _once(self, slot: WorkerSlot) -> bool:
        """Do one piece of work; False when there is none."""
        if self._faults:
            # What a fault cut off in the middle is begun again.
            self._store.left_running(
                [slot.shot.id for slot in self._slots if slot.shot is not None]
            )
            self._store.deliveries.left_running(self._shared.delivering)
            self._store.looks.left_running(self._shared.looking)
            self._faults = False
        search = self._search_for(slot)
        if search is not None:
            if await self._has_place(slot, search[2]) and search == self._search_for(slot):
                try:
                    await self._looking.search(slot, *search)
                finally:
                    self.wake()
            return True
        waiting = self._delivering.waiting(self._shared) if slot.delivers else None
        if waiting is not None and not self._stopping:
            try:
                await self._delivering.deliver(slot, *waiting)
            finally:
                self.wake()
            return True
        chosen = self._chosen(slot)
        if chosen is None:
            return False
        if not await self._has_place(slot, chosen[1]):
            return True
        # Where that took a while, another slot may have taken the shot.
        chosen = self._chosen(slot)
        if chosen is None:
            return False
        shot, job = chosen
        if not self._making.take(shot):
            return True
        try:
            await self._making.make(slot, shot, job)
        finally:
            self.wake()
        return True

    def _chosen(self, slot: WorkerSlot) -> tuple[Shot, Job] | None:
        """The next shot for the slot, if there is one that may be made now."""
        if not slot.makes or self._stopping or self._store.paused or not self._room():
            return None
        return choose(self._store.queued(self._shared.taken), slot.key, slot.in_a_row)

    def _search_for(self, slot: WorkerSlot) -> Search | None:
        """The next words to look for, unless another slot has their model and nothing to do."""
        if not slot.makes or self._stopping or self._store.paused or not self._room():
            return None
        idle = [one.key for one in self._slots if one is not slot and not one.busy]
        for search in self._store.looks.waiting(self._shared.looking.values()):
            key = ModelKey.of(search[2])
            if key == slot.key or key not in idle:
                return search
        return None

    async def _has_place(self, slot: WorkerSlot, job: Job) -> bool:
        """Whether a worker with the job's model has a place, having waited a while for one."""
        why_not = await slot.placed(job)
        # Slots may be more than places; it matters when nothing is made at all.
        if why_not is not None and not any(one.loaded for one in self._slots if one.makes):
            self._hub.say("warning", f"{why_not} The queue waits.")
        return why_not is None

    async def _rest(self, slot: WorkerSlot, news: asyncio.Event) -> None:
        """Wait for work; unload the model when there is none for long."""
        if self._blocked:
            limit: float | None = RECHECK_S
        else:
            limit = self._settings.idle_s if slot.loaded else None
        try:
            async with asyncio.timeout(limit):
                await news.wait()
        except TimeoutError:
            if not self._blocked:
                await slot.unload_unused()
                self._hub.say("info", "The model was unloaded, because there is nothing to do.")

    def _room(self) -> bool:
        """Whether the disk has room for another shot; says so when that changes."""
        self._settings.work.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(self._settings.work).free < LEAST_FREE_BYTES:
            self._block(_FULL)
        elif self._blocked:
            self._block(None)
        return not self._blocked

    def _block(self, note: str | None) -> None:
        if note == self._views.note:
            return
        self._blocked = note is not None
        self._views.queue_waits(note)
        self._hub.server(paused=self._store.paused)
        self._hub.say("warning" if note else "info", note or "There is room again; it goes on.")

    def _wishes_changed(self) -> None:
        """A client wants previews now, or the last that did has gone."""
        for slot in self._slots:
            asyncio.get_running_loop().create_task(slot.show_previews(self._hub.previews_wanted))


def _slots(
    settings: RunnerSettings, results: SharedResults, shared: SharedWork, here: ProcessFactory
) -> list[WorkerSlot]:
    """As many as there are workers; beside a farm's one that delivers, because it has the disk."""
    blobs, farm, workers = results.blobs, settings.farm, range(settings.workers)
    if farm is None:
        return [WorkerSlot(settings, blobs, shared, here) for _ in workers]
    slots = [WorkerSlot(settings, blobs, shared, farm, delivers=False) for _ in workers]
    return [*slots, WorkerSlot(settings, blobs, shared, here, makes=False)]
