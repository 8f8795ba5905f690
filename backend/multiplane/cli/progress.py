"""How a run shows itself: bars on a terminal, plain lines in a file, JSON for programs."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Self

from multiplane.cli.ctrl_c import CtrlC
from multiplane.contract.document import ErrorEntry
from multiplane.contract.events import (
    Event,
    Log,
    Message,
    RunFinished,
    RunStarted,
    ShotFailed,
    ShotFinished,
    ShotSkipped,
    ShotStarted,
    StepProgress,
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

_BAR_WIDTH = 28  # characters

# Share of a shot's time, roughly; it only has to make the time left believable.
_SHARES = {
    "intake": 0.02,
    "generate": 0.50,
    "masks": 0.15,
    "mattes": 0.0,
    "depth": 0.05,
    "fill": 0.10,
    "stage": 0.03,
    "deliver": 0.15,
}
_STEP_WORDS = {
    "intake": "reading",
    "generate": "painting",
    "masks": "finding the subjects",
    "mattes": "cutting soft edges",
    "depth": "judging depth",
    "fill": "filling what is hidden",
    "stage": "setting up the camera",
    "deliver": "writing",
}


class Reporter(AbstractContextManager["Reporter"]):
    """Hears of every event of a run. Within, no Ctrl-C is lost."""

    def __init__(self) -> None:
        self._ctrl_c = CtrlC()

    def tell(self, event: Event) -> None:
        """Show it. Raises KeyboardInterrupt after Ctrl-C, where more is about to be done."""
        if isinstance(event, StepProgress):
            self._ctrl_c.heed()
        self._show(event)

    def _show(self, event: Event) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._ctrl_c.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ctrl_c.__exit__(kind, error, trace)


class JsonReporter(Reporter):
    """One event per line on stdout, each flushed at once."""

    def _show(self, event: Event) -> None:
        print(event.line(), flush=True)


class LineReporter(Reporter):
    """One line per thing that a reader of a log wants to know."""

    def __init__(self, console: Console, quiet: bool = False) -> None:
        super().__init__()
        self._console = console
        self._quiet = quiet
        self._out = ""

    def _show(self, event: Event) -> None:
        match event:
            case RunStarted():
                self._out = event.out
            case ShotStarted():
                self._say(f"Shot {event.index + 1}: {event.shot_id}")
            case ShotFinished():
                self._say(_finished(event))
            case ShotSkipped():
                self._say(f"  {event.shot_id}: unchanged")
            case ShotFailed():
                self._warn(_failed(event))
            case Log() if event.level != "info":
                self._warn(f"{event.shot_id}: {event.text}" if event.shot_id else event.text)
            case Log():
                self._say(event.text)
            case RunFinished():
                self._say(summary(event, self._out))

    def _say(self, text: str) -> None:
        if not self._quiet:
            self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def _warn(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)


class _WithBar(Reporter):
    """Keeps a bar on the terminal while it is open."""

    _progress: Progress

    def __enter__(self) -> Self:
        super().__enter__()
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()
        super().__exit__(kind, error, trace)


class CountReporter(_WithBar, LineReporter):
    """Lines as in a log, and below them a bar that counts what ``doing`` has done of a shot.

    While its end is unknown the bar moves to and fro.
    """

    def __init__(self, console: Console, doing: str) -> None:
        super().__init__(console)
        self._progress = counting_bar(console)
        self._doing = doing
        self._task = self._progress.add_task(doing, total=None)

    def _show(self, event: Event) -> None:
        if isinstance(event, StepProgress):
            self._progress.update(
                self._task,
                description=f"{self._doing} {_short(event.shot_id)}",
                completed=event.done or 0,
                total=event.total,
            )
            return
        if isinstance(event, RunFinished):
            self._progress.stop()
        super()._show(event)


class BarReporter(_WithBar):
    """A bar with shot, step and time left, and a line for every finished shot above it."""

    def __init__(self, console: Console) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        super().__init__()
        self._console = console
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=_BAR_WIDTH),
            TextColumn("{task.fields[step]}", markup=False),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            speed_estimate_period=120,
        )
        self._task = self._progress.add_task("", total=None, step="", start=False)
        self._total = 0
        self._ended = 0
        self._out = ""

    def _show(self, event: Event) -> None:
        match event:
            case RunStarted():
                self._total, self._out = event.shots, event.out
            case ShotStarted():
                name = f"{self._ended + 1}/{self._total} {_short(event.shot_id)}"
                self._progress.update(self._task, description=name, total=self._total)
                self._progress.start_task(self._task)
            case StepProgress():
                self._step(event)
            case ShotFinished():
                self._end(_finished(event), "green")
            case ShotSkipped():
                self._end(f"  {event.shot_id}: unchanged", "dim")
            case ShotFailed():
                self._end(_failed(event), "red")
            case Log():
                where = f"{event.shot_id}: " if event.shot_id else ""
                style = "yellow" if event.level != "info" else "default"
                self._print(where + event.text, style)
            case RunFinished():
                self._progress.stop()
                self._print(summary(event, self._out), "default")

    def _step(self, event: StepProgress) -> None:
        before = 0.0
        for name, share in _SHARES.items():
            if name == event.step:
                break
            before += share
        part = 0.0
        words = _STEP_WORDS[event.step]
        if event.total:
            done = event.done or 0
            part = _SHARES[event.step] * done / event.total
            words = f"{words} {done}/{event.total}"
        self._progress.update(self._task, completed=self._ended + before + part, step=words)

    def _end(self, line: str, style: str) -> None:
        self._ended += 1
        step = "drawing the contact sheet" if self._ended == self._total else ""
        self._progress.update(self._task, completed=self._ended, step=step)
        self._print(line, style)

    def _print(self, line: str, style: str) -> None:
        self._console.print(line, style=style, markup=False, highlight=False, soft_wrap=True)


def reporter(*, as_json: bool, quiet: bool = False, doing: str | None = None) -> Reporter:
    """The reporter that fits where the output goes.

    doing: what is done to finished shots, "filming"; without: shots are made, step by step.
    """
    if as_json:
        return JsonReporter()
    from rich.console import Console

    console = Console()
    if quiet or not console.is_terminal:
        return LineReporter(console, quiet)
    return BarReporter(console) if doing is None else CountReporter(console, doing)


def counting_bar(console: Console) -> Progress:
    """A bar that counts, and goes when it is done."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=_BAR_WIDTH),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )


