"""Which NVIDIA GPU this machine has, and which build of PyTorch fits it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

# Builds of torch 2.13 with the oldest driver and the GPUs that each runs on (PyTorch's release
# matrix): CUDA 13 dropped what came before Turing, CUDA 12.6 does not know Blackwell.
CU130_DRIVER, CU130_CAPABILITY = 580, 7.5
CU126_DRIVER, CU126_CAPABILITY, CU126_TOO_NEW = 528, 5.0, 10.0

WISHES = ("auto", "cpu", "cuda")


@dataclass(frozen=True)
class Gpu:
    """One NVIDIA GPU as its driver describes it."""

    name: str
    driver: int  # major version of the driver, 580 for 580.95.05
    capability: float  # CUDA compute capability, 8.9 for an RTX 4090; 0 when unknown


@dataclass(frozen=True)
class TorchBuild:
    """A build of PyTorch and, in words, why it was chosen."""

    label: str  # "cpu", "cu126", "cu130" or "mac"
    reason: str

    @property
    def is_cuda(self) -> bool:
        """Whether it brings CUDA libraries along."""
        return self.label.startswith("cu")


def _nvidia_smi(fields: str) -> str:
    """Ask the driver for comma-separated `fields`, a line per GPU; '' without a driver."""
    # In WSL the driver's tool is not on the path of every shell.
    tool = shutil.which("nvidia-smi") or shutil.which("nvidia-smi", path="/usr/lib/wsl/lib")
    if tool is None:
        return ""
    command = [tool, f"--query-gpu={fields}", "--format=csv,noheader"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=20, check=False, errors="replace"
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def find_gpus(ask: Callable[[str], str] = _nvidia_smi) -> list[Gpu]:
    """List the NVIDIA GPUs whose driver answers.

    Args:
        ask: returns the driver's lines for the named fields, '' when it gives none.
    """
    # Drivers before 2022 do not know compute_cap and refuse the whole question.
    lines = ask("driver_version,compute_cap,name") or ask("driver_version,name")
    gpus = []
    for line in lines.splitlines():
        parts = [part.strip() for part in line.split(",")]
        if len(parts) < 2 or not parts[0].split(".")[0].isdigit():
            continue
        try:
            capability = float(parts[1]) if len(parts) > 2 else 0.0
        except ValueError:
            capability = 0.0
        gpus.append(Gpu(parts[-1], int(parts[0].split(".")[0]), capability))
    return gpus


def choose_build(system: str, gpus: list[Gpu], wish: str = "auto") -> TorchBuild:
    """Choose the build of PyTorch for this machine.

    Args:
        system: `platform.system()`: "Linux", "Windows" or "Darwin".
        gpus: what `find_gpus` found.
        wish: "auto", or "cpu" or "cuda" where the user decides.
    """
    if system == "Darwin":
        return TorchBuild("mac", "macOS")
    if wish == "cpu":
        return TorchBuild("cpu", "as asked for")
    if not gpus:
        if wish == "cuda":
            return TorchBuild("cu130", "as asked for, without an NVIDIA GPU in sight")
        return TorchBuild("cpu", "no NVIDIA GPU")
    gpu = max(gpus, key=lambda candidate: candidate.capability)
    capability = gpu.capability or CU130_CAPABILITY
    if gpu.driver >= CU130_DRIVER and capability >= CU130_CAPABILITY:
        return TorchBuild("cu130", gpu.name)
    if gpu.driver >= CU126_DRIVER and CU126_CAPABILITY <= capability < CU126_TOO_NEW:
        return TorchBuild("cu126", gpu.name)
    if capability < CU126_CAPABILITY:
        return TorchBuild("cpu", f"{gpu.name} is too old for PyTorch's CUDA builds")
    return TorchBuild(
        "cpu",
        f"the driver {gpu.driver} of {gpu.name} is too old; after updating it to {CU130_DRIVER} or "
        "newer, the next run takes the CUDA build",
    )
