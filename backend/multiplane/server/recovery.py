"""What a start does about the end before it, which may have been a kill at any moment."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

from multiplane.server.results import Results
from multiplane.server.store import Store
from multiplane.server.tables import Job
from multiplane.server.unfinished import Unfinished

_LOGGER = logging.getLogger(__name__)


def recover(store: Store, results: Results, *, work: Path, jobs: Path) -> int:
    """Put shots that were being made back into the queue, and sweep up; returns their number."""
    left = store.left_running()
    for shot in left:
        _LOGGER.info("Going on with a shot that was interrupted.", extra={"shot": shot.name})
    store.deliveries.left_running()
    results.blobs.sweep()
    sweep_work(store, results, work)
    known = {one.id for one in Job.select(Job.id)}
    if jobs.is_dir():
        for path in jobs.iterdir():
            if path.name not in known:  # its job was removed, but the kill came first
                shutil.rmtree(path, ignore_errors=True)
    for job in store.open_jobs():
        for path in (jobs / str(job.id)).rglob(".*.new-*"):  # of `deliver.folder`, half-written
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    return len(left)


def sweep_work(store: Store, results: Results, work: Path) -> None:
    """Delete what makers left in `work`. Only while this server makes nothing.

    As long as shots are to be made, those that are whole but were not noted are kept: a kill came
    in between, and their next maker finds them.
    """
    wanted = store.any_queued()
    Unfinished(work).sweep(lambda hash_: wanted and results.find(hash_) is None)
