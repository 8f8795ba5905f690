"""Capture of a diffusion transformer's attention to chosen words, while it paints.

    with capture_attention(pipeline, plan) as maps:
        pipeline(prompt, ...)
    heat = maps.result().image_to_text

Queries and keys are taken where the model attends with them, after norm and rotary embedding.
No N x N matrix of attention is built. The fused kernel computes softmax(q k^T) v without one, so
v is replaced by the wanted columns: one-hot columns for the phrases' tokens give the exact
image-to-text probabilities, over all keys; maps as columns give their product with
image-to-image attention. Text-to-image needs the few query rows of the phrases only. Words that
the prompt lacks get rows of their own, which see the picture and are not seen by it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from copy import copy
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from multiplane.attention import tap
from multiplane.attention.heatmaps import AttentionMaps, Moment, unpack
from multiplane.attention.phrases import locate
from multiplane.attention.plan import CapturePlan, Concept, TokenGroup
from multiplane.attention.steps import choose_steps
from multiplane.contract.errors import Failure, InputError
from multiplane.models.families.layout import ConceptRows, ForwardPass, PictureTokens, TokenLayout
from multiplane.models.families.registry import family_of

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "AttentionMaps", "CapturePlan", "CapturedMaps", "Concept", "TokenGroup", "capture_attention",
]  # fmt: skip

_SAME_SIGMA = 1e-4


@contextmanager
def capture_attention(
    pipeline: Any, plan: CapturePlan, *, layout: TokenLayout | None = None
) -> Iterator[CapturedMaps]:
    """Capture attention of `pipeline` in this thread while the context is open.

    In the pipeline's own denoising loop, the steps that `plan` chooses are captured, of the
    conditional part under guidance. A call of the denoiser outside such a loop (one pass over
    an existing picture) is always captured, whatever its sigma; several are averaged.

    What the model computes is bit-identical with and without capture. Everything is restored on
    exit, also after an exception. Captures may be nested, and another thread's pipelines are
    not touched.

    Raises `InputError` for a block that the model does not have (`attention.block_unknown`), for
    concepts with a family that has no rows for them (`attention.concepts_unsupported`) and, from
    inside the pass, for a token beyond the prompt's text (`attention.token_out_of_range`);
    `Failure` for a pipeline of no known family.
    """
    layout = layout or family_of(pipeline).layout
    denoiser = layout.denoiser(pipeline)
    blocks = layout.blocks(denoiser)
    missing = [block for block in plan.blocks if block >= len(blocks)]
    if missing:
        raise InputError(
            "attention.block_unknown",
            f"The model has {len(blocks)} blocks, numbered from 0.",
            field="blocks",
            value=missing[0],
            remedy=f"Choose blocks from 0 to {len(blocks) - 1}.",
        )
    concepts = None
    if plan.concepts:
        reader = family_of(pipeline).reader(pipeline)
        texts = [
            (text, locate(reader, text, [(0, len(text))], max_length=plan.concept_length))
            for text in (concept.text for concept in plan.concepts)
        ]
        concepts = layout.concepts(pipeline, texts, plan.concept_length)
        if concepts is None:
            raise InputError(
                "attention.concepts_unsupported",
                "With this model only words of the prompt can be looked for.",
                value=texts[0][0],
                remedy="Say it in the prompt, or choose another model.",
            )
    maps = CapturedMaps(pipeline, plan, layout, concepts)
    with ExitStack() as stack:
        stack.callback(tap.stop, maps)
        stack.enter_context(tap.tapped(layout.attention))
        stack.callback(
            denoiser.register_forward_pre_hook(maps._pass_begins, with_kwargs=True).remove
        )
        stack.callback(denoiser.register_forward_hook(maps._pass_ends, always_call=True).remove)
        # Concepts go through every block on the way to those that are captured.
        for block in range(max(plan.blocks) + 1) if concepts else plan.blocks:
            begins = partial(maps._block_begins, block)
            stack.callback(blocks[block].register_forward_pre_hook(begins).remove)
            ends = blocks[block].register_forward_hook(maps._block_ends, always_call=True)
            stack.callback(ends.remove)
        yield maps


@dataclass(frozen=True)
class _Wanted:
    """What is asked of one picture's attention, as tensors on the device."""

    tokens: PictureTokens  # without masked ones
    columns: Tensor  # (length, G) 1 where a key belongs to a phrase
    rows: Tensor  # (T,) positions of all phrases' tokens in the sequence
    row_of: Tensor  # (G, T) 1 where a row belongs to a phrase


