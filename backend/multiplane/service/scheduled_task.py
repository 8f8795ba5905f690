"""Windows: a task of the Task Scheduler that runs when its user logs in.

After Microsoft's Task Scheduler schema 1.2 (the children of most elements may stand in any order)
and the manual of schtasks; simulated, not tested on Windows. A task whose trigger names its own
user, and that runs with that user's ordinary rights, needs no administrator.
"""

from __future__ import annotations

import subprocess
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from multiplane.panel.places import System
from multiplane.service.definition import failed
from multiplane.service.program import Program, marked
from multiplane.service.runner import Runner

NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"
_NAME = "Multiplane server"
_WHO = "Author"


class ScheduledTask:
    """The Task Scheduler keeps the definition itself, so there is no `place`."""

    title = "the Task Scheduler"

    def __init__(self, system: System, run: Runner) -> None:
        self.place: Path | None = None
        # Names of tasks are the computer's, shared by its users.
        self.name = f"{_NAME} of {system.user.replace(chr(92), ' ')}"
        self._user, self._run = system.user, run

    def definition(self, program: Program) -> bytes:
        """The task as XML, in UTF-16, as schtasks reads and writes it."""
        command, *words = program.command
        arguments = subprocess.list2cmdline(words)
        tree: dict[str, object] = {
            "RegistrationInfo": {"Description": marked(program)},
            "Triggers": {"LogonTrigger": {"Enabled": "true", "UserId": self._user}},
            "Principals": {
                "Principal": {
                    "UserId": self._user,
                    "LogonType": "InteractiveToken",
                    "RunLevel": "LeastPrivilege",
                }
            },
            "Settings": {
                "MultipleInstancesPolicy": "IgnoreNew",
                # The defaults keep it from running on a laptop's battery, and for over three days.
                "DisallowStartIfOnBatteries": "false",
                "StopIfGoingOnBatteries": "false",
                "ExecutionTimeLimit": "PT0S",
                "StartWhenAvailable": "true",
                "RestartOnFailure": {"Interval": "PT1M", "Count": "3"},
                # The default, 7, gives it less of the disk and the processor than other programs.
                "Priority": "5",
            },
            "Actions": {"Exec": {"Command": command, "Arguments": arguments}},
        }
        root = ElementTree.Element("Task", {"version": "1.2", "xmlns": NAMESPACE})
        _fill(root, tree)
        root.find("Principals/Principal").set("id", _WHO)  # type: ignore[union-attr]
        root.find("Actions").set("Context", _WHO)  # type: ignore[union-attr]
        ElementTree.indent(root)
        text = ElementTree.tostring(root, encoding="unicode")
        return f'<?xml version="1.0" encoding="UTF-16"?>\n{text}\n'.encode("utf-16")

    def check(self) -> None:
        answer = self._run(["schtasks", "/Query", "/?"])
        if not answer.ok:
            raise failed(self.title, "be asked", answer)

    def register(self, definition: bytes, *, start: bool) -> None:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            document = Path(folder) / "task.xml"
            document.write_bytes(definition)
            if start:
                self._run(["schtasks", "/End", "/TN", self.name])
            words = ["schtasks", "/Create", "/TN", self.name, "/XML", str(document), "/F"]
            answer = self._run(words)
        if not answer.ok:
            raise failed(self.title, "take the task", answer)
        if start:
            self.start()

    def start(self) -> None:
        # Where it runs, the task's own policy lets no second one begin.
        answer = self._run(["schtasks", "/Run", "/TN", self.name])
        if not answer.ok:
            raise failed(self.title, "start the server", answer)

    def stop(self) -> None:
        # It also fails where the server does not run, which is as well.
        self._run(["schtasks", "/End", "/TN", self.name])

    def unregister(self) -> None:
        self.stop()
        answer = self._run(["schtasks", "/Delete", "/TN", self.name, "/F"])
        if not answer.ok:
            raise failed(self.title, "forget the task", answer)

    def is_registered(self) -> bool:
        return self.kept() is not None

    def kept(self) -> str | None:
        answer = self._run(["schtasks", "/Query", "/TN", self.name, "/XML"])
        return answer.said if answer.ok else None


def _fill(parent: ElementTree.Element, tree: dict[str, object]) -> None:
    for name, content in tree.items():
        child = ElementTree.SubElement(parent, name)
        if isinstance(content, dict):
            _fill(child, content)
        else:
            child.text = str(content)
