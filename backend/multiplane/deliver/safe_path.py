"""The one function through which a path that somebody sent becomes a path on the disk."""

from __future__ import annotations

import os
import re
from pathlib import Path

from multiplane.contract.errors import InputError

_MAX_LENGTH = 1024
# Windows opens devices for these names in any folder, with any extension.
_DEVICE = re.compile(r"(?i)^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)\s*(\.|$)")


def safe_path(root: Path, name: str) -> Path:
    """`root/name`, where `name` is relative, with forward slashes, and stays inside `root`.

    The file need not be there; what is there must not lead out of `root` by a symbolic link.
    Names that mean something else on another system are refused on every system. Raises
    InputError `path.refused`.
    """
    reason = _fault(name)
    if reason is None:
        path = root.joinpath(*name.split("/"))
        # realpath follows every link, also in the parts above a file that is not there.
        real, inside = os.path.realpath(path), os.path.realpath(root)
        if _is_in(real, inside):
            return path
        reason = "it leads out of its folder"
    raise InputError(
        "path.refused",
        "This path is not allowed: {why}.",
        value=name[:200],
        remedy="Use a relative path with forward slashes, such as layers/01-warrior.png.",
        values={"why": reason},
    )


def _is_in(real: str, folder: str) -> bool:
    try:
        return os.path.commonpath([real, folder]) == folder and real != folder
    except ValueError:  # another drive of Windows
        return False


def _fault(name: str) -> str | None:
    if not name:
        return "it is empty"
    if len(name) > _MAX_LENGTH:
        return "it is too long"
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in name):
        return "it has control characters"
    if any("\ud800" <= letter <= "\udfff" for letter in name):
        return "it is not valid Unicode"
    if "\\" in name:
        return "it has a backslash"
    if ":" in name:
        return "it has a colon, as in drives and streams"
    for part in name.split("/"):
        if part == "":
            return "it is absolute, or has an empty part"
        if part in (".", ".."):
            return "it goes up"
        if part.startswith("."):
            return "it is hidden"
        if part != part.rstrip(". ") or part != part.lstrip(" "):
            return "a part begins with a space, or ends with one or with a dot"
        if _DEVICE.match(part):
            return "it is the name of a device"
        if set(part) & set('<>"|?*'):
            return "it has characters that not every system allows"
    return None
