"""Files under the hash of their content: written aside, renamed, never changed afterwards."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from multiplane.contract.errors import InputError

_DIGEST = re.compile(r"[0-9a-f]{64}")
_INCOMING = re.compile(r"[0-9a-f]{16}")
_FRESH = re.compile(r"\.[0-9a-f]{64}-.*")
"""What writers leave behind when they are killed."""
_BLOCK = 2**20
_LINKS = os.name != "nt"
"""A link costs no space. On Windows a read-only link cannot be deleted, so there it is a copy."""


@dataclass(frozen=True)
class StoredFile:
    """A file of a result. path: in the shot's folder, with forward slashes. size: bytes."""

    path: str
    sha256: str
    size: int


class Blobs:
    """A folder `root/ab/abcdef...` of files; the name is the SHA-256 of what is in the file."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.arriving = 0  # files that this process is receiving and has not noted yet

    def path(self, sha256: str) -> Path:
        """Where the file is, if it is there. Raises InputError `blob.name` for no digest."""
        if not _DIGEST.fullmatch(sha256):
            raise InputError(
                "blob.name",
                "This is not the name of a file here.",
                value=sha256[:100],
                remedy="Use the SHA-256 as 64 small hexadecimal digits.",
            )
        return self.root / sha256[:2] / sha256

    def find(self, sha256: str) -> Path | None:
        """The file, where it is there itself; one behind a link is somebody else's.

        Raises InputError as `path`.
        """
        path = self.path(sha256)
        linked = self.root.is_symlink() or path.parent.is_symlink()
        return path if not linked and is_plain(path) else None

    def has(self, sha256: str, size: int) -> bool:
        """Whether the whole file is there; a power cut may leave a shorter one."""
        path = self.find(sha256)
        try:
            return path is not None and path.stat().st_size == size
        except OSError:
            return False

    def add(self, file: Path) -> tuple[str, int]:
        """Take over a file that nobody writes any more: its SHA-256 and size, bytes.

        The file itself may be deleted afterwards. Raises OSError.
        """
        digest, size = hashlib.sha256(), 0
        with file.open("rb") as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
                size += len(block)
            os.fsync(stream.fileno())
        sha256 = digest.hexdigest()
        if not self.has(sha256, size):
            target = self.path(sha256)
            target.parent.mkdir(parents=True, exist_ok=True)
            fresh = target.with_name(f".{sha256}-{secrets.token_hex(4)}")
            try:
                _put(file, fresh)
                fresh.replace(target)
            finally:
                fresh.unlink(missing_ok=True)
        return sha256, size

    @contextlib.contextmanager
    def incoming(self) -> Iterator[Path]:
        """A path for a file that is still arriving; what is left there at the end is deleted.

        Note within where the file belongs: until the end no clean-up touches any file.
        """
        folder = self.root / "incoming"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / secrets.token_hex(8)
        self.arriving += 1
        try:
            yield path
        finally:
            self.arriving -= 1
            path.unlink(missing_ok=True)

    def place(self, sha256: str, target: Path) -> None:
        """Make the file appear at `target` too. Raises OSError when it is not there."""
        target.parent.mkdir(parents=True, exist_ok=True)
        _put(self.path(sha256), target)

    def all(self, prefix: str = "") -> Iterator[tuple[str, Path]]:
        """Every whole file, or those in one folder: whose names begin with these two digits.

        What lies behind a link is not among them.
        """
        if self.root.is_symlink():
            return
        for folder in self.root.glob(prefix or "[0-9a-f][0-9a-f]"):
            if folder.is_symlink() or not folder.is_dir():
                continue
            for path in folder.iterdir():
                if _DIGEST.fullmatch(path.name) and is_plain(path):
                    yield path.name, path

    def keep_only(self, wanted: Iterable[str]) -> int:
        """Delete all files but `wanted`; returns bytes freed. Only while nobody writes.

        For a folder that holds copies; of a server's own, what is not wanted is told to `delete`.
        """
        kept = set(wanted)
        return sum(self.delete(sha256) for sha256, _ in list(self.all()) if sha256 not in kept)

    def delete(self, sha256: str) -> int:
        """Delete a file that nothing refers to; returns bytes freed. Only while nobody writes."""
        path = self.find(sha256)
        if path is None:
            return 0
        freed = path.stat().st_size
        path.unlink()
        return freed

    def is_what_it_says(self, sha256: str) -> bool:
        """Whether the file's content has its name's hash."""
        path = self.find(sha256)
        if path is None:
            return False
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == sha256

    def sweep(self) -> None:
        """Delete what killed writers left behind. Only while nobody writes."""
        if self.root.is_symlink():
            return
        for folder, ours in (("incoming", _INCOMING), ("[0-9a-f][0-9a-f]", _FRESH)):
            for within in self.root.glob(folder):
                if within.is_symlink() or not within.is_dir():
                    continue
                for path in within.iterdir():
                    if ours.fullmatch(path.name) and is_plain(path):
                        path.unlink(missing_ok=True)


def is_plain(path: Path) -> bool:
    """Whether it is a regular file itself, no link to one."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except (OSError, ValueError):
        return False


def _put(source: Path, target: Path) -> None:
    """A second name for the file, or a copy where that cannot be.

    Linked files are made read-only: who edits one in place would edit every shot that has it.
    """
    if _LINKS:
        try:
            target.hardlink_to(source)
        except OSError:
            shutil.copyfile(source, target)
        else:
            target.chmod(0o444)
        return
    shutil.copyfile(source, target)
