"""What slots must not do at the same time, and what they have learned of models' memory."""

from __future__ import annotations

from collections.abc import Set

from multiplane.server.workers.memory_plans import MemoryPlans


class SharedWork:
    """Of all slots of a server. plans: how sparingly each model is laid out to begin with."""

    def __init__(self) -> None:
        self.plans = MemoryPlans()
        self._making: set[str] = set()  # content hashes
        self._waiting: dict[int, str] = {}  # shots that wait for one of them
        self._delivering: set[int] = set()  # deliveries

    @property
    def waiting(self) -> Set[int]:
        """Shots, by the row's id, that wait because another slot makes the very same."""
        return self._waiting.keys()

    @property
    def delivering(self) -> Set[int]:
        """Deliveries that slots have claimed."""
        return self._delivering

    def claim_content(self, hash_: str, shot: int) -> bool:
        """Whether the slot may make this content; if not, the shot waits until it is released."""
        if hash_ in self._making:
            self._waiting[shot] = hash_
            return False
        self._making.add(hash_)
        return True

    def release_content(self, hash_: str) -> None:
        """It is made, or not made any more: shots that waited for it may go on."""
        self._making.discard(hash_)
        for shot in [shot for shot, waited in self._waiting.items() if waited == hash_]:
            del self._waiting[shot]

    def claim_delivery(self, delivery: int) -> None:
        self._delivering.add(delivery)

    def release_delivery(self, delivery: int) -> None:
        self._delivering.discard(delivery)
