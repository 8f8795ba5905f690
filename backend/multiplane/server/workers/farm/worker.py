"""A worker on a node as the server sees it: the same as one of this computer."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections import deque
from pathlib import Path
from typing import Any

from multiplane.deliver.folder import explained
from multiplane.server.jobs.blobs import Blobs
from multiplane.server.workers.farm.blob_transfer import Damaged, give, take, with_drawing
from multiplane.server.workers.farm.needs import Needs
from multiplane.server.workers.farm.reservation import Reservation
from multiplane.server.workers.worker_process import WorkerLost

_STOP_S = 10.0


class NodeLost(WorkerLost):
    """The node has gone, or cannot do its part any more."""

    def __init__(self, node: str, why: str) -> None:
        super().__init__(None, node=node, why=why)


class FarmWorker:
    """Speaks through the node's `NodeActor`; files go and come with the messages that name them.

    hand: a Ray actor's handle, started. there: what its `start` said. place: where it is.
    """

    def __init__(
        self, hand: Any, there: dict[str, str], needs: Needs, blobs: Blobs, place: Reservation
    ) -> None:
        self._hand, self._needs, self._blobs, self._place = hand, needs, blobs, place
        self._root, self.node = there["root"], there["node"]
        self._tasks = itertools.count(1)
        self._heard: deque[dict[str, Any] | bytes] = deque()
        self._board: dict[str, Any] = {}
        self._has_board = False
        self.task = 0

    async def begin(self, type_: str, **fields: Any) -> None:
        """Send a task and number it; a shot's drawing goes first.

        Raises WorkerLost, Failure for a drawing that cannot be read.
        """
        self.task = next(self._tasks)
        if type_ == "make":
            await self._give_board(fields["number"])
        await self.send(type_, task=self.task, **fields)

    async def send(self, type_: str, **fields: Any) -> None:
        """Raises WorkerLost."""
        match type_:
            case "board":
                self._board, self._has_board = fields, False
                return
            case "set_up":
                needs = self._needs
                fields |= {"work": f"{self._root}/work", "blobs": f"{self._root}/blobs"}
                fields |= {"model": needs.model, "depth_model": needs.depth_model}
                fields |= {"device": needs.device}
                fields |= {"only": []}  # what a node reads was read, and allowed, by the server
            case "go":
                earlier = [(sha256, self._blobs.path(sha256)) for _, sha256 in fields["earlier"]]
                # Layers that have gone meanwhile are made anew.
                with contextlib.suppress(OSError):
                    await give(self._ask, earlier)
        await self._ask("say", {"type": type_, **fields})

    async def receive(self) -> dict[str, Any] | bytes:
        """As `factory.Worker.receive`: the files of a "made" are here before it is."""
        if not self._heard:
            self._heard.extend(await self._ask("hear"))
        said = self._heard.popleft()
        if isinstance(said, bytes):
            return said
        if said["type"] == "lost":
            await self.kill()
            raise WorkerLost(
                said["code"], out_of_memory=said["out_of_memory"], stopped=said["stopped"]
            )
        if said["type"] == "made":
            try:
                await take(self._ask, self._blobs, said["files"])
            except Damaged:
                await self.kill()
                raise NodeLost(self.node, "a file came damaged") from None
        return said

    async def cancel(self) -> None:
        """Call the current task off; the worker answers `cancelled`, or finishes first."""
        with contextlib.suppress(WorkerLost):
            await self.send("cancel", task=self.task)

    async def kill(self) -> None:
        """End actor and worker at once, and free their place."""
        import ray

        with contextlib.suppress(ray.exceptions.RayError, ValueError):
            ray.kill(self._hand)
        await self._place.give_back()

    async def stop(self, patience_s: float = _STOP_S) -> None:
        """Ask both to end, and end them if they do not."""
        with contextlib.suppress(WorkerLost, TimeoutError):
            async with asyncio.timeout(patience_s):
                await self._ask("stop")
        await self.kill()

    async def _give_board(self, number: int) -> None:
        document, folder = self._board["document"], Path(self._board["folder"])
        with explained(folder):
            there = await with_drawing(self._ask, document, number, folder)
        if there is document and self._has_board:
            return
        await self._ask("say", {"type": "board", **self._board, "document": there})
        # One with a drawing is good for its shot only.
        self._has_board = there is document

    async def _ask(self, method: str, *given: Any) -> Any:
        import ray

        try:
            return await getattr(self._hand, method).remote(*given)
        except ray.exceptions.RayError as error:
            await self.kill()
            raise NodeLost(self.node, last_line(error)) from error


def last_line(error: Exception) -> str:
    """What an error of Ray says in the end; before it stand its traces."""
    return str(error).strip().splitlines()[-1]
