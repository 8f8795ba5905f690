"""Shots made on a Ray cluster of two nodes, of which one is killed in the middle."""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from multiplane.client import AsyncClient
from multiplane.contract.errors import InputError, MultiplaneError
from multiplane.contract.messages_client import Cancel, GetJob, Subscribe
from multiplane.contract.messages_common import ShotState, ShotView
from multiplane.contract.messages_server import JobDetail, LogLine
from multiplane.server.jobs.blobs import Blobs, StoredFile
from multiplane.server.jobs.shot_order import ModelKey
from multiplane.server.jobs.tables import Result
from multiplane.server.workers.farm import node_actor
from multiplane.server.workers.farm.blob_transfer import BLOCK, Damaged, give, take, with_drawing
from multiplane.server.workers.farm.needs import needs_of
from multiplane.server.workers.farm.node_actor import NodeActor
from multiplane.server.workers.farm.worker import FarmWorker
from multiplane.server.workers.worker.messages import (
    Committed,
    Found,
    FromWorker,
    LookFor,
    Made,
    ToWorker,
)
from multiplane.server.workers.worker_process import WorkerLost
from tests.server.prepared import DEPTH, MODEL, board, prepare
from tests.server.running import running

try:
    from ray.cluster_utils import Cluster
except ImportError:  # an extra of its own
    Cluster = None

SHOTS = 8
X = ShotState.FAILED
STANDSTILL_S = 300.0
"""Not how long the test may take: how long nothing at all may happen."""
NODE: dict[str, Any] = {
    "num_cpus": 1,
    "num_gpus": 0,
    "memory": 2 * 2**30,
    "object_store_memory": 100 * 2**20,
    "include_log_monitor": False,
}
wants_ray = pytest.mark.skipif(
    Cluster is None and not os.environ.get("CI"), reason="Ray is not installed"
)


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    # On a busy machine the agents of a node take longer to start than Ray has patience.
    monkeypatch.setenv("RAY_agent_register_timeout_ms", "120000")
    made = Cluster(initialize_head=True, head_node_args={**NODE, "include_dashboard": False})
    try:
        yield made
    finally:
        made.shutdown()


class Farm:
    """A client of a server with a farm of two workers: storyboards one after another."""

    def __init__(self, client: AsyncClient) -> None:
        self.client = client
        self.jobs: list[str] = []
        self.heard: list[str] = []

    async def submit_more(self) -> None:
        """Another storyboard, of shots that no other one has."""
        self.jobs.append(f"on-the-farm-{len(self.jobs)}")
        first = (len(self.jobs) - 1) * SHOTS
        await self.client.submit(board(SHOTS, first=first), job=self.jobs[-1])

    async def shots(self) -> list[ShotView]:
        """All shots of all storyboards."""
        return [shot for job in self.jobs for shot in (await self.detail(job)).shots]

    async def detail(self, job: str) -> JobDetail:
        return await self.client.ask(GetJob(job=job))

    async def until(self, good: Callable[[list[ShotView]], bool]) -> list[ShotView]:
        """Wait until the shots are as wanted. However long it takes, something has to go on."""
        before, since = None, time.monotonic()
        while not good(shots := await self.shots()):
            now = [(shot.state, shot.tries, shot.step) for shot in shots], len(self.heard)
            if now != before:
                before, since = now, time.monotonic()
            assert time.monotonic() - since < STANDSTILL_S, (shots, self.heard)
            await asyncio.sleep(0.02)
        return shots

    async def listen(self) -> None:
        async for event in self.client.events():
            if isinstance(event, LogLine):
                self.heard.append(event.text)


def states(shots: list[ShotView]) -> list[ShotState]:
    return [shot.state for shot in shots]


