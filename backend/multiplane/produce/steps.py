"""What a shot says of itself while it is made: its step, how far it is, and warnings."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from multiplane.contract.events import Log, OnEvent, StepName, StepProgress


class Steps:
    """Sends one shot's progress to `on_event`."""

    def __init__(self, shot_id: str, on_event: OnEvent) -> None:
        self._shot_id, self._on_event = shot_id, on_event

    def begin(self, step: StepName) -> None:
        """The shot is at `step` now."""
        self._on_event(StepProgress(shot_id=self._shot_id, step=step))

    def counting(self, step: StepName) -> Callable[[int, int], None]:
        """A callback that is given how much of `step` is done, and of how much."""

        def count(done: int, total: int) -> None:
            self._on_event(StepProgress(shot_id=self._shot_id, step=step, done=done, total=total))

        return count

    def warn(self, text: str) -> None:
        """Something that the user should know."""
        self._on_event(Log(level="warning", text=text, shot_id=self._shot_id))

    def say(self, text: str) -> None:
        """Something that is good to know and nothing to worry about."""
        self._on_event(Log(level="info", text=text, shot_id=self._shot_id))

    def warn_all(self, texts: Iterable[object]) -> None:
        """Several such things."""
        for text in texts:
            self.warn(str(text))
