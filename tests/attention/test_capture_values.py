"""Captured maps are the model's own attention, exactly."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from multiplane.attention.capture import CapturePlan, Concept, TokenGroup, capture_attention
from multiplane.contract.errors import InputError
from multiplane.models.families.layout import AttentionPoint
from multiplane.models.families.z_image import ZImageLayout
from tests.attention import reference
from tests.attention.reference import LONG, SHORT, paint, recording

EXACT = 1e-5
GROUPS = (TokenGroup("one", (4,)), TokenGroup("two", (5, 7, 8)))


def padded(length: int) -> int:
    return (length + 31) // 32 * 32


@pytest.mark.parametrize("guidance", [0.0, 3.0], ids=["plain", "guided"])
@pytest.mark.parametrize("prompt", [LONG, [LONG, SHORT]], ids=["one", "two"])
@pytest.mark.parametrize("size", [(64, 64), (72, 40), (40, 136)], ids=["64x64", "72x40", "40x136"])
def test_every_block_and_step_equals_the_full_softmax(
    pipeline: Any, size: tuple[int, int], prompt: str | list[str], guidance: float
) -> None:
    width, height = size
    options = {"width": width, "height": height, "guidance_scale": guidance}
    with recording() as record:
        paint(pipeline, prompt, **options)
    plan = CapturePlan(
        GROUPS, blocks=(0, 1, 2), hops=2, sharpness=1.5, max_steps=None, keep_each=True
    )
    with capture_attention(pipeline, plan) as maps:
        paint(pipeline, prompt, **options)

    assert maps.pictures == (2 if isinstance(prompt, list) else 1)
    grid = (height // 8, width // 8)
    image = grid[0] * grid[1]
    for picture, result in enumerate(maps.results()):
        assert result.grid == grid
        assert [block for block, _ in result.captured] == [0, 1, 2] * 4
        for index, moment in enumerate(result.each):
            step, block = divmod(index, 3)
            full = record.probabilities(step, block)
            sharp = record.probabilities(step, block, sharpness=1.5)
            hop = reference.image_to_image(sharp, picture, image)
            for number, group in enumerate(GROUPS):
                text = [padded(image) + token for token in group.token_indices]
                towards = reference.image_to_text(full, picture, image, text)
                back = reference.text_to_image(full, picture, image, text)
                for name, wanted in (
                    ("image_to_text", towards),
                    ("text_to_image", back),
                    ("propagated", hop @ (hop @ towards)),
                ):
                    captured = getattr(moment, name)[number].reshape(-1)
                    assert np.abs(captured - wanted.numpy()).max() < EXACT, name
                assert float(towards.max() - towards.min()) > 100 * EXACT
    if isinstance(prompt, list):
        assert np.abs(maps.result(0).propagated - maps.result(1).propagated).max() > 100 * EXACT


def test_the_batch_is_really_masked_and_the_text_really_padded(pipeline: Any) -> None:
    with recording() as record:
        paint(pipeline, [LONG, SHORT], width=72, height=40)
    mask = record.calls[2][2]
    assert mask is not None
    assert mask.sum(-1).flatten().tolist() == [64 + 64, 64 + 32]


def test_averages_are_over_blocks_and_steps(pipeline: Any) -> None:
    plan = CapturePlan(GROUPS, blocks=(0, 2), hops=1, max_steps=None, keep_each=True)
    with capture_attention(pipeline, plan) as maps:
        paint(pipeline)
    result = maps.result()
    assert len(result.each) == 8
    for name in ("image_to_text", "text_to_image", "propagated"):
        mean = np.mean([getattr(one, name) for one in result.each], axis=0)
        np.testing.assert_allclose(getattr(result, name), mean, atol=1e-6)


def test_each_picture_of_a_batch_can_have_its_own_phrases(pipeline: Any) -> None:
    own = ((TokenGroup("knight", (9,)), TokenGroup("dragon", (12,))), (TokenGroup("fox", (4,)),))
    with capture_attention(pipeline, CapturePlan(GROUPS, (1,), groups_by_picture=own)) as maps:
        paint(pipeline, [LONG, SHORT], guidance_scale=2.0)
    assert [result.names for result in maps.results()] == [("knight", "dragon"), ("fox",)]
    with capture_attention(pipeline, CapturePlan(own[1], (1,))) as alone:
        paint(pipeline, [LONG, SHORT], guidance_scale=2.0)
    np.testing.assert_allclose(
        maps.result(1).image_to_text, alone.result(1).image_to_text, atol=1e-7
    )


def test_several_pictures_of_one_prompt(pipeline: Any) -> None:
    with capture_attention(pipeline, CapturePlan(GROUPS, (1,))) as maps:
        paint(pipeline, num_images_per_prompt=3, guidance_scale=2.0)
    assert maps.pictures == 3


def test_more_phrases_than_a_head_is_wide(pipeline: Any) -> None:
    many = tuple(TokenGroup(f"{index}", (index,)) for index in range(21))
    with capture_attention(pipeline, CapturePlan(many, (1,), hops=1)) as maps:
        paint(pipeline)
    with capture_attention(pipeline, CapturePlan(many[18:20], (1,), hops=1)) as few:
        paint(pipeline)
    assert maps.result().image_to_text.shape == (21, 8, 8)
    np.testing.assert_allclose(maps.result().propagated[18:20], few.result().propagated, atol=1e-7)


def test_guidance_that_ends_early_counts_every_picture(pipeline: Any) -> None:
    """Past `cfg_truncation` the pipeline makes plain passes: nothing must be cut in half."""
    plan = CapturePlan(GROUPS, blocks=(1,), max_steps=None, keep_each=True)
    options: dict[str, Any] = {"guidance_scale": 3.0, "cfg_truncation": 0.2}
    with recording() as record:
        paint(pipeline, [LONG, SHORT], **options)
    batches = [record.calls[step * 5 + 3][0].shape[0] for step in range(4)]
    assert set(batches) == {2, 4}
    with capture_attention(pipeline, plan) as maps:
        paint(pipeline, [LONG, SHORT], **options)
    assert maps.pictures == 2
    for picture, result in enumerate(maps.results()):
        for step, moment in enumerate(result.each):
            full = record.probabilities(step, 1)
            wanted = reference.image_to_text(full, picture, 64, [64 + 4])
            assert np.abs(moment.image_to_text[0].reshape(-1) - wanted.numpy()).max() < EXACT


def test_one_pass_outside_a_loop_is_captured_whatever_its_sigma(pipeline: Any) -> None:
    words, _ = pipeline.encode_prompt(SHORT, do_classifier_free_guidance=False)
    latent = torch.randn(4, 1, 10, 18, generator=torch.Generator().manual_seed(1))
    plan = CapturePlan((TokenGroup("fox", (4,)),), (2,), sigma_low=0.8, sigma_high=0.9)
    paint(pipeline, guidance_scale=3.0)  # leaves a finished schedule and a guidance scale behind
    with torch.no_grad(), recording() as record, capture_attention(pipeline, plan) as maps:
        for _ in range(2):
            pipeline.transformer(x=[latent], t=torch.tensor([0.5]), cap_feats=words)
    result = maps.result()
    assert result.captured == ((2, 0.5), (2, 0.5))
    wanted = reference.image_to_text(record.probabilities(0, 2), 0, 45, [64 + 4])
    assert np.abs(result.image_to_text[0].reshape(-1) - wanted.numpy()).max() < EXACT


@pytest.mark.parametrize(
    ("low", "high", "most", "steps"),
    [(0.0, 1.0, None, 4), (0.0, 1.0, 2, 2), (0.6, 0.8, None, 1), (0.001, 0.002, None, 1)],
)
def test_the_plan_chooses_steps_by_noise(
    pipeline: Any, low: float, high: float, most: int | None, steps: int
) -> None:
    plan = CapturePlan(GROUPS, (0,), sigma_low=low, sigma_high=high, max_steps=most)
    with capture_attention(pipeline, plan) as maps:
        paint(pipeline)
    sigmas = [sigma for _, sigma in maps.result().captured]
    assert len(sigmas) == steps
    if most is None and steps == 1 and low > 0.5:
        assert low <= sigmas[0] <= high
    if high < 0.01:
        assert sigmas == [pytest.approx(float(pipeline.scheduler.sigmas[-2]), abs=1e-5)]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
def test_half_precision_stays_close(pipeline: Any, dtype: torch.dtype) -> None:
    """Queries and keys as the model has them, only rounded: what remains is the kernel's error."""
    from multiplane.attention.maps import _attend

    with recording() as record:
        paint(pipeline)
    query, key, _ = record.calls[3]
    q, k = (one[0, :64].transpose(0, 1).to(dtype) for one in (query, key))
    columns = torch.full((64, 2), 1e-6) * torch.rand(64, 2)
    found = _attend(q, k, columns, 0.25)
    logits = q.double() @ k.double().transpose(1, 2) * 0.25
    wanted = logits.softmax(-1).mean(0) @ columns.double()
    assert float(((found - wanted) / wanted).abs().max()) < 0.02


