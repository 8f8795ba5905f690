"""Shared attention is the full softmax over the wider keys, one way, and leaves no trace."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from multiplane.attention import tap
from multiplane.attention.areas import Area, areas_of, resized
from multiplane.attention.capture import CapturePlan, TokenGroup, capture_attention
from multiplane.attention.phrases import locate
from multiplane.attention.sharing import SHARED_FROM, Shared, shared_attention
from multiplane.models.families.family import Beside, Painting, PipelineFamily
from multiplane.models.families.registry import families, family
from tests.family_checks import assert_clean
from tests.models.test_every_family import KINDS, Kind, each_way, pipeline_of
from tests.tiny_models import tiny_pipeline

EXACT = 1e-5
SAME = 1e-4
"""Of pictures in 0..1, what a batch of another size may change."""
SHOT = "a warrior in front of a castle by the sea, and two knights behind a dragon"
MIRA, TOM = "a warrior", "a knight behind a dragon in the forest"
SIZE = (96, 64)
STEPS = 4
Z_IMAGE = Kind("z-image", cache(tiny_pipeline), True, 3.0, text_tokens=64)
ALL = (Z_IMAGE, *KINDS)


def painting(kind: Kind, guided: bool, *beside: Beside, prompt: str = SHOT) -> Painting:
    guidance = kind.guided if guided else (0.0 if kind is Z_IMAGE else 1.0)
    return Painting(
        prompt, SIZE, 7, STEPS, guidance, kind.text_tokens, "np", lambda step: None, beside=beside
    )


def pictures(kind: Kind, wanted: Painting) -> NDArray[np.float32]:
    """All pictures of the batch (B, H, W, 3)."""
    painted: NDArray[np.float32] = pipeline_of(kind)(
        **family(kind.name).arguments(wanted), generator=wanted.noise(), output_type="np"
    ).images
    return painted


def plan_and_members(kind: Kind, *beside: Beside) -> tuple[CapturePlan, list[Shared]]:
    reader = family(kind.name).reader(pipeline_of(kind))
    words = [SHOT.index("warrior"), SHOT.index("knights")]
    members = [
        Shared(
            here=locate(reader, SHOT, [(word, word + 7)]),
            there=locate(reader, one.prompt, [(0, len(one.prompt))]),
        )
        for word, one in zip(words, beside, strict=False)
    ]
    plan = CapturePlan((TokenGroup("warrior", members[0].here),), (1, 2), hops=1, pictures=1)
    return plan, members


ONE = (Beside(MIRA, 11),)
TWO = (Beside(MIRA, 11), Beside(TOM, 12))


@dataclass(frozen=True)
class Call:
    """A block's attention as it was asked for, (B, heads, tokens, size), and what it gave."""

    query: Tensor
    key: Tensor
    value: Tensor
    mask: Tensor | None
    given: Tensor
    areas: tuple[tuple[Area, Area], ...]


@contextmanager
def recorded(known: PipelineFamily) -> Iterator[list[Call]]:
    """Calls that another answer is given to than the model's own."""
    point = known.layout.attention
    module = importlib.import_module(point.module)
    tapped = getattr(module, point.function)
    calls: list[Call] = []

    def attend(query: Tensor, key: Tensor, value: Tensor, *rest: Any, **options: Any) -> Tensor:
        _, replacement = tap._listening.replaced.get(point, (0, None))
        sharing: Any = getattr(replacement, "__self__", None)
        areas = () if sharing is None else sharing._areas
        given: Tensor = tapped(query, key, value, *rest, **options)
        if replacement is not None:
            all_ = (query, key, value, given)
            parts = all_ if point.heads_first else [part.transpose(1, 2) for part in all_]
            query, key, value, out = (part.clone() for part in parts)
            calls.append(Call(query, key, value, options.get("attn_mask"), out, areas))
        return given

    setattr(module, point.function, attend)
    try:
        yield calls
    finally:
        setattr(module, point.function, tapped)


