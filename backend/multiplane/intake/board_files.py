"""The files of one Storyboarder board: its drawing layers, back to front, or one picture.

Facts of the format, as its own files and its public issues show them: pictures lie in `images/`
beside the scene, named by their base name. Until version 1 everything was drawn on `url`
("main"), between `reference` and `notes`; from version 2 each tool has a layer of its own and
`url` only names the board. A layer that was never drawn on may be listed and missing, or be there
and empty.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from multiplane.contract.errors import InputError
from multiplane.intake.paths import name_key, same_letters
from multiplane.intake.picture import check_picture, is_empty

IMAGES = "images"
REFERENCE_OPACITY = 0.75
_TOOLS = ("fill", "tone", "pencil", "ink")
_BACKDROPS = ("shot-generator", "reference")
_ORDER = (*_BACKDROPS, "main", *_TOOLS)
_TOP = ("notes", "guides")


@dataclass(frozen=True)
class BoardLayer:
    """file: relative to the scene's folder. opacity: 0 to 1."""

    name: str
    file: str
    opacity: float

    @property
    def is_backdrop(self) -> bool:
        """Whether the board is drawn before it; all others are parts of the one drawing."""
        return self.name in _BACKDROPS


@dataclass
class BoardFiles:
    """layers: drawn, visible, readable, back to front. picture: what else shows the board.

    missing: files that the board names and that are not there or cannot be read. empty: a file
    that is there with nothing drawn on it.
    """

    layers: list[BoardLayer] = field(default_factory=list)
    picture: str | None = None
    missing: list[str] = field(default_factory=list)
    empty: str | None = None


class SceneFolder:
    """The files beside a scene, found by base name however its letters are written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._other_case: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._exact: dict[str, str] = {}
        for inner in ("", IMAGES):
            try:
                with os.scandir(folder / inner) as entries:
                    found = [entry.name for entry in entries if entry.is_file()]
            except OSError:
                continue
            prefix = f"{inner}/" if inner else ""
            self._names |= {name_key(name): prefix + name for name in sorted(found, reverse=True)}
            self._exact |= {name: prefix + name for name in found}

    def find(self, name: object) -> str | None:
        """The file of this base name, relative to the folder; null where there is none."""
        wanted = base_name(name)
        if not wanted or wanted in self._exact:
            return self._exact.get(wanted)
        found = self._names.get(name_key(wanted))
        if found is not None and not same_letters(base_name(found), wanted):
            self._other_case[wanted] = found
        return found

    def take_other_case(self) -> dict[str, str]:
        """Names whose file differs in capitals, with that file; each is given once."""
        taken, self._other_case = self._other_case, {}
        return taken


def base_name(name: object) -> str:
    """The last part of a path in any system's way of writing; empty for what is no name."""
    return PurePosixPath(name.replace("\\", "/")).name.strip() if isinstance(name, str) else ""


def board_files(board: Mapping[str, Any], scene: SceneFolder) -> BoardFiles:
    """What of the board's pictures is there. Each file's header is read, empty ones are decoded."""
    files = BoardFiles()
    url = base_name(board.get("url"))
    listed = _listed(board, url)
    tools = [listing for listing in listed if listing[0] in _TOOLS and scene.find(listing[1])]
    if url and not tools:
        listed.append(("main", url, 1.0))
    for name, wanted, opacity in sorted(listed, key=_rank):
        found = scene.find(wanted)
        if found is None or not _readable(scene.folder / found):
            files.missing.append(f"{IMAGES}/{wanted}" if found is None else found)
        elif opacity > 0 and not is_empty(scene.folder / found):
            files.layers.append(BoardLayer(name, found, opacity))
        else:
            files.empty = files.empty or found
    if not files.layers:
        stem = PurePosixPath(url).stem
        for other in (f"{stem}-posterframe.jpg", f"{stem}-posterframe.png", board.get("link")):
            found = scene.find(other)
            if found is not None and _readable(scene.folder / found):
                files.picture = found
                break
    return files


def _listed(board: Mapping[str, Any], url: str) -> list[tuple[str, str, float]]:
    """(name, file's base name, opacity) of the layers that the board lists."""
    layers = board.get("layers")
    entries: list[tuple[Any, Any]] = []
    if isinstance(layers, Mapping):
        entries = list(layers.items())
    elif isinstance(layers, list):
        entries = [(layer.get("name"), layer) for layer in layers if isinstance(layer, Mapping)]
    found = []
    for name, entry in entries:
        if not isinstance(name, str) or not isinstance(entry, Mapping) or name == "composite":
            continue
        file = base_name(entry.get("url")) or f"{PurePosixPath(url).stem}-{name}.png"
        default = REFERENCE_OPACITY if name == "reference" else 1.0
        opacity = number(entry.get("opacity"))
        found.append((name, file, default if opacity is None else min(max(opacity, 0.0), 1.0)))
    return found


def _rank(layer: tuple[str, str, float]) -> float:
    """Back to front; layers of unknown names lie over the drawing and under the notes."""
    name = layer[0]
    if name in _ORDER:
        return _ORDER.index(name)
    return len(_ORDER) + (1 + _TOP.index(name) if name in _TOP else 0)


def number(value: object) -> float | None:
    """A finite number, also from text ("2001", "1,85"); null for anything else."""
    if isinstance(value, str):
        try:
            value = float(value.strip().replace(",", "."))
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        value = float(value)
    except OverflowError:
        return None
    return value if math.isfinite(value) else None


def _readable(path: Path) -> bool:
    try:
        check_picture(path)
    except InputError:
        return False
    return True
