"""What a worker can do: make one shot of a board, and write the files of a whole board."""

from __future__ import annotations

import dataclasses
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from multiplane.contract.document import ErrorEntry
from multiplane.contract.events import Event
from multiplane.contract.layout import MANIFEST
from multiplane.contract.manifest import Manifest
from multiplane.contract.output_folder import ShotFolder
from multiplane.deliver.folder import explained
from multiplane.intake.reach import limit_for_ever
from multiplane.intake.read_storyboard import LoadedStoryboard, load_storyboard
from multiplane.produce.cutting import choice_of, needs_painter
from multiplane.produce.finished import is_unchanged
from multiplane.produce.hashes import Hashes, hashes
from multiplane.produce.job import ShotJob
from multiplane.server.jobs.blobs import Blobs, StoredFile
from multiplane.server.jobs.catalogue import camera_presets
from multiplane.server.jobs.workspace import Workspace
from multiplane.server.workers.worker import errands
from multiplane.server.workers.worker.link import Command, Link
from multiplane.server.workers.worker.messages import (
    Board,
    Committed,
    Deliver,
    Delivered,
    Hashed,
    LayersCut,
    LookAtMachine,
    Made,
    Make,
    NotWritten,
    Progressed,
    Pull,
    ReadTokens,
    SetUp,
    Skip,
    Stop,
)

if TYPE_CHECKING:
    from multiplane.server.workers.worker.studio import WorkerStudio


class WorkerTasks:
    """One model on one device, and the board whose shots are made with it."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._board: Board | None = None
        self._loaded: LoadedStoryboard | None = None  # the board, once a task has read it
        self._studio: WorkerStudio | None = None
        self._workspace = Workspace(Path())
        self._blobs = Blobs(Path())

    def do(self, command: Command) -> None:
        """Carry out what the server says; raises what it raises."""
        match command:
            case SetUp():
                self._set_up(command)
            case Board():
                # One board at a time: a later one of the same job has another camera, say.
                self._board, self._loaded = command, None
            case Make():
                self._make(command)
            case Committed():
                self._workspace.discard(command.result)
            case Deliver():
                self._deliver(command)
            case ReadTokens():
                errands.tokens(self._link, command)
            case Pull():
                errands.pull(self._link, command)
            case LookAtMachine():
                errands.look_at_machine(self._link, command)
            case Stop():
                pass  # who hands out commands ends
            case _:
                assert_never(command)

    def _set_up(self, wanted: SetUp) -> None:
        from multiplane.server.workers.worker.studio import WorkerStudio

        limit_for_ever([Path(path) for path in wanted.only], [Path(path) for path in wanted.own])
        self._workspace = Workspace(Path(wanted.work))
        self._blobs = Blobs(Path(wanted.blobs))
        self._studio = WorkerStudio(
            wanted.model, wanted.depth_model, wanted.device, link=self._link
        )

    def _board_of(self, job: str) -> LoadedStoryboard:
        """Raises InputError for a board that cannot be read any more."""
        board = self._board
        if board is None or job != board.job:
            raise RuntimeError(f"the board of {job} did not come")
        if self._loaded is None:
            folder = Path(board.folder)
            self._loaded = load_storyboard(board.document, folder=folder, presets=camera_presets())
        return self._loaded

    def _make(self, task: Make) -> None:
        studio, link = self._studio, self._link
        if studio is None:
            raise RuntimeError("a shot came before the models were named")
        studio.lay_out(task.plan)
        job = _shot_job(self._board_of(task.job), task.number)
        studio.check(painter=needs_painter(job, choice_of(job, studio)))
        with explained(next(iter(job.drawing_files), self._workspace.root)):
            content = hashes(job, studio)
        link.say(Hashed(content.shot, content.picture, content.uncorrected))
        answer = link.answer()
        if isinstance(answer, Skip):
            return
        began = time.monotonic()
        # A worker whose server was killed may need a moment to notice; it holds the folder until
        # it ends, and what it has finished by then counts.
        with self._workspace.making(content.shot) as folder:
            if not is_unchanged(folder, content.shot):
                try:
                    self._lay_out(folder, answer.earlier)
                    self._produce(job, studio, folder, content, task)
                except BaseException:
                    shutil.rmtree(folder, ignore_errors=True)  # it is the earlier one
                    raise
            with explained(folder):
                files = tuple(
                    StoredFile(path.relative_to(folder).as_posix(), *self._blobs.add(path))
                    for path in sorted(folder.rglob("*"))
                    if path.is_file()
                )
            painted_by = ShotFolder.open(folder).manifest.model.name
        seconds = time.monotonic() - began
        link.say(Made(content.shot, content.picture, painted_by, seconds, files))

    def _lay_out(self, folder: Path, earlier: Sequence[tuple[str, str]]) -> None:
        """Put an earlier shot of the same picture where the new one will be: for its layers."""
        shutil.rmtree(folder, ignore_errors=True)
        try:
            for path, sha256 in earlier:
                self._blobs.place(sha256, folder / path)
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)  # then everything is made anew

    def _produce(
        self, job: ShotJob, studio: WorkerStudio, folder: Path, content: Hashes, task: Make
    ) -> None:
        from multiplane.produce.shot import produce_shot

        with studio.showing(task.job, job.shot.id):
            keep = task.keep_layers
            # An earlier result of the same picture may be another job's, with its edits.
            produce_shot(
                job, studio, folder, content,
                keep_layers=keep, carry_edits=False,
                on_layers=self._layers_cut, on_event=self._on_event,
            )  # fmt: skip

    def _layers_cut(self, fresh: Path, manifest: Manifest) -> None:
        """Let clients see the layers before they are filmed."""
        self._link.check()
        files = [StoredFile(name, *self._blobs.add(fresh / name)) for name in manifest.sha256 or {}]
        with self._blobs.incoming() as path:
            path.write_text(manifest.to_json(), encoding="utf-8")
            files.append(StoredFile(MANIFEST, *self._blobs.add(path)))
        self._link.say(LayersCut(tuple(files)))

    def _deliver(self, task: Deliver) -> None:
        from multiplane.server.workers.worker.deliver import deliver_board

        missing = deliver_board(
            self._board_of(task.job),
            Path(task.out),
            made=task.made,
            errors=task.errors,
            on_event=self._on_event,
            check=self._link.check,
        )
        self._link.say(
            Delivered(
                tuple(
                    NotWritten(file.name, ErrorEntry.model_validate(file.error.as_dict()))
                    for file in missing
                )
            )
        )

    def _on_event(self, event: Event) -> None:
        self._link.check()
        self._link.say(Progressed(event))


def _shot_job(board: LoadedStoryboard, number: int) -> ShotJob:
    from multiplane.produce.slots import job_of, slots_of

    slot = slots_of(board)[number]
    if slot.error is not None:
        raise dataclasses.replace(slot.error)
    return job_of(slot, board)