def softmax(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> Tensor:
    """Attention (heads, n, size) of one picture in float64. mask: (n or 1, keys) or None."""
    logits = query.double() @ key.double().transpose(1, 2) / query.shape[-1] ** 0.5
    if mask is not None:
        logits = logits.masked_fill(~mask.bool(), -torch.inf)
    return logits.softmax(-1) @ value.double()


@each_way(ALL)
@pytest.mark.parametrize("beside", [ONE, TWO], ids=["one", "two"])
def test_what_is_shared_is_the_full_softmax_over_the_members_keys_as_well(
    kind: Kind, guided: bool, beside: tuple[Beside, ...]
) -> None:
    pipeline, known = pipeline_of(kind), family(kind.name)
    layout = known.layout
    plan, members = plan_and_members(kind, *beside)
    wanted = painting(kind, guided, *beside)
    alone = [
        pictures(kind, painting(kind, guided))[0],
        *(
            pictures(
                kind,
                Painting(one.prompt, SIZE, one.seed, STEPS, wanted.guidance, kind.text_tokens,
                         "np", lambda step: None),
            )[0]
            for one in beside
        ),
    ]  # fmt: skip
    passes: list[Any] = []
    denoiser = layout.denoiser(pipeline)
    hook = denoiser.register_forward_pre_hook(
        lambda _, args, options: passes.append(layout.read_call(pipeline, args, options)),
        with_kwargs=True,
    )
    try:
        with shared_attention(pipeline, plan, members, begin=0.0), recorded(known) as calls:
            painted = pictures(kind, wanted)
    finally:
        hook.remove()
    assert_clean(pipeline, known)
    blocks = len(layout.blocks(denoiser))
    per_step = len(passes) // STEPS
    # The first step has no places to go by.
    assert len(calls) == blocks * per_step * (STEPS - 1)
    size = 1 + len(beside)
    shared_rows = 0
    for number, call in enumerate(calls):
        made = passes[per_step + number // blocks]
        assert len(call.query) % size == 0
        for item in range(len(call.query)):
            first = item - item % size
            q, k, v = call.query[item], call.key[item], call.value[item]
            own = None if call.mask is None else call.mask[item, 0]
            expected = softmax(q, k, v, own)
            for place, (here, there) in enumerate(call.areas, 1) if item == first else ():
                places = []
                for area, which in ((here, first), (there, first + place)):
                    tokens = made.pictures[which]
                    if layout.crosses:
                        grid = layout.block_grid(tokens, q.shape[1])
                        places.append(np.flatnonzero(resized(area, grid)))
                    else:
                        places.append(tokens.image_start + np.flatnonzero(area))
                rows, seen = places
                keys, values = (
                    torch.cat([mine, whole[first + place][:, seen]], dim=1)
                    for mine, whole in ((k, call.key), (v, call.value))
                )
                mask = None if own is None else torch.cat(
                    [own.bool(), torch.ones(1, len(seen), dtype=torch.bool)], dim=1
                )  # fmt: skip
                looking = softmax(q[:, rows], keys, values, mask)
                if len(rows) and len(seen):
                    shared_rows += len(rows)
                    assert (looking - expected[:, rows]).abs().max() > 10 * EXACT
                expected[:, rows] = looking
            assert (call.given[item].double() - expected).abs().max() < EXACT
    assert shared_rows > 0
    # One way alone: who is painted beside is what they are alone, and the shot is not.
    for own, single in zip(painted[1:], alone[1:], strict=True):
        np.testing.assert_allclose(own, single, atol=SAME)
    assert np.abs(painted[0] - alone[0]).max() > SAME


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.label)
def test_the_first_picture_of_the_batch_is_given_and_without_sharing_it_is_its_own(
    kind: Kind,
) -> None:
    known, pipeline = family(kind.name), pipeline_of(kind)
    assert known.paints_beside
    among = known.paint(pipeline, painting(kind, True, *ONE))
    alone = known.paint(pipeline, painting(kind, True))
    assert among.shape == alone.shape == (1, SIZE[1], SIZE[0], 3)
    np.testing.assert_allclose(among, alone, atol=SAME)
    with shared_attention(pipeline, plan_and_members(kind, *ONE)[0], ()):
        again = known.paint(pipeline, painting(kind, True))
    np.testing.assert_array_equal(again, alone)


def test_every_family_of_our_own_is_tried() -> None:
    assert {kind.name for kind in ALL} == set(families()) - {"qwen-image-edit"}


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.label)
def test_a_capture_hears_the_shot_alone_and_changes_nothing(kind: Kind) -> None:
    known, pipeline = family(kind.name), pipeline_of(kind)
    plan, members = plan_and_members(kind, *ONE)
    wanted = painting(kind, True, *ONE)
    with shared_attention(pipeline, plan, members):
        shared = known.paint(pipeline, wanted)
    with capture_attention(pipeline, plan) as maps, shared_attention(pipeline, plan, members):
        captured = known.paint(pipeline, wanted)
    np.testing.assert_array_equal(captured, shared)
    assert maps.pictures == 1
    assert maps.result().names == ("warrior",)
    assert maps.result().image_to_text.max() > 0
    assert_clean(pipeline, known)


