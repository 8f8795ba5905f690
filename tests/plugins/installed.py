"""Packages as pip would install them: a folder on the path, found by importlib.metadata."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from multiplane.contract.plugins import Registry
from multiplane.deliver.exports import EXPORTERS
from multiplane.intake.reading import FORMATS
from multiplane.layers.cutters.decomposer import CUTTERS
from multiplane.models.families.registry import FAMILIES
from multiplane.stage.registry import PRESETS

SAMPLE = Path(__file__).parent / "sample"
TABLES: tuple[Registry[Any], ...] = (PRESETS, FORMATS, EXPORTERS, CUTTERS, FAMILIES)
BACKEND = Path(__file__).parents[2] / "backend"


def package(folder: Path, name: str, announced: Mapping[str, Mapping[str, str]]) -> Path:
    """Announce entry points by group, in the metadata of a package `name` in `folder`."""
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = []
    for group, entries in announced.items():
        lines += [f"[{group}]", *(f"{key} = {target}" for key, target in entries.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    return folder


@contextmanager
def installed(folder: Path) -> Iterator[Path]:
    """Let this process find what is in `folder`, for as long as the block runs."""
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    try:
        for table in TABLES:
            table.reload()
        yield folder
    finally:
        sys.path.remove(str(folder))
        for name in set(sys.modules) - before:
            if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(folder)):
                del sys.modules[name]
        for table in TABLES:
            table.reload()


def multiplane(
    *words: object, packages: Path, folder: Path, backend: Path = BACKEND
) -> subprocess.CompletedProcess[str]:
    """The program in a process of its own, in `folder`, with what is in `packages` installed."""
    return subprocess.run(
        [sys.executable, "-m", "multiplane", *map(str, words)],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join((str(backend), str(packages))),
            "MULTIPLANE_DATA": str(folder / "data"),
            "NO_COLOR": "1",
            "COLUMNS": "200",
        },
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