def summary(event: RunFinished, out: str) -> str:
    """The last line of a run; out: the folder with the results."""
    parts = [f"{event.made} made"]
    if event.skipped:
        parts.append(f"{event.skipped} unchanged")
    if event.failed:
        parts.append(f"{event.failed} failed")
    return f"{', '.join(parts)}, in {event.seconds:.0f} s. Results are in {out}"


def _finished(event: ShotFinished) -> str:
    doubts = f", {len(event.doubts)} to look at" if event.doubts else ""
    made = f"{event.layers} layers in {event.seconds:.1f} s{doubts}"
    return f"  {event.shot_id}: {made} -> {event.manifest}"


def _failed(event: ShotFailed) -> str:
    error = event.error
    place = ", ".join(part for part in (error.file, error.field) if part)
    text = f"  {event.shot_id} failed: {place}: " if place else f"  {event.shot_id} failed: "
    lines = [_told(error, text)]
    for other in error.also:
        place = ", ".join(part for part in (other.file, other.field) if part)
        lines.append(_told(other, f"    {place}: " if place else "    "))
    return "\n".join(lines)


def _told(error: ErrorEntry, place: str) -> str:
    given = f" Given: {error.value}." if error.value else ""
    return f"{place}{error.message}{given} {error.remedy or ''}".rstrip()


def _short(text: str, width: int = 24) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


__all__ = ["Message", "Reporter", "reporter", "summary"]
