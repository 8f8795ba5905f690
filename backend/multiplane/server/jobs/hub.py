"""The connected clients, and which events each has subscribed to."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from multiplane.contract.events import StepProgress
from multiplane.contract.messages import pack
from multiplane.contract.messages_client import Subscribe
from multiplane.contract.messages_common import LookState, ModelView
from multiplane.contract.messages_server import (
    JobChanged,
    JobRemoved,
    LogLine,
    LookChanged,
    ModelChanged,
    Notice,
    ServerChanged,
    ShotChanged,
    ShotEntryChanged,
    ShotsChanged,
    StepChanged,
)
from multiplane.server.breath import breathe
from multiplane.server.jobs.coalescing_queue import CoalescingQueue
from multiplane.server.jobs.looks import words_of
from multiplane.server.jobs.tables import Job, Look, Shot
from multiplane.server.jobs.views import Views

_LOGGER = logging.getLogger(__name__)
_SHOTS_AT_ONCE = 100
Level = Literal["info", "warning", "error"]
_LEVELS = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


@dataclass(eq=False)
class Listener:
    """One client's subscriptions, and the events queued for it.

    jobs: None for all. local: on the server's own computer.
    """

    unsent: CoalescingQueue = field(default_factory=CoalescingQueue)
    jobs: frozenset[str] | None = None
    steps: bool = True
    previews: bool = False
    logs: bool = False
    local: bool = False

    def subscribe(self, wishes: Subscribe) -> None:
        self.jobs = None if wishes.jobs is None else frozenset(wishes.jobs)
        self.steps, self.logs, self.previews = wishes.steps, wishes.logs, wishes.previews

    def wants(self, job: str | None) -> bool:
        return self.jobs is None or job is None or job in self.jobs


class Hub:
    """Sends changes to the clients. An event is serialised once, however many receive it."""

    def __init__(self, views: Views) -> None:
        self._views = views
        self._listeners: set[Listener] = set()
        self._on_wishes: list[Callable[[], None]] = []

    def join(self, listener: Listener) -> None:
        """Send events to this listener from now on."""
        self._listeners.add(listener)

    def leave(self, listener: Listener) -> None:
        """Send nothing more to this listener; it has disconnected."""
        self._listeners.discard(listener)
        self._wishes_changed()

    def subscribe(self, listener: Listener, wishes: Subscribe) -> None:
        """Replace the listener's subscriptions."""
        listener.subscribe(wishes)
        self._wishes_changed()

    def on_wishes(self, call: Callable[[], None]) -> None:
        """Register a callback for whenever a listener's subscriptions may have changed."""
        self._on_wishes.append(call)

    @property
    def previews_wanted(self) -> bool:
        return any(listener.previews for listener in self._listeners)

    def _wishes_changed(self) -> None:
        for call in self._on_wishes:
            call()

    def job(self, job: Job) -> None:
        """Announce that a job has changed."""
        self._tell(("job", job.id), JobChanged(job=self._views.job(job)), job.id)

    def job_removed(self, id_: str) -> None:
        for listener in self._listeners:
            listener.unsent.drop(("job", id_))
        self._tell(("job", id_), JobRemoved(job=id_), id_)

    def shot(self, shot: Shot) -> None:
        """Announce a shot's new state; unsent steps and previews of it are dropped."""
        id_ = str(shot.job_id)
        for listener in self._listeners:
            listener.unsent.drop(("step", id_, shot.name))
            listener.unsent.drop(("preview", id_, shot.name))
        said = ShotChanged(job=id_, shot=self._views.shot(shot))
        self._tell(("shot", id_, shot.name), said, id_)

    def shot_entry(self, job: Job, shot: Shot) -> None:
        """Announce that the shot's entry in the storyboard has changed. job: its current row."""
        id_, entry = str(job.id), json.loads(str(job.storyboard))["shots"][shot.number]
        said = ShotEntryChanged(job=id_, shot=shot.name, index=shot.number, entry=entry)
        self._tell(("entry", id_, shot.name), said, id_)

    async def shots(self, job: Job, numbers: Sequence[int]) -> None:
        """Announce the current states of many shots of a job, with pauses in between."""
        for start in range(0, len(numbers), _SHOTS_AT_ONCE):
            part = self._views.shots(job, numbers[start : start + _SHOTS_AT_ONCE])
            if not part:
                return  # the job was removed
            id_ = str(job.id)
            for listener in self._listeners:
                for shot in part:
                    for kind in ("step", "preview", "shot"):
                        listener.unsent.drop((kind, id_, shot.id))
            key = ("shots", id_, part[0].index)
            for listener in self._listeners:
                listener.unsent.drop(key)
            self._tell(key, ShotsChanged(job=id_, shots=part), id_)
            await breathe()

    def step(self, shot: Shot, progress: StepProgress) -> None:
        if not any(listener.steps for listener in self._listeners):
            return
        id_ = str(shot.job_id)
        said = StepChanged(
            job=id_,
            shot=shot.name,
            step=progress.step,
            done=progress.done,
            total=progress.total,
        )
        self._tell(("step", id_, shot.name), said, id_, lambda listener: listener.steps)

    def look(self, look: Look, shot: Shot, state: LookState, **fields: Any) -> None:
        """Announce how far a search for words is. fields: as in `LookChanged`."""
        id_ = str(shot.job_id)
        said = LookChanged(job=id_, shot=shot.name, words=words_of(look), state=state, **fields)
        self._tell(("look", look.id), said, id_)

    def preview(self, shot: Shot, frame: bytes) -> None:
        id_ = str(shot.job_id)
        for listener in self._listeners:
            if listener.previews and listener.wants(id_):
                listener.unsent.put(("preview", id_, shot.name), frame)

    def changed(self, shot: Shot) -> None:
        """Read a changed shot and its job again, and announce both."""
        fresh = self._views.current(shot)
        if fresh is not None:
            self.shot(fresh[0])
            self.job(fresh[1])

    def say(self, level: Level, text: str, job: str | None = None, shot: str | None = None) -> None:
        """Write a line to the log and send it to those who subscribed to log lines."""
        _LOGGER.log(_LEVELS[level], "%s", text, extra={"job": job, "shot": shot})
        line = LogLine(level=level, text=text, job=job, shot=shot)
        heard = [
            listener for listener in self._listeners if listener.logs and listener.wants(line.job)
        ]
        if heard:
            message = pack(line)
            for listener in heard:
                listener.unsent.put_log(message)

    def stands_still(
        self, pid: int, still: bool, job: str | None = None, shot: str | None = None
    ) -> None:
        """Announce that the worker process `pid` is suspended, or runs again."""
        if still:
            text = (
                f"A process that makes shots (number {pid}) was stopped, as by kill -STOP "
                f"or a debugger. It is waited for; go on with: kill -CONT {pid}"
            )
            self.say("warning", text, job, shot)
        else:
            self.say("info", "The process that had been stopped goes on.", job, shot)

    def model(self, model: ModelView, **fields: Any) -> None:
        """Announce the progress or the end of a download. fields: as in `ModelChanged`."""
        self._tell(("model", model.name), ModelChanged(model=model, **fields), None)

    def server(self, *, paused: bool) -> None:
        self._tell("server", ServerChanged(paused=paused, note=self._views.note), None)

    def _tell(
        self,
        key: Hashable,
        notice: Notice,
        job: str | None,
        wished: Callable[[Listener], bool] = lambda listener: True,
    ) -> None:
        heard = [
            listener for listener in self._listeners if wished(listener) and listener.wants(job)
        ]
        if heard:
            message = pack(notice)
            for listener in heard:
                listener.unsent.put(key, message)
