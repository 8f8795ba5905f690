"""The training corpus: scenes, drawn once and kept on disk in small chunks.

They are StylizedBench's, and with other people's drawings at hand also scenes composed of those.
A chunk holds `CHUNK` scenes of one size. Chunks that exist are not drawn again, so an interrupted
drawing goes on where it stopped.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from multiplane_study.artwork.catalogue import Catalogue
from multiplane_study.artwork.compose import Composer
from multiplane_study.scenes import KINDS, Scene, draw_scene

CHUNK = 64
TOKEN_PIXELS = 16
"""One image token covers 16 x 16 px: the autoencoder's 8 times the transformer's patch of 2."""
MOST_SUBJECTS = 4
NO_KIND = 255
"""In place of a kind where a subject is none of `KINDS`."""


class DrawScene(Protocol):
    """What gives the scene of a seed at a width and height in pixels."""

    def __call__(self, seed: int, width: int, height: int, /) -> Scene: ...


@cache
def scenes_of(artwork: Path | None) -> DrawScene:
    """StylizedBench, or scenes of the drawings in the folder `artwork` that may be learnt."""
    return Composer.for_training(Catalogue.for_training(artwork)).scene if artwork else draw_scene


@dataclass(frozen=True)
class Corpus:
    """Scenes of one size, in memory.

    Attributes:
        pictures: (N, H, W, 3) uint8.
        fractions: (N, MOST_SUBJECTS, H / 16, W / 16) uint8; how much of each token's area a
            subject visibly covers, 255 = all. Unused subjects are 0.
        kinds: (N, H, W) uint8; index into `KINDS` plus 1 of the visible subject, 0 =
            background, `NO_KIND` a subject of no such kind.
        depth: (N, H / 2, W / 2) uint8 nearness, 255 = nearest.
        captions: N captions.
        phrases: per scene, the subjects' character spans in the caption.
        places: per scene, the place's character span in the caption.
    """

    pictures: NDArray[np.uint8]
    fractions: NDArray[np.uint8]
    kinds: NDArray[np.uint8]
    depth: NDArray[np.uint8]
    captions: list[str]
    phrases: list[list[tuple[int, int]]]
    places: list[tuple[int, int]]

    def __len__(self) -> int:
        return len(self.captions)


def _halve(image: NDArray[np.float32]) -> NDArray[np.float32]:
    h, w = image.shape
    return image.reshape(h // 2, 2, w // 2, 2).mean(axis=(1, 3), dtype=np.float32)


def draw_chunk(
    path: Path, width: int, height: int, first_seed: int, artwork: Path | None = None
) -> None:
    """Draw `CHUNK` scenes with consecutive seeds into the file `path`, as `scenes_of` has them."""
    draw = scenes_of(artwork)
    pictures, fractions, kinds, depths, texts = [], [], [], [], []
    rows, columns = height // TOKEN_PIXELS, width // TOKEN_PIXELS
    for seed in range(first_seed, first_seed + CHUNK):
        scene = draw(seed, width, height)
        fraction = np.zeros((MOST_SUBJECTS, rows, columns), np.uint8)
        kind = np.zeros((height, width), np.uint8)
        for index, subject in enumerate(scene.subjects):
            tokens = subject.matte.reshape(rows, TOKEN_PIXELS, columns, TOKEN_PIXELS)
            fraction[index] = np.rint(tokens.mean(axis=(1, 3)) * 255).astype(np.uint8)
            known = artwork is None
            kind[subject.matte > 0.5] = KINDS.index(subject.kind) + 1 if known else NO_KIND
        pictures.append(scene.picture)
        fractions.append(fraction)
        kinds.append(kind)
        depths.append(np.rint(_halve(scene.depth) * 255).astype(np.uint8))
        texts.append(
            {
                "caption": scene.caption,
                "phrases": [subject.phrase for subject in scene.subjects],
                "place": scene.place_phrase,
            }
        )
    unfinished = path.with_suffix(".part.npz")
    np.savez(
        unfinished,
        pictures=np.stack(pictures),
        fractions=np.stack(fractions),
        kinds=np.stack(kinds),
        depth=np.stack(depths),
        texts=np.array(json.dumps(texts)),
    )
    os.replace(unfinished, path)


def draw_corpus(
    folder: Path,
    size: tuple[int, int],
    count: int,
    *,
    first_seed: int,
    workers: int,
    artwork: Path | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> list[Path]:
    """Draw at least `count` scenes of `size` (width, height) px and return the chunks' files.

    With the folder `artwork` they are composed of the drawings in it.
    """
    width, height = size
    folder = folder / f"{width}x{height}"
    folder.mkdir(parents=True, exist_ok=True)
    chunks = [
        (folder / f"{seed:09d}.npz", seed) for seed in range(first_seed, first_seed + count, CHUNK)
    ]
    missing = [(path, seed) for path, seed in chunks if not path.exists()]
    done = len(chunks) - len(missing)
    with ProcessPoolExecutor(max_workers=workers) as pool:
        futures = [
            pool.submit(draw_chunk, path, width, height, seed, artwork) for path, seed in missing
        ]
        for future in futures:
            future.result()
            done += 1
            if on_progress:
                on_progress(done * CHUNK, len(chunks) * CHUNK)
    return [path for path, _ in chunks]


def read_pictures(path: Path) -> NDArray[np.uint8]:
    """The pictures (N, H, W, 3) of one chunk."""
    with np.load(path) as data:
        return np.asarray(data["pictures"], np.uint8)


def _read(paths: list[Path], leave: tuple[str, ...]) -> Iterator[dict[str, NDArray[np.generic]]]:
    for path in paths:
        with np.load(path) as data:
            yield {name: data[name][:0] if name in leave else data[name] for name in data.files}


def load_corpus(paths: list[Path], leave: tuple[str, ...] = ()) -> Corpus:
    """Read chunks of one size into memory (about 0.25 MB a scene at 256 x 256 px).

    The arrays named in `leave` are left empty.
    """
    chunks = list(_read(paths, leave))
    texts = [text for chunk in chunks for text in json.loads(str(chunk["texts"]))]

    def joined(name: str) -> NDArray[np.uint8]:
        return np.concatenate([chunk[name].astype(np.uint8, copy=False) for chunk in chunks])

    return Corpus(
        pictures=joined("pictures"),
        fractions=joined("fractions"),
        kinds=joined("kinds"),
        depth=joined("depth"),
        captions=[text["caption"] for text in texts],
        phrases=[[(a, b) for a, b in text["phrases"]] for text in texts],
        places=[(text["place"][0], text["place"][1]) for text in texts],
    )
