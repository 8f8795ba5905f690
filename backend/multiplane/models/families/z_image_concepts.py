"""Concept rows for Z-Image: words beside the prompt, through text encoder, refiner and blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from multiplane.models.families.layout import ConceptRows

if TYPE_CHECKING:
    from torch import Tensor


class ZImageConcepts(ConceptRows):
    """The rows of several texts, each refined by itself, at the places that it has in a prompt.

    Follows diffusers' `ZImageTransformer2DModel.forward` and its blocks for these rows only.
    """

    def __init__(
        self, pipeline: Any, texts: Sequence[tuple[str, tuple[int, ...]]], max_length: int
    ) -> None:
        import torch

        transformer = pipeline.transformer
        rows, freqs, owner = [], [], []
        with torch.no_grad():
            for index, (text, positions) in enumerate(texts):
                features, _ = pipeline.encode_prompt(
                    text,
                    device=pipeline._execution_device,
                    do_classifier_free_guidance=False,
                    max_sequence_length=max_length,
                )
                refined, places = _refined(transformer, features[0])
                rows.append(refined[list(positions)])
                freqs.append(places[list(positions)])
                owner += [index] * len(positions)
        self.owner = tuple(owner)
        self._start = torch.cat(rows)
        self._freqs = torch.cat(freqs)
        self._rows = self._start
        self._block: Any = None
        self._scales: tuple[Tensor, ...] = ()
        self._made: tuple[Tensor, Tensor, Tensor] | None = None

    def begin(self) -> None:
        """As `ConceptRows.begin`."""
        self._rows = self._start

    def keys(self, block: Any, item: int, inputs: tuple[Any, ...]) -> tuple[Tensor, Tensor]:
        """As `ConceptRows.keys`; `inputs` are the block's own, the time embedding the fourth."""
        modulation = block.adaLN_modulation(inputs[3][item : item + 1])
        scale, gate, scale_after, gate_after = modulation.chunk(4, dim=1)
        self._scales = (gate.tanh(), 1.0 + scale_after, gate_after.tanh())
        self._block = block
        attention = block.attention
        hidden = block.attention_norm1(self._rows) * (1.0 + scale)
        query, key, value = (
            layer(hidden).unflatten(-1, (attention.heads, -1))
            for layer in (attention.to_q, attention.to_k, attention.to_v)
        )
        if attention.norm_q is not None:
            query = attention.norm_q(query)
        if attention.norm_k is not None:
            key = attention.norm_k(key)
        query, key = _rotated(query, self._freqs), _rotated(key, self._freqs)
        self._made = (query, key, value)
        return query, key

    def advance(self, key: Tensor, value: Tensor) -> None:
        """As `ConceptRows.advance`."""
        import torch

        if self._made is None:
            raise RuntimeError("keys come before advance")
        own_query, own_key, own_value = self._made
        block, (gate, scale_after, gate_after) = self._block, self._scales
        heads_first = (
            part.transpose(0, 1)[None]
            for part in (own_query, torch.cat([key, own_key]), torch.cat([value, own_value]))
        )
        seen = torch.nn.functional.scaled_dot_product_attention(*heads_first)[0]
        out = block.attention.to_out[0](seen.transpose(0, 1).flatten(1).to(own_query.dtype))
        rows = self._rows + gate * block.attention_norm2(out)
        fed = block.feed_forward(block.ffn_norm1(rows) * scale_after)
        self._rows = rows + gate_after * block.ffn_norm2(fed)
        self._made = None


def _refined(transformer: Any, features: Tensor) -> tuple[Tensor, Tensor]:
    """A text's features (L, width) as the main blocks get them, (L padded, dim), and their RoPE."""
    multiple = 32  # SEQ_MULTI_OF of diffusers' transformer_z_image
    padded = len(features) + (-len(features)) % multiple
    device = features.device
    filled, positions, pads, _, _ = transformer._pad_with_ids(
        features, (padded, 1, 1), (1, 0, 0), device
    )
    embedded = transformer.cap_embedder(filled)
    rows, freqs, mask, _, _ = transformer._prepare_sequence(
        [embedded], [positions], [pads], transformer.cap_pad_token, None, device
    )
    for layer in transformer.context_refiner:
        rows = layer(rows, mask, freqs)
    return rows[0], freqs[0]


def _rotated(values: Tensor, freqs: Tensor) -> Tensor:
    """Rotary embedding in complex numbers: values (T, heads, size), freqs (T, size / 2)."""
    import torch

    pairs = torch.view_as_complex(values.float().reshape(*values.shape[:-1], -1, 2))
    return torch.view_as_real(pairs * freqs.unsqueeze(1)).flatten(2).type_as(values)
