"""JSON files of users: any Unicode encoding with a mark, bounded, and strict about numbers."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any, NoReturn

from multiplane.contract.errors import InputError
from multiplane.contract.validation import field_path
from multiplane.intake.text_file import MAX_BYTES, encoding_of, read_bytes

# More than any real document has, and less than any writer of JSON gives up at.
MAX_DEPTH = 100
_SHOWN = 60  # characters of a line
_LINE_END = re.compile(r"\r\n|\n|\r")
_QUOTES = tuple("“”„‟«»‘’‚")


def read_json(path: Path, *, kind: str, max_bytes: int = MAX_BYTES) -> dict[str, Any]:
    """The JSON object in the file at `path`.

    kind: "storyboard", ..., the start of the errors' codes. Raises InputError for a file that is
    missing, unreadable, larger than `max_bytes`, not Unicode text, not JSON (with line and
    column), nested too deeply, or that holds NaN, an enormous number or half a character.
    """
    text = _decoded(read_bytes(path, kind=kind, max_bytes=max_bytes), path, kind)

    def refuse_constant(name: str) -> NoReturn:
        raise InputError(
            f"{kind}.json.not_a_number",
            "JSON has no {name}.",
            file=str(path),
            value=name,
            values={"name": name},
        )

    def own_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            name = next(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
            raise InputError(
                f"{kind}.json.name_twice",
                "A name stands twice in the same object; only one of them could count.",
                file=str(path),
                value=name,
                remedy="Keep one of them.",
            )
        return found

    try:
        document = json.loads(text, parse_constant=refuse_constant, object_pairs_hook=own_names)
        _inspect(document, path, kind)
    except json.JSONDecodeError as error:
        line, column, around = _place(text, error.pos)
        raise InputError(
            f"{kind}.json.syntax",
            "Line {line}, column {column} is not JSON: {cause}.",
            file=str(path),
            value=around,
            remedy="{what_to_do}",
            values={
                "line": line,
                "column": column,
                "cause": _cause(text, error)[0],
                "what_to_do": _cause(text, error)[1],
            },
        ) from None
    except RecursionError:
        raise _too_deep(path, kind) from None
    except ValueError:
        raise InputError(
            f"{kind}.json.number_too_large",
            "A whole number in the document has thousands of digits.",
            file=str(path),
        ) from None
    if not isinstance(document, dict):
        raise InputError(
            f"{kind}.json.not_an_object",
            "A {noun} is a JSON object, in braces.",
            file=str(path),
            value=document,
            remedy='Write {"shots": [...]} around the list.'
            if isinstance(document, list) and path.suffix.lower() == ".json"
            else None,
            values={"noun": kind},
        )
    return document


def _cause(text: str, error: json.JSONDecodeError) -> tuple[str, str]:
    """(what is wrong there, what to do) of the mistakes that people and programs make most."""
    rest = text[error.pos :]
    before = text[: error.pos].rstrip()
    if error.msg.startswith("Invalid \\"):
        return (
            "a single backslash",
            r'Write paths with / ("C:/boards/01.png"), or each backslash twice.',
        )
    if rest.startswith(("//", "/*", "#")):
        return "a comment, which JSON does not have", "Take it out."
    if rest[:1] in _QUOTES or before[-1:] in _QUOTES:
        return "a typographic quote", 'Use straight quotes: ".'
    if rest[:1] == "'":
        return "a single quote", 'Use double quotes: ".'
    if before.endswith(",") and rest.lstrip()[:1] in ("]", "}"):
        return "a comma before the closing bracket", "Take the comma out."
    if rest.lstrip().startswith(("]", "}")) and error.msg.startswith("Illegal trailing comma"):
        return "a comma before the closing bracket", "Take the comma out."
    return error.msg, "Check commas, quotes and brackets there and just before."


def _place(text: str, at: int) -> tuple[int, int, str | None]:
    """(line, column, the line about it) of a character, both from 1, however lines end.

    Of the line so much is shown that one finds the place; None for an empty one.
    """
    lines = _LINE_END.split(text[:at])
    column = len(lines[-1])
    line = _LINE_END.split(text[at - column :], maxsplit=1)[0]
    start = max(0, min(column - _SHOWN // 2, len(line) - _SHOWN))
    shown = line[start : start + _SHOWN]
    before = "…" if start > 0 else ""
    after = "…" if start + _SHOWN < len(line) else ""
    return len(lines), column + 1, f"{before}{shown}{after}" if shown.strip() else None


def _decoded(data: bytes, path: Path, kind: str) -> str:
    encoding, start = encoding_of(data)
    try:
        return data[start:].decode(encoding)
    except UnicodeDecodeError as error:
        at = start + error.start
        line = data[:at].count(b"\n") + 1
        raise InputError(
            f"{kind}.file.encoding",
            "The file is not {encoding} text: byte 0x{byte} in line {line}.",
            file=str(path),
            remedy="Save it as UTF-8.",
            values={"encoding": encoding.upper(), "byte": f"{data[at]:02X}", "line": line},
        ) from None


def _too_deep(path: Path, kind: str) -> InputError:
    return InputError(
        f"{kind}.json.too_deep",
        "The document is nested more than {most} levels deep.",
        file=str(path),
        values={"most": MAX_DEPTH},
    )


def _inspect(document: object, path: Path, kind: str) -> None:
    """Refuses too much depth, and half a character, which no file or terminal can show."""
    waiting: list[tuple[tuple[str | int, ...], object]] = [((), document)]
    while waiting:
        place, value = waiting.pop()
        if len(place) > MAX_DEPTH:
            raise _too_deep(path, kind)
        if isinstance(value, dict):
            waiting += [((*place, key), item) for key, item in value.items()]
            waiting += [(place, key) for key in value]
        elif isinstance(value, list):
            waiting += [((*place, index), item) for index, item in enumerate(value)]
        elif isinstance(value, str) and not value.isascii():
            try:
                value.encode("utf-8")
            except UnicodeEncodeError:
                raise InputError(
                    f"{kind}.json.lone_surrogate",
                    "The text holds half a character (a lone surrogate).",
                    file=str(path),
                    field=field_path(place) or None,
                    value=value,
                ) from None
