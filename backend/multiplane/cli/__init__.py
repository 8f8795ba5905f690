"""The command line: multiplane render | decompose | models | doctor | study."""

from __future__ import annotations

from multiplane.cli.app import main

__all__ = ["main"]
