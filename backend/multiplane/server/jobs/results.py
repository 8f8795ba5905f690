"""Results of shots, shared between jobs: an unchanged shot is never made twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from peewee import SqliteDatabase

from multiplane.contract.errors import InputError
from multiplane.deliver.folder import replacing_folder
from multiplane.deliver.own_files import made_in
from multiplane.server.jobs.blobs import Blobs, StoredFile
from multiplane.server.jobs.tables import Result, ResultFile, Shot, Upload, UploadUse, as_text, now

PREFIXES = tuple(f"{number:02x}" for number in range(256))
"""Of the files' names: cleaned up one after the other, so that nobody waits long."""
UPLOAD_KEPT = timedelta(days=1)
"""An upload that no job names is kept for so long at least."""

_ITS_ALONE = """
SELECT SUM(size) FROM resultfile AS mine WHERE result_id = ?
AND NOT EXISTS (SELECT 1 FROM resultfile WHERE sha256 = mine.sha256 AND result_id <> mine.result_id)
AND NOT EXISTS (SELECT 1 FROM upload WHERE sha256 = mine.sha256)
"""
_WANTED = (
    "SELECT 1 FROM resultfile WHERE sha256 = ? UNION ALL SELECT 1 FROM upload WHERE sha256 = ?"
    " LIMIT 1"
)
_KNOWN = (
    "SELECT sha256 FROM resultfile WHERE sha256 GLOB ? UNION SELECT sha256 FROM upload"
    " WHERE sha256 GLOB ?"
)


class SharedResults:
    """The results' rows, and their files among the blobs."""

    def __init__(self, database: SqliteDatabase, blobs: Blobs) -> None:
        self.database, self.blobs = database, blobs

    def find(self, hash_: str) -> Result | None:
        """The whole result of exactly these inputs; one with missing files does not count."""
        found: Result | None = Result.get_or_none(Result.hash == hash_)
        files = [] if found is None else self.files(hash_)
        if not files or not all(self.blobs.has(file.sha256, file.size) for file in files):
            return None
        return found

    def of_picture(self, picture: str) -> Result | None:
        """The newest whole result with the same layers, for a shot with another camera."""
        same = Result.select().where(Result.picture == picture).order_by(Result.made.desc())
        return next((one for one in same if self.find(one.hash)), None)

    def files(self, hash_: str) -> list[StoredFile]:
        rows = ResultFile.select().where(ResultFile.result == hash_).order_by(ResultFile.path)
        return [StoredFile(row.path, row.sha256, row.size) for row in rows]

    def add(
        self, hash_: str, picture: str, model: str, seconds: float, files: Sequence[StoredFile]
    ) -> None:
        """Note a result whose files are among the blobs; from now on it counts."""
        with self.database.atomic():
            Result.delete().where(Result.hash == hash_).execute()
            Result.create(
                hash=hash_, picture=picture, model=model, seconds=seconds, made=now(), used=now()
            )
            ResultFile.insert_many(
                [
                    {"result": hash_, "path": one.path, "sha256": one.sha256, "size": one.size}
                    for one in files
                ]
            ).execute()

    def change_files(self, hash_: str, files: Sequence[StoredFile]) -> bool:
        """Files of a result are others now, and among the blobs; False where it was forgotten."""
        with self.database.atomic():
            if Result.get_or_none(Result.hash == hash_) is None:
                return False
            for one in files:
                ResultFile.replace(
                    result=hash_, path=one.path, sha256=one.sha256, size=one.size
                ).execute()
        return True

    async def place(self, hash_: str, folder: Path) -> None:
        """Make the result's files appear as `folder`, whole: in a thread, because disks are slow.

        Raises Failure for a full disk.
        """
        await asyncio.to_thread(self._lay_out, self.files(hash_), folder)
        Result.update(used=now()).where(Result.hash == hash_).execute()

    def place_now(self, hash_: str, folder: Path) -> None:
        """The same where nobody waits, as at a start."""
        self._lay_out(self.files(hash_), folder)

    def _lay_out(self, files: Sequence[StoredFile], folder: Path) -> None:
        with replacing_folder(folder, made_in) as fresh:
            for file in files:
                self.blobs.place(file.sha256, fresh / file.path)

    def uploaded(self, sha256: str) -> Path:
        """Where an uploaded file is. Raises InputError `upload.missing`. Any thread may ask."""
        path = self.blobs.find(sha256)
        if path is None:
            raise InputError(
                "upload.missing",
                "This file was not uploaded.",
                value=sha256,
                remedy="Upload it first; uploads that no job names may be cleaned up.",
            )
        return path

    def note_upload(self, sha256: str, size: int) -> None:
        """An upload's file is among the blobs."""
        Upload.replace(sha256=sha256, size=size, created=now()).execute()

    def size(self) -> int:
        """Bytes that all results and uploads take, each file counted once."""
        sql = (
            "SELECT SUM(size) FROM (SELECT sha256, size FROM resultfile"
            " UNION SELECT sha256, size FROM upload)"
        )
        (total,) = self.database.execute_sql(sql).fetchone()
        return int(total or 0)

    def forget(self, quota: int) -> list[str]:
        """Forget what nobody refers to until the rest fits into `quota` bytes.

        Results go before uploads, the longest unused first. A result that a shot of any job has is
        never touched, nor an upload that a job names, or that is new and may be named yet.
        Returns what the forgotten had, as SHA-256: to be handed to `delete`.
        """
        dropped: list[str] = []
        with self.database.atomic():
            left = self.size()
            used = Shot.select(Shot.result).where(Shot.result.is_null(False))
            free = Result.select(Result.hash).where(Result.hash.not_in(used)).order_by(Result.used)
            for one in list(free):
                if left <= quota:
                    return dropped
                (alone,) = self.database.execute_sql(_ITS_ALONE, (one.hash,)).fetchone()
                left -= int(alone or 0)
                dropped += [file.sha256 for file in self.files(one.hash)]
                Result.delete().where(Result.hash == one.hash).execute()
            named = UploadUse.select(UploadUse.sha256)
            new = as_text(datetime.now(UTC) - UPLOAD_KEPT)
            idle = Upload.select().where(Upload.sha256.not_in(named) & (Upload.created < new))
            for upload in list(idle.order_by(Upload.created)):
                if left <= quota:
                    return dropped
                left -= upload.size
                dropped.append(upload.sha256)
                upload.delete_instance()
        return dropped

    def delete(self, dropped: Iterable[str]) -> int:
        """Delete files that were forgotten, where nothing else has them; returns bytes freed.

        Only while nobody writes. A file that the database has never heard of is no matter of this:
        the database may be younger than the files. See `take_in`.
        """
        return sum(
            self.blobs.delete(sha256)
            for sha256 in dict.fromkeys(dropped)
            if self.database.execute_sql(_WANTED, (sha256, sha256)).fetchone() is None
        )

    def unknown(self, prefix: str) -> list[str]:
        """Files that no result and no upload has: of a killed maker, or of a lost database.

        prefix: only those whose names begin so, one of `PREFIXES`.
        """
        with_it = (f"{prefix}*",)
        known = {row[0] for row in self.database.execute_sql(_KNOWN, with_it + with_it)}
        return [sha256 for sha256, _ in self.blobs.all(prefix) if sha256 not in known]

    def take_in(self, sha256: str) -> None:
        """Note a file as an upload, of now, unless it is one: it is kept as long as those are."""
        path = self.blobs.find(sha256)
        if path is not None and Upload.get_or_none(Upload.sha256 == sha256) is None:
            self.note_upload(sha256, path.stat().st_size)
