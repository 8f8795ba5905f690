"""Label colours and identity tags: how a designer, and a later import, tell our items apart."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from multiplane.contract.own_version import own_version

BACKGROUND, CHARACTER, PROP, CAMERA, RIG, GUIDE, COMP, PROBLEM = 9, 8, 14, 4, 2, 11, 15, 1
"""After Effects' label numbers, in its default colours: green, blue, cyan, pink, yellow,
orange, sandstone and red."""
LABEL_OF_KIND = {"background": BACKGROUND, "character": CHARACTER, "prop": PROP}
LABEL_OF_MARKER = {"dialogue": 14, "action": 11, "notes": 2}

TAG = "Multiplane "
MAX_NAME_BYTES = 255
"""Longest name of a layer or item, bytes of UTF-8."""
_HASH_CHARACTERS = 16


def tag(**identity: str | None) -> str:
    """The comment of an item or layer: "Multiplane " and a JSON object, ASCII, one line.

    Entries that are None are left out; "version" is this program's.
    """
    known = {name: value for name, value in identity.items() if value is not None}
    return TAG + json.dumps({**known, "version": own_version()})


def file_hash(path: Path) -> str:
    """The first 16 hexadecimal digits of the file's SHA-256."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:_HASH_CHARACTERS]


def item_name(name: str) -> str:
    """The name as After Effects keeps it: at most 255 bytes of UTF-8, whole characters."""
    shown = name.encode("utf-8", "replace")[:MAX_NAME_BYTES].decode("utf-8", "ignore")
    return shown.replace("\0", "")
