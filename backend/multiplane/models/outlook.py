"""What a model would do on this machine: its memory plan, and how long a shot takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.errors import Failure
from multiplane.models import measured
from multiplane.models.cost import cost_of, reachable
from multiplane.models.families.family import Beside
from multiplane.models.families.registry import family
from multiplane.models.load import plans_for, situation
from multiplane.models.machine import Machine, look_at_machine
from multiplane.models.memory import MemoryPlan, Need, need
from multiplane.models.memory import plan as plan_for
from multiplane.models.paint import OnStep, paint, picture_size, steps_into_plate
from multiplane.models.quantisers import computes_in
from multiplane.models.speed import product_speed

if TYPE_CHECKING:
    from multiplane.models.facts import ModelProfile
    from multiplane.models.load import Painter

_WIDE = 16 / 9
_REST_S = 8.0
"""Of a shot of 1920 x 1080 after its picture: mattes, fill, film. reports/throughput.json."""


@dataclass(frozen=True)
class Outlook:
    """plan: the first that fits. seconds: of painting a picture of 16:9, all takes included.

    into_plate: seconds that painting subjects into a plate takes more; None where the model can't.
    plate: of painting that, once for all its shots. shots: that the prediction has learned from.
    """

    plan: MemoryPlan
    need: Need
    seconds: float
    shots: int
    plate: float
    into_plate: float | None

    @property
    def shot_seconds(self) -> float:
        """Of a whole shot, with its layers and film."""
        return self.seconds + _REST_S

    def in_words(self, machine: Machine) -> str:
        """Such as "fits this CPU with full weights, all on the device: about 8 GB, 9 s a shot"."""
        how = f"measured in {self.shots} shots" if self.shots else "predicted"
        said = (
            f"fits this {machine.device_name} with {self.plan.in_words()}: about "
            f"{self.need.device:.1f} GB, {_about(self.shot_seconds)} a shot ({how})"
        )
        if self.into_plate is None:
            return said
        return (
            f"{said}; {_about(self.shot_seconds + self.into_plate)} on a plate, which takes "
            f"{_about(self.plate)} itself, once"
        )


def outlook(profile: ModelProfile, machine: Machine) -> Outlook | None:
    """What `profile` would do on `machine`; None where no memory plan fits.

    The device's speed is measured the first time. Raises as `load.plans_for`.
    """
    fitting = plans_for(profile, machine)
    if not fitting:
        return None
    plan = fitting[0]
    here = situation(profile, machine)
    takes = profile.takes * profile.take_steps if profile.takes > 1 else 0
    known = measured.shots_with(profile, machine, plan)
    size = picture_size(profile, _WIDE)
    speed = known.operations_per_s or reachable(_product(profile, plan, machine))

    def seconds(steps: int) -> float:
        return cost_of(profile, plan, here, size, _passes(profile, steps)).seconds(speed)

    return Outlook(
        plan=plan,
        need=need(profile, plan, here),
        seconds=seconds(profile.steps + takes),
        shots=known.count,
        plate=seconds(profile.steps),
        into_plate=seconds(steps_into_plate(profile)) if _repaints(profile) else None,
    )


def outlook_in_words(profile: ModelProfile, machine: Machine) -> str:
    """As `Outlook.in_words`, or why it does not fit. Raises as `load.plans_for`."""
    found = outlook(profile, machine)
    if found is not None:
        return found.in_words(machine)
    try:
        plan_for(profile, situation(profile, machine))
    except Failure as error:
        return f"does not fit: {error.message} {error.remedy}"
    raise AssertionError("unreachable: there is no plan")


def learn(painter: Painter, machine: Machine, size: tuple[int, int], spent: measured.Spent) -> None:
    """Put predictions right by a picture of `size` that was painted in all its steps."""
    profile, plan = painter.profile, painter.plan
    here = situation(profile, machine).uncorrected()
    cost = cost_of(profile, plan, here, size, _passes(profile, profile.steps))
    taken = spent.peak_gb - (painter.before_gb if machine.kind == "cpu" else 0.0)
    measured.note_shot(
        profile,
        machine,
        plan,
        operations_per_s=cost.reached(spent.seconds),
        over_gb=taken - need(profile, plan, here).device,
    )


def paint_and_learn(
    painter: Painter,
    prompt: str,
    size: tuple[int, int],
    seed: int,
    on_step: OnStep,
    references: Sequence[NDArray[np.uint8]] = (),
    beside: Sequence[Beside] = (),
) -> NDArray[np.uint8]:
    """As `paint` in the profile's own steps; what it took is learned from. Raises as `paint`.

    With references, or others beside, nothing is learned: a picture without any costs less.
    """
    if references or beside:
        return paint(
            painter, prompt, size, seed, references=references, beside=beside, on_step=on_step
        )  # fmt: skip
    with measured.watching(painter.device) as spent:
        picture = paint(painter, prompt, size, seed, on_step=on_step)
    learn(painter, look_at_machine(painter.device), size, spent)
    return picture


def _repaints(profile: ModelProfile) -> bool:
    return family(profile.family).inpaint_class is not None


def _passes(profile: ModelProfile, steps: int) -> int:
    return steps * family(profile.family).passes(profile.guidance)


def _product(profile: ModelProfile, plan: MemoryPlan, machine: Machine) -> float:
    """Operations a second of a large matrix product, in what the model computes in."""
    dtype = computes_in(plan.weights, profile.dtype(machine.kind), machine.kind)
    return product_speed(machine, dtype, profile.cpu_threads)


def _about(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 180 else f"{seconds / 60:.0f} min"
