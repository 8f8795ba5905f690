"""A text encoder that makes room for the denoiser, and comes back when a new prompt is to be read.

A pipeline needs its text encoder for a second and its memory for nothing afterwards. What the
encoder has said of a text is kept, so the same prompt (another take, another pass over a drawing)
does not bring it back. What is said is to the bit what the encoder says: it is loaded by the very
same call, and tokens are none of its business, so phrases keep their positions.
"""

from __future__ import annotations

import gc
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch.utils._pytree import tree_map

_KEPT = 4
"""Texts whose features are kept: a prompt, what guidance leads away from, and those before."""


class FreedEncoder(torch.nn.Module):
    """Stands in a pipeline for a text encoder that is in memory only while it reads.

    load: gives the encoder on the CPU, in the mode for use. device, dtype: where and in what it
    reads. config: its own.
    """

    def __init__(self, load: Callable[[], Any], device: str, dtype: Any, config: Any) -> None:
        super().__init__()
        self._load, self._device, self._dtype = load, torch.device(device), dtype
        self.config = config
        self._held: list[Any] = []  # in a list, so that it is no submodule
        self._said: OrderedDict[tuple[Any, ...], Any] = OrderedDict()

    @property
    def device(self) -> torch.device:
        return self._device

    @property
    def dtype(self) -> torch.dtype:
        return self._dtype

    @property
    def is_loaded(self) -> bool:
        return bool(self._held)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """As the encoder's own; its answer to the same input is not computed again."""
        key = tuple(_key(value) for value in (*args, *sorted(kwargs.items())))
        if key in self._said:
            self._said.move_to_end(key)
            return _moved(self._said[key], self._device)
        if not self._held:
            self._held.append(self._load().to(self._device))
        said = self._held[0](*args, **kwargs)
        self._said[key] = _moved(said, torch.device("cpu"))
        if len(self._said) > _KEPT:
            self._said.popitem(last=False)
        return said

    def free(self) -> None:
        """Let the encoder go; what it has said stays."""
        if self._held:
            self._held.clear()
            gc.collect()
            if self._device.type == "cuda":
                torch.cuda.empty_cache()
            elif self._device.type == "mps":
                torch.mps.empty_cache()


def free_before_painting(
    pipeline: Any, denoiser: Any, encoders: Mapping[str, FreedEncoder]
) -> None:
    """Put the encoders into the pipeline; the denoiser's first call in a painting frees them."""
    for name, encoder in encoders.items():
        setattr(pipeline, name, encoder)

    def make_room(*_: Any) -> None:
        for encoder in encoders.values():
            encoder.free()

    denoiser.register_forward_pre_hook(make_room)


def _key(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return (str(value.dtype), tuple(value.shape), value.cpu().contiguous().numpy().tobytes())
    if isinstance(value, tuple):
        return tuple(_key(one) for one in value)
    return repr(value)


def _moved(said: Any, device: torch.device) -> Any:
    return tree_map(lambda one: one.to(device) if isinstance(one, torch.Tensor) else one, said)
