"""Checks of the machine before anything is downloaded."""

from __future__ import annotations

import importlib.util
import platform
import shutil
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

from installer.problems import InstallerProblem

GB = 1_000_000_000


def check_platform(system: str, machine: str, bits: int, musl: bool) -> None:
    """Refuse systems that PyTorch has no build for.

    Args:
        system: `platform.system()`: "Linux", "Windows" or "Darwin".
        machine: `platform.machine()`.
        bits: 64, or 32 for a Python built for 32-bit systems.
        musl: whether this Python is built against musl instead of glibc (Alpine Linux).

    Raises:
        InstallerProblem: there is no build of PyTorch for this system.
    """
    if bits < 64:
        raise InstallerProblem(
            "This Python is a 32-bit build, and PyTorch exists only for 64-bit ones.",
            "Install the 64-bit version of Python and start the installer with it.",
        )
    if system == "Darwin" and machine == "x86_64":
        raise InstallerProblem(
            "This Python runs as an Intel program, and PyTorch no longer supports Intel Macs.",
            "On a Mac with Apple silicon install the arm64 (universal2) Python and use that one.",
        )
    if musl:
        raise InstallerProblem(
            "This system uses musl (as Alpine Linux does), and PyTorch exists only for glibc.",
            "Use a glibc system such as Debian, Ubuntu or Fedora, in a container if need be.",
        )


def check_this_platform() -> None:
    """Run `check_platform` on the Python that runs."""
    host = str(sysconfig.get_config_var("HOST_GNU_TYPE") or "")
    check_platform(
        platform.system(), platform.machine(), 64 if sys.maxsize > 2**32 else 32, "musl" in host
    )


def check_venv_module(has_module: Callable[[str], bool] | None = None) -> None:
    """Refuse a Python without `venv` and `ensurepip`, as Debian ships it.

    Args:
        has_module: tells whether a module can be imported; by default asks this Python.

    Raises:
        InstallerProblem: one of the two is missing.
    """
    has = has_module or (lambda name: importlib.util.find_spec(name) is not None)
    if has("venv") and has("ensurepip"):
        return
    minor = f"{sys.version_info[0]}.{sys.version_info[1]}"
    raise InstallerProblem(
        "This Python has no venv module, which makes the environment that Multiplane lives in.",
        f"On Debian and Ubuntu: apt install python{minor}-venv (or python3-venv); elsewhere "
        "install Python with its standard library complete.",
    )


def check_disk(folder: Path, need: int, free_bytes: Callable[[Path], int] | None = None) -> None:
    """Refuse a disk that is too full for the set-up.

    Args:
        folder: where the environment is made.
        need: bytes that the set-up takes there at its peak.
        free_bytes: tells the free bytes of a folder's disk; by default asks the system.

    Raises:
        InstallerProblem: fewer than `need` bytes are free.
    """
    free = (free_bytes or (lambda path: shutil.disk_usage(path).free))(folder)
    if free >= need:
        return
    raise InstallerProblem(
        f"Too little disk space: the set-up needs {need / GB:.1f} GB in {folder}, and "
        f"{free / GB:.1f} GB are free there.",
        "Free some space or move the project to another disk, then run the same command again.",
    )
