"""What the server says: answers, which have their request's id, and events, which have none."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from multiplane.contract.document import ErrorEntry
from multiplane.contract.events import StepName
from multiplane.contract.manifest import CameraEntry, FilmFinding, NoticeEntry
from multiplane.contract.messages import Payload, kinds
from multiplane.contract.messages_common import (
    CameraView,
    FileEntry,
    Finding,
    FoundShot,
    JobView,
    JobWithShots,
    LayerPlace,
    LookState,
    LookView,
    MachineView,
    ModelFit,
    ModelView,
    PhraseView,
    PromptSubjects,
    ShotView,
    ShownEdge,
    TokenView,
    VariationView,
    WordView,
)


class Notice(Payload):
    """A message of the server."""


class Welcome(Notice):
    """Answers `hello`: who is here, and all that is going on."""

    TYPE = "welcome"
    server: str
    version: int = Field(ge=0, description="of the protocol")
    features: list[str]
    models: list[ModelView]
    cameras: list[CameraView] = Field(default=[], description="presets that a shot may have")
    jobs: list[JobWithShots] = Field(description="that have not ended, in the queue's order")
    paused: bool


class Accepted(Notice):
    """Answers `submit`. The job is on the disk now and will be made, whatever happens."""

    TYPE = "accepted"
    job: JobView
    known: bool = Field(description="this job id had been submitted before; nothing changed")
    notices: list[str] = Field(
        default_factory=list, description="of shots that are made, such as audio that is of no use"
    )


class Done(Notice):
    """Answers a request that gives nothing back."""

    TYPE = "done"


class State(Notice):
    TYPE = "state"
    jobs: list[JobWithShots] = Field(description="that have not ended, in the queue's order")
    paused: bool


class JobDetail(Notice):
    TYPE = "job.detail"
    job: JobView
    shots: list[ShotView]
    storyboard: dict[str, Any]


class FileList(Notice):
    TYPE = "files"
    files: list[FileEntry]


class History(Notice):
    TYPE = "history"
    shots: list[FoundShot]
    total: int = Field(ge=0, description="that match, also those beyond the limit")


class Jobs(Notice):
    TYPE = "jobs"
    jobs: list[JobView]
    total: int = Field(ge=0)


class Models(Notice):
    TYPE = "models"
    models: list[ModelView]


class Machine(Notice):
    """Answers `machine.get`."""

    TYPE = "machine"
    machine: MachineView
    models: list[ModelFit]


class About(Notice):
    """Answers `server.about`. Paths are absolute, on the server's computer."""

    TYPE = "about"
    version: str = Field(description="of Multiplane")
    python: str
    system: str
    data: str = Field(description="the data folder")
    models: str = Field(description="where pulled models go")
    log: str
    pid: int
    started: str = Field(description="RFC 3339")
    program: list[str] = Field(description="what starts another one: program and arguments")
    results: int = Field(ge=0, description="bytes of results, uploads and pictures on the disk")
    quota: int = Field(ge=0, description="bytes that are kept of what no job needs")
    disk_free: int = Field(ge=0, description="bytes, on the data folder's disk")


class TokenList(Notice):
    """What the model reads of a prompt. Spans and tokens are in `text`."""

    TYPE = "tokens"
    model: str
    text: str = Field(description="the prompt without marks, with the style")
    tokens: list[TokenView] = Field(description="that carry the prompt")
    subjects: list[PhraseView] = Field(description="each becomes a layer, or `count` of them")
    places: list[PhraseView] = Field(description="stay in the background")
    most_tokens: int = Field(ge=1, description="that the model reads, the template's included")


class Paths(Notice):
    """Absolute paths on the server's computer."""

    TYPE = "paths"
    folder: str
    manifest: str
    files: dict[str, str] = Field(description="by their path in the shot's folder")


class CameraApplied(Notice):
    """Answers `camera.apply`: what the finished shot will have, to be shown at once.

    Null and empty for a shot that was not made yet: it is made with the move.
    """

    TYPE = "camera.applied"
    camera: CameraEntry | None = None
    layers: list[LayerPlace] = Field(default=[], description="back to front")
    warnings: list[str] = Field(default=[], description="where it is not as asked, in sentences")
    edges: list[ShownEdge] = Field(
        default=[],
        description="that the move as it was asked for would show, which is why it was changed",
    )
    found: list[FilmFinding] | None = Field(
        default=None,
        description="what must not show and would, in the worst frames; null where nobody looked",
    )


