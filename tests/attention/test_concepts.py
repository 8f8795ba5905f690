"""Words that the prompt lacks: their rows see the picture, and the picture does not see them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from multiplane.attention.capture import CapturePlan, Concept, TokenGroup, capture_attention
from multiplane.attention.phrases import locate
from multiplane.contract.errors import InputError
from multiplane.models.families.z_image import ZImageLayout, prompt_reader
from tests.attention.reference import LONG, paint, recording

EXACT = 1e-5
GROUPS = (TokenGroup("one", (4,)), TokenGroup("two", (5, 7, 8)))
CONCEPTS = (Concept("shield", "a blue shield"), Concept("fox", "fox"))
IMAGE = 64  # tokens of 64 x 64 px, and no padding


def plan(**more: Any) -> CapturePlan:
    settings = {"blocks": (1,), "hops": 1, "max_steps": 1, "sigma_low": 0.99, "concepts": CONCEPTS}
    return CapturePlan(GROUPS, **{**settings, **more})


def first_inputs(pipeline: Any, prompt: str) -> dict[int, tuple[Any, ...]]:
    """What every block was called with in the first step of painting `prompt`."""
    found: dict[int, tuple[Any, ...]] = {}
    hooks = [
        layer.register_forward_pre_hook(
            lambda module, args, index=index: found.setdefault(index, args) and None
        )
        for index, layer in enumerate(pipeline.transformer.layers)
    ]
    try:
        paint(pipeline, prompt)
    finally:
        for hook in hooks:
            hook.remove()
    return found


def rows_of(pipeline: Any, text: str) -> tuple[torch.Tensor, torch.Tensor]:
    """The hidden rows and places of a text's words as they come into the first block."""
    found = locate(prompt_reader(pipeline.tokenizer), text, [(0, len(text))])
    positions = [IMAGE + place for place in found]
    hidden, _, freqs, *_ = first_inputs(pipeline, text)[0]
    return hidden[:, positions], freqs[:, positions]


def test_maps_are_what_the_rows_would_get_among_the_others(pipeline: Any) -> None:
    """By the model's own blocks, run on the image's tokens with the rows behind them."""
    with capture_attention(pipeline, plan()) as captured:
        paint(pipeline, LONG)
    found = captured.result()
    assert found.names == ("one", "two", "shield", "fox")

    inputs = first_inputs(pipeline, LONG)
    parts = [rows_of(pipeline, concept.text) for concept in CONCEPTS]
    counts = [part.shape[1] for part, _ in parts]
    rows, freqs = (torch.cat(same, dim=1) for same in zip(*parts, strict=True))
    with torch.no_grad():
        hidden, _, places, time, *_ = inputs[0]
        unified = torch.cat([hidden[:, :IMAGE], rows], dim=1)
        places_with = torch.cat([places[:, :IMAGE], freqs], dim=1)
        rows = pipeline.transformer.layers[0](unified, None, places_with, time)[:, IMAGE:]
        with recording() as record:
            hidden, _, places, time, *_ = inputs[1]
            unified = torch.cat([hidden, rows], dim=1)
            pipeline.transformer.layers[1](unified, None, torch.cat([places, freqs], dim=1), time)
    query, key, _ = record.calls[0]
    logits = torch.einsum("bqhd,bkhd->bhqk", query.double(), key.double()) / query.shape[-1] ** 0.5
    full = logits.softmax(-1)[0].mean(0)
    hop = logits[..., :IMAGE, :IMAGE].softmax(-1)[0].mean(0)
    start = hidden.shape[1]
    for index, count in enumerate(counts):
        columns = slice(start, start + count)
        towards = full[:IMAGE, columns].sum(-1)
        back = full[columns, :IMAGE].sum(0)
        start += count
        for name, wanted in (
            ("image_to_text", towards),
            ("text_to_image", back),
            ("propagated", hop @ towards),
        ):
            got = getattr(found, name)[len(GROUPS) + index].ravel()
            assert np.abs(got - wanted.numpy()).max() < EXACT, name


@pytest.mark.parametrize("guidance", [0.0, 3.0])
def test_neither_picture_nor_phrases_notice_them(pipeline: Any, guidance: float) -> None:
    options = {"guidance_scale": guidance}
    plain = paint(pipeline, LONG, **options)
    with capture_attention(pipeline, plan(concepts=())) as without:
        paint(pipeline, LONG, **options)
    with capture_attention(pipeline, plan()) as captured:
        seen = paint(pipeline, LONG, **options)
    assert (seen == plain).all()
    for name in ("image_to_text", "text_to_image", "propagated"):
        before, after = getattr(without.result(), name), getattr(captured.result(), name)
        assert (after[: len(GROUPS)] == before).all()
        assert (after[len(GROUPS) :] > 0).all()


def test_concepts_alone_are_enough(pipeline: Any) -> None:
    alone = CapturePlan((), blocks=(0, 2), concepts=CONCEPTS)
    with capture_attention(pipeline, alone) as captured:
        paint(pipeline, LONG)
    assert captured.result().names == ("shield", "fox")
    assert captured.result().propagated.shape[0] == 2


def test_every_picture_of_a_batch_has_rows_of_its_own(pipeline: Any) -> None:
    with capture_attention(pipeline, plan()) as captured:
        paint(pipeline, [LONG, LONG.replace("dragon", "castle")])
    one, other = captured.results()
    with capture_attention(pipeline, plan()) as captured:
        paint(pipeline, LONG)
    assert one.names == other.names == captured.result().names
    assert not np.allclose(one.image_to_text[2:], other.image_to_text[2:], rtol=1e-3)


def test_a_family_without_rows_says_so(pipeline: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ZImageLayout, "concepts", lambda *args: None)
    with pytest.raises(InputError) as caught, capture_attention(pipeline, plan()):
        pass
    assert caught.value.code == "attention.concepts_unsupported"
    assert caught.value.value == "a blue shield"
