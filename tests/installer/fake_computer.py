"""An installation in a fake home, on a computer of any kind.

The real `multiplane` runs in this process, over stand-ins for launchd, systemd, the Task Scheduler
and PlayerDebugMode. What takes minutes, the set-up, is one file in `.venv`.
"""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from installer.computer import Answer, Computer
from installer.computer import Kind as InstallerKind
from installer.problems import FAILURE, InstallerProblem
from installer.project import Project
from installer.state import SetupState, load_state, save_state
from multiplane.cli import main as multiplane
from multiplane.panel import debug_mode, places
from multiplane.panel.places import Kind, System
from multiplane.service import runner
from tests.service.managers import Desk, Gone, system_in

KINDS: tuple[InstallerKind, ...] = ("macos", "linux", "windows")
LIBRARY = "library.txt"
"""In `.venv`: the version that was set up. One that is called "broken" starts nothing."""


class Switch:
    """PlayerDebugMode."""

    def __init__(self) -> None:
        self.values: dict[int, str] = {}

    def read(self, version: int) -> str | None:
        return self.values.get(version)

    def write(self, version: int, value: str | None) -> None:
        self.values.pop(version, None)
        if value is not None:
            self.values[version] = value


class FakeComputer:
    """home: of its user. root: the project's folder. commands: all that was run, as words.

    dies_after: before so many commands more the computer goes off. has: programs that are there.
    says: what the user answers, in order; None where nobody can be asked. quick: the program says
    nothing and does nothing, where the disk alone is of interest.
    """

    def __init__(self, folder: Path, kind: InstallerKind, monkeypatch: pytest.MonkeyPatch) -> None:
        self.kind, self.home, self.root = kind, folder / "home", folder / "Multiplane"
        self.commands: list[list[str]] = []
        self.asked: list[str] = []
        self.dies_after: int | None = None
        self.has: set[str] = set()
        self.says: list[str] | None = None
        self.refuses: tuple[str, ...] | None = None
        self.quick = False
        self.desk, self.switch = Desk(), Switch()
        self.project = Project(self.root)
        self.program = str(self.project.script("multiplane"))
        write_checkout(self.root, "1.0")
        kinds: dict[str, Kind] = {"macos": "macos", "windows": "windows", "linux": "other"}
        self.system: System = system_in(self.home, kinds[kind])
        monkeypatch.setattr(places, "this_system", lambda: self.system)
        monkeypatch.setattr(runner, "run", self.desk)
        adobe = self.switch if kind != "linux" else None
        monkeypatch.setattr(debug_mode, "switch_of", lambda _: adobe)
        monkeypatch.setenv("MULTIPLANE_DATA", str(self.data))
        monkeypatch.setenv("MULTIPLANE_MODELS", str(self.models))
        monkeypatch.setenv("HF_HOME", str(self.home / "hf"))
        monkeypatch.setenv("COLUMNS", "200")

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def models(self) -> Path:
        return self.home / "models"

    @property
    def panel(self) -> Path | None:
        return self.system.extensions and self.system.extensions / "org.multiplane"

    @property
    def computer(self) -> Computer:
        ask = None if self.says is None else self._ask
        return Computer(self.kind, self.has.__contains__, self.show, self.read, ask)

    def _ask(self, question: str) -> str:
        assert self.says is not None
        self.asked.append(question)
        if not self.says:
            raise EOFError
        return self.says.pop(0)

    def show(self, command: Sequence[str], folder: Path) -> int:
        answer = self.read(command, folder)
        print(answer.said)
        return answer.status

    def read(self, command: Sequence[str], folder: Path) -> Answer:
        words = list(command)
        if self.dies_after is not None:
            if not self.dies_after:
                raise Gone
            self.dies_after -= 1
        self.commands.append(words[1:] if words[0] == self.program else words)
        if (
            self.refuses is not None
            and tuple(self.commands[-1][: len(self.refuses)]) == self.refuses
        ):
            return Answer(1, "refused")
        if words[0] == self.program:
            return self._multiplane(words[1:])
        if words[:2] == [str(self.project.python), "-c"]:
            said = io.StringIO()
            with contextlib.redirect_stdout(said):
                exec(words[2], {})
            return Answer(0, said.getvalue())
        assert words == [sys.executable, str(self.root / "installer"), "setup", "--during-update"]
        try:
            self.set_up()
        except InstallerProblem as problem:
            return Answer(problem.status, problem.message)
        return Answer(0, "")

    def _multiplane(self, words: list[str]) -> Answer:
        library = self.project.venv / LIBRARY
        if not library.is_file() or "broken" in library.read_text():
            return Answer(1, "ImportError")
        if words[:2] == ["models", "pull"]:
            (self.models / words[2]).mkdir(parents=True, exist_ok=True)
            return Answer(0, f"{words[2]} is ready.")
        said = io.StringIO()
        if self.quick:
            return Answer(0, "[]")
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            try:
                multiplane(words)
            except SystemExit as stop:
                return Answer(int(stop.code or 0), said.getvalue())
        return Answer(0, said.getvalue())

    def set_up(self) -> None:
        """As `ensure_set_up`, but `.venv` gets one file: the version. "bad" ones fail midway."""
        venv, version = self.project.venv, (self.root / "version.txt").read_text()
        if load_state(venv) is None:
            venv.mkdir(exist_ok=True)
            save_state(venv, SetupState())
        if (venv / LIBRARY).is_file() and (venv / LIBRARY).read_text() == version:
            return
        (venv / "half-done.txt").write_text(version)
        if "bad" in version:
            raise InstallerProblem("No network.", "Connect.", FAILURE)
        # As pip does: away with the old file, then a new one.
        (venv / LIBRARY).unlink(missing_ok=True)
        (venv / LIBRARY).write_text(version)
        (venv / "half-done.txt").unlink()

    @property
    def version(self) -> str:
        return (self.project.venv / LIBRARY).read_text()

    def files(self) -> dict[str, str]:
        """Every file of home and project with its text, but for times that were noted in it."""
        found = {}
        for top in (self.home, self.root):
            for path in top.rglob("*"):
                if path.is_file() and path.name != "multiplane-panel.json":
                    text = path.read_bytes().decode("utf-8", "replace")
                    found[path.relative_to(top.parent).as_posix()] = text
        return found


def write_checkout(root: Path, version: str, **more: str) -> None:
    """A small Multiplane. more: further files, by path with __ for /."""
    texts = {
        "pyproject.toml": f'[project]\nname = "multiplane"\nversion = "{version}"\n',
        "version.txt": version,
        "installer/__main__.py": f"# {version}\n",
        "backend/same.py": "SAME = True\n",
        "backend/changed.py": f"VERSION = {version!r}\n",
        **{name.replace("__", "/"): text for name, text in more.items()},
    }
    for name, text in texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


@contextlib.contextmanager
def may_go_off() -> Iterator[list[bool]]:
    """Whether the computer went off in the block: one item, set afterwards."""
    went = [False]
    try:
        yield went
    except Gone:
        went[0] = True
