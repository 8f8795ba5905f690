"""Which build of torch the real pip is led to, with folders of small wheels as its registry."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from installer.console import Step
from installer.gpu import TorchBuild
from installer.pip_runner import Pip, Resolved
from installer.problems import InstallerProblem
from installer.torch_install import PYTORCH_BUILDS, find_source, install_torch, sources, suits
from tests.installer.wheels import make_wheel

VERSION = "2.13.0"
CPU = TorchBuild("cpu", "")
CU126 = TorchBuild("cu126", "")
CU130 = TorchBuild("cu130", "")
MAC = TorchBuild("mac", "")


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null" if sys.platform != "win32" else "nul")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
    return folder


@pytest.fixture
def pip(tmp_path: Path) -> Pip:
    return Pip(Path(sys.executable), tmp_path / "pip.log", tmp_path / "scratch")


def add_cuda_build(wheels: Path) -> None:
    """What the registry calls plain torch on Linux."""
    make_wheel(wheels, "nvidia-cublas", "13.1.1.3")
    make_wheel(wheels, "torch", VERSION, ["nvidia-cublas==13.1.1.3"])


def test_plain_torch_is_taken_where_it_brings_no_cuda(wheels: Path, pip: Pip) -> None:
    make_wheel(wheels, "torch", VERSION)
    found = find_source(pip, CPU, VERSION, "Linux", [])
    assert found == sources(CPU, VERSION, "Linux")[0]


def test_a_cpu_wheel_in_the_users_folder_is_found(wheels: Path, pip: Pip) -> None:
    add_cuda_build(wheels)
    make_wheel(wheels, "torch", f"{VERSION}+cpu")
    found = find_source(pip, CPU, VERSION, "Linux", [])
    assert found == sources(CPU, VERSION, "Linux")[0]


def test_the_cuda_build_is_never_taken_for_the_cpu(wheels: Path, pip: Pip) -> None:
    add_cuda_build(wheels)
    assert find_source(pip, CPU, VERSION, "Linux", []) == []


def test_without_the_cpu_build_the_user_is_told_the_ways_out(
    wheels: Path, pip: Pip, tmp_path: Path
) -> None:
    add_cuda_build(wheels)
    lock = tmp_path / "lock.txt"
    lock.write_text(f"torch=={VERSION}\n")
    with pytest.raises(InstallerProblem) as caught:
        install_torch(pip, CPU, VERSION, "Linux", [lock], Step("1/1", "torch", live=False))
    assert "--torch cuda" in caught.value.remedy
    assert "PIP_FIND_LINKS" in caught.value.remedy


def test_no_torch_at_all_is_pips_failure(wheels: Path, pip: Pip) -> None:
    found = find_source(pip, CPU, VERSION, "Linux", [])
    assert isinstance(found, list)
    assert len(found) == 2
    assert all(result.status != 0 for result in found)


def test_with_a_gpu_a_cpu_wheel_in_the_users_folder_is_passed_over(wheels: Path, pip: Pip) -> None:
    add_cuda_build(wheels)
    make_wheel(wheels, "torch", f"{VERSION}+cpu")
    found = find_source(pip, CU130, VERSION, "Linux", [])
    assert found == sources(CU130, VERSION, "Linux")[0]


def test_a_labelled_build_obeys_the_lock(wheels: Path, pip: Pip, tmp_path: Path) -> None:
    make_wheel(wheels, "torch", f"{VERSION}+cu126")
    lock = tmp_path / "lock.txt"
    lock.write_text(f"torch=={VERSION}\n")
    found = find_source(pip, CU126, VERSION, "Windows", ["--constraint", str(lock)])
    assert found == sources(CU126, VERSION, "Windows")[0]


def test_a_pip_that_does_not_answer_is_ended(wheels: Path, pip: Pip) -> None:
    make_wheel(wheels, "torch", VERSION)
    answer = pip.would_install([f"torch=={VERSION}"], limit=0.01)
    assert not isinstance(answer, list)
    assert answer.status != 0


@pytest.mark.parametrize(
    ("build", "system", "own_index_first"),
    [
        (CPU, "Linux", False),
        (CU130, "Linux", False),
        (CU130, "Windows", True),
        (CU126, "Linux", True),
    ],
)
def test_pytorchs_own_index_is_asked_last(
    build: TorchBuild, system: str, own_index_first: bool
) -> None:
    ways = sources(build, VERSION, system)
    assert ways[-1].index == f"{PYTORCH_BUILDS}{build.label}"
    assert ways[-1].requirement == f"torch=={VERSION}+{build.label}"
    assert bool(ways[0].index) == own_index_first


def test_macos_needs_no_other_index() -> None:
    assert [way.index for way in sources(MAC, VERSION, "Darwin")] == [""]


@pytest.mark.parametrize(
    ("build", "packages", "fits"),
    [
        (CPU, [Resolved("torch", "2.13.0+cpu")], True),
        (CPU, [Resolved("torch", "2.13.0+cu130")], False),
        (CPU, [Resolved("torch", "2.13.0+rocm7.2")], False),
        (CPU, [Resolved("torch", "2.13.0"), Resolved("triton", "3.7.1")], False),
        (CPU, [Resolved("numpy", "2.4.6")], False),
        (CU130, [Resolved("torch", "2.13.0")], False),
        (CU130, [Resolved("torch", "2.13.0+cu130")], True),
        (CU126, [Resolved("torch", "2.13.0+cu130")], False),
        (MAC, [Resolved("torch", "2.13.0")], True),
    ],
)
def test_a_build_is_known_by_its_label_and_its_libraries(
    build: TorchBuild, packages: list[Resolved], fits: bool
) -> None:
    assert suits(build, packages) == fits
