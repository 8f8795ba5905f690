"""Shared self-attention: somebody in a picture takes their look from one that is painted beside it.

    with shared_attention(pipeline, plan, [Shared(here, there)]):
        pipeline([shot, portrait], ...)

Where somebody is in the first picture of a batch, its image tokens attend to the image tokens that
are them in their own picture, besides their own sequence (consistent self-attention, Zhou et al.
2024, StoryDiffusion; within the subject's area, found by attention to the words and Otsu's
threshold, as in ConsiStory, Tewel et al. 2024). There all pictures of a batch look at each other,
so each depends on all. Here it goes one way: those behind the first are what they would be alone,
to rounding.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from multiplane.attention import tap
from multiplane.attention.areas import Area, areas_of, resized
from multiplane.attention.capture import CapturedMaps, capture_attention
from multiplane.attention.plan import CapturePlan, TokenGroup
from multiplane.models.families.layout import ForwardPass, TokenLayout
from multiplane.models.families.registry import family_of

if TYPE_CHECKING:
    from torch import Tensor

SHARED_FROM = 0.25
"""Share of the steps that are made before anything is shared: where things stand is decided in
them, and that is the prompt's to say; how they look comes later. Chosen on nine shots of the
bundled model (likeness from shot to shot .54 without): from .1 on .80, and a third of the figures
were lost; from .25 on .65, and from .4 on .61, with all of them there."""

Attend = Callable[["Tensor", "Tensor", "Tensor", "Tensor | None"], "Tensor"]
"""Attention of queries to keys and values with a mask, as the layout's `AttentionPoint` says."""


@dataclass(frozen=True)
class Shared:
    """Somebody who is in the first picture of a batch, and in one of their own behind it.

    here: positions in the text sequence of the words that mean them in the first picture's prompt,
    as `phrases.locate` gives them; there: in their own picture's.
    """

    here: tuple[int, ...]
    there: tuple[int, ...]


@contextmanager
def shared_attention(
    pipeline: Any,
    plan: CapturePlan,
    members: Sequence[Shared],
    *,
    begin: float = SHARED_FROM,
    layout: TokenLayout | None = None,
) -> Iterator[None]:
    """While open, the first picture of `pipeline`'s batches in this thread looks at the others.

    plan: how their places are read; its blocks, hops, sharpness and heads count. members: whose
    pictures follow in the batch, in their order, and in each half of it under guidance; without any
    nothing is done. begin: share of the loop's steps, 0..1, before which nothing is shared. A step
    goes by the places in the one before it, so the first shares nothing.

    It composes with a capture, which hears what the first picture attends to in its own sequence.
    Everything is restored on exit, also after an exception; other threads are not touched. Raises
    as `capture_attention` and, from inside the pass, ValueError for a batch of another size.
    """
    if not members:
        yield
        return
    layout = layout or family_of(pipeline).layout
    denoiser = layout.denoiser(pipeline)
    here = tuple(TokenGroup(f"{number}", one.here) for number, one in enumerate(members))
    there = tuple((TokenGroup("own", one.there),) for one in members)
    places = replace(
        plan, groups=here, groups_by_picture=(here, *there), concepts=(), pictures=None,
        sigma_low=0.0, sigma_high=1.0, max_steps=None, keep_each=False,
    )  # fmt: skip
    with ExitStack() as stack:
        maps = stack.enter_context(capture_attention(pipeline, places, layout=layout))
        sharing = _Sharing(pipeline, layout, maps, 1 + len(members), begin)
        stack.callback(tap.stop, sharing)
        begins = denoiser.register_forward_pre_hook(sharing.pass_begins, with_kwargs=True)
        stack.callback(begins.remove)
        ends = denoiser.register_forward_hook(sharing.pass_ends, always_call=True)
        stack.callback(ends.remove)
        for block in layout.blocks(denoiser):
            stack.callback(block.register_forward_pre_hook(sharing.block_begins).remove)
            ends = block.register_forward_hook(sharing.block_ends, always_call=True)
            stack.callback(ends.remove)
        yield


