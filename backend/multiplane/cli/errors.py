"""What the user sees when something goes wrong: one paragraph, never a traceback."""

from __future__ import annotations

import os
import sys
import traceback

DEBUG_VARIABLE = "MULTIPLANE_DEBUG"
INTERRUPTED_STATUS = 130


class Interrupted(Exception):
    """The user stopped the run; the message says how to go on."""


def report(error: Exception, *, as_json: bool = False) -> int:
    """Say what happened (for programs: as one event on stdout); returns the exit status."""
    from multiplane.contract.errors import MultiplaneError

    if os.environ.get(DEBUG_VARIABLE):
        traceback.print_exception(error)
    if isinstance(error, MultiplaneError):
        text, status = str(error), error.exit_status
    elif isinstance(error, Interrupted):
        text, status = str(error), INTERRUPTED_STATUS
    else:
        text = (
            f"Something unforeseen happened: {type(error).__name__}: {error}. "
            f"This is a fault of Multiplane; set {DEBUG_VARIABLE}=1 and run it again to see where."
        )
        status = 1
    if as_json:
        from multiplane.contract.events import Log

        event = Log(level="error", text=text)
        if isinstance(error, MultiplaneError):
            event = Log.model_validate({**event.model_dump(), "error": error.as_dict()})
        print(event.line(), flush=True)
        return status
    from rich.console import Console

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    label = "Stopped." if status == INTERRUPTED_STATUS else "Error:"
    colour = "yellow" if status == INTERRUPTED_STATUS else "bold red"
    console.print(f"[{colour}]{label}[/{colour}]", end=" ")
    console.print(text, markup=False)
    sys.stderr.flush()
    return status
