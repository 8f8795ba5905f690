"""All words that captions of artists' scenes are made of."""

from __future__ import annotations

from multiplane_study.artwork.catalogue import Catalogue
from multiplane_study.artwork.grounds import GROUND_WORDS
from multiplane_study.artwork.styled import NAMED_COLOURS
from multiplane_study.scenes.captions import plural


def training_words(catalogue: Catalogue) -> list[str]:
    """Names of the concepts that may be learnt, one and many, colours and grounds; sorted."""
    names = {name for concept in catalogue.known for name in concept.names}
    said = {
        *names,
        *map(plural, names),
        *NAMED_COLOURS,
        *(word for ground in GROUND_WORDS for pair in ground.sayings for word in pair),
        *(ground.bare for ground in GROUND_WORDS),
    }
    kept_back = {name for concept in catalogue.unseen for name in concept.names}
    words = {word for text in said for word in text.split() if word.isalpha()}
    return sorted(words - kept_back)
