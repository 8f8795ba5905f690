"""The build of PyTorch for a machine, from what its driver says."""

from __future__ import annotations

import pytest

from installer.gpu import Gpu, choose_build, find_gpus

NO_GPU: list[Gpu] = []


@pytest.mark.parametrize(
    ("gpu", "label"),
    [
        (Gpu("NVIDIA H200", 580, 9.0), "cu130"),
        (Gpu("NVIDIA GeForce RTX 2060", 591, 7.5), "cu130"),
        (Gpu("NVIDIA GeForce RTX 4090", 560, 8.9), "cu126"),
        (Gpu("NVIDIA GeForce GTX 1080", 581, 6.1), "cu126"),
        (Gpu("NVIDIA GeForce RTX 4090", 470, 8.9), "cpu"),
        (Gpu("NVIDIA GeForce RTX 5090", 572, 12.0), "cpu"),
        (Gpu("NVIDIA GeForce GTX 680", 591, 3.0), "cpu"),
        (Gpu("an unknown one with a new driver", 590, 0.0), "cu130"),
    ],
)
@pytest.mark.parametrize("system", ["Linux", "Windows"])
def test_build_follows_driver_and_capability(system: str, gpu: Gpu, label: str) -> None:
    assert choose_build(system, [gpu]).label == label


def test_an_old_driver_is_named_with_its_remedy() -> None:
    build = choose_build("Windows", [Gpu("NVIDIA GeForce RTX 5090", 572, 12.0)])
    assert "572" in build.reason
    assert "580" in build.reason


def test_the_most_capable_of_several_gpus_decides() -> None:
    gpus = [Gpu("NVIDIA GeForce GTX 1080", 580, 6.1), Gpu("NVIDIA GeForce RTX 4090", 580, 8.9)]
    assert choose_build("Linux", gpus).label == "cu130"


def test_without_a_gpu_the_cpu_build_is_taken() -> None:
    assert choose_build("Linux", NO_GPU).label == "cpu"
    assert choose_build("Windows", NO_GPU).label == "cpu"


def test_macos_has_one_build() -> None:
    assert choose_build("Darwin", NO_GPU, "cuda").label == "mac"


def test_the_user_decides() -> None:
    gpu = Gpu("NVIDIA H200", 580, 9.0)
    assert choose_build("Linux", [gpu], "cpu").label == "cpu"
    assert choose_build("Linux", NO_GPU, "cuda").label == "cu130"


def test_driver_lines_are_read() -> None:
    def ask(fields: str) -> str:
        assert fields == "driver_version,compute_cap,name"
        return "580.95.05, 9.0, NVIDIA H200\n580.95.05, 8.9, NVIDIA L4\n"

    assert find_gpus(ask) == [Gpu("NVIDIA H200", 580, 9.0), Gpu("NVIDIA L4", 580, 8.9)]


def test_a_driver_that_knows_no_capability_is_asked_again() -> None:
    def ask(fields: str) -> str:
        return "" if "compute_cap" in fields else "470.223.02, Tesla K80\n"

    assert find_gpus(ask) == [Gpu("Tesla K80", 470, 0.0)]


@pytest.mark.parametrize(
    "answer", ["", "No devices were found\n", "NVIDIA-SMI has failed, sorry\n"]
)
def test_a_driver_without_a_gpu_counts_as_none(answer: str) -> None:
    assert find_gpus(lambda _: answer) == []
