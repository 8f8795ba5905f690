"""No tensor of N x N elements is made by a capture."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from multiplane.attention.capture import CapturePlan, TokenGroup, capture_attention
from tests.attention.reference import LONG, paint
from tests.tiny_models import tiny_pipeline


class LargestTensor(TorchDispatchMode):
    """Elements in the largest storage that any operation returned."""

    def __init__(self) -> None:
        super().__init__()
        self.elements = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(made):
            if isinstance(leaf, torch.Tensor):
                self.elements = max(
                    self.elements, leaf.untyped_storage().nbytes() // leaf.element_size()
                )
        return made


@pytest.mark.parametrize("guidance", [0.0, 3.0])
def test_nothing_of_n_by_n_is_allocated(guidance: float) -> None:
    pipeline = tiny_pipeline(heads=1, layers=2)
    plan = CapturePlan(
        (TokenGroup("one", (4, 5)), TokenGroup("two", (7,))), blocks=(0, 1), hops=2, max_steps=None
    )
    size = {"width": 512, "height": 384, "num_inference_steps": 1, "output_type": "latent"}
    options: dict[str, Any] = {**size, "guidance_scale": guidance}
    n = (512 // 8) * (384 // 8)
    with LargestTensor() as without:
        paint(pipeline, LONG, **options)
    with LargestTensor() as within, capture_attention(pipeline, plan) as maps:
        paint(pipeline, LONG, **options)
        maps.result()
    assert maps.result().grid == (48, 64)
    assert without.elements < n * n / 4
    assert within.elements == without.elements


def test_the_measure_would_see_it() -> None:
    """Control: values narrower than keys make torch build the matrix, and that is noticed."""
    q = torch.randn(1, 1, 300, 16)
    with LargestTensor() as fused:
        torch.nn.functional.scaled_dot_product_attention(q, q, q)
    with LargestTensor() as unfused:
        torch.nn.functional.scaled_dot_product_attention(q, q, q[..., :2])
    assert fused.elements < 300 * 300 <= unfused.elements
