"""A job's end, in steps of which every start finishes the rest.

First a folder is made and named after the job that goes: that is the decision, and needs next to no
room on the disk. Its name also has its own number in the file system and that of the folder it is
in, so that none that was copied or moved here, or made by hand, is taken for a decision. Then the
rows go, and when no worker writes any more, the files. Files that the server did not make, but
somebody put into the job's folder, are set aside.
"""

from __future__ import annotations

import contextlib
import logging
import re
import secrets
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from multiplane.contract.data_folder import DataFolder
from multiplane.contract.full_disk import disk_full, is_full
from multiplane.contract.layout import HOLDER, LEDGER, LOCK, SHOTS
from multiplane.deliver.own_files import is_made, made_in
from multiplane.server.jobs.blobs import is_plain
from multiplane.server.jobs.results import SharedResults
from multiplane.server.jobs.storage.reserve import Reserve
from multiplane.server.jobs.storage.set_aside import set_aside
from multiplane.server.jobs.storage.submitted import SubmittedJobs
from multiplane.server.jobs.store import Store
from multiplane.server.jobs.tables import Job

_LOGGER = logging.getLogger(__name__)
_NAME = re.compile(r"([a-z0-9-]+)\.(\d+)\.([0-9a-f]+-[0-9a-f]+)")
_HIDDEN = {LEDGER, f"{LEDGER}.new", LOCK, HOLDER}
"""What `deliver` leaves in a folder for itself."""
_TEMPORARY = re.compile(r"\..*\.(new|old)-[0-9a-f]{8}(\..*)?")


@dataclass(frozen=True)
class Removed:
    """A job that is gone but for its files. own: paths in its folder that the server made."""

    id: str
    going: Path
    own: Collection[str]
    on_full_disk: bool = False


