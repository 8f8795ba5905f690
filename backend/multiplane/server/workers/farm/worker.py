"""A worker on a node as the server sees it: the same as one of this computer."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import itertools
from collections import deque
from pathlib import Path

from multiplane.deliver.folder import explained
from multiplane.server.jobs.blobs import Blobs
from multiplane.server.workers.farm.blob_transfer import Damaged, give, take, with_drawing
from multiplane.server.workers.farm.needs import Needs
from multiplane.server.workers.farm.node import FromNode, Lost, NodeLost, RemoteNode
from multiplane.server.workers.worker.messages import (
    Board,
    Cancel,
    Found,
    FromWorker,
    Go,
    LayersCut,
    LookFor,
    Made,
    Make,
    SetUp,
    Task,
    ToWorker,
)
from multiplane.server.workers.worker_process import WorkerLost

_STOP_S = 10.0


class FarmWorker:
    """Speaks through a node; files go and come with the messages that name them."""

    def __init__(self, node: RemoteNode, needs: Needs, blobs: Blobs) -> None:
        self._node, self._needs, self._blobs = node, needs, blobs
        self._tasks = itertools.count(1)
        self._heard: deque[FromNode] = deque()
        self._board: Board | None = None
        self._has_board = False
        self.task = 0

    async def begin(self, task: Task) -> None:
        """Send a task and number it; a shot's drawing goes first.

        Raises WorkerLost, Failure for a drawing that cannot be read.
        """
        self.task = next(self._tasks)
        if isinstance(task, Make) and self._board is not None:
            await self._give_board(self._board, task.number)
        await self.send(dataclasses.replace(task, task=self.task))

    async def send(self, message: ToWorker) -> None:
        """Raises WorkerLost."""
        match message:
            case Board():
                self._board, self._has_board = message, False
                return
            case SetUp():
                needs, root = self._needs, self._node.info["root"]
                message = SetUp(
                    needs.model,
                    needs.depth_model,
                    needs.device,
                    work=f"{root}/work",
                    blobs=f"{root}/blobs",
                    own=message.own,
                    # What a node reads was read, and allowed, by the server.
                )
            case LookFor():
                blobs = [(sha256, self._blobs.path(sha256)) for _, sha256 in message.files]
                with explained(self._blobs.root):
                    await give(self._node, blobs)
            case Go():
                earlier = [(sha256, self._blobs.path(sha256)) for _, sha256 in message.earlier]
                # Layers that have gone meanwhile are made anew.
                with contextlib.suppress(OSError):
                    await give(self._node, earlier)
        await self._node.say(message)

    async def receive(self) -> FromWorker:
        """As `factory.Worker.receive`: files of `LayersCut` and `Made` are here before it."""
        if not self._heard:
            self._heard.extend(await self._node.hear())
        said = self._heard.popleft()
        if isinstance(said, Lost):
            await self.kill()
            raise WorkerLost(said.code, out_of_memory=said.out_of_memory, stopped=said.stopped)
        if isinstance(said, LayersCut | Made | Found):
            try:
                await take(self._node, self._blobs, said.files)
            except Damaged:
                await self.kill()
                raise NodeLost(self._node.info["node"], "a file came damaged") from None
        return said

    async def cancel(self) -> None:
        """Call the current task off; the worker answers `TaskCancelled`, or finishes first."""
        with contextlib.suppress(WorkerLost):
            await self.send(Cancel(self.task))

    async def kill(self) -> None:
        """End actor and worker at once, and free their place."""
        await self._node.kill()

    async def stop(self, patience_s: float = _STOP_S) -> None:
        """Ask both to end, and end them if they do not."""
        with contextlib.suppress(WorkerLost, TimeoutError):
            async with asyncio.timeout(patience_s):
                await self._node.stop()
        await self.kill()

    async def _give_board(self, board: Board, number: int) -> None:
        folder = Path(board.folder)
        with explained(folder):
            there = await with_drawing(self._node, board.document, number, folder)
        if there is board.document and self._has_board:
            return
        await self._node.say(dataclasses.replace(board, document=there))
        # One with a drawing is good for its shot only.
        self._has_board = there is board.document
