"""Makes what is queued: one lane per worker, each with at most one model loaded.

A shot's way: RUNNING on the disk; the worker tells the content hash; a result that is there
already is taken, whoever made it; else the worker makes it into a folder of its own. Its files
become blobs, the result is noted, the job's folder gets it, and only then the shot is FINISHED.
A kill between any two of these steps leaves something that the next start goes on from.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from multiplane.contract.document import ErrorEntry
from multiplane.contract.errors import Failure, MultiplaneError
from multiplane.contract.events import Log, StepProgress, parse_event
from multiplane.contract.messages_common import JobState, ShotState
from multiplane.contract.messages_server import LogLine
from multiplane.server.hub import Hub
from multiplane.server.queue import ModelKey, choose
from multiplane.server.results import Results, StoredFile
from multiplane.server.store import Store
from multiplane.server.submission import start_folder, with_uploads
from multiplane.server.tables import Job, Shot, now
from multiplane.server.troubles import Answer, answer_to, lost
from multiplane.server.views import SHOTS, Views
from multiplane.server.worker_process import WorkerLost, WorkerProcess

_LOGGER = logging.getLogger(__name__)
LEAST_FREE_BYTES = 200 * 2**20
RECHECK_S = 10.0
CANCEL_PATIENCE_S = 10.0


@dataclass(frozen=True)
class RunnerSettings:
    """work: where workers put unfinished shots. idle_s: after which a model is unloaded."""

    work: Path
    worker_log: Path
    workers: int = 1
    device: str = "auto"
    idle_s: float = 300.0


@dataclass(eq=False)
class _Lane:
    """One worker, what it has loaded, and what it is doing."""

    worker: WorkerProcess | None = None
    key: ModelKey | None = None
    plan: int = 0
    board: str | None = None  # the board that the worker has, and in which state
    in_a_row: int = 0
    shot: Shot | None = None
    delivering: str | None = None
    called_off: bool = False
    then: ShotState = ShotState.CANCELLED  # of a shot that was called off
    previews: bool = False
    killer: asyncio.TimerHandle | None = None


@dataclass
class _Shared:
    """What lanes must not do at the same time."""

    making: set[str] = field(default_factory=set)  # content hashes
    held: dict[int, str] = field(default_factory=dict)  # shots that wait for one of them
    delivering: set[str] = field(default_factory=set)  # jobs


class Runner:
    """Runs the lanes from `start` to `stop`."""

    def __init__(
        self, store: Store, results: Results, hub: Hub, views: Views, settings: RunnerSettings
    ) -> None:
        self._store, self._results, self._hub, self._views = store, results, hub, views
        self._settings = settings
        self._lanes = [_Lane() for _ in range(settings.workers)]
        self._tasks: list[asyncio.Task[None]] = []
        self._wake = asyncio.Condition()
        self._shared = _Shared()
        self._plans: dict[ModelKey, int] = {}
        self._stopping = False
        self._blocked = False
        hub.wishes_changed = self._tell_previews

    # From outside

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._run(lane)) for lane in self._lanes]

    def wake(self) -> None:
        """Something has changed: look for work."""
        asyncio.get_running_loop().create_task(self._notify())

    def call_off(
        self, job: str, shot: int | None = None, then: ShotState = ShotState.CANCELLED
    ) -> None:
        """Stop making this shot, or whatever of this job is being made. then: its next state."""
        for lane in self._lanes:
            made = lane.shot
            if (shot is None and lane.delivering == job) or (
                made is not None and made.job_id == job and shot in (None, made.id)
            ):
                lane.then = then
                self._call_off(lane)

    def busy(self) -> bool:
        """Whether anything is being made."""
        return any(lane.shot or lane.delivering for lane in self._lanes)

    async def stop(self, patience_s: float = 3.0) -> None:
        """End all workers; a running shot is finished if that is a matter of moments, or parked."""
        self._stopping = True
        for lane in self._lanes:
            lane.then = ShotState.QUEUED
            self._call_off(lane)
        await self._notify()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=patience_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        for lane in self._lanes:
            if lane.worker is not None:
                await lane.worker.kill()
        self._store.left_running()

    # Lanes

    async def _notify(self) -> None:
        async with self._wake:
            self._wake.notify_all()

    async def _run(self, lane: _Lane) -> None:
        while not self._stopping:
            try:
                if not await self._once(lane):
                    await self._rest(lane)
            except asyncio.CancelledError:
                raise
            except Exception:
                # A fault here must not end the lane: it is logged, and the queue goes on.
                _LOGGER.exception("A lane failed")
                await self._unload(lane)
                await asyncio.sleep(1.0)
        await self._unload(lane)

    async def _rest(self, lane: _Lane) -> None:
        """Wait for work; unload the model when there is none for long."""
        timeout = RECHECK_S if self._blocked else self._settings.idle_s
        try:
            async with asyncio.timeout(timeout if lane.worker or self._blocked else None):
                async with self._wake:
                    await self._wake.wait()
        except TimeoutError:
            if not self._blocked and lane.worker is not None:
                self._log("info", "The model was unloaded: there is nothing to do.")
                self._plans.pop(lane.key, None) if lane.key else None
                await self._unload(lane)

    async def _once(self, lane: _Lane) -> bool:
        """Do one piece of work; False when there is none."""
        job = self._to_deliver()
        if job is not None:
            await self._deliver(lane, job)
            return True
        if self._store.paused or not self._room():
            return False
        chosen = choose(self._store.queued(self._shared.held), lane.key, lane.in_a_row)
        if chosen is None:
            return False
        shot, job = chosen
        self._begin(shot, job)
        await self._make(lane, shot, job)
        return True

    def _room(self) -> bool:
        """Whether the disk has room for another shot; says so when that changes."""
        self._settings.work.mkdir(parents=True, exist_ok=True)
        full = shutil.disk_usage(self._settings.work).free < LEAST_FREE_BYTES
        if full != self._blocked:
            self._blocked = full
            note = "The disk is full; the queue goes on by itself when there is room."
            self._views.note = note if full else None
            self._hub.server(paused=self._store.paused)
            self._log("warning" if full else "info", note if full else "There is room again.")
        return not full

    # One shot

    def _begin(self, shot: Shot, job: Job) -> None:
        self._store.move(shot, ShotState.RUNNING, tries=shot.tries + 1, error=None)
        self._changed(shot)

    async def _make(self, lane: _Lane, shot: Shot, job: Job) -> None:
        lane.shot, lane.called_off = shot, False
        made: str | None = None
        try:
            await self._ready(lane, job)
            assert lane.worker is not None
            await lane.worker.begin("make", job=job.id, number=shot.number)
            while True:
                said = await lane.worker.receive()
                if isinstance(said, bytes):
                    self._hub.preview(shot, said)
                    continue
                match said["type"]:
                    case "event":
                        self._event(shot, job, said["event"])
                    case "hashed":
                        if not await self._hashed(lane, shot, job, said):
                            return
                        made = said["result"]
                    case "made":
                        await self._made(lane, shot, job, said)
                        return
                    case "cancelled":
                        self._parked_or_cancelled(lane, shot)
                        return
                    case "failed":
                        entry = ErrorEntry.model_validate(said["error"])
                        await self._failed(lane, shot, entry, said["kind"])
                        return
        except WorkerLost as error:
            lane.worker = None
            if lane.called_off:
                self._parked_or_cancelled(lane, shot)
            else:
                entry = ErrorEntry.model_validate(lost(error).as_dict())
                await self._failed(lane, shot, entry, "failure")
        except MultiplaneError as error:
            await self._failed(lane, shot, ErrorEntry.model_validate(error.as_dict()), "failure")
        finally:
            self._quiet(lane)
            lane.shot = None
            self._views.steps.pop(shot.id, None)
            self._release(made)

    async def _hashed(self, lane: _Lane, shot: Shot, job: Job, said: dict[str, Any]) -> bool:
        """Whether the shot has to be made here and now."""
        hash_ = said["result"]
        assert lane.worker is not None
        task = lane.worker.task
        if hash_ in self._shared.making:
            # Another lane makes the very same: wait for it, then take its result.
            self._shared.held[shot.id] = hash_
            await lane.worker.send("skip", task=task)
            self._store.move(shot, ShotState.QUEUED, tries=shot.tries - 1)
            self._changed(shot)
            return False
        found = self._results.find(hash_)
        if found is not None:
            await lane.worker.send("skip", task=task)
            self._finish(shot, result=hash_, reused=True, seconds=found.seconds)
            return False
        self._shared.making.add(hash_)
        same = self._results.of_picture(said["picture"])
        earlier = [(f.path, f.sha256) for f in self._results.files(same.hash)] if same else []
        await lane.worker.send("go", task=task, earlier=earlier)
        return True

    async def _made(self, lane: _Lane, shot: Shot, job: Job, said: dict[str, Any]) -> None:
        hash_ = said["result"]
        files = [StoredFile(*one) for one in said["files"]]
        self._results.add(hash_, said["picture"], said["model"], said["seconds"], files)
        self._finish(shot, result=hash_, reused=False, seconds=said["seconds"])
        assert lane.worker is not None
        with contextlib.suppress(WorkerLost):
            await lane.worker.send("committed", result=hash_)
        _LOGGER.info("shot made", extra={"job": job.id, "shot": shot.name, "result": hash_})

    def _finish(self, shot: Shot, *, result: str, reused: bool, seconds: float) -> None:
        if Shot.get_or_none(Shot.id == shot.id) is None:
            return  # its job was removed
        self._results.place(result, self._shot_folder(shot))
        self._store.move(
            shot,
            ShotState.FINISHED,
            result=result,
            reused=reused,
            seconds=seconds,
            finished=now(),
            error=None,
        )
        self._changed(shot)

    async def _failed(self, lane: _Lane, shot: Shot, error: ErrorEntry, kind: str) -> None:
        answer = answer_to(error.code, kind, shot.tries, lane.plan)
        text = f"{error.message} {error.remedy or ''}".strip()
        _LOGGER.warning(
            "%s: %s: %s", shot.name, error.code, text, extra={"job": shot.job_id, "shot": shot.name}
        )
        if self._stopping:
            answer = Answer.TRY_AGAIN
        match answer:
            case Answer.FAIL:
                entry = json.dumps(error.model_dump(mode="json"))
                self._store.move(shot, ShotState.FAILED, error=entry)
            case Answer.LESS_MEMORY:
                assert lane.key is not None
                self._plans[lane.key] = lane.plan + 1
                await self._unload(lane)
                self._store.move(shot, ShotState.QUEUED, tries=shot.tries - 1)
                text = "Memory ran out; the shot is tried again with less of the model loaded."
                self._log("warning", text, shot)
            case Answer.TRY_AGAIN:
                self._store.move(shot, ShotState.QUEUED)
                self._log("warning", f"Another try: {text}", shot)
            case Answer.WAIT:
                self._store.move(shot, ShotState.QUEUED, tries=shot.tries - 1)
                self._blocked = True
                self._views.note = text
                self._hub.server(paused=self._store.paused)
                await asyncio.sleep(RECHECK_S)
        self._changed(shot)

    def _parked_or_cancelled(self, lane: _Lane, shot: Shot) -> None:
        """Called off by a client, or because the server stops."""
        if lane.then is ShotState.QUEUED:
            self._store.move(shot, ShotState.QUEUED, tries=shot.tries - 1)
        else:
            self._store.move(shot, ShotState.CANCELLED)
        self._changed(shot)

    def _event(self, shot: Shot, job: Job, event: dict[str, Any]) -> None:
        match parse_event(json.dumps(event)):
            case StepProgress() as step:
                self._views.steps[shot.id] = step
                self._hub.step(shot, step)
            case Log() as line:
                self._log(line.level, line.text, shot)

    # A whole storyboard

    def _to_deliver(self) -> Job | None:
        state = Job.state == JobState.DELIVERING
        for job in Job.select().where(state).order_by(Job.position):
            if job.id not in self._shared.delivering:
                return job
        return None

    async def _deliver(self, lane: _Lane, job: Job) -> None:
        lane.delivering, lane.called_off = job.id, False
        self._shared.delivering.add(job.id)
        error: MultiplaneError | None = None
        try:
            await self._ready(lane, job)
            assert lane.worker is not None
            shots = self._store.shots(job)
            await lane.worker.begin(
                "deliver",
                job=job.id,
                out=str(self._views.folder(job)),
                made=[
                    one.name for one in shots if one.state == ShotState.FINISHED and not one.reused
                ],
                errors={one.name: json.loads(one.error) for one in shots if one.error},
            )
            while True:
                said = await lane.worker.receive()
                if isinstance(said, bytes):
                    continue
                if said["type"] == "event":
                    event = parse_event(json.dumps(said["event"]))
                    if isinstance(event, Log):
                        line = LogLine(level=event.level, text=event.text, job=job.id)
                        self._hub.log(line)
                        _LOGGER.warning("%s", event.text, extra={"job": job.id})
                elif said["type"] == "delivered":
                    break
                elif said["type"] == "cancelled":
                    return
                elif said["type"] == "failed":
                    entry = ErrorEntry.model_validate(said["error"])
                    error = Failure(entry.code, entry.message, entry.file, remedy=entry.remedy)
                    break
        except WorkerLost as ended:
            lane.worker = None
            if lane.called_off:
                return
            error = lost(ended)
        except MultiplaneError as met:
            error = met
        finally:
            self._quiet(lane)
            lane.delivering = None
            self._shared.delivering.discard(job.id)
        self._store.delivered(job, error)
        self._hub.job(self._store.job(job.id))

    # Workers

    async def _ready(self, lane: _Lane, job: Job) -> None:
        """A worker with this job's model and its board. Raises WorkerLost, MultiplaneError."""
        key = ModelKey.of(job)
        plan = self._plans.get(key, 0)
        if lane.worker is not None and (lane.key != key or lane.plan != plan):
            await self._unload(lane)
        if lane.worker is None:
            lane.worker = await WorkerProcess.start(self._settings.worker_log)
            lane.key, lane.plan, lane.board, lane.in_a_row = key, plan, None, 0
            await lane.worker.send(
                "set_up",
                model=key.model,
                depth_model=key.depth_model,
                device=self._settings.device,
                plan=plan,
                work=str(self._settings.work),
                blobs=str(self._results.blobs.root),
            )
            lane.previews = False
            self._tell_previews()
        lane.in_a_row += 1
        board = f"{job.id}/{hash(job.storyboard)}"
        if lane.board != board:
            document, _ = with_uploads(json.loads(job.storyboard), self._results.blobs.path)
            folder = str(start_folder(job.folder))
            await lane.worker.send("board", job=job.id, document=document, folder=folder)
            lane.board = board

    async def _unload(self, lane: _Lane) -> None:
        worker, lane.worker, lane.key = lane.worker, None, None
        if worker is not None:
            await worker.stop()

    def _call_off(self, lane: _Lane) -> None:
        if lane.worker is None or not (lane.shot or lane.delivering) or lane.called_off:
            return
        lane.called_off = True
        worker, loop = lane.worker, asyncio.get_running_loop()
        loop.create_task(worker.cancel())
        # Something long may not look at what is said: then the process has to go.
        lane.killer = loop.call_later(
            CANCEL_PATIENCE_S, lambda: loop.create_task(worker.kill()) and None
        )

    def _quiet(self, lane: _Lane) -> None:
        if lane.killer is not None:
            lane.killer.cancel()
            lane.killer = None

    def _release(self, hash_: str | None) -> None:
        """This lane makes `hash_` no more: shots that waited for it may go on."""
        if hash_ is None:
            return
        self._shared.making.discard(hash_)
        for shot in [one for one, waited in self._shared.held.items() if waited == hash_]:
            del self._shared.held[shot]
        self.wake()

    def _tell_previews(self) -> None:
        for lane in self._lanes:
            if lane.worker is not None and lane.previews != self._hub.previews_wanted:
                lane.previews = self._hub.previews_wanted
                said = lane.worker.send("previews", on=lane.previews)
                asyncio.get_running_loop().create_task(_ignoring_loss(said))

    # Telling

    def _shot_folder(self, shot: Shot) -> Path:
        return self._views.folder(str(shot.job_id)) / SHOTS / shot.folder

    def _changed(self, shot: Shot) -> None:
        fresh = Shot.get_or_none(Shot.id == shot.id)
        if fresh is not None:
            self._hub.shot(fresh)
            self._hub.job(self._store.job(str(shot.job_id)))

    def _log(self, level: Any, text: str, shot: Shot | None = None) -> None:
        job, name = (str(shot.job_id), shot.name) if shot is not None else (None, None)
        self._hub.log(LogLine(level=level, text=text, job=job, shot=name))
        extra = {"job": job, "shot": name}
        _LOGGER.log(logging.getLevelName(level.upper()), "%s", text, extra=extra)


async def _ignoring_loss(sending: Any) -> None:
    with contextlib.suppress(WorkerLost):
        await sending
