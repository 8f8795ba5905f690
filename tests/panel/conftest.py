"""A real browser with the panel in it, and a real server with shots that are made in a moment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.outside_programs import OLDER_BROWSERS, open_browser
from tests.panel.showing import PANEL, Shown
from tests.server.prepared import prepare
from tests.server.running import Running, in_a_thread

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # As the CEP manifest has it: modules come from the disk.
    with open_browser(OLDER_BROWSERS, "--allow-file-access-from-files") as browser:
        yield browser


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A server's data folder in which every shot of `prepared.board` is made in a moment."""
    folder = tmp_path / "data ä"
    prepare(folder)
    return folder


@pytest.fixture
def server(data: Path) -> Iterator[Running]:
    with in_a_thread(data, panel=PANEL) as running:
        yield running


@pytest.fixture
def shown(browser: Browser) -> Iterator[Shown]:
    """A narrow page, as a docked panel is. At its end: no error in it, and nothing left to say."""
    context = browser.new_context(
        viewport={"width": 300, "height": 700}, color_scheme="dark", reduced_motion="reduce"
    )
    one = Shown(context)
    yield one
    context.close()
    assert one.faults == []
