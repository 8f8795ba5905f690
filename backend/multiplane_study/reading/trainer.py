"""Training of the reading weights: where in a picture is what each word names.

Only the blocks up to the one whose attention is read are run, and of that one only its queries and
keys. Beside the attention's own loss a head that is thrown away names what every token shows, of
all concepts at once: with a few words in a caption, attention alone would learn names slowly.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from diffusers import ZImageTransformer2DModel
from torch import nn
from torch.nn import functional
from torch.optim import AdamW
from transformers import Qwen2Tokenizer, Qwen3Model

from multiplane_study.reading.batches import Batch
from multiplane_study.training.batched import through
from multiplane_study.training.checkpoint import Stateful
from multiplane_study.training.grounding import rotate
from multiplane_study.training.half_precision import half_precision
from multiplane_study.training.muon import BatchedMuon
from multiplane_study.training.painter import split_parameters

WARM_UP_STEPS = 60
UNKNOWN = -1
"""In place of a concept where a drawing shows none of them."""
MOSTLY, BACKGROUND_KEPT = 0.6, 0.15
"""Of a token's area that a drawing must cover to be named; of the background's tokens."""


@dataclass(frozen=True)
class ReaderTraining:
    """How the reader is trained."""

    muon_rate: float = 0.01
    rate: float = 1e-3
    word_rate: float = 3.0  # factor on `rate` for word embeddings, each of which is seen seldom
    naming: float = 0.3  # weight of the naming head's loss
    low_noise: float = 0.02
    high_noise: float = 0.4
    average: float = 0.997


class ReaderTrainer:
    """Transformer, text encoder and naming head, their optimisers and their running average."""

    def __init__(
        self,
        transformer: ZImageTransformer2DModel,
        text_encoder: Qwen3Model,
        tokenizer: Qwen2Tokenizer,
        concepts: int,
        training: ReaderTraining,
        device: str = "cpu",
    ) -> None:
        """Begin with these weights.

        concepts: how many there are for the head to name.
        """
        self.training = training
        self.device = torch.device(device)
        self.transformer, self.text_encoder, self.tokenizer = transformer, text_encoder, tokenizer
        self.both = nn.ModuleDict({"transformer": transformer, "text": text_encoder})
        self.both.to(self.device).train()
        self.head = nn.Linear(transformer.config.dim, concepts + 1).to(self.device)
        self.average = torch.optim.swa_utils.AveragedModel(
            self.both, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(training.average)
        )
        matrices, others = split_parameters(transformer, text_encoder)
        words = text_encoder.embed_tokens.own
        self.muon = BatchedMuon(matrices, lr=training.muon_rate)
        plain = [parameter for parameter in others if parameter is not words]
        self.adam = AdamW(
            [
                {"params": plain, "factor": 1.0},
                {"params": [words], "factor": training.word_rate},
                {"params": list(self.head.parameters()), "factor": 3.0},
            ],
            lr=training.rate,
            betas=(0.9, 0.99),
            weight_decay=0.0,
        )

    @property
    def parts(self) -> dict[str, Stateful]:
        """What a checkpoint keeps."""
        return {
            "both": self.both,
            "average": self.average,
            "head": self.head,
            "muon": self.muon,
            "adam": self.adam,
        }

    def losses(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """Grounding and naming, two scalars, not yet weighted."""
        training = self.training
        count = len(batch.latents)
        sigma = torch.empty(count, device=self.device)
        sigma.uniform_(training.low_noise, training.high_noise)
        noisy = torch.lerp(
            batch.latents, torch.randn_like(batch.latents), sigma[:, None, None, None]
        )
        places = torch.arange(batch.ids.shape[1], device=self.device)
        mask = places[None] < batch.lengths[:, None]
        text = self.text_encoder(
            input_ids=batch.ids, attention_mask=mask, output_hidden_states=True
        ).hidden_states[-2]
        *blocks, read = self.transformer.layers
        both, condition, turns = through(
            self.transformer, blocks, noisy, 1.0 - sigma, text, batch.lengths
        )
        tokens = batch.truth.shape[1]
        scale = 1.0 + read.adaLN_modulation(condition).unsqueeze(1).chunk(4, dim=2)[0]
        shown = read.attention_norm1(both) * scale
        attention = read.attention
        query = attention.norm_q(
            attention.to_q(shown[:, :tokens]).unflatten(-1, (attention.heads, -1))
        )
        key = attention.norm_k(attention.to_k(shown).unflatten(-1, (attention.heads, -1)))
        query, key = rotate(query, turns[:, :tokens]), rotate(key, turns)
        logits = query.transpose(1, 2) @ key.permute(0, 2, 3, 1) * query.shape[-1] ** -0.5
        start = key.shape[1] - batch.groups.shape[1]
        shares = logits.softmax(dim=-1)[..., start:].mean(dim=1) @ batch.groups
        weights = even_weights(batch.truth)
        naming = self._naming(shown[:, :tokens], batch)
        shares = shares.float()
        return grounding(shares, batch.truth, batch.present, weights), naming

    def _naming(self, shown: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Cross-entropy of the head at tokens that one known drawing covers, and at background."""
        ground = 1.0 - batch.covers.sum(dim=2, keepdim=True)
        best, which = torch.cat([batch.covers, ground], dim=2).max(dim=2)
        background = self.head.out_features - 1
        of = functional.pad(batch.concepts, (0, 1), value=background)
        concept = of.gather(1, which)
        taught = (best > MOSTLY) & (concept != UNKNOWN)
        kept = torch.rand(concept.shape, device=self.device) < BACKGROUND_KEPT
        taught &= (concept != background) | kept
        target = concept[taught]
        return functional.cross_entropy(self.head(shown[taught]), target)

    def learn(self, batch: Batch, factor: float) -> tuple[float, float]:
        """Take one step with rates times `factor`; the two losses."""
        training = self.training
        for optimizer, rate in ((self.muon, training.muon_rate), (self.adam, training.rate)):
            for group in optimizer.param_groups:
                group["lr"] = rate * factor * group.get("factor", 1.0)
        with half_precision(self.device.type):
            grounded, named = self.losses(batch.to(self.device))
        self.muon.zero_grad(set_to_none=True)
        self.adam.zero_grad(set_to_none=True)
        (grounded + training.naming * named).backward()
        nn.utils.clip_grad_norm_([*self.both.parameters(), *self.head.parameters()], 1.0)
        self.muon.step()
        self.adam.step()
        self.average.update_parameters(self.both)
        return float(grounded.detach()), float(named.detach())


def even_weights(truth: torch.Tensor) -> torch.Tensor:
    """(B, N) weights with mean 1: half the same everywhere, half the same for every group.

    Small subjects count in the measure as much as large ones. truth: (B, N, G).
    """
    area = truth.sum(dim=1, keepdim=True)
    there = (area > 0.25).sum(dim=2, keepdim=True).clamp_min(1)
    even = (truth / area.clamp_min(1.0) / there).sum(dim=2) * truth.shape[1]
    return 0.5 + 0.5 * even


def grounding(
    shares: torch.Tensor, truth: torch.Tensor, present: torch.Tensor, weights: torch.Tensor
) -> torch.Tensor:
    """As `training.grounding.grounding_loss`, with weights (B, N): one scalar."""
    mass = (shares * present[:, None]).sum(dim=-1, keepdim=True).clamp_min(1e-6)
    competition = (shares / mass).clamp_min(1e-6).log()
    entropy = -(truth * present[:, None] * competition).sum(dim=-1)
    return (weights * (entropy - 0.1 * mass[..., 0].log())).mean()
