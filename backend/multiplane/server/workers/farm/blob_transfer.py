"""Files between the server's blobs and a node's, in blocks, one at a time: memory stays flat."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from multiplane.contract.shot_files import named_files, with_board_files, with_files
from multiplane.deliver.folder import explained
from multiplane.intake.opening import PICTURE, open_file
from multiplane.intake.paths import resolve_path
from multiplane.server.jobs.blobs import Blobs, StoredFile
from multiplane.server.workers.farm.node import Node

BLOCK = 4 * 2**20
"""Bytes. It travels through Ray's object store, of which a node may have as little as 75 MB."""


class Damaged(Exception):
    """A file came with other content than its name says."""


async def give(node: Node, files: Iterable[tuple[str, Path]]) -> None:
    """See that the node has these files; each is (SHA-256, where it is here). Raises OSError."""
    here = dict(files)
    sizes = await asyncio.to_thread(_sizes, here)
    for sha256 in await node.missing(sizes):
        with await asyncio.to_thread(open_file, here[sha256], PICTURE) as stream:
            offset, block = 0, await asyncio.to_thread(stream.read, BLOCK)
            while True:
                following = await asyncio.to_thread(stream.read, BLOCK)
                await node.put(sha256, block, offset, not following)
                if not following:
                    break
                offset, block = offset + len(block), following


async def take(node: Node, blobs: Blobs, files: Iterable[StoredFile]) -> None:
    """Fetch what is not here yet.

    Raises Damaged, and Failure for a disk that is full or read-only.
    """
    for file in files:
        if blobs.has(file.sha256, file.size):
            continue
        with explained(blobs.root), blobs.incoming() as fresh:
            with fresh.open("wb") as to:
                while to.tell() < file.size:
                    block = await node.read(file.sha256, to.tell(), BLOCK)
                    if not block:
                        raise Damaged
                    await asyncio.to_thread(to.write, block)
            found, _ = await asyncio.to_thread(blobs.add, fresh)
            if found != file.sha256:
                raise Damaged


async def with_drawing(
    node: Node, document: dict[str, Any], number: int, folder: Path
) -> dict[str, Any]:
    """The storyboard as the node can read it: the files of its shot `number` are there.

    folder: where relative paths start here. Its plate's picture counts as one of them; the files of
    other shots stay where they are.
    Raises InputError or OSError when the drawing cannot be read.
    """
    shot = document["shots"][number]
    # A node makes pictures; what is heard is mixed here.
    named = {field: name for field, name in named_files(shot) if field != "audio"}
    wanted = shot.get("plate")

    def of_its_plate(field: str, name: str) -> str:
        if isinstance(wanted, str) and field.casefold() == f"plates.{wanted}.picture".casefold():
            named[field] = name
        return name

    with_board_files(document, of_its_plate)
    if not named:
        return document
    here = [await asyncio.to_thread(resolve_path, name, folder) for name in named.values()]
    digests = [await asyncio.to_thread(_digest, path) for path in here]
    await give(node, zip(digests, here, strict=True))
    names = [path.name for path in here]
    laid_out = await node.lay_out(list(zip(digests, names, strict=True)))
    there = dict(zip(named, laid_out, strict=True))
    fresh = with_files(shot, there.get)
    shots = [fresh if at == number else entry for at, entry in enumerate(document["shots"])]
    board = with_board_files(document, there.get)
    return {**board, "shots": shots}


def _sizes(files: Mapping[str, Path]) -> list[tuple[str, int]]:
    return [(sha256, path.stat().st_size) for sha256, path in files.items()]


def _digest(path: Path) -> str:
    with open_file(path, PICTURE) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
