"""How sparingly a model is laid out to begin with, learnt from shots that could be painted so.

A plan counts how often memory ran out: 0 is the fastest layout. A shot that runs out of memory
climbs by itself (`Shot.plan`); what is kept here only saves the shots after it from climbing the
same way. After a success the next shot tries one plan less; where that fails again, twice as many
shots are painted before the next such try.
"""

from __future__ import annotations

from dataclasses import dataclass

from multiplane.server.jobs.shot_order import ModelKey

_MOST_PATIENCE = 64


@dataclass
class _Known:
    plan: int
    patience: int = 1  # shots painted with this plan before one less is tried
    painted: int = 0


class MemoryPlans:
    """Of all models."""

    def __init__(self) -> None:
        self._known: dict[ModelKey, _Known] = {}

    def start(self, key: ModelKey) -> int:
        """The plan that a shot of this model begins with."""
        known = self._known.get(key)
        return 0 if known is None else known.plan

    def painted(self, key: ModelKey, plan: int) -> None:
        """A shot was painted with this plan."""
        known = self._known.get(key)
        if known is None or plan > known.plan:
            if plan == 0:
                return
            patience = 1 if known is None else min(2 * known.patience, _MOST_PATIENCE)
            known = self._known[key] = _Known(plan, patience)
        elif plan < known.plan:
            return  # with a worker that had the model before
        elif plan == 0:
            del self._known[key]  # there is memory enough again
            return
        known.painted += 1
        if known.painted >= known.patience:
            known.plan, known.painted = known.plan - 1, 0

    def forget(self, key: ModelKey) -> None:
        """Much may have changed since."""
        self._known.pop(key, None)
