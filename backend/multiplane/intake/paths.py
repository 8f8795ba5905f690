"""Where the files are that a storyboard names.

A name is what people read. On macOS "é" may be stored as two characters and on Linux as one, and
on macOS and Windows "Board_01.PNG" is "board_01.png": such a name is found here as it was there.
"""

from __future__ import annotations

import os
import time
import unicodedata
from functools import lru_cache
from pathlib import Path

_SETTLED_S = 2.0
"""A folder whose last change is older may be remembered: file systems tell time in steps."""
_DECODED = str.maketrans({"\n": "n", "\t": "t", "\r": "r", "\b": "b", "\f": "f"})
_SHOWN = str.maketrans({"\n": "␊", "\t": "␉", "\r": "␍", "\b": "␈", "\f": "␌"})


def name_key(name: str) -> str:
    """The same text for all ways of writing a name: composed or not, in capitals or not."""
    return _composed(_composed(name).casefold())


def same_letters(name: str, other: str) -> bool:
    """Whether two names are equal but for the composition of their letters."""
    return _composed(name) == _composed(other)


def resolve_path(name: str, folder: Path) -> Path:
    """`name` as a path; a relative one starts at `folder`, written with / or with \\ alike.

    Where nothing has exactly this name, what has it in another composition of its letters, else
    in another case of them. A path where nothing is comes back as it was named.
    """
    path = folder / name
    if _exists(path):
        return path
    if "\\" in name:
        path = folder / name.replace("\\", "/")
    return find_path(path)


def find_path(path: Path) -> Path:
    """`path`, or what is there under the same name, part by part; see `resolve_path`."""
    if _exists(path):
        return path
    try:
        found = Path(path.anchor)
        for part in path.parts[1:] if path.anchor else path.parts:
            if part == ".." or _exists(found / part):
                found = found / part
                continue
            same = _alike(found, part)
            if not same:
                return path
            found = found / same[0]
    except (OSError, ValueError):
        return path
    return found


def composed_path(path: Path) -> Path:
    """`path`, or what is there under the same name in another composition of its letters."""
    found = find_path(path)
    return found if same_letters(str(found), str(path)) else path


def taken_instead(name: str, folder: Path) -> tuple[str, list[str]] | None:
    """(the name that was found for one in another case of its letters, others alike), else null."""
    path, wanted = resolve_path(name, folder), folder / name.replace("\\", "/")
    parts = zip(reversed(path.parts), reversed(wanted.parts), strict=False)
    if not _exists(path) or all(same_letters(part, other) for part, other in parts):
        return None
    others = [sibling for sibling in _alike(path.parent, path.name) if sibling != path.name]
    return path.name, others


DECODED = (
    r"In JSON a backslash and a letter are one character (\n a line end, \t a tab): write "
    '"{meant}", or each backslash twice.'
)
"""The remedy for `decoded_escapes`."""


def decoded_escapes(name: str) -> tuple[str, str] | None:
    """(the path so that its control characters show, what is meant) for one with some, else null.

    In JSON "\\n" in "C:\\new" is a line end.
    """
    if not any(character in name for character in "\n\t\r\b\f"):
        return None
    return name.translate(_SHOWN), _with_slashes(name)


def _with_slashes(name: str) -> str:
    spelled = "".join(
        f"/{letter.translate(_DECODED)}" if ord(letter) in _DECODED else letter for letter in name
    )
    return spelled.replace("\\", "/")


def _alike(folder: Path, part: str) -> list[str]:
    """The names in `folder` that are `part`'s: those equal but for composition first."""
    names = _names(folder).get(name_key(part), ())
    return sorted(names, key=lambda name: (not same_letters(name, part), name))


def _names(folder: Path) -> dict[str, tuple[str, ...]]:
    changed = os.stat(folder).st_mtime_ns
    if time.time_ns() - changed < _SETTLED_S * 1e9:
        return _read_names(str(folder))
    return _remembered_names(str(folder), changed)


@lru_cache(maxsize=16)
def _remembered_names(folder: str, changed_ns: int) -> dict[str, tuple[str, ...]]:
    return _read_names(folder)


def _read_names(folder: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name in os.listdir(folder or "."):
        key = name_key(name)
        found[key] = (*found.get(key, ()), name)
    return found


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
