"""The paper's way to attention, as the baseline for ours.

Section 4.2 of the paper: forward hooks on attention modules project the block's input to queries
and keys once more, build the full softmax, and store it. Its selection is kept too: steps from
20 to 70 % of sampling, and of each matrix the text-to-image block, moved to the CPU. The paper's
published picture of the sequence (text first) is corrected to the model's, else the hook would
keep the wrong block.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from multiplane.models.families.registry import family_of

PAPER_BLOCKS = (12, 15, 18)
PAPER_DEPTH = 30
PAPER_STEPS = (0.2, 0.7)  # share of sampling


def paper_blocks(depth: int) -> tuple[int, ...]:
    """The paper's blocks, scaled from its model's depth to one of `depth` blocks."""
    scaled = {min(round(block * depth / PAPER_DEPTH), depth - 1) for block in PAPER_BLOCKS}
    return tuple(sorted(scaled))


@contextmanager
def paper_capture(pipeline: Any, blocks: Sequence[int], steps: int) -> Iterator[list[Any]]:
    """Hook the attention modules of `blocks`, for this thread, while the context is open.

    steps: of the one generation that is made inside. Yields the list that fills with
    text-to-image blocks (batch, heads, text, image), on the CPU.
    """
    stored: list[Any] = []
    own = threading.get_ident()
    image_tokens = 0
    step = -1
    low, high = (share * steps for share in PAPER_STEPS)

    def begins(module: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        nonlocal image_tokens, step
        if threading.get_ident() != own:
            return
        step += 1
        image_tokens = (
            family_of(pipeline).layout.read_call(pipeline, args, kwargs).pictures[0].text_start
        )

    def hook(module: Any, inputs: tuple[Any, ...], output: Any) -> None:
        if threading.get_ident() != own or not low <= step < high:
            return
        (hidden, *_) = inputs
        query = module.to_q(hidden).unflatten(-1, (module.heads, -1)).transpose(1, 2)
        key = module.to_k(hidden).unflatten(-1, (module.heads, -1)).transpose(1, 2)
        logits = query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5
        weights = logits.softmax(dim=-1)
        # A copy: a slice on the CPU would keep the whole matrix alive.
        stored.append(weights[:, :, image_tokens:, :image_tokens].detach().cpu().clone())

    with ExitStack() as stack:
        hooks = [pipeline.transformer.register_forward_pre_hook(begins, with_kwargs=True)]
        hooks += [
            pipeline.transformer.layers[block].attention.register_forward_hook(hook)
            for block in blocks
        ]
        for registered in hooks:
            stack.callback(registered.remove)
        yield stored
