"""Files of finished shots: whether they are in their job's folder, and bringing them back.

A finished shot without its files is no finished shot. What is among the blobs still is placed
again; a shot of which nothing is left fails, says so, and is made again by a retry. When its files
are back at a later start, it is finished again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from multiplane.contract.data_folder import DataFolder
from multiplane.contract.document import ErrorEntry
from multiplane.contract.errors import Failure, MultiplaneError
from multiplane.contract.layout import MANIFEST, SEQUENCE, SHOTS
from multiplane.contract.messages_common import DeliveryState, ShotState
from multiplane.contract.regular_file import read_regular
from multiplane.contract.told_values import Value, told
from multiplane.server.jobs.results import SharedResults
from multiplane.server.jobs.states import ENDED_JOBS
from multiplane.server.jobs.store import Store
from multiplane.server.jobs.tables import Job, Shot

_LOGGER = logging.getLogger(__name__)
GONE = "shot.files_gone"
_MAKE_WAY = (
    "Move away what is in the place of jobs/{job} and start the server again: it brings them back."
)
_MOST_BYTES = 2**28
_ROWS = """
SELECT shot.id, shot.job_id, shot.name, shot.folder, shot.state, shot.result,
    (SELECT group_concat(path, char(10)) FROM resultfile WHERE result_id = shot.result),
    (SELECT sha256 FROM resultfile WHERE result_id = shot.result AND path = ?)
