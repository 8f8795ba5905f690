"""How a model reads a prompt: which token of its text carries which characters.

The text encoder does not see the prompt alone but what its pipeline puts around it, and what
attention is captured for are positions in that whole text. Everything goes by character offsets
of the rendered text, never by searching for a phrase's own tokens: the same word is split
differently after a space, after a quote or inside a longer word.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, NamedTuple

from multiplane.contract.errors import Failure

# Stands in for the prompt while the template's own text is found: two private-use characters
# that no template and no normalisation touches.
_SENTINEL = "\ue000\uf8ff\ue000"


class PromptToken(NamedTuple):
    """A token of the model's text sequence that carries a part of the prompt."""

    position: int  # in the model's text sequence
    first: int  # half-open character range of the prompt
    last: int


class PromptReader(ABC):
    """The tokenizers of a pipeline, as it uses them.

    A pipeline with several text encoders, whose tokens stand one after the other, names each
    encoder's tokens for the same characters.
    """

    @abstractmethod
    def tokens(self, prompt: str) -> tuple[PromptToken, ...]:
        """The tokens that carry the prompt, by position; special ones and the template's are none.

        Raises `Failure` for a tokenizer that cannot tell characters.
        """

    @abstractmethod
    def length(self, prompt: str) -> int:
        """Tokens of the whole text that the model would read, the template's among them."""


class ChatReader(PromptReader):
    """The prompt as the only message of a user, in the tokenizer's chat template.

    tokenizer: a fast one. template: what the pipeline passes to `apply_chat_template`.
    """

    def __init__(self, tokenizer: Any, **template: Any) -> None:
        self.tokenizer = tokenizer
        self._template = template

    def text(self, prompt: str) -> str:
        """What the pipeline tokenizes for `prompt`."""
        text = self.tokenizer.apply_chat_template(
            [{"role": "user", "content": prompt}],
            tokenize=False,
            add_generation_prompt=True,
            **self._template,
        )
        return str(text)

    def render(self, prompt: str) -> tuple[str, int]:
        """`text`, and where the prompt starts in it.

        The start is found by rendering the template once more with a sentinel, so a prompt may
        repeat the template's words or contain its special strings.

        Raises `Failure` when the template changes the prompt's text (other than trimming blanks
        round it): offsets would mean nothing then.
        """
        text = self.text(prompt)
        before, found, after = self.text(_SENTINEL).partition(_SENTINEL)
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

    def tokens(self, prompt: str) -> tuple[PromptToken, ...]:
        """As `PromptReader.tokens`; a token that reaches into the template is cut to the prompt."""
        text, start = self.render(prompt)
        return within(offsets(self.tokenizer, text), start, len(prompt))

    def length(self, prompt: str) -> int:
        """As `PromptReader.length`."""
        return len(self.tokenizer(self.text(prompt)).input_ids)


class TemplateReader(PromptReader):
    """The prompt in a template of its pipeline's own, at the place of its `{}`.

    tokenizer: a fast one.
    """

    def __init__(self, tokenizer: Any, template: str) -> None:
        self.tokenizer = tokenizer
        self._before, _, self._after = template.partition("{}")

    def tokens(self, prompt: str) -> tuple[PromptToken, ...]:
        """As `PromptReader.tokens`; a token that reaches into the template is cut to the prompt."""
        text = self._before + prompt + self._after
        return within(offsets(self.tokenizer, text), len(self._before), len(prompt))

    def length(self, prompt: str) -> int:
        """As `PromptReader.length`."""
        return len(self.tokenizer(self._before + prompt + self._after).input_ids)


class PlainReader(PromptReader):
    """The prompt as it is, as T5 and CLIP get it; positions from `first` in the model's sequence.

    tokenizer: a fast one. most: tokens after which the pipeline cuts the text off, special ones
    among them; None: none.
    """

    def __init__(self, tokenizer: Any, first: int = 0, most: int | None = None) -> None:
        self.tokenizer = tokenizer
        self._first = first
        self._most = most

    def tokens(self, prompt: str) -> tuple[PromptToken, ...]:
        """As `PromptReader.tokens`; what is cut off is not among them."""
        last = float("inf") if self._most is None else self._most - 1  # the end mark's place
        return tuple(
            token._replace(position=self._first + token.position)
            for token in offsets(self.tokenizer, prompt)
            if token.position < last and token.first < token.last
        )

    def length(self, prompt: str) -> int:
        """As `PromptReader.length`."""
        return self._first + len(self.tokenizer(prompt).input_ids)


def within(tokens: Iterable[PromptToken], start: int, length: int) -> tuple[PromptToken, ...]:
    """Those that carry a part of the `length` characters from `start`, counted from there."""
    cut = (
        PromptToken(place, max(0, first - start), min(length, last - start))
        for place, first, last in tokens
    )
    return tuple(token for token in cut if token.first < token.last)


def offsets(tokenizer: Any, text: str) -> list[PromptToken]:
    """Every token of `text` that is not a special one. Raises `Failure` for a slow tokenizer."""
    if not getattr(tokenizer, "is_fast", False):
        raise Failure(
            "attention.tokenizer_slow",
            "{name} cannot say which characters its tokens come from.",
            remedy="Load the model with its fast tokenizer (tokenizer.json).",
            values={"name": type(tokenizer).__name__},
        )
    encoding = tokenizer(text, return_offsets_mapping=True)
    special = set(tokenizer.all_special_ids)
    pairs = zip(encoding["input_ids"], encoding["offset_mapping"], strict=True)
    return [
        PromptToken(position, int(first), int(last))
        for position, (token, (first, last)) in enumerate(pairs)
        if token not in special
    ]