class Removal:
    """Removes jobs of a data folder."""

    def __init__(self, store: Store, results: SharedResults, data: DataFolder) -> None:
        self._store, self._results, self._data = store, results, data
        self._submitted = SubmittedJobs(data.submitted)
        self._reserve = Reserve(data)

    def decide(self, job: Job, going: Path | None = None) -> Removed:
        """Forget the job; give the answer to `finish` when nobody writes its files any more.

        going: the folder of an earlier decision, which was cut off.
        Its results stay as long as another job has them, or as there is room. Raises Failure
        `deliver.disk_full` when not even the reserve was enough: then it is as it was.
        """
        try:
            removed = self._decided(job, going)
        except Exception as error:
            if not is_full(error):
                raise
            with self._reserve.spent():
                removed = self._decided_at_last(job, going)
        self._submitted.forget(removed.id)
        return removed

    def finish(self, removed: Removed) -> None:
        """Delete the files of a job that was removed. Any thread may call it."""
        folder, going = self._data.jobs / removed.id, removed.going
        if folder.is_dir() and not folder.is_symlink():
            try:
                folder.rename(going / "job")
            except OSError:
                # Windows renames no folder in which a file is open: then as much as can be goes.
                self._empty(removed, folder)
        self._empty(removed, going / "job")
        with contextlib.suppress(OSError):
            going.rmdir()

    def go_on(self) -> list[str]:
        """At a start: finish removals that were cut off. What is none is set aside, and told of."""
        told: list[str] = []
        if self._data.removed.is_symlink() or not self._data.removed.is_dir():
            return told
        for going in sorted(self._data.removed.iterdir()):
            found = _NAME.fullmatch(going.name)
            if going.is_symlink() or not going.is_dir():
                continue
            if found is None or found[3] != _numbers(going):
                told += self._no_decision(going)
                continue
            job = self._store.find_job(found[1])
            if job is not None and str(job.generation) != found[2]:
                # Its own folder had gone from its place before this later job came.
                self._empty(Removed(found[1], going, self._linked(going)), going / "job")
                with contextlib.suppress(OSError):
                    going.rmdir()
            elif job is not None:
                self.finish(self.decide(job, going))
            else:
                self._submitted.forget(found[1])
                own = self._linked(going, self._data.jobs)
                self.finish(Removed(found[1], going, own))
        return told

    def _no_decision(self, path: Path) -> list[str]:
        try:
            path.rmdir()  # nothing is in it
        except OSError:
            pass
        else:
            return []
        name = f"removed-{path.name.lstrip('.')}"
        try:
            where = set_aside(self._data, path, name)
        except OSError as error:
            return [f"removed/{path.name} is no removal of this server, and stays: {error}"]
        return [f"removed/{path.name} is no removal of this server; it is now {where}."]

    def _decided(self, job: Job, going: Path | None, *, on_full_disk: bool = False) -> Removed:
        id_ = str(job.id)
        own = {f"{SHOTS}/{path}" for path in self._store.result_paths(job)}
        going = going or self._named(f"{id_}.{job.generation}")
        try:
            self._store.remove(job)
        except BaseException:
            with contextlib.suppress(OSError):
                going.rmdir()
            raise
        return Removed(id_, going, own, on_full_disk)

    def _named(self, name: str) -> Path:
        """The folder whose name is the decision: only once it has it, it is one."""
        begun = self._data.removed / f".begun-{secrets.token_hex(4)}"
        begun.mkdir(parents=True, mode=0o700)
        going = self._data.removed / f"{name}.{_numbers(begun)}"
        begun.rename(going)
        return going

    def _decided_at_last(self, job: Job, going: Path | None) -> Removed:
        try:
            return self._decided(job, going, on_full_disk=True)
        except Exception as error:
            if not is_full(error):
                raise
            remedy = "Free a few megabytes outside the server's data folder and try again."
            raise disk_full(remedy, unchanged="the job") from error

    def _linked(self, *folders: Path) -> set[str]:
        """Paths of files that are further names of blobs: rows that tell so are gone already."""
        blobs = {path.lstat().st_ino for _, path in self._results.blobs.all()}
        found = set()
        for folder in folders:
            for path in folder.rglob("*"):
                if is_plain(path) and path.lstat().st_ino in blobs:
                    parts = path.relative_to(folder).parts
                    found.add("/".join(parts[1:]))  # without the job's id, or "job"
        return found

    def _empty(self, removed: Removed, folder: Path) -> None:
        if folder.is_symlink() or not folder.is_dir():
            return
        for path in list(_strangers(folder, removed.own)):
            name = "-".join([removed.id, *path.relative_to(folder).parts])
            try:
                where = set_aside(self._data, path, name)
            except OSError as error:
                _LOGGER.warning("A file that is not ours stays in %s: %s", folder, error)
                return
            _LOGGER.warning("A removed job's folder had a file that is not ours; now %s", where)
        shutil.rmtree(folder, ignore_errors=True)


def _numbers(folder: Path) -> str:
    """Of a folder and of the one it is in, as the file system counts them."""
    return f"{folder.stat().st_ino:x}-{folder.parent.stat().st_ino:x}"


def _strangers(folder: Path, own: Collection[str]) -> Iterator[Path]:
    """Files, and links, in a job's folder that the server has not made."""
    for path in sorted(folder.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            continue
        parts = path.relative_to(folder).parts
        if any(_TEMPORARY.fullmatch(part) for part in parts):
            continue
        if not (is_plain(path) and (path.name in _HIDDEN or _is_ours(folder, parts, own))):
            yield path


def _is_ours(folder: Path, parts: tuple[str, ...], own: Collection[str]) -> bool:
    """Whether a file is as the server wrote it; one that somebody has retouched is theirs."""
    path, known = folder.joinpath(*parts), "/".join(parts) in own
    if known and path.lstat().st_nlink > 1:
        return True  # another name of a blob
    of, name = folder, "/".join(parts)
    if parts[0] == SHOTS and len(parts) > 2:
        of, name = folder / SHOTS / parts[1], "/".join(parts[2:])
    made = made_in(of)
    return is_made(path, name, made) if made else known
