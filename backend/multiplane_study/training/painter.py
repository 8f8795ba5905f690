"""Training of the bundled painter: a small Z-Image transformer with a small Qwen3 text encoder.

Flow matching (Lipman et al., 2023): x = (1 - sigma) picture + sigma noise; the transformer learns
picture - noise, which is what `ZImagePipeline` expects of it. The text encoder learns along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from diffusers import ZImageTransformer2DModel
from diffusers.models.transformers.transformer_z_image import SEQ_MULTI_OF
from numpy.typing import NDArray
from torch import distributed, nn
from torch.optim import AdamW
from transformers import Qwen2Tokenizer, Qwen3Config, Qwen3Model

from multiplane.attention.phrases import locate
from multiplane.models.families.z_image import prompt_reader
from multiplane_study.training.batched import denoise
from multiplane_study.training.checkpoint import Checkpoint
from multiplane_study.training.corpus import MOST_SUBJECTS, Corpus
from multiplane_study.training.grounding import GroundingProbe, grounding_loss
from multiplane_study.training.half_precision import half_precision
from multiplane_study.training.muon import BatchedMuon
from multiplane_study.training.silhouettes import CELLS, SilhouetteHead
from multiplane_study.training.vocabulary import embeddings_for

WIDTH = 160
BLOCKS = 8
GROUNDED_BLOCK = 2
NAMING_BLOCK = 3
GROUPS = MOST_SUBJECTS + 1
WARM_UP_STEPS = 100

OnStep = Callable[[int, int, float, float, float], None]
"""Told the steps done, of how many, and the losses of denoising, grounding and silhouettes."""


@dataclass(frozen=True)
class PainterTraining:
    """How the painter is trained."""

    steps: int
    small_steps: int  # first so many at the small size, where a step costs a quarter
    decay_steps: int  # last so many with the rates falling linearly to zero
    batch: int = 24
    small_batch: int = 48
    muon_rate: float = 0.02
    rate: float = 1.5e-3
    grounding: float = 0.1  # weight of the grounding loss
    silhouettes: float = 0.3  # weight of the silhouette head's loss
    empty_captions: float = 0.1
    small_share: float = 0.0  # chance of every later step to be at the small size too
    word_rate: float = 1.0  # factor on `rate` for word embeddings, each of which is seen seldom
    average: float = 0.998  # of the exponential moving average of the weights
    seed: int = 0
    minutes: float = 0.0  # of a training by the clock, which knows no number of steps before
    start: str = ""  # folder of a trained pipeline that goes on; "" = from nothing
    fresh: bool = False  # its autoencoder and tokenizer stay, the painter's weights do not


@dataclass(frozen=True)
class Latents:
    """One size's training set: latents with their captions' tokens and truth.

    latents (N, 16, h, w) float16; tokens: N lists; fractions (N, MOST_SUBJECTS, h / 2, w / 2)
    uint8; kinds (N, 2 h, 2 w) uint8, the corpus's at 4 px a cell; groups: per scene, per group
    (subjects, then the place) the token positions.
    """

    latents: NDArray[np.float16]
    tokens: list[list[int]]
    fractions: NDArray[np.uint8]
    kinds: NDArray[np.uint8]
    groups: list[list[tuple[int, ...]]]


def new_transformer() -> ZImageTransformer2DModel:
    """An untrained transformer of the bundled model's shape (about 4.5 million parameters)."""
    return ZImageTransformer2DModel(
        in_channels=16,
        dim=WIDTH,
        n_layers=BLOCKS,
        n_refiner_layers=1,
        n_heads=5,
        n_kv_heads=5,
        cap_feat_dim=WIDTH,
        axes_dims=[8, 12, 12],
        axes_lens=[640, 128, 128],
    )


def new_text_encoder(tokenizer: Qwen2Tokenizer) -> Qwen3Model:
    """An untrained Qwen3 of the bundled model's shape; its last layer stays unused.

    The pipeline reads the hidden states before the last layer.
    """
    config = Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        intermediate_size=2 * WIDTH,
        num_hidden_layers=3,
        num_attention_heads=5,
        num_key_value_heads=5,
        head_dim=32,
        max_position_embeddings=1024,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        initializer_range=0.05,
    )
    return Qwen3Model(config)


