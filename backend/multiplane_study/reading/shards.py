"""Pictures on disk as a reader learns from them: latents, who covers what, and what may be said."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from diffusers import AutoencoderKL
from numpy.typing import NDArray

from multiplane_study.artwork.compose import Composer as StyledComposer
from multiplane_study.reading.pictures import MOST_DRAWINGS, TOKEN_PIXELS, Composer, Picture, Shown
from multiplane_study.scenes import Scene, draw_scene
from multiplane_study.scenes.captions import Named
from multiplane_study.training.autoencoder import encode_all

Kind = Literal["drawings", "styled", "own"]
"""Artists' drawings laid flat, the same in the five styles, and the project's own scenes."""
Size = tuple[int, int]
"""Width and height, px."""


@dataclass(frozen=True)
class Shard:
    """latents (N, 16, h, w) float16; covers (N, MOST_DRAWINGS, h / 2, w / 2) uint8, 255 = a token
    is all of a drawing's; said: per picture a fixed caption, or what may be said of its drawings.
    """

    latents: NDArray[np.float16]
    covers: NDArray[np.uint8]
    said: list[dict[str, Any]]


def shard_path(folder: Path, size: Size, kind: Kind, number: int | None) -> Path:
    """The file of a shard; a pattern for all of them without a number."""
    name = "*" if number is None else f"{number:05d}"
    return folder / f"{size[0]}x{size[1]}-{kind}-{name}.npz"


def write_shard(path: Path, shard: Shard) -> None:
    """Write the file aside, then rename it."""
    unfinished = path.with_name(f".{path.name}")
    with unfinished.open("wb") as file:
        said = np.array(json.dumps(shard.said))
        np.savez(file, latents=shard.latents, covers=shard.covers, said=said)
    os.replace(unfinished, path)


def read_shard(path: Path) -> Shard:
    """What `write_shard` wrote."""
    with np.load(path) as data:
        return Shard(data["latents"], data["covers"], json.loads(str(data["said"])))


def drawings_said(picture: Picture) -> dict[str, Any]:
    """What a picture's captions are made of, as JSON."""
    return {
        "shown": [
            [
                drawing.concept, drawing.plain, drawing.named.kind, drawing.named.colour,
                round(drawing.named.middle, 3), round(drawing.named.left, 3),
                round(drawing.named.right, 3), sorted(drawing.named.hidden_by),
            ]
            for drawing in picture.shown
        ]
    }  # fmt: skip


def shown_of(said: dict[str, Any]) -> list[Shown]:
    """The drawings that `drawings_said` wrote."""
    return [
        Shown(concept, plain, Named(kind, colour, middle, left, right, frozenset(hidden)))
        for concept, plain, kind, colour, middle, left, right, hidden in said["shown"]
    ]


def drawn_shard(
    composer: Composer, autoencoder: AutoencoderKL, size: Size, seed: int, count: int
) -> Shard:
    """`count` pictures of drawings laid flat."""
    rng = np.random.default_rng([20_261_128, seed])
    pictures = [composer.picture(rng, *size) for _ in range(count)]
    covers = np.zeros((count, MOST_DRAWINGS, *pictures[0].covers.shape[1:]), np.uint8)
    for row, picture in zip(covers, pictures, strict=True):
        row[: len(picture.covers)] = picture.covers
    latents = encode_all(autoencoder, np.stack([picture.pixels for picture in pictures]))
    return Shard(latents, covers, [drawings_said(picture) for picture in pictures])


def scene_shard(
    composer: StyledComposer | None,
    concepts: dict[str, int],
    autoencoder: AutoencoderKL,
    size: Size,
    first_seed: int,
    count: int,
) -> Shard:
    """`count` scenes painted with care: by `composer`, or the project's own where it is None.

    concepts: number of every concept by its slug.
    """
    draw = draw_scene if composer is None else composer.scene
    scenes = [draw(seed, *size) for seed in range(first_seed, first_seed + count)]
    width, height = size
    rows, columns = height // TOKEN_PIXELS, width // TOKEN_PIXELS
    covers = np.zeros((count, MOST_DRAWINGS, rows, columns), np.uint8)
    for row, scene in zip(covers, scenes, strict=True):
        for place, subject in enumerate(scene.subjects):
            cells = subject.matte.reshape(rows, TOKEN_PIXELS, columns, TOKEN_PIXELS)
            row[place] = np.rint(cells.mean(axis=(1, 3)) * 255).astype(np.uint8)
    latents = encode_all(autoencoder, np.stack([scene.picture for scene in scenes]))
    return Shard(latents, covers, [scene_said(scene, concepts) for scene in scenes])


def scene_said(scene: Scene, concepts: dict[str, int]) -> dict[str, Any]:
    """A scene's own caption, as JSON."""
    return {
        "caption": scene.caption,
        "phrases": [subject.phrase for subject in scene.subjects],
        "place": scene.place_phrase,
        "concepts": [concepts.get(subject.kind, -1) for subject in scene.subjects],
    }
