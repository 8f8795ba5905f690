"""Several of a kind are named by where they are."""

from __future__ import annotations

import numpy as np
import pytest

from multiplane.layers.place_names import place_names
from tests.layers.drawn import disc

SIZE = (200, 100)

PLACES = {
    "two beside each other": ([((150, 50), 25), ((50, 50), 25)], ["right", "left"]),
    "left counts before size": ([((60, 50), 20), ((130, 60), 35)], ["left", "right"]),
    "three": (
        [((30, 50), 15), ((100, 50), 15), ((170, 50), 15)], ["left", "middle", "right"],
    ),
    "four": (
        [((25, 50), 12), ((75, 50), 12), ((125, 50), 12), ((175, 50), 12)],
        ["left", "middle left", "middle right", "right"],
    ),
    "one over the other": ([((100, 75), 18), ((102, 25), 18)], ["lower", "upper"]),
    "one behind the other": ([((100, 70), 28), ((104, 20), 15)], ["near", "far"]),
    "none tells": ([((100, 50), 30), ((104, 53), 30)], ["1", "2"]),
    "six": ([((20 + 30 * k, 50), 8) for k in range(6)], ["1", "2", "3", "4", "5", "6"]),
    "one is not there": ([((50, 50), 20), ((150, 50), 0)], ["1", "2"]),
}  # fmt: skip


@pytest.mark.parametrize("case", PLACES)
def test_names(case: str) -> None:
    discs, places = PLACES[case]
    masks = [disc(SIZE, *at) > 0.5 if at[1] else np.zeros(SIZE[::-1], bool) for at in discs]
    assert place_names("warrior", masks) == tuple(f"warrior {place}" for place in places)


def test_one_alone_keeps_its_name() -> None:
    assert place_names("warrior", [disc(SIZE, (50, 50), 20) > 0.5]) == ("warrior",)
