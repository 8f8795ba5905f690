"""Everybody who listens, and what each wants to hear."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from multiplane.contract.events import StepProgress
from multiplane.contract.messages import pack
from multiplane.contract.messages_common import ModelView
from multiplane.contract.messages_server import (
    JobChanged,
    JobRemoved,
    LogLine,
    ModelChanged,
    Notice,
    ServerChanged,
    ShotChanged,
    ShotsChanged,
    StepChanged,
)
from multiplane.server.breath import breathe
from multiplane.server.jobs.coalescing_queue import CoalescingQueue
from multiplane.server.jobs.tables import Job, Shot
from multiplane.server.jobs.views import Views

_LOGGER = logging.getLogger(__name__)
_SHOTS_AT_ONCE = 100
Level = Literal["info", "warning", "error"]
_LEVELS = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


@dataclass(eq=False)
class Listener:
    """One client's wishes, and what is to be sent to it. jobs: None for all."""

    outbox: CoalescingQueue = field(default_factory=CoalescingQueue)
    jobs: frozenset[str] | None = None
    steps: bool = True
    previews: bool = False
    logs: bool = False

    def wants(self, job: str | None) -> bool:
        return self.jobs is None or job is None or job in self.jobs


class Hub:
    """Tells listeners what changes. Each event is written once, whoever hears it."""

    def __init__(self, views: Views) -> None:
        self._views = views
        self.listeners: set[Listener] = set()
        self.wishes_changed: Callable[[], None] = lambda: None

    @property
    def previews_wanted(self) -> bool:
        return any(one.previews for one in self.listeners)

    def job(self, job: Job) -> None:
        """A job has changed."""
        self._tell(("job", job.id), JobChanged(job=self._views.job(job)), job.id)

    def job_removed(self, id_: str) -> None:
        for one in self.listeners:
            one.outbox.drop(("job", id_))
        self._tell(("job", id_), JobRemoved(job=id_), id_)

    def shot(self, shot: Shot) -> None:
        """A shot has another state; steps and previews of it are old news now."""
        id_ = str(shot.job_id)
        for one in self.listeners:
            one.outbox.drop(("step", id_, shot.name))
            one.outbox.drop(("preview", id_, shot.name))
        said = ShotChanged(job=id_, shot=self._views.shot(shot))
        self._tell(("shot", id_, shot.name), said, id_)

    async def shots(self, job: Job, numbers: Sequence[int]) -> None:
        """Many shots of a job have other states: told as they are now, with pauses in between."""
        for start in range(0, len(numbers), _SHOTS_AT_ONCE):
            part = self._views.shots(job, numbers[start : start + _SHOTS_AT_ONCE])
            if not part:
                return  # the job was removed
            id_ = str(job.id)
            for one in self.listeners:
                for shot in part:
                    for kind in ("step", "preview", "shot"):
                        one.outbox.drop((kind, id_, shot.id))
            key = ("shots", id_, part[0].index)
            for one in self.listeners:
                one.outbox.drop(key)
            self._tell(key, ShotsChanged(job=id_, shots=part), id_)
            await breathe()

    def step(self, shot: Shot, progress: StepProgress) -> None:
        if not any(one.steps for one in self.listeners):
            return
        id_ = str(shot.job_id)
        said = StepChanged(
            job=id_,
            shot=shot.name,
            step=progress.step,
            done=progress.done,
            total=progress.total,
        )
        self._tell(("step", id_, shot.name), said, id_, lambda one: one.steps)

    def preview(self, shot: Shot, frame: bytes) -> None:
        id_ = str(shot.job_id)
        for one in self.listeners:
            if one.previews and one.wants(id_):
                one.outbox.put(("preview", id_, shot.name), frame)

    def changed(self, shot: Shot) -> None:
        """A shot has changed, and with it its job; both are read anew."""
        fresh = Shot.get_or_none(Shot.id == shot.id)
        if fresh is not None:
            self.shot(fresh)
            self.job(Job.get_by_id(fresh.job_id))

    def say(self, level: Level, text: str, job: str | None = None, shot: str | None = None) -> None:
        """A line for the log, and for those who want to hear it."""
        _LOGGER.log(_LEVELS[level], "%s", text, extra={"job": job, "shot": shot})
        line = LogLine(level=level, text=text, job=job, shot=shot)
        heard = [one for one in self.listeners if one.logs and one.wants(line.job)]
        if heard:
            message = pack(line)
            for one in heard:
                one.outbox.put_log(message)

    def stands_still(
        self, pid: int, still: bool, job: str | None = None, shot: str | None = None
    ) -> None:
        """The worker process `pid` stands still, or goes on again."""
        if still:
            text = (
                f"A process that makes shots (number {pid}) was stopped, as by kill -STOP "
                f"or a debugger. It is waited for; go on with: kill -CONT {pid}"
            )
            self.say("warning", text, job, shot)
        else:
            self.say("info", "The process that had been stopped goes on.", job, shot)

    def model(self, model: ModelView, **fields: Any) -> None:
        """A download goes on or has ended. fields: as in `ModelChanged`."""
        self._tell(("model", model.name), ModelChanged(model=model, **fields), None)

    def server(self, *, paused: bool) -> None:
        self._tell("server", ServerChanged(paused=paused, note=self._views.note), None)

    def _tell(
        self,
        key: Hashable,
        notice: Notice,
        job: str | None,
        wished: Callable[[Listener], bool] = lambda one: True,
    ) -> None:
        heard = [one for one in self.listeners if wished(one) and one.wants(job)]
        if heard:
            message = pack(notice)
            for one in heard:
                one.outbox.put(key, message)
