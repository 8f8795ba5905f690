"""PlayerDebugMode: the switch under which CEP shows panels that nobody has signed.

CEP reads a text "1" (a number does not count) from HKCU\\Software\\Adobe\\CSXS.<version> on Windows
and from the domain com.adobe.CSXS.<version> on macOS.
"""

from __future__ import annotations

import importlib
import subprocess
from collections.abc import Mapping
from typing import Any, Protocol

from multiplane.contract.errors import Failure
from multiplane.panel.places import System

VERSIONS = tuple(range(9, 14))
"""Of CSXS: those of all programs that the panel knows, and the next."""
ON = "1"
_NAME = "PlayerDebugMode"
_SECONDS = 20.0


class Switch(Protocol):
    """Where the system keeps it."""

    def read(self, version: int) -> str | None:
        """The text; "(number)..." for one of the wrong type, None when it is not set."""

    def write(self, version: int, value: str | None) -> None:
        """Set it, or clear it. Raises OSError."""


def switch_of(system: System) -> Switch | None:
    """None where Adobe's programs do not run."""
    if system.kind == "windows":
        return _Registry()
    return _Defaults() if system.kind == "macos" else None


def states(switch: Switch) -> dict[int, str | None]:
    """What is set, by version."""
    return {version: switch.read(version) for version in VERSIONS}


def switch_on(switch: Switch) -> dict[int, str | None]:
    """Switch it on everywhere; returns the earlier values of those that were changed."""
    changed: dict[int, str | None] = {}
    for version, earlier in states(switch).items():
        if earlier == ON:
            continue
        try:
            switch.write(version, ON)
        except OSError as error:
            restore(switch, changed)
            raise Failure(
                "panel.debug_mode",
                f"PlayerDebugMode cannot be switched on: {error}.",
                field=f"CSXS.{version}",
                remedy="Set it by hand (docs/premiere.md says how), or use --no-debug-mode.",
            ) from error
        changed[version] = earlier if not _is_number(earlier) else None
    return changed


def restore(switch: Switch, changed: Mapping[int, str | None]) -> list[int]:
    """Put back what `switch_on` changed, where nobody changed it since; returns the versions."""
    put_back = []
    for version, earlier in changed.items():
        if switch.read(version) == ON:
            switch.write(version, earlier)
            put_back.append(version)
    return put_back


def _is_number(value: str | None) -> bool:
    return value is not None and value.startswith("(number)")


class _Registry:
    """Windows."""

    def __init__(self) -> None:
        self._winreg: Any = importlib.import_module("winreg")

    def _key(self, version: int) -> str:
        return rf"Software\Adobe\CSXS.{version}"

    def read(self, version: int) -> str | None:
        registry = self._winreg
        try:
            with registry.OpenKey(registry.HKEY_CURRENT_USER, self._key(version)) as key:
                value, kind = registry.QueryValueEx(key, _NAME)
        except FileNotFoundError:
            return None
        return str(value) if kind == registry.REG_SZ else f"(number) {value}"

    def write(self, version: int, value: str | None) -> None:
        registry = self._winreg
        with registry.CreateKey(registry.HKEY_CURRENT_USER, self._key(version)) as key:
            if value is None:
                registry.DeleteValue(key, _NAME)
            else:
                registry.SetValueEx(key, _NAME, 0, registry.REG_SZ, value)


class _Defaults:
    """macOS."""

    def read(self, version: int) -> str | None:
        value = self._run("read", version)
        if value.returncode != 0:
            return None
        kind = self._run("read-type", version).stdout.strip()
        text = value.stdout.strip()
        return text if kind.endswith("string") else f"(number) {text}"

    def write(self, version: int, value: str | None) -> None:
        done = (
            self._run("delete", version)
            if value is None
            else self._run("write", version, "-string", value)
        )
        if done.returncode != 0:
            raise OSError(done.stderr.strip() or "defaults failed")

    @staticmethod
    def _run(verb: str, version: int, *more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["defaults", verb, f"com.adobe.CSXS.{version}", _NAME, *more],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
