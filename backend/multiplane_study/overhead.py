"""What a capture costs: generation with it over generation without, in time and memory.

A captured and a plain generation run side by side and take turns at every step, so that whatever
else the machine does meets both alike; the ratio is taken within such a pair, and the median of
the pairs is reported. The paper's own hook is paired with plain generations in the same run.
"""

from __future__ import annotations

import copy
import gc
import statistics
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from multiplane.attention.capture import CapturePlan, TokenGroup, capture_attention
from multiplane.attention.phrases import locate
from multiplane.models.load import Painter
from multiplane.models.paint import paint, picture_size
from multiplane_study.paper_hook import paper_blocks, paper_capture
from multiplane_study.peak_memory import peak_bytes, weight_bytes
from multiplane_study.report import Report
from multiplane_study.turns import Spent, Tick, in_turns

PROMPT = "a warrior in front of a castle and a princess, in a forest"
PHRASES = ("a warrior", "a castle", "a princess", "in a forest")

Run = Callable[[Tick], None]


@dataclass(frozen=True)
class Cost:
    """One way of generating, against generating plainly."""

    seconds: float  # median of a generation
    memory: int  # peak bytes: weights and what a generation allocates
    time_ratio: float  # median over pairs of the ratio within a pair
    time_spread: tuple[float, float]  # least and largest ratio of a pair
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
        report = Report(
            "overhead",
            {
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
            },
        )
        ways = (
            ("plain", self.plain),
            ("capture", self.capture),
            ("paper, its blocks", self.paper),
            ("paper, all blocks", self.paper_all),
        )
        report.table(
            f"Generation with {self.model} at {self.size[0]} x {self.size[1]} on {self.device}, "
            f"{self.steps} steps, {self.pairs} pairs",
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

    pairs: of a captured and a plain generation, each beginning in turn; at least 5 are needed for
    figures to rely on. The paper's ways are paired half as often. aspect: width over height.
    steps: of a generation, the profile's unless given. on_round hears of (pairs done, in all).
    """
    size = picture_size(painter.profile, aspect)
    steps = painter.profile.steps if steps is None else steps
    plan = profile_plan(painter, prompt, phrases)
    depth = len(painter.pipeline.transformer.layers)
    moments: tuple[tuple[int, float], ...] = ()

    def plain(tick: Tick) -> None:
        paint(_sharing(painter), prompt, size, seed, steps=steps, on_step=lambda *_: tick())

    def captured(tick: Tick) -> None:
        nonlocal moments
        own = _sharing(painter)
        with capture_attention(own.pipeline, plan) as maps:
            paint(own, prompt, size, seed, steps=steps, on_step=lambda *_: tick())
        moments = maps.result().captured

    def hooked(blocks: tuple[int, ...], tick: Tick) -> None:
        with paper_capture(painter.pipeline, blocks, steps):
            plain(tick)

    ways: dict[str, Run] = {
        "capture": captured,
        "paper": partial(hooked, paper_blocks(depth)),
        "paper_all": partial(hooked, tuple(range(depth))),
    }
    # Memory first: it warms every way up, and the counting does not disturb the clock.
    weights = weight_bytes(painter.pipeline)
    peaks = {
        name: weights + peak_bytes(painter.device, partial(way, _no_pause))
        for name, way in {"plain": plain, **ways}.items()
    }
    rounds = {"capture": pairs, "paper": (pairs + 1) // 2, "paper_all": (pairs + 1) // 2}
    spent: dict[str, list[tuple[Spent, Spent]]] = {name: [] for name in ways}
    for number in range(pairs):
        for name, way in ways.items():
            if number < rounds[name]:
                spent[name].append(_pair(way, plain, painter.device, own_first=number % 2 == 1))
        if on_round is not None:
            on_round(number + 1, pairs)
    costs = {name: _cost(spent[name], peaks[name] / peaks["plain"], peaks[name]) for name in ways}
    return OverheadResult(
        model=painter.profile.name,
        device=painter.device,
        size=size,
        steps=steps,
        guidance=painter.profile.guidance,
        pairs=pairs,
        moments=moments,
        plain=_cost([(cost, cost) for _, cost in spent["capture"]], 1.0, peaks["plain"]),
        **costs,
    )


def profile_plan(painter: Painter, prompt: str, phrases: tuple[str, ...]) -> CapturePlan:
    """The profile's capture for phrases that stand in the prompt word for word."""
    choice = painter.profile.capture
    groups = []
    for phrase in phrases:
        first = prompt.index(phrase)
        spans = [(first, first + len(phrase))]
        groups.append(TokenGroup(phrase, locate(painter.reader, prompt, spans)))
    return CapturePlan(
        groups=tuple(groups),
        blocks=choice.blocks,
        sigma_low=choice.sigma_low,
        sigma_high=choice.sigma_high,
        hops=choice.hops,
        sharpness=choice.sharpness,
    )


def _sharing(painter: Painter) -> Painter:
    """The same models with a scheduler of its own, so that two generations can be under way."""
    pipeline = copy.copy(painter.pipeline)
    pipeline.scheduler = copy.deepcopy(painter.pipeline.scheduler)
    return replace(painter, pipeline=pipeline)


def _no_pause() -> None:
    """Where a run may pause, it goes on."""


def _pair(way: Run, plain: Run, device: str, *, own_first: bool) -> tuple[Spent, Spent]:
    gc.collect()
    if own_first:
        own, other = in_turns([way, plain], device)
    else:
        other, own = in_turns([plain, way], device)
    return own, other


def _cost(pairs: list[tuple[Spent, Spent]], memory_ratio: float, memory: int) -> Cost:
    ratios = [own.seconds / plain.seconds for own, plain in pairs]
    return Cost(
        seconds=statistics.median(own.seconds for own, _ in pairs),
        memory=memory,
        time_ratio=statistics.median(ratios),
        time_spread=(min(ratios), max(ratios)),
        cpu_time_ratio=statistics.median(own.cpu / plain.cpu for own, plain in pairs),
        memory_ratio=memory_ratio,
    )


def _ratios(cost: Cost) -> dict[str, float]:
    return {
        "time_ratio": cost.time_ratio,
        "memory_ratio": cost.memory_ratio,
        "cpu_time_ratio": cost.cpu_time_ratio,
        "seconds": cost.seconds,
    }
