"""Runs the lanes: finds the next piece of work for each, waits when there is none, and stops."""

from __future__ import annotations

import asyncio
import logging
import shutil

from multiplane.contract.messages_common import ShotState
from multiplane.server.crew import ProcessCrew
from multiplane.server.delivering import Delivering
from multiplane.server.hub import Hub
from multiplane.server.lane import Lane, RunnerSettings, Shared
from multiplane.server.making import DiskFull, Making
from multiplane.server.queue import choose
from multiplane.server.recovery import sweep_work
from multiplane.server.results import Results
from multiplane.server.storage.refusals import is_full
from multiplane.server.store import Store
from multiplane.server.tables import Job, Shot
from multiplane.server.views import Views

_LOGGER = logging.getLogger(__name__)
LEAST_FREE_BYTES = 200 * 2**20
RECHECK_S = 10.0
FAULT_PAUSE_S = 1.0
_LEAVING_S = 0.02
_FULL = "The disk is full; the queue goes on by itself when there is room."


class Runner:
    """Makes what is queued, from `start` to `stop`."""

    def __init__(
        self, store: Store, results: Results, hub: Hub, views: Views, settings: RunnerSettings
    ) -> None:
        self._store, self._results = store, results
        self._hub, self._views, self._settings = hub, views, settings
        self._making = Making(store, results, hub, views)
        self._delivering = Delivering(store, hub, views)
        shared = Shared()
        here = ProcessCrew(settings.worker_log, hub.stopped)
        self._lanes = _lanes(settings, results, shared, here)
        self._shared = shared
        self._tasks: list[asyncio.Task[None]] = []
        self._news = [asyncio.Event() for _ in self._lanes]
        self._stopping = False
        self._blocked = False
        self._faults = False
        self.room_wanted = asyncio.Event()  # a job was removed because the disk was full
        hub.wishes_changed = self._wishes_changed

    def start(self) -> None:
        pairs = zip(self._lanes, self._news, strict=True)
        self._tasks = [asyncio.create_task(self._run(*pair)) for pair in pairs]

    def wake(self) -> None:
        """Something has changed: look for work."""
        for one in self._news:
            one.set()

    def call_off(
        self, job: str, shot: int | None = None, then: ShotState = ShotState.CANCELLED
    ) -> None:
        """Stop making this shot, or whatever of this job is being made. then: its next state."""
        for lane in self._lanes:
            made = lane.shot
            if (shot is None and lane.delivering == job) or (
                made is not None and made.job_id == job and shot in (None, made.id)
            ):
                lane.call_off(then)

    async def leave(self, job: str) -> None:
        """Stop all work for this job, and wait until no worker writes into its folder any more."""
        self.call_off(job)
        while any(lane.delivering == job for lane in self._lanes):
            await asyncio.sleep(_LEAVING_S)

    @property
    def busy(self) -> bool:
        """Whether anything is being made."""
        return any(lane.busy for lane in self._lanes)

    @property
    def lacks_room(self) -> bool:
        """Whether the queue waits because the disk is full."""
        return self._blocked

    async def stop(self, patience_s: float) -> None:
        """End all workers; what is being made is finished if it can be at once, or parked."""
        self._stopping = self._making.stopping = True
        for lane in self._lanes:
            lane.call_off(ShotState.QUEUED)
        self.wake()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=patience_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        for lane in self._lanes:
            if lane.worker is not None:
                await lane.worker.kill()
        self._store.left_running()
        self._store.deliveries.left_running()
        self.sweep()

    def sweep(self) -> None:
        """Delete what makers left behind. Only while nothing is being made."""
        sweep_work(self._store, self._results, self._settings.work)

    async def _run(self, lane: Lane, news: asyncio.Event) -> None:
        while not self._stopping:
            news.clear()
            try:
                if not await self._once(lane):
                    await self._rest(lane, news)
            except asyncio.CancelledError:
                raise
            except DiskFull as full:
                self._block(str(full))
                news.clear()  # that this shot is queued again is no reason to try at once
                await self._rest(lane, news)
            except Exception as error:
                # A fault here must not end the lane: it is logged, and the queue goes on.
                self._faults = True
                if is_full(error):
                    self._block(_FULL)
                else:
                    _LOGGER.exception("A lane failed")
                await lane.unload()
                await asyncio.sleep(FAULT_PAUSE_S)
        await lane.unload()

    async def _once(self, lane: Lane) -> bool:
        """Do one piece of work; False when there is none."""
        if self._faults:
            # What a fault cut off in the middle is begun again.
            self._store.left_running([one.shot.id for one in self._lanes if one.shot is not None])
            self._store.deliveries.left_running(self._shared.delivering)
            self._faults = False
        waiting = self._delivering.waiting(self._shared) if lane.delivers else None
        if waiting is not None and not self._stopping:
            try:
                await self._delivering.deliver(lane, *waiting)
            finally:
                self.wake()
            return True
        chosen = self._chosen(lane)
        if chosen is None:
            return False
        why_not = await lane.placed(chosen[1])
        if why_not is not None:
            self._say_no_place(why_not)
            return True
        # Where that took a while, another lane may have taken the shot.
        chosen = self._chosen(lane)
        if chosen is None:
            return False
        shot, job = chosen
        if not self._making.take(shot):
            return True
        try:
            await self._making.make(lane, shot, job)
        finally:
            self.wake()
        return True

    def _chosen(self, lane: Lane) -> tuple[Shot, Job] | None:
        """The next shot for the lane, if there is one that may be made now."""
        if not lane.makes or self._stopping or self._store.paused or not self._room():
            return None
        return choose(self._store.queued(self._shared.held), lane.key, lane.in_a_row)

    def _say_no_place(self, why: str) -> None:
        """Lanes may be more than places; it matters when nothing is made at all."""
        if not any(lane.worker is not None for lane in self._lanes if lane.makes):
            self._hub.say("warning", f"{why} The queue waits.")

    async def _rest(self, lane: Lane, news: asyncio.Event) -> None:
        """Wait for work; unload the model when there is none for long."""
        if self._blocked:
            limit: float | None = RECHECK_S
        else:
            limit = self._settings.idle_s if lane.worker is not None else None
        try:
            async with asyncio.timeout(limit):
                await news.wait()
        except TimeoutError:
            if not self._blocked:
                if lane.key is not None:
                    self._shared.plans.forget(lane.key)
                await lane.unload()
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
        self._blocked, self._views.note = note is not None, note
        self._hub.server(paused=self._store.paused)
        self._hub.say("warning" if note else "info", note or "There is room again; it goes on.")

    def _wishes_changed(self) -> None:
        """A client wants previews now, or the last that did has gone."""
        for lane in self._lanes:
            asyncio.get_running_loop().create_task(lane.show_previews(self._hub.previews_wanted))


def _lanes(
    settings: RunnerSettings, results: Results, shared: Shared, here: ProcessCrew
) -> list[Lane]:
    """As many as there are workers; beside a farm's one that delivers, because it has the disk."""
    blobs, farm, workers = results.blobs, settings.farm, range(settings.workers)
    if farm is None:
        return [Lane(settings, blobs, shared, here) for _ in workers]
    lanes = [Lane(settings, blobs, shared, farm, delivers=False) for _ in workers]
    return [*lanes, Lane(settings, blobs, shared, here, makes=False)]
