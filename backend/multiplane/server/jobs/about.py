"""What a server says about itself: versions, folders, disk space."""

from __future__ import annotations

import os
import platform
import shutil
from datetime import UTC, datetime

from multiplane.contract.data_folder import DataFolder
from multiplane.contract.messages_server import About
from multiplane.contract.own_version import own_program, own_version
from multiplane.server import logs
from multiplane.server.jobs.tables import as_text


def about(data: DataFolder, results: int, quota: int) -> About:
    """The process that this runs in, and its data folder. results: bytes of them."""
    import psutil

    from multiplane.models.folders import models_folder

    started = psutil.Process().create_time()
    return About(
        version=own_version(),
        python=platform.python_version(),
        system=f"{platform.system()} {platform.release()} {platform.machine()}".strip(),
        data=str(data.root),
        models=str(models_folder()),
        log=str(data.logs / logs.TEXT),
        pid=os.getpid(),
        started=as_text(datetime.fromtimestamp(started, UTC)),
        program=own_program(),
        results=results,
        quota=quota,
        disk_free=shutil.disk_usage(data.root).free,
    )
