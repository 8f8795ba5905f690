"""Removing a job: its own files go and nothing else, whenever it comes, also on a full disk."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from multiplane.client import AsyncClient
from multiplane.contract.data_folder import DataFolder
from multiplane.contract.errors import MultiplaneError
from multiplane.contract.layer_edits import RenameEdit
from multiplane.contract.layout import LEDGER
from multiplane.contract.messages_client import EditLayer, GetJob, GetState, Remove
from multiplane.deliver.own_files import write_ledger
from multiplane.server.jobs.storage.reserve import SIZE_BYTES, Reserve
from multiplane.server.jobs.storage.stock import Stock
from multiplane.server.jobs.store import Store
from multiplane.server.jobs.tables import Job, Shot
from tests.server.running import running
from tests.server.test_damage import MADE, OPEN, fill


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    one = DataFolder(tmp_path / "data")
    one.root.mkdir()
    fill(one)
    return one


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def test_what_somebody_put_into_a_jobs_folder_stays(data: DataFolder) -> None:
    stock = Stock.open(data)
    (data.jobs / MADE / "my project.aep").write_bytes(b"days of work")
    (data.jobs / MADE / "shots/s000/retouched.png").write_bytes(b"by hand")
    assert not (data.jobs / MADE / LEDGER).exists()
    write_ledger(data.jobs / MADE, dict.fromkeys(("sequence.json", "storyboard.json"), ""))
    stock.removal.finish(stock.removal.decide(stock.store.job(MADE)))
    assert names(data.jobs) == []
    assert names(data.removed) == []
    kept = [path.read_bytes() for path in data.set_aside.iterdir()]
    assert sorted(kept) == [b"by hand", b"days of work"]
    assert not (data.submitted / f"{MADE}.json").exists()
    assert [one.id for one in Job.select()] == [OPEN]
    stock.close()


def interrupted(_: Job) -> bool:
    raise KeyboardInterrupt


@pytest.mark.parametrize("step", ["decided", "without rows", "renamed"])
def test_a_removal_that_was_cut_off_is_finished_by_the_next_start(
    data: DataFolder, step: str
) -> None:
    stock = Stock.open(data)
    job = stock.store.job(MADE)
    if step == "decided":
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(stock.store, "remove", interrupted)
            patch.setattr(Path, "rmdir", lambda _: None)  # killed: nothing is tidied up
            with pytest.raises(KeyboardInterrupt):
                stock.removal.decide(job)
        (going,) = data.removed.iterdir()
        assert stock.store.find_job(MADE) is not None
    else:
        going = stock.removal.decide(job).going
    if step == "renamed":
        (data.jobs / MADE).rename(going / "job")
    stock.store.database.close()
    stock = Stock.open(data)
    assert [one.id for one in Job.select()] == [OPEN]
    assert names(data.jobs) == names(data.removed) == names(data.set_aside) == []
    stock.close()


def test_a_job_can_be_removed_when_sqlite_finds_no_room(data: DataFolder) -> None:
    """SQLite answers SQLITE_FULL as long as the reserve holds the room, and not afterwards."""
    stock = Stock.open(data)
    reserve = data.root / "reserve"
    assert reserve.stat().st_size == SIZE_BYTES
    remove = stock.store.remove

    def on_full_disk(job: Job) -> bool:
        if reserve.exists():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return remove(job)

    stock.store.remove = on_full_disk  # type: ignore[method-assign]
    removed = stock.removal.decide(stock.store.job(MADE))
    assert removed.on_full_disk
    stock.removal.finish(removed)
    assert names(data.jobs) == []
    assert Reserve(data).fill(), "it is taken again"

    def always_full(job: Job) -> bool:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    stock.store.remove = always_full  # type: ignore[method-assign]
    with pytest.raises(MultiplaneError) as caught:
        stock.removal.decide(stock.store.job(OPEN))
    assert caught.value.code == "deliver.disk_full"
    assert names(data.removed) == [], "nothing was decided"
    assert stock.store.job(OPEN)
    stock.close()


def test_remove_over_the_wire_leaves_nothing(data: DataFolder) -> None:
    async def run() -> None:
        async with running(data.root, workers=1), AsyncClient(data.root) as client:
            await client.ask(Remove(job=OPEN))
            await client.ask(Remove(job=MADE))
            assert (await client.ask(GetState())).jobs == []
        assert names(data.jobs) == names(data.removed) == names(data.submitted) == []

    asyncio.run(run())


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_blob_behind_a_link_is_not_served(data: DataFolder, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"somebody's")
    sha256 = hashlib.sha256(b"somebody's").hexdigest()
    (data.blobs / sha256[:2]).mkdir(exist_ok=True)
    (data.blobs / sha256[:2] / sha256).symlink_to(tmp_path / "secret")
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    other = "ff" + "0" * 62
    (theirs / other).write_bytes(b"theirs")
    if not (data.blobs / "ff").exists():
        (data.blobs / "ff").symlink_to(theirs)

    async def run() -> None:
        async with running(data.root) as server:
            for name in (sha256, other):
                status, _, body = await server.get(f"/artifacts/{name}")
                assert status == 404
                assert b"theirs" not in body
                assert b"somebody's" not in body

    asyncio.run(run())
    assert (theirs / other).is_file()
    assert (tmp_path / "secret").is_file()


def test_a_full_disk_while_a_layer_is_edited_is_said(
    data: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    async def run() -> None:
        async with running(data.root), AsyncClient(data.root) as client:
            monkeypatch.setattr(Store, "change_board", full)
            edit = RenameEdit(layer="warrior", name="knight")
            with pytest.raises(MultiplaneError) as caught:
                await client.ask(EditLayer(job=MADE, shot="s000", edit=edit))
            assert caught.value.code == "deliver.disk_full"
            assert caught.value.remedy

    asyncio.run(run())


def test_a_row_that_cannot_be_does_not_keep_clients_out(data: DataFolder) -> None:
    async def run() -> None:
        async with running(data.root):
            Shot.update(state="somewhere").where(Shot.job == OPEN).execute()
            Job.update(state="gone").where(Job.id == OPEN).execute()
            async with AsyncClient(data.root) as client:
                (shown,) = [one for one in client.welcome.jobs if one.job.job == OPEN]
                assert shown.job.error is not None
                assert shown.job.error.code == "server.row_damaged"
                assert {one.error.code for one in shown.shots if one.error} == {
                    "server.row_damaged"
                }
                assert (await client.ask(GetJob(job=MADE))).job.state == "finished"

    asyncio.run(run())


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_a_link_among_the_removed_is_no_decision(data: DataFolder, tmp_path: Path) -> None:
    stock = Stock.open(data)
    generation = stock.store.job(MADE).generation
    stock.close()
    (tmp_path / "theirs" / "job").mkdir(parents=True)
    (tmp_path / "theirs" / "job" / "film.mov").write_text("mine")
    data.removed.mkdir(exist_ok=True)
    (data.removed / f"{MADE}.{generation}").symlink_to(tmp_path / "theirs")
    stock = Stock.open(data)
    assert Job.get_or_none(Job.id == MADE) is not None
    stock.close()
    assert (tmp_path / "theirs" / "job" / "film.mov").read_text() == "mine"
