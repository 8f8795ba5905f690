"""JSON files of users: any Unicode encoding with a mark, bounded, and strict about numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NoReturn

from multiplane.contract.errors import InputError
from multiplane.contract.validation import field_path
from multiplane.intake.text_file import MARKS, MAX_BYTES, read_bytes

# More than any real document has, and less than any writer of JSON gives up at.
MAX_DEPTH = 100


def read_json(path: Path, *, kind: str, max_bytes: int = MAX_BYTES) -> dict[str, Any]:
    """The JSON object in the file at `path`.

    kind: "storyboard", ..., the start of the errors' codes. Raises InputError for a file that is
    missing, unreadable, larger than `max_bytes`, not Unicode text, not JSON (with line and
    column), nested too deeply, or that holds NaN, an enormous number or half a character.
    """
    text = _decoded(read_bytes(path, kind=kind, max_bytes=max_bytes), path, kind)

    def refuse_constant(name: str) -> NoReturn:
        raise InputError(
            f"{kind}.json.not_a_number", f"JSON has no {name}.", file=str(path), value=name
        )

    try:
        document = json.loads(text, parse_constant=refuse_constant)
        _inspect(document, path, kind)
    except json.JSONDecodeError as error:
        raise InputError(
            f"{kind}.json.syntax",
            f"Line {error.lineno}, column {error.colno} is not JSON: {error.msg}.",
            file=str(path),
            value=text.splitlines()[error.lineno - 1 : error.lineno] or None,
            remedy="Check commas, quotes and brackets there and just before.",
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
            f"A {kind} is a JSON object, in braces.",
            file=str(path),
            value=document,
        )
    return document


def _decoded(data: bytes, path: Path, kind: str) -> str:
    encoding, mark = next(
        ((encoding, mark) for mark, encoding in MARKS if data.startswith(mark)), ("utf-8", b"")
    )
    try:
        return data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: len(mark) + error.start].count(b"\n") + 1
        raise InputError(
            f"{kind}.file.encoding",
            f"The file is not {encoding.upper()} text (line {line}).",
            file=str(path),
            remedy="Save it as UTF-8.",
        ) from None


def _too_deep(path: Path, kind: str) -> InputError:
    return InputError(
        f"{kind}.json.too_deep",
        f"The document is nested more than {MAX_DEPTH} levels deep.",
        file=str(path),
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
