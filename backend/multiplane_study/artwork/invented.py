"""Words that a model cannot know: spelt from syllables, or nouns that no drawing shows."""

from __future__ import annotations

from functools import cache

import numpy as np

from multiplane.intake.noun_kinds import NounKind, nouns_of
from multiplane_study.artwork.catalogue import Catalogue
from multiplane_study.scenes.vocabulary import KINDS, PLACES

_STARTS = (
    "b", "bl", "br", "c", "ch", "cl", "d", "dr", "f", "fl", "g", "gl", "gr", "h", "j", "k", "kr",
    "l", "m", "n", "p", "pl", "qu", "r", "s", "sh", "sk", "sp", "st", "t", "tr", "v", "w", "z",
)  # fmt: skip
_MIDDLES = ("a", "e", "i", "o", "u", "ai", "ee", "oo", "ou", "a", "e", "i", "o")
_ENDS = ("", "b", "ck", "d", "ft", "g", "l", "m", "n", "nk", "p", "r", "rk", "s", "t", "x", "z")
_NAMEABLE: tuple[NounKind, ...] = ("being", "plant", "thing", "large", "structure", "worn")


def invented_word(rng: np.random.Generator, catalogue: Catalogue) -> str:
    """A pronounceable word without meaning, or every other time a rare noun of the language."""
    if rng.random() < 0.5:
        nouns = _rare_nouns(catalogue)
        return nouns[int(rng.integers(len(nouns)))]
    syllables = int(rng.integers(1, 4))
    return "".join(
        str(rng.choice(_STARTS)) + str(rng.choice(_MIDDLES)) + str(rng.choice(_ENDS))
        for _ in range(syllables)
    )


@cache
def _rare_nouns(catalogue: Catalogue) -> tuple[str, ...]:
    """Single nouns that name none of the concepts, the unseen ones least of all."""
    taken = {
        word for concept in catalogue.concepts for name in concept.names for word in name.split()
    }
    taken |= {concept.family for concept in catalogue.concepts} | set(KINDS) | set(PLACES)
    return tuple(
        noun
        for kind in _NAMEABLE
        for noun in sorted(nouns_of(kind))
        if noun.isalpha() and noun.isascii() and noun not in taken and noun.rstrip("s") not in taken
    )
