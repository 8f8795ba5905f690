"""Finished shots whose files are not where the database says: brought back, put right, or told."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from multiplane.cli import doctor_server
from multiplane.client import AsyncClient
from multiplane.contract.data_folder import DataFolder
from multiplane.contract.messages_client import GetJob, Retry
from multiplane.contract.messages_common import DeliveryState, JobState, ShotState
from multiplane.server.jobs.storage.finished_files import GONE
from multiplane.server.jobs.storage.stock import Stock
from tests.command_line import Multiplane
from tests.server.prepared import board
from tests.server.running import in_a_thread, running
from tests.server.test_damage import MADE, SHOTS, data, fill, filled, start

__all__ = ["data", "filled"]

OTHER = "job-0000003"


def no_blobs(data: DataFolder) -> None:
    shutil.rmtree(data.blobs)


def shots(data: DataFolder, job: str = MADE) -> dict[str, str]:
    """States by name, after a start."""
    stock = Stock.open(data)
    found = {str(shot.name): str(shot.state) for shot in stock.store.shots(stock.store.job(job))}
    stock.close()
    return found


def filled_with_others(root: Path) -> DataFolder:
    """Another data folder: one job, of other shots."""
    other = DataFolder(root)
    other.root.mkdir()
    fill(other, OTHER, first=50, waits=False)
    return other


def made_twice(data: DataFolder) -> None:
    """A second finished job, of other shots."""
    other = filled_with_others(data.root.parent / "only")
    shutil.copytree(other.jobs / OTHER, data.jobs / OTHER)
    stock = Stock.open(data)  # it is taken in
    assert stock.store.job(OTHER).state == JobState.FINISHED
    stock.close()


def whole_job(data: DataFolder) -> None:
    shutil.rmtree(data.jobs / MADE)


def all_jobs(data: DataFolder) -> None:
    data.jobs.rename(data.root.parent / "moved away")


def one_shot(data: DataFolder) -> None:
    shutil.rmtree(data.jobs / MADE / "shots" / "s001")


def one_manifest(data: DataFolder) -> None:
    (data.jobs / MADE / "shots" / "s001" / "manifest.json").unlink()


def one_layer(data: DataFolder) -> None:
    next((data.jobs / MADE / "shots" / "s001" / "layers").iterdir()).unlink()


def the_shots(data: DataFolder) -> None:
    shutil.rmtree(data.jobs / MADE / "shots")


WAYS: list[Callable[[DataFolder], None]] = [
    whole_job, all_jobs, one_shot, one_manifest, one_layer, the_shots,
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_files_that_are_gone_come_back_from_the_blobs(
    data: DataFolder, way: Callable[[DataFolder], None]
) -> None:
    before = {path.relative_to(data.jobs) for path in (data.jobs / MADE / "shots").rglob("*")}
    way(data)
    said, states = start(data)
    assert any("brought back" in notice and MADE in notice for notice in said), said
    after = {path.relative_to(data.jobs) for path in (data.jobs / MADE / "shots").rglob("*")}
    assert before <= after
    assert set(shots(data).values()) == {"finished"}
    delivered = (data.jobs / MADE / "sequence.json").is_file()
    assert states[MADE] == ("finished" if delivered else "delivering")
    assert not start(data)[0], "it is said once"


@pytest.mark.parametrize("way", WAYS)
def test_without_copies_the_shots_fail_and_say_how_to_have_them_again(
    data: DataFolder, way: Callable[[DataFolder], None]
) -> None:
    no_blobs(data)
    way(data)
    lost = SHOTS if way in (whole_job, all_jobs, the_shots) else 1
    said, states = start(data)
    assert states[MADE] == "failed"
    assert any(f"multiplane jobs retry {MADE}" in notice for notice in said), said
    assert list(shots(data).values()).count("failed") == lost
    found = {finding.what: finding for finding in doctor_server.examine_server(data)}[
        "Files of jobs"
    ]
    assert found.state == "problem"
    assert found.says.startswith(f"{lost} finished shots")
    assert MADE in found.remedy
    stock = Stock.open(data)
    assert not stock.notices
    errors = [
        json.loads(shot.error) for shot in stock.store.shots(stock.store.job(MADE)) if shot.error
    ]
    stock.close()
    assert {error["code"] for error in errors} == {GONE}
    assert all(f"multiplane jobs retry {MADE}" in error["remedy"] for error in errors)


def test_a_folder_that_is_put_back_makes_the_job_finished_again(data: DataFolder) -> None:
    no_blobs(data)
    away = data.root.parent / "archive"
    (data.jobs / MADE).rename(away)
    assert start(data)[1][MADE] == "failed"
    away.rename(data.jobs / MADE)
    said, states = start(data)
    assert states[MADE] == "finished"
    assert any("there again" in notice for notice in said)


def test_the_database_of_another_data_folder_has_no_files_here(
    data: DataFolder, tmp_path: Path
) -> None:
    """Its jobs fail and say so; those whose files are here are listed as well."""
    other = filled_with_others(tmp_path / "other")
    for path in data.root.glob("jobs.sqlite3*"):
        path.unlink()
    shutil.copyfile(other.database, data.database)
    said, states = start(data)
    assert states[OTHER] == "failed"
    assert states[MADE] == "finished"
    assert any(OTHER in notice for notice in said)


def test_swapped_folders_of_two_jobs_are_swapped_back(data: DataFolder) -> None:
    made_twice(data)
    inodes = {job: (data.jobs / job).stat().st_ino for job in (MADE, OTHER)}
    (data.jobs / MADE).rename(data.jobs / ".swap")
    (data.jobs / OTHER).rename(data.jobs / MADE)
    (data.jobs / ".swap").rename(data.jobs / OTHER)
    said, states = start(data)
    assert {job: (data.jobs / job).stat().st_ino for job in (MADE, OTHER)} == inodes
    assert states[MADE] == states[OTHER] == "finished"
    assert any(f"jobs/{MADE} held the files of jobs/{OTHER}" in notice for notice in said), said
    assert not start(data)[0]


def test_a_renamed_folder_goes_back_to_its_job(data: DataFolder) -> None:
    (data.jobs / MADE).rename(data.jobs / "my best film")
    said, states = start(data)
    assert states[MADE] == "finished"
    assert (data.jobs / MADE / "sequence.json").is_file()
    assert any("moved there" in notice for notice in said)
    assert sorted(path.name for path in data.jobs.iterdir()) == [MADE]


def test_a_copy_of_a_folder_in_anothers_place_is_set_aside(data: DataFolder) -> None:
    made_twice(data)
    shutil.rmtree(data.jobs / MADE)
    shutil.copytree(data.jobs / OTHER, data.jobs / MADE)
    (data.jobs / MADE / "notes.txt").write_text("mine")
    said, states = start(data)
    assert states[MADE] in ("finished", "delivering")
    assert states[OTHER] == "finished"
    assert (data.set_aside / MADE / "notes.txt").read_text() == "mine"
    assert any(
        f"jobs/{MADE} held files of" in notice and "set-aside" in notice for notice in said
    ), said


def test_swapped_shots_of_one_job_are_swapped_back(data: DataFolder) -> None:
    folder = data.jobs / MADE / "shots"
    inodes = {name: (folder / name).stat().st_ino for name in ("s000", "s001")}
    (folder / "s000").rename(folder / "x")
    (folder / "s001").rename(folder / "s000")
    (folder / "x").rename(folder / "s001")
    said, states = start(data)
    assert {name: (folder / name).stat().st_ino for name in ("s000", "s001")} == inodes
    assert len(said) == 2
    assert states[MADE] == "finished"


def test_swapped_folders_without_blobs_are_swapped_back_too(data: DataFolder) -> None:
    made_twice(data)
    no_blobs(data)
    (data.jobs / MADE).rename(data.jobs / ".swap")
    (data.jobs / OTHER).rename(data.jobs / MADE)
    (data.jobs / ".swap").rename(data.jobs / OTHER)
    states = start(data)[1]
    assert states[MADE] == states[OTHER] == "finished"


def test_another_job_of_the_same_id_is_kept_beside(data: DataFolder, tmp_path: Path) -> None:
    """The database of another folder, whose job has the id of one here: neither is lost."""
    here = json.loads((data.jobs / MADE / "shots/s000/manifest.json").read_text())
    here |= {"content_hash": "d" * 64, "picture_hash": "e" * 64}
    (data.jobs / MADE / "shots/s000/manifest.json").unlink()
    (data.jobs / MADE / "shots/s000/manifest.json").write_text(json.dumps(here))
    record = data.submitted / f"{MADE}.json"
    written = json.loads(record.read_text()) | {"content": "another storyboard"}
    record.write_text(json.dumps(written))
    start(data)
    aside = {path.name for path in data.set_aside.iterdir()}
    assert f"{MADE}-shots-s000" in aside
    assert set(shots(data).values()) == {"finished"}


def test_a_camera_changed_by_hand_in_a_jobs_folder_stays(data: DataFolder) -> None:
    path = data.jobs / MADE / "shots/s000/manifest.json"
    changed = json.loads(path.read_text()) | {"content_hash": "c" * 64, "own": True}
    path.unlink()
    path.write_text(json.dumps(changed))
    assert start(data) == ([], {MADE: "finished", "job-0000002": "queued"})
    assert json.loads(path.read_text())["own"]


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_a_job_whose_folder_is_a_link_that_leads_nowhere_fails(data: DataFolder) -> None:
    shutil.rmtree(data.jobs / MADE)
    (data.jobs / MADE).symlink_to(data.root.parent / "unmounted")
    said, states = start(data)
    assert states[MADE] == "failed"
    assert any("Move away what is in the place" in notice for notice in said)
    assert (data.jobs / MADE).is_symlink()


def test_submit_wait_of_a_finished_job_without_files_fails(
    data: DataFolder, tmp_path: Path, multiplane: Multiplane
) -> None:
    """Also while the server runs: no start has come since."""
    file = tmp_path / "board.json"
    file.write_text(json.dumps(board(2, first=70)))
    submitted = ("submit", file, "--wait", "--job", OTHER, "--data", data.root)
    with in_a_thread(data.root, workers=1):
        assert multiplane(*submitted).status == 0
        (data.jobs / OTHER).rename(tmp_path / "away")
        assert multiplane(*submitted).status == 0, "brought back from the blobs"
        assert (data.jobs / OTHER / "sequence.json").is_file()
        (data.jobs / OTHER).rename(tmp_path / "away again")
        data.blobs.rename(tmp_path / "away too")
        said = multiplane(*submitted)
        assert said.status == 1
        assert "its files are gone" in said.all
        assert f"multiplane jobs retry {OTHER}" in said.all


def test_retry_brings_back_or_makes_again_what_is_gone_while_the_server_runs(
    data: DataFolder,
) -> None:
    async def play() -> None:
        async with (
            asyncio.timeout(300),
            running(data.root, workers=1),
            AsyncClient(data.root) as client,
        ):
            await client.submit(board(2, first=70), job=OTHER)
            while (found := await client.ask(GetJob(job=OTHER))).job.state is not JobState.FINISHED:
                assert found.job.state is not JobState.FAILED, found
                await asyncio.sleep(0.05)
            folder = Path(found.job.folder)
            shutil.rmtree(folder / "shots" / "s070")
            await client.ask(Retry(job=OTHER))
            assert (folder / "shots" / "s070" / "manifest.json").is_file()
            assert (await client.ask(GetJob(job=OTHER))).job.state is JobState.FINISHED
            # Nothing is left of one shot: the same job submitted again says so, a retry makes it.
            for path in (folder / "shots" / "s071").rglob("manifest.json"):
                inode = path.stat().st_ino
                for blob in data.blobs.glob("??/*"):
                    if blob.stat().st_ino == inode:
                        blob.unlink()
            shutil.rmtree(folder / "shots" / "s071")
            accepted = await client.submit(board(2, first=70), job=OTHER)
            assert accepted.known
            assert accepted.job.state is JobState.FAILED
            (good, bad) = (await client.ask(GetJob(job=OTHER))).shots
            assert good.state is ShotState.FINISHED
            assert bad.error is not None
            assert bad.error.code == GONE
            await client.ask(Retry(job=OTHER))
            while (found := await client.ask(GetJob(job=OTHER))).job.state is not JobState.FINISHED:
                assert found.job.state is not JobState.FAILED, found
                await asyncio.sleep(0.05)
            assert found.job.delivery is DeliveryState.WRITTEN
            assert (folder / "shots" / "s071" / "manifest.json").is_file()

    asyncio.run(play())


def test_the_command_line_lists_shows_and_retries(data: DataFolder, multiplane: Multiplane) -> None:
    no_blobs(data)
    one_shot(data)
    own = ("--data", data.root)
    with in_a_thread(data.root, workers=1):
        listed = multiplane("jobs", "list", "--json", *own)
        states = {job["job"]: job["state"] for job in json.loads(listed.out)}
        assert states[MADE] == "failed"
        assert "failed (1 shots failed)" in multiplane("jobs", "list", *own).all
        shown = multiplane("jobs", "show", MADE, *own)
        assert "s001: failed" in shown.out
        assert f"multiplane jobs retry {MADE}" in shown.out
        again = multiplane("jobs", "retry", MADE, "--shot", "s001", *own)
        assert again.status == 0, again.err
        unknown = multiplane("jobs", "show", "job-7777777", *own)
        assert unknown.status == 2
        assert "no such job" in unknown.err


def test_a_removal_that_was_copied_in_or_made_by_hand_removes_nothing(
    data: DataFolder, tmp_path: Path
) -> None:
    stock = Stock.open(data)
    generation = stock.store.job(MADE).generation
    going = stock.removal.decide(stock.store.job(MADE)).going
    (data.jobs / MADE).rename(going / "job")
    stock.store.database.close()
    shutil.copytree(data.root, tmp_path / "copy", symlinks=True)
    copy = DataFolder(tmp_path / "copy")
    (copy.removed / f"{MADE}.{generation}").mkdir()
    (copy.removed / f"{MADE}.{generation}" / "note.txt").write_text("by hand")
    said, _ = start(copy)
    aside = {path.name for path in copy.set_aside.iterdir()}
    assert f"removed-{going.name}" in aside
    assert f"removed-{MADE}.{generation}" in aside
    assert sum("no removal of this server" in notice for notice in said) == 2
    start(data)
    assert not going.exists(), "the decision itself is carried out"
    assert not list(data.set_aside.iterdir()) if data.set_aside.exists() else True


def test_a_removal_moved_in_from_another_data_folder_keeps_the_job(
    data: DataFolder, tmp_path: Path
) -> None:
    other = DataFolder(tmp_path / "other")
    other.root.mkdir()
    fill(other)
    stock = Stock.open(other)
    going = stock.removal.decide(stock.store.job(MADE)).going
    stock.close()
    data.removed.mkdir(exist_ok=True)
    (going / "film.mov").write_text("mine")
    going.rename(data.removed / going.name)
    said, states = start(data)
    assert states[MADE] == "finished"
    assert any("no removal of this server" in notice for notice in said)
    assert (data.jobs / MADE / "sequence.json").is_file()


@pytest.mark.parametrize("place", ["", f"{MADE}/shots"])
def test_something_in_the_way_is_told_and_the_files_come_back_without_it(
    data: DataFolder, place: str
) -> None:
    path = data.jobs / place
    shutil.rmtree(path)
    path.write_text("in the way")
    said, states = start(data)
    assert states[MADE] == "failed"
    assert any("Move away what is in the place" in notice for notice in said), said
    assert not any("no copies" in notice for notice in said)
    assert path.read_text() == "in the way"
    path.unlink()
    assert set(shots(data).values()) == {"finished"}
