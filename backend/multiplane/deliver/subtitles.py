"""Dialogue as subtitles: SRT and WebVTT, every cue on exact frames."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from multiplane.contract.layout import SRT, VTT
from multiplane.contract.manifest import Sequence as ShotSequence
from multiplane.contract.storyboard import Storyboard
from multiplane.deliver.folder import remove_stale, replacing_file
from multiplane.deliver.timeline.places import Place, places_of
from multiplane.deliver.timeline.rates import exact_rate
from multiplane.deliver.timeline.texts import paragraphs

LINE_WIDTH = 42
"""Columns of a line; a wide character (Japanese, Chinese, Korean) takes two."""
LINES = 2
SHORTEST_S = 1.0
"""Rather than showing cues for less, a cue gets more lines."""
_NEVER_FIRST = frozenset(
    "、。，．,.!?！？:;：；)）]］}｝」』】〉》”’…ーゃゅょっァィゥェォャュョッ々"
)


@dataclass(frozen=True)
class Cue:
    """Text on the screen from frame ``start`` to before frame ``end``; lines joined by \\n."""

    start: int
    end: int
    text: str


def write_subtitles(out: Path, board: Storyboard, sequence: ShotSequence) -> None:
    """Write subtitles.srt and subtitles.vtt of an output folder.

    Without any dialogue there are none, and those of an earlier run go. Raises Failure when they
    cannot be written.
    """
    for name in (SRT, VTT):
        if not write_subtitle_file(out / name, board, sequence):
            remove_stale(out / name)


def write_subtitle_file(target: Path, board: Storyboard, sequence: ShotSequence) -> bool:
    """Write one file, WebVTT for .vtt, else SubRip; returns whether there is any dialogue.

    Without any it writes nothing. Raises Failure when the file cannot be written.
    """
    rate = exact_rate(sequence.fps)
    cues = cues_of(places_of(board, sequence), rate)
    text = vtt_text if target.suffix.lower() == ".vtt" else srt_text
    if cues:
        with replacing_file(target) as fresh:
            fresh.write_text(text(cues, rate), encoding="utf-8", newline="\n")
    return bool(cues)


def cues_of(places: Iterable[Place], rate: Fraction) -> list[Cue]:
    """The dialogue of all shots. More than two lines become several cues, timed by their length."""
    cues: list[Cue] = []
    for place in places:
        text = paragraphs(place.shot.dialogue or "") if place.shot else ""
        if text and place.frames:
            cues += _in_parts(wrapped(text), place, rate)
    return cues


def wrapped(text: str, width: int = LINE_WIDTH) -> list[str]:
    """``text`` in lines of at most ``width`` columns; its own line breaks stay."""
    lines: list[str] = []
    for paragraph in text.splitlines():
        line = ""
        for word in paragraph.split():
            for index, piece in enumerate(_pieces(word, width)):
                gap = " " if line and not index else ""
                if line and columns(line + gap + piece) > width:
                    lines.append(line)
                    line = piece
                else:
                    line += gap + piece
        if line:
            lines.append(line)
    return lines


def columns(text: str) -> int:
    """How wide ``text`` is, in columns."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    joined = sum(unicodedata.category(letter) in ("Mn", "Me", "Cf") for letter in text)
    return len(text) + wide - joined


def srt_text(cues: Sequence[Cue], rate: Fraction) -> str:
    """SubRip. It has no way to escape: an arrow of cue timings is written as a real arrow."""
    blocks = [
        f"{number}\n{_clock(cue.start, rate, ',')} --> {_clock(cue.end, rate, ',')}\n"
        f"{cue.text.replace('-->', '→')}\n"
        for number, cue in enumerate(cues, start=1)
    ]
    return "\n".join(blocks)


def vtt_text(cues: Sequence[Cue], rate: Fraction) -> str:
    """WebVTT, with ``&``, ``<`` and ``>`` escaped."""
    blocks = ["WEBVTT\n"]
    for cue in cues:
        text = cue.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        times = f"{_clock(cue.start, rate, '.')} --> {_clock(cue.end, rate, '.')}"
        blocks.append(f"{times}\n{text}\n")
    return "\n".join(blocks)


def _in_parts(lines: list[str], place: Place, rate: Fraction) -> list[Cue]:
    most = max(1, int(place.frames / rate / Fraction(SHORTEST_S)))
    size = max(LINES, -(-len(lines) // most))
    parts = [lines[i : i + size] for i in range(0, len(lines), size)]
    weights = [sum(columns(line) for line in part) for part in parts]
    cues, done, start = [], 0, place.start
    for index, (part, weight) in enumerate(zip(parts, weights, strict=True)):
        done += weight
        left = len(parts) - 1 - index
        end = place.start + round(Fraction(place.frames * done, sum(weights)))
        # One frame at least, for this cue and for each that is still to come.
        end = min(max(end, start + 1), place.end - left)
        cues.append(Cue(start, end, "\n".join(part)))
        start = end
    return cues


def _pieces(word: str, width: int) -> list[str]:
    """A word that has no line of its own: broken between characters, as Japanese is."""
    if columns(word) <= width and not _is_wide(word):
        return [word]
    pieces: list[str] = []
    for letter in word:
        alone = pieces and not _is_wide(letter) and not _is_wide(pieces[-1][-1])
        closes = letter in _NEVER_FIRST or unicodedata.category(letter) in ("Mn", "Me", "Cf")
        joined = bool(pieces) and pieces[-1].endswith("\u200d")
        if pieces and (alone or closes or joined) and columns(pieces[-1] + letter) <= width:
            pieces[-1] += letter
        else:
            pieces.append(letter)
    return pieces


def _is_wide(text: str) -> bool:
    return any(unicodedata.east_asian_width(letter) in "WF" for letter in text)


def _clock(frame: int, rate: Fraction, point: str) -> str:
    """When ``frame`` begins. Rounded down to ms: players show a cue from the first frame whose
    time is not before it, and a time rounded up would miss the frame."""
    ms = int(frame * 1000 / rate)
    seconds, ms = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{point}{ms:03d}"
