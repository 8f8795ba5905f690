"""What a start does about the end before it, which may have been a kill at any moment.

Only what the server itself has made is deleted here, and known by more than its place: half-written
files by their names, folders of removed jobs by having been renamed.
"""

from __future__ import annotations

import contextlib
import logging
import re
import shutil
from collections.abc import Collection
from pathlib import Path

from multiplane.contract.data_folder import DataFolder
from multiplane.server.jobs.results import SharedResults
from multiplane.server.jobs.storage.adoption import adopt
from multiplane.server.jobs.storage.finished_files import FinishedFiles
from multiplane.server.jobs.storage.misplaced import Misplaced
from multiplane.server.jobs.storage.removal import Removal
from multiplane.server.jobs.store import Store
from multiplane.server.jobs.workspace import Workspace

_LOGGER = logging.getLogger(__name__)
_HALF_WRITTEN = re.compile(r"\..+\.new-[0-9a-f]{8}(\..*)?")


def recover(
    store: Store,
    results: SharedResults,
    *,
    work: Path,
    jobs: Path,
    all_shots: bool = False,
    notices: list[str] | None = None,
) -> int:
    """Put shots that were being made back into the queue, and sweep up; returns their number.

    Removals that were cut off are finished; jobs whose files are there and whose rows are not are
    taken in, and what is no job is set aside; finished shots whose files are not there get them
    back or fail: that is logged, and told in `notices`. all_shots: as for `adopt`.
    """
    data = DataFolder(jobs.parent)
    said = Removal(store, results, data).go_on()
    files = FinishedFiles(store, results, data)
    examined, misplaced = files.examined(), Misplaced(store, files, data)
    misplaced.put_right(examined)
    said += misplaced.notices
    said += adopt(store, results, data, all_shots=all_shots, stale=misplaced.stale).notices()
    said += files.mend(examined).notices()
    for notice in said:
        _LOGGER.warning("%s", notice)
    if notices is not None:
        notices += said
    left = store.left_running()
    for shot in left:
        _LOGGER.info("Going on with a shot that was interrupted.", extra={"shot": shot.name})
    store.deliveries.left_running()
    store.looks.left_running()
    results.blobs.sweep()
    workspace = Workspace(work)
    workspace.sweep(unnoted(store, results, workspace.hashes()))
    for job in store.open_jobs():
        _delete_half_written(jobs / str(job.id))
    return len(left)


def _delete_half_written(folder: Path) -> None:
    """What `deliver.folder` had begun in a job's folder when it was killed."""
    if folder.is_symlink():
        return
    for path in list(folder.rglob(".*.new-*")):
        if _HALF_WRITTEN.fullmatch(path.name) and not path.is_symlink():
            with contextlib.suppress(OSError):
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def unnoted(store: Store, results: SharedResults, hashes: Collection[str]) -> set[str]:
    """Of shots in the workspace those to keep: whole, but not noted, because a kill came between.

    As long as shots are to be made their next maker finds them.
    """
    if not store.any_queued():
        return set()
    return {hash_ for hash_ in hashes if results.find(hash_) is None}
