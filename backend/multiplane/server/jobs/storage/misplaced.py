"""Folders of jobs and shots that lie in each other's places: recognised, and put right.

A shot's manifest says by its content hash which result it is, and the database says whose that is.
A folder that belongs to another job or shot moves there when that place is free; else it is set
aside. Nothing is deleted or written over.
"""

from __future__ import annotations

import json
import logging
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from multiplane.contract.data_folder import DataFolder
from multiplane.contract.errors import MultiplaneError
from multiplane.contract.layout import MANIFEST, SHOTS
from multiplane.contract.regular_file import read_regular
from multiplane.server.jobs.storage.finished_files import Examined, FinishedFiles, FinishedShot
from multiplane.server.jobs.storage.set_aside import set_aside
from multiplane.server.jobs.storage.submitted import SubmittedJobs
from multiplane.server.jobs.store import Store
from multiplane.server.jobs.tables import Result, Shot

_LOGGER = logging.getLogger(__name__)
_MOST_BYTES = 2**28


@dataclass(frozen=True)
class _Move:
    """path: a folder that is not what its place says. home: where it belongs, if that is known."""

    path: Path
    home: Path | None


class Misplaced:
    """Finds such folders and puts them right. stale: jobs whose files are newer than their rows."""

    def __init__(self, store: Store, files: FinishedFiles, data: DataFolder) -> None:
        self._store, self._files, self._data = store, files, data
        self._submitted = SubmittedJobs(data.submitted)
        self.stale: set[str] = set()
        self.notices: list[str] = []

    def put_right(self, examined: Examined) -> None:
        """Whatever cannot be moved stays, and is named."""
        own = set(examined.own)
        foreign: dict[str, list[FinishedShot]] = defaultdict(list)
        for shot in examined.foreign:
            if self._is_changed(shot):
                own.add(shot.job)
                examined.is_as_it_should(shot)
            else:
                foreign[shot.job].append(shot)
        moves = list(self._whole_jobs(foreign, own, examined.jobs - own))
        moved = {move.path for move in moves}
        for shots in foreign.values():
            for shot in shots:
                if self._data.jobs / shot.job not in moved:
                    moves.append(_Move(self._files.folder(shot), self._shot_home(shot)))
        self._carry_out(moves)

    def _is_changed(self, shot: FinishedShot) -> bool:
        """Whether what is there is this very shot, only newer, or with another camera."""
        manifest = _manifest(self._files.folder(shot))
        if manifest.get("shot_id") != shot.name or _owners(manifest):
            return False
        row = Result.get_or_none(Result.hash == shot.result)
        if row is not None and row.picture == manifest.get("picture_hash"):
            return True
        written = self._submitted.read(shot.job)
        if written is None or written.content != self._store.job(shot.job).content:
            return False
        self.stale.add(shot.job)
        return True

    def _whole_jobs(
        self, foreign: dict[str, list[FinishedShot]], own: set[str], homeless: set[str]
    ) -> Iterator[_Move]:
        """Folders of which nothing is their job's, and those of no job that are a job's."""
        if not homeless or not self._data.jobs.is_dir():
            return
        rows = self._store.ids()
        for folder in sorted(self._data.jobs.iterdir()):
            name = folder.name
            if name not in rows and self._submitted.read(name) is not None:
                continue  # a job of its own, which the database has lost
            if folder.is_symlink() or not folder.is_dir() or name.startswith(".") or name in own:
                continue
            whose = _voted(folder, homeless)
            if whose == name:
                continue  # its shots lie in each other's places
            if whose in homeless or (whose is not None and name in homeless):
                yield _Move(folder, self._data.jobs / whose)
            elif name in foreign:
                yield _Move(folder, None)

    def _shot_home(self, shot: FinishedShot) -> Path | None:
        """Where the shot belongs that lies in this one's place; None where several may have it."""
        owners = _owners(_manifest(self._files.folder(shot)))
        if len(owners) != 1:
            return None
        ((job, folder),) = owners
        return self._data.jobs / job / SHOTS / folder

    def _carry_out(self, moves: list[_Move]) -> None:
        parked: list[tuple[_Move, Path]] = []
        for move in moves:
            name = "-".join(move.path.relative_to(self._data.jobs).parts)
            try:
                parked.append((move, set_aside(self._data, move.path, name)))
                self._set_record_aside(move.path)
            except OSError as error:
                _LOGGER.warning("A folder in another's place could not be moved: %s", error)
                self.notices.append(
                    f"{self._short(move.path)} holds files of something else; it could not be "
                    f"moved ({error.strerror}) and was left where it is."
                )
        for move, where in parked:
            home, at = move.home, self._short(move.path)
            if home is not None and not (home.exists() or home.is_symlink()):
                home.parent.mkdir(parents=True, exist_ok=True)
                where.rename(home)
                self.notices.append(f"{at} held the files of {self._short(home)}: moved there.")
            else:
                whose = "something else" if home is None else self._short(home)
                self.notices.append(f"{at} held files of {whose}; it is now {where}.")

    def _set_record_aside(self, path: Path) -> None:
        """What was written down of another job than the database knows under this id."""
        if path.parent != self._data.jobs:
            return
        written, job = self._submitted.read(path.name), self._store.find_job(path.name)
        if written is not None and job is not None and written.content != job.content:
            record = self._data.submitted / f"{path.name}.json"
            set_aside(self._data, record, f"{path.name}-submitted.json")
            self._submitted.change(job, self._store.shots(job))

    def _short(self, path: Path) -> str:
        return path.relative_to(self._data.root).as_posix()


def _voted(folder: Path, homeless: set[str]) -> str | None:
    """The job that most of the shots in this folder are of, one that lacks its files if any."""
    votes: Counter[str] = Counter()
    try:
        shots = sorted((folder / SHOTS).iterdir())
    except OSError:
        return None
    for shot in shots:
        votes.update(job for job, name in _owners(_manifest(shot)) if name == shot.name)
    ranked = [(job in homeless, count, job) for job, count in votes.items()]
    return max(ranked)[2] if ranked else None


def _owners(manifest: dict[str, Any]) -> set[tuple[str, str]]:
    """Job and folder of every shot that has the result of this manifest."""
    content = manifest.get("content_hash")
    if not isinstance(content, str):
        return set()
    rows: Any = Shot.select(Shot.job, Shot.folder).where(Shot.result == content)
    return {(str(job), str(folder)) for job, folder in rows.tuples()}


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        read = json.loads(read_regular(folder / MANIFEST, _MOST_BYTES))
    except (OSError, ValueError, RecursionError, MultiplaneError):
        return {}
    return read if isinstance(read, dict) else {}