class PairingCode(Notice):
    """Answers `pair.code`. The code is good for one program."""

    TYPE = "pairing"
    code: str = Field(description="such as K7QM-2XRT")
    url: str = Field(description="of the panel, with the code: a page opened there is paired")
    valid_s: float = Field(gt=0, description="seconds from now")


class WordMaps(Notice):
    """Answers `layer.words`. Empty for a shot in which no model has looked for anything."""

    TYPE = "words"
    words: list[WordView]
    area: tuple[int, int, int, int] | None = Field(
        default=None, description="of the picture that the maps cover: x, y, width, height px"
    )
    looks: list[LookView] = Field(default=[], description="not ended yet, the next one first")


class Variations(Notice):
    """Answers `shot.variations` and `shot.pictures`: of one shot, the first one first."""

    TYPE = "variations"
    seed: int = Field(ge=0, description="that the shot has now")
    variations: list[VariationView]


class Findings(Notice):
    """Answers `storyboard.check`: errors first."""

    TYPE = "findings"
    findings: list[Finding]


class SubjectsFound(Notice):
    """Answers `subjects.find`: of each prompt, in their order."""

    TYPE = "subjects"
    prompts: list[PromptSubjects]


class StoryboardRead(Notice):
    """Answers `storyboard.read`: a storyboard as in storyboard.schema.json, nothing of it made."""

    TYPE = "storyboard"
    storyboard: dict[str, Any]
    findings: list[Finding]


class ErrorNotice(Notice):
    """Answers a request that could not be done; as an event: something else went wrong."""

    TYPE = "error"
    error: ErrorEntry


class JobChanged(Notice):
    TYPE = "job"
    job: JobView


class JobRemoved(Notice):
    TYPE = "job.removed"
    job: str


class ShotChanged(Notice):
    TYPE = "shot"
    job: str
    shot: ShotView


class ShotEntryChanged(Notice):
    """A job's storyboard says something else of a shot, as after `camera.apply`."""

    TYPE = "shot.entry"
    job: str
    shot: str
    index: int = Field(ge=0, description="from 0, in the storyboard")
    entry: Any = Field(description="of the storyboard's shots, as it is now")


class ShotsChanged(Notice):
    """Many shots of a job have changed at once, such as by `cancel` or `retry`."""

    TYPE = "shots"
    job: str
    shots: list[ShotView]


class StepChanged(Notice):
    """How far a running shot is. `done` and `total` are null where nobody knows."""

    TYPE = "step"
    job: str
    shot: str
    step: StepName
    done: int | None = Field(default=None, ge=0)
    total: int | None = Field(default=None, ge=0)


class LookChanged(Notice):
    """How far a search by `layer.look` is. Once it is `found`, `layer.words` has the words."""

    TYPE = "look"
    job: str
    shot: str
    words: list[str]
    state: LookState
    done: int | None = Field(default=None, ge=0, description="readings of the picture")
    total: int | None = Field(default=None, ge=0, description="null until the model is loaded")
    notices: list[NoticeEntry] = Field(
        default=[], description="once found: words that the model does not know, or did not find"
    )
    error: ErrorEntry | None = Field(default=None, description="why it has failed")


class ModelChanged(Notice):
    """A download goes on, has ended, or was stopped. Bytes are null where nobody knows."""

    TYPE = "model"
    model: ModelView
    done: int | None = Field(default=None, ge=0, description="bytes on the disk")
    total: int | None = Field(default=None, ge=0, description="bytes")
    error: ErrorEntry | None = Field(default=None, description="why it has failed")


class LogLine(Notice):
    TYPE = "log"
    level: Literal["info", "warning", "error"]
    text: str
    job: str | None = None
    shot: str | None = None


class ServerChanged(Notice):
    """The queue as a whole was paused, went on, or waits for something."""

    TYPE = "server"
    paused: bool
    note: str | None = Field(default=None, description="why it waits, in a sentence")


EVENTS: dict[str, type[Notice]] = kinds(
    ErrorNotice, JobChanged, JobRemoved, ShotChanged, ShotEntryChanged, ShotsChanged, StepChanged,
    LookChanged, ModelChanged, LogLine, ServerChanged,
)  # fmt: skip
"""What may come without a request."""
NOTICES: dict[str, type[Notice]] = kinds(
    Welcome, Accepted, Done, State, JobDetail, FileList, History, Jobs, Models, Machine, About,
    TokenList, Paths, CameraApplied, WordMaps, Variations, PairingCode, Findings,
    SubjectsFound, StoryboardRead,
    *EVENTS.values(),
)  # fmt: skip
