"""Variations of a shot: other seeds, of which one is kept and none is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from multiplane.client import AsyncClient
from multiplane.contract.errors import InputError
from multiplane.contract.layer_edits import RenameEdit, ShotEdits
from multiplane.contract.messages_client import (
    Cancel,
    EditLayer,
    GetJob,
    GetPictures,
    ListJobs,
    MakeVariations,
    Pause,
    Remove,
    Search,
    SetSeed,
)
from multiplane.contract.messages_common import ShotState, VariationOf, VariationView
from multiplane.contract.messages_server import Variations
from multiplane.server.jobs.blobs import Blobs
from multiplane.server.jobs.results import SharedResults
from multiplane.server.jobs.tables import open_database
from tests.server.prepared import SEED, board, prepare
from tests.server.running import Running, ended, serve, serve_client
from tests.server.test_corrections import JOB, SHOT, manifest

SEEDS = (7, 8, 9, 10)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder in which the picture of `prepared.board` is there with four seeds."""
    prepare(tmp_path / "data", SEEDS)
    return tmp_path / "data"


async def all_made(client: AsyncClient, said: Variations) -> list[VariationView]:
    for one in said.variations:
        await ended(client, one.job)
    return (await client.ask(GetPictures(job=JOB, shot=SHOT))).variations


def test_another_seed_is_kept_and_none_is_lost(data: Path) -> None:
    async def act(_: Running, client: AsyncClient) -> None:
        await client.submit(board(2), job=JOB)
        before = await ended(client, JOB)
        first = manifest(before)
        ask = MakeVariations(job=JOB, shot=SHOT, seeds=[8, 9, 10])
        said = await client.ask(ask)
        assert said.seed == SEED
        assert [one.seed for one in said.variations] == [7, 8, 9, 10], "and what it is now"
        made = await all_made(client, said)
        assert [one.shot.state for one in made] == [ShotState.FINISHED] * 4
        assert made[0].shot.result == before.shots[0].result, "the very same, not made again"
        assert len({one.shot.result for one in made}) == 4
        assert (await client.ask(GetJob(job=JOB))).shots == before.shots, "the shot is as it was"
        again = await client.ask(ask)
        assert [one.job for one in again.variations] == [one.job for one in made]

        await client.ask(SetSeed(job=JOB, shot=SHOT, seed=9))
        kept = await ended(client, JOB)
        assert kept.storyboard["shots"][0]["seed"] == 9
        assert kept.shots[0].result == made[2].shot.result, "nothing is painted or staged again"
        assert manifest(kept).layers[1].bbox != first.layers[1].bbox
        assert kept.shots[1].result == before.shots[1].result
        found = await client.ask(Search(seed=9))
        assert JOB in {one.job for one in found.shots}

        await client.ask(SetSeed(job=JOB, shot=SHOT, seed=7))
        back = await ended(client, JOB)
        assert back.shots[0].result == before.shots[0].result
        assert back.storyboard == before.storyboard
        pictures = await client.ask(GetPictures(job=JOB, shot=SHOT))
        assert (pictures.seed, [one.seed for one in pictures.variations]) == (7, [7, 8, 9, 10])

        # The same shot in another job has them, too; another prompt has not.
        other = board(2)
        other["shots"][1]["prompt"] = "a **warrior** on a beach"
        await client.ask(Pause())
        await client.submit(other, job="job-0000002")
        same = await client.ask(GetPictures(job="job-0000002", shot=SHOT))
        assert same.variations == pictures.variations
        none = await client.ask(GetPictures(job="job-0000002", shot="s001"))
        assert none.variations == []

    serve_client(data, act)


def test_hands_are_found_again_with_their_picture(data: Path) -> None:
    async def act(_: Running, client: AsyncClient) -> None:
        await client.submit(board(1), job=JOB)
        await ended(client, JOB)
        name = RenameEdit(layer="warrior", name="knight")
        await client.ask(EditLayer(job=JOB, shot=SHOT, edit=name))
        await ended(client, JOB)
        await client.ask(SetSeed(job=JOB, shot=SHOT, seed=8))
        other = manifest(await ended(client, JOB))
        assert (other.layers[1].name, other.edits, other.notices) == ("warrior", [], [])
        name_8 = RenameEdit(layer="warrior", name="guard")
        await client.ask(EditLayer(job=JOB, shot=SHOT, edit=name_8))
        assert manifest(await ended(client, JOB)).layers[1].name == "guard"
        (first,) = (await client.ask(GetPictures(job=JOB, shot=SHOT))).variations
        assert first.seed == 7
        assert first.edits is not None
        assert first.edits.edits == [name]
        back = SetSeed(job=JOB, shot=SHOT, seed=7, edits=first.edits)
        await client.ask(back)
        assert manifest(await ended(client, JOB)).layers[1].name == "knight"
        pictures = (await client.ask(GetPictures(job=JOB, shot=SHOT))).variations
        assert [one.edits and one.edits.edits for one in pictures] == [[name], [name_8]]
        assert isinstance(pictures[1].edits, ShotEdits)

    serve_client(data, act)


