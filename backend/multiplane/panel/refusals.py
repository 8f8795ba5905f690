"""What CEP's own logs say about our panel. On Windows, and nowhere else is it told.

There After Effects 26.3, and Premiere from 25.6.6, have been seen to refuse unsigned panels in
spite of PlayerDebugMode; then nothing happens when the panel is opened, and only
%TEMP%\\CEP<version>-<host>.log says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

UNSIGNED = (
    "After Effects 26.3 and Premiere 25.6.6 on Windows show nothing of an unsigned panel, whatever "
    "PlayerDebugMode says"
)
"""Reported by those who have them; self-signed panels load."""
_PATTERN = "CEP*-*.log"
_WORDS = "signature verification failed"
_LONGEST = 4_000_000  # bytes of a log that are read, from its end


@dataclass(frozen=True)
class Refusal:
    """log: the file. line: what it says."""

    log: Path
    line: str


def find_refusals(temp: Path | None, extension_id: str, since: float) -> list[Refusal]:
    """The last refusal of each log that was written after `since` (s since 1970)."""
    found: list[Refusal] = []
    if temp is None or not temp.is_dir():
        return found
    for log in sorted(temp.glob(_PATTERN)):
        try:
            if log.stat().st_mtime < since:
                continue
            lines = _end_of(log).splitlines()
        except OSError:
            continue
        ours = [line for line in lines if _is_refusal(line, extension_id)]
        if ours:
            found.append(Refusal(log, ours[-1].strip()))
    return found


def _is_refusal(line: str, extension_id: str) -> bool:
    return _WORDS in line.lower() and extension_id in line


def _end_of(log: Path) -> str:
    with log.open("rb") as stream:
        stream.seek(0, 2)
        stream.seek(max(0, stream.tell() - _LONGEST))
        return stream.read().decode("utf-8", "replace")
