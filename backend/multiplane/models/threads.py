"""How many of a processor's threads PyTorch computes with: always the same, whoever else computes.

A sum over other parts is rounded otherwise, so that a picture would depend on what was done before.
"""

from __future__ import annotations

import threading
from functools import cache


def compute_with(threads: int | None) -> None:
    """PyTorch computes with so many from now on, in the whole process; None: its own choice.

    To be said before each run of a model: Numba sets the number anew, to all processors, for the
    thread that first runs something of it.
    """
    import torch

    wanted = threads or own_choice()
    if torch.get_num_threads() != wanted:
        torch.set_num_threads(wanted)


@cache
def own_choice() -> int:
    """What PyTorch computes with unless it is told a number: a new thread is asked, because what
    this one was set to by others is not known.
    """
    import torch

    found: list[int] = []
    asked = threading.Thread(target=lambda: found.append(torch.get_num_threads()))
    asked.start()
    asked.join()
    return found[0]
