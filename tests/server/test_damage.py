"""Whatever happens to the database: no file of any job is lost, and the start says what it did."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from multiplane.contract.data_folder import DataFolder
from multiplane.contract.messages_client import Submit
from multiplane.contract.messages_common import JobState, ShotState
from multiplane.server.jobs.blobs import StoredFile
from multiplane.server.jobs.storage import backups
from multiplane.server.jobs.storage.adoption import Adopted
from multiplane.server.jobs.storage.stock import Stock
from multiplane.server.jobs.store import Store
from multiplane.server.jobs.submission import check
from multiplane.server.jobs.tables import Job, Upload
from tests.server.prepared import board, prepare
from tests.server.running import running

MADE, OPEN = "job-0000001", "job-0000002"
SHOTS = 3


def files(data: DataFolder) -> dict[str, str]:
    """Every file below jobs/ and blobs/, with the hash of its content."""
    found = {}
    for folder in (data.jobs, data.blobs):
        for path in folder.rglob("*"):
            if path.is_file():
                name = path.relative_to(data.root).as_posix()
                found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def submit(store: Store, job: str, document: dict[str, object]) -> Job:
    request = Submit(job=job, storyboard=document)
    checked = check(request, find_upload=Path, presets=["push_in"], models=["storyboard-mini"])
    return store.submit(request, checked)[0]


def fill(data: DataFolder, made: str = MADE, *, first: int = 0, waits: bool = True) -> None:
    """A job that was made and delivered, an upload, and a job that waits.

    first: number of the made job's first shot.
    """
    document = board(SHOTS, first=first)
    prepare(data.root)
    shutil.rmtree(data.root / "earlier")
    stock = Stock.open(data)
    store, results = stock.store, stock.results
    job = submit(store, made, document)
    (data.root / "file").write_bytes(b"an upload")
    results.note_upload(*results.blobs.add(data.root / "file"))
    (data.root / "file").unlink()
    shots = []
    for shot in store.shots(job):
        hash_ = hashlib.sha256(str(shot.name).encode()).hexdigest()
        earlier = {one.path: one for one in results.files("0" * 64)}
        manifest = json.loads(results.blobs.path(earlier["manifest.json"].sha256).read_bytes())
        manifest |= {"content_hash": hash_, "shot_id": shot.name}
        (data.root / "file").write_text(json.dumps(manifest))
        own = StoredFile("manifest.json", *results.blobs.add(data.root / "file"))
        (data.root / "file").unlink()
        parts = [one for path, one in earlier.items() if path != "manifest.json"]
        results.add(hash_, manifest["picture_hash"], "storyboard-mini", 1.0, [own, *parts])
        folder = f"shots/{shot.folder}"
        asyncio.run(results.place(hash_, data.jobs / made / folder))
        store.move(shot, ShotState.RUNNING)
        store.move(shot, ShotState.FINISHED, result=hash_, layers=2, finished="2026-01-01")
        shots.append({"id": shot.name, "manifest": f"{folder}/manifest.json", "start_frame": 0,
                      "duration_frames": 3, "status": "made"})  # fmt: skip
    sequence = {"schema": "multiplane/sequence/1", "title": "Prepared", "fps": 12,
                "size": [96, 64], "shots": shots}  # fmt: skip
    (data.jobs / made / "sequence.json").write_text(json.dumps(sequence))
    (data.jobs / made / "storyboard.json").write_text(json.dumps(document))
    delivery = store.deliveries.of(store.job(made))
    assert store.deliveries.begin(delivery)
    assert store.deliveries.written(delivery)
    assert store.job(made).state == JobState.FINISHED
    if waits:
        submit(store, OPEN, board(2, first=10, title="Waits"))
    stock.close()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    data = DataFolder(tmp_path_factory.mktemp("filled") / "data")
    data.root.mkdir()
    fill(data)
    return data


@pytest.fixture
def data(filled: DataFolder, tmp_path: Path) -> DataFolder:
    """A copy, with its links."""
    root = tmp_path / "data"
    command = f"cp -a '{filled.root}' '{root}'"
    if os.system(command) != 0:
        shutil.copytree(filled.root, root)
    return DataFolder(root)


def start(data: DataFolder) -> tuple[list[str], dict[str, str]]:
    """Start and stop; what was said, and every job's state by its id."""
    stock = Stock.open(data)
    states = {str(one.id): str(one.state) for one in Job.select()}
    stock.close()
    return stock.notices, states


def no_backups(data: DataFolder) -> None:
    shutil.rmtree(data.backups)


def no_database(data: DataFolder) -> None:
    data.database.unlink()


def wrong_rows(sql: str) -> Callable[[DataFolder], None]:
    def change(data: DataFolder) -> None:
        database = sqlite3.connect(data.database)
        database.execute("PRAGMA foreign_keys = off")
        database.execute(sql)
        database.commit()
        database.close()

    return change


