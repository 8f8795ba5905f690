"""The node's side: an actor that holds a worker process and the files that come and go."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import secrets
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from filelock import FileLock, Timeout

from multiplane.contract.errors import Failure
from multiplane.contract.own_version import own_version
from multiplane.server.jobs.blobs import Blobs
from multiplane.server.workers.farm.node import FromNode, Lost, NodeInfo
from multiplane.server.workers.worker.messages import Committed, Found, Made, TaskFailed, ToWorker
from multiplane.server.workers.worker_process import WorkerLost, WorkerProcess

_HEARD_AT_MOST = 64
_LAST_WORDS_BYTES = 4000
KEPT_BYTES = 4 * 10**9
"""Files of earlier shots that a node keeps, in case the next has the same layers. They are counted
as they come: to look through them after every shot would make each shot slower than the last."""


class NodeActor:
    """An actor with a folder of its own. It ends with the server; its worker ends with it."""

    def __init__(self) -> None:
        self._root, self._lock = _own_folder()
        self._blobs = Blobs(self._root / "blobs")
        self._came = 0  # bytes of files since the blobs were emptied, those that came again too
        self._heard: asyncio.Queue[FromNode] = asyncio.Queue(_HEARD_AT_MOST)
        self._worker: WorkerProcess | None = None
        self._listening: asyncio.Task[None] | None = None

    async def start(self) -> NodeInfo:
        """Start the worker; says who and where this is. Raises WorkerLost."""
        self._worker = await WorkerProcess.start(self._root / "worker.log")
        self._listening = asyncio.create_task(self._listen(self._worker))
        node = socket.gethostname()
        return {"version": own_version(), "root": self._root.as_posix(), "node": node}

    async def say(self, message: ToWorker) -> None:
        """Pass a message on to the worker; whether it still lives is told by `hear`."""
        assert self._worker is not None
        with contextlib.suppress(WorkerLost):
            await self._worker.send(message)
        if isinstance(message, Committed) and self._came > KEPT_BYTES:
            self._blobs.keep_only(())
            self._came = 0

    async def hear(self) -> list[FromNode]:
        """What the worker has said since, waiting for the first; at its end `Lost`."""
        heard = [await self._heard.get()]
        while not self._heard.empty():
            heard.append(self._heard.get_nowait())
        return heard

    async def missing(self, wanted: list[tuple[str, int]]) -> list[str]:
        """Those of the blobs (SHA-256, bytes) that are not here."""
        return [sha256 for sha256, size in wanted if not self._blobs.has(sha256, size)]

    async def put(self, sha256: str, block: bytes, offset: int, last: bool) -> None:
        """A block of a blob, in order. Raises OSError, ValueError for other content at the end."""
        part = self._root / f"{sha256}.part"
        with part.open("wb" if offset == 0 else "ab") as to:
            to.write(block)
        self._came += len(block)
        if last:
            try:
                if self._blobs.add(part)[0] != sha256:
                    raise ValueError("a file has changed on its way")
            finally:
                part.unlink()

    async def read(self, sha256: str, offset: int, size: int) -> bytes:
        """At most `size` bytes of a blob. Raises OSError."""
        with self._blobs.path(sha256).open("rb") as stream:
            stream.seek(offset)
            return stream.read(size)

    async def lay_out(self, files: list[tuple[str, str]]) -> list[str]:
        """Make blobs appear as the drawing of the next shot, each (SHA-256, name) its path."""
        folder = self._root / "drawing"
        shutil.rmtree(folder, ignore_errors=True)
        paths = [folder / str(number) / name for number, (_, name) in enumerate(files)]
        for path, (sha256, _) in zip(paths, files, strict=True):
            self._blobs.place(sha256, path)
        return [path.as_posix() for path in paths]

    async def stop(self) -> None:
        """End the worker and leave nothing behind."""
        if self._worker is not None:
            await self._worker.stop()
        shutil.rmtree(self._root, ignore_errors=True)
        self._lock.release()
        self._root.with_suffix(".lock").unlink(missing_ok=True)

    async def _listen(self, worker: WorkerProcess) -> None:
        try:
            while True:
                said = await worker.receive()
                if isinstance(said, Made | Found):
                    self._came += sum(file.size for file in said.files)
                await self._heard.put(said)
        except WorkerLost as lost:
            # Ray keeps what an actor prints, and shows it on its dashboard.
            print(_last_words(self._root / "worker.log"), file=sys.stderr, flush=True)
            await self._heard.put(Lost(lost.code, lost.out_of_memory, lost.stopped))
        except Failure as unknown:  # a worker of another version, which was ended
            await self._heard.put(TaskFailed.of(unknown))
            await self._heard.put(Lost(None, out_of_memory=False, stopped=False))


def _own_folder() -> tuple[Path, FileLock]:
    """A new folder, held by its lock; those whose holders were killed are deleted."""
    parent = Path(tempfile.gettempdir()) / f"multiplane-farm-{getpass.getuser()}"
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _sweep(parent.glob("*.lock"))
    root = parent / secrets.token_hex(8)
    lock = FileLock(root.with_suffix(".lock"))
    lock.acquire(timeout=0)
    root.mkdir()
    return root, lock


def _sweep(locks: Iterable[Path]) -> None:
    for path in locks:
        lock = FileLock(path)
        with contextlib.suppress(Timeout, OSError):
            lock.acquire(timeout=0)
            shutil.rmtree(path.with_suffix(""), ignore_errors=True)
            lock.release()
            path.unlink(missing_ok=True)


def _last_words(log: Path) -> str:
    try:
        return log.read_bytes()[-_LAST_WORDS_BYTES:].decode(errors="replace")
    except OSError:
        return ""
