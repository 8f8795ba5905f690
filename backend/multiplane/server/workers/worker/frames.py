"""What goes through the pipes between the server and a worker: length, kind, bytes."""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO

HEADER = struct.Struct(">BI")
MESSAGE, PREVIEW = 0, 1


def message(type_: str, **fields: Any) -> bytes:
    """One JSON message, framed."""
    return of({"type": type_, **fields})


def of(said: dict[str, Any]) -> bytes:
    """A message with its type among its fields, framed."""
    text = json.dumps(said).encode()
    return HEADER.pack(MESSAGE, len(text)) + text


def preview(frame: bytes) -> bytes:
    """One preview, as clients get it (`contract.frames`), framed."""
    return HEADER.pack(PREVIEW, len(frame)) + frame


def read(stream: BinaryIO) -> tuple[int, bytes] | None:
    """The next frame, waiting for it; None at the pipe's end."""
    head = stream.read(HEADER.size)
    if len(head) < HEADER.size:
        return None
    kind, length = HEADER.unpack(head)
    body = stream.read(length)
    return (kind, body) if len(body) == length else None