def written(content: bytes, at: int | None = None) -> Callable[[DataFolder], None]:
    def write(data: DataFolder) -> None:
        if at is None:
            data.database.write_bytes(content)
        else:
            with data.database.open("rb+") as stream:
                stream.seek(at)
                stream.write(content)

    return write


def cut(data: DataFolder) -> None:
    os.truncate(data.database, data.database.stat().st_size // 2)


def schema_that_is_no_text(data: DataFolder) -> None:
    """SQLite quotes it in its message, which Python cannot decode then."""
    content = data.database.read_bytes()
    assert b'CREATE TABLE "job"' in content
    data.database.write_bytes(content.replace(b'CREATE TABLE "job"', b'CREATE TAB\xbeE "job"'))


def another_one(data: DataFolder) -> None:
    """The database of a server that is new."""
    data.database.unlink()
    other = DataFolder(data.root.parent / "other")
    other.root.mkdir()
    Stock.open(other).close()
    shutil.copyfile(other.database, data.database)


def a_foreign_one(data: DataFolder) -> None:
    data.database.unlink()
    database = sqlite3.connect(data.database)
    database.execute("CREATE TABLE songs (name TEXT)")
    database.close()


WAYS: dict[str, Callable[[DataFolder], None]] = {
    "missing": no_database,
    "empty": written(b""),
    "of a new server": another_one,
    "of another program": a_foreign_one,
    "text": written(b"this is no database " * 500),
    "zeros": written(bytes(40960)),
    "cut in half": cut,
    "first page": written(b"\xff" * 200, 100),
    "header": written(b"\0\0\0\0", 16),
    "schema": written(b"garbage", 4000),
    "schema that is no text": schema_that_is_no_text,
    "second page": written(b"\xff" * 4096, 4096),
    "version": written(b"\x7f\xff\xff\xff", 60),
    "state": wrong_rows("UPDATE shot SET state = 'somewhere'"),
    "job's state": wrong_rows("UPDATE job SET state = 'gone'"),
    "text that is none": wrong_rows("UPDATE job SET title = CAST(X'ff41' AS TEXT)"),
    "way up": wrong_rows("UPDATE shot SET folder = '../../..'"),
    "no such job": wrong_rows(
        "UPDATE shot SET job_id = 'job-9999999' WHERE job_id = 'job-0000001'"
    ),
    "a table dropped": wrong_rows("DROP TABLE resultfile"),
    "a column renamed": wrong_rows("ALTER TABLE job RENAME COLUMN title TO titel"),
    "files of results forgotten": wrong_rows("DELETE FROM resultfile"),
}


def test_there_are_seventeen_ways_and_more() -> None:
    assert len(WAYS) >= 17


@pytest.mark.parametrize("backed_up", [True, False], ids=["backup", "no backup"])
@pytest.mark.parametrize("way", WAYS)
def test_no_damage_loses_a_file_or_a_job(data: DataFolder, way: str, backed_up: bool) -> None:
    before = files(data)
    if not backed_up:
        no_backups(data)
    WAYS[way](data)
    said, states = start(data)
    assert files(data) == before
    assert states == {MADE: "finished", OPEN: "queued"}, said
    assert said, "what was done is said"
    stock = Stock.open(data)
    assert not stock.notices, "once"
    made = stock.store.shots(stock.store.job(MADE))
    assert [one.state for one in made] == [ShotState.FINISHED] * SHOTS
    assert [one.name for one in made] == ["s000", "s001", "s002"]
    assert all(stock.results.find(str(one.result)) for one in made)
    stock.results.delete(stock.results.forget(0))
    assert Upload.select().count() in (0, 1)
    stock.close()
    assert set(before) <= set(files(data)) | {
        name for name in before if name.startswith("blobs/")
    }, "jobs' files stay"
    assert all((data.jobs / MADE / name).is_file() for name in ("sequence.json",))


@pytest.mark.parametrize("seed", range(12))
def test_forty_flipped_bytes_lose_no_file(data: DataFolder, seed: int) -> None:
    chance, before = random.Random(seed), files(data)
    if seed % 2:
        no_backups(data)
    content = bytearray(data.database.read_bytes())
    for _ in range(40):
        content[chance.randrange(len(content))] ^= chance.randrange(1, 256)
    data.database.write_bytes(content)
    said, states = start(data)
    assert said
    assert set(states) >= {MADE, OPEN}
    assert files(data) == before


def test_jobs_of_a_version_that_wrote_nothing_down_are_found_by_their_manifests(
    data: DataFolder,
) -> None:
    no_backups(data)
    no_database(data)
    shutil.rmtree(data.submitted)
    before = files(data)
    said, states = start(data)
    assert states == {MADE: "finished"}, "of the other there is no file"
    assert any("Prepared" in one for one in said)
    assert files(data) == before
    stock = Stock.open(data)
    (job,) = Job.select()
    assert json.loads(job.storyboard) == board(SHOTS)
    shots = stock.store.shots(job)
    assert [(one.name, one.folder, one.state) for one in shots] == [
        (f"s00{number}", f"s00{number}", ShotState.FINISHED) for number in range(SHOTS)
    ]
    assert all(one.prompt and one.seed == 7 and one.layers == 2 for one in shots)
    # Without those, too: the manifests alone.
    stock.close()
    no_backups(data)
    no_database(data)
    shutil.rmtree(data.submitted)
    for name in ("sequence.json", "storyboard.json"):
        (data.jobs / MADE / name).unlink()
    _, states = start(data)
    assert states == {MADE: "delivering"}, "the files of the whole are written anew"


def test_what_is_no_job_is_set_aside_and_named(data: DataFolder, tmp_path: Path) -> None:
    (data.jobs / "my pictures").mkdir()
    (data.jobs / "my pictures" / "cat.png").write_bytes(b"mine")
    (data.jobs / "notes.txt").write_text("mine, too")
    (data.jobs / "job-0000009").mkdir()
    (data.jobs / "job-0000009" / "thesis.txt").write_text("years of work")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "film.mov").write_bytes(b"somebody's")
    (data.jobs / "job-0000008").symlink_to(elsewhere)
    said, _ = start(data)
    assert (data.set_aside / "my pictures" / "cat.png").read_bytes() == b"mine"
    assert (data.set_aside / "job-0000009" / "thesis.txt").is_file()
    assert (data.jobs / "notes.txt").is_file()
    assert (elsewhere / "film.mov").is_file()
    assert (data.jobs / "job-0000008").is_symlink()
    for name in ("my pictures", "job-0000009", "job-0000008"):
        assert any(name in one for one in said), (name, said)


