"""Which characters of a phrase carry its meaning."""

from __future__ import annotations

import re
import unicodedata

# The closed classes of English: a fixed list by nature, not a choice of words for some prompts.
_ARTICLES_AND_DETERMINERS = "a an the this that these those each every some any no"
_POSSESSIVES = "my your his her its our their whose"
_CONJUNCTIONS = "and or nor but while as than"
_PREPOSITIONS = (
    "about above across after against along amid among around at before behind below beneath "
    "beside besides between beyond by for from in inside into near of off on onto out outside "
    "over past through to toward towards under underneath until up upon via with within without"
)
_AUXILIARIES_AND_RELATIVES = "is are was were be been being am has have had who whom which"
STOP_WORDS = frozenset(
    " ".join(
        (
            _ARTICLES_AND_DETERMINERS,
            _POSSESSIVES,
            _CONJUNCTIONS,
            _PREPOSITIONS,
            _AUXILIARIES_AND_RELATIVES,
        )
    ).split()
)

# A hyphenated compound is one word ("knight-in-armour" keeps its "in").
_WORD = re.compile(r"\w+(?:[-\u2010\u2011]\w+)*")
_POSSESSIVE = re.compile(r"(?<=\w)['\u2019]s\b", re.IGNORECASE)


def content_words(text: str) -> dict[str, tuple[tuple[int, int], ...]]:
    """The content words of `text`, in order: where each stands, as half-open ranges.

    Words are told apart in any case; each is called as it stands first.
    """
    names: dict[str, str] = {}
    found: dict[str, list[tuple[int, int]]] = {}
    for match in _WORD.finditer(text):
        word = match.group()
        key = word.casefold()
        if key in STOP_WORDS or not any(one.isalpha() for one in word) or len(word) < 2:
            continue
        found.setdefault(names.setdefault(key, word), []).append(match.span())
    return {word: tuple(spans) for word, spans in found.items()}


def content_characters(text: str, span: tuple[int, int]) -> frozenset[int]:
    """Indices into `text`, inside the half-open `span`, of characters of content words.

    Left out: blanks, punctuation, stop words and the possessive 's. A span with nothing else
    keeps its stop words, and one of punctuation alone keeps that. Emoji, marks and joiners
    are content.
    """
    first, last = span
    inside = range(first, last)
    visible = frozenset(i for i in inside if not text[i].isspace())
    letters = frozenset(i for i in visible if not unicodedata.category(text[i]).startswith("P"))
    dropped: set[int] = set()
    for match in _POSSESSIVE.finditer(text):
        dropped.update(range(*match.span()))
    for match in _WORD.finditer(text):
        if match.group().casefold() in STOP_WORDS:
            dropped.update(range(*match.span()))
    return (letters - dropped) or letters or visible
