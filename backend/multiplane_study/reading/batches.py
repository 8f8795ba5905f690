"""Batches of pictures with fresh words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from diffusers.models.transformers.transformer_z_image import SEQ_MULTI_OF
from transformers import Qwen2Tokenizer

from multiplane.attention.words import content_characters
from multiplane.models.families.z_image import prompt_reader
from multiplane_study.artwork.catalogue import Catalogue
from multiplane_study.reading.captions import Asked, Captioner
from multiplane_study.reading.shards import Shard, shown_of

LONG = 0.25
"""Of the batches whose texts fill two paddings: many words for what is not there."""


@dataclass(frozen=True)
class Batch:
    """latents (B, 16, h, w); ids (B, L) and lengths (B,); groups (B, padded L, G) 1 where a token
    belongs to a group, the background's last; truth (B, N, G) shares of every token's area;
    present (B, G) 1 for a group that has tokens; covers (B, N, K) shares of drawings; concepts
    (B, K) which concept each shows, -1 for none.
    """

    latents: torch.Tensor
    ids: torch.Tensor
    lengths: torch.Tensor
    groups: torch.Tensor
    truth: torch.Tensor
    present: torch.Tensor
    covers: torch.Tensor
    concepts: torch.Tensor

    def to(self, device: torch.device) -> Batch:
        """The same on a device."""
        return Batch(*(getattr(self, field.name).to(device) for field in fields(self)))


class Words:
    """Captions as tokens, with the tokens of every phrase."""

    def __init__(self, tokenizer: Qwen2Tokenizer) -> None:
        self.tokenizer = tokenizer
        before, after = prompt_reader(tokenizer).text("\x00").split("\x00")
        self._before, self._after = before, after
        self.template = len(tokenizer(before + after).input_ids)

    def read(self, asked: Asked) -> tuple[list[int], list[list[int]]]:
        """Token ids of the whole text, and per group the positions of its content words."""
        text = self._before + asked.text + self._after
        encoded = self.tokenizer(text, return_offsets_mapping=True)
        start = len(self._before)
        found: list[list[int]] = []
        for span in asked.spans:
            wanted = {start + index for index in content_characters(asked.text, span)}
            found.append(
                [
                    position
                    for position, (first, last) in enumerate(encoded["offset_mapping"])
                    if not wanted.isdisjoint(range(first, last))
                ]
            )
        return list(encoded["input_ids"]), found


class Batches:
    """Draws batches from the shards of each size."""

    def __init__(self, catalogue: Catalogue, tokenizer: Qwen2Tokenizer) -> None:
        self.words = Words(tokenizer)
        self.captioner = Captioner(catalogue)
        self.padding = tokenizer.pad_token_id
        self.catalogue = catalogue
        self._named = {name: found for found in catalogue.concepts for name in found.names}

    def batch(self, rng: np.random.Generator, shards: Sequence[Shard], count: int) -> Batch:
        """`count` pictures out of shards of one size, all texts padded to one length."""
        long = rng.random() < LONG
        low, high = (SEQ_MULTI_OF + 1, 2 * SEQ_MULTI_OF) if long else (1, SEQ_MULTI_OF)
        chosen: list[tuple[Shard, int, list[int], list[list[int]], Asked]] = []
        while len(chosen) < count:
            shard = shards[int(rng.integers(len(shards)))]
            index = int(rng.integers(len(shard.said)))
            room = high - self.words.template
            for _ in range(4):
                most = max(0, room // 3 - 3)
                some = int(rng.integers(most // 2, most + 1)) if long else 0
                if not long and rng.random() < 0.35:
                    some = int(rng.integers(0, most + 1))
                asked = self._asked(rng, shard.said[index], some)
                ids, groups = self.words.read(asked)
                if low <= len(ids) <= high:
                    chosen.append((shard, index, ids, groups, asked))
                    break
        return self._together(chosen, high)

    def _asked(self, rng: np.random.Generator, said: dict[str, Any], absent: int) -> Asked:
        if "shown" in said:
            return self.captioner.caption(rng, shown_of(said), absent)
        spans: dict[tuple[int, int], list[int]] = {}
        for k, span in enumerate(said["phrases"]):
            spans.setdefault((span[0], span[1]), []).append(k)
        text = said["caption"]
        further: list[tuple[int, int]] = []
        for _ in range(absent):
            words = self.captioner.name(rng, int(rng.integers(len(self.catalogue.concepts))))
            if self._clashes(words, said):
                continue
            text += ", "
            further.append((len(text), len(text) + len(words)))
            text += words
        place = (said["place"][0], said["place"][1])
        members = [tuple(found) for found in spans.values()] + [()] * len(further)
        return Asked(text, (*spans, *further, place), (*members, ()))

    def _clashes(self, words: str, said: dict[str, Any]) -> bool:
        """Whether words may name what the caption names otherwise, or are kept back."""
        there = set(said["caption"].lower().replace(",", " ").split())
        there |= {word[:-1] for word in there if word.endswith("s")}
        concept = self._named.get(words)
        if concept is None or concept.unseen:
            return True
        names = {word for name in concept.names for word in name.split()} | {concept.family}
        return not there.isdisjoint(names)

    def _together(
        self, chosen: list[tuple[Shard, int, list[int], list[list[int]], Asked]], padded: int
    ) -> Batch:
        count = len(chosen)
        longest = max(len(ids) for _, _, ids, _, _ in chosen)
        most = max(len(groups) for _, _, _, groups, _ in chosen)
        covers = np.stack([shard.covers[index] for shard, index, *_ in chosen]).astype(np.float32)
        covers = covers.reshape(*covers.shape[:2], -1) / np.float32(255.0)  # (B, K, N)
        ids_of = np.full((count, longest), self.padding, np.int64)
        groups_of = np.zeros((count, padded, most), np.float32)
        truth = np.zeros((count, covers.shape[2], most), np.float32)
        concepts = np.full((count, covers.shape[1]), -1, np.int64)
        for row, (shard, index, ids, groups, asked) in enumerate(chosen):
            ids_of[row, : len(ids)] = ids
            columns = [*range(len(groups) - 1), most - 1]
            for column, positions, members in zip(columns, groups, asked.members, strict=True):
                groups_of[row, positions, column] = 1.0
                for k in members:
                    truth[row, :, column] += covers[row, k]
            said = shard.said[index]
            own = said["concepts"] if "concepts" in said else [shown[0] for shown in said["shown"]]
            concepts[row, : len(own)] = own
        truth[..., -1] = np.clip(1.0 - truth[..., :-1].sum(axis=2), 0.0, 1.0)
        truth /= truth.sum(axis=2, keepdims=True)
        groups_tensor = torch.from_numpy(groups_of)
        latents = np.stack([shard.latents[index] for shard, index, *_ in chosen]).astype(np.float32)
        return Batch(
            torch.from_numpy(latents),
            torch.from_numpy(ids_of),
            torch.tensor([len(ids) for _, _, ids, _, _ in chosen]),
            groups_tensor,
            torch.from_numpy(truth),
            groups_tensor.amax(dim=1),
            torch.from_numpy(covers).transpose(1, 2),
            torch.from_numpy(concepts),
        )
