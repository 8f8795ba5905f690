"""What happens while shots are made, one small message each; `--json` prints one per line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from multiplane.contract.document import ErrorEntry
from multiplane.contract.manifest import NoticeEntry

StepName = Literal["intake", "generate", "masks", "mattes", "depth", "fill", "stage", "deliver"]


class Message(BaseModel):
    model_config = ConfigDict(
        extra="allow", frozen=True, json_schema_serialization_defaults_required=True
    )

    def line(self) -> str:
        """One line of JSON without the line's end."""
        return self.model_dump_json()


class RunStarted(Message):
    type: Literal["run_started"] = "run_started"
    shots: int = Field(ge=0)
    out: str


class ShotStarted(Message):
    type: Literal["shot_started"] = "shot_started"
    shot_id: str
    index: int = Field(ge=0, description="from 0, in the storyboard")


class StepProgress(Message):
    """`done` of `total` inside a step, such as denoising steps; null where unknown."""

    type: Literal["step_progress"] = "step_progress"
    shot_id: str
    step: StepName
    done: int | None = Field(default=None, ge=0)
    total: int | None = Field(default=None, ge=0)


class ShotFinished(Message):
    type: Literal["shot_finished"] = "shot_finished"
    shot_id: str
    manifest: str
    layers: int = Field(ge=1)
    seconds: float = Field(ge=0)
    doubts: list[NoticeEntry] = Field(default=[], description="what may be wrong in it")


class ShotSkipped(Message):
    """Nothing that makes the shot has changed since it was made."""

    type: Literal["shot_skipped"] = "shot_skipped"
    shot_id: str
    manifest: str


class ShotFailed(Message):
    type: Literal["shot_failed"] = "shot_failed"
    shot_id: str
    error: ErrorEntry


class Log(Message):
    type: Literal["log"] = "log"
    level: Literal["info", "warning", "error"] = "info"
    text: str
    shot_id: str | None = None


class RunFinished(Message):
    type: Literal["run_finished"] = "run_finished"
    made: int = Field(ge=0)
    skipped: int = Field(ge=0)
    failed: int = Field(ge=0)
    seconds: float = Field(ge=0)
    interrupted: bool = False


Event = Annotated[
    RunStarted
    | ShotStarted
    | StepProgress
    | ShotFinished
    | ShotSkipped
    | ShotFailed
    | Log
    | RunFinished,
    Field(discriminator="type"),
]

OnEvent = Callable[[Event], None]
"""What is called with every event as it happens."""

_ADAPTER: TypeAdapter[Event] = TypeAdapter(Event)


def parse_event(line: str | bytes) -> Event:
    """The event in one line of JSON. Raises pydantic's ValidationError on anything else."""
    return _ADAPTER.validate_json(line)