def prepare(corpus: Corpus, latents: NDArray[np.float16], tokenizer: Qwen2Tokenizer) -> Latents:
    """Pair latents with their captions' tokens and with the token positions of every phrase."""
    reader = prompt_reader(tokenizer)
    tokens, groups = [], []
    for caption, phrases, place in zip(corpus.captions, corpus.phrases, corpus.places, strict=True):
        tokens.append(tokenizer(reader.text(caption)).input_ids)
        spans = [*phrases, place]
        groups.append([locate(reader, caption, [span]) for span in spans])
    rows, columns = (side // 2 * CELLS for side in latents.shape[2:])
    kinds = [cv2.resize(k, (columns, rows), interpolation=cv2.INTER_NEAREST) for k in corpus.kinds]
    return Latents(latents, tokens, corpus.fractions, np.stack(kinds), groups)


class Losses(NamedTuple):
    """What one batch is judged by: three scalars, not yet weighted."""

    denoising: torch.Tensor
    grounding: torch.Tensor
    silhouettes: torch.Tensor


class Batches:
    """Endless seeded batches, each of one size and one padded text length."""

    def __init__(self, sets: list[Latents], batch: int, seed: int) -> None:
        self._sets = sets
        self._batch = batch
        self._random = np.random.default_rng(seed)
        self._buckets: list[tuple[int, NDArray[np.int64]]] = []
        for index, group in enumerate(sets):
            lengths = np.array([-(-len(tokens) // SEQ_MULTI_OF) for tokens in group.tokens])
            for length in np.unique(lengths):
                members = np.flatnonzero(lengths == length)
                if len(members) >= batch:
                    self._buckets.append((index, members))
        if not self._buckets:
            raise ValueError(f"no size has {batch} scenes with captions of like length")

    def __iter__(self) -> Iterator[tuple[Latents, NDArray[np.int64]]]:
        while True:
            order = []
            for bucket, (_, members) in enumerate(self._buckets):
                shuffled = self._random.permutation(members)
                whole = len(shuffled) // self._batch * self._batch
                order += [(bucket, part) for part in shuffled[:whole].reshape(-1, self._batch)]
            for position in self._random.permutation(len(order)):
                bucket, part = order[position]
                yield self._sets[self._buckets[bucket][0]], part


class PainterTrainer:
    """Transformer, text encoder, their optimisers and their running average."""

    def __init__(
        self,
        tokenizer: Qwen2Tokenizer,
        training: PainterTraining,
        folder: Path,
        device: str = "cpu",
    ) -> None:
        torch.manual_seed(training.seed)
        self.training = training
        self.tokenizer = tokenizer
        self.device = torch.device(device)
        self.transformer = new_transformer()
        self.text_encoder = new_text_encoder(tokenizer)
        if training.start and not training.fresh:
            _take_weights(Path(training.start), self.transformer, self.text_encoder, tokenizer)
        self.both = nn.ModuleDict({"transformer": self.transformer, "text": self.text_encoder})
        self.both.to(self.device)
        self.average = torch.optim.swa_utils.AveragedModel(
            self.both, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(training.average)
        )
        self.probe = GroundingProbe(self.transformer.layers[GROUNDED_BLOCK])
        self.head = SilhouetteHead(self.transformer.layers[NAMING_BLOCK], WIDTH).to(self.device)
        matrices, others = split_parameters(self.transformer, self.text_encoder)
        others += list(self.head.parameters())
        words = self.text_encoder.embed_tokens.weight
        self.muon = BatchedMuon(matrices, lr=training.muon_rate)
        self.adam = AdamW(
            [
                {
                    "params": [parameter for parameter in others if parameter is not words],
                    "factor": 1.0,
                },
                {"params": [words], "factor": training.word_rate},
            ],
            lr=training.rate,
            betas=(0.9, 0.99),
            weight_decay=0.0,
        )
        self.random = torch.Generator(self.device)
        self.seed(training.seed)
        self.checkpoint = Checkpoint(
            folder / "painter.pt",
            {
                "both": self.both,
                "average": self.average,
                "head": self.head,
                "muon": self.muon,
                "adam": self.adam,
            },
        )
        self.empty = tokenizer(prompt_reader(tokenizer).text("")).input_ids

    def seed(self, seed: int) -> None:
        """Seed noise, sigmas, and which captions are left empty."""
        self.random.manual_seed(seed)
        self.choices = np.random.default_rng(seed)

    def _text(self, tokens: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
        """Hidden states (B, L, WIDTH) of all sequences, and their lengths (B,)."""
        longest = max(map(len, tokens))
        padding = self.tokenizer.pad_token_id
        ids = torch.tensor([one + [padding] * (longest - len(one)) for one in tokens])
        lengths = torch.tensor([len(one) for one in tokens])
        ids, lengths = ids.to(self.device), lengths.to(self.device)
        mask = torch.arange(longest, device=self.device)[None] < lengths[:, None]
        hidden = self.text_encoder(
            input_ids=ids, attention_mask=mask, output_hidden_states=True
        ).hidden_states[-2]
        return hidden, lengths

    def losses(self, data: Latents, members: NDArray[np.int64]) -> Losses:
        """Let the painter predict one batch and judge it."""
        picture = torch.from_numpy(data.latents[members]).to(self.device).float()
        count = len(members)
        noise = torch.randn(picture.shape, generator=self.random, device=self.device)
        sigma = torch.randn(count, generator=self.random, device=self.device)
        sigma = torch.sigmoid(sigma * 1.2 + 0.4)
        noisy = torch.lerp(picture, noise, sigma[:, None, None, None])
        tokens = [data.tokens[index] for index in members]
        short = max(map(len, tokens)) <= SEQ_MULTI_OF
        emptied = (
            torch.from_numpy(self.choices.random(count)) < self.training.empty_captions * short
        )
        tokens = [
            self.empty if gone else own for own, gone in zip(tokens, emptied.tolist(), strict=True)
        ]
        with half_precision(self.device.type):
            predicted = denoise(self.transformer, noisy, 1.0 - sigma, *self._text(tokens))
        error = predicted.float() - (picture - noise)
        silhouettes = self.head.loss(torch.from_numpy(data.kinds[members]).to(self.device))
        grounded = self._grounded(data, members, max(map(len, tokens)))
        weight = (1.0 - sigma) * ~emptied.to(self.device)
        return Losses(error.square().mean(), (grounded * weight).mean(), silhouettes.mean())

    def _grounded(self, data: Latents, members: NDArray[np.int64], longest: int) -> torch.Tensor:
        """(B,) grounding losses of the batch that the probe has just seen."""
        groups, present = self._groups(data, members, longest)
        groups, present = groups.to(self.device), present.to(self.device)
        fractions = (
            torch.from_numpy(data.fractions[members]).to(self.device).float().div_(255.0).flatten(2)
        )
        background = (1.0 - fractions.sum(dim=1, keepdim=True)).clamp_min(0.0)
        truth = torch.cat([fractions, background], dim=1).transpose(1, 2)
        shares = self.probe.shares(truth.shape[1], groups)
        return grounding_loss(shares, truth, present)

    @staticmethod
    def _groups(
        data: Latents, members: NDArray[np.int64], longest: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        padded = -(-longest // SEQ_MULTI_OF) * SEQ_MULTI_OF
        groups = torch.zeros(len(members), padded, GROUPS)
        for row, index in enumerate(members):
            *subjects, place = data.groups[index]
            for column, positions in enumerate(subjects):
                groups[row, list(positions), column] = 1.0
            groups[row, list(place), GROUPS - 1] = 1.0
        return groups, groups.amax(dim=1)

    def learn(
        self,
        data: Latents,
        members: NDArray[np.int64],
        factor: float,
    ) -> Losses:
        """Take one step with rates times `factor`; processes share it, each its part of a batch."""
        training = self.training
        for optimizer, rate in ((self.muon, training.muon_rate), (self.adam, training.rate)):
            for group in optimizer.param_groups:
                group["lr"] = rate * factor * group.get("factor", 1.0)
        rank, world = _place_among_processes()
        losses = self.losses(data, members[rank::world])
        self.muon.zero_grad(set_to_none=True)
        self.adam.zero_grad(set_to_none=True)
        (
            losses.denoising
            + training.grounding * losses.grounding
            + training.silhouettes * losses.silhouettes
        ).backward()
        parameters = [*self.both.parameters(), *self.head.parameters()]
        _average_gradients(parameters, world)
        nn.utils.clip_grad_norm_(parameters, 1.0)
        self.muon.step()
        self.adam.step()
        self.average.update_parameters(self.both)
        return Losses(*(one.detach() for one in losses))

    def _factor(self, step: int) -> float:
        """Constant rates after a short warm-up, then linearly to zero."""
        left = (self.training.steps - step) / max(self.training.decay_steps, 1)
        return min(1.0, (step + 1) / WARM_UP_STEPS, left)

    def train(
        self,
        small: list[Latents],
        large: list[Latents],
        on_step: OnStep | None = None,
    ) -> None:
        """Run to `training.steps`, from the checkpoint if there is one."""
        training = self.training
        start = self.checkpoint.load()
        rank, world = _place_among_processes()
        self.seed((training.seed + start) * world + rank)
        small_batches: Iterator[tuple[Latents, NDArray[np.int64]]] = iter(())
        if start < training.small_steps or training.small_share:
            small_batches = iter(Batches(small, training.small_batch, training.seed + start))
        large_batches = iter(Batches(large, training.batch, training.seed + start))
        chances = np.random.default_rng(training.seed + start)  # the same in every process
        for step in range(start, training.steps):
            small_step = step < training.small_steps or chances.random() < training.small_share
            data, members = next(small_batches if small_step else large_batches)
            losses = self.learn(data, members, self._factor(step))
            if on_step and rank == 0:
                on_step(step + 1, training.steps, *map(float, losses))
            if rank == 0:
                self.checkpoint.save_when_due(step + 1, training.steps)


def _place_among_processes() -> tuple[int, int]:
    """This process's rank and how many share the work; (0, 1) outside of `torchrun`."""
    if not distributed.is_initialized():
        return 0, 1
    return distributed.get_rank(), distributed.get_world_size()


def _average_gradients(parameters: list[nn.Parameter], world: int) -> None:
    """Make the gradients the mean over all processes.

    One process a core beats threads for matrices as small as these, which mostly wait.
    """
    if world == 1:
        return
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    together = torch.cat([gradient.flatten() for gradient in gradients])
    distributed.all_reduce(together)
    together /= world
    parts = together.split([gradient.numel() for gradient in gradients])
    for gradient, part in zip(gradients, parts, strict=True):
        gradient.copy_(part.view_as(gradient))


def _take_weights(
    pipeline: Path, transformer: nn.Module, text_encoder: nn.Module, tokenizer: Qwen2Tokenizer
) -> None:
    trained = ZImageTransformer2DModel.from_pretrained(
        pipeline / "transformer", trust_remote_code=False
    )
    # blocks that the trained one lacks begin without effect
    transformer.load_state_dict({**transformer.state_dict(), **trained.state_dict()})
    for block in transformer.layers[len(trained.layers) :]:
        nn.init.zeros_(block.attention_norm2.weight)
        nn.init.zeros_(block.ffn_norm2.weight)
    spoken = Qwen3Model.from_pretrained(
        pipeline / "text_encoder", dtype=torch.float32, trust_remote_code=False
    ).state_dict()
    spelt = Qwen2Tokenizer.from_pretrained(pipeline / "tokenizer", trust_remote_code=False)
    embeddings = spoken["embed_tokens.weight"]
    spoken["embed_tokens.weight"] = embeddings_for(tokenizer, spelt, embeddings)
    text_encoder.load_state_dict(spoken)


def split_parameters(
    transformer: nn.Module, text_encoder: nn.Module
) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """Matrices inside the transformer's blocks (Muon's), and everything else (AdamW's)."""
    matrices: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for name, parameter in transformer.named_parameters():
        inside = name.startswith(("layers.", "noise_refiner.", "context_refiner."))
        modulation = "adaLN" in name
        (matrices if inside and parameter.ndim == 2 and not modulation else others).append(
            parameter
        )
    others += list(text_encoder.parameters())
    return matrices, others
