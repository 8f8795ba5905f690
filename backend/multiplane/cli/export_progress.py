"""How an export shows itself: one bar, one line at the end, JSON for programs."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

from multiplane.cli.progress import JsonReporter, LineReporter, Reporter
from multiplane.contract.events import Event, StepProgress

if TYPE_CHECKING:
    from rich.console import Console


class ExportReporter(LineReporter):
    """Lines as in a log, and below them a bar; it moves to and fro while the end is unknown."""

    def __init__(self, console: Console, name: str) -> None:
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        super().__init__(console)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task(name, total=None)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def tell(self, event: Event) -> None:
        if isinstance(event, StepProgress):
            self._progress.update(self._task, completed=event.done or 0, total=event.total)
        else:
            super().tell(event)


def reporter(name: str, *, as_json: bool, quiet: bool) -> Reporter:
    """The reporter that fits where the output goes; ``name`` of the export."""
    if as_json:
        return JsonReporter()
    from rich.console import Console

    console = Console()
    if console.is_terminal and not quiet:
        return ExportReporter(console, name)
    return LineReporter(console, quiet)
