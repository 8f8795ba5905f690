"""Ending what a model computes before its step is over."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def checked(check: Callable[[], None]) -> Iterator[None]:
    """Within, `check` is called whenever a part of any model begins to compute in this thread.

    What it raises ends the computation there. What is computed is bit-identical.
    """
    from torch.nn.modules.module import register_module_forward_pre_hook

    thread = threading.get_ident()

    def begins(module: Any, args: Any) -> None:
        if threading.get_ident() == thread:
            check()

    hook = register_module_forward_pre_hook(begins)
    try:
        yield
    finally:
        hook.remove()
