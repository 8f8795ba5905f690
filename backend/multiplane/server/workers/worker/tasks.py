"""What a worker can do: make a shot of a board, look for words in one, write a board's files."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from multiplane.contract.document import ErrorEntry
from multiplane.contract.errors import MultiplaneError
from multiplane.contract.events import Event
from multiplane.contract.layout import MANIFEST, WORDS
from multiplane.contract.manifest import Manifest
from multiplane.contract.output_folder import ShotFolder
from multiplane.deliver.folder import explained
from multiplane.intake.reach import limit_for_ever
from multiplane.intake.read_storyboard import LoadedStoryboard, load_storyboard
from multiplane.produce.finished import is_unchanged
from multiplane.produce.hashes import Hashes, hashes, told_apart
from multiplane.produce.job import ShotJob
from multiplane.produce.steps import Steps
from multiplane.server.jobs.blobs import Blobs, StoredFile
from multiplane.server.jobs.catalogue import camera_presets
from multiplane.server.jobs.workspace import Workspace
from multiplane.server.workers.worker import errands
from multiplane.server.workers.worker.link import Cancelled, Command, Link
from multiplane.server.workers.worker.messages import (
    Board,
    Committed,
    Deliver,
    Delivered,
    Found,
    Hashed,
    LayersCut,
    LookAtMachine,
    LookFor,
    Made,
    Make,
    NotWritten,
    Progressed,
    Pull,
    Reading,
    ReadTokens,
    SetUp,
    ShotHashes,
    Skip,
    Stop,
)

if TYPE_CHECKING:
    from multiplane.produce.ahead import PaintingAhead, Upcoming
    from multiplane.server.workers.worker.studio import WorkerStudio


class WorkerTasks:
    """One model on one device, and the board whose shots are made with it."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._board: Board | None = None
        self._loaded: LoadedStoryboard | None = None  # the board, once a task has read it
        self._studio: WorkerStudio | None = None
        self._ahead: PaintingAhead | None = None
        self._workspace = Workspace(Path())
        self._blobs = Blobs(Path())

    def close(self) -> None:
        """End what is painted."""
        if self._ahead is not None:
            self._ahead.stop()

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
            case LookFor():
                self._look_for(command)
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
        from multiplane.produce.ahead import PaintingAhead
        from multiplane.server.workers.worker.studio import WorkerStudio

        self.close()
        limit_for_ever([Path(path) for path in wanted.only], [Path(path) for path in wanted.own])
        self._workspace = Workspace(Path(wanted.work))
        self._blobs = Blobs(Path(wanted.blobs))
        self._studio = WorkerStudio(
            wanted.model, wanted.depth_model, wanted.device, link=self._link
        )
        self._ahead = PaintingAhead(self._studio)
        self._link.when_abandoned(self._ahead.abandon)

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
        try:
            self._make_or_skip(task)
        except Cancelled:
            self.close()
            raise
        except MultiplaneError as error:
            from multiplane.produce.preflight import placed_in

            raise placed_in(error, f"shots[{task.number}]") from error

    def _make_or_skip(self, task: Make) -> None:
        studio, ahead, link = self._studio, self._ahead, self._link
        if studio is None or ahead is None:
            raise RuntimeError("a shot came before the models were named")
        studio.lay_out(task.plan)
        job = _shot_job(self._board_of(task.job), task.number)
        with explained(next(iter(job.drawing_files), self._workspace.root)):
            content = told_apart(hashes(job, studio), job.ensure)
        after = self._upcoming(task)
        link.say(
            Hashed(
                content.shot,
                content.picture,
                content.uncorrected,
                after=None if after is None else _of_next(after.hashes),
            )
        )
        answer = link.answer()
        if isinstance(answer, Skip):
            ahead.stop()
            return
        ahead.then(lambda: after if answer.ahead else None)
        began = time.monotonic()
        # A worker whose server was killed may need a moment to notice; it holds the folder until
        # it ends, and what it has finished by then counts.
        with self._workspace.making(content.shot) as folder:
            if not is_unchanged(folder, content.shot):
                try:
                    self._lay_out(folder, answer.earlier)
                    self._produce(job, studio, ahead, folder, content, task)
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

    def _upcoming(self, task: Make) -> Upcoming | None:
        """The shot after this one, if its picture has to be painted; its faults are told later."""
        from multiplane.produce.ahead import upcoming_of

        if self._studio is None or task.after is None:
            return None
        try:
            job = _shot_job(self._board_of(task.job), task.after)
            found = upcoming_of(job, self._studio)
        except (MultiplaneError, OSError):
            return None
        if found is None:
            return None
        return dataclasses.replace(found, hashes=told_apart(found.hashes, job.ensure))

    def _lay_out(self, folder: Path, earlier: Sequence[tuple[str, str]]) -> None:
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
        ahead: PaintingAhead,
        folder: Path,
        content: Hashes,
        task: Make,
    ) -> None:
        from multiplane.produce.shot import produce_shot

        def make() -> None:
            # An earlier result of the same picture may be another job's, with its edits.
            produce_shot(
                job, studio, folder, content,
                keep_layers=task.keep_layers, carry_edits=False, ahead=ahead,
                on_layers=self._layers_cut, on_event=self._on_event,
            )  # fmt: skip

        with studio.showing(task.job, job.shot.id):
            ahead.make(make, Steps(job.shot.id, self._on_event).warn)

    def _layers_cut(self, fresh: Path, manifest: Manifest) -> None:
        """Let clients see the layers before they are filmed."""
        self._link.check()
        files = [StoredFile(name, *self._blobs.add(fresh / name)) for name in manifest.sha256 or {}]
        with self._blobs.incoming() as path:
            path.write_text(manifest.to_json(), encoding="utf-8")
            files.append(StoredFile(MANIFEST, *self._blobs.add(path)))
        self._link.say(LayersCut(tuple(files)))

    def _look_for(self, task: LookFor) -> None:
        """Find words in a copy of the result: its own files never change."""
        from multiplane.produce.look_for import look_for

        studio = self._studio
        if studio is None:
            raise RuntimeError("words came before the models were named")
        self.close()  # it has the picture model
        studio.lay_out(task.plan)
        copy = hashlib.sha256(f"words in {task.result}".encode()).hexdigest()
        with self._workspace.making(copy) as folder:
            try:
                shutil.rmtree(folder, ignore_errors=True)
                with explained(folder):
                    for path, sha256 in task.files:
                        self._blobs.place(sha256, folder / path)
                found = look_for(folder, task.words, studio, on_pass=self._reading)
                with explained(folder):
                    files = tuple(
                        StoredFile(name, *self._blobs.add(folder / name))
                        for name in (MANIFEST, WORDS)
                    )
            finally:
                shutil.rmtree(folder, ignore_errors=True)
        self._link.say(Found(files, found.notices))

    def _reading(self, done: int, total: int) -> None:
        self._link.check()
        self._link.say(Reading(done, total))

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


def _of_next(content: Hashes) -> ShotHashes:
    return ShotHashes(content.shot, content.picture, content.uncorrected)


def _shot_job(board: LoadedStoryboard, number: int) -> ShotJob:
    from multiplane.produce.slots import job_of, slots_of

    slot = slots_of(board)[number]
    if slot.error is not None:
        raise dataclasses.replace(slot.error)
    return job_of(slot, board)
