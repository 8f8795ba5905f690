"""The folder of shots that are being made: each has one maker at a time, who holds its lock."""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

_OURS = re.compile(r"\.?([0-9a-f]{64})(\..*)?")
"""A shot's folder by its content hash, its lock, and temporary folders beside it."""


class Workspace:
    """A folder `root/<content hash>` for each shot, from its first file until it is noted."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @contextlib.contextmanager
    def making(self, hash_: str) -> Iterator[Path]:
        """The shot's folder, for this process alone; waits while another one holds it.

        What lies there at the end stays until `discard` or `sweep`.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        folder = self.root / hash_
        with FileLock(self._lock(hash_)):
            try:
                yield folder
            finally:
                if not folder.exists():
                    self._unlock(hash_)

    def discard(self, hash_: str) -> None:
        """The shot is noted, or not wanted any more. One that somebody makes now is left alone."""
        self._clear(hash_, whole=True)

    def hashes(self) -> set[str]:
        """Content hashes of all shots that are being made, or were left behind."""
        if not self.root.is_dir():
            return set()
        return {found[1] for path in self.root.iterdir() if (found := _OURS.fullmatch(path.name))}

    def sweep(self, keep: Collection[str] = ()) -> None:
        """Delete what killed makers left, and all shots but those with these content hashes.

        Whatever a process that still runs is making is left alone.
        """
        for hash_ in self.hashes():
            self._clear(hash_, whole=hash_ not in keep)

    def _clear(self, hash_: str, *, whole: bool) -> None:
        # An orphan of a killed server may hold the lock until it notices; the next sweep comes.
        with contextlib.suppress(Timeout, OSError), FileLock(self._lock(hash_)).acquire(timeout=0):
            for left in self.root.glob(f".{hash_}.*"):
                shutil.rmtree(left, ignore_errors=True)
            folder = self.root / hash_
            if whole:
                shutil.rmtree(folder, ignore_errors=True)
            if not folder.exists():
                self._unlock(hash_)

    def _lock(self, hash_: str) -> Path:
        return self.root / f"{hash_}.lock"

    def _unlock(self, hash_: str) -> None:
        """Remove the lock's file while it is held: who waits for it notices and makes a new one."""
        with contextlib.suppress(OSError):  # Windows removes no open file; a sweep tries again
            self._lock(hash_).unlink(missing_ok=True)
