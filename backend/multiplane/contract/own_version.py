"""Which Multiplane this is."""

from __future__ import annotations

from functools import lru_cache
from importlib import metadata


@lru_cache(maxsize=1)
def own_version() -> str:
    """This package's version; "unknown" when it runs from sources that are not installed."""
    try:
        return metadata.version("multiplane")
    except metadata.PackageNotFoundError:
        return "unknown"
