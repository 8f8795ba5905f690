"""Heatmaps from what attention gives out, instead of what it weighs.

After ConceptAttention (Helbling et al., 2025): how alike an image token's attention output is to a
phrase's, over all heads together and in the mean over all blocks; a softmax over the phrases, the
place among them.

Alike is the cosine of both less what is common to all image tokens, and to all phrases. The paper
takes the plain product; but where outputs are large and phrases' lengths differ, as in a small
model, the longest phrase then wins every token, and nothing is left of the others.
"""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from multiplane.attention import tap
from multiplane.attention.maps import unmasked, wanted_of
from multiplane.models.paint import single_pass
from multiplane_study.observed import Phrases, groups_of
from multiplane_study.scenes import Scene

if TYPE_CHECKING:
    from torch import Tensor

    from multiplane.models.families.layout import PictureTokens
    from multiplane.models.load import Painter


SHARPNESS = 10.0
"""Of the softmax over cosines; chosen on tuning scenes with the bundled model."""


def output_maps(painter: Painter, scene: Scene, phrases: Phrases) -> NDArray[np.float32]:
    """(G, h, w) shares 0..1 of the phrases and last the place; they sum to 1 at every token.

    From the passes that a shot is cut by. The family's blocks attend over image and text together
    (see `TokenLayout.crosses`).
    """
    choice, layout = painter.profile.capture, painter.family.layout
    listening = _Outputs(painter, scene, phrases)
    denoiser = layout.denoiser(painter.pipeline)
    blocks = layout.blocks(denoiser)
    with ExitStack() as stack:
        stack.callback(tap.stop, listening)
        stack.enter_context(tap.tapped(layout.attention))
        hook = denoiser.register_forward_pre_hook(listening.pass_begins, with_kwargs=True)
        stack.callback(hook.remove)
        for block in blocks:
            stack.callback(block.register_forward_pre_hook(listening.block_begins).remove)
        for draw in range(choice.draws):
            seed = scene.seed * 16 + draw
            single_pass(
                painter, scene.picture, scene.caption, sigma=choice.decompose_sigma, seed=seed
            )
    cosines = np.mean(listening.found, axis=0, dtype=np.float32)
    return np.asarray(softmax(SHARPNESS * cosines, axis=0), np.float32)


class _Outputs:
    """Takes cosines (G, h, w), -1..1, from the first attention call of each block that begins."""

    def __init__(self, painter: Painter, scene: Scene, phrases: Phrases) -> None:
        self._pipeline, self._layout = painter.pipeline, painter.family.layout
        self._groups = groups_of(painter, scene, phrases)
        self._tokens: PictureTokens | None = None
        self.found: list[NDArray[np.float32]] = []

    def pass_begins(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._tokens = self._layout.read_call(self._pipeline, args, kwargs).pictures[0]

    def block_begins(self, module: Any, args: Any) -> None:
        assert self._tokens is not None, "the pass has begun"
        listener = partial(self._attended, self._tokens)
        tap.listen(self, self._layout.attention, listener)

    def _attended(
        self, tokens: PictureTokens, query: Tensor, key: Tensor, value: Tensor, *args: Any,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        import torch

        tap.stop(self)
        if self._layout.attention.heads_first:
            query, key, value = (part.transpose(1, 2) for part in (query, key, value))
        with torch.no_grad():
            wanted = wanted_of(tokens.without_masked, self._groups, query)
            image, length = wanted.tokens.image, wanted.tokens.length
            q, k, v = (
                unmasked(part[0], tokens)[:length].transpose(0, 1) for part in (query, key, value)
            )
            given = torch.nn.functional.scaled_dot_product_attention(
                q[None], k[None], v[None], scale=kwargs.get("scale")
            )[0]
            each = given.transpose(0, 1).flatten(1).float()  # (length, heads * d)
            mean = wanted.row_of / wanted.row_of.sum(dim=1, keepdim=True)
            found = alike(mean @ each[wanted.rows], each[image])
        self.found.append(found.unflatten(-1, tokens.grid).cpu().numpy())


def alike(phrases: Tensor, image: Tensor) -> Tensor:
    """(G, N) cosines of phrases' outputs (G, D) and image tokens' (N, D), less what is common.

    Phrases are brought to one length before, or the longest would be most of what is common.
    """
    from torch.nn.functional import normalize

    said, shown = (normalize(outputs, dim=-1) for outputs in (phrases, image))
    said, shown = (normalize(one - one.mean(dim=0), dim=-1) for one in (said, shown))
    return said @ shown.T
