"""The bundled model's tokenizer: byte-level BPE learned from captions, with a chat template."""

from __future__ import annotations

import json
from collections.abc import Iterable

import torch
from tokenizers import Regex, Tokenizer, decoders, normalizers, pre_tokenizers, trainers
from tokenizers.models import BPE
from transformers import Qwen2Tokenizer
from transformers.models.qwen2.tokenization_qwen2 import PRETOKENIZE_REGEX

CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SPECIAL_TOKENS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
VOCABULARY = 1536
WIDENED = 16_384
"""Tokens at most of a vocabulary with given words; it ends when every word is one token."""


def train_tokenizer(captions: Iterable[str], most: int = VOCABULARY) -> Qwen2Tokenizer:
    """A tokenizer of at most `most` tokens that can encode any Unicode text.

    All 256 bytes are tokens, so nothing is ever unknown; words of the captions are one token
    each. Splitting follows Qwen2's rules.
    """
    byte_level = Tokenizer(BPE())
    byte_level.normalizer = normalizers.NFC()
    byte_level.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PRETOKENIZE_REGEX), behavior="isolated", invert=False),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    byte_level.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=most,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=SPECIAL_TOKENS,
        show_progress=False,
    )
    template = ["<|im_start|>user\n", "assistant\n"]
    byte_level.train_from_iterator([*captions, *template], trainer)
    return Qwen2Tokenizer(
        vocab=byte_level.get_vocab(),
        merges=_merges(byte_level),
        chat_template=CHAT_TEMPLATE,
        additional_special_tokens=SPECIAL_TOKENS[1:],
        model_max_length=512,
    )


def _merges(tokenizer: Tokenizer) -> list[tuple[str, str]]:
    return [tuple(pair) for pair in json.loads(tokenizer.to_str())["model"]["merges"]]


def widened(tokenizer: Qwen2Tokenizer, words: Iterable[str], most: int = WIDENED) -> Qwen2Tokenizer:
    """A tokenizer to which every word of `tokenizer` and each of `words` is one token.

    A word is one at the start of a text too. Whoever goes on from weights
    that learnt the old one starts with `embeddings_for`.
    """
    inside = [token for token in tokenizer.get_vocab() if token not in SPECIAL_TOKENS]
    old = [tokenizer.convert_tokens_to_string([token]) for token in sorted(inside)]
    every = sorted({word for text in (*old, *words) for word in text.split() if word.isalpha()})
    return train_tokenizer([form for word in every for form in (word, f" {word}")], most)


def is_one_token(tokenizer: Qwen2Tokenizer, word: str) -> bool:
    """Whether the word is one token in the middle of a text."""
    return len(tokenizer(f" {word}").input_ids) == 1


def embeddings_for(
    new: Qwen2Tokenizer, old: Qwen2Tokenizer, embeddings: torch.Tensor
) -> torch.Tensor:
    """Embeddings (tokens of `new`, D) made from those (tokens of `old`, D) that were learnt.

    A token that both have keeps its own; another starts as the mean of the tokens that the old
    tokenizer spells it with.
    """
    known = old.get_vocab()
    spell = old.backend_tokenizer.model.tokenize
    rows = torch.empty(len(new), embeddings.shape[1])
    for token, index in new.get_vocab().items():
        pieces = [known[token]] if token in known else [piece.id for piece in spell(token)]
        rows[index] = embeddings[pieces].mean(dim=0)
    return rows
