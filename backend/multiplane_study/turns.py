"""Timing of two runs that take turns, step by step, so that other load meets both alike."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Tick = Callable[[], None]  # called by a run where it may pause


@dataclass(frozen=True)
class Spent:
    """Time that a run took, in seconds, without its pauses."""

    seconds: float = 0.0
    cpu: float = 0.0  # of all threads of this process

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.seconds + other.seconds, self.cpu + other.cpu)


class _Cancelled(Exception):
    """Another run failed."""


class _Turns:
    def __init__(self, runs: int, device: str) -> None:
        self.spent = [Spent() for _ in range(runs)]
        self.failure: BaseException | None = None
        self._device = device
        self._going = list(range(runs))
        self._next = threading.Condition()
        self._started = (0.0, 0.0)

    def run(self, index: int, way: Callable[[Tick], None]) -> None:
        """Carry out `way` in its turns; the body of a thread."""
        try:
            self._await(index)
            way(lambda: self._pause(index))
            self._stop_clock(index)
        except _Cancelled:
            pass
        except BaseException as failure:
            self.failure = self.failure or failure
        finally:
            with self._next:
                self._going.remove(index)
                self._next.notify_all()

    def _pause(self, index: int) -> None:
        self._stop_clock(index)
        with self._next:
            self._going.append(self._going.pop(0))
            self._next.notify_all()
        self._await(index)

    def _await(self, index: int) -> None:
        with self._next:
            self._next.wait_for(lambda: self._going[0] == index or self.failure is not None)
        if self.failure is not None:
            raise _Cancelled
        self._started = (time.perf_counter(), time.process_time())

    def _stop_clock(self, index: int) -> None:
        synchronize(self._device)
        clock, processor = self._started
        now = Spent(time.perf_counter() - clock, time.process_time() - processor)
        self.spent[index] += now


def in_turns(ways: Sequence[Callable[[Tick], None]], device: str) -> list[Spent]:
    """Run `ways` in threads of which one goes on at a time, and change over at every tick.

    The first begins. Returns what each took while it had its turn. If one fails, the others are
    stopped at their next tick and its exception is raised.
    """
    turns = _Turns(len(ways), device)
    threads = [
        threading.Thread(target=turns.run, args=(index, way), daemon=True)
        for index, way in enumerate(ways)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if turns.failure is not None:
        raise turns.failure
    return turns.spent


def synchronize(device: str) -> None:
    """Wait until `device` has done all that it was given."""
    import torch

    if device.startswith("cuda"):
        torch.cuda.synchronize(device)
