"""What the installer shows while it works: one line per step, with its time."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from types import TracebackType
from typing import TextIO

WIDEST = 100


class Step:
    """One named step on the terminal: `with Step("2/6", "pip") as step: ...`.

    On a terminal the line shows the seconds as they pass and what is being done (`note`); in a log
    it is printed once, when the step ends.
    """

    def __init__(self, count: str, name: str, live: bool, out: TextIO | None = None) -> None:
        self.head = f"  {count}  {name:<12}"
        self.live = live
        self.out = out or sys.stdout
        self.text = ""
        # One column less than the terminal has: a full line would wrap.
        self.width = min(WIDEST, shutil.get_terminal_size().columns - 1)
        self._start = time.monotonic()
        self._ended = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)

    def note(self, text: str) -> None:
        """Say what is being done now."""
        self.text = text

    def _tick(self) -> None:
        while not self._ended.wait(0.5):
            line = f"{self.head}{self.seconds:6.0f} s  {self.text}"[: self.width]
            self.out.write(f"\r{line:<{self.width}}")
            self.out.flush()

    @property
    def seconds(self) -> float:
        """Seconds since the step began."""
        return time.monotonic() - self._start

    def __enter__(self) -> Step:
        self._start = time.monotonic()
        if self.live:
            self._ticker.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        if self.live:
            self._ticker.join()
            self.out.write("\r" + " " * self.width + "\r")
        outcome = self.text if error is None else "not finished"
        self.out.write(f"{self.head}{self.seconds:6.1f} s  {outcome}".rstrip() + "\n")
        self.out.flush()
