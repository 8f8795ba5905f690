"""This computer as models see it: its device, and the memory that is free on it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import psutil

from multiplane.contract.errors import Failure

_GIB = 1024**3


@dataclass(frozen=True)
class Machine:
    """The memory that counts for loading a model."""

    device: str  # "cpu", "cuda" or "mps"
    device_name: str
    free_ram_gb: float  # GiB, what can be had without swapping
    free_device_gb: float  # GiB; on cpu and mps the same memory as RAM

    @property
    def kind(self) -> str:
        """The device without its number: "cpu", "cuda" or "mps"."""
        return self.device.split(":")[0]


def look_at_machine(device: str = "auto") -> Machine:
    """The device that would be used, and the memory that is free on it now.

    Raises Failure `models.device_missing` when the device asked for is not there.
    """
    import torch

    ram = psutil.virtual_memory().available / _GIB
    has_mps = torch.backends.mps.is_available()
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "mps" if has_mps else "cpu"
    kind = device.split(":")[0]
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": has_mps}
    if not there.get(kind, False):
        known = ", ".join(name for name, present in there.items() if present)
        raise Failure(
            code="models.device_missing",
            message="This computer has no '{device}' device that PyTorch can use.",
            value=device,
            remedy="Devices here: {known}. Leave --device away to take the best of them.",
            values={"device": device, "known": known},
        )
    if kind == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return Machine(device, torch.cuda.get_device_name(device), ram, free / _GIB)
    return Machine(device, "Apple GPU" if kind == "mps" else "CPU", ram, ram)


def whole_machine(device: str = "auto") -> Machine:
    """As `look_at_machine`, with all its memory, as if nothing else needed any."""
    now = look_at_machine(device)
    ram = psutil.virtual_memory().total / _GIB
    if not now.device.startswith("cuda"):
        return replace(now, free_ram_gb=ram, free_device_gb=ram)
    import torch

    _, total = torch.cuda.mem_get_info(now.device)
    return replace(now, free_ram_gb=ram, free_device_gb=total / _GIB)


def torch_facts() -> str:
    """PyTorch's version and the threads that it computes with, in words."""
    import torch

    return f"{torch.__version__}, {torch.get_num_threads()} threads"
