"""Whether a picture may be painted while another shot is cut: both need memory at once."""

from __future__ import annotations

from multiplane.models.load import Painter, situation
from multiplane.models.machine import look_at_machine
from multiplane.models.measured import resident_gb
from multiplane.models.memory import need

CUT_GB = 1.5
"""GiB that cutting, filling and filming a shot of 1920 x 1080 takes at its peak, depth included."""
DEPTH_GB = 1.0
"""GiB of that on the device, where it has memory of its own."""


def has_room_beside(painter: Painter) -> bool:
    """Whether memory is there for `painter` at its peak and for the cutting of a shot beside it.

    Counted is what is free now, and what this process has for the model already.
    """
    import torch

    machine = look_at_machine(painter.device)
    wanted = need(painter.profile, painter.plan, situation(painter.profile, machine))
    if machine.kind == "cuda":
        has = machine.free_device_gb + torch.cuda.memory_reserved(painter.device) / 2**30
        return has >= wanted.device + DEPTH_GB and machine.free_ram_gb >= CUT_GB
    if machine.kind == "mps":
        has = machine.free_ram_gb + torch.mps.driver_allocated_memory() / 2**30
    else:
        has = machine.free_ram_gb + max(0.0, resident_gb() - painter.before_gb)
    return has >= wanted.device + CUT_GB
