"""What is started at login, and how what was written says so."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote

from multiplane.panel.places import System

CARRIED = ("MULTIPLANE_MODELS", "MULTIPLANE_LORAS", "HF_HOME", "HF_HUB_CACHE")
"""Environment variables that say where models lie: at login a shell's own are not set."""
MARK = "Written by `multiplane service install`; `multiplane service remove` takes it away."
"""Stands in all that is written: what lacks it is somebody else's."""
_TOLD = re.compile(re.escape(MARK) + r" \[([\w.~/%]+)\]", re.ASCII)


@dataclass(frozen=True)
class Program:
    """`multiplane serve`, run by a Python with a data folder and more options of serve.

    environment: variables that it is given besides those that every program gets at login.
    """

    python: str
    data: str
    options: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def command(self) -> tuple[str, ...]:
        """The program and its words."""
        # -P: nothing that lies in the folder in which it is started is taken for a module.
        runs = (self.python, "-P", "-m", "multiplane", "serve")
        return (*runs, "--data", self.data, *self.options)


def server_program(
    system: System,
    data: Path,
    options: Sequence[str] = (),
    *,
    python: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Program:
    """The server of this installation.

    data: absolute. python: by default the one that runs. environment: variables of which `CARRIED`
    are taken along; by default this process's.
    """
    runs = Path(sys.executable) if python is None else python
    if system.kind == "windows":
        # python.exe would open a console window that nobody asked for.
        windowless = runs.with_name("pythonw.exe")
        runs = windowless if windowless.is_file() else runs
    given = os.environ if environment is None else environment
    carried = {name: given[name] for name in CARRIED if given.get(name)}
    return Program(str(runs), str(data), tuple(options), carried)


def marked(program: Program) -> str:
    """The mark with the program in it: plain letters, without spaces, quotes and hyphens.

    So it survives comments of XML, a line of a unit, and schtasks, which prints no Unicode.
    """
    told = quote(json.dumps(asdict(program), separators=(",", ":")), safe="")
    return f"{MARK} [{told.replace('-', '%2D')}]"


def read_mark(text: str) -> Program | None:
    """The program of a marked text; None for one that is not ours."""
    found = _TOLD.search(text)
    if found is None:
        return None
    try:
        read = json.loads(unquote(found[1]))
        return Program(**{**read, "options": tuple(read["options"])})
    except (ValueError, KeyError, TypeError):
        return None
