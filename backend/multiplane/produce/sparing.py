"""What is made again when memory runs out, each time with the picture model's next memory plan."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import TypeVar

from multiplane.contract.errors import Failure
from multiplane.produce.studio import Studio

T = TypeVar("T")
NO_MEMORY = "models.memory"


def with_less_memory(make: Callable[[], T], studio: Studio, warn: Callable[[str], None]) -> T:
    """What `make` gives, at its first try or at a later one with less of the model in memory.

    warn: is told of every further try. Raises what `make` raises, where memory has not run out
    with the picture model, or no plan is left.
    """
    while True:
        try:
            return make()
        except Failure as error:
            if error.code != NO_MEMORY:
                raise
            lack = error
        let_go(lack)
        plan = studio.next_plan()
        if plan is None:
            raise lack
        warn(f"Memory ran out. It is tried again with {plan.in_words()}.")


def let_go(error: BaseException | None) -> None:
    """Empty the frames that an error was raised in: they hold what was in memory then."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__
