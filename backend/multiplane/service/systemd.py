"""Linux: a unit of the user's systemd.

After `man systemd.service`, `man systemd.syntax` and `man systemd.unit`.
"""

from __future__ import annotations

from pathlib import Path

from multiplane.panel.places import System
from multiplane.service.definition import failed
from multiplane.service.program import Program, marked
from multiplane.service.runner import Answer, Runner

UNIT = "multiplane.service"
_TEXT = """\
# {mark}
[Unit]
Description=Multiplane server
StartLimitIntervalSec=300
StartLimitBurst=5

[Service]
Type=exec
ExecStart={command}
{environment}Restart=on-failure
RestartSec=10
# Wrong words on the command line do not get better by trying again.
RestartPreventExitStatus=2
TimeoutStopSec=30

[Install]
WantedBy=default.target
"""


class Systemd:
    """`place` is the unit's file."""

    title = "systemd"

    def __init__(self, system: System, run: Runner) -> None:
        config = system.config or system.home / ".config"
        self.place: Path | None = config / "systemd" / "user" / UNIT
        self._run = run

    def definition(self, program: Program) -> bytes:
        """The unit's file."""
        environment = "".join(
            f"Environment={_quoted(f'{name}={value}', '%')}\n"
            for name, value in program.environment.items()
        )
        # The program's own path is taken as it is, without variables.
        first, *words = program.command
        command = " ".join([_quoted(first, "%"), *(_quoted(word, "%$") for word in words)])
        return _TEXT.format(mark=marked(program), command=command, environment=environment).encode()

    def check(self) -> None:
        answer = self._systemctl("show-environment")
        if not answer.ok:
            raise failed(self.title, "be asked", answer)

    def register(self, definition: bytes, *, start: bool) -> None:
        for doing, words in (
            ("read its units", ("daemon-reload",)),
            ("enable the server", ("enable", UNIT)),
            ("start the server", ("restart", UNIT)),
        ):
            if words[0] == "restart" and not start:
                return
            answer = self._systemctl(*words)
            if not answer.ok:
                raise failed(self.title, doing, answer)

    def start(self) -> None:
        answer = self._systemctl("start", UNIT)
        if not answer.ok:
            raise failed(self.title, "start the server", answer)

    def stop(self) -> None:
        answer = self._systemctl("stop", UNIT)
        if not answer.ok:
            raise failed(self.title, "stop the server", answer)

    def unregister(self) -> None:
        self._systemctl("disable", "--now", UNIT)

    def is_registered(self) -> bool:
        return self._systemctl("is-enabled", UNIT).ok

    def kept(self) -> str | None:
        return None

    def _systemctl(self, *words: str) -> Answer:
        return self._run(["systemctl", "--user", *words])


def _quoted(word: str, doubled: str) -> str:
    """A word of a unit's file. doubled: signs that mean something else where they stand alone."""
    text = word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    for sign in doubled:
        text = text.replace(sign, sign * 2)
    return f'"{text}"'
