"""What a finished shot was before it is made anew: calling the change off brings it back."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel, ConfigDict

from multiplane.server.jobs.tables import Job, Shot


class MadeBefore(BaseModel):
    """A finished shot. entry: of the storyboard that it was made of. The rest: of its row."""

    model_config = ConfigDict(frozen=True)

    entry: Any
    result: str
    layers: int | None
    reused: bool
    seconds: float | None
    finished: str
    tries: int
    keep_layers: bool
    doubts: str | None = None
    seed: int | None = None

    @classmethod
    def of(cls, job: Job, shot: Shot) -> MadeBefore:
        """job: as it was when the shot was made."""
        return cls(
            entry=json.loads(str(job.storyboard))["shots"][shot.number],
            result=str(shot.result),
            layers=shot.layers,
            reused=bool(shot.reused),
            seconds=shot.seconds,
            finished=str(shot.finished),
            tries=shot.tries,
            keep_layers=bool(shot.keep_layers),
            doubts=shot.doubts,
            seed=shot.seed,
        )

    @classmethod
    def read(cls, shot: Shot) -> MadeBefore | None:
        """Of a shot that is to be made anew; None for any other. Raises ValueError."""
        text = shot.made_before
        return None if text is None else cls.model_validate_json(str(text))

    def row(self) -> dict[str, object]:
        """The fields of the shot's row, when it is this once more."""
        fields = self.model_dump(exclude={"entry"})
        if self.seed is None:  # written by an earlier version, in which no seed was changed
            del fields["seed"]
        return {**fields, "made_before": None, "error": None, "kills": 0, "plan": 0}

    def board(self, job: Job, shot: Shot) -> dict[str, Any]:
        """The job's storyboard with the shot as it was."""
        document: dict[str, Any] = json.loads(str(job.storyboard))
        document["shots"][shot.number] = self.entry
        return document
