"""Notices that the computer slept, or that its clock was set, and says so.

Nothing has to be done about it: whatever waits goes by the clock that only ever goes on, and
times in the database are only told.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

LOOK_S = 10.0
NOTICED_S = 60.0
"""Less may be a busy computer, or a clock that is put right now and then."""


async def watch(
    say: Callable[[str], None],
    *,
    look_s: float = LOOK_S,
    noticed_s: float = NOTICED_S,
    clock: Callable[[], float] = time.time,
) -> None:
    """Until cancelled: `say` every standstill and jump of the clock (s) of `noticed_s` or more."""
    before = clock()
    while True:
        await asyncio.sleep(look_s)
        now = clock()
        late, before = now - before - look_s, now
        if late >= noticed_s:
            say(f"The computer slept for {_in_words(late)}, or its clock was set; all goes on.")
        elif late <= -noticed_s:
            say(f"The computer's clock was set back by {_in_words(-late)}; all goes on.")


def _in_words(seconds: float) -> str:
    for unit, of in (("days", 86400.0), ("hours", 3600.0), ("minutes", 60.0)):
        if seconds >= 2 * of:
            return f"about {seconds / of:.0f} {unit}"
    return f"{seconds:.0f} seconds"
