"""A database of an earlier version is brought up to date, and nothing of it is lost."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from peewee import SqliteDatabase

from multiplane.contract.messages_client import Submit
from multiplane.contract.messages_common import DeliveryState, JobState, ShotState
from multiplane.server.jobs import migrations
from multiplane.server.jobs.storage.submitted import SubmittedJobs
from multiplane.server.jobs.store import Store, error_entry
from multiplane.server.jobs.submission import check
from multiplane.server.jobs.tables import VERSION, Shot, UploadUse, damage, open_database

OLD = Path(__file__).parent / "databases"


def written_by(version: int, folder: Path) -> Path:
    """A database as that version of the tables wrote it."""
    with contextlib.closing(sqlite3.connect(folder / "jobs.sqlite3")) as old:
        old.executescript((OLD / f"version_{version}.sql").read_text("utf-8"))
        old.commit()
    return folder / "jobs.sqlite3"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return written_by(1, tmp_path)


@pytest.fixture
def database(path: Path) -> Iterator[SqliteDatabase]:
    one = open_database(path)
    yield one
    one.close()


def schema(database: SqliteDatabase) -> dict[str, object]:
    """Columns, keys and indexes of every table, in no order."""

    def rows(sql: str) -> list[tuple[object, ...]]:
        return list(database.execute_sql(sql).fetchall())

    found: dict[str, object] = {}
    for table in database.get_tables():
        columns = {row[1]: row[2:] for row in rows(f"PRAGMA table_info({table})")}
        keys = {row[2:] for row in rows(f"PRAGMA foreign_key_list({table})")}
        indexes = {
            (row[2], tuple(part[2] for part in rows(f"PRAGMA index_info({row[1]})")))
            for row in rows(f"PRAGMA index_list({table})")
        }
        (sql,) = rows(f"SELECT sql FROM sqlite_master WHERE name = '{table}'")[0]
        found[table] = (columns, keys, indexes, "AUTOINCREMENT" in str(sql))
    return found


@pytest.mark.parametrize("version", range(1, VERSION))
def test_it_is_like_a_new_one(version: int, tmp_path: Path) -> None:
    database = open_database(written_by(version, tmp_path))
    assert database.pragma("user_version") == VERSION
    assert damage(database) == ""
    migrated = schema(database)
    database.close()
    fresh = SqliteDatabase(str(tmp_path / "fresh.sqlite3"))
    open_database(tmp_path / "fresh.sqlite3").close()
    assert migrated == schema(fresh)
    fresh.close()


def test_nothing_of_it_is_lost(database: SqliteDatabase) -> None:
    store = Store(database)
    jobs = {str(one.id): one for one in store.listed(None, 50, 0)[0]}
    assert {name: (job.state, store.deliveries.state(job)) for name, job in jobs.items()} == {
        "job-finished": (JobState.FINISHED, DeliveryState.WRITTEN),
        "job-undelivered": (JobState.FAILED, DeliveryState.FAILED),
        "job-delivering": (JobState.DELIVERING, DeliveryState.WAITING),
        "job-running": (JobState.RUNNING, DeliveryState.WAITING),
        "job-queued": (JobState.QUEUED, DeliveryState.WAITING),
    }
    error = error_entry(store.deliveries.of(jobs["job-undelivered"]).error)
    assert error is not None
    assert error.code == "models.memory"
    states = [shot.state for shot in store.shots(jobs["job-running"])]
    assert states == [ShotState.FINISHED, ShotState.RUNNING, ShotState.QUEUED]
    assert Shot.select().count() == 9
    assert UploadUse.select().count() == 1
    assert store.paused
    assert len({one.generation for one in jobs.values()}) == len(jobs)
    waiting = store.deliveries.waiting()
    assert waiting is not None
    assert waiting[1].id == "job-delivering", "its delivery goes on"


def test_ids_are_never_used_twice(database: SqliteDatabase) -> None:
    store = Store(database)
    request = Submit(job="job-0000001", storyboard={"shots": [{"prompt": "a **dog**"}]})
    checked = check(request, find_upload=Path, presets=["push_in"], models=[])
    seen: set[tuple[int, int]] = set()
    before = max(one.id for one in Shot.select())
    for _ in range(3):
        job, known = store.submit(request, checked)
        assert not known
        (shot,) = store.shots(job)
        assert shot.id > before
        before = shot.id
        seen.add((shot.id, job.generation))
        store.remove(job)
    assert len(seen) == 3
    assert len({generation for _, generation in seen}) == 3


def test_a_kill_in_the_middle_leaves_the_old_one(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = migrations._SQL_2
    for stop in range(1, len(whole)):
        monkeypatch.setattr(migrations, "_SQL_2", (*whole[:stop], "SELECT this fails"))
        with pytest.raises(Exception, match="cannot be used"):
            open_database(path)
        with contextlib.closing(sqlite3.connect(path)) as rows:
            assert rows.execute("PRAGMA user_version").fetchone() == (1,)
            assert rows.execute("SELECT COUNT(*) FROM shot").fetchone() == (9,)
            assert rows.execute("SELECT COUNT(*) FROM job WHERE delivered").fetchone() == (2,)
    monkeypatch.setattr(migrations, "_SQL_2", whole)
    database = open_database(path)
    assert damage(database) == ""
    database.close()


def test_shots_that_keep_their_layers_are_told_by_their_rows(tmp_path: Path) -> None:
    """Version 2 hid their names in the user's storyboard; a word of the user's own stays there."""
    database = open_database(written_by(2, tmp_path))
    store = Store(database)
    moved = store.job("job-moved")
    assert [shot.keep_layers for shot in store.shots(moved)] == [True, False, True]
    document = json.loads(moved.storyboard)
    assert set(document) == {"title", "shots"}
    assert [shot.get("camera", {}).get("preset") for shot in document["shots"]] == [
        "static", None, "static",
    ]  # fmt: skip
    theirs = store.job("job-with-a-word")
    assert json.loads(theirs.storyboard)["keep_layers"] == "a field of the user's own"
    assert not any(shot.keep_layers for shot in store.shots(theirs))

    (shot,) = store.shots(theirs)
    store.change_board(theirs, {"shots": []}, keep_layers=[str(shot.name)])
    assert [one.keep_layers for one in store.shots(theirs)] == [True]
    assert [one.keep_layers for one in store.shots(moved)] == [True, False, True]
    database.close()


def test_a_job_that_was_written_down_by_an_earlier_version(tmp_path: Path) -> None:
    shutil.copy(OLD / "submitted_1.json", tmp_path / "job-moved.json")
    submitted = SubmittedJobs(tmp_path)
    for _ in range(2):
        read = submitted.read("job-moved")
        assert read is not None
        assert [shot.keep_layers for shot in read.shots] == [True, False, True]
        assert "keep_layers" not in json.loads(read.storyboard)
        database = open_database(tmp_path / "jobs.sqlite3")
        store = Store(database, submitted)
        rows = [{**shot.model_dump(), "state": ShotState.QUEUED} for shot in read.shots]
        job = store.take_in("job-moved", read, rows, delivered=False)
        store.change_board(job, json.loads(job.storyboard))  # writes it down anew
        assert [shot.keep_layers for shot in store.shots(job)] == [True, False, True]
        store.remove(job)
        database.close()