def test_attention_heard_at_torch_itself_is_the_same(pipeline: Any) -> None:
    """Where processors call torch's attention, heads come before tokens."""

    class AtTorch(ZImageLayout):
        attention = AttentionPoint(
            "torch.nn.functional", "scaled_dot_product_attention", heads_first=True
        )

    original = torch.nn.functional.scaled_dot_product_attention
    plan = CapturePlan(GROUPS, blocks=(0, 2), hops=1)
    with (
        capture_attention(pipeline, plan, layout=AtTorch()) as at_torch,
        capture_attention(pipeline, plan) as at_diffusers,
    ):
        paint(pipeline)
    assert torch.nn.functional.scaled_dot_product_attention is original
    for name in ("image_to_text", "text_to_image", "propagated"):
        np.testing.assert_array_equal(
            getattr(at_torch.result(), name), getattr(at_diffusers.result(), name)
        )


def test_weights_of_heads_equal_the_full_softmax(pipeline: Any) -> None:
    """In attention to words and from them; what propagates maps is all heads' mean still."""
    with recording() as record:
        paint(pipeline, LONG)
    count = record.probabilities(0, 1).shape[1]
    weights = (3.0, *[0.0] * (count - 2), 1.0)
    plan = CapturePlan(
        GROUPS, blocks=(0, 1), hops=1, max_steps=None, keep_each=True, head_weights=((1, weights),)
    )
    with capture_attention(pipeline, plan) as maps:
        paint(pipeline, LONG)
    assert maps.heads == {0: count, 1: count}
    for index, moment in enumerate(maps.result().each):
        step, block = divmod(index, 2)
        full = record.probabilities(step, block)
        hop = reference.image_to_image(full, 0, 64)
        if block == 1:
            counted = torch.tensor(weights, dtype=full.dtype) / 4.0
            full = torch.einsum("h,bhnm->bnm", counted, full)[:, None]
        for number, group in enumerate(GROUPS):
            text = [padded(64) + token for token in group.token_indices]
            towards = reference.image_to_text(full, 0, 64, text)
            back = reference.text_to_image(full, 0, 64, text)
            for name, wanted in (
                ("image_to_text", towards),
                ("text_to_image", back),
                ("propagated", hop @ towards),
            ):
                captured = getattr(moment, name)[number].reshape(-1)
                assert np.abs(captured - wanted.numpy()).max() < EXACT, (name, block)


