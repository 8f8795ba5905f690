"""pytest plugin of `python3 installer test --quick`: what has not begun in time is left out.

    python -m pytest -p tests.time_box --until SECONDS_SINCE_1970 ...

The tests run in the order in which their files are named, so the ones left out are those that
concern a change least.
"""

from __future__ import annotations

import time

import pytest

LEFT_OUT = "left out for want of time"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --until."""
    parser.addoption("--until", type=float, default=None, help="s since 1970; begin none later")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before any fixture of the test: those take time too."""
    until = item.config.getoption("--until")
    if until is not None and time.time() > until:
        pytest.skip(LEFT_OUT)
