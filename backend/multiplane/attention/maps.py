"""Maps from one attention call's queries and keys, without ever building N x N attention.

The fused kernel computes softmax(q k^T) v without the matrix, so v is replaced by the wanted
columns: one-hot columns for the phrases' tokens give the exact image-to-text probabilities, over
all keys; maps as columns give their product with image-to-image attention. Text-to-image needs the
few query rows of the phrases only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from multiplane.attention.plan import CapturePlan, TokenGroup
from multiplane.models.families.layout import PictureTokens

if TYPE_CHECKING:
    from torch import Tensor


Heads = tuple[float, ...] | None
"""What each head counts, together 1; None: all alike."""


@dataclass(frozen=True)
class Wanted:
    """What is asked of one picture's attention, as tensors on the device."""

    tokens: PictureTokens  # without masked ones
    columns: Tensor  # (length, G) 1 where a key belongs to a phrase
    rows: Tensor  # (T,) positions of all phrases' tokens in the sequence
    row_of: Tensor  # (G, T) 1 where a row belongs to a phrase


def unmasked(values: Tensor, tokens: PictureTokens) -> Tensor:
    """Queries or keys (N, heads, d) without the tokens before the image that are masked out."""
    import torch

    if not tokens.masked:
        return values
    first, last = values[: tokens.image_start - tokens.masked], values[tokens.image_start :]
    return torch.cat([first, last])


def wanted_of(tokens: PictureTokens, groups: tuple[TokenGroup, ...], like: Tensor) -> Wanted:
    """What `groups` ask of a picture with these tokens, on the device of `like`."""
    import torch

    rows = [tokens.text_start + index for group in groups for index in group.token_indices]
    row_of = torch.zeros(len(groups), len(rows))
    columns = torch.zeros(tokens.length, len(groups))
    row = 0
    for number, group in enumerate(groups):
        row_of[number, row : row + len(group.token_indices)] = 1
        row += len(group.token_indices)
        columns[[tokens.text_start + index for index in group.token_indices], number] = 1
    return Wanted(
        tokens,
        columns.to(like.device),
        torch.tensor(rows, dtype=torch.long, device=like.device),
        row_of.to(like.device),
    )


def joint_maps(
    query: Tensor,
    key: Tensor,
    wanted: Wanted,
    scale: float,
    plan: CapturePlan,
    heads: Heads = None,
) -> Tensor:
    """(3, G, h * w) float32: image-to-text, text-to-image, propagated; query, key: (N, heads, d).

    heads: what each head's attention to words and from words counts, together 1; None: all alike.
    Batch padding is cut off instead of masked, which is the same and leaves the fast kernels.
    """
    import torch

    tokens = wanted.tokens
    q = query[: tokens.length].transpose(0, 1)  # (heads, length, d)
    k = key[: tokens.length].transpose(0, 1)
    image = tokens.image

    image_to_text = _attend(q[:, image], k, wanted.columns, scale, heads)
    propagated = _propagated(q[:, image], k[:, image], image_to_text, scale, plan)

    logits = q[:, wanted.rows] @ k.transpose(1, 2)
    rows = _over_heads(torch.softmax(logits.float() * scale, dim=-1), heads)[:, image]
    text_to_image = wanted.row_of @ rows
    return torch.stack([image_to_text.T, text_to_image, propagated.T])


def concept_maps(
    query: Tensor,
    key: Tensor,
    own: tuple[Tensor, Tensor],
    owner: Sequence[int],
    wanted: Wanted,
    scale: float,
    plan: CapturePlan,
    heads: Heads = None,
) -> Tensor:
    """(3, C, h * w), as `joint_maps`, of words that the prompt lacks.

    own: their rows' (query, key), each (T, heads, d). The maps are what an image token would attend
    to them if they stood among the other keys.
    """
    import torch

    tokens = wanted.tokens
    q = query[: tokens.length].transpose(0, 1)[:, tokens.image]
    k = torch.cat([key[: tokens.length], own[1]]).transpose(0, 1)
    row_of = torch.zeros(max(owner) + 1, len(owner), device=query.device)
    row_of[list(owner), range(len(owner))] = 1
    columns = torch.zeros(k.shape[1], len(row_of), device=query.device)
    columns[tokens.length :] = row_of.T

    image_to_text = _attend(q, k, columns, scale, heads)
    propagated = _propagated(q, k[:, tokens.image], image_to_text, scale, plan)

    logits = own[0].transpose(0, 1) @ k.transpose(1, 2)
    rows = _over_heads(torch.softmax(logits.float() * scale, dim=-1), heads)[:, tokens.image]
    return torch.stack([image_to_text.T, row_of @ rows, propagated.T])


