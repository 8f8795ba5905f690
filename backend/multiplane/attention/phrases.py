"""Character spans of a prompt -> token positions in the text that the model reads.

The text encoder does not see the prompt alone but the chat template around it, and what
attention is captured for are positions in that whole text. Everything goes by character
offsets of the rendered text, never by searching for the phrase's own tokens: the same word
is split differently after a space, after a quote or inside a longer word.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from multiplane.attention.words import content_characters
from multiplane.contract.errors import Failure, InputError

Span = tuple[int, int]

# Stands in for the prompt while the template's own text is found: two private-use characters
# that no template and no normalisation touches.
_SENTINEL = "\ue000\uf8ff\ue000"


def render(tokenizer: Any, prompt: str) -> tuple[str, int]:
    """The text that the pipeline tokenizes for `prompt`, and where the prompt starts in it.

    The rendering is that of diffusers' `ZImagePipeline`. The start is found by rendering the
    template once more with a sentinel, so a prompt may repeat the template's words or contain
    its special strings.

    Raises `Failure` when the template changes the prompt's text (other than trimming blanks
    round it): offsets would mean nothing then.
    """
    text = _apply_template(tokenizer, prompt)
    before, found, after = _apply_template(tokenizer, _SENTINEL).partition(_SENTINEL)
    middle = text[len(before) : len(text) - len(after)]
    if found and text.startswith(before) and text.endswith(after):
        if middle == prompt:
            return text, len(before)
        if middle == prompt.strip():
            return text, len(before) - (len(prompt) - len(prompt.lstrip()))
    raise Failure(
        "attention.template_unreadable",
        "The tokenizer's chat template rewrites the prompt, so its words cannot be followed.",
        value=text[:200],
        remedy="Use a model whose chat template inserts the prompt as it is.",
    )


def locate(
    tokenizer: Any, prompt: str, spans: Sequence[Span], *, max_length: int = 512
) -> tuple[int, ...]:
    """Positions, in the model's text sequence, of the tokens that carry the phrase at `spans`.

    tokenizer: a fast tokenizer with a chat template (the pipeline's own).
    spans: half-open character ranges in `prompt`; several when the phrase has several places.
    max_length: tokens of text that the pipeline keeps (Z-Image: 512).

    A token counts when at least one character of a content word of a span is in it; tokens of
    the template, padding, blanks, punctuation and stop words never do, unless a span has
    nothing else ("the The" keeps its words). Positions are sorted and each is named once.

    Raises `InputError`: a span outside the prompt or empty (`attention.span_invalid`), or a
    phrase that lies beyond `max_length` (`attention.phrase_truncated`). Raises `Failure` for
    a tokenizer without offsets.
    """
    _check(prompt, spans)
    text, start = render(tokenizer, prompt)
    tokens = _offsets(tokenizer, text)
    positions: set[int] = set()
    for first, last in spans:
        wanted = {start + index for index in content_characters(prompt, (first, last))}
        hit = [index for index, span in tokens if not wanted.isdisjoint(range(*span))]
        if any(index >= max_length for index in hit):
            raise InputError(
                "attention.phrase_truncated",
                f"The prompt is too long: the model reads {max_length} tokens, "
                f"and {prompt[first:last]!r} comes after them.",
                value=prompt[first:last],
                remedy="Shorten the prompt or name its subjects earlier.",
            )
        positions.update(hit)
    return tuple(sorted(positions))


def locate_each(
    tokenizer: Any, prompt: str, phrases: Sequence[Sequence[Span]], *, max_length: int = 512
) -> tuple[tuple[int, ...], ...]:
    """`locate` for phrases that compete with each other: one tuple of positions per phrase.

    Where two phrases overlap, a shared token stays with the phrase in which it stands nearer
    to the end, because that is where the head noun is: beside "warrior", the phrase "warrior's
    sword" keeps only "sword", while beside "sword" it keeps both of its words. No phrase is
    left without a token.
    """
    found = [locate(tokenizer, prompt, spans, max_length=max_length) for spans in phrases]
    text, start = render(tokenizer, prompt)
    ends = dict(_offsets(tokenizer, text))

    def distance(token: int, phrase: int) -> int:
        end = ends[token][1] - start
        covering = [last - end for first, last in phrases[phrase] if first < end]
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


def prompt_tokens(tokenizer: Any, prompt: str) -> tuple[tuple[int, Span], ...]:
    """(position in the model's text sequence, characters of `prompt`) of the prompt's tokens.

    A token that reaches into the template is cut to the prompt. Raises `Failure` as `locate`.
    """
    text, start = render(tokenizer, prompt)
    found = []
    for position, (first, last) in _offsets(tokenizer, text):
        span = (max(0, first - start), min(len(prompt), last - start))
        if span[0] < span[1]:
            found.append((position, span))
    return tuple(found)


def _apply_template(tokenizer: Any, prompt: str) -> str:
    text = tokenizer.apply_chat_template(
        [{"role": "user", "content": prompt}],
        tokenize=False,
        add_generation_prompt=True,
        enable_thinking=True,
    )
    return str(text)


def _offsets(tokenizer: Any, text: str) -> list[tuple[int, Span]]:
    """(position, character range) of every token of `text` that is not a special one."""
    if not getattr(tokenizer, "is_fast", False):
        raise Failure(
            "attention.tokenizer_slow",
            f"{type(tokenizer).__name__} cannot say which characters its tokens come from.",
            remedy="Load the model with its fast tokenizer (tokenizer.json).",
        )
    encoding = tokenizer(text, return_offsets_mapping=True)
    special = set(tokenizer.all_special_ids)
    pairs = zip(encoding["input_ids"], encoding["offset_mapping"], strict=True)
    return [
        (position, (int(first), int(last)))
        for position, (token, (first, last)) in enumerate(pairs)
        if token not in special
    ]


def _check(prompt: str, spans: Sequence[Span]) -> None:
    for first, last in spans:
        if not 0 <= first < last <= len(prompt) or not prompt[first:last].strip():
            raise InputError(
                "attention.span_invalid",
                f"Characters {first} to {last} are no words of the prompt "
                f"({len(prompt)} characters).",
                value=(first, last),
                remedy="Give the phrase as it stands in the prompt.",
            )