def test_a_restored_backup_catches_up_with_the_files(data: DataFolder) -> None:
    """What was made since is not made again."""
    stock = Stock.open(data)
    store, job = stock.store, stock.store.job(OPEN)
    waiting = store.shots(job)[0]
    made = store.shots(store.job(MADE))[0]
    asyncio.run(
        stock.results.place(str(made.result), data.jobs / OPEN / "shots" / str(waiting.folder))
    )
    stock.results.database.execute_sql("DELETE FROM result WHERE hash = ?", (made.result,))
    stock.results.database.execute_sql("UPDATE shot SET result = NULL, state = 'queued'")
    changed = board(2, first=10, title="Waits")
    changed["shots"][0]["camera"] = {"preset": "push_in", "amount": 0.5}
    store.change_board(job, changed)
    store.mark_favourite(store.job(MADE), made, True)
    store.database.close()  # killed
    backup = backups.newest_sound(data)
    assert backup is not None
    no_database(data)
    for suffix in ("-wal", "-shm"):
        Path(f"{data.database}{suffix}").unlink(missing_ok=True)
    stock = Stock.open(data)
    assert stock.results.find(str(made.result))
    assert json.loads(stock.store.job(OPEN).storyboard) == changed
    assert stock.store.shots(stock.store.job(MADE))[0].favourite
    stock.close()


def test_backups_are_few_sound_and_only_of_what_changed(data: DataFolder) -> None:
    (first,) = backups.generations(data)
    assert backups.is_sound(first)
    stock = Stock.open(data)
    assert backups.back_up(data) is None, "nothing has changed"
    for number in range(6):
        submit(stock.store, f"job-100000{number}", board(1, first=number))
        assert backups.back_up(data)
    assert len(backups.generations(data)) <= backups.NEWEST_KEPT + backups.DAYS_KEPT
    first = backups.generations(data)[0]
    first.write_bytes(first.read_bytes()[:5000] + b"\xff" * 5000)
    assert backups.newest_sound(data) == backups.generations(data)[1]
    stock.close()


def test_a_damage_while_the_server_runs_ends_no_backup(data: DataFolder) -> None:
    before = backups.generations(data)
    stock = Stock.open(data)
    stock.store.database.execute_sql("UPDATE shot SET state = 'somewhere'")
    assert "somewhere" in str(stock.back_up())
    assert backups.generations(data) == before
    stock.close()
    assert start(data)[1] == {MADE: "finished", OPEN: "queued"}


def test_nothing_found_is_nothing_said() -> None:
    assert Adopted().notices() == []


def test_a_server_says_at_its_start_what_was_brought_back(data: DataFolder) -> None:
    no_database(data)

    async def run() -> list[str]:
        async with running(data.root) as server:
            return server.server.notices

    assert any("backup" in one for one in asyncio.run(run()))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes in folders")
def test_pipes_among_the_files_of_jobs_and_backups_are_not_waited_for(data: DataFolder) -> None:
    data.database.unlink()
    pipes = [*data.submitted.iterdir(), *data.backups.iterdir()]
    pipes += [data.jobs / MADE / "sequence.json", data.jobs / MADE / "storyboard.json"]
    pipes.append(next(data.jobs.glob(f"{MADE}/shots/*/manifest.json")))
    for path in pipes:
        path.unlink()
        os.mkfifo(path)
    _, states = start(data)
    assert MADE in states
