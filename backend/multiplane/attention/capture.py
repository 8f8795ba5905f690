"""Capture of a diffusion transformer's attention to chosen words, while it paints.

    with capture_attention(pipeline, plan) as maps:
        pipeline(prompt, ...)
    heat = maps.result().image_to_text

Queries and keys are taken where the model attends with them, after norm and rotary embedding.
No N x N matrix of attention is built (see `maps`). Words that the prompt lacks get rows of their
own, which see the picture and are not seen by it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from copy import copy
from functools import partial
from typing import TYPE_CHECKING, Any

from multiplane.attention import tap
from multiplane.attention.heatmaps import AttentionMaps, Moment, unpack
from multiplane.attention.maps import (
    Wanted,
    concept_maps,
    crossed_maps,
    joint_maps,
    unmasked,
    wanted_of,
)
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
            "The model has {count} blocks, numbered from 0.",
            field="blocks",
            value=missing[0],
            remedy="Choose blocks from 0 to {last}.",
            values={"count": len(blocks), "last": len(blocks) - 1},
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
        self._wanted: tuple[Wanted, ...] = ()
        self._image: tuple[Tensor, Tensor] | None = None  # of a block that crosses, its first call
        self._concepts = concepts
        self._rows: tuple[ConceptRows, ...] = ()  # per picture of the pass under way
        self._totals: list[Tensor] = []  # per picture (3, G, h * w), summed over `_captured`
        self._captured: list[Moment] = []
        self._heads: dict[int, int] = {}
        self._each: list[tuple[Moment, list[Tensor]]] = []
        self._results: tuple[AttentionMaps, ...] = ()

    @property
    def pictures(self) -> int:
        """Pictures seen so far, without the unconditional part."""
        return len(self._pictures)

    @property
    def heads(self) -> Mapping[int, int]:
        """How many heads each captured block has, once it was captured."""
        return self._heads

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

    def forget(self) -> None:
        """Begin anew, as if nothing had been captured yet; it goes on capturing."""
        self._totals, self._captured, self._each, self._results = [], [], [], ()

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
        call = self._layout.read_call(self._pipeline, args, kwargs)
        schedule = self._layout.schedule(self._pipeline)
        pictures = call.pictures
        if schedule and abs(schedule.sigmas[schedule.step] - call.sigma) < _SAME_SIGMA:
            plan = self._plan
            chosen = choose_steps(schedule.sigmas, plan.sigma_low, plan.sigma_high, plan.max_steps)
            if schedule.step not in chosen:
                return
            before = self._step[1] if self._step[0] == schedule.step else 0
            self._step = (schedule.step, before + 1)
            items = self._layout.prompted(self._pipeline, call, before)
            pictures = pictures[items]
            if not pictures:
                return
            self._first = items.indices(len(call.pictures))[0]
        else:
            self._first = 0
        pictures = pictures[: self._plan.pictures]
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
        self._image = None

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
                        "The text of picture {number} has {count} tokens; "
                        "'{phrase}' asks for one beyond them.",
                        field=group.name,
                        value=max(group.token_indices),
                        remedy="Locate the phrases in the very prompt that is painted.",
                        values={"number": index, "count": tokens.text_length, "phrase": group.name},
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

        if self._layout.attention.heads_first:
            query, key, value = (part.transpose(1, 2) for part in (query, key, value))
        if self._layout.crosses and self._image is None:
            self._image = (query, key)
            return
        # Only the block's own call counts, should a processor attend more than once.
        tap.stop(self)
        scale = kwargs.get("scale") or query.shape[-1] ** -0.5
        with torch.no_grad():
            if not self._wanted:
                self._wanted = tuple(
                    wanted_of(tokens.without_masked, self._plan.groups_for(index), query)
                    for index, tokens in enumerate(self._pictures)
                )
            if self._image is not None:
                self._keep(block, sigma, self._crossed(block, self._image, query, key, scale))
                return
            captured = block in self._plan.blocks
            heads = self._heads_of(block, query) if captured else None
            maps = []
            for place, wanted in enumerate(self._wanted):
                item = self._first + place
                found = []
                tokens = self._pictures[place]
                q, k = unmasked(query[item], tokens), unmasked(key[item], tokens)
                if captured:
                    found.append(joint_maps(q, k, wanted, scale, self._plan, heads))
                if self._rows:
                    rows = self._rows[place]
                    own = rows.keys(module, item, inputs)
                    if captured:
                        found.append(
                            concept_maps(q, k, own, rows.owner, wanted, scale, self._plan, heads)
                        )
                    rows.advance(key[item, tokens.image], value[item, tokens.image])
                if captured:
                    maps.append(torch.cat(found, dim=1))
            if captured:
                self._keep(block, sigma, maps)

    def _heads_of(self, block: int, query: Tensor) -> tuple[float, ...] | None:
        """What the heads of a block count; query: (batch, N, heads, d)."""
        self._heads[block] = query.shape[-2]
        return self._plan.heads_of(block, query.shape[-2])

    def _crossed(
        self, block: int, image: tuple[Tensor, Tensor], query: Tensor, key: Tensor, scale: float
    ) -> list[Tensor]:
        """Maps of every picture, from a block's attention over the image and to the text."""
        heads = self._heads_of(block, query)
        maps = []
        for place, wanted in enumerate(self._wanted):
            item = self._first + place
            own = (image[0][item], image[1][item])
            grid = self._layout.block_grid(self._pictures[place], len(own[0]))
            maps.append(
                crossed_maps(own, query[item], key[item], wanted, grid, scale, self._plan, heads)
            )
        return maps

    def _keep(self, block: int, sigma: float, maps: list[Tensor]) -> None:
        """Add the maps (3, G, h * w) of every picture."""
        if not self._totals:
            self._totals = [new.new_zeros(new.shape) for new in maps]
        for total, new in zip(self._totals, maps, strict=True):
            total.add_(new)
        self._captured.append((block, sigma))
        self._results = ()
        if self._plan.keep_each:
            self._each.append(((block, sigma), maps))