class _Sharing:
    """What one `shared_attention` does, as hooks. size: pictures of a batch, or of half of it."""

    def __init__(
        self, pipeline: Any, layout: TokenLayout, maps: CapturedMaps, size: int, begin: float
    ) -> None:
        self._pipeline = pipeline
        self._layout = layout
        self._maps = maps
        self._size = size
        self._begin = begin
        self._thread = threading.get_ident()
        self._step = -1
        # of each member: where they are in the first picture, and where in their own
        self._areas: tuple[tuple[Area, Area], ...] = ()
        self._pass: ForwardPass | None = None  # the pass under way, if it shares

    def pass_begins(self, module: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        schedule = self._layout.schedule(self._pipeline)
        if threading.get_ident() != self._thread or schedule is None:
            return
        call = self._layout.read_call(self._pipeline, args, kwargs)
        if len(call.pictures) % self._size:
            raise ValueError(
                f"a batch of {len(call.pictures)} pictures, where {self._size} share attention"
            )
        if schedule.step != self._step:
            self._areas = self._seen() if schedule.step > max(self._step, 0) else ()
            self._step = schedule.step
            self._maps.forget()
        if self._areas and schedule.step >= self._begin * len(schedule.sigmas):
            self._pass = call

    def _seen(self) -> tuple[tuple[Area, Area], ...]:
        """Where everybody was in the step that was made last."""
        first, *own = self._maps.results()
        here = areas_of([*first.propagated])
        there = (areas_of([*one.propagated])[0] for one in own)
        return tuple(zip(here, there, strict=True))

    def pass_ends(self, module: Any, args: Any, output: Any) -> None:
        if threading.get_ident() == self._thread:
            self._pass = None

    def block_begins(self, module: Any, args: Any) -> None:
        if self._pass is not None and threading.get_ident() == self._thread:
            tap.replace(self, self._layout.attention, self._attended)

    def block_ends(self, module: Any, args: Any, output: Any) -> None:
        tap.stop(self)

    def _attended(
        self,
        original: Callable[..., Tensor],
        query: Tensor,
        key: Tensor,
        value: Tensor,
        *args: Any,
        **kwargs: Any,
    ) -> Tensor:
        """What `original` gives for a whole batch, in which the first pictures look at the others.

        query, key, value, result: as `AttentionPoint` says. A mask comes fourth or by its name.
        """
        import torch

        # A block's own attention comes first: over the image alone where the family `crosses`.
        tap.stop(self)
        mask, *rest = args or (kwargs.pop("attn_mask", None),)

        def attend(q: Tensor, k: Tensor, v: Tensor, own: Tensor | None) -> Tensor:
            return original(q, k, v, own, *rest, **kwargs)

        found = []
        for first in range(0, len(query), self._size):
            others = slice(first + 1, first + self._size)
            found.append(self._looking(attend, query, key, value, mask, first))
            found.append(attend(query[others], key[others], value[others], _of(mask, others)))
        return torch.cat(found)

    def _looking(
        self,
        attend: Attend,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        mask: Tensor | None,
        first: int,
    ) -> Tensor:
        """The picture number `first`, where each member's tokens look at those behind it as well.

        All others look at their own sequence alone, as the pictures behind do.
        """
        import torch

        item = slice(first, first + 1)
        q, k, v = query[item], key[item], value[item]
        own = _of(mask, item)
        axis = 2 if self._layout.attention.heads_first else 1
        looking = []
        for number, (here, there) in enumerate(self._areas, 1):
            rows = self._tokens(here, first, query.shape[axis])
            seen = self._tokens(there, first + number, query.shape[axis])
            if len(rows) and len(seen):
                looking.append((rows, first + number, seen))
        alone = np.ones(query.shape[axis], bool)
        for rows, _, _ in looking:
            alone[rows] = False

        def on_device(places: NDArray[np.intp]) -> Tensor:
            return torch.from_numpy(places).to(query.device)

        rest = on_device(np.flatnonzero(alone))
        parts = [attend(q.index_select(axis, rest), k, v, _rows(own, rest))]
        order = [rest]
        for rows, other, seen in looking:
            queries, keys = on_device(rows), on_device(seen)
            wide_key, wide_value = (
                torch.cat([mine, whole[other : other + 1].index_select(axis, keys)], dim=axis)
                for mine, whole in ((k, key), (v, value))
            )
            seeing = _widened(_rows(own, queries), len(seen))
            parts.append(attend(q.index_select(axis, queries), wide_key, wide_value, seeing))
            order.append(queries)
        back = torch.argsort(torch.cat(order))
        return torch.cat(parts, dim=axis).index_select(axis, back)

    def _tokens(self, area: Area, item: int, count: int) -> NDArray[np.intp]:
        """Places of an area's tokens in a block's sequence of `count` tokens of a batch item."""
        assert self._pass is not None
        tokens = self._pass.pictures[item]
        if self._layout.crosses:
            return np.flatnonzero(resized(area, self._layout.block_grid(tokens, count)))
        return tokens.image_start + np.flatnonzero(area)


def _of(mask: Tensor | None, items: slice) -> Tensor | None:
    """What of a mask, broadcast to (batch, heads, queries, keys), is these items'."""
    if mask is None or mask.ndim < 4 or mask.shape[0] == 1:
        return mask
    return mask[items]


def _rows(mask: Tensor | None, queries: Tensor) -> Tensor | None:
    """What of a mask is these queries'."""
    if mask is None or mask.shape[-2] == 1:
        return mask
    return mask.index_select(-2, queries)


def _widened(mask: Tensor | None, more: int) -> Tensor | None:
    """The mask with so many more keys at its end, all seen: True, or 0 where it is added."""
    if mask is None:
        return None
    import torch

    shape = (*mask.shape[:-1], more)
    seen = torch.ones if mask.dtype == torch.bool else torch.zeros
    return torch.cat([mask, seen(shape, dtype=mask.dtype, device=mask.device)], dim=-1)