def test_nothing_is_shared_in_the_first_steps() -> None:
    known, pipeline = family("z-image"), pipeline_of(Z_IMAGE)
    plan, members = plan_and_members(Z_IMAGE, *ONE)
    for begin, shared_steps in ((SHARED_FROM, 3), (0.5, 2), (0.75, 1), (1.0, 0)):
        with shared_attention(pipeline, plan, members, begin=begin), recorded(known) as calls:
            known.paint(pipeline, painting(Z_IMAGE, True, *ONE))
        assert len(calls) == 3 * shared_steps


def test_everything_is_restored_after_an_exception() -> None:
    known, pipeline = family("z-image"), pipeline_of(Z_IMAGE)
    plan, members = plan_and_members(Z_IMAGE, *ONE)

    def stop(*_: Any) -> None:
        if tap._listening.replaced:
            raise RuntimeError("stopped")

    hook = pipeline.transformer.layers[1].attention.to_q.register_forward_pre_hook(stop)
    try:
        with (
            pytest.raises(RuntimeError, match="stopped"),
            shared_attention(pipeline, plan, members),
        ):
            known.paint(pipeline, painting(Z_IMAGE, True, *ONE))
    finally:
        hook.remove()
    assert_clean(pipeline, known)


def test_another_size_of_batch_and_a_second_sharing_are_refused() -> None:
    known, pipeline = family("z-image"), pipeline_of(Z_IMAGE)
    plan, members = plan_and_members(Z_IMAGE, *ONE)
    two = plan_and_members(Z_IMAGE, *TWO)[1]
    with (
        pytest.raises(ValueError, match="a batch of 4 pictures, where 3 share attention"),
        shared_attention(pipeline, plan, two),
    ):
        known.paint(pipeline, painting(Z_IMAGE, True, *ONE))
    assert_clean(pipeline, known)
    with (
        pytest.raises(ValueError, match="replaced already"),
        shared_attention(pipeline, plan, members),
        shared_attention(pipeline, plan, members),
    ):
        known.paint(pipeline, painting(Z_IMAGE, True, *ONE))
    assert_clean(pipeline, known)


def test_another_thread_paints_as_ever() -> None:
    known, pipeline, other = family("z-image"), pipeline_of(Z_IMAGE), tiny_pipeline(1)
    plan, members = plan_and_members(Z_IMAGE, *ONE)
    wanted = painting(Z_IMAGE, True, *ONE)
    plain = known.paint(other, wanted)
    with shared_attention(pipeline, plan, members):
        shared = known.paint(pipeline, wanted)
    painted: list[Any] = []
    with shared_attention(pipeline, plan, members):
        thread = threading.Thread(target=lambda: painted.append(known.paint(other, wanted)))
        thread.start()
        both = known.paint(pipeline, wanted)
        thread.join()
    np.testing.assert_array_equal(painted[0], plain)
    np.testing.assert_array_equal(both, shared)


def test_areas_part_a_map_and_no_token_is_two_of_them() -> None:
    one = np.zeros((4, 6), np.float32)
    one[:, :3] = 0.5
    one[0, 0] = 0.55
    other = np.zeros((4, 6), np.float32)
    other[:2] = 0.001
    (alone,) = areas_of([one])
    np.testing.assert_array_equal(alone, one > 0)
    first, second = areas_of([one, other])
    assert not (first & second).any()
    assert (first | second).sum() == ((one > 0) | (other > 0)).sum()
    assert second[0, 5]
    assert first[0, 0]
    assert not areas_of([np.ones((2, 2), np.float32)])[0].any()


def test_an_area_on_another_grid() -> None:
    area = np.array([[True, False], [False, False]])
    assert resized(area, (4, 4)).sum() == 4
    assert resized(area, (4, 4))[:2, :2].all()
    assert resized(area, (1, 1)).shape == (1, 1)
    assert resized(area, (2, 2)) is area
