"""A pause in long work, so that other tasks of the event loop get their turn."""

from __future__ import annotations

import asyncio

_PAUSE_S = 0.001
"""More than none: an answer takes the loop several rounds, and each of them would wait for another
piece of what is long."""


async def breathe() -> None:
    """Let every task run that is ready to."""
    await asyncio.sleep(_PAUSE_S)
