"""Which memory plans fit a machine, in which order, and what they are predicted to need."""

from __future__ import annotations

from itertools import pairwise

import pytest

from multiplane.contract.errors import Failure
from multiplane.models.families.flux2 import FLUX2_KLEIN
from multiplane.models.families.z_image import STORYBOARD_MINI, Z_IMAGE_TURBO
from multiplane.models.machine import Machine, look_at_machine
from multiplane.models.memory import (
    MemoryPlan,
    Placement,
    Situation,
    need,
    plan,
    plans,
)
from multiplane.models.quantisers import Quantiser, Weights

NONE: frozenset[Quantiser] = frozenset()
BOTH = frozenset({Quantiser.TORCHAO, Quantiser.BITSANDBYTES})
GIB = 2**30


def card(gb: float, ram: float = 32, packages: frozenset[Quantiser] = NONE) -> Situation:
    return Situation(Machine("cuda", "card", ram, gb), packages=packages)


def shared(device: str, gb: float, packages: frozenset[Quantiser] = NONE) -> Situation:
    return Situation(Machine(device, device, gb, gb), packages=packages)


def said(value: object) -> str:
    """The id of a test's parameter: a frozenset is told in another order by every process."""
    if not isinstance(value, Situation):
        return str(getattr(value, "name", value))
    machine = value.machine
    packages = "".join(f"+{package}" for package in sorted(value.packages or ()))
    return f"{machine.device}-{machine.free_device_gb}of{machine.free_ram_gb}{packages}"


@pytest.mark.parametrize(
    ("situation", "expected"),
    [
        (card(24), MemoryPlan()),
        (card(16), MemoryPlan(placement=Placement.ENCODER_FREED)),
        (card(12), MemoryPlan(placement=Placement.GROUP_OFFLOAD)),
        (card(8), MemoryPlan(placement=Placement.GROUP_OFFLOAD)),
        (card(6), MemoryPlan(placement=Placement.GROUP_OFFLOAD)),
        (card(4), MemoryPlan(placement=Placement.GROUP_OFFLOAD, tiled=True)),
        (card(8, 16), None),
        (card(8, 16, BOTH), MemoryPlan(Weights.INT8, Placement.ENCODER_FREED, tiled=True)),
        (card(6, 10, BOTH), MemoryPlan(Weights.NF4, Placement.ENCODER_FREED, tiled=True)),
        (card(1), None),
        (shared("mps", 32), MemoryPlan()),
        (shared("mps", 16, BOTH), MemoryPlan(placement=Placement.ENCODER_FREED)),
        (shared("mps", 8), None),
        (shared("cpu", 64), MemoryPlan()),
        (shared("cpu", 32), MemoryPlan(placement=Placement.ENCODER_FREED)),
        (shared("cpu", 24), MemoryPlan(Weights.HALF)),
        (shared("cpu", 12), None),
        (shared("cpu", 12, BOTH), MemoryPlan(Weights.INT8, tiled=True)),
    ],
    ids=said,
)
def test_z_image_turbo_takes_the_best_plan(situation: Situation, expected: MemoryPlan) -> None:
    fitting = plans(Z_IMAGE_TURBO, situation)
    assert (fitting[0] if fitting else None) == expected


def test_the_bundled_model_fits_in_two_gigabytes() -> None:
    assert plans(STORYBOARD_MINI, shared("cpu", 2))[0] == MemoryPlan()


@pytest.mark.parametrize("model", [Z_IMAGE_TURBO, FLUX2_KLEIN, STORYBOARD_MINI], ids=said)
@pytest.mark.parametrize(
    "situation", [*map(card, (4, 6, 8, 12, 16, 24)), shared("mps", 32), shared("cpu", 64)], ids=said
)
def test_each_lack_of_memory_is_answered_by_a_plan_that_needs_less(
    model: object, situation: Situation
) -> None:
    assert isinstance(model, type(Z_IMAGE_TURBO))
    fitting = plans(model, situation)
    needs = [need(model, one, situation) for one in fitting]
    assert len(fitting) > 2
    assert all(one.device <= situation.machine.free_device_gb for one in needs)
    assert all(one.ram <= situation.machine.free_ram_gb for one in needs)
    assert all(after.device < before.device for before, after in pairwise(needs))
    assert [plan(model, situation, lacks) for lacks in range(len(fitting))] == list(fitting)
    # quality first: a smaller picture is the last that is tried
    assert [one.scale for one in fitting] == sorted((one.scale for one in fitting), reverse=True)
    with pytest.raises(Failure, match="however little of it was loaded") as caught:
        plan(model, situation, len(fitting))
    assert caught.value.code == "models.memory"


