"""Seconds and memory that are predicted, by given numbers; nothing is timed here."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from multiplane.models import folders, measured, outlook
from multiplane.models.cost import cost_of, reachable
from multiplane.models.families.z_image import STORYBOARD_MINI, Z_IMAGE_TURBO
from multiplane.models.load import Painter, situation
from multiplane.models.machine import Machine
from multiplane.models.measured import Measured, Shots, Spent, shots_key
from multiplane.models.memory import MemoryPlan, Placement, Situation, need
from multiplane.models.profiles import PROFILES
from tests.command_line import Multiplane

CARD = Machine("cuda", "card", 64, 24)
SIZE = (1824, 1024)
FREED = MemoryPlan(placement=Placement.ENCODER_FREED)


@pytest.fixture(autouse=True)
def models_folder_of_this_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(folders.MODELS_VARIABLE, str(tmp_path / "models"))


def test_operations_follow_from_parameters_tokens_and_passes() -> None:
    situation = Situation(CARD)
    one = cost_of(Z_IMAGE_TURBO, MemoryPlan(), situation, SIZE, 1)
    eight = cost_of(Z_IMAGE_TURBO, MemoryPlan(), situation, SIZE, 8)
    tokens = 114 * 64 + 512
    linear = 2 * 6.15e9 * tokens
    channels = (6.15e9 / 360) ** 0.5
    a_pass = linear + 4 * tokens**2 * channels * 30
    assert (eight.operations - one.operations) / 7 == pytest.approx(a_pass)
    rest = 2 * 4.02e9 * 512 + 0.03 * 84e6 * SIZE[0] * SIZE[1]
    assert one.operations == pytest.approx(a_pass + rest)
    small = cost_of(Z_IMAGE_TURBO, MemoryPlan(scale=0.5), situation, SIZE, 8)
    assert 3 < eight.operations / small.operations < 5
    assert one.moved == 0


def test_bytes_are_moved_as_the_plan_says() -> None:
    situation = Situation(CARD)
    sizes = {name: 2 * count for name, count in Z_IMAGE_TURBO.parameters.items()}
    whole = sum(sizes.values())
    for placement, moved in (
        (Placement.FULL, 0),
        (Placement.ENCODER_FREED, sizes["text_encoder"]),
        (Placement.MODEL_OFFLOAD, whole),
        (Placement.GROUP_OFFLOAD, whole + 7 * (whole - sizes["text_encoder"])),
    ):
        cost = cost_of(Z_IMAGE_TURBO, MemoryPlan(placement=placement), situation, SIZE, 8)
        assert cost.moved == pytest.approx(moved)
    assert cost.seconds(1e14) == pytest.approx(cost.operations / 1e14 + cost.moved / 10e9)
    assert cost.reached(cost.seconds(1e14)) == pytest.approx(1e14)


def test_a_prediction_is_put_right_by_what_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outlook, "product_speed", lambda machine, dtype, threads: 2e14)
    before = outlook.outlook(Z_IMAGE_TURBO, CARD)
    assert before is not None
    assert before.shots == 0
    cost = cost_of(Z_IMAGE_TURBO, before.plan, Situation(CARD), SIZE, 8)
    assert before.seconds == pytest.approx(cost.seconds(reachable(2e14)))
    painter = Painter(None, Z_IMAGE_TURBO, "cuda", Path(), before.plan)
    for _ in range(2):
        outlook.learn(painter, CARD, SIZE, Spent(seconds=30.0, peak_gb=before.need.device - 1.5))
    after = outlook.outlook(Z_IMAGE_TURBO, CARD)
    assert after is not None
    assert (after.plan, after.shots) == (before.plan, 2)
    assert after.seconds == pytest.approx(30.0)
    assert after.need.device == pytest.approx(before.need.device - 1.5)
    assert "38 s a shot (measured in 2 shots)" in after.in_words(CARD)
    assert "(predicted)" in before.in_words(CARD)


def test_a_shot_on_a_plate_is_painted_twice_and_the_plate_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Into the plate in eight tenths of the steps; a family that cannot says nothing of plates."""
    monkeypatch.setattr(outlook, "product_speed", lambda machine, dtype, threads: 2e14)
    found = outlook.outlook(Z_IMAGE_TURBO, CARD)
    assert found is not None
    assert found.into_plate is not None
    steps = Z_IMAGE_TURBO.steps

    def seconds(count: int) -> float:
        cost = cost_of(Z_IMAGE_TURBO, found.plan, Situation(CARD), SIZE, count)
        return cost.seconds(reachable(2e14))

    assert found.into_plate == pytest.approx(seconds(math.ceil(0.8 * steps)))
    assert found.plate == pytest.approx(seconds(steps))
    whole = f"{found.shot_seconds + found.into_plate:.0f} s on a plate"
    assert whole in found.in_words(CARD)
    assert f"takes {found.plate:.0f} s itself" in found.in_words(CARD)
    pixart = outlook.outlook(PROFILES["pixart-sigma"], CARD)
    assert pixart is not None
    assert pixart.into_plate is None
    assert "plate" not in pixart.in_words(CARD)


def test_older_shots_count_ever_less() -> None:
    shots = Shots()
    for speed in (10.0, 20.0):
        shots = shots.with_another(speed, 1.0)
    assert shots == Shots(2, 15.0, 1.0)
    for _ in range(60):
        shots = shots.with_another(40.0, 0.0)
    assert shots.operations_per_s == pytest.approx(40.0, rel=0.01)
    assert shots.count == 62


def test_what_is_kept_comes_back_and_damage_counts_as_nothing(tmp_path: Path) -> None:
    key = shots_key(STORYBOARD_MINI, CARD, MemoryPlan())
    kept = Measured({"card": 1e12}, {key: Shots(3, 2.0, 0.5)})
    measured.write_measured(kept)
    assert measured.read_measured() == kept
    assert measured.correction_gb(STORYBOARD_MINI, CARD) == 0.5
    assert measured.correction_gb(replace(STORYBOARD_MINI, version="other"), CARD) == 0
    file = folders.models_folder() / "measured.json"
    for text in ("{", "[]", '{"speeds": {"a": "b"}, "shots": {}}', '{"shots": {"a": {"x": 1}}}'):
        file.write_text(text)
        assert measured.read_measured() == Measured()


def test_a_folder_that_cannot_be_written_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(folders.MODELS_VARIABLE, str(tmp_path / "file" / "models"))
    measured.write_measured(Measured({"card": 1.0}))
    assert measured.read_measured() == Measured()


def test_models_info_and_doctor_say_what_fits(
    multiplane: Multiplane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlook, "product_speed", lambda machine, dtype, threads: 1e11)
    said = multiplane("models", "info", "storyboard-mini")
    assert "fits this CPU with full weights, all on the device: about" in said.out
    assert "s a shot (predicted)" in said.out
    there = Machine("cpu", "CPU", 4, 4)
    monkeypatch.setattr("multiplane.models.machine.look_at_machine", lambda device="auto": there)
    assert (
        "does not fit: z-image-turbo needs about"
        in multiplane("models", "info", "z-image-turbo").out
    )
    assert "s a shot (predicted)" in multiplane("doctor").out


def test_the_situation_of_a_model_that_is_here_counts_what_was_measured() -> None:
    plan = MemoryPlan()
    measured.note_shot(STORYBOARD_MINI, CARD, plan, operations_per_s=1.0, over_gb=0.25)
    here = situation(STORYBOARD_MINI, CARD)
    more = need(STORYBOARD_MINI, plan, here).device
    assert more == pytest.approx(need(STORYBOARD_MINI, plan, here.uncorrected()).device + 0.25)