@wants_ray
@pytest.mark.slow
def test_a_killed_node_loses_no_shot_and_makes_none_twice(cluster: Any, tmp_path: Path) -> None:
    prepare(tmp_path)
    second = cluster.add_node(**NODE)

    async def both_at_work(farm: Farm) -> None:
        """With shots left; one worker may make a whole storyboard before the other has started."""
        while True:
            await farm.submit_more()
            found = await farm.until(
                lambda shots: (
                    states(shots).count(ShotState.RUNNING) == 2
                    or states(shots).count(ShotState.QUEUED) <= 2
                )
            )
            if states(found).count(ShotState.RUNNING) == 2:
                return

    async def act(farm: Farm) -> list[ShotView]:
        await both_at_work(farm)
        await farm.submit_more()
        await asyncio.to_thread(cluster.remove_node, second, allow_graceful=False)
        return await farm.until(lambda shots: set(states(shots)) <= {ShotState.FINISHED, X})

    async def cancel(farm: Farm) -> None:
        farm.jobs = ["called-off"]
        await farm.client.submit(board(2, first=800), job="called-off")
        await farm.until(lambda shots: shots[0].state == ShotState.RUNNING)
        await farm.client.ask(Cancel(job="called-off", shot="s800"))
        found = await farm.until(lambda shots: shots[1].state == ShotState.FINISHED)
        assert found[0].state == ShotState.CANCELLED

    async def run() -> Farm:
        async with (
            running(tmp_path, farm=cluster.address, workers=2, device="cpu"),
            AsyncClient(tmp_path) as client,
        ):
            await client.ask(Subscribe(logs=True))
            farm = Farm(client)
            listening = asyncio.create_task(farm.listen())
            try:
                shots = await act(farm)
                assert set(states(shots)) == {ShotState.FINISHED}, shots
                assert not any(one.reused for one in shots)
                tries = sorted(one.tries for one in shots)
                assert tries == [1] * (len(shots) - 1) + [2], "one was lost and rerun"
                assert Result.select().count() == len(shots) + 1, "the shots, and the earlier one"
                lost = [text for text in farm.heard if "was lost" in text]
                assert any("farm's node" in text for text in lost), farm.heard
                jobs = list(farm.jobs)
                await cancel(farm)
                farm.jobs = jobs
            finally:
                listening.cancel()
            return farm

    farm = asyncio.run(run())
    for job in farm.jobs:
        shots = sorted((tmp_path / "jobs" / job / "shots").iterdir())
        assert len(shots) == SHOTS
        for shot in shots:
            assert (shot / f"{shot.name}.mp4").stat().st_size > 0
    for sha256, path in Blobs(tmp_path / "blobs").all():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256
    assert not list((tmp_path / "blobs/incoming").glob("*"))


@wants_ray
def test_an_address_where_no_farm_is(tmp_path: Path) -> None:
    async def run(address: str) -> None:
        async with running(tmp_path, farm=address):
            pass

    with pytest.raises(MultiplaneError, match="named by auto") as caught:
        asyncio.run(run("ray://farm:10001"))
    assert caught.value.exit_status == 2


def test_what_a_worker_needs_follows_from_its_model() -> None:
    small = needs_of(ModelKey(MODEL, DEPTH), "auto", gpus=0)
    assert (small.cpus, small.gpus, small.device) == (1, 0, "auto")
    assert 1 * 2**30 < small.memory < 2 * 2**30
    assert "storyboard-mini (1 processor, 1." in small.in_words()
    assert needs_of(ModelKey(MODEL, DEPTH), "cpu", gpus=4).gpus == 0
    large = needs_of(ModelKey("z-image-turbo", "auto"), "cuda:1", gpus=4)
    assert (large.gpus, large.device) == (1, "cuda")
    assert large.depth_model != "auto"
    assert large.memory > 12 * 2**30


class Counted(NodeActor):
    """Notes how often files are asked about, put and read; and may damage those that it reads."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.damages = False

    async def missing(self, wanted: list[tuple[str, int]]) -> list[str]:
        self.calls.append("missing")
        return await super().missing(wanted)

    async def put(self, sha256: str, block: bytes, offset: int, last: bool) -> None:
        self.calls.append("put")
        await super().put(sha256, block, offset, last)

    async def read(self, sha256: str, offset: int, size: int) -> bytes:
        self.calls.append("read")
        block = await super().read(sha256, offset, size)
        return bytes(len(block)) if self.damages else block


def test_drawings_go_and_files_come_back_whole(tmp_path: Path) -> None:
    """The node's side as it is, called without Ray."""
    here = tmp_path / "board"
    here.mkdir()
    Image.new("RGB", (80, 64), "red").save(here / "a.png")
    Image.new("RGBA", (80, 64), "blue").save(here / "b.png")
    shots = [{"picture": "a.png"}, {"layers": [{"picture": "a.png"}, {"picture": "b.png"}]}]
    corrected: dict[str, Any] = {"prompt": "a dog", "mattes": [{"layer": "dog", "matte": "b.png"}]}
    document: dict[str, Any] = {"shots": [*shots, {"prompt": "a dog"}, corrected]}
    large = os.urandom(2 * BLOCK + 5)
    sha256 = hashlib.sha256(large).hexdigest()

    async def run() -> None:
        node = Counted()

        try:
            assert await with_drawing(node, document, 2, here) is document
            there = (await with_drawing(node, document, 0, here))["shots"][0]["picture"]
            assert Path(there).read_bytes() == (here / "a.png").read_bytes()
            layered = await with_drawing(node, document, 1, here)
            assert layered["shots"][0] == shots[0]
            paths = [Path(one["picture"]) for one in layered["shots"][1]["layers"]]
            assert [path.name for path in paths] == ["a.png", "b.png"]
            assert paths[1].read_bytes() == (here / "b.png").read_bytes()
            assert not Path(there).exists() or Path(there) == paths[0]
            assert node.calls.count("put") == 2, "the first picture was there already"
            matte = (await with_drawing(node, document, 3, here))["shots"][3]["mattes"][0]
            assert matte["layer"] == "dog"
            assert Path(matte["matte"]).read_bytes() == (here / "b.png").read_bytes()
            assert corrected["mattes"][0]["matte"] == "b.png", "the board itself stays"
            plates = {"Hall": {"picture": "b.png"}, "wood": {"picture": "a.png"}}
            placed = {"plates": plates, "shots": [{"prompt": "a dog", "plate": "hall"}]}
            given = (await with_drawing(node, placed, 0, here))["plates"]
            assert Path(given["Hall"]["picture"]).read_bytes() == (here / "b.png").read_bytes()
            assert given["wood"] == plates["wood"], "the plate of other shots stays where it is"
            with pytest.raises(InputError, match="missing"):
                await with_drawing(node, {"shots": [{"picture": "missing.png"}]}, 0, here)

            (tmp_path / "large").write_bytes(large)
            await give(node, [(sha256, tmp_path / "large")])
            blobs = Blobs(tmp_path / "blobs")
            file = StoredFile("large", sha256, len(large))
            await take(node, blobs, [file])
            assert blobs.path(sha256).read_bytes() == large
            node.calls.clear()
            await take(node, blobs, [file])
            assert not node.calls, "it is here already"
            with pytest.raises(ValueError, match="changed on its way"):
                await node.put("0" * 64, b"other", 0, True)

            node.damages = True
            with pytest.raises(Damaged):
                await take(node, Blobs(tmp_path / "other"), [file])
        finally:
            await node.stop()
        assert not list(node._root.parent.glob(f"{node._root.name}*"))

    asyncio.run(run())


