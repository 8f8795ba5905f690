"""Questions that need a process beside the queue: words of a prompt, downloads of models."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from multiplane.client import AsyncClient
from multiplane.contract.errors import InputError
from multiplane.contract.messages_client import (
    GetMachine,
    ListModels,
    PullModel,
    RemoveModel,
    StopPull,
)
from multiplane.contract.messages_common import ModelView
from multiplane.contract.messages_server import ModelChanged
from multiplane.models import profiles
from multiplane.models.families.stable_diffusion import SDXL
from multiplane.models.vision.profiles import LAYER_DIFFUSE
from multiplane.server.workers.utility_worker import UtilityWorker
from multiplane.server.workers.worker.messages import ReadTokens
from tests.models.local_hub import LocalHub, serve
from tests.server.running import running
from tests.tiny_folders import save_tiny_depth, save_tiny_pipeline
from tests.tiny_vision import save_tiny_layer_diffuse

DEPTH = profiles.DEPTH_ANYTHING_V2_SMALL
PROMPT = "a **red knight** and two foxes in a forest"


def test_the_words_of_a_prompt(tmp_path: Path) -> None:
    model = save_tiny_pipeline(tmp_path / "tiny", max_text_tokens=60)

    async def run() -> None:
        worker = UtilityWorker(tmp_path / "worker.log", idle_s=1.0)
        asked = ReadTokens(PROMPT, [], "ink", str(model))
        said = await worker.read_tokens(asked)
        assert said.text == "a red knight and two foxes in a forest, ink sketch"
        (knight,) = said.subjects
        assert (knight.name, knight.spans) == ("red knight", [(2, 12)])
        by_index = {token.index: token for token in said.tokens}
        assert "".join(
            by_index[token_index].text for token_index in knight.token_indices
        ).split() == [
            "red",
            "knight",
        ]
        assert "".join(token.text for token in said.tokens) == said.text
        assert said.tokens[0].index > 0, "the template comes first"

        prompt = "a red knight and two foxes"
        asked = replace(asked, prompt=prompt, subjects=[{"name": "foxes"}])
        said = await worker.read_tokens(asked)
        assert [(subject.name, subject.count) for subject in said.subjects] == [("foxes", 2)]
        with pytest.raises(InputError, match="does not contain"):
            await worker.read_tokens(replace(asked, subjects=[{"name": "dragon"}]))
        with pytest.raises(InputError, match="too long"):
            await worker.read_tokens(replace(asked, prompt="a very long way and " * 9 + "foxes"))
        with pytest.raises(InputError, match="no model called") as caught:
            await worker.read_tokens(replace(asked, model="nobody"))
        assert caught.value.value == "nobody"
        await asyncio.sleep(0.1)
        assert worker.runs
        await asyncio.sleep(2.0)
        assert not worker.runs, "it ends when nobody asks"

    asyncio.run(asyncio.wait_for(run(), 600))


def test_what_waits_for_another_process_holds_nothing_up(tmp_path: Path) -> None:
    """Also of the same client: the panel asks on while the computer is looked at."""

    async def run() -> None:
        async with (
            running(tmp_path / "data", device="cpu"),
            AsyncClient(tmp_path / "data") as client,
        ):
            looked = asyncio.create_task(client.ask(GetMachine()))
            await asyncio.sleep(0)  # it is sent first
            assert (await client.ask(ListModels())).models
            assert not looked.done(), "a process is started for it"
            assert (await looked).machine.device == "cpu"

    asyncio.run(asyncio.wait_for(run(), 300))


def test_what_fits_into_this_computer(tmp_path: Path) -> None:
    async def run() -> None:
        async with (
            running(tmp_path / "data", device="cpu"),
            AsyncClient(tmp_path / "data") as client,
        ):
            said = await client.ask(GetMachine())
            assert said.machine.device == "cpu"
            assert said.machine.memory == said.machine.device_memory
            assert abs(said.machine.memory - psutil.virtual_memory().total) < 2**20
            fits = {one.name: one for one in said.models}
            listed = (await client.ask(ListModels())).models
            assert set(fits) == {one.name for one in listed}
            assert fits["storyboard-mini"].placement == "full"
            for one in fits.values():
                assert (one.placement is not None) == (one.memory <= said.machine.memory), one

    asyncio.run(asyncio.wait_for(run(), 300))


def test_a_model_is_downloaded_once_its_licence_was_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_tiny_depth(tmp_path / "remote")
    monkeypatch.setenv("MULTIPLANE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))

    async def run(hub: LocalHub) -> None:
        async with running(tmp_path / "data"), AsyncClient(tmp_path / "data") as client:

            async def view() -> ModelView:
                listed = (await client.ask(ListModels())).models
                return next(one for one in listed if one.name == DEPTH.name)

            model = await view()
            assert (model.installed, model.pulling, model.licence) == (False, False, DEPTH.licence)
            with pytest.raises(InputError, match="licence of") as caught:
                await client.ask(PullModel(model=DEPTH.name, licence="MIT"))
            assert DEPTH.licence_url in str(caught.value.remedy)
            with pytest.raises(InputError, match="no model"):
                await client.ask(PullModel(model="z-image-turbp", licence="MIT"))

            hub.stall_after = 1000
            pull = PullModel(model=DEPTH.name, licence=model.licence)
            await client.ask(pull)
            await asyncio.to_thread(hub.stalled.wait, 120)
            assert (await view()).pulling
            await client.ask(StopPull(model=DEPTH.name))
            stopped = await last(client)
            assert (stopped.model.pulling, stopped.model.installed) == (False, False)
            assert stopped.error is None

            assert stopped.model.removable, "what has come is kept"

            hub.stall_after = None
            await client.ask(pull)
            ended = await last(client)
            assert ended.error is None, ended
            assert (ended.model.installed, ended.model.removable) == (True, True)

            folder = tmp_path / "models" / DEPTH.name
            (folder / "notes.md").write_text("mine")
            await client.ask(RemoveModel(model=DEPTH.name))
            removed = await last(client)
            assert (removed.model.installed, removed.model.there) == (False, 0)
            assert [path.name for path in folder.rglob("*")] == ["notes.md"]
            (folder / "model.safetensors.0123456789ab.part").write_bytes(b"begun")
            assert (await view()).there == 5
            await client.ask(RemoveModel(model=DEPTH.name))
            assert (await view()).there == 0
            with pytest.raises(InputError, match="comes with Multiplane"):
                await client.ask(RemoveModel(model="storyboard-mini"))

    async def last(client: AsyncClient) -> ModelChanged:
        async for event in client.events():
            if isinstance(event, ModelChanged) and not event.model.pulling:
                return event
        raise AssertionError

    with serve(LocalHub(tmp_path / "remote", str(DEPTH.repository))) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        asyncio.run(asyncio.wait_for(run(hub), 300))


def test_what_a_model_needs_is_downloaded_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = save_tiny_layer_diffuse(tmp_path)
    monkeypatch.setenv("MULTIPLANE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    own, base = LAYER_DIFFUSE.name, SDXL.name

    async def run() -> None:
        async with running(tmp_path / "data"), AsyncClient(tmp_path / "data") as client:
            listed = {one.name: one for one in (await client.ask(ListModels())).models}
            assert {name: one.needs for name, one in listed.items() if one.needs} == {own: [base]}
            # The licence of each is shown before anything comes.
            pull = PullModel(model=own, licence=LAYER_DIFFUSE.licence)
            for licences in ({}, {base: "MIT"}):
                with pytest.raises(InputError, match=f"licence of {base}") as caught:
                    await client.ask(pull.model_copy(update={"licences": licences}))
                assert caught.value.field == f"licences.{base}"
            listed = {one.name: one for one in (await client.ask(ListModels())).models}
            assert not any(one.pulling for one in listed.values())

            await client.ask(pull.model_copy(update={"licences": {base: SDXL.licence}}))
            ended: list[str] = []
            told: dict[str, int] = {}
            async for event in client.events():
                if not isinstance(event, ModelChanged):
                    continue
                if event.done:
                    told[event.model.name] = event.done
                if not event.model.pulling:
                    assert event.error is None, event
                    assert event.model.installed
                    ended.append(event.model.name)
                if len(ended) == 2:
                    break
            assert ended == [base, own]
            assert all(told[name] > 0 for name in ended), "each tells how far it is"

            # What is there is not asked about again.
            await client.ask(RemoveModel(model=own))
            await client.ask(pull)
            async for event in client.events():
                if isinstance(event, ModelChanged) and event.model.installed:
                    assert event.model.name == own
                    break

    hub = LocalHub(served, str(LAYER_DIFFUSE.repository))
    hub.others[str(SDXL.repository)] = tmp_path / "sdxl"
    with serve(hub):
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        asyncio.run(asyncio.wait_for(run(), 300))