def crossed_maps(
    image: tuple[Tensor, Tensor],
    query: Tensor,
    key: Tensor,
    wanted: Wanted,
    grid: tuple[int, int],
    scale: float,
    plan: CapturePlan,
    heads: Heads = None,
) -> Tensor:
    """(3, G, h * w), as `joint_maps`, where image tokens attend to the text in a call of its own.

    image: (query, key) of the block's attention over the image alone, on its own `grid`, and
    query, key of the one to the text: (n, heads, d) each. Text attends to nothing there; as
    text-to-image stands how a phrase's attention lies over the picture, as much as it has tokens.
    Maps are brought to the grid of `wanted` by antialiased bilinear interpolation.
    """
    import torch

    queries, keys = (part.transpose(0, 1) for part in image)
    text = key[: wanted.tokens.length]  # what follows is masked out
    words = wanted.columns
    image_to_text = _attend(query.transpose(0, 1), text.transpose(0, 1), words, scale, heads)
    propagated = _propagated(queries, keys, image_to_text, queries.shape[-1] ** -0.5, plan)
    lies = image_to_text / image_to_text.sum(dim=0).clamp_min(1e-12) * wanted.columns.sum(dim=0)
    maps = torch.stack([image_to_text.T, lies.T, propagated.T]).unflatten(-1, grid)
    if grid != wanted.tokens.grid:
        maps = torch.nn.functional.interpolate(
            maps, size=wanted.tokens.grid, mode="bilinear", antialias=True
        )
    return maps.flatten(2)


def _propagated(q: Tensor, k: Tensor, maps: Tensor, scale: float, plan: CapturePlan) -> Tensor:
    """Maps (n, G) after the plan's products with image-to-image attention; q, k: (heads, n, d)."""
    for _ in range(plan.hops):
        maps = _attend(q, k, maps, scale * plan.sharpness)
    return maps


def _over_heads(each: Tensor, heads: Heads) -> Tensor:
    """Mean (n, C) over the heads of (heads, n, C)."""
    if heads is None:
        return each.mean(0)
    import torch

    return torch.tensordot(torch.tensor(heads, device=each.device), each, dims=1)


def _attend(q: Tensor, k: Tensor, columns: Tensor, scale: float, heads: Heads = None) -> Tensor:
    """Mean over heads of softmax(q k^T * scale) @ columns: (n, C) for columns (m, C), float32.

    The fused kernels want values as wide as the keys, so columns are padded with zeros to the
    head size (and taken in portions of it): unequal widths would fall back to the full matrix.
    """
    import torch

    attend: Callable[..., Tensor] = torch.nn.functional.scaled_dot_product_attention
    if heads is not None:  # those that do not count need not attend
        some = [head for head, weight in enumerate(heads) if weight]
        q, k, heads = q[some], k[some], tuple(heads[head] for head in some)
    count, _, width = q.shape
    # Probabilities are small: half precision would lose them, so each column peaks at 1.
    peaks = columns.amax(dim=0).clamp_min(torch.finfo(torch.float32).tiny)
    parts = []
    for part in (columns / peaks).to(k.dtype).split(width, dim=1):
        value = torch.nn.functional.pad(part, (0, width - part.shape[1])).expand(count, -1, -1)
        seen = attend(q[None], k[None], value[None], scale=scale)[0]
        parts.append(_over_heads(seen[..., : part.shape[1]].float(), heads))
    return torch.cat(parts, dim=1) * peaks
