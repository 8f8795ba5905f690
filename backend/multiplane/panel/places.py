"""The computer that we are on: where its programs look for what we install, and where they log."""

from __future__ import annotations

import getpass
import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from multiplane.contract.errors import InputError

Kind = Literal["windows", "macos", "other"]
TITLES: dict[str, str] = {"windows": "Windows", "macos": "macOS"}
_KINDS: dict[str, Kind] = {"Windows": "windows", "Darwin": "macos"}


@dataclass(frozen=True)
class System:
    """The computer that we are on. name: for people, such as "Linux"."""

    kind: Kind
    name: str
    home: Path
    app_data: Path | None  # %APPDATA%
    temp: Path | None  # %TEMP%
    config: Path | None = None  # $XDG_CONFIG_HOME
    user: str = ""  # as its service manager names the user: a number, on Windows DOMAIN\name

    @property
    def extensions(self) -> Path | None:
        """The user's folder of CEP extensions; None where Adobe's programs do not run."""
        if self.kind == "windows":
            data = self.app_data or self.home / "AppData" / "Roaming"
            return data / "Adobe" / "CEP" / "extensions"
        if self.kind == "macos":
            return self.home / "Library" / "Application Support" / "Adobe" / "CEP" / "extensions"
        return None


def this_system() -> System:
    """The one that Multiplane runs on."""
    name = platform.system() or "this system"
    return System(
        _KINDS.get(name, "other"),
        name,
        Path.home(),
        _folder("APPDATA"),
        _folder("TEMP"),
        _folder("XDG_CONFIG_HOME"),
        _user(),
    )


def chosen_extensions(system: System, given: Path | None) -> Path:
    """`given`, or the system's own folder. Raises InputError `panel.no_host`."""
    if given is not None:
        return given.absolute()
    if system.extensions is None:
        raise InputError(
            "panel.no_host",
            f"After Effects and Premiere do not run on {system.name}, "
            "so there is no folder of theirs here.",
            remedy="Install the panel on a computer that has them, or name an extensions folder "
            "(of a network share, say) with --folder.",
        )
    return system.extensions


def check_path(path: Path) -> None:
    """Raises InputError `panel.hash_in_path`: CEP does not load an extension from such a path."""
    if "#" in str(path):
        raise InputError(
            "panel.hash_in_path",
            "CEP does not load a panel whose path has a # in it.",
            field="--folder",
            value=str(path),
            remedy="Give --folder a folder without #.",
        )


def _folder(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(value) if value else None


def _user() -> str:
    if os.name != "nt":
        return str(os.getuid())
    domain, name = os.environ.get("USERDOMAIN"), os.environ.get("USERNAME") or getpass.getuser()
    return f"{domain}\\{name}" if domain else name
