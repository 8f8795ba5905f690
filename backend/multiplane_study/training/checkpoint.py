"""Checkpoints that a kill cannot spoil: written aside, then renamed."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import torch

EVERY_S = 180.0
"""So much work, in seconds, is lost at most when a training is killed."""


class Stateful(Protocol):
    """Anything with PyTorch's `state_dict` and `load_state_dict`."""

    def state_dict(self) -> Any: ...

    def load_state_dict(self, state_dict: Any) -> Any: ...


class Checkpoint:
    """One file that holds the states of named parts and the number of steps done."""

    def __init__(self, path: Path, parts: Mapping[str, Stateful]) -> None:
        self.path = path
        self.parts = parts
        self._saved = time.monotonic()

    def load(self) -> int:
        """Put every part into the state that was saved; returns the steps done, 0 when new."""
        if not self.path.exists():
            return 0
        saved = torch.load(self.path, map_location="cpu", weights_only=True)
        for name, part in self.parts.items():
            part.load_state_dict(saved[name])
        return int(saved["step"])

    @staticmethod
    def steps_of(path: Path) -> int:
        """How many steps the checkpoint at `path` has done, 0 when there is none."""
        if not path.exists():
            return 0
        return int(torch.load(path, map_location="cpu", weights_only=True, mmap=True)["step"])

    def save_when_due(self, step: int, steps: int) -> None:
        """Write all parts' states if the last time is long ago, or `step` is the last."""
        if step == steps or time.monotonic() - self._saved > EVERY_S:
            self.save(step)

    def save(self, step: int) -> None:
        """Write all parts' states as of `step`."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.path.with_suffix(".part")
        torch.save(
            {"step": step, **{name: part.state_dict() for name, part in self.parts.items()}},
            unfinished,
        )
        os.replace(unfinished, self.path)
        self._saved = time.monotonic()
