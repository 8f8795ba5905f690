"""Jobs from submit to finished, by real clients and real workers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any, assert_type

import psutil
import pytest

from multiplane.client import AsyncClient
from multiplane.contract.errors import InputError, MultiplaneError
from multiplane.contract.messages_client import (
    CameraApply,
    Cancel,
    GetAbout,
    GetJob,
    GetState,
    HostPaths,
    ListJobs,
    MarkFavourite,
    Pause,
    Remove,
    Reorder,
    Resume,
    Retry,
    Search,
    Subscribe,
)
from multiplane.contract.messages_common import JobState, ShotState
from multiplane.contract.messages_server import (
    JobChanged,
    JobDetail,
    LogLine,
    ShotChanged,
    State,
    StepChanged,
)
from multiplane.contract.own_version import own_version
from multiplane.contract.storyboard import CameraMove
from multiplane.server.jobs.states import ENDED_JOBS
from tests.server.prepared import MODEL, board
from tests.server.running import Running, ended, serve_client


def test_favourites_are_found_again_and_outlast_the_database(data: Path) -> None:
    async def mark(server: Running, client: AsyncClient) -> None:
        await client.submit(board(2), job="job-0000001")
        await ended(client, "job-0000001")
        marked = MarkFavourite(job="job-0000001", shot="s001", favourite=True)
        await client.ask(marked)
        async for event in client.events():
            if isinstance(event, ShotChanged) and event.shot.favourite:
                assert event.shot.id == "s001"
                break
        await found(client)
        await client.ask(marked.model_copy(update={"favourite": False}))
        assert (await client.ask(Search(favourite=True))).total == 0
        await client.ask(marked)
        with pytest.raises(InputError, match="no such shot"):
            await client.ask(marked.model_copy(update={"shot": "s002"}))

    async def found(client: AsyncClient) -> None:
        (one,) = (await client.ask(Search(favourite=True))).shots
        assert (one.shot, one.favourite) == ("s001", True)
        (other,) = (await client.ask(Search(favourite=False))).shots
        assert (other.shot, other.favourite) == ("s000", False)

    async def still(server: Running, client: AsyncClient) -> None:
        await found(client)

    serve_client(data, mark)
    for path in [*data.glob("jobs.sqlite3*"), *data.glob("backups/*")]:
        path.unlink()
    serve_client(data, still)


def test_a_server_tells_where_it_is_and_what_it_keeps(data: Path) -> None:
    async def act(server: Running, client: AsyncClient) -> None:
        said = await client.ask(GetAbout())
        assert (said.version, said.pid) == (own_version(), os.getpid())
        assert (said.data, said.log) == (str(data), str(data / "logs" / "server.log"))
        assert Path(said.log).is_file()
        assert said.results == sum(path.stat().st_size for path in data.glob("blobs/*/*"))
        assert said.quota == 50 * 10**9
        program = [*said.program, "--version"]
        told = await asyncio.to_thread(subprocess.run, program, capture_output=True, text=True)
        assert own_version() in told.stdout

    serve_client(data, act)


def test_a_storyboard_is_made_and_never_twice(data: Path) -> None:
    async def act(server: Running, client: AsyncClient) -> None:
        first = await client.submit(board(2), job="job-0000001")
        assert not first.known
        assert (await client.submit(board(2), job="job-0000001")).known
        with pytest.raises(InputError, match="Another storyboard"):
            await client.submit(board(1), job="job-0000001")
        detail = await ended(client, "job-0000001")
        assert detail.job.state == JobState.FINISHED
        assert [shot.state for shot in detail.shots] == [ShotState.FINISHED] * 2
        assert not any(shot.reused for shot in detail.shots)
        folder = Path(detail.job.folder)
        sequence = json.loads((folder / "sequence.json").read_text())
        assert [one["status"] for one in sequence["shots"]] == ["made", "made"]

        inode = (folder / "shots/s000/manifest.json").stat().st_ino
        await client.submit(board(3), job="job-0000002")
        again = await ended(client, "job-0000002")
        assert [shot.reused for shot in again.shots] == [True, True, False]
        other = Path(again.job.folder) / "shots/s000/manifest.json"
        assert other.stat().st_ino == inode, "the very same file"

        paths = await client.ask(HostPaths(job="job-0000002", shot="s001"))
        assert all(Path(file).is_file() for file in paths.files.values())
        await over_http(server, again)
        found = await client.ask(Search(prompt="WARRIOR forest", seed=7, limit=2))
        assert (found.total, len(found.shots)) == (5, 2)
        assert {(one.model, one.seed) for one in found.shots} == {(MODEL, 7)}
        assert (await client.ask(Search(prompt="dragon"))).total == 0
        assert (await client.ask(Search(model=MODEL))).total == 5
        assert (await client.ask(Search(model="z-image-turbo"))).total == 0
        assert (await client.ask(Search(seed=8))).total == 0
        assert (await client.ask(Search(since="2100-01-01"))).total == 0
        assert (await client.ask(Search(until="2100-01-01T00:00:00Z"))).total == 5
        with pytest.raises(InputError, match="no time"):
            await client.ask(Search(since="yesterday"))
        assert (await client.ask(ListJobs())).total == 2
        assert (await client.ask(Search(prompt="prepared"))).total == 5, "words of the title, too"
        assert found.shots[0].manifest == "shots/s002/manifest.json"

        await client.ask(Remove(job="job-0000001"))
        assert not folder.exists()
        assert other.is_file(), "the other job keeps its files"

    async def over_http(server: Running, detail: JobDetail) -> None:
        path = f"/jobs/{detail.job.job}/{detail.shots[0].manifest}"
        status, headers, body = await server.get(path)
        assert (status, json.loads(body)["shot_id"]) == (200, "s000")
        assert (await server.get(path, If_None_Match=headers["etag"]))[0] == 304
        status, headers, part = await server.get(path, Range="bytes=2-9")
        assert (status, part) == (206, body[2:10])
        assert (await server.get(path + "x"))[0] == 404
        assert (await server.get(path.replace(detail.job.job, "job-9999999")))[0] == 404

    serve_client(data, act)


def test_pause_cancel_retry_reorder(data: Path) -> None:
    async def act(_: Running, client: AsyncClient) -> None:
        await client.ask(Pause())
        for number in (1, 2, 3):
            more = board(2, first=10 * number)
            await client.submit(more, job=f"job-000000{number}")
        await client.ask(Reorder(job="job-0000003", before="job-0000001"))
        state = await client.ask(GetState())
        assert_type(state, State)  # mypy holds answers to their requests
        assert state.paused
        assert [job.job.job[-1] for job in state.jobs] == ["3", "1", "2"]
        assert [job.job.position for job in state.jobs] == [0, 1, 2]
        assert all("paused" in (job.job.note or "") for job in state.jobs)

        await client.ask(Cancel(job="job-0000001", shot="s010"))
        await client.ask(Cancel(job="job-0000002"))
        await client.ask(Pause(job="job-0000001"))
        await client.ask(Resume())
        assert (await ended(client, "job-0000003")).job.state == JobState.FINISHED
        assert (await ended(client, "job-0000002")).job.state == JobState.CANCELLED
        one = await client.ask(GetJob(job="job-0000001"))
        assert one.job.state == JobState.PAUSED
        await client.ask(Resume(job="job-0000001"))
        one = await ended(client, "job-0000001")
        assert [shot.state for shot in one.shots] == [ShotState.CANCELLED, ShotState.FINISHED]
        await client.ask(Retry(job="job-0000001"))
        one = await ended(client, "job-0000001")
        assert one.job.state == JobState.FINISHED

    serve_client(data, act)


def test_a_bad_shot_fails_alone(data: Path) -> None:
    async def act(_: Running, client: AsyncClient) -> None:
        document = board(2)
        document["shots"][0] = {"prompt": "a dog", "subjects": ["cat"], "id": "bad"}
        document["shots"].append({"prompt": "a **cat**", "id": "s001"})
        await client.submit(document, job="job-0000001")
        detail = await ended(client, "job-0000001")
        assert detail.job.state == JobState.FAILED
        bad, good, twice = detail.shots
        assert bad.error is not None
        assert bad.error.field == "shots[0].subjects[0].name"
        assert bad.error.remedy
        assert good.state == ShotState.FINISHED
        assert (twice.id, twice.state) == ("s001-2", ShotState.FAILED)
        sequence = json.loads((Path(detail.job.folder) / "sequence.json").read_text())
        assert [one["status"] for one in sequence["shots"]] == ["failed", "made", "failed"]
        assert "same id" in sequence["shots"][2]["error"]["message"]
        with pytest.raises(MultiplaneError) as caught:
            await client.submit({"shots": [{"prompt": ""}]}, job="job-0000002")
        assert caught.value.code == "storyboard.shot.prompt_empty"
        with pytest.raises(InputError, match="There is no camera preset"):
            await client.submit({"shots": [{"prompt": "x", "camera": "nope"}]})

    serve_client(data, act)


def test_another_camera_keeps_the_layers(data: Path) -> None:
    async def act(_: Running, client: AsyncClient) -> None:
        await client.submit(board(2), job="job-0000001")
        before = await ended(client, "job-0000001")
        move = CameraMove(preset="truck_left", amount=0.2)
        await client.ask(CameraApply(job="job-0000001", shot="s001", camera=move))
        after = await ended(client, "job-0000001")
        assert after.shots[0].result == before.shots[0].result
        assert after.shots[1].result != before.shots[1].result
        manifest = json.loads((Path(after.job.folder) / "shots/s001/manifest.json").read_text())
        assert manifest["camera"]["preset"] == "truck_left"
        bad = CameraMove(preset="nope")
        with pytest.raises(InputError):
            await client.ask(CameraApply(job="job-0000001", shot="s001", camera=bad))

    serve_client(data, act)


def test_the_worker_stays_between_shots_and_goes_when_idle(data: Path) -> None:
    """One process for all shots of a model; unloaded after a time without any, and said."""

    def workers() -> list[int]:
        found = []
        for child in psutil.Process().children():
            with contextlib.suppress(psutil.Error):  # it may just end
                if "multiplane.server.workers.worker" in child.cmdline():
                    found.append(child.pid)
        return found

    async def act(_: Running, client: AsyncClient) -> None:
        await client.ask(Subscribe(logs=True))
        seen: set[int] = set()
        await client.submit(board(3), job="job-0000001")
        await client.submit(board(2, first=10), job="job-0000002")
        async for event in client.events():
            seen.update(workers())
            if isinstance(event, LogLine) and "unloaded" in event.text:
                break
        assert len(seen) == 1
        while workers():
            await asyncio.sleep(0.05)
        for job in ("job-0000001", "job-0000002"):
            assert (await ended(client, job)).job.state == JobState.FINISHED

    serve_client(data, act, idle_s=15.0)


def test_a_client_hears_of_everything_and_gets_the_state_again(data: Path) -> None:
    async def act(_: Running, client: AsyncClient) -> None:
        heard: list[Any] = []

        async def hear() -> None:
            async for event in client.events():
                heard.append(event)
                if isinstance(event, JobChanged) and event.job.state in ENDED_JOBS:
                    return

        await client.submit(board(3), job="job-0000001")
        async with AsyncClient(client._data.root) as late:
            (job,) = late.welcome.jobs
            assert (job.job.job, len(job.shots)) == ("job-0000001", 3)
        await hear()
        steps = [one for one in heard if isinstance(one, StepChanged)]
        assert any(step.total is None and step.done is None for step in steps), "not known is null"
        assert any(step.step == "deliver" and step.total for step in steps)
        finals = {one.shot.id: one.shot.state for one in heard if isinstance(one, ShotChanged)}
        assert finals == {f"s00{n}": ShotState.FINISHED for n in range(3)}

    serve_client(data, act)
