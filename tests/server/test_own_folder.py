"""The data folder: whose it is, who may have it, and that nothing of anybody else's goes."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import shutil
import stat
from pathlib import Path

import pytest

from multiplane.contract.data_folder import DataFolder
from multiplane.contract.errors import Failure
from multiplane.server.jobs.storage.own_folder import Standing, examine, hold
from multiplane.server.jobs.storage.token_file import ensure_token
from tests.server.prepared import prepare
from tests.server.running import running
from tests.server.test_damage import files, fill, start

needs_posix = pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
needs_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away"
)


def refused(folder: Path) -> Failure:
    with pytest.raises(Failure) as caught, hold(DataFolder(folder)):
        pass
    assert caught.value.remedy
    return caught.value


def test_an_ordinary_folder_is_refused_and_nothing_in_it_touched(tmp_path: Path) -> None:
    for name in ("jobs/2024/invoice.pdf", "blobs/ab/scan.png", "jobs/job-0000001/thesis.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    error = refused(tmp_path)
    assert (error.code, error.exit_status) == ("server.data_foreign", 1)
    assert sorted(tmp_path.rglob("*")) == before

    # Somebody's renders in a folder that is called so are no server's, either.
    (tmp_path / "jobs/forest/sequence.json").parent.mkdir(parents=True)
    (tmp_path / "jobs/forest/sequence.json").write_text('{"schema": "multiplane/sequence/1"}')
    assert refused(tmp_path).code == "server.data_foreign"


def test_new_marked_and_earlier_folders_are_taken(tmp_path: Path) -> None:
    new = DataFolder(tmp_path / "not" / "there")
    assert examine(new) is Standing.NEW
    assert not new.root.exists()
    with hold(new):
        assert examine(new) is Standing.MARKED
    disk = DataFolder(tmp_path / "disk")
    (disk.root / "lost+found").mkdir(parents=True)
    (disk.root / "models").mkdir()
    assert examine(disk) is Standing.NEW
    earlier = DataFolder(tmp_path / "earlier")
    earlier.root.mkdir()
    prepare(earlier.root)
    assert examine(earlier) is Standing.EARLIER
    earlier.database.unlink()
    assert refused(earlier.root).code == "server.data_foreign", "only blobs: anybody's"
    ensure_token(earlier.token)
    assert examine(earlier) is Standing.EARLIER
    earlier.mark.write_text('{"schema": "multiplane/data-folder/2"}')
    assert refused(earlier.root).code == "server.data_newer"


def test_a_folder_of_an_earlier_version_is_taken_over_whole(tmp_path: Path) -> None:
    data = DataFolder(tmp_path / "data")
    data.root.mkdir()
    fill(data)
    for name in ("submitted", "backups"):
        shutil.rmtree(data.root / name)
    data.mark.unlink(missing_ok=True)
    ensure_token(data.token)
    before = files(data)
    with hold(data):
        said, states = start(data)
    assert said == []
    assert files(data) == before
    assert set(states.values()) == {"finished", "queued"}
    assert data.mark.is_file()


@pytest.mark.parametrize("name", ["jobs", "blobs", "work", "token", "server.lock", "jobs.sqlite3"])
def test_links_are_named_and_not_followed(tmp_path: Path, name: str) -> None:
    with hold(DataFolder(tmp_path / "data")):
        pass
    theirs = tmp_path / "theirs"
    (theirs / "job-0000001").mkdir(parents=True)
    (theirs / "job-0000001" / "film.mov").write_text("mine")
    (tmp_path / "data" / name).unlink(missing_ok=True)
    (tmp_path / "data" / name).symlink_to(theirs)
    error = refused(tmp_path / "data")
    assert error.code == "server.data_link"
    assert name in str(error.file)
    assert (theirs / "job-0000001" / "film.mov").is_file()


def test_a_file_in_the_folders_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        assert refused(path).code == "server.data_not_a_folder"
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    assert refused(tmp_path / "link").code == "server.data_not_a_folder"
    if Path("/proc/self").exists():
        assert refused(Path("/proc/multiplane")).code == "server.data_not_writable"


@needs_posix
def test_the_folder_and_all_in_it_are_private(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o755)
    before = os.umask(0o022)
    try:

        async def run() -> None:
            async with running(tmp_path / "data"):
                pass

        asyncio.run(run())
        assert os.umask(0o022) == 0o022, "others' files are made as before"
    finally:
        os.umask(before)
    for path in [tmp_path / "data", *(tmp_path / "data").rglob("*")]:
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


@needs_root
def test_another_users_folder_and_token_are_refused(tmp_path: Path) -> None:
    data = DataFolder(tmp_path / "data")
    with hold(data):
        token = ensure_token(data.token)
    os.chown(data.token, 12345, 12345)
    with pytest.raises(Failure, match="another user") as caught:
        ensure_token(data.token)
    assert caught.value.code == "server.token_owner"
    assert data.token.read_text().strip() == token
    os.chown(data.root, 12345, 12345)
    assert refused(data.root).code == "server.data_owner"


def _try(folder: Path, said: multiprocessing.Queue[str]) -> None:
    try:
        with hold(DataFolder(folder)):
            said.put("held")
    except Failure as error:
        said.put(error.code)


def test_deleting_the_locks_file_lets_nobody_in(tmp_path: Path) -> None:
    process = multiprocessing.get_context("spawn")
    said = process.Queue()
    with hold(DataFolder(tmp_path)):
        if os.name != "nt":
            (tmp_path / "server.lock").unlink()
        second = process.Process(target=_try, args=(tmp_path, said))
        second.start()
        assert said.get(timeout=120) == "server.running"
        second.join()
    third = process.Process(target=_try, args=(tmp_path, said))
    third.start()
    assert said.get(timeout=120) == "held"
    third.join()


@needs_posix
@pytest.mark.parametrize(
    "name",
    [
        "multiplane-data.json", "token", "port", "server.json", "server.lock", "jobs.sqlite3",
        "jobs.sqlite3-wal", "jobs.sqlite3.seal", "reserve", "jobs", "blobs", "work", "logs",
        "submitted", "backups", "set-aside", "removed",
    ],
)  # fmt: skip
def test_a_pipe_in_the_place_of_any_of_the_servers_own_is_named_and_not_waited_for(
    tmp_path: Path, name: str
) -> None:
    data = DataFolder(tmp_path / "data")
    with hold(data):
        ensure_token(data.token)
    place = data.root / name
    place.unlink(missing_ok=True)
    os.mkfifo(place)
    error = refused(data.root)
    assert error.code == "server.data_kind"
    assert "A pipe" in error.message
    assert error.file == str(place)
    assert stat.S_ISFIFO(place.lstat().st_mode)


@pytest.mark.parametrize("name", ["jobs", "blobs", "work", "logs", "submitted", "backups"])
def test_a_file_in_the_place_of_one_of_the_servers_folders_is_named(
    tmp_path: Path, name: str
) -> None:
    with hold(DataFolder(tmp_path)):
        pass
    (tmp_path / name).write_text("somebody's")
    error = refused(tmp_path)
    assert error.code == "server.data_kind"
    assert error.file == str(tmp_path / name)
    assert (tmp_path / name).read_text() == "somebody's"


def test_an_ordinary_folder_with_a_file_of_such_a_name_is_still_nobodys(tmp_path: Path) -> None:
    (tmp_path / "jobs").write_text("my applications")
    assert refused(tmp_path).code == "server.data_foreign"


@needs_posix
def test_a_client_does_not_wait_for_a_pipe(tmp_path: Path) -> None:
    data = DataFolder(tmp_path)
    os.mkfifo(data.port)
    os.mkfifo(data.token)
    with pytest.raises(Failure) as caught:
        data.read_address()
    assert caught.value.code == "server.not_running"
