"""What a terminal shows of a run: lines that stay, and a bar that goes."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from multiplane.cli.progress import CountReporter, LineReporter, reporter
from multiplane.contract.events import Log, RunFinished, RunStarted, StepProgress


def terminal() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=100)


def shown(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_bar_counts_below_the_lines() -> None:
    console = terminal()
    with CountReporter(console, "filming") as told:
        told.tell(RunStarted(shots=1, out="out"))
        told.tell(StepProgress(shot_id="a" * 40, step="deliver", done=3, total=8))
        told._progress.refresh()
        assert "3/8" in shown(console)
        assert "filming aaaaa" in shown(console)
        told.tell(Log(text="[bold]as it is[/bold]"))
        told.tell(RunFinished(made=1, skipped=0, failed=0, seconds=2.0))
    assert "[bold]as it is[/bold]" in shown(console)
    # The cursor comes back and the bar's line is wiped before the last line is written.
    assert shown(console).endswith("\x1b[?25h\r\x1b[1A\x1b[2K1 made, in 2 s. Results are in out\n")


def test_the_bar_goes_when_something_fails() -> None:
    console = terminal()
    with pytest.raises(ZeroDivisionError), CountReporter(console, "gif") as told:
        raise ZeroDivisionError
    assert told._progress.live.is_started is False


@pytest.mark.parametrize("doing", [None, "gif"])
def test_no_bar_where_nobody_looks(doing: str | None) -> None:
    """Under pytest stdout is a file."""
    assert type(reporter(as_json=False, doing=doing)) is LineReporter
