"""What a capture costs: generation with it over generation without, in time and memory.

Plain and captured generations alternate, so that whatever else the machine does meets both
alike; each ratio is taken within a round, and the median of the rounds is reported. The paper's
own hook runs in the same rounds. A machine that is busy with other work makes clock time unsure,
which the spread shows; the ratio of processor time is given beside it.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from multiplane.attention.capture import CapturePlan, TokenGroup, capture_attention
from multiplane.attention.phrases import locate
from multiplane.models.load import Painter
from multiplane.models.paint import paint, picture_size
from multiplane.study.paper_hook import paper_blocks, paper_capture
from multiplane.study.peak_memory import peak_bytes, weight_bytes
from multiplane.study.report import Report

PROMPT = "a warrior in front of a castle and a princess, in a forest"
PHRASES = ("a warrior", "a castle", "a princess", "in a forest")

Run = Callable[[], None]


@dataclass(frozen=True)
class Spent:
    """Time that one generation took, in seconds."""

    seconds: float
    cpu: float  # of all threads of this process


@dataclass(frozen=True)
class Cost:
    """One way of generating, against generating plainly."""

    seconds: float  # median of a generation
    memory: int  # peak bytes: weights and what a generation allocates
    time_ratio: float  # median over rounds of the ratio within a round
    time_spread: tuple[float, float]  # least and largest ratio of a round
    cpu_time_ratio: float  # the same as time_ratio for processor time, of all threads
    memory_ratio: float


@dataclass(frozen=True)
class OverheadResult:
    """`plain` has ratios of 1; `paper` hooks the paper's blocks, `paper_all` every block."""

    model: str
    device: str
    size: tuple[int, int]  # (width, height) px
    steps: int
    guidance: float
    pairs: int
    moments: tuple[tuple[int, float], ...]  # (block, sigma) of what was captured
    plain: Cost
    capture: Cost
    paper: Cost
    paper_all: Cost

    def report(self) -> Report:
        """The table, and the figures `time_ratio`, `memory_ratio`, `paper`, `paper_all_blocks`."""
        report = Report("overhead")
        report.figures = {
            "time_ratio": self.capture.time_ratio,
            "memory_ratio": self.capture.memory_ratio,
            "time_spread": list(self.capture.time_spread),
            "cpu_time_ratio": self.capture.cpu_time_ratio,
            "seconds": {"plain": self.plain.seconds, "capture": self.capture.seconds},
            "paper": _ratios(self.paper),
            "paper_all_blocks": _ratios(self.paper_all),
            "model": self.model,
            "device": self.device,
            "size": list(self.size),
            "steps": self.steps,
            "guidance": self.guidance,
            "pairs": self.pairs,
            "captured": [{"block": block, "sigma": sigma} for block, sigma in self.moments],
        }
        ways = (
            ("plain", self.plain),
            ("capture", self.capture),
            ("paper, its blocks", self.paper),
            ("paper, all blocks", self.paper_all),
        )
        report.table(
            f"Generation with {self.model} at {self.size[0]} x {self.size[1]} on {self.device}, "
            f"{self.steps} steps, {self.pairs} rounds",
            ("", "seconds", "time ratio", "from", "to", "CPU time", "peak MB", "memory ratio"),
            [
                (
                    name,
                    cost.seconds,
                    cost.time_ratio,
                    *cost.time_spread,
                    cost.cpu_time_ratio,
                    cost.memory / 1e6,
                    cost.memory_ratio,
                )
                for name, cost in ways
            ],
        )
        return report