def test_a_seed_that_is_called_off_leaves_the_shot_as_it_was(data: Path) -> None:
    async def act(_: Running, client: AsyncClient) -> None:
        await client.submit(board(1), job=JOB)
        before = await ended(client, JOB)
        await client.ask(Pause())
        await client.ask(SetSeed(job=JOB, shot=SHOT, seed=8))
        waiting = await client.ask(GetJob(job=JOB))
        assert waiting.shots[0].state == ShotState.QUEUED
        assert waiting.shots[0].result == before.shots[0].result, "the last result stays"
        await client.ask(Cancel(job=JOB, shot=SHOT))
        after = await client.ask(GetJob(job=JOB))
        assert (after.shots, after.storyboard) == (before.shots, before.storyboard)
        assert (await client.ask(GetPictures(job=JOB, shot=SHOT))).seed == 7

    serve_client(data, act)


def test_new_seeds_are_new_and_stand_in_front(data: Path) -> None:
    async def act(_: Running, client: AsyncClient) -> None:
        await client.ask(Pause())
        await client.submit(board(2), job=JOB)
        await client.submit(board(1, first=5), job="job-0000002")
        said = await client.ask(MakeVariations(job=JOB, shot=SHOT, count=3))
        seeds = [one.seed for one in said.variations]
        assert seeds[0] == SEED
        assert len(set(seeds)) == 4
        jobs = {one.job: one for one in (await client.ask(ListJobs())).jobs}
        places = [jobs[one.job].position for one in said.variations]
        assert places == [0, 1, 2, 3]
        assert [jobs[one].position for one in (JOB, "job-0000002")] == [4, 5]
        assert jobs[JOB].variation_of is None
        second = said.variations[1]
        assert jobs[second.job].variation_of == VariationOf(job=JOB, shot=SHOT, seed=second.seed)
        assert jobs[second.job].title == f"Prepared: {SHOT}, seed {second.seed}"
        # Without the job that they are of they are shown like any other.
        await client.ask(Remove(job=JOB))
        assert (await client.ask(GetJob(job=second.job))).job.variation_of is None

    serve_client(data, act)


def test_a_drawing_has_none(data: Path) -> None:
    async def act(_: Running, client: AsyncClient) -> None:
        await client.ask(Pause())
        drawing = board(1)
        drawing["shots"].append({"id": "drawn", "picture": "a.png"})
        await client.submit(drawing, job=JOB)
        answers = (
            client.ask(MakeVariations(job=JOB, shot="drawn")),
            client.ask(GetPictures(job=JOB, shot="drawn")),
            client.ask(SetSeed(job=JOB, shot="drawn", seed=1)),
        )
        for answer in answers:
            with pytest.raises(InputError) as caught:
                await answer
            assert caught.value.code == "shot.no_seed"

    serve_client(data, act)


def test_they_outlive_a_lost_database(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs: list[VariationView] = []

    async def make(_: Running) -> None:
        async with AsyncClient(data) as client:
            await client.submit(board(1), job=JOB)
            await ended(client, JOB)
            said = await client.ask(MakeVariations(job=JOB, shot=SHOT, seeds=[8, 9]))
            jobs.extend(await all_made(client, said))
            await client.ask(SetSeed(job=JOB, shot=SHOT, seed=9))
            await ended(client, JOB)

    async def look(_: Running) -> None:
        async with AsyncClient(data) as client:
            detail = await ended(client, JOB)
            assert detail.storyboard["shots"][0]["seed"] == 9
            said = await client.ask(GetPictures(job=JOB, shot=SHOT))
            assert said.seed == 9
            assert {one.job for one in said.variations} == {one.job for one in jobs}
            made = await all_made(client, said)
            assert [one.shot.result for one in made] == [one.shot.result for one in jobs]

    serve(data, make)
    for path in data.glob("jobs.sqlite3*"):
        path.unlink()
    serve(data, look)


def test_what_they_made_is_not_forgotten(data: Path) -> None:
    """A picture that a variation has is kept, however little room there is."""
    made: list[VariationView] = []

    async def act(_: Running, client: AsyncClient) -> None:
        await client.submit(board(1), job=JOB)
        await ended(client, JOB)
        said = await client.ask(MakeVariations(job=JOB, shot=SHOT, seeds=[8]))
        made.extend(await all_made(client, said))
        await client.ask(SetSeed(job=JOB, shot=SHOT, seed=8))
        await ended(client, JOB)

    serve_client(data, act)
    database = open_database(data / "jobs.sqlite3")
    results = SharedResults(database, Blobs(data / "blobs"))
    results.delete(results.forget(0))
    assert all(results.find(str(one.shot.result)) for one in made)
    assert results.find(f"{2:064x}") is None, "what nobody has is"
    database.close()
