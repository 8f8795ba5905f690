"""The set-up itself: named steps, each done once, resumed where they were interrupted."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from installer import checks
from installer.console import Step
from installer.gpu import TorchBuild, choose_build, find_gpus
from installer.pip_runner import Pip
from installer.problems import FAILURE, InstallerProblem
from installer.project import Project, locked_version, requirements
from installer.single import only_one_here
from installer.state import SetupState, load_state, lock_hash, save_state
from installer.torch_install import install_torch

# Peak need of a whole set-up, measured: downloads and what they unpack to, together.
DISK_NEED = {
    "cpu": 3 * checks.GB,
    "mac": 3 * checks.GB,
    "cu126": 12 * checks.GB,
    "cu130": 12 * checks.GB,
}
DISK_NEED_AFTER_TORCH = 1 * checks.GB
_TOOLS = ("pip", "setuptools")


class Setup:
    """One run of the set-up.

    Args:
        project: the clone to set up.
        torch_wish: "auto", "cpu" or "cuda"; None keeps what an earlier set-up was told.
        verbose: whether pip's words are shown.
        tools: whether what only the tests need is wanted too; once there, it is kept up to date.
    """

    def __init__(
        self, project: Project, torch_wish: str | None, verbose: bool, tools: bool = False
    ) -> None:
        self.project = project
        self.verbose = verbose
        self.state = load_state(project.venv) or SetupState()
        if torch_wish is not None:
            self.state.torch_wish = torch_wish
        system = platform.system()
        self.build = choose_build(system, find_gpus(), self.state.torch_wish)
        lock = lock_hash([project.lock, project.cuda_lock], project.pyprojects)
        python = f"{sys.version_info[0]}.{sys.version_info[1]}"
        # A venv holds absolute paths: in a folder that was moved it must be made anew.
        place = f"{python} {project.root}"
        # torch is big: a new version of another library must not fetch it again.
        torch = f"{place} torch {locked_version(project.lock, 'torch')} {self.build.label}"
        self.python, self.lock = python, lock
        self.keys = {
            "environment": place,
            "pip": f"{place} {' '.join(self._tools())}",
            "torch": torch,
            "libraries": f"{place} {lock}",
            "tools": f"{place} {lock}",
            "multiplane": f"{place} {lock}",
            "check": f"{torch} {lock} tools",
        }
        if not tools and "tools" not in self.state.finished:
            del self.keys["tools"]
            self.keys["check"] = f"{torch} {lock}"

    def _tools(self) -> list[str]:
        """What installs the rest, with versions."""
        return [f"{name}=={locked_version(self.project.lock, name)}" for name in _TOOLS]

    def pending(self) -> list[str]:
        """The steps that are still to be done, in order."""
        if not self.project.python.exists() or not self._done("environment"):
            return list(self.keys)
        return [step for step in self.keys if not self._done(step)]

    def _done(self, step: str) -> bool:
        return self.state.is_done(step, self.keys[step])

    def run(self) -> None:
        """Do the steps that are pending.

        Raises:
            InstallerProblem: something is missing on this machine, or a step failed.
        """
        steps = self.pending()
        self._check_machine(steps)
        resumed = len(steps) < len(self.keys)
        print(
            f"{'Going on with the set-up' if resumed else 'Setting up Multiplane'} in "
            f"{self.project.venv} (Python {self.python}; PyTorch build: {self.build.label}, "
            f"{self.build.reason}).",
            flush=True,
        )
        started = time.monotonic()
        do: dict[str, Callable[[Step], None]] = {
            "environment": self._environment,
            "pip": self._pip,
            "torch": self._torch,
            "libraries": self._libraries,
            "tools": self._test_tools,
            "multiplane": self._multiplane,
            "check": self._check,
        }
        names = list(self.keys)
        for name in steps:
            count = f"{names.index(name) + 1}/{len(names)}"
            with Step(count, name, live=sys.stdout.isatty() and not self.verbose) as step:
                if name != "environment":
                    self._begin(name)
                do[name](step)
            self.state.finish(name, self.keys[name])
            save_state(self.project.venv, self.state)
        self.state.complete = True
        save_state(self.project.venv, self.state)
        shutil.rmtree(self._scratch, ignore_errors=True)
        print(f"Set up in {time.monotonic() - started:.0f} s.\n", flush=True)

    def _check_machine(self, steps: list[str]) -> None:
        checks.check_this_platform()
        if "environment" in steps:
            checks.check_venv_module()
        need = DISK_NEED[self.build.label] if "torch" in steps else DISK_NEED_AFTER_TORCH
        if "torch" in steps or "libraries" in steps:
            checks.check_disk(self.project.root, need)

    def _begin(self, step: str) -> None:
        self.state.python, self.state.lock = self.python, self.lock
        self.state.torch_build = self.build.label
        self.state.begin(step)
        save_state(self.project.venv, self.state)

    @property
    def _scratch(self) -> Path:
        return self.project.venv / "tmp"

    @property
    def _installer(self) -> Pip:
        return Pip(self.project.python, self.project.log, self._scratch, self.verbose)

    def _locks(self) -> list[Path]:
        cuda = self.build.label == "cu130"
        return [self.project.lock] + ([self.project.cuda_lock] if cuda else [])

    def _constraints(self) -> list[str]:
        return [word for lock in self._locks() for word in ("--constraint", str(lock))]

    def _environment(self, step: Step) -> None:
        venv = self.project.venv
        if venv.exists() and load_state(venv) is None:
            raise InstallerProblem(
                f"{venv} is there, but this installer did not make it.",
                "Rename or delete it, then run the same command again.",
            )
        try:
            if venv.exists():
                shutil.rmtree(venv)
            venv.mkdir()
        except OSError as error:
            raise InstallerProblem(
                f"{venv} cannot be made anew: {error.strerror or error}.",
                "Close programs that use it, check that the project folder is yours, then run the "
                "same command again.",
            ) from error
        self.state = SetupState(torch_wish=self.state.torch_wish, answers=self.state.answers)
        self._begin("environment")
        # Started from inside an environment, the Python below it is the one to build on.
        base = getattr(sys, "_base_executable", None) or sys.executable
        done = subprocess.run(
            [base, "-m", "venv", str(venv)],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        self.project.log.write_text(done.stdout + done.stderr, encoding="utf-8")
        if done.returncode != 0:
            raise InstallerProblem(
                f"Python could not make the environment {venv}.",
                "On Debian and Ubuntu: apt install python3-venv. Python's own words are in "
                f"{self.project.log}.",
            )

    def _pip(self, step: Step) -> None:
        tools = self._tools()
        self._installer.must(
            "installing pip", ["install", "--retries", "2", "--upgrade", *tools], step.note
        )
        step.note(" ".join(tools))

    def _torch(self, step: Step) -> None:
        version = locked_version(self.project.lock, "torch")
        system = platform.system()
        got = install_torch(self._installer, self.build, version, system, self._locks(), step)
        step.note(f"{version}, {got.label} build" + _why_other(self.build, got))

    def _libraries(self, step: Step) -> None:
        self._install("the libraries", self.project.libraries(), step)

    def _test_tools(self, step: Step) -> None:
        self._install("the tests' tools", requirements(self.project.pyproject, "dev"), step)

    def _install(self, what: str, wanted: list[str], step: Step) -> None:
        self._installer.must(
            f"installing {what}", ["install", *self._constraints(), *wanted], step.note
        )
        step.note("as locked in installer/constraints.txt")

    def _multiplane(self, step: Step) -> None:
        words = [
            "install",
            "--no-deps",
            "--no-build-isolation",
            "--editable",
            str(self.project.root),
            "--editable",
            str(self.project.study),
        ]
        self._installer.must("installing Multiplane", words, step.note)
        step.note("from this folder: edits take effect at once")

    def _check(self, step: Step) -> None:
        self._installer.must("checking the installed packages", ["check"])
        done = subprocess.run(
            [str(self.project.python), "-c", "import torch; print(torch.__version__)"],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            hint = (
                "Install Microsoft's Visual C++ Redistributable (x64)"
                if platform.system() == "Windows"
                else "Run: python3 installer setup --fresh"
            )
            raise InstallerProblem(
                f"PyTorch is installed but does not start: {last}", f"{hint}.", FAILURE
            )
        self.state.torch_installed = done.stdout.strip()
        # PyMatting and the fill compile themselves at their first import, up to a minute: here
        # rather than in the first shot. Should that fail, the shot's own error says more.
        step.note("preparing the compiled code of mattes and fill")
        compiled = "import pymatting, multiplane.layers.patches"
        subprocess.run([str(self.project.python), "-c", compiled], capture_output=True, check=False)
        step.note(f"torch {self.state.torch_installed} starts, nothing is missing")


def _why_other(wanted: TorchBuild, got: TorchBuild) -> str:
    if got.label == wanted.label:
        return ""
    return f" ({got.reason}; it runs without the GPU)"


def ensure_set_up(
    project: Project,
    torch_wish: str | None = None,
    verbose: bool = False,
    fresh: bool = False,
    tools: bool = False,
) -> bool:
    """Set up what is missing.

    Args:
        project: the clone to set up.
        torch_wish: "auto", "cpu" or "cuda"; None keeps what an earlier set-up was told.
        verbose: whether pip's words are shown.
        fresh: whether an environment that is there is made anew.
        tools: whether what only the tests need is wanted too.

    Returns:
        Whether there was anything to do.

    Raises:
        InstallerProblem: something is missing on this machine, or a step failed.
    """
    if not fresh and not Setup(project, torch_wish, verbose, tools).pending():
        return False
    said = "Another set-up of this folder is running; waiting for it."
    with only_one_here(project.root, "setup", lambda: print(said)):
        # Read again: while this one waited, the other may have done it all.
        setup = Setup(project, torch_wish, verbose, tools)
        if fresh:
            setup.state.finished.clear()
        if setup.pending():
            setup.run()
    return True
