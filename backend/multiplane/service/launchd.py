"""macOS: a LaunchAgent of the user.

After `man launchd.plist` and `man launchctl`; simulated, not tested on macOS.
"""

from __future__ import annotations

import plistlib
import time
from collections.abc import Callable
from pathlib import Path

from multiplane.panel.places import System
from multiplane.service.definition import failed
from multiplane.service.program import Program, marked
from multiplane.service.runner import Runner

LABEL = "org.multiplane.server"
_THROTTLE_S = 30
_END_S = 20
_UNLOAD_TRIES, _UNLOAD_PAUSE_S = 40, 0.5


class Launchd:
    """`place` is the property list; `log` gets what the server prints beside its own log."""

    title = "launchd"

    def __init__(
        self, system: System, run: Runner, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self.place: Path | None = system.home / "Library" / "LaunchAgents" / f"{LABEL}.plist"
        self.log = system.home / "Library" / "Logs" / "multiplane-server.log"
        self._domain = f"gui/{system.user}"
        self._run, self._pause = run, pause

    def definition(self, program: Program) -> bytes:
        """The property list."""
        document: dict[str, object] = {
            "Label": LABEL,
            "ProgramArguments": list(program.command),
            "RunAtLoad": True,
            # Again after a crash, and not after it was stopped in order.
            "KeepAlive": {"SuccessfulExit": False},
            "ThrottleInterval": _THROTTLE_S,
            "ExitTimeOut": _END_S,
            "StandardOutPath": str(self.log),
            "StandardErrorPath": str(self.log),
        }
        if program.environment:
            document["EnvironmentVariables"] = dict(program.environment)
        text = plistlib.dumps(document, sort_keys=False)
        return text.replace(b"<plist", f"<!-- {marked(program)} -->\n<plist".encode(), 1)

    def check(self) -> None:
        """Nothing to see beforehand: launchd is on every Mac."""

    def register(self, definition: bytes, *, start: bool) -> None:
        """Have launchd read it; loading starts the server. Raises Failure `service.manager`.

        Without `start` it is left to the next login, which reads the folder.
        """
        self._unload()
        if not start:
            return
        # What the user has switched off by hand could not be loaded.
        self._run(["launchctl", "enable", f"{self._domain}/{LABEL}"])
        done = self._run(["launchctl", "bootstrap", self._domain, str(self.place)])
        if not done.ok:
            raise failed(self.title, "load the server", done)

    def start(self) -> None:
        # It also fails where the server runs, which is as well.
        self._run(["launchctl", "kickstart", f"{self._domain}/{LABEL}"])

    def stop(self) -> None:
        # Unloaded: otherwise launchd starts it again.
        self._unload()

    def unregister(self) -> None:
        self._unload()

    def is_registered(self) -> bool:
        return self._is_loaded()

    def kept(self) -> str | None:
        return None

    def _unload(self) -> None:
        if not self._is_loaded():
            return
        self._run(["launchctl", "bootout", f"{self._domain}/{LABEL}"])
        # It answers before the server has ended, and a second one could not be loaded until then.
        for _ in range(_UNLOAD_TRIES):
            if not self._is_loaded():
                return
            self._pause(_UNLOAD_PAUSE_S)

    def _is_loaded(self) -> bool:
        return self._run(["launchctl", "print", f"{self._domain}/{LABEL}"]).ok
