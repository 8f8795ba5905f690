"""What fits: the free memory of this machine, and how to lay a model out in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import psutil

from multiplane.contract.errors import Failure
from multiplane.models.profiles import ModelProfile

_GIB = 1024**3


class Placement(StrEnum):
    """How a pipeline's components share the device's memory, fastest first."""

    FULL = "full"  # everything on the device
    MODEL_OFFLOAD = "model offload"  # one component on the device at a time
    SEQUENTIAL_OFFLOAD = "sequential offload"  # one block at a time; slow


@dataclass(frozen=True)
class Layout:
    """A placement, and whether the VAE works tile by tile (less memory, seams too faint to see)."""

    placement: Placement
    tiled: bool = False


@dataclass(frozen=True)
class Machine:
    """The memory that counts for loading a model."""

    device: str  # "cpu", "cuda" or "mps"
    device_name: str
    free_ram_gb: float  # GiB, what can be had without swapping
    free_device_gb: float  # GiB; on cpu and mps the same memory as RAM


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
            message=f"This computer has no {device!r} device that PyTorch can use.",
            value=device,
            remedy=f"Devices here: {known}. Leave --device away to take the best of them.",
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


def plan(profile: ModelProfile, machine: Machine) -> Placement | None:
    """The fastest placement that fits, or None when the model does not fit at all.

    Offloading keeps the weights in RAM and copies them to the GPU as they are needed, so it
    wants the RAM for all of them; it gains nothing where GPU and CPU share their memory.
    """
    kind = machine.device.split(":")[0]
    dtype = profile.dtype(kind)
    whole = profile.memory_gb(dtype)
    if whole <= machine.free_device_gb:
        return Placement.FULL
    if kind != "cuda" or whole > machine.free_ram_gb:
        return None
    if profile.largest_component_gb(dtype) <= machine.free_device_gb:
        return Placement.MODEL_OFFLOAD
    if profile.working_gb + 1.0 <= machine.free_device_gb:
        return Placement.SEQUENTIAL_OFFLOAD
    return None


def sparing(profile: ModelProfile, machine: Machine, lacks: int) -> Layout:
    """How to lay a model out after memory has run out `lacks` times, each time more sparingly.

    First the VAE works in tiles, then (on CUDA) less and less of the model is on the device.
    Raises Failure `models.memory` when nothing is left to try, and as `require_plan`.
    """
    first = require_plan(profile, machine)
    ladder = [Layout(first), Layout(first, tiled=True)]
    if machine.device.startswith("cuda"):
        order = list(Placement)
        ladder += [Layout(layout, tiled=True) for layout in order[order.index(first) + 1 :]]
    if lacks < len(ladder):
        return ladder[lacks]
    raise Failure(
        code="models.memory",
        message=f"{profile.name} ran out of memory on the {machine.device_name} however little "
        "of it was loaded.",
        value=profile.name,
        remedy="Close other programs, or use --model storyboard-mini.",
    )


def require_plan(profile: ModelProfile, machine: Machine) -> Placement:
    """As `plan`. Raises Failure `models.memory` with what is needed and what is free."""
    placement = plan(profile, machine)
    if placement is not None:
        return placement
    kind = machine.device.split(":")[0]
    need = profile.memory_gb(profile.dtype(kind))
    where = f"{machine.free_device_gb:.1f} GB is free on the {machine.device_name}"
    if kind == "cuda":
        where += f" and {machine.free_ram_gb:.1f} GB in RAM"
    raise Failure(
        code="models.memory",
        message=f"{profile.name} needs about {need:.1f} GB of memory; {where}.",
        value=profile.name,
        remedy="Close other programs, or use --model storyboard-mini, or --model auto.",
    )