def test_what_is_needed_follows_from_parameters_and_bytes() -> None:
    gpu = card(24, 32, BOTH)
    denoiser, encoder, vae, working = 6.15e9, 4.02e9, 84e6, 3.0
    for weights, values in ((Weights.FULL, 2.0), (Weights.INT8, 1.03), (Weights.NF4, 0.53)):
        rest = vae * 2 / GIB
        parts = {name: count * values / GIB for name, count in (("d", denoiser), ("e", encoder))}
        whole = need(Z_IMAGE_TURBO, MemoryPlan(weights), gpu)
        assert whole.device == pytest.approx(sum(parts.values()) + rest + working)
        freed = need(Z_IMAGE_TURBO, MemoryPlan(weights, Placement.ENCODER_FREED), gpu)
        assert freed.device == pytest.approx(parts["d"] + rest + working)
        moved = need(Z_IMAGE_TURBO, MemoryPlan(weights, Placement.MODEL_OFFLOAD), gpu)
        assert (moved.device, moved.ram) == pytest.approx(
            (parts["d"] + working, sum(parts.values()) + rest + 1.0)
        )
    half = need(Z_IMAGE_TURBO, MemoryPlan(scale=0.5), gpu)
    plain = need(Z_IMAGE_TURBO, MemoryPlan(), gpu)
    assert plain.device - half.device == pytest.approx(working * 0.75)


def test_what_was_measured_corrects_what_is_predicted() -> None:
    """Two GiB more than was predicted: what just fitted does not any more."""
    machine = Machine("cuda", "card", 32, 16)
    assert plan(Z_IMAGE_TURBO, Situation(machine)).placement is Placement.ENCODER_FREED
    learned = Situation(machine, correction=2.0)
    assert need(Z_IMAGE_TURBO, MemoryPlan(), learned).device == pytest.approx(
        need(Z_IMAGE_TURBO, MemoryPlan(), learned.uncorrected()).device + 2.0
    )
    assert plan(Z_IMAGE_TURBO, learned) == MemoryPlan(placement=Placement.ENCODER_FREED, tiled=True)


def test_weights_that_are_stored_quantised_stay_so() -> None:
    stored = Situation(Machine("cuda", "card", 32, 12), {"transformer": 4 * GIB}, packages=BOTH)
    fitting = plans(Z_IMAGE_TURBO, stored)
    assert {one.weights for one in fitting} == {Weights.STORED}
    first = need(Z_IMAGE_TURBO, fitting[0], stored)
    assert fitting[0].placement is Placement.ENCODER_FREED
    assert first.device == pytest.approx(4.02e9 * 2 / GIB + 0.5)  # while the encoder reads


def test_too_little_memory_is_said_in_numbers() -> None:
    with pytest.raises(
        Failure, match=r"needs about 41\.\d GB of memory, .* at the least; 8 GB is free"
    ) as caught:
        plan(Z_IMAGE_TURBO, shared("cpu", 8))
    assert "--model storyboard-mini" in str(caught.value)


def test_a_package_that_would_help_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("multiplane.models.memory.is_missing", lambda _: True)
    situation = Situation(Machine("cuda", "card", 16, 8))
    with pytest.raises(Failure) as caught:
        plan(Z_IMAGE_TURBO, situation)
    assert "pip install torchao" in str(caught.value)
    assert "8-bit weights, text encoder freed" in str(caught.value)


def test_a_plan_says_what_it_does() -> None:
    said = MemoryPlan(Weights.INT8, Placement.MODEL_OFFLOAD, tiled=True, scale=0.75).in_words()
    assert said == (
        "8-bit weights, one component on the device at a time, VAE in tiles, "
        "painted at 75% and enlarged"
    )
    assert MemoryPlan(placement=Placement.GROUP_OFFLOAD).is_plain
    assert not MemoryPlan(tiled=True).is_plain


def test_a_device_that_is_not_there() -> None:
    with pytest.raises(Failure, match=r"Devices here: .*cpu"):
        look_at_machine("tpu")
    assert look_at_machine("cpu").free_ram_gb > 0
