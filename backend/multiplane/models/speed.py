"""How fast a device multiplies matrices: a short measurement, kept for the next time."""

from __future__ import annotations

import platform
import time

from multiplane.models.machine import Machine
from multiplane.models.measured import note_speed, read_measured
from multiplane.models.threads import compute_with, own_choice

_SIDES = (512, 1024, 2048, 4096)
_LONG_ENOUGH_S = 0.02
"""A product that takes so long is not ruled by what surrounds it."""
_TIMES = 8


def product_speed(machine: Machine, dtype: str, threads: int | None = None) -> float:
    """Multiplications and additions a second of a large matrix product in `dtype`.

    threads: of a CPU; None: as many as PyTorch takes. Measured once for a device, a dtype,
    PyTorch's version and its threads, in about a second: the best of several products, because a
    computer is busy with other things too.
    """
    import torch

    threads = threads or own_choice()
    key = f"{platform.node()}, {machine.device_name}, {dtype}, {torch.__version__}, " + (
        f"{threads} threads" if machine.kind == "cpu" else machine.device
    )
    known = read_measured().speeds.get(key)
    if known is not None:
        return known
    compute_with(threads)
    speed = _measure(machine.device, dtype)
    note_speed(key, speed)
    return speed


def _measure(device: str, dtype: str) -> float:
    import torch

    def wait() -> None:
        if device.startswith("cuda"):
            torch.cuda.synchronize(device)
        elif device == "mps":
            torch.mps.synchronize()

    best = 0.0
    for side in _SIDES:
        matrix = torch.ones((side, side), dtype=getattr(torch, dtype), device=device)
        matrix @ matrix  # what is set up at the first time is no speed
        wait()
        taken = []
        for _ in range(_TIMES):
            began = time.perf_counter()
            matrix @ matrix
            wait()
            taken.append(time.perf_counter() - began)
        best = max(best, 2.0 * side**3 / min(taken))
        if min(taken) > _LONG_ENOUGH_S:
            break
    return best
