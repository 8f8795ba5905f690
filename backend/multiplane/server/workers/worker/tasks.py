"""What a worker can do: make one shot of a board, and write the files of a whole board."""

from __future__ import annotations

import dataclasses
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multiplane.contract.events import Event
from multiplane.contract.output_folder import ShotFolder
from multiplane.deliver.folder import explained
from multiplane.intake.reach import limit_for_ever
from multiplane.intake.read_storyboard import LoadedStoryboard, load_storyboard
from multiplane.produce.finished import is_unchanged
from multiplane.produce.job import Hashes, ShotJob, hashes
from multiplane.server.jobs.blobs import Blobs
from multiplane.server.jobs.camera_change import KEEP_LAYERS, keeping_layers
from multiplane.server.jobs.workspace import Workspace
from multiplane.server.workers.worker import errands
from multiplane.server.workers.worker.link import Link
from multiplane.server.workers.worker.messages import Delivered

if TYPE_CHECKING:
    from multiplane.server.workers.worker.studio import WorkerStudio


class WorkerTasks:
    """One model on one device, and the boards whose shots are made with it."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._boards: dict[str, LoadedStoryboard] = {}
        self._keep_layers: frozenset[str] = frozenset()
        self._studio: WorkerStudio | None = None
        self._unfinished = Workspace(Path())
        self._blobs = Blobs(Path())

    def do(self, task: dict[str, Any]) -> None:
        """Carry out one task of the server; raises what it raises."""
        match task["type"]:
            case "set_up":
                self._set_up(task)
            case "board":
                # One board at a time: a later one of the same job has another camera, say.
                self._boards = {task["job"]: _read_board(task)}
                self._keep_layers = frozenset(keeping_layers(task["document"]))
            case "make":
                self._make(task)
            case "committed":
                self._unfinished.discard(task["result"])
            case "deliver":
                self._deliver(task)
            case "tokens":
                errands.tokens(self._link, task)
            case "pull":
                errands.pull(self._link, task)
            case unknown:
                raise ValueError(f"no such task: {unknown}")

    def _set_up(self, task: dict[str, Any]) -> None:
        from multiplane.server.workers.worker.studio import WorkerStudio

        limit_for_ever(
            [Path(one) for one in task.get("only", ())], [Path(one) for one in task.get("own", ())]
        )
        self._unfinished = Workspace(Path(task["work"]))
        self._blobs = Blobs(Path(task["blobs"]))
        self._studio = WorkerStudio(
            task["model"], task["depth_model"], task["device"], link=self._link
        )

    def _make(self, task: dict[str, Any]) -> None:
        studio, link = self._studio, self._link
        assert studio is not None
        studio.plan = task["plan"]
        job = _shot_job(self._boards[task["job"]], task["number"])
        studio.check(painter=job.needs_painter)
        with explained(next(iter(job.drawing_files), self._unfinished.root)):
            content = hashes(job, studio)
        link.send(
            "hashed",
            result=content.shot,
            picture=content.picture,
            uncorrected=content.uncorrected,
        )
        answer = link.answer()
        if answer["type"] == "skip":
            return
        began = time.monotonic()
        # A worker whose server was killed may need a moment to notice; it holds the folder until
        # it ends, and what it has finished by then counts.
        with self._unfinished.making(content.shot) as folder:
            if not is_unchanged(folder, content.shot):
                try:
                    self._lay_out(folder, answer["earlier"])
                    self._produce(job, studio, folder, content, task)
                except BaseException:
                    shutil.rmtree(folder, ignore_errors=True)  # it is the earlier one
                    raise
            with explained(folder):
                files = [
                    (path.relative_to(folder).as_posix(), *self._blobs.add(path))
                    for path in sorted(folder.rglob("*"))
                    if path.is_file()
                ]
            painted_by = ShotFolder.open(folder).manifest.model.name
        link.send(
            "made",
            result=content.shot,
            picture=content.picture,
            model=painted_by,
            seconds=time.monotonic() - began,
            files=files,
        )

    def _lay_out(self, folder: Path, earlier: list[tuple[str, str]]) -> None:
        """Put an earlier shot of the same picture where the new one will be: for its layers."""
        shutil.rmtree(folder, ignore_errors=True)
        try:
            for path, sha256 in earlier:
                self._blobs.place(sha256, folder / path)
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)  # then everything is made anew

    def _produce(
        self,
        job: ShotJob,
        studio: WorkerStudio,
        folder: Path,
        content: Hashes,
        task: dict[str, Any],
    ) -> None:
        from multiplane.produce.shot import produce_shot

        def on_event(event: Event) -> None:
            self._link.check()
            self._link.send("event", event=event.model_dump(mode="json"))

        with studio.showing(task["job"], job.shot.id):
            keep = job.shot.id in self._keep_layers
            produce_shot(job, studio, folder, content, keep_layers=keep, on_event=on_event)

    def _deliver(self, task: dict[str, Any]) -> None:
        from multiplane.server.workers.worker.deliver import deliver_board

        def on_event(event: Event) -> None:
            self._link.check()
            self._link.send("event", event=event.model_dump(mode="json"))

        missing = deliver_board(
            self._boards[task["job"]],
            Path(task["out"]),
            made=task["made"],
            errors=task["errors"],
            on_event=on_event,
            check=self._link.check,
        )
        self._link.say(Delivered(tuple((one.name, one.error.as_dict()) for one in missing)))


def _read_board(task: dict[str, Any]) -> LoadedStoryboard:
    from multiplane.stage import presets  # noqa: F401  registers them
    from multiplane.stage.registry import PRESETS

    names = [name for one in PRESETS.values() for name in (one.name, *one.aliases)]
    document = {key: value for key, value in task["document"].items() if key != KEEP_LAYERS}
    return load_storyboard(document, folder=Path(task["folder"]), presets=names)


def _shot_job(board: LoadedStoryboard, number: int) -> ShotJob:
    from multiplane.produce.slots import job_of, slots_of

    slot = slots_of(board)[number]
    if slot.error is not None:
        raise dataclasses.replace(slot.error)
    return job_of(slot, board)
