"""Words that are looked for in finished shots through the server: by the real, bundled model."""

from __future__ import annotations

import asyncio
import base64
import io
import os
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from multiplane.client import AsyncClient
from multiplane.contract.errors import MultiplaneError
from multiplane.contract.layer_edits import RenameEdit, WordsEdit
from multiplane.contract.messages_client import (
    Cancel,
    EditLayer,
    GetWords,
    LookFor,
    Pause,
    RedoEdit,
    Resume,
    StopLook,
    UndoEdit,
)
from multiplane.contract.messages_common import LookState, ShotState
from multiplane.contract.messages_server import LookChanged, ShotChanged
from multiplane.contract.output_folder import ShotFolder
from multiplane.server.jobs.looks import Looks
from multiplane.server.jobs.tables import Look, Result, Shot
from tests.server.prepared import board
from tests.server.running import Running, ended, serve_client
from tests.server.test_corrections import manifest

JOB, SHOT = "job-0000001", "s000"
ENDED = (LookState.FOUND, LookState.FAILED, LookState.CANCELLED)


async def told(client: AsyncClient) -> AsyncIterator[LookChanged]:
    async for event in client.events():
        if isinstance(event, LookChanged):
            yield event


async def until_ended(client: AsyncClient, count: int = 1) -> list[LookChanged]:
    """What was told until so many searches have ended."""
    heard = []
    async for event in told(client):
        heard.append(event)
        if sum(one.state in ENDED for one in heard) == count:
            break
    return heard


async def words_in(client: AsyncClient, shot: str = SHOT, *, maps: bool = False) -> list[str]:
    said = await client.ask(GetWords(job=JOB, shot=shot, maps=maps))
    assert not maps or all(one.png for one in said.words)
    return [one.word for one in said.words]


def look(*words: str, shot: str = SHOT) -> LookFor:
    return LookFor(job=JOB, shot=shot, words=list(words))


def test_words_are_found_and_no_layer_changes(data: Path) -> None:
    async def act(_: Running, client: AsyncClient) -> None:
        await client.submit(board(1), job=JOB)
        before = manifest(was := await ended(client, JOB))
        await client.ask(look("shield", " golden   crown ", "shield"))
        heard = await until_ended(client)
        assert [one.words for one in heard] == [["shield", "golden crown"]] * len(heard)
        states = [one.state for one in heard]
        assert states[0] in (LookState.WAITING, LookState.RUNNING)
        assert states[-2:] == [LookState.RUNNING, LookState.FOUND]
        readings = [(one.done, one.total) for one in heard if one.done is not None]
        assert readings[-1][0] == readings[-1][1]

        said = await client.ask(GetWords(job=JOB, shot=SHOT))
        assert [one.word for one in said.words] == ["warrior", "forest", "shield", "golden crown"]
        assert said.looks == []
        heat = np.asarray(Image.open(io.BytesIO(base64.b64decode(str(said.words[2].png)))))
        assert heat.max() > 200
        now = manifest(detail := await ended(client, JOB))
        assert (now.layers, now.camera) == (before.layers, before.camera)
        assert detail.shots[0].result == was.shots[0].result
        assert detail.shots[0].state == ShotState.FINISHED
        folder = Path(detail.job.folder) / "shots" / SHOT
        assert ShotFolder.whole(folder) is not None, "the manifest's checksums hold"

        # A layer can be made of them, as of words of the prompt.
        await client.ask(EditLayer(job=JOB, shot=SHOT, edit=WordsEdit(words=["shield"])))
        made = manifest(await ended(client, JOB))
        assert "shield" in [one.name for one in made.layers]
        assert "shield" in await words_in(client, maps=True)

    serve_client(data, act)


def test_undoing_and_redoing_lose_no_word(data: Path) -> None:
    async def act(_: Running, client: AsyncClient) -> None:
        await client.submit(board(1), job=JOB)
        await ended(client, JOB)
        name = RenameEdit(layer="warrior", name="knight")
        await client.ask(EditLayer(job=JOB, shot=SHOT, edit=name))
        await ended(client, JOB)
        await client.ask(look("shield"))
        await until_ended(client)
        assert "shield" in await words_in(client)
        await client.ask(UndoEdit(job=JOB, shot=SHOT))
        back = manifest(await ended(client, JOB))
        assert (back.edits, back.layers[1].name) == ([], "warrior")
        assert "shield" in await words_in(client, maps=True)
        await client.ask(look("crown"))
        await until_ended(client)
        await client.ask(RedoEdit(job=JOB, shot=SHOT))
        again = manifest(await ended(client, JOB))
        assert (again.edits, again.layers[1].name) == ([name], "knight")
        assert (await words_in(client, maps=True))[-2:] == ["shield", "crown"]

    serve_client(data, act)


def test_an_unknown_word_is_named_with_near_ones(data: Path) -> None:
    async def act(_: Running, client: AsyncClient) -> None:
        await client.submit(board(1), job=JOB)
        await ended(client, JOB)
        await client.ask(look("samurai"))
        *_rest, last = await until_ended(client)
        assert last.state is LookState.FOUND
        (notice,) = [one for one in last.notices if one.code == "doubt.word_unknown"]
        assert "'samurai'" in notice.text
        assert notice.layers == ["samurai"]
        assert "warrior" in str(notice.remedy)

    serve_client(data, act)


