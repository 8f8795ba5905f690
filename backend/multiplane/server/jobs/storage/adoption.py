"""Jobs whose files are there and whose rows are not: taken into the database, never deleted.

What a job was comes from what was written down when it was submitted; for jobs of versions that
wrote nothing down, from storyboard.json, sequence.json and the shots' manifests in its folder.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from multiplane.contract.data_folder import DataFolder
from multiplane.contract.errors import InputError
from multiplane.contract.layout import MANIFEST, SHOTS, STORYBOARD
from multiplane.contract.manifest import Manifest, Sequence, SequenceShot
from multiplane.contract.messages_common import JobId, ShotState
from multiplane.contract.names import folder_name
from multiplane.contract.output_folder import ShotFolder, read_sequence
from multiplane.contract.regular_file import read_regular
from multiplane.server.jobs.blobs import StoredFile, is_plain
from multiplane.server.jobs.doubts import doubts_as_json
from multiplane.server.jobs.results import SharedResults
from multiplane.server.jobs.storage.set_aside import set_aside
from multiplane.server.jobs.storage.submitted import SubmittedJob, SubmittedJobs, SubmittedShot
from multiplane.server.jobs.store import Store
from multiplane.server.jobs.tables import Job, as_text

_LOGGER = logging.getLogger(__name__)
_JOB_ID = TypeAdapter(JobId)
_DIGEST = re.compile(r"[0-9a-f]{64}")
_MOST_BYTES = 2**28
"""Of a storyboard, a sequence or a manifest."""


@dataclass
class Adopted:
    """What a start found among the jobs' folders and did not know."""

    jobs: list[str] = field(default_factory=list)
    shots: int = 0
    aside: dict[str, Path] = field(default_factory=dict)  # name in jobs/ -> where it is now
    left: list[str] = field(default_factory=list)  # names in jobs/ that could not be moved

    def notices(self) -> list[str]:
        """In words for people; none where there was nothing."""
        said = []
        if self.jobs:
            titles = ", ".join(self.jobs[:5]) + (", ..." if len(self.jobs) > 5 else "")
            said.append(
                f"{len(self.jobs)} jobs with {self.shots} finished shots were found in their "
                f"files and are listed again: {titles}."
            )
        for name, where in self.aside.items():
            said.append(f"jobs/{name} is no job of this server; it is now {where}.")
        for name in self.left:
            said.append(f"jobs/{name} is no job of this server; it was left where it is.")
        return said


def adopt(
    store: Store,
    results: SharedResults,
    data: DataFolder,
    *,
    all_shots: bool = False,
    stale: Collection[str] = (),
) -> Adopted:
    """Take in every job that the database does not know, and set aside what is none.

    all_shots: also look for finished shots of jobs that it does know, as after a restored backup.
    stale: only of these.
    Whatever fails with one job is logged and leaves its files as they are.
    """
    adoption = _Adoption(store, results, data)
    known = store.ids()
    for id_ in adoption.candidates():
        if id_ in known and not (all_shots or id_ in stale):
            continue
        try:
            if id_ in known:
                adoption.complete(id_)
            else:
                adoption.adopt(id_)
        except Exception:
            _LOGGER.exception("A job's files could not be taken in; they stay", extra={"job": id_})
            adoption.found.left.append(id_)
    return adoption.found


