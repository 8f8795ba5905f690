"""Where things are in a clone of the project, and what its files ask for."""

from __future__ import annotations

import platform
import tomllib
from dataclasses import dataclass
from pathlib import Path

from installer.problems import FAILURE, InstallerProblem


@dataclass(frozen=True)
class Project:
    """Where things are in a clone of the project."""

    root: Path

    @property
    def venv(self) -> Path:
        """The environment."""
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """The environment's Python."""
        return self.script("python")

    @property
    def log(self) -> Path:
        """What pip said, of all set-ups of this environment."""
        return self.venv / "multiplane-setup.log"

    @property
    def lock(self) -> Path:
        """Every version, as constraints for pip."""
        return self.root / "installer" / "constraints.txt"

    @property
    def cuda_lock(self) -> Path:
        """The versions of the NVIDIA libraries, as constraints for pip."""
        return self.root / "installer" / "constraints-cu130.txt"

    @property
    def pyproject(self) -> Path:
        """What is installed, and why."""
        return self.root / "pyproject.toml"

    @property
    def study(self) -> Path:
        """The package of benches and training, with a pyproject.toml of its own."""
        return self.root / "backend" / "multiplane_study"

    @property
    def pyprojects(self) -> list[Path]:
        """What is installed of both packages."""
        return [self.pyproject, self.study / "pyproject.toml"]

    def libraries(self) -> list[str]:
        """What both packages ask for, besides one another."""
        wanted = [line for pyproject in self.pyprojects for line in requirements(pyproject)]
        return [line for line in wanted if not line.startswith("multiplane==")]

    def script(self, name: str) -> Path:
        """Path of a program in the environment."""
        if platform.system() == "Windows":
            return self.venv / "Scripts" / f"{name}.exe"
        return self.venv / "bin" / name


def locked_version(lock: Path, name: str) -> str:
    """The version that the lock gives for package `name`."""
    for line in lock.read_text(encoding="utf-8").splitlines():
        package, _, version = line.partition("==")
        if package.strip().lower() == name:
            return version.strip()
    raise InstallerProblem(
        f"{lock} names no version of {name}.", "Take the file from the repository again.", FAILURE
    )


def requirements(pyproject: Path, extra: str | None = None) -> list[str]:
    """What pyproject.toml asks for: for the program, or for one of its extras alone."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    wanted: list[str] = (
        project["optional-dependencies"][extra] if extra else project["dependencies"]
    )
    return wanted