def test_heads_that_all_count_alike_are_their_mean(pipeline: Any) -> None:
    plan = CapturePlan(GROUPS, blocks=(1,), concepts=(Concept("cat", "a cat"),))
    with capture_attention(pipeline, plan) as plain:
        paint(pipeline, LONG)
    alike = replace(plan, head_weights=((1, (2.0,) * plain.heads[1]),))
    one = replace(plan, head_weights=((1, (1.0, *[0.0] * (plain.heads[1] - 1))),))
    with capture_attention(pipeline, alike) as same, capture_attention(pipeline, one) as other:
        paint(pipeline, LONG)
    for name in ("image_to_text", "text_to_image"):
        mean, again, first = (
            getattr(maps.result(), name) for maps in (plain, same, other)
        )  # fmt: skip
        np.testing.assert_allclose(mean, again, rtol=1e-4, atol=1e-7)
        assert (np.abs(mean - first).max(axis=(1, 2)) > EXACT).all(), "of the concept too"


def test_weights_for_another_number_of_heads_are_refused(pipeline: Any) -> None:
    plan = CapturePlan(GROUPS, blocks=(1,), head_weights=((1, (1.0,) * 50),))
    with pytest.raises(InputError) as caught, capture_attention(pipeline, plan):
        paint(pipeline, LONG)
    assert (caught.value.code, caught.value.field) == ("attention.plan_invalid", "head_weights")
