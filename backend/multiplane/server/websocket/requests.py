"""Every request, and what it does: the one place where messages meet the queue and the disk."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from multiplane.contract.document import ErrorEntry
from multiplane.contract.errors import Failure, InputError, MultiplaneError
from multiplane.contract.full_disk import disk_full, is_full
from multiplane.contract.layout import MANIFEST, SEQUENCE, SHOTS
from multiplane.contract.messages import open_envelope, open_payload, pack
from multiplane.contract.messages_client import (
    REQUESTS,
    CameraApply,
    Cancel,
    CheckStoryboard,
    EditLayer,
    FindSubjects,
    GetAbout,
    GetJob,
    GetMachine,
    GetPictures,
    GetState,
    GetTokens,
    GetWords,
    Hello,
    HostPaths,
    JobFiles,
    ListJobs,
    ListModels,
    LookFor,
    MakeVariations,
    MarkFavourite,
    NewCode,
    Pause,
    PullModel,
    ReadStoryboard,
    RedoEdit,
    Remove,
    RemoveModel,
    Reorder,
    Request,
    Resume,
    Retry,
    Search,
    SetSeed,
    StopLook,
    StopPull,
    StopServer,
    Submit,
    Subscribe,
    UndoEdit,
)
from multiplane.contract.messages_common import (
    DeliveryState,
    FileEntry,
    Finding,
    JobState,
    JobWithShots,
    LookState,
    ShotState,
)
from multiplane.contract.messages_server import (
    Accepted,
    CameraApplied,
    Done,
    ErrorNotice,
    FileList,
    Findings,
    History,
    JobDetail,
    Jobs,
    Models,
    Notice,
    PairingCode,
    Paths,
    State,
    StoryboardRead,
    SubjectsFound,
    Variations,
)
from multiplane.server.breath import breathe
from multiplane.server.jobs import camera_change, corrections, history, submission, variations
from multiplane.server.jobs.about import about
from multiplane.server.jobs.catalogue import camera_presets, model_names, models
from multiplane.server.jobs.database_reading import Reading
from multiplane.server.jobs.dropped_files import read_dropped
from multiplane.server.jobs.findings import findings_of
from multiplane.server.jobs.found_words import subjects_of
from multiplane.server.jobs.hub import Hub, Listener
from multiplane.server.jobs.made_before import MadeBefore
from multiplane.server.jobs.results import SharedResults
from multiplane.server.jobs.shot_reader import read_made
from multiplane.server.jobs.states import ENDED_JOBS, ENDED_SHOTS
from multiplane.server.jobs.storage.finished_files import FinishedFiles, Mended
from multiplane.server.jobs.storage.removal import Removal, Removed
from multiplane.server.jobs.store import FROM_THE_START, Store
from multiplane.server.jobs.tables import Job, Shot
from multiplane.server.jobs.views import Views
from multiplane.server.web.pairing import VALID_S, Pairing
from multiplane.server.workers.pulls import Pulls
from multiplane.server.workers.runner import Runner
from multiplane.server.workers.utility_worker import UtilityWorker
from multiplane.server.workers.worker.messages import LookAtMachine, ReadTokens

_LOGGER = logging.getLogger(__name__)
T = TypeVar("T")
_ANSWERED_S = 0.2
"""Before it ends, the server answers who stops it."""
_SMALL = 50
"""So few shots that change are told one by one; more of them together."""


class Requests:
    """Answers requests. Every answer is a notice; what goes wrong is a typed error.

    utility, pulls: None where no process may be started. pairing: None where nobody is paired.
    device: that shots are made on. quota: bytes, as in `ServerSettings`. on_stop: ends the server.
    """

    def __init__(
        self,
        store: Store,
        results: SharedResults,
        hub: Hub,
        views: Views,
        runner: Runner,
        *,
        utility: UtilityWorker | None = None,
        pulls: Pulls | None = None,
        removal: Removal | None = None,
        pairing: Pairing | None = None,
        device: str = "auto",
        quota: int = 0,
        on_stop: Callable[[], None] | None = None,
    ) -> None:
        self._store, self._results, self._hub = store, results, hub
        self._views, self._runner = views, runner
        self._utility, self._pulls, self._pairing = utility, pulls, pairing
        self._device, self._quota, self._on_stop = device, quota, on_stop
        self._reading = Reading(store.database)
        self._removal = removal or Removal(store, results, views.data)
        self._finished_files = FinishedFiles(store, results, views.data)
        self._looking = asyncio.Semaphore(1)  # at films' worst frames: that takes pictures
        self._clearing: dict[str, asyncio.Task[None]] = {}  # folders of jobs that were removed
        self._does: dict[type[Request], Callable[[Any, Listener], Notice | Awaitable[Notice]]] = {
            Submit: self._submit,
            Cancel: self._cancel,
            Retry: self._retry,
            Reorder: self._reorder,
            Pause: self._pause,
            Resume: self._resume,
            Remove: self._remove,
            Subscribe: self._subscribe,
            GetState: self._state,
            GetJob: self._job,
            JobFiles: self._files,
            Search: self._search,
            MarkFavourite: self._mark_favourite,
            ListJobs: self._jobs,
            CameraApply: self._camera,
            EditLayer: self._edit_layer,
            UndoEdit: self._undo_edit,
            RedoEdit: self._redo_edit,
            GetWords: self._words,
            LookFor: self._look_for,
            StopLook: self._stop_look,
            MakeVariations: self._make_variations,
            GetPictures: self._pictures,
            SetSeed: self._set_seed,
            GetTokens: self._tokens,
            ListModels: self._models,
            PullModel: self._pull,
            StopPull: self._stop_pull,
            RemoveModel: self._remove_model,
            GetMachine: self._machine,
            GetAbout: self._about,
            StopServer: self._stop_server,
            HostPaths: self._paths,
            NewCode: self._new_code,
            CheckStoryboard: self._check,
            FindSubjects: self._subjects,
            ReadStoryboard: self._read_storyboard,
        }

    def close(self) -> None:
        """Stop the thread that reads the database; no request may come any more."""
        self._reading.close()

    async def answer(self, text: str | bytes, listener: Listener) -> str:
        """The answer to one message after `hello`, as text. Never raises for what was sent."""
        id_: str | None = None
        try:
            envelope = open_envelope(text)
            id_ = envelope.id
            if id_ is None:
                raise InputError(
                    "message.id.missing",
                    "A request needs an id, which its answer will have.",
                    field="id",
                    remedy='Such as "id": "1".',
                )
            request = open_payload(envelope, REQUESTS)
            if isinstance(request, Hello):
                raise InputError("message.hello.again", "Hello was said already.", field="type")
            said = self._does[type(request)](request, listener)
            answer = said if isinstance(said, Notice) else await said
            if not isinstance(answer, request.answer_class()):
                raise TypeError(f"{request.TYPE} was answered with {answer.TYPE}")
            return pack(answer, id_)
        except MultiplaneError as error:
            return error_message(error, id_)
        except Exception as error:
            return error_message(failure_of(error), id_)

    # Jobs

    async def _checked(self, request: Submit) -> submission.Checked:
        def check() -> submission.Checked:
            return submission.check(
                request,
                find_upload=self._results.uploaded,
                presets=camera_presets(),
                models=model_names(),
            )

        return await asyncio.to_thread(check)  # its files may be on a slow disk

    async def _submit(self, request: Submit, _: Listener) -> Notice:
        checked = await self._checked(request)
        while (clearing := self._clearing.get(request.job)) is not None:
            await asyncio.shield(clearing)  # an earlier job's folder, of the same name
        job, known = self._store.submit(request, checked)
        if not known:
            self._hub.job(job)
            self._runner.wake()
        elif job.state in ENDED_JOBS:
            await self._files_again(job)
            job = self._store.current_job(job) or job
        loaded = checked.loaded
        notices = [
            str(notice) if notice.shot is None else f"{loaded.ids[notice.shot]}: {notice}"
            for notice in loaded.warnings
        ]
        return Accepted(job=self._views.job(job), known=known, notices=notices)

    async def _cancel(self, request: Cancel, _: Listener) -> Notice:
        job = self._job_and(request.shot, request.job)
        if request.shot is None and job.state == JobState.DELIVERING:
            self._store.deliveries.cancel(self._store.deliveries.of(job))
            self._runner.call_off(str(job.id))
        for shot in self._store.running(job, request.shot):
            self._runner.call_off(str(job.id), shot.id)
        self._runner.stop_looking(job, request.shot)
        await self._bring_back(job, request.shot)
        await self._all(job, partial(self._store.cancel, job, request.shot))
        for shot in self._store.running(job, request.shot):  # taken in between
            self._runner.call_off(str(job.id), shot.id)
        if request.shot is not None:
            self._runner.abandon(self._store.shot(job, request.shot).id)
        return self._changed(job)

    async def _bring_back(self, job: Job, name: str | None) -> None:
        """What was made before stays: only its change is called off.

        One whose change has failed as well, where it is named.
        """
        states = [ShotState.QUEUED] if name is None else [ShotState.QUEUED, ShotState.FAILED]
        for shot in self._store.made_before(job, name):
            if shot.state in states:
                await self._runner.bring_back(shot)
                await breathe()

    async def _retry(self, request: Retry, _: Listener) -> Notice:
        job = self._job_and(request.shot, request.job)
        if job.state in ENDED_JOBS:
            await self._files_again(job, request.shot, make_again=True)
        any_again = await self._all(job, partial(self._store.again, job, request.shot))
        if not any_again and request.shot is None and self._undelivered(job):
            self._store.deliveries.renew(job)
        return self._changed(job)

    async def _files_again(
        self, job: Job, shot: str | None = None, *, make_again: bool = False
    ) -> None:
        """Bring back files of finished shots, or of the one, that have gone from their folder.

        make_again: those of which there are no copies are made again; else they fail.
        """
        id_, files, mended = str(job.id), self._finished_files, Mended()
        examined = await self._reading.history(lambda: files.examined(id_, shot))
        for lost in examined.lost:
            files.mend_shot(lost, mended, make_again=make_again)
            await breathe()
        files.deliver_again(mended, id_)
        for notice in mended.notices(made_again=make_again):
            self._hub.say("warning", notice, id_)
        changed = {name for names in mended.by_job(id_) for name in names}
        numbers = [row.number for row in self._store.shots(job) if row.name in changed]
        await self._hub.shots(job, numbers)
        if mended.notices():
            self._changed(job)

    def _undelivered(self, job: Job) -> bool:
        """Whether a job has ended without its files, or they have gone since."""
        ended = job.state in ENDED_JOBS and self._store.counts(job)[ShotState.FINISHED] > 0
        written = self._store.deliveries.state(job) is DeliveryState.WRITTEN
        return ended and not (written and (self._views.folder(job) / SEQUENCE).is_file())

    async def _reorder(self, request: Reorder, _: Listener) -> Notice:
        self._store.reorder(request.job, request.before)
        for job in self._store.open_jobs():
            self._changed(job)
            await breathe()
        return Done()

    def _pause(self, request: Pause, _: Listener) -> Notice:
        return self._set_paused(request.job, True)

    def _resume(self, request: Resume, _: Listener) -> Notice:
        return self._set_paused(request.job, False)

    def _set_paused(self, job: str | None, paused: bool) -> Notice:
        if job is None:
            self._store.pause_all(paused)
            self._hub.server(paused=paused)
            self._runner.wake()
            return Done()
        found = self._store.job(job)
        self._store.set_paused(found, paused)
        return self._changed(found)

    async def _remove(self, request: Remove, _: Listener) -> Notice:
        job = self._store.job(request.job)
        self._runner.call_off(request.job)
        removed = self._removal.decide(job)
        self._hub.job_removed(request.job)
        clearing = asyncio.create_task(self._clear(request.job, removed))
        self._clearing[request.job] = clearing
        await asyncio.shield(clearing)  # also when the client goes away meanwhile
        return Done()

    async def _clear(self, job: str, removed: Removed) -> None:
        """Delete the folder of a job that was removed, once no worker writes into it any more."""
        try:
            await self._runner.leave(job)
            await asyncio.to_thread(self._removal.finish, removed)
            if removed.on_full_disk or self._runner.lacks_room:
                self._runner.want_room()
        finally:
            del self._clearing[job]

    async def _camera(self, request: CameraApply, _: Listener) -> Notice:
        job = self._store.job(request.job)
        shot = self._store.shot(job, request.shot)
        camera_change.with_camera(job, shot, request.camera, camera_presets())  # or it is refused
        made = self._views.folder(job) / SHOTS / str(shot.folder)
        fixed = json.loads(job.storyboard).get("overscan")
        check = request.check and request.dry_run
        cut = self._views.cut_of(shot) if request.dry_run else None

        def ask() -> CameraApplied:
            layers = (
                contextlib.nullcontext(made)
                if cut is None
                else camera_change.folder_of_cut(cut, self._results.blobs, self._views.data.work)
            )
            with layers as folder:
                return camera_change.applied(folder, request.camera, fixed, check=check)

        try:
            async with self._looking if check else contextlib.nullcontext():
                answer = await asyncio.to_thread(ask)
        except Failure:  # it was not made yet
            if request.dry_run:
                raise
            answer = CameraApplied()
        if not request.dry_run:
            # In the meantime others may have changed the job, or removed it.
            job = self._store.job(request.job)
            shot = self._store.shot(job, request.shot)
            changed = camera_change.with_camera(job, shot, request.camera, camera_presets())
            self._made_anew(job, shot, changed)
        return answer

    async def _edit_layer(self, request: EditLayer, _: Listener) -> Notice:
        job = self._store.job(request.job)
        shot = self._store.shot(job, request.shot)
        folder = self._views.folder(job) / SHOTS / str(shot.folder)
        known = corrections.edits_of(job, shot)
        picture = await asyncio.to_thread(corrections.check, folder, request.edit, known)
        # In the meantime others may have changed the job, or removed it.
        job = self._store.job(request.job)
        shot = self._store.shot(job, request.shot)
        changed = corrections.with_edit(job, shot, request.edit, picture)
        return self._made_anew(job, shot, changed)

    def _undo_edit(self, request: UndoEdit, _: Listener) -> Notice:
        job = self._store.job(request.job)
        shot = self._store.shot(job, request.shot)
        return self._made_anew(job, shot, corrections.without_last(job, shot))

    def _redo_edit(self, request: RedoEdit, _: Listener) -> Notice:
        job = self._store.job(request.job)
        shot = self._store.shot(job, request.shot)
        return self._made_anew(job, shot, corrections.with_undone(job, shot))

    async def _words(self, request: GetWords, _: Listener) -> Notice:
        job = self._store.job(request.job)
        shot = self._store.shot(job, request.shot)
        folder = self._views.folder(job) / SHOTS / str(shot.folder)
        found = await asyncio.to_thread(corrections.words, folder, maps=request.maps)
        looks = self._views.looks(job, request.shot)
        return found.model_copy(update={"looks": looks})

    async def _look_for(self, request: LookFor, _: Listener) -> Notice:
        job = self._store.job(request.job)
        shot = self._store.shot(job, request.shot)
        folder = self._views.folder(job) / SHOTS / str(shot.folder)
        await asyncio.to_thread(read_made, folder)  # or it is refused
        shot = self._store.shot(self._store.job(request.job), request.shot)
        words = list(dict.fromkeys(" ".join(word.split()) for word in request.words))
        look, is_new = self._store.looks.queue(shot, words)
        if is_new:
            self._hub.look(look, shot, LookState.WAITING)
            self._runner.wake()
        return Done()

    def _stop_look(self, request: StopLook, _: Listener) -> Notice:
        self._runner.stop_looking(self._job_and(request.shot, request.job), request.shot)
        return Done()

    async def _make_variations(self, request: MakeVariations, _: Listener) -> Notice:
        job = self._store.job(request.job)
        shot = self._store.shot(job, request.shot)
        await self._begin_variations(job, shot, request.seeds or request.count)
        return self._pictures_of(request.job, request.shot)

    def _pictures(self, request: GetPictures, _: Listener) -> Notice:
        return self._pictures_of(request.job, request.shot)

    def _pictures_of(self, job: str, name: str) -> Notice:
        found = self._store.job(job)
        shot = self._store.shot(found, name)
        rows = variations.of_base(variations.base_of(found, shot))
        views = [self._views.variation(row, made) for row, _, made in rows]
        return Variations(seed=variations.seed_of(shot), variations=views)

    async def _begin_variations(self, job: Job, shot: Shot, seeds: list[int] | int) -> None:
        """Submit those that are not there yet, and what the shot is now."""
        for order in variations.orders(job, shot, seeds):
            checked = await self._checked(order.submit)
            row = {"base": order.base, "seed": order.seed, "of_job": job.id, "of_shot": shot.name}
            made, _ = self._store.submit(order.submit, checked, variation=row)
            self._hub.job(made)
        self._runner.wake()

    async def _set_seed(self, request: SetSeed, _: Listener) -> Notice:
        job = self._store.job(request.job)
        shot = self._store.shot(job, request.shot)
        if shot.state == ShotState.FINISHED or shot.made_before is not None:
            await self._begin_variations(job, shot, [])
            # In the meantime others may have changed the job, or removed it.
            job = self._store.job(request.job)
            shot = self._store.shot(job, request.shot)
        variations.keep_edits(job, shot)
        changed, seed = variations.with_seed(job, shot, request.seed, request.edits)
        return self._made_anew(job, shot, changed, seed=seed)

    def _made_anew(
        self, job: Job, shot: Shot, storyboard: dict[str, Any], *, seed: int | None = None
    ) -> Notice:
        """Another storyboard, in which this shot has another camera or other edits: no picture.

        seed: that it has now, where it is another picture.
        """
        was_made = shot.state == ShotState.FINISHED
        before = MadeBefore.of(job, shot).model_dump_json() if was_made else shot.made_before
        keep, seeds = ([shot.name], {}) if seed is None else ([], {shot.name: seed})
        self._store.change_board(job, storyboard, keep_layers=keep, seeds=seeds)
        self._hub.shot_entry(job, shot)
        if shot.state == ShotState.RUNNING:
            self._runner.call_off(str(job.id), shot.id, then=ShotState.QUEUED)
        elif shot.state in ENDED_SHOTS:
            self._store.move(shot, ShotState.QUEUED, **FROM_THE_START, made_before=before)
            self._hub.shot(shot)
        return self._changed(job)

    # Looking

    def _subscribe(self, request: Subscribe, listener: Listener) -> Notice:
        self._hub.subscribe(listener, request)
        return Done()

    async def open_jobs(self) -> list[JobWithShots]:
        """Jobs that have not ended, in the queue's order, as they still are."""
        return await self._read(self._views.many_open, self._views.open_jobs)

    async def _state(self, _: GetState, __: Listener) -> Notice:
        return State(jobs=await self.open_jobs(), paused=self._store.paused)

    async def _job(self, request: GetJob, _: Listener) -> Notice:
        def read() -> Notice:
            job = self._store.job(request.job)
            both = self._views.with_shots(job)
            return JobDetail(job=both.job, shots=both.shots, storyboard=json.loads(job.storyboard))

        return await self._read(self._views.many(self._store.job(request.job)), read)

    async def _read(self, long: bool, read: Callable[[], T]) -> T:
        """What is there now, read in another thread where that takes long."""
        return await self._reading.now(read) if long else read()

    async def _files(self, request: JobFiles, _: Listener) -> Notice:
        return await self._reading.history(lambda: self._file_list(request.job))

    def _file_list(self, id_: str) -> FileList:
        job = self._store.job(id_)
        folder = self._views.folder(job)
        known = {
            f"{SHOTS}/{shot.folder}/{one.path}": one.sha256
            for shot in self._store.shots(job)
            if shot.state == ShotState.FINISHED
            for one in self._results.files(str(shot.result))
        }
        found = []
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            if path.is_file() and not any(part.startswith(".") for part in name.split("/")):
                size = path.stat().st_size
                found.append(FileEntry(path=name, bytes=size, sha256=known.get(name)))
        return FileList(files=found)

    async def _jobs(self, request: ListJobs, _: Listener) -> Notice:
        def read() -> Notice:
            found, total = self._store.listed(request.state, request.limit, request.offset)
            return Jobs(jobs=[self._views.job(one) for one in found], total=total)

        return await self._read(request.limit > _SMALL, read)

    async def _search(self, request: Search, _: Listener) -> Notice:
        def read() -> Notice:
            found, total = history.search(request)
            return History(shots=[self._views.found(one) for one in found], total=total)

        return await self._reading.history(read)

    def _mark_favourite(self, request: MarkFavourite, _: Listener) -> Notice:
        job = self._store.job(request.job)
        shot = self._store.shot(job, request.shot)
        self._store.mark_favourite(job, shot, request.favourite)
        self._hub.shot(self._store.shot(job, request.shot))
        return Done()

    async def _tokens(self, request: GetTokens, _: Listener) -> Notice:
        if self._utility is None:
            raise _no_processes()
        return await self._utility.read_tokens(
            ReadTokens(
                prompt=request.prompt,
                subjects=[subject.model_dump(mode="json") for subject in request.subjects],
                style=request.style,
                model=request.model,
            )
        )

    def _models(self, _: ListModels, __: Listener) -> Notice:
        return Models(models=models() if self._pulls is None else self._pulls.views())

    def _pull(self, request: PullModel, _: Listener) -> Notice:
        if self._pulls is None:
            raise _no_processes()
        self._pulls.begin(request.model, request.licence, request.licences)
        return Done()

    async def _stop_pull(self, request: StopPull, _: Listener) -> Notice:
        if self._pulls is not None:
            await self._pulls.stop(request.model)
        return Done()

    async def _remove_model(self, request: RemoveModel, _: Listener) -> Notice:
        if self._pulls is None:
            raise _no_processes()
        await self._pulls.remove(request.model)
        return Done()

    async def _machine(self, _: GetMachine, __: Listener) -> Notice:
        if self._utility is None:
            raise _no_processes()
        return await self._utility.look_at_machine(LookAtMachine(self._device))

    async def _about(self, _: GetAbout, __: Listener) -> Notice:
        return await asyncio.to_thread(about, self._views.data, self._results.size(), self._quota)

    async def _paths(self, request: HostPaths, _: Listener) -> Notice:
        job = self._store.job(request.job)
        shot = self._store.shot(job, request.shot)
        if shot.state != ShotState.FINISHED:
            raise Failure(
                "shot.not_finished",
                "The shot is {state}.",
                field="shot",
                value=request.shot,
                remedy="Its files are there once it is finished.",
                values={"state": str(shot.state)},
            )
        folder = self._views.folder(job) / SHOTS / str(shot.folder)
        names = [file.path for file in self._results.files(str(shot.result))]
        files = {name: str(folder / name) for name in names}
        if not await asyncio.to_thread(_all_there, list(files.values())):
            await self._results.place(str(shot.result), folder)
        return Paths(folder=str(folder), manifest=files[MANIFEST], files=files)

    async def _check(self, request: CheckStoryboard, _: Listener) -> Notice:
        found = await asyncio.to_thread(self._findings, request.storyboard, request.folder)
        return Findings(findings=found)

    async def _subjects(self, request: FindSubjects, _: Listener) -> Notice:
        found = await asyncio.to_thread(subjects_of, request.prompts)
        return SubjectsFound(prompts=found)

    async def _read_storyboard(self, request: ReadStoryboard, _: Listener) -> Notice:
        def read() -> Notice:
            board, reading = read_dropped(request.files, self._lay_out, self._views.data.work)
            found = self._findings(board, None, found=reading.errors, notices=reading.notices)
            return StoryboardRead(storyboard=board, findings=found)

        return await asyncio.to_thread(read)

    def _lay_out(self, sha256: str, target: Path) -> None:
        self._results.uploaded(sha256)  # or it is refused
        self._results.blobs.place(sha256, target)

    def _findings(self, board: dict[str, Any], folder: str | None, **more: Any) -> list[Finding]:
        presets, known = camera_presets(), model_names()
        find = self._results.uploaded
        return findings_of(board, folder, find_upload=find, presets=presets, models=known, **more)

    def _new_code(self, _: NewCode, __: Listener) -> Notice:
        if self._pairing is None:
            raise Failure("server.no_pairing", "This server pairs nobody.")
        code = self._pairing.new_code()
        return PairingCode(code=code, url=self._pairing.link(code), valid_s=VALID_S)

    def _stop_server(self, _: StopServer, listener: Listener) -> Notice:
        if not listener.local:
            raise InputError(
                "server.stop_elsewhere",
                "This server is stopped on its own computer only.",
                remedy="Stop it there: with Ctrl-C, in its panel, or with multiplane service stop.",
            )
        if self._on_stop is None:
            raise Failure("server.stop_not_here", "This server is stopped by what started it.")
        _LOGGER.info("A client stops the server")
        asyncio.get_running_loop().call_later(_ANSWERED_S, self._on_stop)
        return Done()

    # Shared

    def _job_and(self, shot: str | None, id_: str) -> Job:
        """The job, which has this shot if one is named. Raises InputError."""
        job = self._store.job(id_)
        if shot is not None:
            self._store.shot(job, shot)
        return job

    async def _all(self, job: Job, move: Callable[..., list[int]]) -> bool:
        """Move shots part by part and tell of them, few one by one; whether there were any.

        move: moves those past a number, and returns the numbers of some.
        """
        past = -1
        while numbers := move(past=past):
            past = numbers[-1]
            if len(numbers) <= _SMALL:
                for shot in self._store.numbered(job, numbers):
                    self._hub.shot(shot)
            else:
                await self._hub.shots(job, numbers)
            await breathe()
        return past >= 0

    def _changed(self, job: Job) -> Notice:
        with contextlib.suppress(InputError):  # removed meanwhile
            self._hub.job(self._store.job(str(job.id)))
        self._runner.wake()
        return Done()


def _all_there(paths: Sequence[str]) -> bool:
    return all(Path(path).is_file() for path in paths)


def _no_processes() -> Failure:
    return Failure("server.no_processes", "This server starts no processes of its own.")


def error_message(error: MultiplaneError, id_: str | None) -> str:
    return pack(ErrorNotice(error=ErrorEntry.model_validate(error.as_dict())), id_)


def failure_of(error: Exception) -> Failure:
    """What a client is told: a full disk, or a fault of the server; the log has its insides."""
    if is_full(error):
        remedy = "Free some space on the disk of the server's data folder and try again."
        return disk_full(remedy, unchanged="everything")
    _LOGGER.error("A request failed", exc_info=error)
    return Failure(
        "server.unforeseen",
        "Something unforeseen happened: {kind}.",
        remedy="This is a fault of Multiplane; server.log in the data folder shows where.",
        values={"kind": type(error).__name__},
    )