class Teller:
    """A worker that says what it is told to, and ends."""

    def __init__(self, said: list[FromWorker]) -> None:
        self._said = said

    async def receive(self) -> FromWorker:
        if not self._said:
            raise WorkerLost(0)
        return self._said.pop(0)

    async def send(self, message: ToWorker) -> None:
        assert isinstance(message, Committed)


def test_a_node_keeps_files_until_they_are_too_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And does not look through all of them after every shot, which would cost ever more."""
    monkeypatch.setattr(node_actor, "KEPT_BYTES", 2500)

    async def run() -> None:
        node = NodeActor()
        looks: list[object] = []
        monkeypatch.setattr(node._blobs, "keep_only", looks.append)

        async def shot(number: int) -> int:
            """1,000 bytes come from the server, 1,000 from the worker."""
            file = tmp_path / str(number)
            file.write_bytes(bytes([number]) * 1000)
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            await give(node, [(digest, file)])
            files = (StoredFile("picture.png", "0" * 64, 1000),)
            made = Made("0" * 64, "0" * 64, "any", 1.0, files)
            node._worker = Teller([made])  # type: ignore[assignment]
            await node._listen(node._worker)  # type: ignore[arg-type]
            assert len(await node.hear()) == 2
            await node.say(Committed(digest))
            return len(looks)

        try:
            assert [await shot(number) for number in range(5)] == [0, 1, 1, 2, 2]
            assert looks == [(), ()]
        finally:
            node._worker = None
            await node.stop()

    asyncio.run(run())


class Near(NodeActor):
    """A node without a cluster, as a farm's worker sees it."""

    @property
    def info(self) -> dict[str, str]:
        return {"version": "0", "root": self._root.as_posix(), "node": "near"}

    async def kill(self) -> None:
        """Nothing to free."""


def test_words_are_looked_for_on_a_node(tmp_path: Path) -> None:
    """The result's files go there, and what has changed comes back, before anybody is told."""

    class Looking(Teller):
        async def send(self, message: ToWorker) -> None:
            assert isinstance(message, LookFor)
            assert [node._blobs.find(sha256) is not None for _, sha256 in message.files] == [True]
            (tmp_path / "sheet").write_bytes(b"words")
            self._said.append(Found((StoredFile("words.png", *node._blobs.add(sheet)),), ()))

    sheet = tmp_path / "sheet"
    here = Blobs(tmp_path / "blobs")
    (tmp_path / "picture").write_bytes(b"picture")
    sha256, _ = here.add(tmp_path / "picture")
    node = Near()

    async def run() -> None:
        try:
            node._worker = Looking([])  # type: ignore[assignment]
            worker = FarmWorker(node, needs_of(ModelKey(MODEL, DEPTH), "cpu", 0), here)  # type: ignore[arg-type]
            files = (("picture.png", sha256),)
            await worker.begin(LookFor("0" * 64, files, ("shield",), 0))
            await node._listen(node._worker)  # type: ignore[arg-type]
            found = await worker.receive()
            assert isinstance(found, Found)
            assert here.path(found.files[0].sha256).read_bytes() == b"words"
            with pytest.raises(WorkerLost):
                await worker.receive()
            with pytest.raises(MultiplaneError, match=r"disk|file"):
                await worker.begin(LookFor("0" * 64, (("gone", "1" * 64),), ("shield",), 0))
        finally:
            node._worker = None
            await node.stop()

    asyncio.run(run())
