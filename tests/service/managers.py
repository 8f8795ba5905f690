"""Stand-ins for launchd, systemd and the Task Scheduler: what they know, what they were told."""

from __future__ import annotations

import plistlib
from collections.abc import Sequence
from pathlib import Path

from multiplane.panel.places import Kind, System
from multiplane.service.runner import MISSING, Answer

NAMES = {"windows": "Windows", "macos": "Darwin", "other": "Linux"}


def system_in(home: Path, kind: Kind) -> System:
    """A computer of that kind whose user's home is `home`."""
    user = "STUDIO\\Zoë" if kind == "windows" else "501"
    roaming = home / "AppData" / "Roaming" if kind == "windows" else None
    return System(kind, NAMES[kind], home, roaming, home / "Temp", None, user)


class Desk:
    """Answers as the three programs do. commands: all that was run.

    refuses: a word; a command that has it fails. dies_after: so many commands are run, then the
    computer goes off (`Gone`).
    """

    def __init__(self, refuses: str | None = None) -> None:
        self.commands: list[list[str]] = []
        self.known: set[str] = set()
        self.running: set[str] = set()
        self.tasks: dict[str, str] = {}
        self.refuses = refuses
        self.dies_after: int | None = None

    def __call__(self, command: Sequence[str]) -> Answer:
        if self.dies_after is not None:
            if not self.dies_after:
                raise Gone
            self.dies_after -= 1
        words = list(command)
        self.commands.append(words)
        if self.refuses in words:
            return Answer(1, f"{words[0]} said no")
        program = {"launchctl": self._launchctl, "systemctl": self._systemctl}
        program["schtasks"] = self._schtasks
        return program[words[0]](words[1:]) if words[0] in program else Answer(MISSING, "not here")

    def _launchctl(self, words: list[str]) -> Answer:
        verb, target = words[0], words[1]
        if verb == "bootstrap":
            document = plistlib.loads(Path(words[2]).read_bytes())
            name = f"{target}/{document['Label']}"
            if name in self.known:
                return Answer(5, "Bootstrap failed: 5: Input/output error")
            self.known.add(name)
            self.running |= {name} if document["RunAtLoad"] else set()
        elif verb == "bootout":
            self.known.discard(target)
            self.running.discard(target)
        elif verb == "print":
            return Answer(0 if target in self.known else 113, "")
        elif verb == "kickstart":
            if target in self.running:
                return Answer(37, "already running")
            self.running.add(target)
        return Answer(0, "")

    def _systemctl(self, words: list[str]) -> Answer:
        assert words[0] == "--user"
        verb, name = words[1], words[-1]
        if verb == "enable":
            self.known.add(name)
        elif verb in ("start", "restart"):
            self.running.add(name)
        elif verb == "stop":
            self.running.discard(name)
        elif verb == "disable":
            self.known.discard(name)
            self.running.discard(name)
        elif verb == "is-enabled":
            return Answer(0 if name in self.known else 1, "")
        return Answer(0, "")

    def _schtasks(self, words: list[str]) -> Answer:
        given = {word: words[index + 1] for index, word in enumerate(words[:-1])}
        verb, name = words[0], given.get("/TN", "")
        if verb == "/Create":
            self.tasks[name] = Path(given["/XML"]).read_bytes().decode("utf-16")
            self.known.add(name)
        elif words[1] == "/?":
            pass
        elif name not in self.tasks:
            return Answer(1, "ERROR: The system cannot find the file specified.")
        elif verb == "/Query":
            # A console of code page 437 prints no Unicode.
            text = self.tasks[name].encode("cp437", "replace").decode("cp437")
            return Answer(0, " ".join(text.split()))
        elif verb == "/Run":
            self.running.add(name)
        elif verb == "/End":
            self.running.discard(name)
        elif verb == "/Delete":
            del self.tasks[name]
            self.known.discard(name)
        return Answer(0, "")


class Gone(BaseException):
    """The computer was switched off."""
