"""What goes through the pipes between the server and a worker: length, kind, bytes.

A message is JSON: its class's name, the sender's version, its fields. A preview is its own bytes.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from types import MappingProxyType
from typing import IO, Any, TypeVar, get_args

from pydantic import TypeAdapter, ValidationError

from multiplane.contract.errors import Failure
from multiplane.contract.own_version import own_version
from multiplane.server.workers.worker.messages import FromWorker, Preview, ToWorker

M = TypeVar("M")
HEADER = struct.Struct(">BI")
MESSAGE, PREVIEW = 0, 1
_TO_WORKER: Mapping[str, type[ToWorker]] = MappingProxyType(
    {kind.__name__: kind for kind in get_args(ToWorker)}
)
_FROM_WORKER: Mapping[str, type[FromWorker]] = MappingProxyType(
    {kind.__name__: kind for kind in get_args(FromWorker) if kind is not Preview}
)
_adapters: dict[type, TypeAdapter[Any]] = {}  # built when first used


def pack(message: ToWorker | FromWorker) -> bytes:
    """The message, framed."""
    if isinstance(message, Preview):
        return HEADER.pack(PREVIEW, len(message.frame)) + message.frame
    kind = type(message)
    said = {
        "type": kind.__name__,
        "version": own_version(),
        # As Python has it: for JSON, pydantic would change keys that are no Unicode.
        "data": _adapter(kind).dump_python(message),
    }
    text = json.dumps(said).encode()
    return HEADER.pack(MESSAGE, len(text)) + text


def to_worker(body: bytes) -> ToWorker:
    """What the server says. Raises Failure `worker.version` for what this version does not know."""
    return _read(body, _TO_WORKER, "The server")


def from_worker(kind: int, body: bytes) -> FromWorker:
    """What a worker says. Raises Failure `worker.version` for what this version does not know."""
    return Preview(body) if kind == PREVIEW else _read(body, _FROM_WORKER, "A worker")


def read(stream: IO[bytes]) -> tuple[int, bytes] | None:
    """The next frame's kind and body, waiting for it; None at the pipe's end."""
    head = stream.read(HEADER.size)
    if len(head) < HEADER.size:
        return None
    kind, length = HEADER.unpack(head)
    body = stream.read(length)
    return (kind, body) if len(body) == length else None


def _read(body: bytes, kinds: Mapping[str, type[M]], sender: str) -> M:
    said: Any = None
    try:
        said = json.loads(body)
        found: M = _adapter(kinds[said["type"]]).validate_python(said["data"])
    except (ValueError, LookupError, TypeError, ValidationError) as error:
        named = said if isinstance(said, dict) else {}
        raise Failure(
            "worker.version",
            "{sender} of Multiplane {version} said what this Multiplane {own} does not understand.",
            value=named.get("type", body[:80]),
            remedy="Multiplane was changed while its server ran: start the server again.",
            values={
                "sender": sender,
                "version": str(named.get("version", "unknown")),
                "own": own_version(),
            },
        ) from error
    return found


def _adapter(kind: type[M]) -> TypeAdapter[M]:
    found: TypeAdapter[M] | None = _adapters.get(kind)
    if found is None:
        found = _adapters[kind] = TypeAdapter(kind)
    return found