class CapturedMaps:
    """Fills while the pipeline runs; ask it for `result` afterwards."""

    def __init__(
        self,
        pipeline: Any,
        plan: CapturePlan,
        layout: TokenLayout,
        concepts: ConceptRows | None = None,
    ) -> None:
        self._pipeline = pipeline
        self._plan = plan
        self._layout = layout
        self._thread = threading.get_ident()
        self._step = (-1, 0)  # the loop's step, and the passes that it has had so far
        self._pass: ForwardPass | None = None  # the pass under way, if it is to be captured
        self._pictures: tuple[PictureTokens, ...] = ()
        self._first = 0  # batch item of the first of them, in the pass under way
        self._wanted: tuple[_Wanted, ...] = ()
        self._concepts = concepts
        self._rows: tuple[ConceptRows, ...] = ()  # per picture of the pass under way
        self._totals: list[Tensor] = []  # per picture (3, G, h * w), summed over `_captured`
        self._captured: list[Moment] = []
        self._each: list[tuple[Moment, list[Tensor]]] = []
        self._results: tuple[AttentionMaps, ...] = ()

    @property
    def pictures(self) -> int:
        """Pictures seen so far, without the unconditional part."""
        return len(self._pictures)

    def result(self, picture: int = 0) -> AttentionMaps:
        """The maps of the batch's picture number `picture`, from 0; see `results`."""
        return self.results()[picture]

    def results(self) -> tuple[AttentionMaps, ...]:
        """The maps of every picture of the batch, averaged over what was captured.

        Copies from the device once. Raises `Failure` (`attention.nothing_captured`) when no
        pass was captured.
        """
        if not self._captured:
            raise Failure(
                "attention.nothing_captured",
                "No attention was captured: the model made no step inside the capture.",
                remedy="Run the pipeline inside the context, in the thread that opened it.",
            )
        if not self._results:
            self._results = self._collect()
        return self._results

    def _collect(self) -> tuple[AttentionMaps, ...]:
        import torch

        sums = [self._totals, *(maps for _, maps in self._each)]
        flat = torch.cat([map_.flatten() for maps in sums for map_ in maps]).cpu().numpy()
        pictures = [
            (tokens, self._plan.names_for(index)) for index, tokens in enumerate(self._pictures)
        ]
        return unpack(flat, pictures, self._captured, [moment for moment, _ in self._each])

    def _pass_begins(self, module: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        if threading.get_ident() != self._thread:
            return
        call = self._layout.read_call(args, kwargs)
        schedule = self._layout.schedule(self._pipeline)
        pictures = call.pictures
        if schedule and abs(schedule.sigmas[schedule.step] - call.sigma) < _SAME_SIGMA:
            plan = self._plan
            chosen = choose_steps(schedule.sigmas, plan.sigma_low, plan.sigma_high, plan.max_steps)
            if schedule.step not in chosen:
                return
            before = self._step[1] if self._step[0] == schedule.step else 0
            self._step = (schedule.step, before + 1)
            batch = len(pictures)
            items = self._layout.prompted(self._pipeline, batch, call.sigma, before)
            pictures = pictures[items]
            if not pictures:
                return
            self._first = items.indices(batch)[0]
        else:
            self._first = 0
        self._expect(pictures)
        self._pass = call
        if self._concepts is not None:
            self._rows = tuple(copy(self._concepts) for _ in pictures)
            for rows in self._rows:
                rows.begin()

    def _pass_ends(self, module: Any, args: Any, output: Any) -> None:
        if threading.get_ident() == self._thread:
            self._pass = None

    def _block_begins(self, block: int, module: Any, args: Any) -> None:
        if self._pass is not None and threading.get_ident() == self._thread:
            listener = partial(self._attended, block, self._pass.sigma, module, args)
            tap.listen(self, self._layout.attention, listener)

    def _block_ends(self, module: Any, args: Any, output: Any) -> None:
        tap.stop(self)

    def _expect(self, pictures: tuple[PictureTokens, ...]) -> None:
        """Remember the batch's shape; all that is averaged must have the same."""
        if self._pictures == pictures:
            return
        if self._pictures:
            raise Failure(
                "attention.capture_mixed",
                "One capture cannot average pictures of different size, number or prompt length.",
                remedy="Open a capture of its own for each picture.",
            )
        for index, tokens in enumerate(pictures):
            for group in self._plan.groups_for(index):
                if max(group.token_indices) >= tokens.text_length:
                    raise InputError(
                        "attention.token_out_of_range",
                        f"The text of picture {index} has {tokens.text_length} tokens; "
                        f"{group.name!r} asks for one beyond them.",
                        field=group.name,
                        value=max(group.token_indices),
                        remedy="Locate the phrases in the very prompt that is painted.",
                    )
        self._pictures = pictures

    def _attended(
        self,
        block: int,
        sigma: float,
        module: Any,
        inputs: tuple[Any, ...],
        query: Tensor,
        key: Tensor,
        value: Tensor,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        """Take the maps from one attention call; query, key, value as `AttentionPoint` says.

        module, inputs: of the block, for the rows of concepts.
        """
        import torch

        # Only the block's own call counts, should a processor attend more than once.
        tap.stop(self)
        if self._layout.attention.heads_first:
            query, key, value = (part.transpose(1, 2) for part in (query, key, value))
        with torch.no_grad():
            if not self._wanted:
                self._wanted = tuple(
                    _wanted(tokens.without_masked, self._plan.groups_for(index), query)
                    for index, tokens in enumerate(self._pictures)
                )
            scale = kwargs.get("scale") or query.shape[-1] ** -0.5
            captured = block in self._plan.blocks
            maps = []
            for place, wanted in enumerate(self._wanted):
                item = self._first + place
                found = []
                tokens = self._pictures[place]
                q, k = _unmasked(query[item], tokens), _unmasked(key[item], tokens)
                if captured:
                    found.append(_maps(q, k, wanted, scale, self._plan))
                if self._rows:
                    rows = self._rows[place]
                    own = rows.keys(module, item, inputs)
                    if captured:
                        found.append(
                            _concept_maps(q, k, own, rows.owner, wanted, scale, self._plan)
                        )
                    rows.advance(key[item, tokens.image], value[item, tokens.image])
                if captured:
                    maps.append(torch.cat(found, dim=1))
            if not captured:
                return
            if not self._totals:
                self._totals = [torch.zeros_like(new) for new in maps]
            for total, new in zip(self._totals, maps, strict=True):
                total.add_(new)
        self._captured.append((block, sigma))
        self._results = ()
        if self._plan.keep_each:
            self._each.append(((block, sigma), maps))


def _unmasked(values: Tensor, tokens: PictureTokens) -> Tensor:
    """Queries or keys (N, heads, d) without the tokens before the image that are masked out."""
    import torch

    if not tokens.masked:
        return values
    first, last = values[: tokens.image_start - tokens.masked], values[tokens.image_start :]
    return torch.cat([first, last])


def _wanted(tokens: PictureTokens, groups: tuple[TokenGroup, ...], like: Tensor) -> _Wanted:
    import torch

    rows = [tokens.text_start + index for group in groups for index in group.token_indices]
    row_of = torch.zeros(len(groups), len(rows))
    columns = torch.zeros(tokens.length, len(groups))
    row = 0
    for number, group in enumerate(groups):
        row_of[number, row : row + len(group.token_indices)] = 1
        row += len(group.token_indices)
        columns[[tokens.text_start + index for index in group.token_indices], number] = 1
    return _Wanted(
        tokens,
        columns.to(like.device),
        torch.tensor(rows, dtype=torch.long, device=like.device),
        row_of.to(like.device),
    )


def _maps(query: Tensor, key: Tensor, wanted: _Wanted, scale: float, plan: CapturePlan) -> Tensor:
    """(3, G, h * w) float32: image-to-text, text-to-image, propagated; query, key: (N, heads, d).

    Batch padding is cut off instead of masked, which is the same and leaves the fast kernels.
    """
    import torch

    tokens = wanted.tokens
    q = query[: tokens.length].transpose(0, 1)  # (heads, length, d)
    k = key[: tokens.length].transpose(0, 1)
    image = tokens.image

    image_to_text = _attend(q[:, image], k, wanted.columns, scale)
    propagated = image_to_text
    for _ in range(plan.hops):
        propagated = _attend(q[:, image], k[:, image], propagated, scale * plan.sharpness)

    logits = q[:, wanted.rows] @ k.transpose(1, 2)
    rows = torch.softmax(logits.float() * scale, dim=-1).mean(0)[:, image]
    text_to_image = wanted.row_of @ rows
    return torch.stack([image_to_text.T, text_to_image, propagated.T])


def _concept_maps(
    query: Tensor,
    key: Tensor,
    own: tuple[Tensor, Tensor],
    owner: Sequence[int],
    wanted: _Wanted,
    scale: float,
    plan: CapturePlan,
) -> Tensor:
    """(3, C, h * w), as `_maps`, of words that the prompt lacks: own = (query, key), (T, heads, d).

    What an image token would attend to them if they stood among the other keys.
    """
    import torch

    tokens = wanted.tokens
    q = query[: tokens.length].transpose(0, 1)[:, tokens.image]
    k = torch.cat([key[: tokens.length], own[1]]).transpose(0, 1)
    row_of = torch.zeros(max(owner) + 1, len(owner), device=query.device)
    row_of[list(owner), range(len(owner))] = 1
    columns = torch.zeros(k.shape[1], len(row_of), device=query.device)
    columns[tokens.length :] = row_of.T

    image_to_text = _attend(q, k, columns, scale)
    propagated = image_to_text
    for _ in range(plan.hops):
        propagated = _attend(q, k[:, tokens.image], propagated, scale * plan.sharpness)

    logits = own[0].transpose(0, 1) @ k.transpose(1, 2)
    rows = torch.softmax(logits.float() * scale, dim=-1).mean(0)[:, tokens.image]
    return torch.stack([image_to_text.T, row_of @ rows, propagated.T])


def _attend(q: Tensor, k: Tensor, columns: Tensor, scale: float) -> Tensor:
    """Mean over heads of softmax(q k^T * scale) @ columns: (n, C) for columns (m, C), float32.

    The fused kernels want values as wide as the keys, so columns are padded with zeros to the
    head size (and taken in portions of it): unequal widths would fall back to the full matrix.
    """
    import torch

    attend: Callable[..., Tensor] = torch.nn.functional.scaled_dot_product_attention
    heads, _, width = q.shape
    # Probabilities are small: half precision would lose them, so each column peaks at 1.
    peaks = columns.amax(dim=0).clamp_min(torch.finfo(torch.float32).tiny)
    parts = []
    for part in (columns / peaks).to(k.dtype).split(width, dim=1):
        value = torch.nn.functional.pad(part, (0, width - part.shape[1])).expand(heads, -1, -1)
        seen = attend(q[None], k[None], value[None], scale=scale)[0]
        parts.append(seen[..., : part.shape[1]].float().mean(0))
    return torch.cat(parts, dim=1) * peaks
