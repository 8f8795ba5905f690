"""The most memory that tensors took at once during a run."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class _LiveBytes(TorchDispatchMode):
    """Counts the storages that operations make and that are alive."""

    def __init__(self) -> None:
        super().__init__()
        self.peak = 0
        self._live = 0
        self._known: set[int] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        # A result that shares its storage with an argument is a view, or was written in place.
        given = {storage._cdata for storage in _storages((args, kwargs))}
        for storage in _storages(made):
            address = storage._cdata
            if address not in given and address not in self._known:
                self._known.add(address)
                self._live += storage.nbytes()
                weakref.finalize(storage, self._freed, address, storage.nbytes())
        self.peak = max(self.peak, self._live)
        return made

    def _freed(self, address: int, size: int) -> None:
        self._known.discard(address)
        self._live -= size


def _storages(tree: Any) -> list[Any]:
    return [leaf.untyped_storage() for leaf in tree_leaves(tree) if isinstance(leaf, torch.Tensor)]


def peak_bytes(device: str, run: Callable[[], object]) -> int:
    """Peak of the bytes that torch allocated on `device` during `run`, above those before it.

    On CUDA it is the allocator's own count. On the CPU the tensors that operations return are
    followed until they are freed, since resident memory depends on what the system reclaims and
    when; what a kernel allocates for itself while it runs is not seen.
    """
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        run()
        torch.cuda.synchronize(device)
        return int(torch.cuda.max_memory_allocated(device) - before)
    with _LiveBytes() as counter:
        run()
    return counter.peak


def weight_bytes(pipeline: Any) -> int:
    """Bytes of all parameters and buffers of a diffusers pipeline."""
    modules = [part for part in pipeline.components.values() if isinstance(part, torch.nn.Module)]
    return sum(
        tensor.nbytes for module in modules for tensor in (*module.parameters(), *module.buffers())
    )
