"""`python -m multiplane` is the program `multiplane`."""

from __future__ import annotations

from multiplane.cli import main

main()
