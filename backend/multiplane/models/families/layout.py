"""Where image and text tokens lie in the sequence that a model's blocks attend over.

This is all that the capture must know of an architecture; it knows none itself. The tensors in a
call are only asked for their shapes, and the timestep for its value.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class PictureTokens:
    """The unified sequence of one picture of the batch; batch padding at its end does not count."""

    grid: tuple[int, int]  # (h, w) in image tokens
    image_start: int
    text_start: int
    text_length: int  # template and prompt, without padding to a multiple
    length: int  # where it ends, behind the model's own pad tokens
    masked: int = 0  # batch padding that follows the text before the image; nothing attends to it

    @property
    def image(self) -> slice:
        """Where the image tokens are in the sequence."""
        return slice(self.image_start, self.image_start + self.image_length)

    @property
    def without_masked(self) -> PictureTokens:
        """The same without the tokens that are masked out."""
        start, end = self.image_start - self.masked, self.length - self.masked
        return replace(self, image_start=start, length=end, masked=0)

    @property
    def image_length(self) -> int:
        """Image tokens, h * w."""
        return self.grid[0] * self.grid[1]


@dataclass(frozen=True)
class ForwardPass:
    """One call of the denoiser."""

    sigma: float  # noise level, 0 = picture, 1 = noise
    pictures: tuple[PictureTokens, ...]  # one per batch item, in order
    doubled: bool = False  # for guidance, where the pass alone tells: its halves are the same noise


@dataclass(frozen=True)
class Schedule:
    """A denoising loop that is under way."""

    sigmas: tuple[float, ...]  # noise level per step, from the loop's first step
    step: int  # index of the step that comes next or is being made


@dataclass(frozen=True)
class AttentionPoint:
    """The global function through which the blocks attend, with query and key first.

    Most of diffusers' transformers call their module's `dispatch_attention_fn`; processors that
    call torch's own attention are heard at `torch.nn.functional`, with heads before tokens.
    """

    module: str  # dotted name
    function: str = "dispatch_attention_fn"
    heads_first: bool = (
        False  # (batch, heads, tokens, size) instead of (batch, tokens, heads, size)
    )


class ConceptRows(ABC):
    """Rows of tokens for words that the prompt lacks, carried through the blocks beside the others.

    They attend to the picture and to themselves; nothing attends to them, so the picture is what
    it would be without (concept attention, Helbling et al. 2025). Tensors are torch's.
    """

    owner: tuple[int, ...]  # per row the index of its text

    @abstractmethod
    def begin(self) -> None:
        """A pass begins: the rows are what the text encoder and its refiner made of the texts."""

    @abstractmethod
    def keys(self, block: Any, item: int, inputs: tuple[Any, ...]) -> tuple[Any, Any]:
        """(query, key) of the rows in `block`, each (T, heads, size), after norm and RoPE.

        item: of the batch; inputs: what the block was called with.
        """

    @abstractmethod
    def advance(self, key: Any, value: Any) -> None:
        """Through the block of the last `keys`; key, value (n, heads, size) of the image tokens."""


class TokenLayout(ABC):
    """How one architecture orders its tokens, calls its attention and spends its passes."""

    attention: AttentionPoint
    # Image tokens attend to themselves in a block's first call, to the text alone in its second.
    # Blocks may have grids of their own then; `PictureTokens` say on which one maps are wanted.
    crosses: bool = False

    def denoiser(self, pipeline: Any) -> Any:
        """The module whose call is one pass: the transformer, of a U-Net pipeline the U-Net."""
        return pipeline.transformer

    @abstractmethod
    def blocks(self, denoiser: Any) -> Sequence[Any]:
        """The blocks that profiles number from 0, in the order in which they run.

        Each attends once, over image and text together, or twice where it `crosses`. Where two
        kinds follow each other (double stream, then single stream) the numbers go on. Refiners and
        other helpers are none.
        """

    @abstractmethod
    def read_call(
        self, pipeline: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> ForwardPass:
        """Understand the arguments of one call of the pipeline's denoiser."""

    @abstractmethod
    def prompted(self, pipeline: Any, made: ForwardPass, before: int) -> slice:
        """The batch items that a pass of the pipeline's own loop spends on the prompt.

        The others are the unconditional part of guidance, before or after them. made: what
        `read_call` understood of the pass. before: how many passes this step has had before: a
        pipeline that makes a pass of its own for the unconditional part answers an empty slice
        for that one.
        """

    @abstractmethod
    def schedule(self, pipeline: Any) -> Schedule | None:
        """The loop that the pipeline's scheduler stands in; None before, after and without."""

    def block_grid(self, tokens: PictureTokens, count: int) -> tuple[int, int]:
        """The grid (h, w) of a block with `count` image tokens, of a picture with `tokens`."""
        return tokens.grid

    def concepts(
        self, pipeline: Any, texts: Sequence[tuple[str, tuple[int, ...]]], max_length: int
    ) -> ConceptRows | None:
        """Rows for `texts`, which the prompt need not contain; None where the family has no way.

        texts: (text, positions of its words' tokens in the model's text sequence) each.
        max_length: tokens that the text encoder reads of a text.
        """
        return None
