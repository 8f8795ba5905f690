"""Ctrl-C that is not lost.

Python raises KeyboardInterrupt between any two instructions, also within those that a library
written in C calls; a few of them take it for their own error and clear it. While films are encoded
one press in twenty was lost in this way, and the program went on to its end.
"""

from __future__ import annotations

import signal
import threading
from contextlib import AbstractContextManager
from types import FrameType, TracebackType
from typing import Self


class CtrlC(AbstractContextManager["CtrlC"]):
    """Within, a press raises KeyboardInterrupt at once, and again where it is asked for.

    Outside of the main thread, and where somebody handles the signal otherwise or ignores it,
    nothing is changed.
    """

    def __init__(self) -> None:
        self._pressed = False
        self._ours = False

    def __enter__(self) -> Self:
        python_own = signal.getsignal(signal.SIGINT) is signal.default_int_handler
        if python_own and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, self._press)
            self._ours = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self._ours = False

    def heed(self) -> None:
        """Raises KeyboardInterrupt where it was pressed, whatever became of that."""
        if self._pressed:
            raise KeyboardInterrupt

    def _press(self, number: int, frame: FrameType | None) -> None:
        self._pressed = True
        raise KeyboardInterrupt
