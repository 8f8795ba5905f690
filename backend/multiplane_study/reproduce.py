"""All studies in one go, into `reports/`: a plan with estimates first, resumable, within a time.

Every study runs as a command of its own, so that what one leaves in the memory is not measured by
the next. What is done is written down beside what it was done with; the same call goes on.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from multiplane.deliver.folder import replacing_file
from multiplane_study.bench.kept import source_key
from multiplane_study.report import Report

STATE = "state.json"


@dataclass(frozen=True)
class Step:
    """One study. words: what follows `multiplane study`; minutes: on two cores, about."""

    name: str
    words: tuple[str, ...]
    minutes: float
    file: str = ""  # in the reports' folder; "" for a step that leaves none

    def command(self, reports: Path) -> list[str]:
        """The whole command line."""
        written = ["--json", str(reports / self.file)] if self.file else []
        return [sys.executable, "-m", "multiplane", "study", *self.words, *written]


STEPS = (
    Step("artwork", ("artwork", "get"), 1),
    Step("quality", ("quality", "--row", "paper", "--seeds", "1", "--layers-every", "20",
                     "--films", "0"), 6, "quality.json"),
    Step("bench", ("quality", "--set", "500", "--seeds", "1", "--layers-every", "4"), 35,
         "stylizedbench-500.json"),
    Step("artists", ("quality", "--set", "artists", "--row", "paper", "--seeds", "1",
                     "--layers-every", "40", "--films", "0"), 20, "artists.json"),
    Step("fill", ("fill",), 4, "fill.json"),
    Step("mattes", ("mattes",), 1, "mattes.json"),
    Step("judge", ("judge",), 25, "judge.json"),
    Step("hands", ("hands",), 5, "hands.json"),
    Step("overhead", ("overhead",), 5, "overhead.json"),
    Step("throughput", ("throughput",), 10, "throughput.json"),
    Step("preview", ("preview",), 3, "preview.json"),
    Step("generated", ("quality", "--set", "500", "--protocol", "generated", "--scenes", "30"), 10,
         "stylizedbench-500-generated.json"),
    Step("ablations", ("ablations", "--scenes", "30"), 18, "ablations.json"),
    Step("plates", ("plates",), 6, "plates.json"),
    Step("cast", ("cast",), 7, "cast.json"),
    Step("sharing", ("sharing",), 8, "sharing.json"),
    Step("server", ("server",), 30, "server.json"),
    Step("farm", ("farm",), 30, "farm.json"),
)  # fmt: skip
"""In the order of what matters: what comes first is measured where the time does not suffice.

`psd` is not among them: it needs a folder of other people's files.
"""

Outcome = Literal["done before", "done", "failed", "out of time", "left out"]


@dataclass(frozen=True)
class Planned:
    """A step with its estimate in minutes: by the last time where there was one."""

    step: Step
    minutes: float
    measured: bool
    outcome: Outcome | None  # what is known before it is run


class Reproduction:
    """A run over `steps`. folder: where what is done is written down; hours: for all together."""

    def __init__(
        self,
        steps: Sequence[Step],
        reports: Path,
        folder: Path,
        hours: float,
        *,
        anew: bool = False,
    ) -> None:
        self._steps, self._reports, self._folder = steps, reports, folder
        self._seconds = hours * 3600.0
        self._state = _state(folder / STATE)
        if anew:
            self._state["done"] = {}

    def plan(self) -> list[Planned]:
        """What will be run, what is done, and what is left out for want of time."""
        left = self._seconds / 60.0
        planned = []
        for step in self._steps:
            known = self._state["minutes"].get(step.name)
            minutes = known or step.minutes
            outcome: Outcome | None = None
            if self._done(step):
                outcome = "done before"
            elif minutes > left:
                outcome = "left out"
            else:
                left -= minutes
            planned.append(Planned(step, minutes, known is not None, outcome))
        return planned

    def run(self, say: Callable[[str], None]) -> dict[str, Outcome]:
        """Run the plan. A study that fails does not stop the others; its last words are said."""
        began = time.monotonic()
        outcomes: dict[str, Outcome] = {}
        for planned in self.plan():
            step = planned.step
            if planned.outcome is not None:
                outcomes[step.name] = planned.outcome
                continue
            left = self._seconds - (time.monotonic() - began)
            if left <= 0:
                outcomes[step.name] = "out of time"
                continue
            say(f"{step.name}: about {planned.minutes:.0f} minutes")
            outcomes[step.name] = self._one(step, left, say)
        return outcomes

    def _one(self, step: Step, seconds: float, say: Callable[[str], None]) -> Outcome:
        log = self._folder / f"{step.name}.log"
        started = time.monotonic()
        with log.open("wb") as out:
            try:
                ended = subprocess.run(
                    step.command(self._reports),
                    stdout=out,
                    stderr=out,
                    timeout=seconds,
                    check=False,
                ).returncode
            except subprocess.TimeoutExpired:
                say(f"{step.name}: stopped, the time is over. The same command goes on.")
                return "out of time"
        if ended != 0 or not self._written(step):
            last = log.read_text("utf-8", "replace").strip().splitlines()[-3:]
            say(f"{step.name} failed (status {ended}): {' '.join(last)} All of it: {log}")
            return "failed"
        minutes = (time.monotonic() - started) / 60.0
        self._state["done"][step.name] = self._key(step)
        self._state["minutes"][step.name] = minutes
        _write(self._folder / STATE, self._state)
        return "done"

    def _done(self, step: Step) -> bool:
        same = self._state["done"].get(step.name) == self._key(step)
        return bool(same and self._written(step))

    def _written(self, step: Step) -> bool:
        return not step.file or (self._reports / step.file).is_file()

    def _key(self, step: Step) -> str:
        return f"{source_key()} {' '.join(step.words)}"


def plan_report(planned: Sequence[Planned], hours: float) -> Report:
    """The plan as a table, with the sum of what will be run."""
    total = sum(one.minutes for one in planned if one.outcome is None)
    report = Report("plan", {"minutes": total, "hours": hours})
    report.table(
        f"Plan: about {total:.0f} minutes on two cores, of at most {hours:g} hours",
        ("study", "minutes", "estimated by", ""),
        [
            (one.step.name, round(one.minutes), "the last time" if one.measured else "us",
             one.outcome or "to be run")
            for one in planned
        ],
    )  # fmt: skip
    return report


def _state(path: Path) -> dict[str, Any]:
    try:
        read = json.loads(path.read_text("utf-8"))
        return {"done": dict(read["done"]), "minutes": dict(read["minutes"])}
    except (OSError, ValueError, KeyError, TypeError):
        return {"done": {}, "minutes": {}}


def _write(path: Path, state: dict[str, Any]) -> None:
    with replacing_file(path) as fresh:
        fresh.write_text(json.dumps(state, indent=2) + "\n", "utf-8")
