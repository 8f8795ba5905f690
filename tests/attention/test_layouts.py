"""Token layouts and the choice of steps."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from multiplane.attention.steps import choose_steps
from multiplane.contract.errors import Failure
from multiplane.models.families.layout import PictureTokens
from multiplane.models.families.z_image import ZImageLayout
from tests.attention.reference import paint


def test_image_then_text_each_padded_to_32(pipeline: Any) -> None:
    call = ZImageLayout().read_call(
        None,
        ([torch.zeros(4, 1, 10, 18), torch.zeros(4, 1, 16, 16)],),
        {
            "t": torch.tensor([0.25, 0.25]),
            "cap_feats": [torch.zeros(33, 24), torch.zeros(32, 24)],
        },
    )
    assert call.sigma == 0.75
    assert call.pictures == (
        PictureTokens((5, 9), image_start=0, text_start=64, text_length=33, length=128),
        PictureTokens((8, 8), image_start=0, text_start=64, text_length=32, length=96),
    )


@pytest.mark.parametrize(
    "latents", [[[torch.zeros(4, 1, 8, 8)]], [torch.zeros(4, 3, 8, 8)]], ids=["omni", "film"]
)
def test_calls_of_another_kind_are_refused(latents: Any) -> None:
    with pytest.raises(Failure) as raised:
        ZImageLayout().read_call(None, (latents, torch.zeros(1), [torch.zeros(3, 24)]), {})
    assert raised.value.code == "attention.layout_unsupported"


def test_the_schedule_is_seen_only_while_the_loop_runs(pipeline: Any) -> None:
    seen = []

    def look(pipe: Any, step: int, *_: Any) -> dict[str, Any]:
        seen.append(ZImageLayout().schedule(pipe))
        return {}

    paint(pipeline, callback_on_step_end=look)
    assert [one.step for one in seen if one] == [1, 2, 3]
    assert seen[-1] is None
    assert seen[0] is not None
    assert seen[0].sigmas == pytest.approx(pipeline.scheduler.sigmas[:-1].tolist())


TURBO = (1.0, 0.955, 0.9, 0.83, 0.75, 0.64, 0.5, 0.3)


@pytest.mark.parametrize(
    ("low", "high", "most", "chosen"),
    [
        (0.4, 0.65, None, (5, 6)),
        (0.4, 0.65, 1, (6,)),
        (0.0, 1.0, None, tuple(range(8))),
        (0.0, 1.0, 2, (2, 6)),
        (0.0, 1.0, 1, (4,)),
        (0.51, 0.6, None, (6,)),
        (0.0, 0.1, 3, (7,)),
    ],
)
def test_steps_in_the_range_or_the_nearest(
    low: float, high: float, most: int | None, chosen: tuple[int, ...]
) -> None:
    assert choose_steps(TURBO, low, high, most) == chosen


def test_no_schedule_no_steps() -> None:
    assert choose_steps((), 0.0, 1.0) == ()
