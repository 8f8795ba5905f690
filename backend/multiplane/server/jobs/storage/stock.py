"""A server's jobs and results as a start has put them in order."""

from __future__ import annotations

import logging
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

from multiplane.contract.data_folder import DataFolder
from multiplane.server.jobs.blobs import Blobs
from multiplane.server.jobs.recovery import recover
from multiplane.server.jobs.results import SharedResults
from multiplane.server.jobs.storage import backups
from multiplane.server.jobs.storage.database import close_history, open_history
from multiplane.server.jobs.storage.removal import Removal
from multiplane.server.jobs.storage.reserve import Reserve
from multiplane.server.jobs.storage.submitted import SubmittedJobs
from multiplane.server.jobs.store import Store

_LOGGER = logging.getLogger(__name__)


@dataclass
class Stock:
    """Use `open`, for the thread that goes on with it. notices: what people should know of."""

    data: DataFolder
    store: Store
    results: SharedResults
    removal: Removal
    notices: list[str] = field(default_factory=list)

    @classmethod
    def open(cls, data: DataFolder) -> Stock:
        """Open the database, bring back what it lacks, and sweep up. Raises as `open_history`."""
        history = open_history(data)
        for notice in history.notices:
            _LOGGER.warning("%s", notice)
        store = Store(history.database, SubmittedJobs(data.submitted))
        results = SharedResults(history.database, Blobs(data.blobs))
        stock = cls(data, store, results, Removal(store, results, data), history.notices)
        try:
            recover(
                store,
                results,
                work=data.work,
                jobs=data.jobs,
                all_shots=not history.complete,
                notices=stock.notices,
            )
            Reserve(data).fill()
        except BaseException:
            history.database.close()
            raise
        return stock

    def close(self) -> None:
        """A clean stop: the database is backed up, closed and sealed."""
        close_history(self.data, self.store.database)

    def back_up(self) -> str | None:
        """Back the database up, from any thread; returns a damage that shows then."""
        try:
            made: Path | None = backups.back_up(self.data)
        except ValueError as fault:
            return str(fault)
        except (sqlite3.Error, OSError) as error:
            _LOGGER.warning("The database was not backed up: %s", error)
            return None
        if made is not None:
            _LOGGER.info("The database was backed up: %s", made.name)
        return None
