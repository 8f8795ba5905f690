"""Programs that a user's machine may lack and some tests need: Node.js with packages, Chromium.

A test that asks for a missing one is skipped and says why; in CI nothing may be missing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

WEB = Path(__file__).parent / "web"
"""Where package.json names the JavaScript packages; `npm ci --prefix tests/web` installs them."""


def missing(what: str, remedy: str) -> None:
    """Skip the test that needs `what`; in CI (`CI=true`) fail it."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is missing in CI: {remedy}")
    pytest.skip(f"{what} is missing: {remedy}")


def run_node(script: Path, *arguments: str | Path, timeout: float = 600.0) -> Any:
    """Run a script of tests/web with Node.js; returns the JSON that it prints."""
    node = shutil.which("node")
    if node is None:
        missing("Node.js", "install Node.js 20 or later")
    if not (WEB / "node_modules").is_dir():
        missing("the packages of tests/web", "run: npm ci --prefix tests/web")
    command = [str(node), str(script), *map(str, arguments)]
    done = subprocess.run(
        command,
        cwd=WEB,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, f"{script.name}: {done.stderr or done.stdout}"
    return json.loads(done.stdout)


def chromium() -> str:
    """The path of an installed Chromium or Chrome, for Playwright's `executable_path`."""
    for name in ("chromium", "chromium-browser", "google-chrome", "chrome"):
        found = shutil.which(name)
        if found is not None:
            return found
    missing("Chromium", "install the package chromium, or Google Chrome")
    raise AssertionError("not reached")
