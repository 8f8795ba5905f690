"""Results of shots, shared between jobs: an unchanged shot is never made twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from peewee import SqliteDatabase, fn

from multiplane.contract.errors import InputError
from multiplane.deliver.folder import replacing_folder
from multiplane.server.blobs import Blobs
from multiplane.server.tables import Result, ResultFile, Shot, Upload, UploadUse, now


@dataclass(frozen=True)
class StoredFile:
    """path: in the shot's folder, with forward slashes. size: bytes."""

    path: str
    sha256: str
    size: int


class Results:
    """The results' rows, and their files among the blobs."""

    def __init__(self, database: SqliteDatabase, blobs: Blobs) -> None:
        self.database, self.blobs = database, blobs

    def find(self, hash_: str) -> Result | None:
        """The whole result of exactly these inputs; one with missing files does not count."""
        found: Result | None = Result.get_or_none(Result.hash == hash_)
        if found is None or not all(self.blobs.has(f.sha256, f.size) for f in self.files(hash_)):
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

    def place(self, hash_: str, folder: Path) -> None:
        """Make the result's files appear as `folder`, whole. Raises Failure for a full disk."""
        with replacing_folder(folder) as fresh:
            for one in self.files(hash_):
                self.blobs.place(one.sha256, fresh / one.path)
        Result.update(used=now()).where(Result.hash == hash_).execute()

    def uploaded(self, sha256: str) -> Path:
        """Where an uploaded picture is. Raises InputError `upload.missing`. Any thread may ask."""
        path = self.blobs.path(sha256)
        if not path.is_file():
            raise InputError(
                "upload.missing",
                "This picture was not uploaded.",
                value=sha256,
                remedy="Upload it first; uploads that no job names may be cleaned up.",
            )
        return path

    def note_upload(self, sha256: str, size: int) -> None:
        """An upload's file is among the blobs."""
        Upload.replace(sha256=sha256, size=size, created=now()).execute()

    def size(self) -> int:
        """Bytes that all results take, each file counted once."""
        once = ResultFile.select(ResultFile.sha256, ResultFile.size).distinct().alias("once")
        total = ResultFile.select(fn.SUM(once.c.size)).from_(once).scalar()
        return int(total or 0)

    def clean_up(self, quota: int) -> int:
        """Delete unreferenced results, the longest unused first, until all fit into `quota` bytes.

        A result that a shot of any job has is never touched, nor an upload that a job names.
        Only while no shot is being made, because new files are not yet noted. Returns bytes freed.
        """
        with self.database.atomic():
            used = Shot.select(Shot.result).where(Shot.result.is_null(False))
            free = Result.select().where(Result.hash.not_in(used)).order_by(Result.used)
            for one in free:
                if self.size() <= quota:
                    break
                Result.delete().where(Result.hash == one.hash).execute()
            named = UploadUse.select(UploadUse.sha256)
            if self.size() > quota:
                Upload.delete().where(Upload.sha256.not_in(named)).execute()
        wanted = {row.sha256 for row in ResultFile.select(ResultFile.sha256).distinct()}
        wanted |= {row.sha256 for row in Upload.select(Upload.sha256)}
        return self.blobs.keep_only(wanted)
