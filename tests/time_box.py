"""pytest plugin of `python3 installer test --quick`: what has not begun in time is left out.

    python -m pytest -p tests.time_box --until SECONDS_SINCE_1970 --at-least SECONDS ...

The tests run in the order in which their files are named, so the ones left out are those that
concern a change least. On a slow computer all may be found only when the time is over: the first
ones run in any case, for --at-least.
"""

from __future__ import annotations

import time

import pytest

LEFT_OUT = "left out for want of time"
_UNTIL = pytest.StashKey[float]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --until and --at-least."""
    parser.addoption("--until", type=float, default=None, help="s since 1970; begin none later")
    parser.addoption("--at-least", type=float, default=0.0, help="s from when all are found")


def pytest_collection_finish(session: pytest.Session) -> None:
    """All tests are found, and the first one is about to begin."""
    until = session.config.getoption("--until")
    if until is not None:
        least = time.time() + session.config.getoption("--at-least")
        session.config.stash[_UNTIL] = max(until, least)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before any fixture of the test: those take time too."""
    if time.time() > item.config.stash.get(_UNTIL, float("inf")):
        pytest.skip(LEFT_OUT)
