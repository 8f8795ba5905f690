"""Paths that are longer than a system takes: Windows' 260 characters, and names of 255 bytes."""

from __future__ import annotations

import hashlib
import ntpath
import os
from pathlib import Path

WINDOWS = os.name == "nt"
WINDOWS_MAX_PATH = 260
"""MAX_PATH with the final NUL: an ordinary path must be shorter."""
MAX_NAME_BYTES = 255
"""Longest name of a file or folder: 255 bytes on Linux, 255 UTF-16 units on macOS and Windows."""
ROOM = 140
"""Left for what is written inside a folder: ".new-" and its token, "layers/", a layer's name."""

_PREFIX, _UNC_PREFIX = "\\\\?\\", "\\\\?\\UNC\\"
_SHORTENED = 80
_HASH_CHARACTERS = 16


def openable(path: Path) -> Path:
    """``path`` in the form that Windows takes at any length, where that is needed.

    On other systems, and for short paths, it is returned as it is.
    """
    if not WINDOWS:
        return path
    absolute = os.path.abspath(path)
    long = extended(absolute)
    return path if long == absolute else Path(long)


def extended(path: str) -> str:
    r"""An absolute Windows path as ``\\?\C:\...``, if it or a file inside it could be too long.

    (Microsoft, "Maximum Path Length Limitation".) Such a path is taken literally, so slashes are
    turned round and ".." resolved first.
    """
    if path.startswith(_PREFIX) or len(path) + ROOM < WINDOWS_MAX_PATH:
        return path
    plain = ntpath.normpath(path)
    if plain.startswith("\\\\"):
        return _UNC_PREFIX + plain[2:]
    return _PREFIX + plain


def without_prefix(path: str) -> str:
    """The path as people write it."""
    if path.startswith(_UNC_PREFIX):
        return "\\\\" + path[len(_UNC_PREFIX) :]
    return path.removeprefix(_PREFIX)


def longest_name(path: Path) -> str:
    """The longest name in the path, by its bytes."""
    return max(path.parts, key=lambda name: len(os.fsencode(name)), default="")


def hidden_stem(name: str) -> str:
    """What the temporary names beside a file or folder begin with: ".name", or a short stand-in.

    Temporary names are longer than the name that they stand for; this one must not be the reason
    for which a name is too long.
    """
    data = os.fsencode(name)
    if len(data) <= MAX_NAME_BYTES - 40:
        return f".{name}"
    digest = hashlib.sha256(data).hexdigest()[:_HASH_CHARACTERS]
    return f".{data[:_SHORTENED].decode('utf-8', 'ignore')}-{digest}"
