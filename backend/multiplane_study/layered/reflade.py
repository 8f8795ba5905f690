"""RefLade's triplets: a picture, words, and the whole layer that they mean.

Chen et al., "Referring Layer Decomposition" (2026). How its archive lays the files out was not
known when this was written, so an index says what is where, one triplet a line:

    reflade/index.jsonl   {"image": "images/1.jpg", "prompt": "the red dog", "layer": "1.png"}

`layer` is RGBA of the picture's size; the whole thing, also what is hidden in the picture. Its own
score is by models trained on what people preferred, and is not computed here; colours and alpha are
compared with the truth.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, ValidationError

from multiplane.contract.errors import InputError
from multiplane.intake.picture import load_cutout, load_picture
from multiplane_study.layered.crello import absent

WHERE = (
    "RefLade is announced at https://yaojie-shen.github.io/project/RLD; write an index.jsonl "
    'beside its files, a line for each layer: {"image": "...", "prompt": "...", "layer": "..."}.'
)


class _Line(BaseModel):
    image: str = Field(min_length=1)
    prompt: str = Field(min_length=1)
    layer: str = Field(min_length=1)


@dataclass(frozen=True)
class Triplet:
    """A picture (H, W, 3), words, and the whole layer (H, W, 4)."""

    name: str
    picture: NDArray[np.uint8]
    prompt: str
    layer: NDArray[np.uint8]


class RefLade:
    """The triplets of a folder. Raises InputError `study.data_absent` without an index."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._index = folder / "index.jsonl"
        if not self._index.is_file():
            raise absent(self._index, "RefLade's layers do", WHERE)
        self._lines = [
            (number, text)
            for number, text in enumerate(self._index.read_text("utf-8").splitlines(), start=1)
            if text.strip()
        ]

    def __len__(self) -> int:
        return len(self._lines)

    def triplets(self, limit: int | None = None) -> Iterator[Triplet]:
        """The first `limit` triplets; a line that is wrong raises InputError, naming it."""
        for number, text in self._lines[:limit]:
            try:
                line = _Line.model_validate(json.loads(text))
            except (ValueError, ValidationError) as error:
                raise self._wrong(number, "line", text, "this is no triplet") from error
            picture = load_picture(self._inside(number, "image", line.image))
            layer = load_cutout(self._inside(number, "layer", line.layer))
            if layer.shape[:2] != picture.shape[:2]:
                size = f"{layer.shape[1]} x {layer.shape[0]}"
                raise self._wrong(number, "layer", size, "the layer has another size")
            yield Triplet(f"{number}", picture, line.prompt, layer)

    def _inside(self, number: int, field: str, name: str) -> Path:
        path = (self._folder / name).resolve()
        if not path.is_relative_to(self._folder):
            raise self._wrong(number, field, name, "this leads out of the folder")
        return path

    def _wrong(self, number: int, field: str, value: object, why: str) -> InputError:
        return InputError(
            "study.reflade.line",
            f"A line of the index can't be used: {why}.",
            file=f"{self._index}:{number}",
            field=field,
            value=value,
            remedy='A line is {"image": "...", "prompt": "...", "layer": "..."}.',
        )
