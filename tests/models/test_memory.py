"""How a model is laid out in the memory that is free."""

from __future__ import annotations

import pytest

from multiplane.contract.errors import Failure
from multiplane.models.families.z_image import STORYBOARD_MINI, Z_IMAGE_TURBO
from multiplane.models.memory import (
    Layout,
    Machine,
    Placement,
    look_at_machine,
    plan,
    require_plan,
    sparing,
)


@pytest.mark.parametrize(
    ("device", "ram", "on_device", "expected"),
    [
        ("cuda", 64, 24, Placement.FULL),
        ("cuda:1", 64, 16, Placement.MODEL_OFFLOAD),
        ("cuda", 64, 8, Placement.SEQUENTIAL_OFFLOAD),
        ("cuda", 64, 2, None),
        ("cuda", 16, 16, None),
        ("cpu", 64, 64, Placement.FULL),
        ("cpu", 32, 32, None),
        ("mps", 32, 32, Placement.FULL),
        ("mps", 16, 16, None),
    ],
)
def test_z_image_turbo(device: str, ram: float, on_device: float, expected: Placement) -> None:
    assert plan(Z_IMAGE_TURBO, Machine(device, "", ram, on_device)) is expected


def test_the_bundled_model_fits_in_two_gigabytes() -> None:
    assert plan(STORYBOARD_MINI, Machine("cpu", "CPU", 2, 2)) is Placement.FULL


def test_too_little_memory_is_said_in_numbers() -> None:
    with pytest.raises(
        Failure, match=r"needs about 41\.\d GB of memory; 8\.0 GB is free"
    ) as caught:
        require_plan(Z_IMAGE_TURBO, Machine("cpu", "CPU", 8, 8))
    assert "--model storyboard-mini" in str(caught.value)


def test_a_device_that_is_not_there() -> None:
    with pytest.raises(Failure, match=r"Devices here: .*cpu"):
        look_at_machine("tpu")
    assert look_at_machine("cpu").free_ram_gb > 0


def test_each_lack_of_memory_is_answered_more_sparingly() -> None:
    gpu = Machine("cuda", "GPU", 64, 24)
    assert [sparing(Z_IMAGE_TURBO, gpu, lacks) for lacks in range(4)] == [
        Layout(Placement.FULL),
        Layout(Placement.FULL, tiled=True),
        Layout(Placement.MODEL_OFFLOAD, tiled=True),
        Layout(Placement.SEQUENTIAL_OFFLOAD, tiled=True),
    ]
    cpu = Machine("cpu", "CPU", 64, 64)
    assert sparing(Z_IMAGE_TURBO, cpu, 1) == Layout(Placement.FULL, tiled=True)
    for machine, lacks in ((gpu, 4), (cpu, 2)):
        with pytest.raises(Failure, match="however little") as caught:
            sparing(Z_IMAGE_TURBO, machine, lacks)
        assert caught.value.code == "models.memory"
