"""What a reader of storyboards gives back, and the table of all readers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from multiplane.contract.errors import InputError
from multiplane.contract.known_names import unknown_name
from multiplane.contract.plugins import Guard, Registry
from multiplane.contract.regular_file import open_regular
from multiplane.contract.told_values import Values, told
from multiplane.intake.text_file import MAX_BYTES


@dataclass(frozen=True)
class Notice:
    """Something that the user should know, and that stops nothing.

    code: stays the same between versions, such as ``storyboard.shot.audio.missing``.
    shot: index in the file of the shot that it concerns; null for the whole.
    field: what in the file it concerns, such as ``row 7, camera``.
    file: that it concerns, where that has to be said.
    values: what ``{name}`` in the text and the remedy stands for.
    """

    code: str
    text: str
    shot: int | None = None
    field: str | None = None
    remedy: str | None = None
    values: Values = dataclasses.field(default_factory=dict)
    file: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", told(self.text, self.values))
        object.__setattr__(self, "remedy", told(self.remedy or "", self.values) or None)

    def __str__(self) -> str:
        place = ", ".join(part for part in (self.file, self.field) if part)
        text = f"{place}: {self.text}" if place else self.text
        return f"{text} {self.remedy}" if self.remedy else text


def other_case(
    wanted: str, found: str, others: Sequence[str] = (), *, shot: int | None, field: str
) -> Notice:
    """That a file is named in other letters. others: of the same name in still other letters."""
    return Notice(
        "storyboard.file.other_case",
        "There is no {wanted}; {found} is taken. There is {others} too."
        if others
        else "There is no {wanted}; {found} is taken.",
        shot=shot,
        field=field,
        values={"wanted": wanted, "found": found}
        | ({"others": ", ".join(others)} if others else {}),
    )


def place_in_json(index: int, inner: str) -> str:
    """Where a field of a shot stands in our own JSON: ``shots[2].camera.preset``."""
    return f"shots[{index}]" + (f".{inner}" if inner else "")


@dataclass(frozen=True)
class Reading:
    """A storyboard as its reader understood it, not validated yet.

    document: in the shape of our own JSON, of the current version.
    folder: where its relative paths start.
    errors: shots that the reader itself found a fault with, by index.
    place: (index of the shot, field inside the shot) to what errors call that place.
    """

    document: Mapping[str, Any]
    folder: Path
    errors: Mapping[int, InputError] = dataclasses.field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    place: Callable[[int, str], str] = place_in_json

    def __post_init__(self) -> None:
        if not isinstance(self.document, Mapping):
            raise TypeError(f"a storyboard is an object, not {type(self.document).__name__}")


Read = Callable[[Path], Reading]
"""Raises InputError when the file as a whole is of no use."""


@dataclass(frozen=True)
class Format:
    """One kind of file that a storyboard may be. suffixes: in lower case, with their dot."""

    name: str
    description: str
    suffixes: tuple[str, ...]
    read: Read

    def __post_init__(self) -> None:
        """Raises ValueError for suffixes that no file's suffix would equal."""
        if not self.suffixes:
            raise ValueError("suffixes: at least one is needed, such as '.fountain'")
        for suffix in self.suffixes:
            if not (suffix.startswith(".") and len(suffix) > 1 and suffix == suffix.lower()):
                raise ValueError(f"the suffix {suffix!r} must be in lower case, with its dot")
        if not callable(self.read):
            raise ValueError("read is no function")


FORMATS: Registry[Format] = Registry(
    "multiplane.readers",
    Format,
    claims=lambda new: [
        ("a storyboard format", new.name),
        *(("a reader of", suffix) for suffix in new.suffixes),
    ],
    own="multiplane.intake.readers",
    guard=Guard("read", Reading),
)
FOLDER = "pictures"
"""The format that reads a folder too."""


def reader(name: str, description: str, *, suffixes: tuple[str, ...]) -> Callable[[Read], Read]:
    """Register the decorated function as the reader of the format ``name``."""

    def register(read: Read) -> Read:
        FORMATS.add(Format(name, description, suffixes, read))
        return read

    return register


def find_format(path: Path) -> Format:
    """The format of what is at `path`, by its suffix; a folder is one of pictures.

    A file with a suffix that nobody reads is taken for our JSON when it begins like it. Raises
    InputError for a path where nothing is, and for a file that no reader knows.
    """
    try:
        if path.is_dir():
            return FORMATS[FOLDER]
        there = path.exists()
    except (OSError, ValueError):
        there = False
    if not there:
        near = _near(path)
        raise InputError(
            "storyboard.file.missing",
            "There is no such file or folder.",
            file=str(path),
            remedy="Did you mean {near}?" if near else None,
            values={"near": near} if near else {},
        )
    suffix = path.suffix.lower()
    for format_ in FORMATS.values():
        if suffix in format_.suffixes:
            return format_
    if _begins_like_json(path):
        return FORMATS["json"]
    known = ", ".join(s for format_ in FORMATS.values() for s in format_.suffixes)
    remedy = "Give a folder, or one of: {known}.{plugins}"
    if suffix in (".xlsx", ".xls", ".xlsm", ".ods", ".numbers"):
        remedy = "Export the table as CSV (UTF-8).{plugins}"
    raise InputError(
        "storyboard.file.unknown_format",
        "This is no storyboard that can be read.",
        file=str(path),
        value=path.suffix or path.name,
        remedy=remedy,
        values={"known": known, "plugins": FORMATS.unusable()},
    )


def _begins_like_json(path: Path) -> bool:
    try:
        with open_regular(path, MAX_BYTES) as stream:
            head = stream.read(64)
    except OSError:
        return False
    return head.translate(None, b"\xef\xbb\xbf\xff\xfe\0 \t\r\n").startswith((b"{", b"["))


def _near(path: Path) -> str | None:
    """Those of its folder's names that it nearly is, in quotes."""
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except (OSError, ValueError):
        return None
    near = unknown_name("", "", path.name, names).values.get("near")
    return None if near is None else str(near)
