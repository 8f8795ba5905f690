"""Gets the right build of PyTorch from where it can be had.

What the package registry calls plain `torch` differs by system: on Linux it is the CUDA build and
brings gigabytes of NVIDIA libraries, on Windows it is the CPU build, and a user's own mirror or
folder of wheels may hold another one. So pip is asked what it would install before it does.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from installer.console import Step
from installer.gpu import TorchBuild
from installer.pip_runner import Pip, PipResult, Resolved
from installer.problems import InstallerProblem, pip_problem

# PyTorch publishes its builds other than the plain one only here.
PYTORCH_BUILDS = "https://download.pytorch.org/whl/"
ANSWER_LIMIT_S = 90
_CUDA_PARTS = ("nvidia-", "cuda-", "triton")


@dataclass(frozen=True)
class Source:
    """One way to get a build: a requirement, and PyTorch's own index where it is needed."""

    requirement: str
    index: str = ""

    def arguments(self) -> list[str]:
        """The words for pip."""
        return [self.requirement] + (["--extra-index-url", self.index] if self.index else [])


def sources(build: TorchBuild, version: str, system: str) -> list[Source]:
    """List the ways to get `build`, the one that asks least first.

    Args:
        build: the build that is wanted.
        version: the version in the lock, "2.13.0".
        system: `platform.system()`.
    """
    plain = Source(f"torch=={version}")
    if build.label == "mac":
        return [plain]
    own_index = Source(f"torch=={version}+{build.label}", f"{PYTORCH_BUILDS}{build.label}")
    if build.label == "cpu":
        return [plain, own_index]
    if build.label == "cu130" and system == "Linux":
        # "===" refuses labelled builds such as 2.13.0+cpu in a folder of wheels.
        return [Source(f"torch==={version}"), own_index]
    return [own_index]


def suits(build: TorchBuild, packages: list[Resolved]) -> bool:
    """Tell whether what pip would install is `build`.

    Args:
        build: the build that is wanted.
        packages: what pip would install for one source.
    """
    brings_cuda = any(package.name.startswith(_CUDA_PARTS) for package in packages)
    version = next((package.version for package in packages if package.name == "torch"), "")
    label = version.partition("+")[2]
    if build.label == "mac":
        return bool(version)
    if build.is_cuda:
        return label == build.label or (not label and brings_cuda)
    return bool(version) and not brings_cuda and not label.startswith(("cu", "rocm", "xpu"))


def find_source(
    pip: Pip, build: TorchBuild, version: str, system: str, constraints: list[str]
) -> Source | list[PipResult]:
    """Find where `build` can be had, without downloading it.

    Args:
        pip: the environment's pip.
        build: the build that is wanted.
        version: the version in the lock.
        system: `platform.system()`.
        constraints: pip's options that name the lock.

    Returns:
        The first source that gives this build; else pip's failures, none of them where pip found
        only other builds.
    """
    failures = []
    other_build_found = False
    for source in sources(build, version, system):
        answer = pip.would_install([*source.arguments(), *constraints], ANSWER_LIMIT_S)
        if isinstance(answer, PipResult):
            failures.append(answer)
        elif suits(build, answer):
            return source
        else:
            other_build_found = True
    return [] if other_build_found else failures


def install_torch(
    pip: Pip, build: TorchBuild, version: str, system: str, locks: list[Path], step: Step
) -> TorchBuild:
    """Install `build`, or the CPU build where a CUDA build cannot be had.

    Args:
        pip: the environment's pip.
        build: the build that this machine should have.
        version: the version in the lock.
        system: `platform.system()`.
        locks: constraints files; the first one serves every build.
        step: tells the user what is being done.

    Returns:
        The build that was installed.

    Raises:
        InstallerProblem: no build could be had, or its installation failed.
    """
    constraints = [word for lock in locks for word in ("--constraint", str(lock))]
    step.note(f"looking for the {build.label} build")
    source = find_source(pip, build, version, system, constraints)
    if isinstance(source, Source):
        # An installed torch of another build would count as this version and stay.
        pip.run(["uninstall", "--yes", "torch"])
        pip.must("installing PyTorch", ["install", *source.arguments(), *constraints], step.note)
        return build
    if build.is_cuda:
        fallback = TorchBuild("cpu", f"no {build.label} build could be had")
        return install_torch(pip, fallback, version, system, locks[:1], step)
    if source:
        raise pip_problem("looking for PyTorch", source[0].status, source[0].output, str(pip.log))
    raise InstallerProblem(
        "PyTorch's CPU build could not be fetched from its download server, and the package "
        "registry offers only the CUDA build (several GB).",
        f"Let this machine reach {PYTORCH_BUILDS}, or put the CPU wheel of torch {version} into a "
        "folder and name it in PIP_FIND_LINKS; or take the CUDA build, which also runs without a "
        "GPU: python3 installer setup --torch cuda",
    )
