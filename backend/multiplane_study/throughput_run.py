"""One shot made twice in this process, the second time under a profile: a script, not a module.

    python throughput_run.py STORYBOARD OUT

It is run with any checkout of the project in front (PYTHONPATH), so it asks for functions by file
and name. Prints CPU seconds by function, of all threads, as JSON.
"""

from __future__ import annotations

import contextlib
import cProfile
import io
import json
import pstats
import sys
import time


def main(storyboard: str, out: str) -> None:
    """Make the storyboard's shots, and once more under a profile."""
    from multiplane.cli.app import app

    arguments = ["render", storyboard, "-o", out, "--force"]
    profile = cProfile.Profile(time.process_time)
    with contextlib.redirect_stdout(io.StringIO()):
        # What is imported and compiled when first used is no part of a shot.
        app(arguments, standalone_mode=False)
        profile.enable()
        app(arguments, standalone_mode=False)
        profile.disable()
    found: dict[str, float] = {}
    for (file, _, name), (_, _, _, spent, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        key = f"{'/'.join(file.replace(chr(92), '/').split('/')[-2:])}:{name}"
        found[key] = max(found.get(key, 0.0), spent)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
