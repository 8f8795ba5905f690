"""A computer that slept, and a clock that was set: both are said, and little jumps are not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from multiplane.server.workers.clock_watch import watch


@pytest.mark.parametrize(
    ("jump", "said"),
    [
        (0.0, None),
        (59.0, None),
        (-59.0, None),
        (61.0, "slept for 61 seconds"),
        (600.0, "slept for about 10 minutes"),
        (8 * 3600.0, "slept for about 8 hours"),
        (-3 * 3600.0, "set back by about 3 hours"),
        (3650 * 86400.0, "slept for about 3650 days"),
    ],
)
def test_what_is_said_of_a_jump(jump: float, said: str | None) -> None:
    heard: list[str] = []

    def clock() -> Iterator[float]:
        at = 1000.0
        for late in (0.0, 0.0, jump, 0.0):
            at += 0.001 + late
            yield at
        while True:
            at += 0.001
            yield at

    times = clock()

    async def run() -> None:
        watching = asyncio.create_task(watch(heard.append, look_s=0.001, clock=times.__next__))
        await asyncio.sleep(0.2)
        watching.cancel()

    asyncio.run(run())
    assert len(heard) == (said is not None)
    assert said is None or said in heard[0]