def measure_overhead(
    painter: Painter,
    *,
    pairs: int = 7,
    prompt: str = PROMPT,
    phrases: tuple[str, ...] = PHRASES,
    aspect: float = 16 / 9,
    steps: int | None = None,
    seed: int = 0,
    on_round: Callable[[int, int], None] | None = None,
) -> OverheadResult:
    """Measure what the profile's capture adds to a generation.

    pairs: rounds, each with one generation of every way, in turning order; at least 5 are needed
    for figures to rely on. aspect: width over height. steps: of a generation, the profile's
    unless given. on_round hears of (rounds done, rounds in all).
    """
    size = picture_size(painter.profile, aspect)
    steps = painter.profile.steps if steps is None else steps
    plan = profile_plan(painter, prompt, phrases)
    depth = len(painter.pipeline.transformer.layers)
    moments: tuple[tuple[int, float], ...] = ()

    def plain() -> None:
        paint(painter, prompt, size, seed, steps=steps)

    def captured() -> None:
        nonlocal moments
        with capture_attention(painter.pipeline, plan) as maps:
            plain()
        moments = maps.result().captured

    def hooked(blocks: tuple[int, ...]) -> None:
        with paper_capture(painter.pipeline, blocks, steps):
            plain()

    ways: dict[str, Run] = {
        "plain": plain,
        "capture": captured,
        "paper": lambda: hooked(paper_blocks(depth)),
        "paper_all": lambda: hooked(tuple(range(depth))),
    }
    # Memory first: it warms every way up, and the profiler does not disturb the clock.
    weights = weight_bytes(painter.pipeline)
    memory = {name: weights + peak_bytes(painter.device, way) for name, way in ways.items()}
    spent = _rounds(ways, pairs, painter.device, on_round)
    costs = {
        name: _cost(spent[name], spent["plain"], memory[name], memory["plain"]) for name in ways
    }
    return OverheadResult(
        model=painter.profile.name,
        device=painter.device,
        size=size,
        steps=steps,
        guidance=painter.profile.guidance,
        pairs=pairs,
        moments=moments,
        **costs,
    )


def profile_plan(painter: Painter, prompt: str, phrases: tuple[str, ...]) -> CapturePlan:
    """The profile's capture for phrases that stand in the prompt word for word."""
    choice = painter.profile.capture
    groups = []
    for phrase in phrases:
        first = prompt.index(phrase)
        spans = [(first, first + len(phrase))]
        groups.append(TokenGroup(phrase, locate(painter.pipeline.tokenizer, prompt, spans)))
    return CapturePlan(
        groups=tuple(groups),
        blocks=choice.blocks,
        sigma_low=choice.sigma_low,
        sigma_high=choice.sigma_high,
        hops=choice.hops,
        sharpness=choice.sharpness,
    )


def _rounds(
    ways: dict[str, Run],
    pairs: int,
    device: str,
    on_round: Callable[[int, int], None] | None,
) -> dict[str, list[Spent]]:
    """What every way took in every round. Plain and capture are neighbours, first in turn."""
    spent: dict[str, list[Spent]] = {name: [] for name in ways}
    names = list(ways)
    for number in range(pairs):
        pair, rest = names[:2], names[2:]
        for name in (pair if number % 2 == 0 else pair[::-1]) + rest:
            spent[name].append(_timed(ways[name], device))
        if on_round is not None:
            on_round(number + 1, pairs)
    return spent


def _timed(way: Run, device: str) -> Spent:
    gc.collect()
    _synchronize(device)
    clock, processor = time.perf_counter(), time.process_time()
    way()
    _synchronize(device)
    return Spent(time.perf_counter() - clock, time.process_time() - processor)


def _synchronize(device: str) -> None:
    import torch

    if device.startswith("cuda"):
        torch.cuda.synchronize(device)


def _cost(own: list[Spent], plain: list[Spent], memory: int, plain_memory: int) -> Cost:
    both = list(zip(own, plain, strict=True))
    ratios = [mine.seconds / other.seconds for mine, other in both]
    return Cost(
        seconds=statistics.median(one.seconds for one in own),
        memory=memory,
        time_ratio=statistics.median(ratios),
        time_spread=(min(ratios), max(ratios)),
        cpu_time_ratio=statistics.median(mine.cpu / other.cpu for mine, other in both),
        memory_ratio=memory / plain_memory,
    )


def _ratios(cost: Cost) -> dict[str, float]:
    return {
        "time_ratio": cost.time_ratio,
        "memory_ratio": cost.memory_ratio,
        "cpu_time_ratio": cost.cpu_time_ratio,
        "seconds": cost.seconds,
    }
