"""Whether the system has killed processes because memory ran out. Only Linux tells.

cgroup v2's `memory.events` counts this program's own, whatever killed them
(https://docs.kernel.org/admin-guide/cgroup-v2.html); without it `/proc/vmstat` counts those of
the whole computer.
"""

from __future__ import annotations

from pathlib import Path

_CGROUP = Path("/proc/self/cgroup")
_CGROUPS = Path("/sys/fs/cgroup")
_VMSTAT = Path("/proc/vmstat")


def memory_kills() -> int | None:
    """How many there were so far; None where nobody counts them."""
    for path in (_events(), _VMSTAT):
        found = None if path is None else _count(path)
        if found is not None:
            return found
    return None


def _events() -> Path | None:
    try:
        for line in _CGROUP.read_text("ascii").splitlines():
            if line.startswith("0::"):
                return _CGROUPS / line[3:].lstrip("/") / "memory.events"
    except (OSError, ValueError):
        pass
    return None


def _count(path: Path) -> int | None:
    try:
        for line in path.read_text("ascii").splitlines():
            name, _, value = line.partition(" ")
            if name == "oom_kill":
                return int(value)
    except (OSError, ValueError):
        pass
    return None
