"""The words that a small model has learnt. A large one has no list: it may know them all.

A list is a set of single words in lower case; an empty one is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from multiplane.intake.prompt_text import NUMBERS

# Said of any drawing; not words for things.
_ALWAYS = frozenset({"background", *NUMBERS})
_WORD = re.compile(r"[^\W\d_]+")
_POSSESSIVE = re.compile(r"['\u2019]s\b")


def is_unknown(word: str, known: frozenset[str]) -> bool:
    """Whether there is a list, and it has the word neither as it is nor in another number."""
    return bool(known) and not any(form in known or form in _ALWAYS for form in _forms(word))


def words_in(text: str) -> Iterator[str]:
    """The words of a text in lower case, without figures, marks and the possessive's s."""
    for match in _WORD.finditer(_POSSESSIVE.sub("", text)):
        yield match.group().casefold()


def known_of(texts: Iterable[str]) -> frozenset[str]:
    """All words of some texts."""
    return frozenset(word for text in texts for word in words_in(text))


def _forms(word: str) -> Iterator[str]:
    """The word, its plural, and what it may be the plural of."""
    single = word.casefold()
    yield single
    yield single + "s"
    if single.endswith("ies"):
        yield single[:-3] + "y"
    if single.endswith("ves"):
        yield single[:-3] + "f"
        yield single[:-3] + "fe"
    if single.endswith("es"):
        yield single[:-2]
    if single.endswith("s") and not single.endswith("ss"):
        yield single[:-1]
