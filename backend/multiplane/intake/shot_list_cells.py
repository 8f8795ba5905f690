"""Cells of a shot list as values: durations, numbers, subjects, JSON."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from multiplane.intake.shot_list_columns import FRAMES, MILLISECONDS, SECONDS, unit_named

DURATION_REMEDY = 'Write seconds (2.5), "48 frames" or a timecode (00:00:02:12).'
_NUMBER = r"\d{1,9}(?:[.,]\d{1,9})?|[.,]\d{1,9}"
_WITH_UNIT = re.compile(rf"({_NUMBER})\s*([a-zA-Z]+)\.?")
_CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,4}):(\d{1,4}(?:[.,]\d{1,9})?)")
_TIMECODE = re.compile(r"(\d{1,4}):(\d{1,2})[:;](\d{1,2})([:;])(\d{1,3})")
_LISTED = re.compile(r"[;|\n]")
_TIMES = re.compile(r"\s*[x×*]\s*(\d{1,2})$", re.IGNORECASE)
_MINUTES = {"m", "min", "mins", "minute", "minutes"}


def parse_duration(text: str, *, unit: str, fps: float) -> float:
    """Seconds. Raises ValueError with a sentence for what is no duration.

    text: a number in `unit`, one or more numbers with units ("1m 30s", "2s 12f"), a clock
    ("1:30", "0:02.5", "00:00:02.500") or a timecode (hh:mm:ss:ff; with a semicolon drop-frame,
    which at 29.97 and 59.94 skips numbers, never frames: SMPTE ST 12-1).
    """
    text = text.strip()
    timecode = _TIMECODE.fullmatch(text)
    if timecode:
        hours, minutes, seconds, frames = (int(timecode[i]) for i in (1, 2, 3, 5))
        return _timecode(hours, minutes, seconds, frames, drop=timecode[4] == ";", fps=fps)
    clock = _CLOCK.fullmatch(text)
    if clock:
        return int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + _number(clock[3])
    if re.fullmatch(_NUMBER, text):
        return _seconds(_number(text), unit, fps)
    parts = _WITH_UNIT.findall(text)
    if not parts or _WITH_UNIT.sub("", text).strip(" ,+"):
        raise ValueError("This is no duration.")
    total = 0.0
    for number, word in parts:
        named = unit_named(word)
        if word.casefold() in _MINUTES:
            total += _number(number) * 60
        elif named is None:
            raise ValueError(f'There is no unit of time "{word}".')
        else:
            total += _seconds(_number(number), named, fps)
    return total


def _timecode(
    hours: int, minutes: int, seconds: int, frames: int, *, drop: bool, fps: float
) -> float:
    base = round(fps)
    if minutes > 59 or seconds > 59:
        raise ValueError("A timecode has at most 59 minutes and 59 seconds.")
    if frames >= base:
        raise ValueError(f"At {fps:g} frames per second a timecode's frames end at {base - 1}.")
    total = ((hours * 60 + minutes) * 60 + seconds) * base + frames
    if drop and base % 30 == 0 and not math.isclose(fps, base):
        whole = hours * 60 + minutes
        total -= base // 15 * (whole - whole // 10)
    return total / fps


def _seconds(value: float, unit: str, fps: float) -> float:
    return value / {SECONDS: 1.0, FRAMES: fps, MILLISECONDS: 1000.0}[unit]


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def parse_number(text: str) -> float:
    """1.5, 1,5 or 150 %. Raises ValueError for anything else."""
    percent = text.endswith("%")
    text = text.rstrip("% ")
    if not re.fullmatch(rf"[+-]?(?:{_NUMBER})", text):
        raise ValueError("This is no number.")
    return _number(text) / (100.0 if percent else 1.0)


def parse_whole(text: str) -> int:
    """7, or 7.0 as spreadsheets write it. Raises ValueError for anything else."""
    if not re.fullmatch(r"\d{1,18}(?:[.,]0+)?", text):
        raise ValueError("This is no whole number.")
    return int(re.split("[.,]", text)[0])


def parse_yes(text: str) -> bool:
    """Raises ValueError for what is neither yes nor no."""
    word = text.casefold()
    if word in ("yes", "y", "true", "1", "x", "on", "✓"):
        return True
    if word in ("no", "n", "false", "0", "off", "-"):
        return False
    raise ValueError("This is neither yes nor no.")


def parse_list(text: str) -> list[str]:
    """The entries between ; or | or line ends; where there are none of these, between commas."""
    parts = _LISTED.split(text) if _LISTED.search(text) else text.split(",")
    return [part.strip() for part in parts if part.strip()]


def parse_subjects(text: str) -> list[Any]:
    """Subjects: "king; hero=red warrior; soldier x3", or a JSON list.

    After = stand the words of the prompt that mean it, after x how many there are. Raises
    ValueError for a list that is no JSON.
    """
    if is_json(text):
        return list(parse_json(text))
    subjects: list[Any] = []
    for entry in parse_list(text):
        subject: dict[str, Any] = {}
        times = _TIMES.search(entry)
        words = entry
        if times and times.start() > 0:
            subject["count"] = int(times[1])
            words = entry[: times.start()]
        name, equals, phrase = (part.strip() for part in words.partition("="))
        if equals and phrase:
            subject["phrase"] = phrase
        subjects.append({"name": name, **subject} if subject else name)
    return subjects


def is_json(text: str) -> bool:
    return text.startswith(("{", "["))


def parse_json(text: str) -> Any:
    """Raises ValueError for what is no JSON, or holds half a character."""
    try:
        value = json.loads(text)
        # NaN and half a character cannot be written again.
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise ValueError("This begins like JSON and is none.") from None
    return value
