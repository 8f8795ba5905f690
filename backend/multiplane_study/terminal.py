"""What study commands show: a bar while they count, tables at the end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multiplane_study.report import Report


@contextmanager
def counting(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal, nothing elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeft

    console = Console(stderr=True)
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeLeft())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task(what, total=None)

        def count(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        yield count


def say(text: str) -> None:
    """What goes on, beside the figures; above the bar where there is one."""
    print(text, file=sys.stderr, flush=True)


def finish(report: Report, json_file: Path | None) -> None:
    """Show a report, and write it where that is wanted."""
    report.show()
    if json_file is not None:
        print(f"Written to {report.write(json_file)}")
