"""Which Multiplane this is, and what starts it."""

from __future__ import annotations

import sys
from functools import lru_cache
from importlib import metadata


@lru_cache(maxsize=1)
def own_version() -> str:
    """This package's version; "unknown" when it runs from sources that are not installed."""
    try:
        return metadata.version("multiplane")
    except metadata.PackageNotFoundError:
        return "unknown"


def own_program() -> list[str]:
    """What starts this Multiplane: the interpreter and its arguments, those of a command apart."""
    return [sys.executable, "-m", "multiplane"]
