"""The installed program `multiplane`, and what it says of itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from installer.computer import Computer
from installer.project import Project

PANEL, SERVICE = "CEP panel", "Server at login"
"""What `panel status` and `service status` call them."""
_ABSENT = ("not installed", "not started at login", "do not run on")


@dataclass(frozen=True)
class Program:
    """`.venv/bin/multiplane` of a project."""

    project: Project
    computer: Computer

    def command(self, *words: str) -> list[str]:
        return [str(self.project.script("multiplane")), *words]

    def show(self, *words: str) -> bool:
        """Run it in the foreground; whether it ended well."""
        return self.computer.show(self.command(*words), self.project.root) == 0

    def works(self) -> bool:
        """Whether it starts at all."""
        return self.computer.read(self.command("--version"), self.project.root).ok

    def has(self, what: str, *words: str) -> bool:
        """Whether the status command `words` finds `what` installed, in order or not."""
        found = [entry for entry in self.read_json(*words, "--json") if entry["what"] == what]
        return any(not _is_absent(str(entry["says"])) for entry in found)

    def has_panel(self) -> bool:
        return self.computer.runs_adobe and self.has(PANEL, "panel", "status")

    def has_service(self) -> bool:
        return self.has(SERVICE, "service", "status")

    def models(self) -> list[dict[str, Any]]:
        """The facts of `models list`."""
        return self.read_json("models", "list", "--json")

    def read_json(self, *words: str) -> list[dict[str, Any]]:
        """The list that a command prints; an empty one where it fails.

        Commands that look for faults end with status 1 when they find one, and have said all.
        """
        answer = self.computer.read(self.command(*words), self.project.root)
        try:
            read = json.loads(answer.said)
        except ValueError:
            return []
        return read if isinstance(read, list) else []


def said_command(words: Sequence[str]) -> str:
    """`multiplane ...` as people type it."""
    return " ".join(("multiplane", *words))


def _is_absent(says: str) -> bool:
    return any(words in says for words in _ABSENT)
