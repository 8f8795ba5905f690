"""A capture changes nothing and leaves nothing behind."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
import torch
from diffusers.models.transformers import transformer_z_image

from multiplane.attention import tap
from multiplane.attention.capture import CapturePlan, TokenGroup, capture_attention
from multiplane.contract.errors import Failure, InputError
from tests.attention.reference import LONG, SHORT, paint
from tests.tiny_models import tiny_pipeline

PLAN = CapturePlan((TokenGroup("word", (4,)),), blocks=(0, 1, 2), hops=1, max_steps=None)
ORIGINAL = transformer_z_image.dispatch_attention_fn


def assert_clean(pipeline: Any) -> None:
    assert transformer_z_image.dispatch_attention_fn is ORIGINAL
    assert not tap._taps
    assert not tap._listening.by_owner
    assert not tap._listening.replaced
    for module in (pipeline.transformer, *pipeline.transformer.layers):
        assert not module._forward_pre_hooks
        assert not module._forward_hooks
        assert not module._forward_hooks_always_called


@pytest.mark.parametrize("guidance", [0.0, 3.0])
@pytest.mark.parametrize("prompt", [LONG, [LONG, SHORT]], ids=["one", "two"])
def test_the_picture_is_bit_identical(
    pipeline: Any, prompt: str | list[str], guidance: float
) -> None:
    plain = paint(pipeline, prompt, width=72, guidance_scale=guidance)
    with capture_attention(pipeline, PLAN) as maps:
        captured = paint(pipeline, prompt, width=72, guidance_scale=guidance)
    assert maps.result().captured
    assert np.array_equal(plain, captured)
    assert np.ptp(plain) > 0.1
    assert_clean(pipeline)


def test_everything_is_restored_after_an_exception_between_steps(pipeline: Any) -> None:
    def stop(*_: Any) -> dict[str, Any]:
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"), capture_attention(pipeline, PLAN):
        paint(pipeline, callback_on_step_end=stop)
    assert_clean(pipeline)


def test_everything_is_restored_after_an_exception_inside_a_block(pipeline: Any) -> None:
    def stop(*_: Any) -> None:
        raise RuntimeError("stopped")

    hook = pipeline.transformer.layers[1].attention.to_q.register_forward_pre_hook(stop)
    try:
        with pytest.raises(RuntimeError, match="stopped"), capture_attention(pipeline, PLAN) as m:
            paint(pipeline)
    finally:
        hook.remove()
    assert_clean(pipeline)
    assert [block for block, _ in m.result().captured] == [0]


def test_a_call_that_fails_does_not_end_the_capture(pipeline: Any) -> None:
    def stop(*_: Any) -> dict[str, Any]:
        raise RuntimeError("stopped")

    with capture_attention(pipeline, PLAN) as maps:
        with pytest.raises(RuntimeError, match="stopped"):
            paint(pipeline, callback_on_step_end=stop)
        paint(pipeline)
    assert len(maps.result().captured) == 3 * (1 + 4)


def test_captures_can_be_nested(pipeline: Any) -> None:
    inner_plan = CapturePlan((TokenGroup("other", (6,)),), blocks=(1,))
    with capture_attention(pipeline, PLAN) as alone:
        paint(pipeline)
    with capture_attention(pipeline, PLAN) as outer:
        with capture_attention(pipeline, inner_plan) as inner:
            paint(pipeline)
        assert transformer_z_image.dispatch_attention_fn is not ORIGINAL
    assert np.array_equal(outer.result().propagated, alone.result().propagated)
    assert inner.result().names == ("other",)
    assert_clean(pipeline)


def test_another_pipeline_is_not_looked_at(pipeline: Any) -> None:
    other = tiny_pipeline(1)
    plain = paint(other)
    with capture_attention(pipeline, PLAN) as maps:
        assert np.array_equal(paint(other), plain)
    with pytest.raises(Failure) as raised:
        maps.result()
    assert raised.value.code == "attention.nothing_captured"


def test_another_thread_paints_undisturbed(pipeline: Any) -> None:
    other = tiny_pipeline(1)
    plain = paint(other, SHORT)
    with capture_attention(pipeline, PLAN) as alone:
        paint(pipeline)
    painted: list[Any] = []
    stop = threading.Event()

    def work() -> None:
        own = CapturePlan((TokenGroup("fox", (4,)),), blocks=(1,))
        while not stop.is_set():
            with capture_attention(other, own) as maps:
                painted.append((paint(other, SHORT), maps))

    thread = threading.Thread(target=work)
    thread.start()
    try:
        for _ in range(3):
            with capture_attention(pipeline, PLAN) as maps:
                paint(pipeline)
            assert np.array_equal(maps.result().propagated, alone.result().propagated)
    finally:
        stop.set()
        thread.join()
    assert painted
    for picture, maps in painted:
        assert np.array_equal(picture, plain)
        assert maps.result().names == ("fox",)
        assert len(maps.result().captured) == 2
    assert_clean(pipeline)


def test_a_replacement_made_meanwhile_is_left_alone(pipeline: Any) -> None:
    try:
        with capture_attention(pipeline, PLAN):
            tapped = transformer_z_image.dispatch_attention_fn

            def other(*args: Any, **kwargs: Any) -> Any:
                return tapped(*args, **kwargs)

            transformer_z_image.dispatch_attention_fn = other
        assert transformer_z_image.dispatch_attention_fn is other
        assert paint(pipeline).shape == (1, 64, 64, 3)
    finally:
        transformer_z_image.dispatch_attention_fn = ORIGINAL


@pytest.mark.parametrize(
    ("groups", "blocks", "code"),
    [
        ((TokenGroup("word", (4,)),), (3,), "attention.block_unknown"),
        ((TokenGroup("word", (500,)),), (0,), "attention.token_out_of_range"),
    ],
)
def test_plans_that_do_not_fit(
    pipeline: Any, groups: tuple[TokenGroup, ...], blocks: tuple[int, ...], code: str
) -> None:
    plan = CapturePlan(groups, blocks)
    with pytest.raises(InputError) as raised, capture_attention(pipeline, plan):
        paint(pipeline)
    assert raised.value.code == code
    assert_clean(pipeline)


def test_pictures_that_cannot_be_averaged(pipeline: Any) -> None:
    with capture_attention(pipeline, PLAN):
        paint(pipeline)
        with pytest.raises(Failure) as raised:
            paint(pipeline, width=72)
    assert raised.value.code == "attention.capture_mixed"
    assert_clean(pipeline)


@pytest.mark.parametrize(
    "wrong",
    [
        {"groups": ()},
        {"groups": (TokenGroup("word", ()),)},
        {"groups": (TokenGroup("word", (-1,)),)},
        {"groups_by_picture": ((),)},
        {"blocks": ()},
        {"blocks": (1, 1)},
        {"blocks": (-1,)},
        {"sigma_low": 0.7, "sigma_high": 0.3},
        {"hops": -1},
        {"sharpness": 0.0},
        {"max_steps": 0},
        {"pictures": 0},
        {"head_weights": ((0, (0.0, 0.0)),)},
        {"head_weights": ((0, (1.0, -1.0)),)},
        {"head_weights": ((0, (1.0, float("nan"))),)},
    ],
)
def test_plans_that_make_no_sense(wrong: dict[str, Any]) -> None:
    good: dict[str, Any] = {"groups": (TokenGroup("word", (4,)),), "blocks": (0,)}
    with pytest.raises(InputError) as raised:
        CapturePlan(**{**good, **wrong})
    assert raised.value.code == "attention.plan_invalid"


def test_gradients_are_left_to_the_caller(pipeline: Any) -> None:
    """A pass with gradients keeps them; the maps have none."""
    words, _ = pipeline.encode_prompt(SHORT, do_classifier_free_guidance=False)
    latent = torch.randn(4, 1, 8, 8, generator=torch.Generator().manual_seed(1))
    latent.requires_grad_()
    with capture_attention(pipeline, PLAN) as maps:
        (out,) = pipeline.transformer(
            [latent], torch.tensor([0.5]), [words[0].detach()], return_dict=False
        )
    out[0].sum().backward()
    assert latent.grad is not None
    assert maps.result().image_to_text.max() > 0
