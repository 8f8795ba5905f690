"""Character, prop or background: what a layer shows, by the noun that names it."""

from __future__ import annotations

import re

from multiplane.contract.layer_kinds import LayerKind
from multiplane.intake.noun_kinds import NounKind, is_abstract, noun_kind
from multiplane.intake.prompt_text import number_of

_KINDS: dict[NounKind, LayerKind] = {
    "being": "character",
    "group": "character",
    "body": "character",
    "place": "background",
    "structure": "background",
}
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_POSSESSIVE = re.compile(r"['’]s$|(?<=s)['’]$")
# What follows them describes the noun before: "knight in armour", "girl who runs".
_AFTER_THE_NOUN = {
    "in", "on", "at", "with", "without", "by", "from", "behind", "before", "near", "under", "over",
    "beside", "between", "to", "through", "like", "who", "that", "which", "holding", "wearing",
    "carrying", "riding", "and",
}  # fmt: skip
_WHERE = {
    "left", "right", "middle", "center", "centre", "near", "far", "upper", "lower", "top",
    "bottom", "front", "back", "line", "lineart", "ink", "colour", "color", "shade", "layer",
    "copy",
}  # fmt: skip
_SINGULAR = {
    "men": "man", "women": "woman", "children": "child", "people": "people", "mice": "mouse",
    "geese": "goose", "oxen": "ox", "feet": "foot", "teeth": "tooth", "wolves": "wolf",
    "knives": "knife", "leaves": "leaf", "elves": "elf", "thieves": "thief", "wives": "wife",
}  # fmt: skip


def layer_kind(phrase: str, name: str = "") -> LayerKind:
    """The kind of a layer that `phrase`, else `name`, speaks of.

    By WordNet's class of the noun: beings, groups of them and parts of bodies are characters,
    places and buildings background, all else is a prop. A capitalised word that WordNet lacks is
    taken for somebody's name.
    """
    for words in (phrase, name):
        kind = head_kind(words)
        if kind is not None:
            return _KINDS.get(kind, "prop")
    if phrase.casefold().strip(" _-0123456789") in ("bg", "background"):
        return "background"
    word = (_WORD.findall(phrase) or [""])[-1]
    return "character" if word.istitle() and word.casefold() not in _WHERE else "prop"


def names_an_idea(phrase: str) -> bool:
    """Whether an English phrase is about what nobody can see, such as "hope" or "great danger"."""
    noun = _head(phrase)
    return noun is not None and is_abstract(noun[0])


def head_kind(phrase: str) -> NounKind | None:
    """The kind of the noun of `_head`."""
    noun = _head(phrase)
    return noun and noun[1]


def _head(phrase: str) -> tuple[str, NounKind] | None:
    """The noun that an English phrase is about, in the singular, and its kind, by WordNet.

    "statue of a king" is about a statue, "flock of birds" and "pair of boots" about what they hold.
    """
    first, *rest = re.split(r"\bof\b", phrase, maxsplit=1, flags=re.IGNORECASE)
    noun = _last_noun(first)
    counts = any(number_of(word) for word in _WORD.findall(first))
    if rest and (noun is None or noun[1] in ("group", "picture", "other") or counts):
        return _head(rest[0]) or noun
    return noun


def _last_noun(words: str) -> tuple[str, NounKind] | None:
    found = [_POSSESSIVE.sub("", word).casefold() for word in _WORD.findall(words)]
    for place, word in enumerate(found):
        if place and word in _AFTER_THE_NOUN:
            found = found[:place]
            break
    while found and found[-1] in _WHERE:
        found.pop()
    before = ["", *found]
    for place in range(len(found) - 1, -1, -1):
        for lemma in _lemmas(found[place]):
            kind = noun_kind(lemma, before[place])
            if kind is not None:
                return lemma, kind
    return None


def _lemmas(word: str) -> list[str]:
    """The word, then what it may be the plural of (WordNet's rules of detachment)."""
    lemmas = [word]
    if word in _SINGULAR:
        return [_SINGULAR[word]]
    for ending, singular in (("ies", "y"), ("ves", "f"), ("men", "man"), ("es", ""), ("s", "")):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            lemmas.append(word.removesuffix(ending) + singular)
    return lemmas
