"""Shots a minute from words, with the next picture painted beside the cutting and without.

The same storyboard is made both ways, turn about in one run, each time by a process of its own that
has made a shot before. All files that come out are compared.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from multiplane.contract.errors import Failure
from multiplane_study.report import Report

WAYS = ("in-turn", "ahead")
"""One shot after the other, and the next picture painted beside: the order in every round."""
SIZE = (1920, 1080)
_PROMPTS = (
    "a red **warrior** and a pink **princess** in a forest",
    "a purple **wizard** behind a yellow **dog** on a beach",
    "a green **dragon** in front of a black **castle** in the mountains",
    "a blue **boat** on the sea",
    "a **knight** and a **horse** in a desert",
    "a white **cat** in front of a red **house** in a village",
)


@dataclass(frozen=True)
class Turn:
    """One way, once. seconds: from the first shot's start to the last one's end. cpu_s: of all
    threads. painting_s: in which nothing but a picture was waited for. peak_mb: of the process.
    files: SHA-256 by path.
    """

    seconds: float
    cpu_s: float
    painting_s: float
    peak_mb: float
    files: Mapping[str, str]


def measure_shots_per_minute(
    *,
    rounds: int = 1,
    size: tuple[int, int] = SIZE,
    shots: int = len(_PROMPTS),
    on_round: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """Figures of `shots` shots (1 .. 6) made both ways `rounds` times, medians.

    Raises Failure when a shot cannot be made.
    """
    turns: dict[str, list[Turn]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as folder:
        board = _storyboard(Path(folder), size, shots)
        for number in range(rounds):
            for way in WAYS:
                turns[way].append(_made(board, Path(folder) / way, way))
            on_round(number + 1, rounds)
    return figures_of(turns, size, shots)


def figures_of(
    turns: Mapping[str, list[Turn]], size: tuple[int, int], shots: int
) -> dict[str, Any]:
    """The keys that `--json` writes under "several"."""
    before, after = (turns[way] for way in WAYS)
    seconds = {way: statistics.median(turn.seconds for turn in turns[way]) for way in WAYS}
    share = statistics.median(1.0 - turn.painting_s / turn.seconds for turn in before)
    return {
        "size": list(size),
        "shots": shots,
        "rounds": len(before),
        "shots_per_minute": {way: 60.0 * shots / seconds[way] for way in WAYS},
        "ratio": seconds[WAYS[0]] / seconds[WAYS[1]],
        "ratios": [slow.seconds / fast.seconds for slow, fast in zip(before, after, strict=True)],
        "cpu_s_per_shot": {
            way: statistics.median(turn.cpu_s for turn in turns[way]) / shots for way in WAYS
        },
        "peak_mb": {way: statistics.median(turn.peak_mb for turn in turns[way]) for way in WAYS},
        "seconds_after_painting": share * seconds[WAYS[0]] / shots,
        "share_after_painting": share,
        # The longer of the two is what is left at best, were painting on a device of its own.
        "ratio_at_most": 1.0 / max(share, 1.0 - share),
        "same_files": all(slow.files == fast.files for slow in before for fast in after),
    }


def add_to(report: Report, figures: Mapping[str, Any]) -> None:
    """Put what was measured into the report of a shot's steps."""
    report.add(several=figures)
    per_minute, cpu, peak = (
        figures[key] for key in ("shots_per_minute", "cpu_s_per_shot", "peak_mb")
    )
    rows = [(way, per_minute[way], cpu[way], round(peak[way])) for way in WAYS]
    width, height = figures["size"]
    title = (
        f"{figures['shots']} shots of {width} x {height} from words; "
        f"{'the same files' if figures['same_files'] else 'files DIFFER'}"
    )
    report.table(title, ("way", "shots a minute", "CPU s a shot", "peak MB"), rows)
    bounds = (figures["ratio"], figures["share_after_painting"], figures["ratio_at_most"])
    report.table(
        "What it is worth", ("faster by", "share after painting", "at most, on two devices"),
        [bounds],
    )  # fmt: skip


def _storyboard(folder: Path, size: tuple[int, int], shots: int) -> Path:
    made = [
        {"id": f"shot-{number}", "prompt": prompt, "duration": 2, "camera": "truck_left"}
        for number, prompt in enumerate(_PROMPTS[:shots])
    ]
    board = folder / "storyboard.json"
    board.write_text(json.dumps({"size": list(size), "seed": 7, "shots": made}), encoding="utf-8")
    return board


def _made(board: Path, out: Path, way: str) -> Turn:
    script = Path(__file__).with_name("shots_per_minute_run.py")
    done = subprocess.run(
        [sys.executable, str(script), str(board), str(out), way],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise Failure(
            "study.throughput.not_made",
            f"The shots could not be made: {last}",
            value=way,
            remedy="Run multiplane doctor.",
        )
    return Turn(**json.loads(done.stdout))
