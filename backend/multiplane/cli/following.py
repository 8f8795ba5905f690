"""A job of the server shown as a run of our own is: the same bars, lines and JSON events."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from multiplane.cli.progress import reporter
from multiplane.client import Client
from multiplane.client.files import Fetcher
from multiplane.contract import events
from multiplane.contract.data_folder import DataFolder
from multiplane.contract.errors import Failure
from multiplane.contract.events import OnEvent
from multiplane.contract.messages_client import GetJob, JobFiles, Subscribe
from multiplane.contract.messages_common import (
    DeliveryState,
    JobState,
    JobView,
    ShotState,
    ShotView,
)
from multiplane.contract.messages_server import (
    JobChanged,
    JobDetail,
    JobRemoved,
    LogLine,
    ShotChanged,
    ShotsChanged,
    StepChanged,
)

_ENDED = (JobState.FINISHED, JobState.FAILED, JobState.CANCELLED)
_RECONNECT_S, _RECONNECT_TRIES = 1.0, 60


def follow(
    data: DataFolder, job: str, *, as_json: bool, quiet: bool, out: Path | None
) -> JobDetail:
    """Show a job's progress until it has ended, and fetch its files into `out`.

    A server that goes away, also while files come, is waited for, a minute. Raises Failure
    `server.gone` after that, and `job.removed`.
    """
    with reporter(as_json=as_json, quiet=quiet) as shown:
        follower = _Follower(job, shown.tell)
        for attempt in range(_RECONNECT_TRIES):
            try:
                with Client(data.root, name="multiplane submit") as client:
                    detail = follower.run(client)
                    where = detail.job.folder
                    if out is not None:
                        where = str(out)
                        _fetch(data, client, job, out, shown.tell)
                    follower.finish(detail.job, where)
                    return detail
            except Failure as error:
                last = attempt == _RECONNECT_TRIES - 1
                if error.code not in ("server.gone", "server.not_running") or last:
                    raise
                time.sleep(_RECONNECT_S)
    raise AssertionError("the loop returns or raises")


def _fetch(data: DataFolder, client: Client, job: str, out: Path, on_event: OnEvent) -> None:
    from multiplane.deliver.folder import explained
    from multiplane.deliver.out_lock import only_run_in
    from multiplane.deliver.own_files import keeping

    def kept(text: str) -> None:
        on_event(events.Log(level="warning", text=text))

    fetcher = Fetcher(data)
    files = client.ask(JobFiles(job=job)).files
    out.mkdir(parents=True, exist_ok=True)
    with explained(out), keeping(out, kept), only_run_in(out):
        for file in files:
            fetcher.fetch(job, file, out)


class _Follower:
    """Turns what the server says into the events of a run; nothing is told twice."""

    def __init__(self, job: str, on_event: OnEvent) -> None:
        self._job, self._on_event = job, on_event
        self._began = time.monotonic()
        self._started: set[str] = set()
        self._ended: dict[str, ShotState] = {}
        self._reused = 0
        self._announced = False

    def run(self, client: Client) -> JobDetail:
        client.ask(Subscribe(jobs=[self._job], logs=True))
        detail = client.ask(GetJob(job=self._job))
        if not self._announced:
            self._announced = True
            self._on_event(events.RunStarted(shots=detail.job.shots, out=detail.job.folder))
        self._shots(detail.shots)
        if detail.job.state in _ENDED:
            return detail
        for said in client.events():
            match said:
                case ShotChanged(job=self._job):
                    self._shots([said.shot])
                case ShotsChanged(job=self._job):
                    self._shots(said.shots)
                case StepChanged(job=self._job):
                    self._on_event(
                        events.StepProgress(
                            shot_id=said.shot, step=said.step, done=said.done, total=said.total
                        )
                    )
                case LogLine():
                    self._on_event(events.Log(level=said.level, text=said.text, shot_id=said.shot))
                case JobRemoved(job=self._job):
                    raise Failure("job.removed", "Somebody has removed the job.")
                case JobChanged() if said.job.job == self._job and said.job.state in _ENDED:
                    detail = client.ask(GetJob(job=self._job))
                    self._shots(detail.shots)
                    return detail
        raise AssertionError("events end by raising")

    def finish(self, job: JobView, where: str) -> None:
        states = list(self._ended.values())
        finished = states.count(ShotState.FINISHED)
        self._on_event(
            events.RunFinished(
                made=finished - self._reused,
                skipped=self._reused,
                failed=len(states) - finished,
                seconds=time.monotonic() - self._began,
            )
        )
        if job.error is not None:
            said = f"{job.error.message} {job.error.remedy or ''}".strip()
            text = f"The files of the storyboard were not written: {said}"
            self._on_event(events.Log(level="error", text=text))
        elif job.delivery is DeliveryState.CANCELLED:
            text = "Writing the files of the storyboard was called off; retry the job for them."
            self._on_event(events.Log(level="warning", text=text))
        self._on_event(events.Log(text=f"Results are in {where}"))

    def _shots(self, shots: Iterable[ShotView]) -> None:
        for shot in shots:
            if shot.state is ShotState.QUEUED or shot.id in self._ended:
                continue
            if shot.id not in self._started:
                self._started.add(shot.id)
                self._on_event(events.ShotStarted(shot_id=shot.id, index=shot.index))
            if shot.state is ShotState.RUNNING:
                continue
            self._ended[shot.id] = shot.state
            self._end(shot)

    def _end(self, shot: ShotView) -> None:
        if shot.state is ShotState.FINISHED:
            assert shot.manifest is not None
            if shot.reused:
                self._reused += 1
                self._on_event(events.ShotSkipped(shot_id=shot.id, manifest=shot.manifest))
            else:
                made = events.ShotFinished(
                    shot_id=shot.id,
                    manifest=shot.manifest,
                    layers=shot.layers or 1,
                    doubts=shot.doubts,
                    seconds=shot.seconds or 0.0,
                )
                self._on_event(made)
        elif shot.error is not None:
            self._on_event(events.ShotFailed(shot_id=shot.id, error=shot.error))
        else:
            self._on_event(events.Log(level="warning", text="was cancelled", shot_id=shot.id))