def test_two_at_once_on_two_slots(data: Path) -> None:
    async def act(_: Running, client: AsyncClient) -> None:
        await client.submit(board(1), job=JOB)
        await ended(client, JOB)
        await asyncio.gather(*(client.ask(look(word)) for word in ("shield", "crown", "crown")))
        heard = await until_ended(client, 2)
        assert [one.words for one in heard if one.state is LookState.FOUND] == [
            ["shield"],
            ["crown"],
        ]
        assert (await words_in(client, maps=True))[-2:] == ["shield", "crown"]

    serve_client(data, act, workers=2)


def test_it_is_called_off_waiting_or_running(data: Path) -> None:
    async def act(_: Running, client: AsyncClient) -> None:
        await client.submit(board(1), job=JOB)
        await ended(client, JOB)
        for stop in (StopLook(job=JOB, shot=SHOT), Cancel(job=JOB, shot=SHOT), Cancel(job=JOB)):
            await client.ask(Pause())
            await client.ask(look("shield"))
            (waits,) = (await client.ask(GetWords(job=JOB, shot=SHOT, maps=False))).looks
            assert (waits.words, waits.state) == (["shield"], LookState.WAITING)
            await client.ask(stop)
            assert [one.state for one in await until_ended(client)][-1] is LookState.CANCELLED
            await client.ask(Resume())
        await client.ask(look("shield"))
        async for event in told(client):
            if event.state is LookState.RUNNING:
                await client.ask(StopLook(job=JOB, shot=SHOT))
                break
        assert [one.state for one in await until_ended(client)][-1] is LookState.CANCELLED
        assert await words_in(client) == ["warrior", "forest"]
        await client.ask(look("crown"))
        assert [one.state for one in await until_ended(client)][-1] is LookState.FOUND
        assert Look.select().count() == 0

    serve_client(data, act)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_one_whose_process_is_killed_is_done_again(data: Path) -> None:
    async def act(_: Running, client: AsyncClient) -> None:
        await client.submit(board(1), job=JOB)
        await ended(client, JOB)
        await client.ask(look("shield"))
        async for event in told(client):
            if event.state is LookState.RUNNING:
                break
        workers = [
            child
            for child in psutil.Process().children()
            if "multiplane.server.workers.worker" in child.cmdline()
        ]
        assert workers
        for worker in workers:
            worker.kill()
        assert (await until_ended(client))[-1].state is LookState.FOUND
        assert not [worker for worker in workers if worker.is_running()]
        assert "shield" in await words_in(client, maps=True)

    serve_client(data, act)


def test_one_that_waits_outlasts_a_restart(data: Path) -> None:
    async def ask(_: Running, client: AsyncClient) -> None:
        await client.submit(board(1), job=JOB)
        await ended(client, JOB)
        await client.ask(Pause())
        await client.ask(look("shield"))
        # As a server leaves it that is killed in the middle.
        (waiting,) = Look.select()
        assert Looks(Look._meta.database).begin(waiting)

    async def go_on(_: Running, client: AsyncClient) -> None:
        (waits,) = (await client.ask(GetWords(job=JOB, shot=SHOT, maps=False))).looks
        assert (waits.words, waits.state) == (["shield"], LookState.WAITING)
        await client.ask(Resume())
        assert (await until_ended(client))[-1].state is LookState.FOUND
        assert "shield" in await words_in(client, maps=True)

    serve_client(data, ask)
    serve_client(data, go_on)


def test_it_comes_before_shots_that_wait(data: Path) -> None:
    async def act(_: Running, client: AsyncClient) -> None:
        await client.submit(board(1), job=JOB)
        await ended(client, JOB)
        await client.ask(Pause())
        await client.submit(board(3, first=10), job="job-0000002")
        await client.ask(look("shield"))
        await client.ask(Resume())
        async for event in client.events():
            if isinstance(event, LookChanged) and event.state is LookState.FOUND:
                break
            if isinstance(event, ShotChanged) and event.job != JOB:
                assert event.shot.state == ShotState.QUEUED
        await ended(client, "job-0000002")

    serve_client(data, act)


def test_words_come_to_every_job_with_the_shot(data: Path) -> None:
    async def act(_: Running, client: AsyncClient) -> None:
        await client.submit(board(1), job=JOB)
        await ended(client, JOB)
        await client.submit(board(1), job="job-0000002")
        other = await ended(client, "job-0000002")
        await client.ask(look("shield"))
        await until_ended(client)
        assert "shield" in [one.word for one in manifest(other).words]

    serve_client(data, act)


def test_what_cannot_be_looked_for_is_said(data: Path) -> None:
    async def act(_: Running, client: AsyncClient) -> None:
        await client.ask(Pause())
        await client.submit(board(1), job=JOB)
        for bad, code in (
            (look("shield"), "shot.not_finished"),
            (look("shield", shot="s999"), "shot.unknown"),
            (LookFor(job="job-0000009", shot=SHOT, words=["a"]), "job.unknown"),
        ):
            with pytest.raises(MultiplaneError) as caught:
                await client.ask(bad)
            assert caught.value.code == code
        blank = look("shield").model_copy(update={"words": [" "]})
        with pytest.raises(MultiplaneError) as caught:
            await client.ask(blank)
        assert "words" in str(caught.value.field)
        await client.ask(Resume())
        await ended(client, JOB)
        # Its files are forgotten while it waits.
        await client.ask(Pause())
        await client.ask(look("shield"))
        Result.delete().where(Result.hash == Shot.get().result).execute()
        await client.ask(Resume())
        *_rest, last = await until_ended(client)
        assert last.state is LookState.FAILED
        assert last.error is not None
        assert last.error.code == "shot.not_finished"

    serve_client(data, act)
