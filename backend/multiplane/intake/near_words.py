"""Which of the known words are nearest in meaning to one that is not, by WordNet's tree."""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import TypedDict

_NEAR = 0.8
"""Likeness from which a word is worth naming: a samurai and a warrior have 0.94."""
_RARE_SENSE = 0.93  # factor on the likeness by a sense that is not the word's usual one
_MISSPELT = 0.84  # difflib's ratio from which a word counts as another one, misspelt


class NounTreeFile(TypedDict):
    """`noun_tree.json`: a line a synset, its own number being its place.

    A line holds the number of the synset above ("-" for the root) and the nouns that it means; a
    noun with "~" before it means something else more often.
    """

    source: str
    licence: str
    tree: list[str]


def near_words(word: str, known: Collection[str], most: int = 2) -> tuple[str, ...]:
    """At most `most` of the `known` words that are like `word`, the likest first.

    word: a noun in the singular, any case; none are like one that WordNet lacks, unless it is one
    of them misspelt. Likeness is that of Wu and Palmer (1994): how deep in the tree of meanings
    the two ways part, against how deep they go.
    """
    wanted = word.casefold()
    senses = _senses().get(wanted, ())
    scored: dict[str, float] = {}
    for other in known:
        if other == wanted:
            continue
        likeness = max(
            (_likeness(*mine, *theirs) for mine in senses for theirs in _senses().get(other, ())),
            default=0.0,
        )
        if likeness >= _NEAR:
            scored[other] = likeness
    if not senses:
        return tuple(difflib.get_close_matches(wanted, sorted(known), most, _MISSPELT))
    return tuple(sorted(scored, key=lambda other: (-scored[other], other))[:most])


def _likeness(one: int, usual: bool, other: int, others_usual: bool) -> float:
    way, others_way = _way_up(one), _way_up(other)
    shared = sum(a == b for a, b in zip(way, others_way, strict=False))
    factor = (1.0 if usual else _RARE_SENSE) * (1.0 if others_usual else _RARE_SENSE)
    return factor * 2 * shared / (len(way) + len(others_way))


@cache
def _way_up(synset: int) -> tuple[int, ...]:
    """From the root to the synset, both included."""
    above = _tree()[0][synset]
    return (synset,) if above is None else (*_way_up(above), synset)


def _senses() -> dict[str, list[tuple[int, bool]]]:
    """Noun -> its synsets, and whether each is its usual sense."""
    return _tree()[1]


@cache
def _tree() -> tuple[list[int | None], dict[str, list[tuple[int, bool]]]]:
    content: NounTreeFile = json.loads(
        Path(__file__).with_name("noun_tree.json").read_text("utf-8")
    )
    above: list[int | None] = []
    senses: dict[str, list[tuple[int, bool]]] = {}
    for number, line in enumerate(content["tree"]):
        parent, *nouns = line.split()
        above.append(None if parent == "-" else int(parent))
        for noun in nouns:
            senses.setdefault(noun.lstrip("~"), []).append((number, not noun.startswith("~")))
    return above, senses
