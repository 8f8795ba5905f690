"""The prompt as the model reads it: marks taken out, phrases found as character spans."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from multiplane.contract.errors import InputError
from multiplane.contract.layer_kinds import LayerKind

Span = tuple[int, int]

_MARK = re.compile(r"\*\*(?=[^\s*])(.+?)(?<=[^\s*])\*\*", re.DOTALL)
_ARTICLE = re.compile(
    r"(?:an?|the|another|this|that|these|those|his|her|its|their|my|our|your)\s+", re.IGNORECASE
)
_KNOWN_BEFORE = re.compile(
    r"\b(?:the|this|that|these|those|his|her|its|their)\s+(?:[\w'’-]+\s+)?$", re.IGNORECASE
)
_LAST_WORD = re.compile(r"([\w'’-]+)\s+$")
_PAIR_OF = re.compile(r"\b(pair|couple|dozen)\s+(?:of\s+)?$", re.IGNORECASE)
_APOSTROPHES = "['’ʼ]"
MAX_COUNT = 16

NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "dozen": 12,
    "both": 2, "pair": 2, "couple": 2,
}  # fmt: skip


@dataclass(frozen=True)
class PromptText:
    """text: what the model gets, Unicode NFC, without marks. marks: spans of marked words."""

    text: str
    marks: tuple[Span, ...] = ()


@dataclass(frozen=True)
class SubjectPhrase:
    """What one layer (or, with `count` > 1, several alike) is called in the prompt.

    name: the layer's, unique in the shot whatever the case. phrase: its words, without article.
    spans: [start, end) of its words in `PromptText.text`, every mention, things that it wears or
    holds included; none for words that the prompt lacks. kind: of its layers, None where its noun
    says it.
    """

    name: str
    phrase: str
    spans: tuple[Span, ...]
    count: int = 1
    kind: LayerKind | None = None


def plain_prompt(prompt: str, *, field: str | None = None) -> PromptText:
    """The prompt without its `**marks**`. Raises InputError for a mark that is not closed."""
    source = unicodedata.normalize("NFC", prompt)
    text, spans, end = "", [], 0
    for mark in _MARK.finditer(source):
        text += source[end : mark.start()]
        spans.append((len(text), len(text) + len(mark[1])))
        text += mark[1]
        end = mark.end()
    text += source[end:]
    if "**" in text:
        raise InputError(
            "storyboard.shot.prompt.mark_open",
            "The prompt has a ** that marks no words.",
            field=field,
            value=prompt,
            remedy="Put ** directly before and after a subject, as in a **red dragon**.",
        )
    return PromptText(text, tuple(_without_article(text, span) for span in spans))


def find_phrase(text: str, phrase: str) -> tuple[Span, ...]:
    """All places where `text` has the words of `phrase`, whole, whatever case and spacing.

    Where it has them in the plural only, those.
    """
    words = unicodedata.normalize("NFC", phrase).split()
    if not words:
        return ()
    pattern = r"\s+".join(re.sub(r"['’ʼ]", _APOSTROPHES, re.escape(word)) for word in words)
    before = r"(?<!\w)" if _has_boundary(words[0][0]) else ""
    after = r"(?!\w)" if _has_boundary(words[-1][-1]) else ""
    for plural in ("", "e?s"):
        found = re.finditer(before + pattern + plural + after, text, re.IGNORECASE)
        spans = tuple(match.span() for match in found)
        if spans:
            return spans
    return ()


def near_phrases(text: str, phrase: str) -> list[str]:
    """Up to three runs of words of `text` that are spelled much like `phrase`."""
    words = re.findall(r"[\w'’-]+", text)
    size = max(1, len(phrase.split()))
    runs = {" ".join(words[i : i + size]) for i in range(len(words) - size + 1)}
    return difflib.get_close_matches(phrase, sorted(runs), n=3, cutoff=0.6)


def count_instances(text: str, spans: Sequence[Span]) -> int:
    """How many are meant by these mentions of one phrase: by number words, else one each.

    A mention with "the" or "his" speaks again of one that was there before.
    """
    total = 0
    for start, _ in spans:
        before = text[:start]
        last = _LAST_WORD.search(before)
        pair = _PAIR_OF.search(before)
        number = number_of(last[1]) if last else None
        if pair:
            number = NUMBERS[pair[1].casefold()]
        if number is not None:
            total += number
        elif total == 0 or not _KNOWN_BEFORE.search(before):
            total += 1
    return max(1, total) if total <= MAX_COUNT else 1


def number_of(word: str) -> int | None:
    """The number that `word` says, from 1 up; null for other words."""
    if word.isascii() and word.isdigit() and len(word) < 4:
        return int(word) or None
    return NUMBERS.get(word.casefold())


def unique_names(wishes: Sequence[tuple[str, str]]) -> list[str]:
    """A layer name for each (short, long) wish, no two alike whatever the case.

    The short one where it is enough, else the long one, else that with a number.
    """
    shorts = [short.casefold() for short, _ in wishes]
    names: list[str] = []
    taken: set[str] = set()
    for short, long in wishes:
        base = short if shorts.count(short.casefold()) == 1 else long
        name, number = base, 2
        while name.casefold() in taken:
            name, number = f"{base} {number}", number + 1
        taken.add(name.casefold())
        names.append(name)
    return names


def without_article(phrase: str) -> str:
    """The words without the article or number that they begin with."""
    start, end = _without_article(phrase, (0, len(phrase)))
    return phrase[start:end]


def _without_article(text: str, span: Span) -> Span:
    """The span without the article or number that it begins with."""
    start, end = span
    article = _ARTICLE.match(text, start, end)
    if article and article.end() < end:
        start = article.end()
    first, _, rest = text[start:end].partition(" ")
    if rest.strip() and number_of(first) is not None:
        start = end - len(rest.lstrip())
    return start, end


def _has_boundary(character: str) -> bool:
    """Whether words that contain it have spaces around them: not so in Chinese or Thai."""
    if not (character.isalnum() or character == "_"):
        return False
    code = ord(character)
    return code < 0x2E80 and not 0x0E00 <= code < 0x1000 and not 0x1780 <= code < 0x1800
