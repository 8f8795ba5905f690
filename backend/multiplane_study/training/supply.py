"""Scenes that are drawn while a training already learns from those that are there."""

from __future__ import annotations

import multiprocessing
import time
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from diffusers import AutoencoderKL
from transformers import Qwen2Tokenizer

from multiplane_study.training.autoencoder import encode_all
from multiplane_study.training.corpus import CHUNK, draw_chunk, load_corpus
from multiplane_study.training.painter import Latents, prepare
from multiplane_study.training.plan import ARTISTS_SIZES, SIZES, Plan
from multiplane_study.training.start import TOKENIZER
from multiplane_study.training.supervised import Examples

HELD_OUT_CHUNKS = 2
"""Of each size; their seeds lie before those that are learnt from, in every run the same."""
AT_LEAST_CHUNKS = 8
"""Of each size, before learning begins."""


@cache
def _tokenizer(folder: Path) -> Qwen2Tokenizer:
    return Qwen2Tokenizer.from_pretrained(folder, trust_remote_code=False)


def _drawn(
    folder: Path, size: tuple[int, int], seed: int, tokenizer: Path, artwork: Path | None
) -> tuple[Path, Latents]:
    width, height = size
    path = folder / f"{width}x{height}-{seed:09d}.npz"
    draw_chunk(path, width, height, seed, artwork)
    corpus = load_corpus([path])
    blank = np.zeros((CHUNK, 0, height // 8, width // 8), np.float16)
    return path, prepare(corpus, blank, _tokenizer(tokenizer))


@dataclass
class Scenes:
    """What has been drawn so far of one size.

    `seen` and `unseen` are the project's own scenes; other people's drawings are in `sets` only.
    """

    seen: list[Examples] = field(default_factory=list)
    unseen: list[Examples] = field(default_factory=list)
    sets: list[Latents] = field(default_factory=list)

    def together(self) -> Latents:
        """All sets as one."""
        return Latents(
            latents=np.concatenate([part.latents for part in self.sets]),
            tokens=[tokens for part in self.sets for tokens in part.tokens],
            fractions=np.concatenate([part.fractions for part in self.sets]),
            kinds=np.concatenate([part.kinds for part in self.sets]),
            groups=[groups for part in self.sets for groups in part.groups],
        )


class _Coming(NamedTuple):
    size: tuple[int, int]
    held_out: bool
    artists: bool
    job: Future[tuple[Path, Latents]]


class Supply:
    """Draws scenes in processes and encodes them as they come, where there is an encoder."""

    def __init__(self, plan: Plan, autoencoder: AutoencoderKL | None, workers: int) -> None:
        self._autoencoder = autoencoder
        self.scenes = {size: Scenes() for size in SIZES}
        self.drawn = 0
        corpus = plan.folder / "corpus"
        corpus.mkdir(parents=True, exist_ok=True)
        self._pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"))
        self._coming: list[_Coming] = []
        artists = plan.artists_scenes if plan.artwork else 0
        for offset in range(-HELD_OUT_CHUNKS * CHUNK, max(plan.square_scenes, artists), CHUNK):
            groups: list[tuple[dict[tuple[int, int], int], Path | None]] = []
            if offset < plan.square_scenes:
                groups.append((SIZES, None))
            if 0 <= offset < artists:
                groups.append((ARTISTS_SIZES, plan.artwork))
            for sizes, artwork in groups:
                for size, first in sizes.items():
                    job = self._pool.submit(
                        _drawn, corpus, size, first + offset, plan.folder / TOKENIZER, artwork
                    )
                    self._coming.append(_Coming(size, offset < 0, artwork is not None, job))

    def take(self, most: int) -> None:
        """Take at most so many chunks that are done."""
        left = []
        for coming in self._coming:
            if most > 0 and coming.job.done():
                path, prepared = coming.job.result()
                with np.load(path) as data:
                    pictures, kinds = data["pictures"], data["kinds"]
                path.unlink()
                scenes = self.scenes[coming.size]
                if not coming.artists:
                    (scenes.unseen if coming.held_out else scenes.seen).append(
                        Examples(pictures, kinds)
                    )
                if self._autoencoder is not None and not coming.held_out:
                    latents = encode_all(self._autoencoder, pictures, batch=CHUNK)
                    scenes.sets.append(replace(prepared, latents=latents))
                self.drawn += CHUNK
                most -= 1
            else:
                left.append(coming)
        self._coming = left

    def stop_encoding(self) -> None:
        """Of scenes taken from now on there are no latents."""
        self._autoencoder = None

    def wait(self) -> None:
        """Take all that comes until there is enough to begin with."""
        while not self.complete and any(
            len(scene.seen) < AT_LEAST_CHUNKS or len(scene.unseen) < HELD_OUT_CHUNKS
            for scene in self.scenes.values()
        ):
            self.take(len(self._coming))
            time.sleep(0.2)

    @property
    def complete(self) -> bool:
        """Whether every scene has been taken."""
        return not self._coming

    def close(self) -> None:
        """Draw no more."""
        self._pool.shutdown(wait=False, cancel_futures=True)
