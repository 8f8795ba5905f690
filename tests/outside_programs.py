"""Programs that a user's machine may lack and some tests need: Node.js with packages, Chromium.

A test that asks for a missing one is skipped and says why; in CI nothing may be missing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

WEB = Path(__file__).parent / "web"
"""Where package.json names the JavaScript packages; `npm ci --prefix tests/web` installs them."""


def missing(what: str, remedy: str) -> None:
    """Skip the test that needs `what`; in CI (`CI=true`) fail it."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is missing in CI: {remedy}")
    pytest.skip(f"{what} is missing: {remedy}")


def run_node(
    script: Path, *arguments: str | Path, typed: str | None = None, timeout: float = 600.0
) -> Any:
    """Run a script of tests/web with Node.js; returns the JSON that it prints.

    typed: what it reads from its standard input.
    """
    node = shutil.which("node")
    if node is None:
        missing("Node.js", "install Node.js 20 or later")
    if not (WEB / "node_modules").is_dir():
        missing("the packages of tests/web", "run: npm ci --prefix tests/web")
    command = [str(node), str(script), *map(str, arguments)]
    done = subprocess.run(
        command,
        cwd=WEB,
        input=typed,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, f"{script.name}: {done.stderr or done.stdout}"
    return json.loads(done.stdout)


def type_check(folder: Path, config: dict[str, Any]) -> str:
    """What the TypeScript compiler says about the files of `config`, which is put into `folder`."""
    path = folder / "tsconfig.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    return _compiler("-p", str(path))


def checked_as_editors_do(folder: Path) -> tuple[str, set[Path]]:
    """What the compiler says with the folder's own jsconfig.json, and the files it looked at."""
    config = folder / "jsconfig.json"
    listed = _compiler("-p", str(config), "--listFilesOnly").splitlines()
    return _compiler("-p", str(config)), {Path(line) for line in listed}


def _compiler(*words: str) -> str:
    compiler = WEB / "node_modules/typescript/bin/tsc"
    if not compiler.is_file():
        missing("TypeScript", "run: npm ci --prefix tests/web")
    done = subprocess.run(
        ["node", str(compiler), *words],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
        env={**os.environ, "NO_COLOR": "1"},
    )
    return done.stdout + done.stderr


def chromium() -> str:
    """The path of an installed Chromium or Chrome, for Playwright's `executable_path`."""
    for name in ("chromium", "chromium-browser", "google-chrome", "chrome"):
        found = shutil.which(name)
        if found is not None:
            return found
    missing("Chromium", "install the package chromium, or Google Chrome")
    raise AssertionError("not reached")


_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
OLDER_BROWSERS = (
    "--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets,"
    "BlockInsecurePrivateNetworkRequests,PrivateNetworkAccessForNavigations"
)
"""Newer browsers keep some pages from this computer by themselves; older ones, and those in Adobe's
programs, do not."""


@contextmanager
def open_browser(*flags: str) -> Iterator[Browser]:
    """An installed Chromium without a window, for one thread; `flags` are its own switches."""
    path = chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*_FLAGS, *flags])
        yield browser
        browser.close()
