"""A file that holds some room on the disk, so that jobs can be removed when it is full.

SQLite has to write to delete. With 16 MiB a job of some 30,000 shots can go (4.4 MB for 10,000).
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
from collections.abc import Iterator

from multiplane.contract.data_folder import DataFolder

_LOGGER = logging.getLogger(__name__)
SIZE_BYTES = 16 * 2**20
_BLOCK = 2**20


class Reserve:
    """The file in a data folder."""

    def __init__(self, data: DataFolder) -> None:
        self._path = data.root / "reserve"

    def fill(self) -> bool:
        """Make the file, where there is ample room for it; whether it is there now."""
        try:
            if self._path.stat().st_size == SIZE_BYTES:
                return True
        except OSError:
            pass
        try:
            if shutil.disk_usage(self._path.parent).free < 4 * SIZE_BYTES:
                return False
            with self._path.open("wb") as stream:
                if hasattr(os, "posix_fallocate"):
                    os.posix_fallocate(stream.fileno(), 0, SIZE_BYTES)
                else:
                    for _ in range(SIZE_BYTES // _BLOCK):
                        stream.write(bytes(_BLOCK))
        except OSError as error:
            _LOGGER.info("No room was reserved on the disk: %s", error)
            self.release()
            return False
        return True

    def release(self) -> None:
        """Give the room back to the disk."""
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def spent(self) -> Iterator[None]:
        """Within, the room is free; it is taken again afterwards if that is possible."""
        self.release()
        try:
            yield
        finally:
            self.fill()
