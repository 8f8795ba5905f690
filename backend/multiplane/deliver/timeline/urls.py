"""Files as URLs: relative ones, and the absolute form that older editing programs know."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes


def relative_url(path: Path, folder: Path) -> str:
    """``path`` as seen from ``folder``, percent-encoded UTF-8 with forward slashes.

    A path on another drive has no relative form; it becomes an absolute URL.
    """
    try:
        found = os.path.relpath(path, folder)
    except ValueError:
        return absolute_url(path)
    return _quoted(found)


def absolute_url(path: Path) -> str:
    """``path`` as ``file://localhost/C%3A/...``, as Premiere and Final Cut Pro 7 write it."""
    return "file://localhost/" + _quoted(os.path.abspath(path)).removeprefix("/")


def path_of(url: str, folder: Path) -> Path:
    """The file of a relative URL, seen from ``folder``."""
    return folder / os.fsdecode(unquote_to_bytes(url))


def _quoted(path: str) -> str:
    # Bytes, because a name on Linux need not be UTF-8.
    return quote(os.fsencode(path.replace(os.sep, "/")), safe="/")
