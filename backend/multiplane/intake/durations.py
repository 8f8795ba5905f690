"""Durations as people and spreadsheets write them; what had to be decided is said."""

from __future__ import annotations

import re
import unicodedata

from multiplane.contract.told_values import told
from multiplane.intake.shot_list_cells import parse_duration
from multiplane.intake.shot_list_columns import FRAMES, MILLISECONDS, SECONDS

_UNKNOWN = {"-", "--", "---", "n/a", "na", "n.a.", "none", "?", "??", "???", "tbd", "tba", "tbc",
            "k.a."}  # fmt: skip
_ABOUT = re.compile(
    r"^(?:~|≈|ca\.?|circa|approx\.?|about|c\.|est\.?|etwa|env\.?)\s*", re.IGNORECASE
)
_FIRST_DAY = re.compile(
    r"^(?:(?:1899|190[04])-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./](?:18)?(?:99|(?:19)?0[04]))[T ]+"
)
_OF_DAY = re.compile(r"(\d{1,2}):(\d\d):(\d\d)\s*([AP])\.?M\.?", re.IGNORECASE)
_SEMICOLONS = re.compile(r"(\d{1,4});(\d{1,2});(\d{1,2});(\d{1,3})")
_PLUS = re.compile(r"(\d{1,4})\s*\+\s*(\d{1,3})")
_QUOTES = re.compile(r"(?:(\d{1,3})')?\s*(\d{1,4}(?:[.,]\d{1,6})?)\s*(?:\"|'')")
_FRACTION = re.compile(r"(?:(\d{1,3})\s+)?(\d{1,3})\s*/\s*([1-9]\d{0,2})\s*(?:s|sec|secs|sek)?\.?")
_RANGE = re.compile(r"(.*\d.*?)\s*(?:-|\bto\b|\bbis\b)\s*(\d.*)")
_EITHER = re.compile(r"(.*\d.*?)\s*/\s*(\d.*)")
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_POWER = re.compile(r"\d{1,9}(?:[.,]\d{1,17})?e[+-]?\d{1,2}", re.IGNORECASE)
_PLAIN = re.compile(r"0?[.,]0\d{0,17}")
_DAY_S = 86_400
_LONGEST_OF_DAY = 600 / _DAY_S
THREE_PARTS = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})")


def spoken_duration(
    text: str, *, unit: str, fps: float, frames_last: bool = False
) -> tuple[float | None, str | None]:
    """(seconds, what was decided and should be said); no seconds where it is left open ("TBD").

    As `parse_duration`, and: "~3s", a range, "3+12" (seconds and frames), "1/2 s", 3", times of a
    spreadsheet (with a date before them, as a part of a day, with AM), 00;00;04;12.
    frames_last: what has three parts is m:ss:ff, not h:mm:ss. Raises ValueError for none of these.
    """
    plain = _plain(text)
    if plain.casefold() in _UNKNOWN:
        return None, f'"{text}" is no duration, so the usual one is taken.'
    plain = _ABOUT.sub("", plain)
    if plain.endswith("?"):
        plain = plain.rstrip("? ")
    exact = _exact(plain, unit, fps, frames_last)
    if exact is not None:
        return exact
    for pattern, share, said in (
        (_RANGE, 0.5, '"{text}" is a range; its middle, {seconds} s, is taken.'),
        (_EITHER, 0.0, '"{text}" says two durations; the first, {seconds} s, is taken.'),
    ):
        found = pattern.fullmatch(plain)
        if found is None:
            continue
        ends = _ends(found[1], found[2], unit, fps, frames_last)
        if ends is not None:
            seconds = ends[0] + share * (ends[1] - ends[0])
            return seconds, told(said, {"text": text, "seconds": round(seconds, 3)})
    return parse_duration(plain, unit=unit, fps=fps), None


def _exact(text: str, unit: str, fps: float, frames_last: bool) -> tuple[float, str | None] | None:
    """What one way of writing alone fits; null where none of this module's does."""
    base = round(fps)
    if found := _PLUS.fullmatch(text):
        if int(found[2]) >= base:
            raise ValueError(f"At {fps:g} frames per second the frames end at {base - 1}.")
        return int(found[1]) + int(found[2]) / fps, None
    if found := _QUOTES.fullmatch(text):
        return int(found[1] or 0) * 60 + float(found[2].replace(",", ".")), None
    if found := _FRACTION.fullmatch(text):
        return int(found[1] or 0) + int(found[2]) / int(found[3]), None
    if unit in (FRAMES, MILLISECONDS) and _THOUSANDS.fullmatch(text):
        return parse_duration(re.sub("[.,]", "", text), unit=unit, fps=fps), None
    if unit == SECONDS and (_POWER.fullmatch(text) or _PLAIN.fullmatch(text)):
        value = float(text.replace(",", "."))
        if not 0 < value <= _LONGEST_OF_DAY:
            return value, None
        seconds = round(value * _DAY_S, 3)
        return seconds, f'"{text}" is a part of a day, as spreadsheets keep times: {seconds:g} s.'
    if frames_last and (found := THREE_PARTS.fullmatch(text)):
        return int(found[1]) * 60 + int(found[2]) + int(found[3]) / fps, None
    return None


def _ends(
    first: str, last: str, unit: str, fps: float, frames_last: bool
) -> tuple[float, float] | None:
    """Both durations of "5-6 s"; the first has the unit of the last where it has none."""
    named = re.search(r"[a-zA-Z]+\.?\s*$", last)
    if named and re.fullmatch(r"[\d.,]+", first):
        first = f"{first} {named[0]}"
    try:
        found = [spoken_duration(cell, unit=unit, fps=fps, frames_last=frames_last)[0]
                 for cell in (first, last)]  # fmt: skip
    except ValueError:
        return None
    return None if found[0] is None or found[1] is None else (found[0], found[1])


def _plain(text: str) -> str:
    """One kind of dash, quote and slash; without the first day of a spreadsheet's calendar."""
    plain = re.sub(r"(\d)(?=[¼½¾])", r"\1 ", text)
    plain = unicodedata.normalize("NFKC", plain).strip()
    plain = re.sub("[‐-―−]", "-", plain).replace("⁄", "/")
    plain = re.sub("[′’‘]", "'", re.sub("[″”“]", '"', plain))
    plain = _FIRST_DAY.sub("", plain)
    if found := _OF_DAY.fullmatch(plain):
        hours = int(found[1]) % 12 + (12 if found[4] in "pP" else 0)
        plain = f"{hours}:{found[2]}:{found[3]}"
    if found := _SEMICOLONS.fullmatch(plain):
        plain = "{}:{}:{};{}".format(*found.groups())
    return plain


def has_frames_last(cells: list[str], fps: float) -> bool:
    """Whether a column's three-part times are m:ss:ff: as h:mm:ss some last a minute or more,
    and none has more frames than a second has.
    """
    found = [parts for cell in cells if (parts := THREE_PARTS.fullmatch(_plain(cell)))]
    minutes = any(int(parts[1]) or int(parts[2]) for parts in found)
    return minutes and all(int(parts[3]) < round(fps) for parts in found)
