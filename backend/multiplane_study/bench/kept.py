"""What a run has found so far, on disk, so that it goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import multiplane
import multiplane_study

_MATTERS = (
    "attention", "depth", "layers", "models", "produce", "stage", "deliver",
)  # fmt: skip
_MATTERS_HERE = (
    "ablations", "artists", "artwork", "bench", "scenes", "stylized500", "hidden.py", "metrics.py",
    "doubt.py", "observed.py", "paper_method.py",
)  # fmt: skip
_ONLY_TELLS = {"statistics.py", "tables.py", "result.py", "headline.py", "kept.py"}
"""Of the bench: what the figures are told with, not what they come of."""


@cache
def source_key() -> str:
    """Sixteen hexadecimal digits of all code that a figure comes of: other code measures anew."""
    digest = hashlib.sha256()
    for package, names in ((multiplane, _MATTERS), (multiplane_study, _MATTERS_HERE)):
        root = Path(package.__path__[0])
        for name in names:
            for path in _sources(root / name):
                digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _sources(path: Path) -> Iterable[Path]:
    if path.is_file():
        return [path]
    return sorted(one for one in path.rglob("*.py") if one.name not in _ONLY_TELLS)


class Kept:
    """A file of lines, one a finding, under keys. Lines of another `version` are passed over.

    A line that a stop has cut short is passed over too.
    """

    def __init__(self, path: Path, version: str) -> None:
        self._path, self._version = path, version
        self._found: dict[str, Any] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file():
            for line in path.read_text("utf-8").splitlines():
                try:
                    read = json.loads(line)
                    if read["version"] == version:
                        self._found[read["key"]] = read["value"]
                except (ValueError, KeyError, TypeError):
                    continue

    def __contains__(self, key: str) -> bool:
        return key in self._found

    def __getitem__(self, key: str) -> Any:
        return self._found[key]

    def __len__(self) -> int:
        return len(self._found)

    def get(self, key: str) -> Any:
        """None where nothing is kept."""
        return self._found.get(key)

    def keep(self, key: str, value: Any) -> None:
        """Writes it down at once."""
        self._found[key] = value
        line = json.dumps({"version": self._version, "key": key, "value": value})
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
