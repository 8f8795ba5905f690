"""What was measured on this computer: its speed, and what shots took of time and memory.

Kept in `measured.json` in the folder for models. A file that cannot be read counts as empty, and
one that cannot be written is not: predictions are then only less good.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from multiplane.contract.regular_file import read_regular
from multiplane.models import folders
from multiplane.models.machine import Machine
from multiplane.models.memory import MemoryPlan

if TYPE_CHECKING:
    from multiplane.models.facts import ModelProfile

_GIB = 1024**3
_FILE = "measured.json"
_MOST_BYTES = 2**20
_REMEMBERED = 8
"""Of so many shots the mean is taken, older ones counting ever less."""
_LOOK_S = 0.05


@dataclass(frozen=True)
class Shots:
    """Of one model with one memory plan: what its shots took."""

    count: int = 0
    operations_per_s: float = 0.0  # that painting reached, as `models.cost` counts them
    over_gb: float = 0.0  # GiB at the peak above the prediction

    def with_another(self, operations_per_s: float, over_gb: float) -> Shots:
        """The mean with one more shot in it."""
        share = 1.0 / min(self.count + 1, _REMEMBERED)
        return Shots(
            self.count + 1,
            self.operations_per_s + share * (operations_per_s - self.operations_per_s),
            self.over_gb + share * (over_gb - self.over_gb),
        )


@dataclass
class Measured:
    """speeds: operations a second, see `models.speed`. shots: by `shots_key`."""

    speeds: dict[str, float] = field(default_factory=dict)
    shots: dict[str, Shots] = field(default_factory=dict)


def shots_key(profile: ModelProfile, machine: Machine, plan: MemoryPlan | None = None) -> str:
    """By which shots are kept; without a plan the beginning that all of a model's have."""
    model = f"{machine.device_name}, {profile.name} {profile.version}: "
    return model if plan is None else model + plan.in_words()


def shots_with(profile: ModelProfile, machine: Machine, plan: MemoryPlan) -> Shots:
    """What was measured of this model with this plan; none: `Shots()`."""
    return read_measured().shots.get(shots_key(profile, machine, plan), Shots())


def correction_gb(profile: ModelProfile, machine: Machine) -> float:
    """GiB that this model's shots took above the prediction, whatever their plans; 0 for none."""
    key = shots_key(profile, machine)
    found = [shots for name, shots in read_measured().shots.items() if name.startswith(key)]
    count = sum(shots.count for shots in found)
    return sum(shots.count * shots.over_gb for shots in found) / count if count else 0.0


def note_shot(
    profile: ModelProfile,
    machine: Machine,
    plan: MemoryPlan,
    *,
    operations_per_s: float,
    over_gb: float,
) -> None:
    """Learn from a painted picture; as `Shots` has both."""
    known = read_measured()
    key = shots_key(profile, machine, plan)
    known.shots[key] = known.shots.get(key, Shots()).with_another(operations_per_s, over_gb)
    write_measured(known)


def note_speed(key: str, operations_per_s: float) -> None:
    """Keep a device's speed; as `models.speed` has both."""
    known = read_measured()
    known.speeds[key] = operations_per_s
    write_measured(known)


def read_measured() -> Measured:
    """What is kept; what cannot be read is left out."""
    try:
        read = json.loads(read_regular(_file(), _MOST_BYTES))
        return Measured(
            {str(key): float(value) for key, value in read["speeds"].items()},
            {str(key): Shots(**value) for key, value in read["shots"].items()},
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return Measured()


def write_measured(known: Measured) -> None:
    """Keep it. Of two processes that do so at once the later one counts."""
    target = _file()
    with contextlib.suppress(OSError):
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{_FILE}-{os.getpid()}")
        partial.write_text(json.dumps(asdict(known), indent=2), encoding="utf-8")
        partial.replace(target)


def resident_gb() -> float:
    """GiB of RAM that this process takes now."""
    return float(psutil.Process().memory_info().rss) / _GIB


@dataclass
class Spent:
    """Of what was done within `watching`, once it is over."""

    seconds: float = 0.0
    peak_gb: float = 0.0  # of the device's memory; on cpu of this process's


@contextlib.contextmanager
def watching(device: str) -> Iterator[Spent]:
    """Measure what is done within. device: as torch names it."""
    spent = Spent()
    began = time.perf_counter()
    with _peak(device.split(":", maxsplit=1)[0], device, spent):
        yield spent
    spent.seconds = time.perf_counter() - began


@contextlib.contextmanager
def _peak(kind: str, device: str, spent: Spent) -> Iterator[None]:
    import torch

    if kind == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        yield
        spent.peak_gb = torch.cuda.max_memory_allocated(device) / _GIB
        return
    over = threading.Event()

    def look() -> None:
        now = torch.mps.driver_allocated_memory() / _GIB if kind == "mps" else resident_gb()
        spent.peak_gb = max(spent.peak_gb, now)

    def watch() -> None:
        while not over.wait(_LOOK_S):
            look()

    watcher = threading.Thread(target=watch, name="peak-memory", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
        look()


def _file() -> Path:
    return folders.models_folder() / _FILE
