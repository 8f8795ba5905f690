"""What a worker says to the server, as types. Each goes through the pipe as its fields."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class PainterLoads:
    """The picture model is loaded from now on. plan: how sparingly it is laid out."""

    TYPE: ClassVar[str] = "painter_loads"
    plan: int


@dataclass(frozen=True)
class Delivered:
    """The files of a storyboard are written, but for these.

    not_written: each (its file, why: as `ErrorEntry` has it).
    """

    TYPE: ClassVar[str] = "delivered"
    not_written: tuple[tuple[str, dict[str, Any]], ...] = ()


@dataclass(frozen=True)
class Stopped:
    """The process stands still, as by SIGSTOP, or goes on again; said by who watches it."""

    TYPE: ClassVar[str] = "stopped"
    pid: int
    still: bool


Message = PainterLoads | Delivered | Stopped


def fields_of(message: Message) -> dict[str, Any]:
    """As JSON has it, with its type."""
    return {"type": message.TYPE, **asdict(message)}


def read(said: dict[str, Any]) -> Message | None:
    """The message of one of these types; None for another one."""
    for kind in (PainterLoads, Delivered, Stopped):
        if said.get("type") == kind.TYPE:
            return kind(**{name: value for name, value in said.items() if name != "type"})
    return None
