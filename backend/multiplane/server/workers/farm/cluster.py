"""The farm: a Ray cluster that this computer belongs to, and places for workers in it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator
from typing import Any

from multiplane.contract.errors import Failure, InputError
from multiplane.contract.own_version import own_version
from multiplane.server.jobs.blobs import Blobs
from multiplane.server.jobs.shot_order import ModelKey
from multiplane.server.workers.factory import NoPlace, Worker
from multiplane.server.workers.farm.needs import Needs, needs_of
from multiplane.server.workers.farm.node import NodeInfo, NodeLost, RemoteNode, last_line
from multiplane.server.workers.farm.reservation import Reservation
from multiplane.server.workers.farm.worker import FarmWorker

PLACE_S = 60.0
"""How long a worker waits for a node that has room for it."""
START_S = 600.0
"""How long a node may take to start a worker: a busy one needs minutes."""
LOST_PAUSE_S = 2.0
"""After a node was lost: the cluster needs a moment to notice."""
AUTO = "auto"


@contextlib.asynccontextmanager
async def joined(address: str) -> AsyncIterator[None]:
    """Belong to the cluster at `address` ("auto", or HOST:PORT of its head) within the block.

    Raises InputError `farm.address`, Failure `farm.ray_missing` and `farm.unreachable`.
    """
    if "://" in address:
        raise InputError(
            "farm.address",
            "A farm is named by auto, or by the host and port of its head node.",
            field="--farm",
            value=address,
            remedy="Make this computer one of its nodes: ray start --address=HOST:6379",
        )
    try:
        import ray
    except ImportError as error:
        raise Failure(
            "farm.ray_missing",
            "Ray is not installed; a farm needs it.",
            remedy='Install it with: pip install "multiplane[farm]"',
        ) from error
    # Ray takes over SIGTERM on the main thread, and the server has its own answer to it.
    await asyncio.to_thread(_join, ray, address)
    try:
        yield
    finally:
        await asyncio.to_thread(ray.shutdown)


def _join(ray: Any, address: str) -> None:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    logging.getLogger("ray").setLevel(logging.ERROR)  # what matters comes as an exception
    try:
        ray.init(
            address=address,
            namespace="multiplane",
            log_to_driver=False,
            configure_logging=False,
            logging_level=logging.ERROR,
        )
    except (ConnectionError, ValueError, RuntimeError, AssertionError) as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise Failure(
            "farm.unreachable",
            "The farm cannot be joined: {why}.",
            field="--farm",
            value=address,
            remedy="Start one with: ray start --head, or make this computer one of its nodes with: "
            "ray start --address=HOST:6379 (--num-cpus=0 to make no shots here).",
            values={"why": lines[0].split(". ")[0].rstrip(".")},
        ) from error


def places() -> int:
    """How many workers the cluster has room for now: one on each GPU, else one on each node."""
    import ray

    gpus = int(ray.cluster_resources().get("GPU", 0))
    working = [
        node for node in ray.nodes() if node["Alive"] and node["Resources"].get("CPU", 0) >= 1
    ]
    return max(1, gpus or len(working))


class FarmFactory:
    """Workers on the cluster's nodes, wherever Ray finds room. `joined` must be in force."""

    waits = True

    def __init__(self, blobs: Blobs, device: str, *, patience_s: float = PLACE_S) -> None:
        self._blobs, self._device, self._patience_s = blobs, device, patience_s

    async def start(self, key: ModelKey) -> Worker:
        """A worker on the least busy node that has what its model needs.

        Raises NoPlace when none has within a minute, or when the one that had is lost as the
        worker starts; NodeLost, Failure `farm.version`, and as `models.load.choose`.
        """
        needs = await asyncio.to_thread(self._needs, key)
        reservation = await Reservation.take(needs, self._patience_s)
        try:
            actor = _actor(needs, reservation)
            info = await _started(actor)
            if info["version"] != own_version():
                raise _other_version(info)
        except BaseException:
            await reservation.give_back()
            raise
        return FarmWorker(RemoteNode(actor, info, reservation), needs, self._blobs)

    def _needs(self, key: ModelKey) -> Needs:
        import ray

        return needs_of(key, self._device, ray.cluster_resources().get("GPU", 0))


def _actor(needs: Needs, reservation: Reservation) -> Any:
    import ray

    from multiplane.server.workers.farm.node_actor import NodeActor

    return (
        ray.remote(NodeActor)
        .options(
            num_cpus=needs.cpus,
            num_gpus=needs.gpus,
            memory=needs.memory,
            # The queue tries a lost shot again, and counts how often.
            max_restarts=0,
            scheduling_strategy=reservation.strategy,
        )
        .remote()
    )


async def _started(actor: Any) -> NodeInfo:
    import ray

    try:
        async with asyncio.timeout(START_S):
            info: NodeInfo = await actor.start.remote()
    except TimeoutError:
        why = f"No worker has started on its node in {START_S / 60:.0f} minutes."
        raise NoPlace(why) from None
    except ray.exceptions.RayActorError as error:
        if error.actor_init_failed:
            raise NodeLost("", last_line(error)) from error
        # The node went before it had a shot, so there is no shot to report that for.
        await asyncio.sleep(LOST_PAUSE_S)
        why = f"A node was lost as a worker started there: {last_line(error)}"
        raise NoPlace(why) from error
    except ray.exceptions.RayError as error:
        raise NodeLost("", last_line(error)) from error
    return info


def _other_version(info: NodeInfo) -> Failure:
    return Failure(
        "farm.version",
        "The farm's node {node} has Multiplane {version}, and this server {own}.",
        remedy="Install the same version on every node.",
        values={"node": info["node"], "version": info["version"], "own": own_version()},
    )
