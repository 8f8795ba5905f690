"""A pause in something long, for all others who wait for the event loop."""

from __future__ import annotations

import asyncio

_PAUSE_S = 0.001
"""More than none: an answer takes the loop several rounds, and each of them would wait for another
piece of what is long."""


async def breathe() -> None:
    """Let everything be done that is ready to be."""
    await asyncio.sleep(_PAUSE_S)
