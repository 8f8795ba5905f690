"""A node of the farm: what a server asks of it, here or through Ray."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, Protocol, TypedDict, TypeVar

from multiplane.server.workers.farm.reservation import Reservation
from multiplane.server.workers.worker.messages import FromWorker, ToWorker
from multiplane.server.workers.worker_process import WorkerLost

T = TypeVar("T")


class NodeInfo(TypedDict):
    """What a node says of itself, in types that every version can read.

    version: of its Multiplane. root: the actor's folder. node: its host's name.
    """

    version: str
    root: str
    node: str


@dataclass(frozen=True)
class Lost:
    """The node's worker has ended; as `WorkerLost` has it."""

    code: int | None
    out_of_memory: bool
    stopped: bool


FromNode = FromWorker | Lost


class Node(Protocol):
    """The methods of a `NodeActor` once it has started."""

    async def say(self, message: ToWorker) -> None:
        """Pass a message on to the worker; whether it still lives is told by `hear`."""

    async def hear(self) -> list[FromNode]:
        """What the worker has said since, waiting for the first; at its end `Lost`."""

    async def missing(self, wanted: list[tuple[str, int]]) -> list[str]:
        """Those of the blobs (SHA-256, bytes) that are not there."""

    async def put(self, sha256: str, block: bytes, offset: int, last: bool) -> None:
        """A block of a blob, in order."""

    async def read(self, sha256: str, offset: int, size: int) -> bytes:
        """At most `size` bytes of a blob."""

    async def lay_out(self, files: list[tuple[str, str]]) -> list[str]:
        """Make blobs appear as the drawing of the next shot, each (SHA-256, name) its path."""

    async def stop(self) -> None:
        """End the worker and leave nothing behind."""


class NodeLost(WorkerLost):
    """The node has gone, or cannot do its part any more."""

    def __init__(self, node: str, why: str) -> None:
        super().__init__(None, node=node, why=why)


class RemoteNode:
    """A `Node` by Ray. Each method raises NodeLost, and frees the node's place then.

    handle: of a Ray actor, a `NodeActor` that has started.
    """

    def __init__(self, handle: Any, info: NodeInfo, reservation: Reservation) -> None:
        self._handle, self.info, self._reservation = handle, info, reservation

    async def say(self, message: ToWorker) -> None:
        await self._answer(self._handle.say.remote(message))

    async def hear(self) -> list[FromNode]:
        return await self._answer(self._handle.hear.remote())

    async def missing(self, wanted: list[tuple[str, int]]) -> list[str]:
        return await self._answer(self._handle.missing.remote(wanted))

    async def put(self, sha256: str, block: bytes, offset: int, last: bool) -> None:
        await self._answer(self._handle.put.remote(sha256, block, offset, last))

    async def read(self, sha256: str, offset: int, size: int) -> bytes:
        return await self._answer(self._handle.read.remote(sha256, offset, size))

    async def lay_out(self, files: list[tuple[str, str]]) -> list[str]:
        return await self._answer(self._handle.lay_out.remote(files))

    async def stop(self) -> None:
        await self._answer(self._handle.stop.remote())

    async def kill(self) -> None:
        """End actor and worker at once, and free their place."""
        import ray

        with contextlib.suppress(ray.exceptions.RayError, ValueError):
            ray.kill(self._handle)
        await self._reservation.give_back()

    async def _answer(self, answer: Awaitable[T]) -> T:
        import ray

        try:
            return await answer
        except ray.exceptions.RayError as error:
            await self.kill()
            raise NodeLost(self.info["node"], last_line(error)) from error


def last_line(error: Exception) -> str:
    """What an error of Ray says in the end; before it stand its traces."""
    return str(error).strip().splitlines()[-1]
