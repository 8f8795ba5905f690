"""A storyboard made once in this process, with one shot made before it: a script, not a module.

    python shots_per_minute_run.py STORYBOARD OUT ahead|in-turn

Prints what it took as JSON, see `shots_per_minute.Turn`.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import sys
import time
from pathlib import Path


def main(storyboard: str, out: str, way: str) -> None:
    """Make the first shot, so that all is loaded, and then the storyboard anew."""
    import psutil

    from multiplane.contract.events import Event, ShotFinished, ShotStarted, StepProgress
    from multiplane.intake.read_storyboard import read_storyboard
    from multiplane.produce.storyboard import produce_storyboard
    from multiplane.produce.studio import Studio

    loaded = read_storyboard(Path(storyboard))
    studio = Studio("storyboard-mini", "storyboard-mini-depth")
    ahead = way == "ahead"
    heard: list[tuple[float, float, Event]] = []

    def hear(event: Event) -> None:
        if isinstance(event, ShotStarted | StepProgress | ShotFinished):
            heard.append((time.monotonic(), time.process_time(), event))

    produce_storyboard(loaded, Path(out), studio, only=[loaded.ids[0]], force=True, ahead=ahead)
    done = produce_storyboard(loaded, Path(out), studio, force=True, ahead=ahead, on_event=hear)
    if done.errors:
        raise next(iter(done.errors.values()))
    painting = 0.0
    for (at, _, event), (until, _, _) in itertools.pairwise(heard):
        if isinstance(event, StepProgress) and event.step == "generate":
            painting += until - at
    json.dump(
        {
            "seconds": heard[-1][0] - heard[0][0],
            "cpu_s": heard[-1][1] - heard[0][1],
            "painting_s": painting,
            "peak_mb": _peak_mb(psutil.Process()),
            "files": _digests(Path(out) / "shots"),
        },
        sys.stdout,
    )


def _peak_mb(process: object) -> float:
    """The most memory that the process has had, MB."""
    info = process.memory_info()  # type: ignore[attr-defined]
    if hasattr(info, "peak_wset"):  # Windows
        return float(info.peak_wset) / 1e6
    import resource

    unit = 1.0 if sys.platform == "darwin" else 1024.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3])
