"""Whether a Photoshop file is all there: its reader takes a half one, and what is missing as black.

Only lengths are read, and in the rare file whose merged picture is deflated, that picture.
"""

from __future__ import annotations

import struct
import zlib
from typing import BinaryIO

_HEADER = struct.Struct(">4sH6xHIIHH")
_BLOCK = 2**20
_RAW, _RUN_LENGTHS = 0, 1


def what_is_missing(stream: BinaryIO, size: int) -> str | None:
    """What the file of `size` bytes lacks, in words; None when it is whole.

    stream: at its beginning, which is that of a PSD or PSB with a whole header.
    """
    head = _HEADER.unpack(stream.read(_HEADER.size))
    _, version, channels, height, width, depth, _ = head
    large = version == 2
    sections = (
        ("colours", ">I"), ("resources", ">I"), ("layers", ">Q" if large else ">I")
    )  # fmt: skip
    for name, form in sections:
        length = _number(stream, form)
        if length is None or stream.tell() + length > size:
            return f"it ends within its {name}"
        stream.seek(length, 1)
    compression = _number(stream, ">H")
    row = (width * depth + 7) // 8
    left = size - stream.tell()
    if compression is None:
        whole = False
    elif compression == _RAW:
        whole = left >= row * height * channels
    elif compression == _RUN_LENGTHS:
        whole = _has_runs(stream, height * channels, ">I" if large else ">H", left)
    else:
        whole = _inflates(stream, row * height * channels)
    return None if whole else "it ends within its merged picture"


def _number(stream: BinaryIO, form: str) -> int | None:
    read = stream.read(struct.calcsize(form))
    return int(struct.unpack(form, read)[0]) if len(read) == struct.calcsize(form) else None


def _has_runs(stream: BinaryIO, rows: int, form: str, left: int) -> bool:
    """Whether the rows are there whose lengths stand before them."""
    each = struct.calcsize(form)
    left -= rows * each
    if left < 0:
        return False
    wanted, at_once = 0, _BLOCK // each
    while rows > 0:
        table = stream.read(min(rows, at_once) * each)
        wanted += sum(length for (length,) in struct.iter_unpack(form, table))
        rows -= at_once
    return wanted <= left


def _inflates(stream: BinaryIO, expected: int) -> bool:
    unpacker, found = zlib.decompressobj(), 0
    while not unpacker.eof and found <= expected and (block := stream.read(_BLOCK)):
        while block and found <= expected:
            try:
                found += len(unpacker.decompress(block, _BLOCK))
            except zlib.error:
                return False
            block = unpacker.unconsumed_tail
    # What goes on beyond the picture need not be looked at to its end: it may be a bomb.
    return found > expected or (found == expected and unpacker.eof)
