"""An Adobe program around the page: `window.__adobe_cep__` and Node, as CEP puts them there.

Scripts are run by After Effects as the tests of the host scripts have it, over py-aep's object
model; what CEP answers for results and exceptions is said by Adobe's CEP 12 HTML Extension Cookbook
and by what panels in use rely on.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.jsx.host.aftereffects import AfterEffects, ScriptError
from tests.jsx.host.files import FileModel
from tests.panel.showing import PANEL

if TYPE_CHECKING:
    from playwright.sync_api import Page

DARK, LIGHT = (35, 35, 35), (240, 240, 240)
_LOADING = re.compile(r'^\$\.evalFile\(new File\((".*")\)\); "loaded"$')
_CEP = (Path(__file__).parent / "adobe.js").read_text(encoding="utf-8")

Answer = Callable[[str], str | None]


class Program:
    """One program with the panel in it.

    name: AEFT or PPRO. answers: asked before the script is run; a text takes the place of what
    the host would have answered. scripts: every one that the panel had run.
    """

    def __init__(
        self,
        page: Page,
        *,
        name: str = "AEFT",
        version: str = "25.0",
        environment: dict[str, str] | None = None,
        extension: Path = PANEL,
        colour: tuple[int, int, int] = DARK,
        host: AfterEffects | None = None,
        processes: Processes | None = None,
    ) -> None:
        self.page = page
        self.host = host or AfterEffects()
        self.extension = extension
        self.answers: Answer = lambda script: None
        self.scripts: list[str] = []
        page.expose_function("__hostEval", self._eval)
        page.expose_function("__readFile", _read_file)
        page.expose_function("__realpath", lambda path: str(Path(path).resolve()))
        if processes is not None:
            page.expose_function("__makeFolder", processes.make_folder)
            page.expose_function("__spawn", processes.spawn)
            page.expose_function("__ended", processes.ended)
        setting = {
            "environment": {"appName": name, "appVersion": version, "appSkinInfo": skin(colour)},
            "extension": extension.as_uri(),
            "env": environment or {},
            "platform": "linux",
            "home": "/nowhere",
            "starts": processes is not None,
            "temporary": "" if processes is None else str(processes.temporary),
        }
        page.add_init_script(f"{_CEP}({json.dumps(setting)});")

    def open(self) -> None:
        self.page.goto((self.extension / "index.html").as_uri())

    def show_colour(self, colour: tuple[int, int, int]) -> None:
        """The user chooses another brightness."""
        self.page.evaluate("(skin) => window.__setSkin(skin)", skin(colour))

    def _eval(self, script: str) -> str:
        self.scripts.append(script)
        given = self.answers(script)
        if given is not None:
            return given
        try:
            loading = _LOADING.match(script)
            if loading:  # at the top level, where evalFile runs a file in the global scope
                path = FileModel.named(json.loads(loading[1]), windows=False).path
                self.host.load(self.host.path_of(FileModel(path)))
                return "loaded"
            result = self.host.run(script)
        except (ScriptError, OSError):
            return "EvalScript error."
        return "undefined" if result is None else str(result).replace("True", "true")


class Processes:
    """Real child processes for the page's `child_process`. environment: what is added to ours."""

    def __init__(self, temporary: Path, environment: dict[str, str]) -> None:
        self.temporary, self._environment = temporary, environment
        self.started: list[subprocess.Popen[bytes]] = []

    def make_folder(self, prefix: str) -> str:
        return tempfile.mkdtemp(prefix=Path(prefix).name, dir=self.temporary)

    def spawn(self, command: list[str], into: str, detached: bool) -> int | None:
        """The process' number; None where there is no such program."""
        assert detached, "it would end with the panel"
        try:
            with Path(into).open("wb") as stream:
                child = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=stream,
                    stderr=stream,
                    env={**os.environ, **self._environment},
                    start_new_session=True,
                )
        except OSError:
            return None
        self.started.append(child)
        return child.pid

    def ended(self, pid: int) -> int | None:
        """Its exit status, once it has ended."""
        (child,) = (one for one in self.started if one.pid == pid)
        return child.poll()

    def stop(self) -> None:
        for child in self.started:
            child.terminate()
        for child in self.started:
            child.wait(timeout=60)


def skin(colour: tuple[int, int, int]) -> dict[str, Any]:
    red, green, blue = colour
    return {
        "baseFontSize": 12,
        "panelBackgroundColor": {"color": {"red": red, "green": green, "blue": blue, "alpha": 255}},
    }


def _read_file(path: str) -> str | None:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return None
