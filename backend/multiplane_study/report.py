"""What every study command writes: figures, and the machine, commit and date they belong to."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from rich.console import Console

_PACKAGES = ("torch", "diffusers", "transformers", "numpy", "opencv-python-headless", "pymatting")

_BESIDE = "full_size"
"""What `write_beside` adds to a report's file, and `write` keeps."""

Cell = str | float | int | None


@dataclass(frozen=True)
class Table:
    """Rows as they are shown; figures in the JSON file come from `Report.figures`."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass
class Report:
    """Figures of one study, shown as tables and written as JSON with where they were measured."""

    name: str
    figures: Mapping[str, Any]  # what `write` puts at the top level
    tables: list[Table] = field(default_factory=list)

    def add(self, **figures: Any) -> None:
        """More keys at the top level; one that is there already is replaced."""
        self.figures = {**self.figures, **figures}

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
        """Adds a table to show. Numbers with a fraction are shown with three digits."""
        self.tables.append(Table(title, tuple(columns), tuple(tuple(row) for row in rows)))

    def show(self, console: Console | None = None) -> None:
        """Prints the tables, and below them machine, commit and date in one line."""
        from rich.console import Console as RichConsole
        from rich.table import Table as RichTable

        console = console or RichConsole()
        for table in self.tables:
            shown = RichTable(title=table.title, title_justify="left")
            for index, column in enumerate(table.columns):
                shown.add_column(column, justify="left" if index == 0 else "right")
            for row in table.rows:
                shown.add_row(*(shown_cell(cell) for cell in row))
            console.print(shown)
        here = surroundings()
        line = f"{here['date']}, commit {here['commit']}, {here['cpu']}, {here['cores']} cores"
        console.print(f"{line}, {here['gpu']}" if here["gpu"] else line, style="dim")

    def as_dict(self) -> dict[str, Any]:
        """The figures, and under `measured` where and when."""
        return {"study": self.name, **_plain(self.figures), "measured": surroundings()}

    def write(self, path: Path | None = None) -> Path:
        """Writes the JSON to `path` (default `reports/<name>.json` here) and returns the path."""
        path = path or Path("reports") / f"{self.name}.json"
        earlier = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        beside = {_BESIDE: earlier[_BESIDE]} if _BESIDE in earlier else {}
        _write(path, {**self.as_dict(), **beside})
        return path

    def write_beside(self, path: Path, name: str) -> None:
        """Writes the JSON as `full_size`, `name` into the file of another report; both stay."""
        whole = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        whole.setdefault(_BESIDE, {})[name] = self.as_dict()
        _write(path, whole)


def _write(path: Path, document: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    temporary = path.with_name(path.name + ".part")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def surroundings() -> dict[str, Any]:
    """Machine, commit, date and versions, as plain JSON values; unknown ones are null."""
    versions: dict[str, str | None] = {}
    for package in _PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = None
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "system": f"{platform.system()} {platform.machine()}",
        "cpu": _cpu_name(),
        "cores": _cores(),
        "gpu": _gpu_name(),
        "python": platform.python_version(),
        "versions": versions,
    }


def commit() -> str | None:
    """The commit of the source tree this package runs from; `+` when it has changes."""
    here = Path(__file__).resolve().parent

    def git(*words: str) -> str | None:
        try:
            done = subprocess.run(
                ["git", *words], cwd=here, capture_output=True, text=True, timeout=10, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    # An installed copy inside somebody else's repository must not claim that commit.
    if git("ls-files", "--error-unmatch", Path(__file__).name) is None:
        return None
    head = git("rev-parse", "--short=10", "HEAD")
    changed = git("status", "--porcelain", "--untracked-files=no")
    return head and head + ("+" if changed else "")


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _cpu_name() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _gpu_name() -> str | None:
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else None


def shown_cell(cell: Cell) -> str:
    """A cell as tables show it."""
    if cell is None:
        return "–"
    return f"{cell:.3f}" if isinstance(cell, float) else str(cell)


def _plain(value: Any) -> Any:
    """numpy scalars and arrays as what JSON knows; not-a-number as null."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
