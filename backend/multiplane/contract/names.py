"""Safe, unique names for files and folders from whatever a user calls things."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Collection, Iterable

from pathvalidate import sanitize_filename

# Room for "layers/", an extension and a deep project folder below Windows' 260 characters.
_MAX_BYTES = 80
_HASH_CHARACTERS = 8
# pathvalidate leaves these; "%" and "#" are decoded by programs that take files as URLs.
_ALSO_UNSAFE = str.maketrans(dict.fromkeys("%#$~'`", "_"))


def folder_name(id_: str, taken: Collection[str] = ()) -> str:
    """The folder (or file stem) for `id_` on every operating system: at most 80 bytes of UTF-8.

    An id that is safe as it is stays as it is. Any other gets a hash of the whole id appended,
    so that "a/b" and "a:b" differ. `taken` holds names that are given away already; they are
    compared as case-insensitive file systems that normalise Unicode do.
    """
    return _free_name(id_, {_folded(name) for name in taken})


def folder_names(ids: Iterable[str]) -> dict[str, str]:
    """A folder for each id, no two the same on a case-insensitive file system; ids are unique."""
    names: dict[str, str] = {}
    used: set[str] = set()
    for id_ in ids:
        names[id_] = _free_name(id_, used)
        used.add(_folded(names[id_]))
    return names


def _free_name(id_: str, used: Collection[str]) -> str:
    safe = _safe(id_)
    if safe == id_ and _folded(safe) not in used:
        return safe
    digest = hashlib.sha256(id_.encode("utf-8", "surrogatepass")).hexdigest()
    for length in range(_HASH_CHARACTERS, len(digest) + 1):
        suffix = "-" + digest[:length]
        name = _shortened(safe, _MAX_BYTES - len(suffix)).rstrip(" .-") + suffix
        if _folded(name) not in used:
            return name
    raise ValueError(f"{id_!r} has been given a name already")


def _safe(text: str) -> str:
    shown = "".join(
        character if _is_shown(character) else "_"
        for character in unicodedata.normalize("NFC", text)
    )
    safe = sanitize_filename(
        shown.translate(_ALSO_UNSAFE), replacement_text="_", platform="universal"
    )
    # A leading dot hides a file, a leading dash reads as an option.
    safe = _shortened(safe, _MAX_BYTES).strip(" .-")
    return safe or "shot"


def _is_shown(character: str) -> bool:
    # Categories C and Z: control and invisible direction characters, lone surrogates, odd
    # spaces and line ends. The joiner U+200D holds emoji together.
    return character in " \u200d" or unicodedata.category(character)[0] not in "CZ"


def _shortened(text: str, max_bytes: int) -> str:
    return text.encode("utf-8")[:max_bytes].decode("utf-8", "ignore")


def _folded(name: str) -> str:
    # Both foldings: casefold turns "ß" into "ss" as some systems do, NFKC is a superset of NFC.
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
