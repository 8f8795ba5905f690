"""What has been set up so far, so that a set-up is resumed and a finished one costs nothing."""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

STATE_NAME = "multiplane-setup.json"


@dataclass
class SetupState:
    """The record in `.venv/multiplane-setup.json`.

    A step is done when `finished` holds the key that the step has now: when the lock, the Python or
    the chosen build of torch changes, the keys change, and just the steps concerned run again.
    """

    complete: bool = False
    python: str = ""  # major.minor of the environment
    lock: str = ""  # hash of the lock and of what pyproject.toml installs
    torch_build: str = ""  # the build that this machine should have: "cpu", "cu130", ...
    torch_wish: str = "auto"  # what the user asked for: "auto", "cpu" or "cuda"
    torch_installed: str = ""  # what torch itself says: "2.13.0+cpu"
    finished: dict[str, str] = field(default_factory=dict)  # step -> key it was finished with
    answers: dict[str, bool] = field(default_factory=dict)  # what else was wanted: "panel", ...

    def is_done(self, step: str, key: str) -> bool:
        """Tell whether `step` was finished with this very `key`."""
        return self.finished.get(step) == key

    def finish(self, step: str, key: str) -> None:
        """Note that `step` is finished with `key`."""
        self.finished[step] = key

    def begin(self, step: str) -> None:
        """Note that `step` is under way: until it is finished, the set-up is incomplete."""
        self.finished.pop(step, None)
        self.complete = False


def load_state(venv: Path) -> SetupState | None:
    """Read the record of an environment; None where there is none that can be read."""
    try:
        raw: Any = json.loads((venv / STATE_NAME).read_text(encoding="utf-8"))
        return SetupState(**raw)
    except (OSError, ValueError, TypeError):
        return None


def save_state(venv: Path, state: SetupState) -> None:
    """Write the record whole: a cut-off write leaves the old one in place."""
    target = venv / STATE_NAME
    fresh = target.with_suffix(".tmp")
    fresh.write_text(json.dumps(asdict(state), indent=2) + "\n", encoding="utf-8")
    os.replace(fresh, target)


def lock_hash(lock_files: list[Path], pyprojects: list[Path]) -> str:
    """Hash what decides the installed packages.

    Of pyproject.toml only the parts that an installation reads count: a changed lint rule must not
    set everything up anew.
    """
    content = hashlib.sha256()
    for path in lock_files:
        content.update(path.read_bytes().replace(b"\r\n", b"\n"))
        content.update(b"\0")
    for pyproject in pyprojects:
        settings = tomllib.loads(pyproject.read_text(encoding="utf-8"))
        installed = {
            "project": settings.get("project"),
            "build-system": settings.get("build-system"),
            "setuptools": settings.get("tool", {}).get("setuptools"),
        }
        content.update(json.dumps(installed, sort_keys=True).encode())
    return content.hexdigest()[:16]
