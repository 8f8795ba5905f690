"""What the command line answered in a test."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from multiplane.contract.events import Event, parse_event


class Said(NamedTuple):
    status: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return " ".join((self.out + self.err).split())

    @property
    def events(self) -> list[Event]:
        return [parse_event(line) for line in self.out.splitlines()]


Multiplane = Callable[..., Said]
