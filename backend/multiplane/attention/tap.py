"""The one place in this process where diffusers' attention is listened to.

The blocks of a model call a global function, such as the `dispatch_attention_fn` of the module
that defines them. While at least one capture is open, that global is a function that makes the
original call with the very same arguments and then tells the listeners of the calling thread. It
is put back when the last capture closes. A thread may have something else done in place of the
original call; who listens hears the block's own arguments then as well.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from multiplane.models.families.layout import AttentionPoint

# Called with the arguments of the attention call, after it was made.
Listener = Callable[..., None]
# Called in place of the attention: with that, and then with its arguments.
Replacement = Callable[..., Any]

_lock = threading.Lock()
_taps: dict[AttentionPoint, _Tap] = {}


class _Listening(threading.local):
    """Listeners by their owner, and replacements with theirs, in this thread only."""

    def __init__(self) -> None:
        self.by_owner: dict[int, tuple[AttentionPoint, Listener]] = {}
        self.replaced: dict[AttentionPoint, tuple[int, Replacement]] = {}
        self.telling = False  # a listener that attends is not heard by the others


_listening = _Listening()


class _Tap:
    def __init__(self, point: AttentionPoint) -> None:
        self.point = point
        self.module = importlib.import_module(point.module)
        self.original: Callable[..., Any] = getattr(self.module, point.function)
        self.users = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if _listening.telling:
            return self.original(*args, **kwargs)
        _, replacement = _listening.replaced.get(self.point, (0, None))
        if replacement is None:
            attended = self.original(*args, **kwargs)
        else:
            attended = replacement(self.original, *args, **kwargs)
        if _listening.by_owner:
            _listening.telling = True
            try:
                for point, listener in tuple(_listening.by_owner.values()):
                    if point == self.point:
                        listener(*args, **kwargs)
            finally:
                _listening.telling = False
        return attended


@contextmanager
def tapped(point: AttentionPoint) -> Iterator[None]:
    """Keep the tap on the function at `point` while the context is open."""
    with _lock:
        tap = _taps.get(point)
        if tap is None:
            tap = _taps[point] = _Tap(point)
            setattr(tap.module, point.function, tap)
        tap.users += 1
    try:
        yield
    finally:
        with _lock:
            tap.users -= 1
            if tap.users == 0:
                del _taps[point]
                # Whoever replaced the tap meanwhile calls it still: it stays a plain pass-through.
                if getattr(tap.module, point.function) is tap:
                    setattr(tap.module, point.function, tap.original)


def listen(owner: object, point: AttentionPoint, listener: Listener) -> None:
    """Tell `listener` of this thread's attention calls at `point`, until `owner` stops it."""
    _listening.by_owner[id(owner)] = (point, listener)


def replace(owner: object, point: AttentionPoint, replacement: Replacement) -> None:
    """Have `replacement` make this thread's attention calls at `point`, until `owner` stops it.

    Raises ValueError where another owner's makes them already.
    """
    if _listening.replaced.get(point, (id(owner), None))[0] != id(owner):
        raise ValueError(f"attention at {point.module} is replaced already")
    _listening.replaced[point] = (id(owner), replacement)


def stop(owner: object) -> None:
    """End what `listen` or `replace` began; nothing happens if neither had begun."""
    _listening.by_owner.pop(id(owner), None)
    for point, (whose, _) in tuple(_listening.replaced.items()):
        if whose == id(owner):
            del _listening.replaced[point]