class _Adoption:
    def __init__(self, store: Store, results: SharedResults, data: DataFolder) -> None:
        self._store, self._results, self._data = store, results, data
        self._submitted = SubmittedJobs(data.submitted)
        self.found = Adopted()

    def candidates(self) -> list[str]:
        """Names of folders among the jobs', and of jobs that were only written down."""
        folders: set[str] = set()
        if self._data.jobs.is_dir():
            for path in self._data.jobs.iterdir():
                if path.name.startswith(".") or not (path.is_dir() or path.is_symlink()):
                    continue  # no job can have that name, and nothing is written there
                folders.add(path.name)
        return sorted(folders | set(self._submitted.ids()))

    def adopt(self, id_: str) -> None:
        """A job that the database does not know."""
        folder = self._data.jobs / id_
        if folder.is_symlink():
            self.found.left.append(id_)
            return
        files = _Files(folder)
        written = self._submitted.read(id_) if _is_job_id(id_) else None
        # Without that nobody knows how its whole storyboard was to be: its files stay as they are.
        delivered = files.sequence is not None or written is None
        if written is None and _is_job_id(id_):
            written = files.as_submitted()
        if written is None:
            if folder.is_dir():
                self.found.aside[id_] = set_aside(self._data, folder)
            return
        job = self._insert(id_, written, files, delivered=delivered)
        self._submitted.change(job, self._store.shots(job))
        self.found.jobs.append(str(job.title) or id_)

    def complete(self, id_: str) -> None:
        """A job that the database knows as it was earlier: what was made since then counts."""
        job, files = self._store.job(id_), _Files(self._data.jobs / id_)
        written = self._submitted.read(id_)
        if written is not None and written.storyboard != job.storyboard:
            keep = [shot.name for shot in written.shots if shot.keep_layers]
            seeds = {one.name: one.seed for one in written.shots if one.seed is not None}
            self._store.change_board(
                job, json.loads(written.storyboard), keep_layers=keep, seeds=seeds
            )
            self._note_uploads(job)
        if written is not None:
            self._mark_favourites(job, written)
        again = []
        for shot in self._store.shots(job):
            made = files.made(str(shot.folder))
            if made is None:
                continue
            self._note(made)
            # Its maker works out which result it is to have; what is there already is taken.
            if shot.state == ShotState.FINISHED and shot.result != made.hash:
                again.append(shot)
        for shot in again:
            self._store.queue_again(shot)

    def _mark_favourites(self, job: Job, written: SubmittedJob) -> None:
        marked = {shot.name for shot in written.shots if shot.favourite}
        for shot in self._store.shots(job):
            if bool(shot.favourite) != (shot.name in marked):
                self._store.mark_favourite(job, shot, shot.name in marked)

    def _insert(self, id_: str, written: SubmittedJob, files: _Files, *, delivered: bool) -> Job:
        with self._store.database.atomic():
            rows = [self._row(shot, files) for shot in written.shots]
            job = self._store.take_in(id_, written, rows, delivered=delivered)
            self._note_uploads(job)
        return job

    def _row(self, shot: SubmittedShot, files: _Files) -> dict[str, Any]:
        row: dict[str, Any] = {
            **shot.model_dump(),
            "state": ShotState.QUEUED,
            "result": None,
            "layers": None,
            "doubts": None,
            "tries": 0,
            "finished": None,
        }
        made = files.made(shot.folder)
        told = files.told(shot.name)
        if made is not None:
            self._note(made)
            self.found.shots += 1
            row |= {"state": ShotState.FINISHED, "error": None, "tries": 1}
            row |= {"result": made.hash, "layers": made.layers, "finished": made.at}
            row |= {"doubts": doubts_as_json(made.manifest)}
        elif shot.error is not None:
            row["state"] = ShotState.FAILED
        elif told is not None and told.error is not None:
            row |= {"state": ShotState.FAILED, "error": told.error.model_dump_json()}
        elif files.sequence is not None:
            row["state"] = ShotState.CANCELLED  # all had ended when that was written
        return row

    def _note(self, made: _Made) -> None:
        if self._results.find(made.hash) is not None:
            return
        files = []
        for path in made.files():
            sha256 = self._by_inode.get(_inode(path))
            if sha256 is not None:
                size = path.stat().st_size
            elif made.names(path):
                sha256, size = self._results.blobs.add(path)
            else:
                continue  # somebody's own file in the shot's folder
            name = path.relative_to(made.folder).as_posix()
            files.append(StoredFile(name, sha256, size))
        self._results.add(made.hash, made.picture, made.manifest.model.name, 0.0, files)

    def _note_uploads(self, job: Job) -> None:
        found = set(_DIGEST.findall(str(job.storyboard)))
        there = {sha256 for sha256 in found if self._results.blobs.find(sha256) is not None}
        for sha256 in there:
            self._results.take_in(sha256)
        self._store.note_uploads(job, there)

    @cached_property
    def _by_inode(self) -> dict[tuple[int, int], str]:
        """The blobs by their inodes: a job's files are further names of the same ones."""
        return {_inode(path): sha256 for sha256, path in self._results.blobs.all()}


@dataclass(frozen=True)
class _Made:
    """A finished shot in its folder."""

    folder: Path
    manifest: Manifest

    @property
    def hash(self) -> str:
        own = self.manifest.content_hash or ""
        return own if _DIGEST.fullmatch(own) else self._own_hash()

    @property
    def picture(self) -> str:
        return self.manifest.picture_hash or self.hash

    @property
    def layers(self) -> int:
        return len(self.manifest.layers)

    @property
    def at(self) -> str:
        time = (self.folder / MANIFEST).stat().st_mtime
        return as_text(datetime.fromtimestamp(time, UTC))

    def files(self) -> Iterator[Path]:
        for path in sorted(self.folder.rglob("*")):
            hidden = any(part.startswith(".") for part in path.relative_to(self.folder).parts)
            if not hidden and is_plain(path):
                yield path

    def names(self, path: Path) -> bool:
        """Whether the shot's own manifest names this file."""
        name = path.relative_to(self.folder).as_posix()
        return name in (MANIFEST, *self.manifest.named_files())

    def _own_hash(self) -> str:
        return hashlib.sha256(_read(self.folder / MANIFEST)).hexdigest()