FROM shot
WHERE (shot.state = 'finished' OR (shot.state = 'failed' AND instr(shot.error, ?))) {of_job}
"""


@dataclass(frozen=True)
class FinishedShot:
    """A shot that has been made, as the database knows it. files: in its folder."""

    id: int
    job: str
    name: str
    folder: str
    failed: bool  # because its files had gone
    result: str
    files: tuple[str, ...]
    manifest: str | None  # its SHA-256


@dataclass
class Examined:
    """What was found of finished shots in their folders."""

    jobs: set[str] = field(default_factory=set)  # that have any
    own: set[str] = field(default_factory=set)  # jobs of which one is whole, in its place
    foreign: list[FinishedShot] = field(default_factory=list)  # in whose place another result is
    lost: list[FinishedShot] = field(default_factory=list)  # not whole, or failed because of it

    def is_as_it_should(self, shot: FinishedShot) -> None:
        """A shot that was taken for lost is another one on purpose."""
        self.lost.remove(shot)


@dataclass
class Mended:
    """What became of shots whose files were not in their folder. Values: names of shots."""

    back: dict[str, list[str]] = field(default_factory=dict)  # from the blobs, by job
    found: dict[str, list[str]] = field(default_factory=dict)  # failed ones whose files came back
    gone: dict[str, list[str]] = field(default_factory=dict)
    blocked: dict[str, list[str]] = field(default_factory=dict)  # cannot be brought back: by job
    delivered_again: list[str] = field(default_factory=list)  # jobs

    def by_job(self, job: str) -> list[list[str]]:
        """The names of all its shots that have changed."""
        kinds = (self.back, self.found, self.gone, self.blocked)
        return [kind[job] for kind in kinds if job in kind]

    def notices(self, *, made_again: bool = False) -> list[str]:
        """In words for people; none where nothing was amiss. made_again: those that are gone."""
        said = []
        for job, names in self.back.items():
            said.append(
                f"Files of {_shots(names)} of job {job} were not in jobs/{job}: they were brought "
                "back from the server's own copies."
            )
        for job, names in self.found.items():
            said.append(f"The files of {_shots(names)} of job {job} are there again.")
        for job, names in self.gone.items():
            remedy = (
                "They are made again."
                if made_again
                else f"`multiplane jobs retry {job}` makes them again; or put the folder back and "
                "start the server again."
            )
            said.append(
                f"Files of {_shots(names)} of job {job} are gone from jobs/{job}, and there are no "
                f"copies. {remedy}"
            )
        for job, names in self.blocked.items():
            said.append(
                f"Files of {_shots(names)} of job {job} are gone from jobs/{job}, and the server's "
                f"copies cannot be put there. {told(_MAKE_WAY, {'job': job})}"
            )
        for job in self.delivered_again:
            if job not in self.back:
                said.append(f"The storyboard's own files of job {job} are gone: written again.")
        return said


class FinishedFiles:
    """Compares what the database says of finished shots with the folders of their jobs."""

    def __init__(self, store: Store, results: SharedResults, data: DataFolder) -> None:
        self._store, self._results, self._data = store, results, data
        self._jobs = str(data.jobs)

    def examined(self, job: str | None = None, name: str | None = None) -> Examined:
        """Compare all, or those of a job, or its shot of this name. Changes nothing.

        May be asked in a reading thread.
        """
        found = Examined()
        for shot in self._shots(job):
            if name not in (None, shot.name):
                continue
            found.jobs.add(shot.job)
            whole, own = self.whole(shot), self.is_its_own(shot)
            if not own:
                found.foreign.append(shot)
            elif whole:
                found.own.add(shot.job)
            if shot.failed or not (whole and own):
                found.lost.append(shot)
        return found

    def _shots(self, job: str | None) -> Iterator[FinishedShot]:
        of_job = "" if job is None else "AND shot.job_id = ?"
        values = (MANIFEST, GONE) if job is None else (MANIFEST, GONE, job)
        rows = self._store.database.execute_sql(_ROWS.format(of_job=of_job), values)
        for id_, of, name, folder, state, result, files, manifest in rows:
            paths = tuple(files.split("\n")) if files else (MANIFEST,)
            failed = state != ShotState.FINISHED
            yield FinishedShot(id_, of, name, folder, failed, str(result), paths, manifest)

    def folder(self, shot: FinishedShot) -> Path:
        return Path(self._folder(shot))

    def _folder(self, shot: FinishedShot) -> str:
        # Of every shot at every start: making paths of it would take several times as long.
        return f"{self._jobs}/{shot.job}/{SHOTS}/{shot.folder}"

    def whole(self, shot: FinishedShot) -> bool:
        """Whether all its files are there; they may have been retouched."""
        folder = self._folder(shot)
        there: dict[str, set[str]] = {}
        for path in shot.files:
            within, _, name = path.rpartition("/")
            if within not in there:
                there[within] = _names(f"{folder}/{within}")
            if name not in there[within]:
                return False
        return True

    def is_its_own(self, shot: FinishedShot) -> bool:
        """Whether the manifest in its folder is the one of its result; one that is not there is."""
        path = f"{self._folder(shot)}/{MANIFEST}"
        try:
            here = os.stat(path)
            if shot.manifest and os.path.samestat(here, os.stat(self._blob(shot.manifest))):
                return True
        except OSError:
            if not os.path.exists(path):
                return True
        try:
            text = read_regular(Path(path), _MOST_BYTES)
        except (OSError, MultiplaneError):
            return True  # a damaged one is told of where it is read
        return shot.result.encode() in text or hashlib.sha256(text).hexdigest() == shot.result

    def _blob(self, sha256: str) -> str:
        return f"{self._results.blobs.root}/{sha256[:2]}/{sha256}"

    def mend(self, examined: Examined) -> Mended:
        """Bring back what can be of all that was lost, at a start.

        What the disk refuses is logged, and the next start tries again.
        """
        mended = Mended()
        for shot in examined.lost:
            try:
                self.mend_shot(shot, mended)
            except (MultiplaneError, OSError) as error:
                _LOGGER.warning("Files of a finished shot were not brought back: %s", error)
        self.deliver_again(mended)
        return mended

    def mend_shot(self, lost: FinishedShot, mended: Mended, *, make_again: bool = False) -> None:
        """Bring back what can be of one that is lost; what became of it is noted in `mended`.

        make_again: where nothing is left it is queued; else it fails. Raises Failure for a full
        disk: then it stays as it is.
        """
        where = self._mended(lost, mended, make_again=make_again)
        if where is not None:
            where.setdefault(lost.job, []).append(lost.name)

    def deliver_again(self, mended: Mended, only: str | None = None) -> None:
        """Queue the files of the whole storyboard where a job has shots and not these.

        only: of this job.
        """
        ended = [str(state) for state in ENDED_JOBS]
        jobs = Job.select().where(Job.state.in_(ended))
        for job in jobs if only is None else jobs.where(Job.id == only):
            written = self._store.deliveries.state(job) is DeliveryState.WRITTEN
            folder = self._data.jobs / str(job.id)
            if not written or (folder / SEQUENCE).is_file():
                continue
            if self._store.counts(job)[ShotState.FINISHED]:
                self._store.deliveries.renew(job)
                mended.delivered_again.append(str(job.id))

    def _mended(
        self, lost: FinishedShot, mended: Mended, *, make_again: bool
    ) -> dict[str, list[str]] | None:
        shot = Shot.get_or_none(Shot.id == lost.id)
        expected = ShotState.FAILED if lost.failed else ShotState.FINISHED
        if shot is None or shot.state != expected:
            return None  # it was removed, or is made again
        if self.whole(lost) and self.is_its_own(lost):
            if not lost.failed:
                return None
            self._store.move(shot, ShotState.FINISHED, error=None)
            return mended.found
        blocked = None
        if self._results.find(lost.result) is not None:
            blocked = self._blocked(lost)
            if blocked is None:
                if lost.failed:
                    self._store.move(shot, ShotState.FINISHED, error=None)
                return mended.back
        if make_again:
            self._store.queue_again(shot)
            return mended.gone
        if lost.failed:
            return None
        error = _gone(lost, self.folder(lost), blocked)
        self._store.move(shot, ShotState.FAILED, error=error)
        return mended.gone if blocked is None else mended.blocked

    def _blocked(self, shot: FinishedShot) -> str | None:
        """Place its files; why that cannot be, else None. Raises Failure for a full disk."""
        try:
            self._results.place_now(shot.result, self.folder(shot))
        except Failure as failure:
            if failure.code == "deliver.disk_full":
                raise
            return failure.message
        except OSError as error:
            return str(error)
        return None


def _gone(shot: FinishedShot, folder: Path, blocked: str | None) -> str:
    values: dict[str, Value] = {"job": str(shot.job)}
    if blocked is None:
        message = (
            "This shot was finished, but its files are gone, and the server has no copies of them."
        )
        remedy = (
            "`multiplane jobs retry {job}` makes it again. Or put the folder back and "
            "start the server again."
        )
    else:
        message = (
            "This shot was finished, but its files are gone; copies cannot be put there: {why}"
        )
        remedy = _MAKE_WAY
        values["why"] = blocked
    failure = Failure(GONE, message, file=str(folder), remedy=remedy, values=values)
    return json.dumps(ErrorEntry.model_validate(failure.as_dict()).model_dump(mode="json"))


def _names(folder: str) -> set[str]:
    """Of files in a folder, and of links that lead to one."""
    try:
        with os.scandir(folder) as found:
            return {entry.name for entry in found if entry.is_file()}
    except OSError:
        return set()


def _shots(names: list[str]) -> str:
    if len(names) == 1:
        return f"shot {names[0]}"
    return f"{len(names)} shots ({', '.join(names[:3])}{', ...' if len(names) > 3 else ''})"
