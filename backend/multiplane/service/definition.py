"""What the three service managers have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from multiplane.contract.errors import Failure
from multiplane.service.program import Program
from multiplane.service.runner import Answer


class Manager(Protocol):
    """The system's way to start a program at login.

    title: for people. place: the file that it reads; None where it keeps the definition itself.
    """

    title: str
    place: Path | None

    def definition(self, program: Program) -> bytes:
        """What is written for a program."""

    def check(self) -> None:
        """Raises Failure `service.manager` where it cannot be used here."""

    def register(self, definition: bytes, *, start: bool) -> None:
        """Have it start the server at login, and now where `start` says so.

        A file at `place` is written already. Again: with the new definition. Raises Failure
        `service.manager`.
        """

    def start(self) -> None:
        """Start the registered server where it does not run. Raises Failure `service.manager`."""

    def stop(self) -> None:
        """End the server; it stays registered, or is again at the next login."""

    def unregister(self) -> None:
        """Stop the server and forget it; a file at `place` is deleted afterwards."""

    def is_registered(self) -> bool:
        """Whether the manager has read it: then it starts the server at login."""

    def kept(self) -> str | None:
        """The definition that a manager without a `place` keeps itself; None for none there."""


def failed(title: str, doing: str, answer: Answer) -> Failure:
    """A command of the manager that failed."""
    said = answer.said[-300:] or f"exit status {answer.status}"
    return Failure(
        "service.manager",
        f"{title} could not {doing}: {said}.",
        remedy="Start the server by hand with multiplane serve, or put that command among the "
        "programs that your desktop starts at login.",
    )
