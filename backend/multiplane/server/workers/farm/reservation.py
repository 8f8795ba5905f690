"""Room for one worker on some node of the farm, kept for it until it is given back.

Taken before the worker is started: so a farm that is full is told from a node that starts slowly.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from multiplane.server.workers.factory import NoPlace
from multiplane.server.workers.farm.needs import Needs

_LOOK_S = 1


class Reservation:
    """Use `take`. It stays with the node; when that is lost, it is worth nothing any more."""

    def __init__(self, group: Any) -> None:
        self._group = group

    @classmethod
    async def take(cls, needs: Needs, patience_s: float) -> Reservation:
        """Room on the node with the most of it, waiting for some. Raises NoPlace."""
        from ray.util.placement_group import placement_group

        wanted = {"CPU": needs.cpus, "GPU": needs.gpus, "memory": needs.memory}
        group = placement_group(
            [{name: float(much) for name, much in wanted.items() if much}], strategy="SPREAD"
        )
        reservation = cls(group)
        loop = asyncio.get_running_loop()
        until = loop.time() + patience_s
        try:
            # In short looks: a thread that waits cannot be called off.
            while not await asyncio.to_thread(group.wait, _LOOK_S):
                if loop.time() > until:
                    raise NoPlace(f"No node of the farm has room for {needs.in_words()}.")
        except BaseException:
            await reservation.give_back()
            raise
        return reservation

    @property
    def strategy(self) -> Any:
        """For the options of the actor that is to be there."""
        from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

        return PlacementGroupSchedulingStrategy(self._group, placement_group_bundle_index=0)

    async def give_back(self) -> None:
        """Free it; what still runs there ends."""
        import ray
        from ray.util.placement_group import remove_placement_group

        with contextlib.suppress(ray.exceptions.RayError, ValueError):
            await asyncio.to_thread(remove_placement_group, self._group)
