"""Character spans of a prompt -> token positions in the text that the model reads."""

from __future__ import annotations

import re
from collections.abc import Sequence

from multiplane.attention.words import content_characters
from multiplane.contract.errors import InputError
from multiplane.models.families.prompt import PromptReader

Span = tuple[int, int]


def locate(
    reader: PromptReader, prompt: str, spans: Sequence[Span], *, max_length: int = 512
) -> tuple[int, ...]:
    """Positions, in the model's text sequence, of the tokens that carry the phrase at `spans`.

    reader: the pipeline's own way to read prompts.
    spans: half-open character ranges in `prompt`; several when the phrase has several places.
    max_length: tokens of text that the pipeline keeps.

    A token counts when at least one character of a content word of a span is in it; tokens of
    the template, padding, blanks, punctuation and stop words never do, unless a span has
    nothing else ("the The" keeps its words). Positions are sorted and each is named once.

    Raises `InputError`: a span outside the prompt or empty (`attention.span_invalid`), or a
    phrase that lies beyond `max_length` (`attention.phrase_truncated`). Raises `Failure` as
    `PromptReader.tokens`.
    """
    _check(prompt, spans)
    tokens = reader.tokens(prompt)
    positions: set[int] = set()
    for first, last in spans:
        wanted = content_characters(prompt, (first, last))
        hit = [
            token.position
            for token in tokens
            if not wanted.isdisjoint(range(token.first, token.last))
        ]
        if any(index >= max_length for index in hit):
            raise InputError(
                "attention.phrase_truncated",
                "The prompt is too long: the model reads {most} tokens, "
                "and '{words}' comes after them.",
                value=prompt[first:last],
                remedy="Shorten the prompt or name its subjects earlier.",
                values={"most": max_length, "words": prompt[first:last]},
            )
        positions.update(hit)
    return tuple(sorted(positions))


def locate_each(
    reader: PromptReader, prompt: str, phrases: Sequence[Sequence[Span]], *, max_length: int = 512
) -> tuple[tuple[int, ...], ...]:
    """`locate` for phrases that compete with each other: one tuple of positions per phrase.

    Where two phrases overlap, a shared token stays with the phrase whose head noun it is nearer
    to: that ends the phrase, or stands before "of". Beside "warrior", the phrases "warrior's
    sword" and "sword of the warrior" keep only "sword", while beside "sword" the first keeps both
    of its words. No phrase is left without a token.
    """
    found = [locate(reader, prompt, spans, max_length=max_length) for spans in phrases]
    ends = {token.position: token.last for token in reader.tokens(prompt)}

    def distance(token: int, phrase: int) -> int:
        end = ends[token]
        covering = [_head_end(prompt, span) - end for span in phrases[phrase] if span[0] < end]
        return min((abs(gap) for gap in covering), default=len(prompt))

    kept: list[tuple[int, ...]] = []
    for index, tokens in enumerate(found):
        own = tuple(
            token
            for token in tokens
            if all(
                distance(token, index) <= distance(token, other)
                for other, others in enumerate(found)
                if token in others
            )
        )
        kept.append(own or tokens)
    return tuple(kept)


def _head_end(prompt: str, span: Span) -> int:
    """Where the head noun of a phrase ends: before "of" in "sword of the warrior"."""
    belongs = re.search(r"\s+of\s", prompt[slice(*span)], re.IGNORECASE)
    return span[1] if belongs is None else span[0] + belongs.start()


def _check(prompt: str, spans: Sequence[Span]) -> None:
    for first, last in spans:
        if not 0 <= first < last <= len(prompt) or not prompt[first:last].strip():
            raise InputError(
                "attention.span_invalid",
                "Characters {first} to {last} are no words of the prompt ({length} characters).",
                value=(first, last),
                remedy="Give the phrase as it stands in the prompt.",
                values={"first": first, "last": last, "length": len(prompt)},
            )
