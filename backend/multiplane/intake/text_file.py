"""Files of users as bytes, bounded, and as text in the encoding that they were saved in."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from multiplane.contract.errors import InputError
from multiplane.intake.opening import FileKind, open_file

MAX_BYTES = 32 * 1024 * 1024
WINDOWS_1252 = "cp1252"

# UTF-32 first: its little-endian mark begins with UTF-16's.
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL = re.compile(r"[\0-\x08\x0e-\x1f]")


def read_bytes(path: Path, *, kind: str, max_bytes: int = MAX_BYTES) -> bytes:
    """What is in the file at `path`.

    kind: "storyboard", ..., the start of the errors' codes. Raises InputError for a file that is
    missing, no regular file, unreadable, or larger than `max_bytes`.
    """
    wanted = FileKind(f"{kind}.file", "file", max_bytes, "Pictures belong in files of their own.")
    try:
        with open_file(path, wanted) as stream:
            return stream.read(max_bytes)
    except OSError as error:
        raise InputError(
            f"{kind}.file.unreadable",
            "The file cannot be read: {why}.",
            file=str(path),
            values={"why": str(error.strerror or error)},
        ) from error


def read_text(path: Path, *, kind: str, max_bytes: int = MAX_BYTES) -> tuple[str, str]:
    """(text, encoding) of a text file that any program of any age may have saved.

    By its mark, else UTF-16 by its zero bytes, else UTF-8, else Windows-1252, which is what
    spreadsheets in the West save when nobody asks them. Raises InputError as `read_bytes` does,
    and for a file that is no text, naming the first byte that cannot be one.
    """
    data = read_bytes(path, kind=kind, max_bytes=max_bytes)
    encoding, start = encoding_of(data)
    body = data[start:]
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8" or start or not body[: error.start].isascii():
            raise _bad_byte(body, error.start, encoding, path, kind) from None
        encoding = WINDOWS_1252
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError as second:
            raise _bad_byte(body, second.start, "utf-8 nor Windows-1252", path, kind) from None
    control = _CONTROL.search(text)
    if control:
        line = text.count("\n", 0, control.start()) + 1
        workbook = data.startswith(b"PK\x03\x04")
        raise InputError(
            f"{kind}.file.not_text",
            "The file is not text: line {line} holds the control character 0x{byte}.",
            file=str(path),
            remedy="This is a workbook or a zip archive: export the table as CSV (UTF-8)."
            if workbook
            else "Save it as text in UTF-8.",
            values={"line": line, "byte": f"{ord(control[0]):02X}"},
        )
    return text, encoding


def encoding_of(data: bytes) -> tuple[str, int]:
    """The encoding that the file seems to have, and the length of its mark."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return encoding, len(mark)
    head = data[:4096]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if len(head) > 3 and max(even, odd) > 0.3 * len(head) / 2 and min(even, odd) == 0:
        return ("utf-16-le" if odd else "utf-16-be"), 0
    return "utf-8", 0


def _bad_byte(data: bytes, at: int, encoding: str, path: Path, kind: str) -> InputError:
    line = data.count(b"\n", 0, at) + 1
    neither = " nor " in encoding
    return InputError(
        f"{kind}.file.encoding",
        "Byte 0x{byte} at position {at} (line {line}) is neither {encoding} text."
        if neither
        else "Byte 0x{byte} at position {at} (line {line}) is not {encoding} text.",
        file=str(path),
        remedy="Save the file as UTF-8.",
        values={
            "byte": f"{data[at]:02X}",
            "at": at,
            "line": line,
            "encoding": encoding.replace("utf", "UTF"),
        },
    )