class _Files:
    """What lies in a job's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def sequence(self) -> Sequence | None:
        try:
            return read_sequence(self._folder)
        except InputError:
            return None

    def told(self, name: str) -> SequenceShot | None:
        """What sequence.json says of a shot."""
        if self.sequence is None:
            return None
        return next((shot for shot in self.sequence.shots if shot.id == name), None)

    def made(self, name: str) -> _Made | None:
        """The finished shot in the folder of this name; None where it is not whole."""
        folder = self._folder / SHOTS / name
        if folder.is_symlink() or (self._folder / SHOTS).is_symlink():
            return None
        try:
            manifest = ShotFolder.open(folder).manifest
        except InputError:
            return None
        whole = all(is_plain(folder / name) for name in manifest.named_files())
        return _Made(folder, manifest) if whole else None

    def as_submitted(self) -> SubmittedJob | None:
        """The job by its files alone; None when they are not a job's."""
        made = [one for one in map(self.made, self._shot_folders()) if one is not None]
        if self.sequence is None and not made:
            return None
        document = self._storyboard(made)
        models = Counter(one.manifest.model.name for one in made)
        shots = self._shots(made, document)
        times = [one.at for one in made]
        created = min(times) if times else as_text(datetime.now(UTC))
        text = json.dumps(document)
        return SubmittedJob(
            title=str(document.get("title") or ""),
            storyboard=text,
            content=hashlib.sha256(text.encode()).hexdigest(),
            folder=None,
            model=str(document.get("model") or (models.most_common(1)[0][0] if made else "auto")),
            depth_model=str(document.get("depth_model") or "auto"),
            paused=False,
            position=0.0,
            created=created,
            shots=shots,
        )

    def _shot_folders(self) -> list[str]:
        try:
            return sorted(path.name for path in (self._folder / SHOTS).iterdir())
        except OSError:
            return []

    def _storyboard(self, made: list[_Made]) -> dict[str, Any]:
        """storyboard.json, or as much of it as the manifests say."""
        try:
            read = json.loads(_read(self._folder / STORYBOARD))
            if isinstance(read, dict) and isinstance(read.get("shots"), list):
                return read
        except (OSError, ValueError):
            pass
        comp = made[0].manifest.comp if made else None
        document: dict[str, Any] = {"title": self.sequence.title if self.sequence else ""}
        if comp is not None:
            document |= {"size": [comp.width, comp.height], "fps": comp.fps}
        return document | {"shots": []}

    def _shots(self, made: list[_Made], document: dict[str, Any]) -> list[SubmittedShot]:
        by_folder = {one.folder.name: one for one in made}
        pairs: list[tuple[str, str]] = []  # name and folder
        for told in self.sequence.shots if self.sequence else ():
            parts = (told.manifest or "").split("/")
            own = parts[1] if len(parts) == 3 and parts[0] == SHOTS else None
            pairs.append((told.id, own or folder_name(told.id, [folder for _, folder in pairs])))
        named = {folder for _, folder in pairs}
        pairs += [
            (one.manifest.shot_id, folder)
            for folder, one in by_folder.items()
            if folder not in named
        ]
        shots, entries = [], document["shots"]
        taken: set[str] = set()
        for number, (name, folder) in enumerate(pairs):
            one = by_folder.get(folder)
            prompt = None if one is None else one.manifest.original_prompt
            own = name
            while own in taken:
                own += "-2"
            taken.add(own)
            if number >= len(entries):  # as much as is known
                entry: dict[str, Any] = {"id": own}
                if one is not None:
                    comp = one.manifest.comp
                    entry["duration"] = round(comp.duration_frames / comp.fps, 3)
                    if prompt is None:
                        entry["picture"] = str(one.folder / one.manifest.files.picture)
                entries.append(entry | ({"prompt": prompt} if prompt else {}))
            shots.append(
                SubmittedShot(
                    name=own,
                    number=number,
                    folder=folder,
                    prompt=prompt,
                    seed=None if one is None else one.manifest.model.seed,
                    error=None,
                )
            )
        return shots


def _read(path: Path) -> bytes:
    return read_regular(path, _MOST_BYTES)


def _is_job_id(name: str) -> bool:
    try:
        _JOB_ID.validate_python(name)
    except ValidationError:
        return False
    return True


def _inode(path: Path) -> tuple[int, int]:
    found = path.lstat()
    return found.st_dev, found.st_ino
