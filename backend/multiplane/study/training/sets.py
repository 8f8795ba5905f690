"""The painter's training sets: the corpus at one size, as latents with tokens and truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from diffusers import AutoencoderKL
from numpy.typing import NDArray
from transformers import Qwen2Tokenizer

from multiplane.study.training.autoencoder import encode_all
from multiplane.study.training.corpus import TOKEN_PIXELS, Corpus
from multiplane.study.training.painter import Latents, prepare

OnProgress = Callable[[int, int], None]


def at_height(pictures: NDArray[np.uint8], height: int) -> NDArray[np.uint8]:
    """(N, H, W, 3) pictures brought to `height` px, the width with them, by area."""
    if pictures.shape[1] == height:
        return pictures
    width = pictures.shape[2] * height // pictures.shape[1]
    return np.stack(
        [cv2.resize(one, (width, height), interpolation=cv2.INTER_AREA) for one in pictures]
    )


def painter_set(
    corpus: Corpus,
    autoencoder: AutoencoderKL,
    tokenizer: Qwen2Tokenizer,
    height: int,
    cache: Path,
    on_progress: OnProgress | None = None,
) -> Latents:
    """The corpus at `height` px as a training set; its latents are kept in the file `cache`."""
    if cache.exists():
        latents = np.load(cache)
    else:
        pictures = at_height(corpus.pictures, height)
        latents = encode_all(autoencoder, pictures, on_progress=on_progress)
        unfinished = cache.with_suffix(".part.npy")
        np.save(unfinished, latents)
        unfinished.replace(cache)
    rows, columns = (side * 8 // TOKEN_PIXELS for side in latents.shape[2:])
    fractions = np.stack(
        [
            [cv2.resize(one, (columns, rows), interpolation=cv2.INTER_AREA) for one in scene]
            for scene in corpus.fractions
        ]
    )
    return prepare(replace(corpus, fractions=fractions), latents, tokenizer)
