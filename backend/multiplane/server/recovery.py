"""What a start does about the end before it, which may have been a kill at any moment."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

from multiplane.server.results import Results
from multiplane.server.store import Store
from multiplane.server.tables import Job

_LOGGER = logging.getLogger(__name__)


def recover(store: Store, results: Results, *, work: Path, jobs: Path) -> int:
    """Put shots that were being made back into the queue, and sweep up; returns their number.

    Finished shots in `work` whose end nobody noted are kept: their next maker finds them whole.
    """
    left = store.left_running()
    for shot in left:
        _LOGGER.info("Going on with a shot that was interrupted.", extra={"shot": shot.name})
    results.blobs.sweep()
    if work.is_dir():
        for path in work.iterdir():
            if path.name.startswith("."):  # unfinished, of `replacing_folder`
                shutil.rmtree(path, ignore_errors=True)
    known = {one.id for one in Job.select(Job.id)}
    if jobs.is_dir():
        for path in jobs.iterdir():
            if path.name not in known:  # its job was removed, but the kill came first
                shutil.rmtree(path, ignore_errors=True)
    return len(left)
