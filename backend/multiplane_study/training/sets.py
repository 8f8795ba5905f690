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

from multiplane_study.training.autoencoder import encode_all
from multiplane_study.training.corpus import TOKEN_PIXELS, load_corpus, read_pictures
from multiplane_study.training.painter import Latents, prepare

OnProgress = Callable[[int, int], None]


def at_height(pictures: NDArray[np.uint8], height: int) -> NDArray[np.uint8]:
    """(N, H, W, 3) pictures brought to `height` px, the width with them, by area."""
    if pictures.shape[1] == height:
        return pictures
    width = pictures.shape[2] * height // pictures.shape[1]
    return np.stack(
        [cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA) for picture in pictures]
    )


def painter_set(
    chunks: list[Path],
    autoencoder: AutoencoderKL,
    tokenizer: Qwen2Tokenizer,
    height: int,
    cache: Path,
    on_progress: OnProgress | None = None,
) -> Latents:
    """Chunks of one size, brought to `height` px, as a training set.

    Latents are kept in the folder `cache`, one file a chunk; a folder serves one autoencoder.
    """
    latents = []
    for done, chunk in enumerate(chunks, start=1):
        latents.append(_latents(chunk, autoencoder, height, cache))
        if on_progress:
            on_progress(done, len(chunks))
    together = np.concatenate(latents)
    corpus = load_corpus(chunks, leave=("pictures", "depth"))
    rows, columns = (side * 8 // TOKEN_PIXELS for side in together.shape[2:])
    fractions = np.stack(
        [
            [cv2.resize(matte, (columns, rows), interpolation=cv2.INTER_AREA) for matte in scene]
            for scene in corpus.fractions
        ]
    )
    return prepare(replace(corpus, fractions=fractions), together, tokenizer)


def _latents(
    chunk: Path, autoencoder: AutoencoderKL, height: int, cache: Path
) -> NDArray[np.float16]:
    kept = cache / f"{chunk.stem}-at-{height}.npy"
    if kept.exists():
        return np.asarray(np.load(kept), np.float16)
    latents = encode_all(autoencoder, at_height(read_pictures(chunk), height))
    cache.mkdir(parents=True, exist_ok=True)
    unfinished = kept.with_suffix(".part.npy")
    np.save(unfinished, latents)
    unfinished.replace(kept)
    return latents
