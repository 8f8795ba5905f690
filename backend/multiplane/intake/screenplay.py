"""A screenplay as shots: one for each paragraph of action, with the dialogue that follows it.

Its length is by the page rule: a page of 55 lines lasts a minute, action is 60 characters wide and
dialogue 35, as in the industry's standard format.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Kind = Literal["heading", "action", "character", "dialogue", "aside", "transition", "note"]
LINES_A_PAGE, SECONDS_A_PAGE = 55, 60.0
_ACTION_WIDTH, _DIALOGUE_WIDTH = 60, 35  # characters
_SHORTEST_S, _LONGEST_S = 2.0, 600.0
_INSIDE = re.compile(r"^(INT\.?/EXT|EXT\.?/INT|INT|EXT|EST|I/E)(?:[./]\s*|\s+)", re.IGNORECASE)
_STORYBOARDER_NUMBER = re.compile(r"(\d+)-[0-9A-Z]{5}")
_EMPHASIS = re.compile(r"(?<!\\)[*_]+")


@dataclass(frozen=True)
class ScriptElement:
    """A piece of a screenplay. number: of a scene's heading, where the script gives one."""

    kind: Kind
    text: str
    number: str | None = None


@dataclass
class _Shot:
    scene: str
    number: int
    place: str
    heading: str
    action: str = ""
    said: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    lines: int = 0

    def as_json(self) -> dict[str, Any]:
        who = self.said[0].partition(":")[0].strip().title() if self.said else ""
        shown = self.action.rstrip(".") or (f"{who}, speaking" if who else "")
        shot: dict[str, Any] = {
            "id": f"{self.scene}-{self.number:02d}",
            "prompt": ", ".join(part for part in (shown, self.place) if part),
            "duration": _seconds(self.lines),
        }
        if self.heading:
            shot["scene"] = self.heading
        words = {
            "action": self.action,
            "dialogue": "\n".join(self.said),
            "notes": "\n".join(self.notes),
        }
        return {**shot, **{name: text for name, text in words.items() if text}}


def shots_of(elements: Sequence[ScriptElement]) -> list[dict[str, Any]]:
    """Shots in the shape of our own JSON, ids by scene ("sc02-01", or the script's own number).

    What is told before the first heading belongs to no scene ("sc00"). A heading without action
    or dialogue is a shot of the place alone.
    """
    scenes = _Scenes()
    for element in elements:
        text = _plain(element.text)
        if element.kind == "heading":
            scenes.begin(text, element.number)
        elif text:
            scenes.add(element.kind, text)
    scenes.end()
    return [shot.as_json() for shot in scenes.shots]


def headings_of(elements: Sequence[ScriptElement]) -> list[ScriptElement]:
    """The headings of its scenes, in order, their text in one line and without emphasis."""
    return [
        replace(element, text=_plain(element.text))
        for element in elements
        if element.kind == "heading"
    ]


def scene_name(number: str, heading: str) -> str:
    """ "2 EXT. BEACH - DAY"; of Storyboarder's numbers ("2-ZX3ZM") the part that people read."""
    number = number.strip()
    shown = _STORYBOARDER_NUMBER.fullmatch(number)
    return f"{shown[1] if shown else number} {heading}".strip()[:300]


def heading_in(scene: str) -> str | None:
    """The heading in a scene's name ("2 EXT. BEACH - DAY"), without its number; None without."""
    whole = scene.strip()
    return next((one for one in (whole, whole.partition(" ")[2]) if _INSIDE.match(one)), None)


def place_words(heading: str) -> str:
    """ "INT. THE CASTLE - NIGHT" as "the castle, night"."""
    bare = _INSIDE.sub("", heading)
    parts = [part.strip().lower() for part in re.split(r"\s+[-–—]+\s+", bare)]
    return ", ".join(part for part in parts if part and part not in ("continuous", "later", "same"))


class _Scenes:
    """The shots so far, and the scene that is being told."""

    def __init__(self) -> None:
        self.shots: list[_Shot] = []
        self._ids: set[str] = set()
        self._scene, self._heading, self._place = "sc00", "", ""
        self._name = ""
        self._count = 0  # shots of this scene
        self._speaker = ""

    def begin(self, heading: str, number: str | None) -> None:
        """A scene begins."""
        self.end()
        self._scene = _scene_id(number, len(self._ids) + 1, self._ids)
        self._heading, self._place = heading, place_words(heading)
        self._name = scene_name(number or str(len(self._ids)), heading)
        self._count, self._speaker = 0, ""

    def end(self) -> None:
        """The scene is told; one without a word is a shot of its place."""
        if self._heading and not self._count:
            self._new()

    def add(self, kind: Kind, text: str) -> None:
        """Something of the scene that is being told."""
        if kind == "action":
            waits = self._count and not self.shots[-1].action and not self.shots[-1].said
            shot = self.shots[-1] if waits else self._new()
            shot.action = text
            shot.lines += _lines(text, _ACTION_WIDTH) + 1
        elif kind == "character":
            self._speaker = text
            self._shot().lines += 1
        elif kind in ("dialogue", "aside"):
            said = f"({text})" if kind == "aside" else text
            shot = self._shot()
            shot.said.append(f"{self._speaker}: {said}" if self._speaker else said)
            shot.lines += _lines(said, _DIALOGUE_WIDTH) + (kind == "dialogue")
        else:
            self._shot().notes.append(text)

    def _shot(self) -> _Shot:
        return self.shots[-1] if self._count else self._new()

    def _new(self) -> _Shot:
        self._count += 1
        shot = _Shot(self._scene, self._count, self._place, self._name)
        if self._heading and self._count == 1:
            shot.notes.append(self._heading)
            shot.lines += 2
        self.shots.append(shot)
        return shot


def _plain(text: str) -> str:
    """Without emphasis, whose asterisks would mark subjects here; one line."""
    return " ".join(_EMPHASIS.sub("", text).replace("\\*", "*").replace("\\_", "_").split())


def _scene_id(number: str | None, order: int, taken: set[str]) -> str:
    id_ = f"sc{number.strip()}" if number and number.strip() else f"sc{order:02d}"
    while id_ in taken:
        id_ += "x"
    taken.add(id_)
    return id_


def _lines(text: str, width: int) -> int:
    return len(textwrap.wrap(text, width)) or 1


def _seconds(lines: int) -> float:
    return round(min(max(lines * SECONDS_A_PAGE / LINES_A_PAGE, _SHORTEST_S), _LONGEST_S), 1)
