"""Captions in sentences that no training caption uses; with the span of every phrase.

`scenes.captions` says "a red dog and a blue house in a forest, pencil"; these say the same as
somebody would who writes a shot down. Every one is true of the scene.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from multiplane_study.scenes.captions import Caption, plural

_NUMBERS = {2: "two", 3: "three"}


@dataclass(frozen=True)
class Called:
    """One subject's words, without an article: its noun, and a colour before it or ""."""

    noun: str
    colour: str = ""

    @property
    def words(self) -> str:
        return f"{self.colour} {self.noun}".strip()


@dataclass(frozen=True)
class Setting:
    """What subjects are before: "in front of" and the like fit before it; `bare` is its noun."""

    lead: str
    bare: str


class _Text:
    """Text that grows, and remembers where its phrases stand."""

    def __init__(self) -> None:
        self.text = ""
        self.spans: dict[str, tuple[int, int]] = {}

    def say(self, words: str) -> None:
        self.text += words

    def name(self, key: str, words: str) -> None:
        self.spans[key] = (len(self.text), len(self.text) + len(words))
        self.text += words


def worded(
    rng: np.random.Generator, style: str, setting: Setting, subjects: Sequence[Called]
) -> Caption:
    """A caption by chance; subjects with the same words share a phrase ("two red dogs")."""
    words = [one.words for one in subjects]
    distinct = list(dict.fromkeys(words[int(index)] for index in rng.permutation(len(words))))
    counts = [words.count(one) for one in distinct]
    nouns = {one.words: one for one in subjects}
    text = _Text()
    form = int(rng.integers(5))
    said_style = bool(rng.random() < 0.7)

    def thing(index: int) -> None:
        called = nouns[distinct[index]]
        if counts[index] == 1:
            text.say("an " if called.words[0] in "aeiou" else "a ")
            text.name(distinct[index], called.words)
        else:
            text.say(f"{_NUMBERS[counts[index]]} ")
            text.name(distinct[index], Called(plural(called.noun), called.colour).words)

    def things(between: str, last: str) -> None:
        for index in range(len(distinct)):
            if index:
                text.say(last if index == len(distinct) - 1 else between)
            thing(index)

    if form == 0:
        text.say("the board shows ")
        things(", ", ", along with ")
        text.say(f"; {setting.lead} ")
        text.name("place", setting.bare)
    elif form == 1:
        text.say("here we see ")
        things(", also ", " as well as ")
        text.say(", and the backdrop is ")
        text.name("place", setting.bare)
    elif form == 2:
        text.name("place", setting.bare)
        text.say(" all around. there is ")
        things(", there is ", ", and there is ")
    elif form == 3:
        text.say("shot of ")
        things(" plus ", " plus ")
        text.say(f" {setting.lead} ")
        text.name("place", setting.bare)
    else:
        text.say(f"{setting.lead} ")
        text.name("place", setting.bare)
        text.say(": first ")
        things(", then ", ", then ")
    if said_style:
        text.say(" - drawn as ")
        text.name("style", style)
    return Caption(
        text.text,
        tuple(text.spans[one] for one in words),
        text.spans["place"],
        text.spans.get("style"),
    )
