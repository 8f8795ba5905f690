"""bfloat16 for training, where the processor multiplies it itself; elsewhere it is emulated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.nn import functional


@contextmanager
def half_precision(device: str = "cpu") -> Iterator[None]:
    """Matrix products in bfloat16 on a GPU, and on a CPU that has them; elsewhere float32.

    On a CPU attention stays in float32: the backward pass of its bfloat16 attention kernel takes
    as long as all of a small transformer's other work together.
    """
    if device == "cuda":
        with torch.autocast(device, torch.bfloat16):
            yield
        return
    if not torch.cpu._is_avx512_bf16_supported():
        yield
        return
    functional.scaled_dot_product_attention = _in_float32
    try:
        with torch.autocast("cpu", torch.bfloat16):
            yield
    finally:
        functional.scaled_dot_product_attention = _attention


_attention = functional.scaled_dot_product_attention


def _in_float32(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *args: Any, **kwargs: Any
) -> torch.Tensor:
    with torch.autocast("cpu", enabled=False):
        attended = _attention(query.float(), key.float(), value.float(), *args, **kwargs)
    return attended.to(query.dtype)
