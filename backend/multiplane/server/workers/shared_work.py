"""What slots must not do at the same time, and what they have learned of models' memory."""

from __future__ import annotations

from collections.abc import Mapping, Set

from multiplane.server.workers.memory_plans import MemoryPlans


class SharedWork:
    """Of all slots of a server. plans: how sparingly each model is laid out to begin with."""

    def __init__(self) -> None:
        self.plans = MemoryPlans()
        self._making: set[str] = set()  # content hashes
        self._waiting: dict[int, str] = {}  # shots that wait for one of them
        self._ahead: set[int] = set()  # shots whose pictures are painted ahead
        self._delivering: set[int] = set()  # deliveries
        self._looking: dict[int, str] = {}  # searches for words: the result that each looks at

    @property
    def waiting(self) -> Set[int]:
        """Shots, by the row's id, that wait because another slot makes the very same."""
        return self._waiting.keys()

    @property
    def delivering(self) -> Set[int]:
        """Deliveries that slots have claimed."""
        return self._delivering

    @property
    def looking(self) -> Mapping[int, str]:
        """Searches for words, by the row's id, and the results that they are in."""
        return self._looking

    def claim_look(self, look: int, result: str) -> None:
        self._looking[look] = result

    def release_look(self, look: int) -> None:
        self._looking.pop(look, None)

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

    @property
    def taken(self) -> Set[int]:
        """Queued shots that are not to be begun: they wait, or are painted ahead by a worker.

        That worker has the shot before them.
        """
        return self._waiting.keys() | self._ahead

    def claim_ahead(self, shot: int) -> bool:
        """Whether the slot's worker may paint this shot's picture ahead; no other takes it then."""
        if shot in self._ahead:
            return False
        self._ahead.add(shot)
        return True

    def release_ahead(self, shot: int) -> None:
        self._ahead.discard(shot)

    def is_making(self, hash_: str) -> bool:
        """Whether a slot makes this content."""
        return hash_ in self._making

    def claim_delivery(self, delivery: int) -> None:
        self._delivering.add(delivery)

    def release_delivery(self, delivery: int) -> None:
        self._delivering.discard(delivery)
