"""What has to hold for every family: its attention is captured exactly, and nothing is changed."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from multiplane.attention import tap
from multiplane.attention.capture import CapturePlan, TokenGroup, capture_attention
from multiplane.models.families.family import PipelineFamily

EXACT = 1e-5


@dataclass
class Recording:
    """The blocks' own attention calls in every pass of the denoiser: query, key, mask.

    Each block has one, or two where image and text are crossed.
    """

    passes: list[list[tuple[Tensor, Tensor, Tensor | None]]] = field(default_factory=list)
    more: int = 0  # calls of the running block that are still to be recorded

    def full(self, step: int, call: int) -> Tensor:
        """softmax(q k^T / sqrt(d)), float64 (B, heads, N, keys)."""
        query, key, mask = self.passes[step][call]
        logits = torch.einsum("bqhd,bkhd->bhqk", query.double(), key.double())
        logits = logits / query.shape[-1] ** 0.5
        if mask is not None and mask.is_floating_point():
            logits = logits + mask
        elif mask is not None:
            logits = logits.masked_fill(~mask.bool(), -torch.inf)
        return logits.softmax(-1)


@contextmanager
def recording(pipeline: Any, known: PipelineFamily) -> Iterator[Recording]:
    """Record what the blocks attend with, by a way of its own."""
    record = Recording()
    point = known.layout.attention
    module = importlib.import_module(point.module)
    original = getattr(module, point.function)

    def attend(query: Tensor, key: Tensor, *rest: Any, **options: Any) -> Any:
        if record.more:
            record.more -= 1
            both = (part.transpose(1, 2) if point.heads_first else part for part in (query, key))
            mask = options.get("attn_mask")
            record.passes[-1].append((*(part.clone() for part in both), mask))
        return original(query, key, *rest, **options)

    def begins(*_: Any) -> None:
        record.more = 2 if known.layout.crosses else 1

    denoiser = known.layout.denoiser(pipeline)
    with ExitStack() as stack:
        handle = denoiser.register_forward_pre_hook(lambda *_: record.passes.append([]))
        stack.callback(handle.remove)
        for block in known.layout.blocks(denoiser):
            stack.callback(block.register_forward_pre_hook(begins).remove)
        stack.callback(partial(setattr, module, point.function, original))
        setattr(module, point.function, attend)
        yield record


def assert_clean(pipeline: Any, known: PipelineFamily) -> None:
    assert not tap._taps
    assert not tap._listening.by_owner
    assert not tap._listening.replaced
    denoiser = known.layout.denoiser(pipeline)
    for module in (denoiser, *known.layout.blocks(denoiser)):
        assert not module._forward_pre_hooks
        assert not module._forward_hooks


def assert_exact(
    run: Callable[[], NDArray[np.float32]],
    pipeline: Any,
    known: PipelineFamily,
    groups: tuple[tuple[TokenGroup, ...], ...],
    grid: tuple[int, int],
    *,
    image_first: bool = False,
    every: int = 1,
    first_item: int = 0,
    behind: int = 0,
) -> None:
    """Captured maps of all blocks and steps equal the full softmax; pictures are bit-identical.

    run: paints one picture for each of `groups`. every: of so many passes the first is the
    prompt's. first_item: of the batch, that is the prompt's. behind: tokens of another picture
    that follow the image's.
    """
    with recording(pipeline, known) as record:
        plain = run()
    blocks = tuple(range(len(known.layout.blocks(known.layout.denoiser(pipeline)))))
    plan = CapturePlan(
        groups[0], blocks, hops=1, max_steps=None, keep_each=True, groups_by_picture=groups
    )
    with capture_attention(pipeline, plan) as maps:
        pictures = run()
    np.testing.assert_array_equal(pictures, plain)
    assert np.ptp(plain) > 0.05
    assert_clean(pipeline, known)

    assert maps.pictures == len(groups)
    image = grid[0] * grid[1]
    passes = Recording(record.passes[::every])
    for number, result in enumerate(maps.results()):
        assert result.grid == grid
        assert [moment.block for moment in result.each] == list(blocks) * len(passes.passes)
        for index, moment in enumerate(result.each):
            step, block = divmod(index, len(blocks))
            item = first_item + number
            if known.layout.crosses:
                towards, back, hop = _crossed(passes, step, block, item, groups[number], grid)
            else:
                full = passes.full(step, block)[item]
                towards, back, hop = _joint(full, groups[number], image, image_first, behind)
            for name, wanted in (
                ("image_to_text", towards),
                ("text_to_image", back),
                ("propagated", hop),
            ):
                captured = getattr(moment, name).reshape(len(groups[number]), -1)
                assert np.abs(captured - wanted.numpy()).max() < EXACT, (name, block)
            assert float((towards.amax(1) - towards.amin(1)).min()) > 10 * EXACT


def _joint(
    full: Tensor, groups: tuple[TokenGroup, ...], image: int, image_first: bool, behind: int
) -> tuple[Tensor, Tensor, Tensor]:
    """The three maps (G, image) from attention (heads, N, N) over image and text together."""
    text = full.shape[-1] - image - behind
    of_image = slice(0, image) if image_first else slice(text, text + image)
    first = image if image_first else 0
    inner = full[:, of_image, of_image]
    hop = (inner / inner.sum(-1, keepdim=True)).mean(0)
    places = [[first + token for token in group.token_indices] for group in groups]
    towards = torch.stack([full.mean(0)[of_image][:, tokens].sum(-1) for tokens in places])
    back = torch.stack([full.mean(0)[tokens][:, of_image].sum(0) for tokens in places])
    return towards, back, towards @ hop.T


def _crossed(
    passes: Recording,
    step: int,
    block: int,
    item: int,
    groups: tuple[TokenGroup, ...],
    grid: tuple[int, int],
) -> tuple[Tensor, Tensor, Tensor]:
    """The three maps (G, image), from a block's attention over the image and then to the text."""
    inner = passes.full(step, 2 * block)[item].mean(0)
    across = passes.full(step, 2 * block + 1)[item].mean(0)
    towards = torch.stack([across[:, list(group.token_indices)].sum(-1) for group in groups])
    counts = torch.tensor([[len(group.token_indices)] for group in groups])
    back = towards / towards.sum(1, keepdim=True) * counts
    twice = (2 * grid[0], 2 * grid[1])
    own = grid if inner.shape[0] == grid[0] * grid[1] else twice
    maps = torch.stack([towards, back, towards @ inner.T]).unflatten(-1, own)
    sized = torch.nn.functional.interpolate(maps, size=grid, mode="bilinear", antialias=True)
    towards, back, hop = sized.flatten(2)
    return towards, back, hop
