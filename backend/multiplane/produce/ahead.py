"""The next shot's picture, painted while the shot before it is cut, filled and filmed."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeVar

from multiplane.contract.errors import Failure, MultiplaneError
from multiplane.intake.shot_source import Prompt
from multiplane.models.interruption import checked
from multiplane.models.paint import OnStep
from multiplane.produce.hashes import Hashes, hashes
from multiplane.produce.job import ShotJob
from multiplane.produce.painting import Painted, paint_shot
from multiplane.produce.plates import used_plate
from multiplane.produce.sparing import NO_MEMORY, let_go
from multiplane.produce.studio import Studio
from multiplane.stage.shot import overscan_for

T = TypeVar("T")
_LOOK_S = 0.2  # while another thread paints, Ctrl-C is heard so often


@dataclass(frozen=True)
class Upcoming:
    """A shot from words that will be made next, and the size px that its layers will have."""

    job: ShotJob
    hashes: Hashes
    overscan: float

    def makes_the_same(self, other: Upcoming) -> bool:
        """Whether both have the very same picture painted."""
        return (self.hashes.uncorrected, self.overscan) == (
            other.hashes.uncorrected,
            other.overscan,
        )


class Abandoned(BaseException):
    """The painting is not wanted any more. No handler of Exception may swallow it."""


class PaintingAhead:
    """At most one picture that is painted beside the making of another shot, or waits painted.

    Whoever makes a shot says when it needs the picture model no more (`painter_is_free`); then what
    `upcoming` gives is painted in a thread of its own, to the bit as it would be in its turn. What
    is not asked for next is thrown away. A painting that fails tells so when it is asked for.

    It begins only once the picture model is loaded and where `studio.has_room_beside` says that
    memory allows it. Use it as a context: at its end nothing is painted any more.
    """

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._upcoming: Callable[[], Upcoming | None] = _nothing
        self._painting: _Painting | None = None
        self._allowed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def then(self, upcoming: Callable[[], Upcoming | None]) -> None:
        """What comes after the shot that is made now; None where nothing has to be painted."""
        self._upcoming = upcoming

    def painter_is_free(self) -> None:
        """The shot that is made now needs the picture model no more."""
        upcoming, self._upcoming = self._upcoming, _nothing
        if not self._allowed or self._painting is not None:
            return
        if not self._studio.has_room_beside():
            return
        wanted = upcoming()
        if wanted is not None:
            self._painting = _Painting(wanted, self._studio)
            self._painting.start()

    def keep_only(self, wanted: Upcoming) -> None:
        """End what is painted, unless it is for `wanted`: that is what is made now."""
        if self._painting is not None and not self._painting.wanted.makes_the_same(wanted):
            self.stop()

    def painted(self, wanted: Upcoming, on_step: OnStep) -> Painted | None:
        """The picture of `wanted`, if it was begun; waits until it is there.

        on_step: gets what is painted already at once, and then every step. What it raises ends the
        painting. Raises what the painting raised; None also where memory ran out, because alone it
        may do.
        """
        self.keep_only(wanted)
        painting = self._painting
        if painting is None:
            return None
        try:
            return painting.result(on_step)
        except Failure as error:
            if error.code != NO_MEMORY:
                raise
            let_go(error)
            return None
        except Abandoned:
            return None
        finally:
            self.stop()

    def abandon(self) -> None:
        """What is painted is not wanted any more; does not wait for its end. Any thread may say so.

        It may still be asked for: then it is painted again.
        """
        painting = self._painting
        if painting is not None:
            painting.abandon()

    def stop(self) -> bool:
        """End what is painted, and forget it; returns whether there was anything."""
        painting, self._painting = self._painting, None
        if painting is None:
            return False
        painting.end()
        return True

    def make(self, made: Callable[[], T], warn: Callable[[str], None]) -> T:
        """What `made` gives; once more with nothing beside it, where memory ran out.

        From then on nothing is painted ahead any more. warn: is told so. Raises what `made` raises.
        """
        try:
            return made()
        except (MultiplaneError, MemoryError) as error:
            short = isinstance(error, MemoryError) or error.code == NO_MEMORY
            if not (short and self.stop()):
                raise
            let_go(error)
        self._allowed = False
        warn(
            "Memory ran out while the next picture was painted beside. The shot is made again, and "
            "from here on one after the other."
        )
        return made()


class _Painting(threading.Thread):
    """Paints one picture."""

    def __init__(self, wanted: Upcoming, studio: Studio) -> None:
        super().__init__(name="painting-ahead", daemon=True)
        self.wanted = wanted
        self._studio = studio
        self._steps: queue.SimpleQueue[tuple[int, int] | None] = queue.SimpleQueue()
        self._unwanted = threading.Event()
        self._painted: Painted | None = None
        self._error: BaseException | None = None

    def run(self) -> None:
        wanted = self.wanted
        try:
            with checked(self._check), self._studio.painting_ahead(wanted.job.shot.id):
                self._painted = paint_shot(
                    wanted.job, self._studio, wanted.overscan, self._step, beside=True
                )
        except BaseException as error:  # handed to the thread that asks for the picture
            self._error = error
        finally:
            self._steps.put(None)

    def result(self, on_step: OnStep) -> Painted:
        """Wait for it. Raises what the painting and `on_step` raise."""
        while (step := self._next_step()) is not None:
            on_step(*step)
        if self._error is not None:
            raise self._error
        assert self._painted is not None
        return self._painted

    def abandon(self) -> None:
        """End it at the next part of the model."""
        self._unwanted.set()

    def end(self) -> None:
        """Wait until nothing is painted any more."""
        self.abandon()
        while self.is_alive():
            self.join(_LOOK_S)

    def _next_step(self) -> tuple[int, int] | None:
        while True:
            try:
                return self._steps.get(timeout=_LOOK_S)
            except queue.Empty:
                continue

    def _step(self, done: int, total: int) -> None:
        self._check()
        self._steps.put((done, total))

    def _check(self) -> None:
        if self._unwanted.is_set():
            raise Abandoned


def _nothing() -> None:
    return None


def upcoming_of(job: ShotJob, studio: Studio) -> Upcoming | None:
    """The shot as `PaintingAhead` takes it; None where nothing of it is painted from words.

    Nor is one with a plate, whose subjects are painted into a picture that other shots share, and
    none whose cast has pictures or portraits.
    Raises as `hashes`, and InputError for a camera move that is not known.
    """
    if not isinstance(job.source, Prompt) or used_plate(job) is not None:
        return None
    if job.cast_pictures or job.portraits:
        # What a model that is shown them, or paints them beside, needs is not predicted:
        # `has_room_beside` would allow it where memory runs out.
        return None
    content = hashes(job, studio)
    return Upcoming(job, content, job.overscan or overscan_for(job.shot.camera, job.comp))
