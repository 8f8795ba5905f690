"""What a training of reading weights begins with: a painter's first blocks, and words' meanings."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import torch
from diffusers import ZImageTransformer2DModel
from transformers import Qwen2Tokenizer, Qwen3Config, Qwen3Model

from multiplane_study.reading.embedding import MeaningEmbedding
from multiplane_study.reading.meanings import DIMENSIONS, Meanings
from multiplane_study.training.painter import GROUNDED_BLOCK
from multiplane_study.training.start import TOKENIZER, take_over_tokenizer
from multiplane_study.training.vocabulary import embeddings_for, widened

ADDED_BLOCKS = 1
"""Before the block that is read; they begin without effect."""
MOST_TOKENS = 65_536


def reader_tokenizer(
    pipeline: Path, folder: Path, words: Collection[str], meanings: Meanings
) -> Qwen2Tokenizer:
    """The painter's tokenizer with the given words and all common nouns; kept in `folder`."""
    kept = folder / TOKENIZER
    if not (kept / "tokenizer.json").exists():
        spelt = Qwen2Tokenizer.from_pretrained(pipeline / TOKENIZER, trust_remote_code=False)
        wide = widened(spelt, [*words, *meanings.common_nouns()], MOST_TOKENS)
        wide.save_pretrained(kept)
    tokenizer: Qwen2Tokenizer = Qwen2Tokenizer.from_pretrained(kept, trust_remote_code=False)
    return tokenizer


def first_blocks(pipeline: Path) -> ZImageTransformer2DModel:
    """The painter's blocks up to the one whose attention is read, and `ADDED_BLOCKS` before it.

    An added block is a copy of the one before it whose gates are shut.
    """
    painter = ZImageTransformer2DModel.from_pretrained(
        pipeline / "transformer", trust_remote_code=False
    ).float()
    config = {name: value for name, value in painter.config.items() if not name.startswith("_")}
    count = GROUNDED_BLOCK + 1 + ADDED_BLOCKS
    reader = ZImageTransformer2DModel.from_config({**config, "n_layers": count})
    trained, weights = painter.state_dict(), reader.state_dict()
    for name in weights:
        source = name
        if name.startswith("layers."):
            _, number, rest = name.split(".", 2)
            place = int(number)
            added = GROUNDED_BLOCK <= place < count - 1
            block = GROUNDED_BLOCK - 1 if added else min(place, GROUNDED_BLOCK)
            source = f"layers.{block}.{rest}"
        weights[name] = trained[source].clone()
    reader.load_state_dict(weights)
    for block in reader.layers[GROUNDED_BLOCK : count - 1]:
        torch.nn.init.zeros_(block.attention_norm2.weight)
        torch.nn.init.zeros_(block.ffn_norm2.weight)
    return reader


def speaking(pipeline: Path, tokenizer: Qwen2Tokenizer, meanings: Meanings) -> Qwen3Model:
    """The painter's text encoder for another vocabulary, its embeddings by meanings."""
    spelt = Qwen2Tokenizer.from_pretrained(pipeline / TOKENIZER, trust_remote_code=False)
    trained = Qwen3Model.from_pretrained(
        pipeline / "text_encoder", dtype=torch.float32, trust_remote_code=False
    )
    config = Qwen3Config.from_dict({**trained.config.to_dict(), "vocab_size": len(tokenizer)})
    text = Qwen3Model(config).float()
    weights = trained.state_dict()
    start = embeddings_for(tokenizer, spelt, weights["embed_tokens.weight"])
    text.load_state_dict({**weights, "embed_tokens.weight": start})
    known = spelt.get_vocab()
    taught = torch.zeros(len(tokenizer), dtype=torch.bool)
    taught[[row for token, row in tokenizer.get_vocab().items() if token in known]] = True
    text.embed_tokens = MeaningEmbedding(_rows(tokenizer, meanings), start, taught)
    return text


def kept_tokenizer(reader: Path, folder: Path) -> Qwen2Tokenizer:
    """The tokenizer of a reader that is there, put into `folder` as `reader_tokenizer` puts its.

    Raises InputError `study.another_training` when `folder` has another one already.
    """
    take_over_tokenizer(reader, folder)
    tokenizer: Qwen2Tokenizer = Qwen2Tokenizer.from_pretrained(
        folder / TOKENIZER, trust_remote_code=False
    )
    return tokenizer


def blocks_of(reader: Path) -> ZImageTransformer2DModel:
    """The blocks of a reader that is there."""
    return ZImageTransformer2DModel.from_pretrained(
        reader / "transformer", trust_remote_code=False
    ).float()


def text_encoder_of(reader: Path) -> Qwen3Model:
    """The text encoder of a reader that is there, its embeddings a plain table."""
    text: Qwen3Model = Qwen3Model.from_pretrained(
        reader / "text_encoder", dtype=torch.float32, trust_remote_code=False
    )
    return text


def still_speaking(reader: Path, tokenizer: Qwen2Tokenizer, meanings: Meanings) -> Qwen3Model:
    """The text encoder of a reader that is there, its embeddings taken apart again."""
    text = text_encoder_of(reader)
    rows = text.embed_tokens.weight.detach().clone()
    text.embed_tokens = MeaningEmbedding.apart(_rows(tokenizer, meanings), rows)
    return text


def _rows(tokenizer: Qwen2Tokenizer, meanings: Meanings) -> torch.Tensor:
    """(tokens, DIMENSIONS): the vector of every token that is a whole word; else zeros."""
    rows: dict[str, list[int]] = {}
    for token, row in tokenizer.get_vocab().items():
        word = tokenizer.convert_tokens_to_string([token]).strip().lower()
        whole = word.isalpha() and len(tokenizer(f" {word}").input_ids) == 1
        if whole and len(word) > 2:
            rows.setdefault(word, []).append(row)
    words, vectors = meanings.vectors(sorted(rows))
    found = torch.zeros(len(tokenizer), DIMENSIONS)
    for word, vector in zip(words, torch.from_numpy(vectors), strict=True):
        found[rows[word]] = vector
    return found
