"""Pictures of a shot while it is painted, from the model to a client."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import numpy as np
from PIL import Image

from multiplane.client import AsyncClient
from multiplane.contract.messages_client import Remove, Subscribe
from multiplane.contract.messages_server import Notice, ShotChanged, StepChanged
from tests.server.prepared import board
from tests.server.running import running
from tests.tiny_folders import save_tiny_pipeline


def test_who_asks_sees_the_picture_while_it_is_painted(tmp_path: Path) -> None:
    model = save_tiny_pipeline(tmp_path / "tiny", steps=6)

    async def run() -> None:
        async with (
            asyncio.timeout(600),
            running(tmp_path / "data"),
            AsyncClient(tmp_path / "data") as client,
            AsyncClient(tmp_path / "data") as blind,
        ):
            await client.ask(Subscribe(previews=True))
            await client.submit(board(1), job="job-0000001", model=str(model))
            steps: list[StepChanged] = []
            async for event in client.events():
                if isinstance(event, StepChanged):
                    steps.append(event)
                assert not (isinstance(event, ShotChanged) and event.shot.error), event
                if isinstance(event, tuple):
                    info, picture = event
                    break
            assert (info.job, info.shot, info.total) == ("job-0000001", "s000", 6)
            assert 1 <= info.done <= 6
            with Image.open(io.BytesIO(picture)) as image:
                assert (image.format, image.size) == ("JPEG", (info.width, info.height))
                assert image.size == (48, 32), "half of what is painted"
            assert steps[-1].step == "generate"
            await client.ask(Remove(job="job-0000001"))
            heard: list[Notice] = []
            while not heard or heard[-1].TYPE != "job.removed":
                event = await anext(blind.events())
                assert not isinstance(event, tuple), "it did not ask"
                heard.append(event)

    asyncio.run(run())


def test_a_drawing_is_seen_while_it_is_cut(tmp_path: Path) -> None:
    """It lies where no client can read it; as it is drawn, and not what a model makes of it."""
    drawing = tmp_path / "drawing.png"
    Image.new("RGB", (900, 600), (200, 30, 30)).save(drawing)
    document = {"title": "Drawn", "size": [96, 64], "shots": [{"id": "a", "picture": str(drawing)}]}

    async def run() -> None:
        async with (
            asyncio.timeout(600),
            running(tmp_path / "data"),
            AsyncClient(tmp_path / "data") as client,
        ):
            await client.ask(Subscribe(previews=True))
            await client.submit(document, job="job-0000001")
            async for event in client.events():
                assert not (isinstance(event, ShotChanged) and event.shot.error), event
                if isinstance(event, tuple):
                    info, picture = event
                    break
            assert (info.job, info.shot, info.done) == ("job-0000001", "a", 0)
            with Image.open(io.BytesIO(picture)) as image:
                assert image.size == (512, 341)
                seen = np.asarray(image.convert("RGB"), int)
            assert np.abs(seen - (200, 30, 30)).max() < 20
            await client.ask(Remove(job="job-0000001"))

    asyncio.run(run())
