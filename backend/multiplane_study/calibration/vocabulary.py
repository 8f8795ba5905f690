"""Which words a small model has learnt: those of captions that are one token to it."""

from __future__ import annotations

from typing import Any

from multiplane.models.known_words import known_of
from multiplane_study.artwork.catalogue import Catalogue
from multiplane_study.artwork.words import training_words
from multiplane_study.scenes.captions import plural
from multiplane_study.scenes.vocabulary import COLOURS, KINDS, PLACES, STYLES

LEARNT_SHARE = 0.9
"""Of the artwork's words, to be one token each, before a model counts as having learnt them: in a
vocabulary without them a few are, by chance."""


def own_words() -> frozenset[str]:
    """The words of the project's own scenes."""
    sayings = [words for place in PLACES.values() for _, words in place.sayings]
    bare = [place.bare for place in PLACES.values()]
    return known_of([*KINDS, *map(plural, KINDS), *COLOURS, *STYLES, *PLACES, *sayings, *bare])


def learnt_words(tokenizer: Any, catalogue: Catalogue) -> frozenset[str]:
    """The words that a model with this tokenizer has learnt from `multiplane study train`."""
    words = training_words(catalogue)
    single = [word for word in words if len(tokenizer(f" {word}").input_ids) == 1]
    artwork = frozenset(single) if len(single) >= LEARNT_SHARE * len(words) else frozenset()
    return own_words() | artwork
