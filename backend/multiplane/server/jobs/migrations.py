"""Databases of earlier versions, brought up to this one. What a step says is never changed again.

`tables` says what the tables are now. Every start runs all of this in one transaction: after a
kill in the middle the old database is still there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType

from peewee import SqliteDatabase


def upgrade(database: SqliteDatabase, found: int) -> None:
    """Within a transaction: change the tables of version `found`; an empty database is left as is.

    found: the database's `user_version`.
    """
    if not database.table_exists("job"):
        return
    for version in sorted(STEPS):
        if version > found:
            STEPS[version](database)


def _to_2(database: SqliteDatabase) -> None:
    """Ids that are never used twice, deliveries with tries of their own, kills and memory plans.

    A job of version 1 was "finished" although its files had not been written: it has failed.
    """
    for sql in _SQL_2:
        database.execute_sql(sql)


_SQL_2 = (
    "ALTER TABLE job ADD COLUMN generation INTEGER NOT NULL DEFAULT 0",
    "CREATE TABLE delivery (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,"
    " job_id TEXT NOT NULL, state TEXT NOT NULL, tries INTEGER NOT NULL,"
    " kills INTEGER NOT NULL, error TEXT, generation INTEGER NOT NULL,"
    " FOREIGN KEY (job_id) REFERENCES job (id) ON DELETE CASCADE)",
    "CREATE UNIQUE INDEX delivery_job_id ON delivery (job_id)",
    "CREATE INDEX delivery_state ON delivery (state)",
    "INSERT INTO delivery (job_id, state, tries, kills, error, generation)"
    " SELECT id, CASE WHEN error IS NOT NULL THEN 'failed' WHEN delivered THEN 'written'"
    " ELSE 'waiting' END, 0, 0, error, 0 FROM job ORDER BY created",
    "UPDATE job SET generation = (SELECT id FROM delivery WHERE job_id = job.id)",
    "UPDATE job SET state = 'failed' WHERE state = 'finished' AND error IS NOT NULL",
    "ALTER TABLE job DROP COLUMN delivered",
    "ALTER TABLE job DROP COLUMN error",
    # AUTOINCREMENT cannot be added to a table that is there.
    "CREATE TABLE shot_2 (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,"
    " job_id TEXT NOT NULL, name TEXT NOT NULL, number INTEGER NOT NULL, folder TEXT NOT NULL,"
    " state TEXT NOT NULL, result TEXT, layers INTEGER, reused INTEGER NOT NULL,"
    " tries INTEGER NOT NULL, kills INTEGER NOT NULL DEFAULT 0, plan INTEGER NOT NULL DEFAULT 0,"
    " generation INTEGER NOT NULL DEFAULT 0, seconds REAL, error TEXT, prompt TEXT,"
    " seed INTEGER, finished TEXT,"
    " FOREIGN KEY (job_id) REFERENCES job (id) ON DELETE CASCADE)",
    "INSERT INTO shot_2 (id, job_id, name, number, folder, state, result, layers, reused, tries,"
    " seconds, error, prompt, seed, finished)"
    " SELECT id, job_id, name, number, folder, state, result, layers, reused, tries,"
    " seconds, error, prompt, seed, finished FROM shot",
    "DROP TABLE shot",
    "ALTER TABLE shot_2 RENAME TO shot",
    "CREATE INDEX shot_job_id ON shot (job_id)",
    "CREATE INDEX shot_state ON shot (state)",
    "CREATE INDEX shot_result ON shot (result)",
    "CREATE INDEX shot_finished ON shot (finished)",
    "CREATE UNIQUE INDEX shot_job_id_number ON shot (job_id, number)",
    "CREATE UNIQUE INDEX shot_job_id_name ON shot (job_id, name)",
    "CREATE INDEX shot_job_id_state_kills_number ON shot (job_id, state, kills, number)",
)


def _to_3(database: SqliteDatabase) -> None:
    """Shots that keep their layers: a column of theirs, out of the user's storyboard."""
    database.execute_sql("ALTER TABLE shot ADD COLUMN keep_layers INTEGER NOT NULL DEFAULT 0")
    boards = database.execute_sql(
        "SELECT id, storyboard FROM job WHERE instr(storyboard, '\"keep_layers\"')"
    ).fetchall()
    for job, storyboard in boards:
        without, names = without_keep_layers(storyboard)
        database.execute_sql("UPDATE job SET storyboard = ? WHERE id = ?", (without, job))
        for name in names:
            sql = "UPDATE shot SET keep_layers = 1 WHERE job_id = ? AND name = ?"
            database.execute_sql(sql, (job, name))


def _to_4(database: SqliteDatabase) -> None:
    """What a shot was before somebody asked for another camera or matte."""
    database.execute_sql("ALTER TABLE shot ADD COLUMN made_before TEXT")
    database.execute_sql(
        "CREATE INDEX shot_made_before ON shot (job_id) WHERE made_before IS NOT NULL"
    )


def without_keep_layers(storyboard: str) -> tuple[str, list[str]]:
    """Version 2 kept the names of such shots in a field of the storyboard (JSON): both apart."""
    try:
        document = json.loads(storyboard)
    except ValueError:  # a damaged row, which is reported where it is shown
        return storyboard, []
    if not isinstance(document, dict) or not isinstance(document.get("keep_layers"), list):
        return storyboard, []
    names = [name for name in document.pop("keep_layers") if isinstance(name, str)]
    return json.dumps(document), names


def _to_5(database: SqliteDatabase) -> None:
    """What may be wrong in a finished shot is told with it."""
    database.execute_sql("ALTER TABLE shot ADD COLUMN doubts TEXT")


def _to_6(database: SqliteDatabase) -> None:
    """Shots that somebody has marked, to find them again."""
    database.execute_sql("ALTER TABLE shot ADD COLUMN favourite INTEGER NOT NULL DEFAULT 0")


STEPS: Mapping[int, Callable[[SqliteDatabase], None]] = MappingProxyType(
    {2: _to_2, 3: _to_3, 4: _to_4, 5: _to_5, 6: _to_6}
)
"""By the version that they lead to. To 7 leads none: it only has a table more, of searches."""
