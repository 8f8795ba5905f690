"""What a capture gives, in numpy."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from multiplane.models.families.layout import PictureTokens

FloatMaps = NDArray[np.float32]
Moment = tuple[int, float]  # (block, sigma)


@dataclass(frozen=True)
class StepMaps:
    """The maps of one block at one forward pass, shaped as in `AttentionMaps`."""

    block: int
    sigma: float
    image_to_text: FloatMaps
    text_to_image: FloatMaps
    propagated: FloatMaps


@dataclass(frozen=True)
class AttentionMaps:
    """Attention between one picture's image tokens and each phrase.

    All are means over heads, weighted where the plan says so, and over the captured blocks and
    steps. Maps are sums over a phrase's tokens.

    image_to_text (G, h, w): share of an image token's attention (softmax over all keys, pads and
        template among them) that goes to the phrase, 0..1.
    text_to_image (G, h, w): attention that the phrase's tokens pay to an image token (softmax
        over all keys), 0..number of its tokens.
    propagated (G, h, w): image_to_text after `hops` products with image-to-image attention (rows
        renormalised over image tokens), 0..1; equal to image_to_text for 0 hops.
    """

    names: tuple[str, ...]
    grid: tuple[int, int]  # (h, w) in image tokens
    image_to_text: FloatMaps
    text_to_image: FloatMaps
    propagated: FloatMaps
    captured: tuple[tuple[int, float], ...]  # (block, sigma) of what was averaged
    each: tuple[StepMaps, ...] = ()  # with `keep_each`, in the order of `captured`

    def only(self, rows: Sequence[int]) -> AttentionMaps:
        """The maps of these phrases alone, in this order."""
        rows = list(rows)
        return replace(
            self,
            names=tuple(self.names[row] for row in rows),
            image_to_text=self.image_to_text[rows],
            text_to_image=self.text_to_image[rows],
            propagated=self.propagated[rows],
            each=tuple(
                replace(
                    step,
                    image_to_text=step.image_to_text[rows],
                    text_to_image=step.text_to_image[rows],
                    propagated=step.propagated[rows],
                )
                for step in self.each
            ),
        )

    def draws(self, blocks: Collection[int] | None = None) -> FloatMaps:
        """(D, G, h, w) `propagated` of every pass by itself, averaged over `blocks` (None: all).

        A pass is one forward of the model: one noise draw over a drawing, one step of a painting.
        Without `keep_each` there is but the mean of all, D = 1.
        """
        if not self.each:
            return self.propagated[None]
        passes = np.cumsum([step.block == self.each[0].block for step in self.each]) - 1
        wanted = [
            (number, step.propagated)
            for number, step in zip(passes, self.each, strict=True)
            if blocks is None or step.block in blocks
        ]
        return np.stack(
            [
                np.mean([maps for at, maps in wanted if at == number], axis=0, dtype=np.float32)
                for number in range(passes[-1] + 1)
            ]
        )


def unpack(
    flat: FloatMaps,
    pictures: Sequence[tuple[PictureTokens, tuple[str, ...]]],
    captured: Sequence[Moment],
    each: Sequence[Moment],
) -> tuple[AttentionMaps, ...]:
    """The maps of every picture from one flat array, as it comes from the device.

    pictures: the tokens of each, and the names of its G maps.
    flat: for the sums over `captured`, and then for every moment of `each`: per picture
    (3, G, h, w), the three maps in the order of `AttentionMaps`, all flattened.
    """
    shapes = [(3, len(names), *tokens.grid) for tokens, names in pictures]
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes] * (1 + len(each)))
    parts = [
        part.reshape(shapes[index % len(shapes)])
        for index, part in enumerate(np.split(flat, ends[:-1]))
    ]
    results = []
    for index, (tokens, names) in enumerate(pictures):
        total, *moments = parts[index :: len(pictures)]
        image_to_text, text_to_image, propagated = total / np.float32(len(captured))
        results.append(
            AttentionMaps(
                names=names,
                grid=tokens.grid,
                image_to_text=image_to_text,
                text_to_image=text_to_image,
                propagated=propagated,
                captured=tuple(captured),
                each=tuple(
                    StepMaps(*moment, *maps) for moment, maps in zip(each, moments, strict=True)
                ),
            )
        )
    return tuple(results)
