"""What kind of thing an English noun means, by WordNet's hypernyms."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Literal, TypedDict

NounKind = Literal[
    "being",  # people, animals, creatures of the imagination
    "group",  # several of them under one word
    "plant",
    "thing",  # what people make, and natural objects
    "large",  # vehicles, furniture, machines: never a part of somebody
    "structure",  # buildings and their parts
    "worn",  # clothes, jewelry, armour
    "body",  # parts of a body
    "place",  # regions, landforms, waters, roads, rooms, weather, the sky
    "picture",  # what a picture is called after: paintings, photographs, paints
    "implement",  # what is drawn with
    "either",  # an idea first, but also a thing: a table, an arrow
    "other",  # ideas, acts, times, amounts, substances
]


class NounKindsFile(TypedDict):
    source: str
    licence: str
    kinds: dict[NounKind, str]
    abstract: str
    other_words: str


@cache
def _file() -> NounKindsFile:
    content: NounKindsFile = json.loads(
        Path(__file__).with_name("noun_kinds.json").read_text("utf-8")
    )
    return content


@cache
def _table() -> dict[str, NounKind]:
    content = _file()
    return {lemma: kind for kind, lemmas in content["kinds"].items() for lemma in lemmas.split()}


def noun_kind(lemma: str, before: str = "") -> NounKind | None:
    """The kind of a noun in its most frequent sense; null for one that WordNet lacks.

    lemma: singular, any case. before: the word before it, because a "sea horse" is no horse.
    """
    table = _table()
    noun = lemma.casefold()
    modifier = before.casefold()
    return table.get(f"{modifier}_{noun}") or table.get(modifier + noun) or table.get(noun)


def nouns_of(kind: NounKind) -> tuple[str, ...]:
    """All lemmas of a kind; words of a compound are joined by "_"."""
    return tuple(_file()["kinds"][kind].split())


@cache
def _abstract() -> frozenset[str]:
    return frozenset(_file()["abstract"].split())


def is_abstract(lemma: str) -> bool:
    """Whether an English noun means what nobody can see: an idea, a feeling, a state, a deed."""
    return lemma.casefold() in _abstract()


@cache
def _other_words() -> frozenset[str]:
    return frozenset(_file()["other_words"].split())


def is_english(lemma: str) -> bool:
    """Whether WordNet has the word, as a noun or as anything else."""
    word = lemma.casefold()
    return word in _table() or word in _other_words()
