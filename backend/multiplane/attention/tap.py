"""The one place in this process where diffusers' attention is listened to.

The blocks of a transformer call `dispatch_attention_fn`, a global of the module that defines
them. While at least one capture is open, that global is a function that makes the original call
with the very same arguments and then tells the listeners of the calling thread. It is put back
when the last capture closes.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

# Called with the arguments of the attention call, after it was made.
Listener = Callable[..., None]

_NAME = "dispatch_attention_fn"
_lock = threading.Lock()
_taps: dict[str, _Tap] = {}


class _Listening(threading.local):
    """Listeners by their owner, in this thread only."""

    def __init__(self) -> None:
        self.by_owner: dict[int, Listener] = {}


_listening = _Listening()


class _Tap:
    def __init__(self, module: ModuleType) -> None:
        self.module = module
        self.original: Callable[..., Any] = getattr(module, _NAME)
        self.users = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        attended = self.original(*args, **kwargs)
        for listener in tuple(_listening.by_owner.values()):
            listener(*args, **kwargs)
        return attended


@contextmanager
def tapped(module_name: str) -> Iterator[None]:
    """Keep the tap on `module_name`'s attention while the context is open."""
    with _lock:
        tap = _taps.get(module_name)
        if tap is None:
            tap = _taps[module_name] = _Tap(importlib.import_module(module_name))
            setattr(tap.module, _NAME, tap)
        tap.users += 1
    try:
        yield
    finally:
        with _lock:
            tap.users -= 1
            if tap.users == 0:
                del _taps[module_name]
                # Whoever replaced the tap meanwhile calls it still: it stays a plain pass-through.
                if getattr(tap.module, _NAME) is tap:
                    setattr(tap.module, _NAME, tap.original)


def listen(owner: object, listener: Listener) -> None:
    """Tell `listener` of every attention call that this thread makes, until `owner` stops it."""
    _listening.by_owner[id(owner)] = listener


def stop(owner: object) -> None:
    """End what `listen` began; nothing happens if it had not begun."""
    _listening.by_owner.pop(id(owner), None)
