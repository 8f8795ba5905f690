"""Parts that several messages share: states, and jobs, shots and models as clients see them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from multiplane.contract.document import ErrorEntry
from multiplane.contract.events import StepName
from multiplane.contract.layer_edits import ShotEdits
from multiplane.contract.manifest import NoticeEntry, Vector2, Vector3

# Lower case and no dot, so that it is a folder's name on every system; at least 8, so that no
# reserved name of Windows can be meant.
JobId = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{6,62}[a-z0-9]$"),
    Field(description="made by the client, such as a UUID; the same id again is the same job"),
]
ShotId = Annotated[str, StringConstraints(min_length=1, max_length=310)]


class ShotState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


class JobState(StrEnum):
    """`delivering`: all shots have ended, and the files of the whole storyboard are written."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    DELIVERING = "delivering"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


class DeliveryState(StrEnum):
    """Of the files of a whole storyboard, which are written once all its shots have ended."""

    WAITING = "waiting"
    RUNNING = "running"
    WRITTEN = "written"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Part(BaseModel):
    """A part of a message."""

    model_config = ConfigDict(
        extra="ignore", frozen=True, json_schema_serialization_defaults_required=True
    )


class ShotView(Part):
    """A shot of a job as it is now. What is not known is null."""

    id: str
    index: int = Field(ge=0, description="from 0, in the storyboard")
    state: ShotState
    result: str | None = Field(default=None, description="its content hash, once known")
    manifest: str | None = Field(
        default=None,
        description="in the job's folder, when finished; of a finished shot that is made anew, of "
        "what it was before, as are `result` and `layers`",
    )
    cut: str | None = Field(
        default=None,
        description="of a running shot whose layers are there and whose film is being made: the "
        "SHA-256 of a manifest of them, which GET /artifacts gives; it names no preview",
    )
    layers: int | None = Field(default=None, ge=1, description="once finished")
    doubts: list[NoticeEntry] = Field(
        default=[], description="once finished: what may be wrong in it"
    )
    reused: bool = Field(default=False, description="it had been made before, in any job")
    tries: int = Field(default=0, ge=0)
    step: StepName | None = None
    done: int | None = Field(default=None, ge=0)
    total: int | None = Field(default=None, ge=0)
    seconds: float | None = Field(default=None, ge=0, description="that making it took")
    favourite: bool = Field(default=False, description="marked by `shot.favourite`")
    error: ErrorEntry | None = None


class VariationOf(Part):
    """Whose variation a job is: the same shot with another seed."""

    job: str
    shot: str
    seed: int = Field(ge=0)


class JobView(Part):
    """A job as it is now. Times are UTC, RFC 3339."""

    job: str
    title: str
    state: JobState
    position: int | None = Field(default=None, ge=0, description="in the queue; null once ended")
    model: str
    created: str
    ended: str | None = None
    shots: int = Field(ge=0)
    counts: dict[ShotState, int] = Field(description="shots by state")
    folder: str = Field(description="where its files are, on the server's computer")
    seconds_left: float | None = Field(default=None, ge=0, description="null when unknown")
    note: str | None = Field(default=None, description="why it waits, in a sentence")
    delivery: DeliveryState = Field(
        default=DeliveryState.WAITING,
        description="of the files of the whole storyboard; `retry` writes them again",
    )
    delivery_tries: int = Field(default=0, ge=0)
    error: ErrorEntry | None = Field(
        default=None, description="why the files of the whole storyboard were not written"
    )
    variation_of: VariationOf | None = Field(
        default=None,
        description="null for an ordinary job, and for a variation whose job was removed",
    )


class JobWithShots(Part):
    job: JobView
    shots: list[ShotView]


class ModelView(Part):
    name: str
    title: str
    kind: str = Field(
        description='"picture", "depth", or what it does for a cutter: "segmenter", "finder", '
        '"detector", "masker", "matter", "layerer"; "comparer": compares a cast'
    )
    licence: str
    licence_url: str | None = None
    installed: bool
    bytes: int = Field(ge=0, description="to download; 0 for one that comes along")
    pulling: bool = Field(default=False, description="it is being downloaded now")
    about: str = Field(default="", description="a sentence or two")
    there: int = Field(
        default=0, ge=0, description="bytes of a download that was begun and is not whole"
    )
    removable: bool = Field(
        default=False, description="whether `models.remove` can take away what is there"
    )
    needs: list[str] = Field(
        default=[], description="names of the models that it cannot be used without"
    )


class MachineView(Part):
    """What of this computer decides which models fit. Memory and disk in bytes."""

    device: str = Field(description='"cpu", "cuda" or "mps"')
    device_name: str
    memory: int = Field(ge=0)
    device_memory: int = Field(ge=0, description="on cpu and mps the same as `memory`")
    disk_free: int = Field(ge=0, description="where models go")


class ModelFit(Part):
    """How a model would be loaded on this computer if nothing else were."""

    name: str
    memory: int = Field(
        ge=0, description="bytes on the device as it is loaded; of all of it where none fits"
    )
    placement: Literal["full", "text encoder freed", "model offload", "group offload"] | None = (
        Field(description="fastest first; null: it does not fit")
    )


class CameraView(Part):
    """A camera preset."""

    name: str
    description: str
    directions: list[str] = Field(description="words that it takes; the first is its own")
    degrees: bool = Field(
        default=False, description="its direction may be an angle: 0 right, 90 up"
    )
    unit: str = Field(default="", description="what amount 1 is, in words")
    strongest: float = Field(default=10.0, ge=0, description="its largest amount")
    takes: list[str] = Field(
        default=[], description="fields of a move that count for it, and not for every preset"
    )
    loops: bool = Field(default=False, description="it ends where it began, asked or not")


class TokenView(Part):
    """A token of the text that the model reads. start, end: its characters, half open."""

    index: int = Field(ge=0, description="in the model's text sequence")
    text: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)


class PhraseView(Part):
    """Words that become a layer, or that name the place. spans: characters, half open."""

    name: str
    phrase: str
    count: int = Field(ge=1, description="how many of it there are")
    spans: list[tuple[int, int]]
    token_indices: list[int]


class FoundWords(Part):
    """Words of a prompt that would become a layer. spans: characters of the prompt without its
    marks, half open."""

    name: str
    count: int = Field(ge=1, description="how many of it there are")
    spans: list[tuple[int, int]]


class PromptSubjects(Part):
    """What would be cut out of a prompt's picture."""

    text: str = Field(description="the prompt without its marks")
    subjects: list[FoundWords]
    problem: ErrorEntry | None = Field(default=None, description="why there are none")


class Finding(Part):
    """Something about a storyboard that its maker should know before it is made."""

    level: Literal["error", "warning"] = Field(description="an error: the shot cannot be made so")
    shot: int | None = Field(default=None, ge=0, description="its index; null for the whole")
    said: ErrorEntry


class DroppedFile(BaseModel):
    """An uploaded file, and where it lay among those that were given with it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    path: Annotated[str, StringConstraints(min_length=1, max_length=1024)] = Field(
        description="relative, with forward slashes"
    )
    upload: Annotated[str, StringConstraints(pattern=r"^upload:[0-9a-f]{64}$")]


class VariationView(Part):
    """One of the pictures that a shot has had or may have, as a job of its own."""

    job: str
    seed: int = Field(ge=0)
    shot: ShotView = Field(description="the one shot of that job, which makes the picture")
    edits: ShotEdits | None = Field(
        default=None, description="by hand, as they were when a shot had this picture last"
    )


class LayerPlace(Part):
    """Where a layer stands for a camera, as the manifest has it."""

    id: str
    z: float
    position: Vector3
    anchor: Vector2
    scale: Vector2


class ShownEdge(Part):
    """Where a move would show an edge of a layer's picture, in the frame that shows most of it."""

    frame: int = Field(ge=0)
    layer: str = Field(description="its id")
    side: Literal["left", "top", "right", "bottom", "behind"] = Field(
        description="of the frame; behind: the layer is not before the camera"
    )


class FoundShot(Part):
    """A finished shot of the history."""

    job: str
    shot: str
    title: str
    prompt: str | None
    model: str | None
    seed: int | None
    finished: str
    result: str
    manifest: str = Field(description="in the job's folder; its picture lies beside it")
    layers: int | None = Field(default=None, ge=1)
    favourite: bool = False


class FileEntry(Part):
    path: str = Field(description="in the job's folder, with forward slashes")
    bytes: int = Field(ge=0)
    sha256: str | None = Field(default=None, description="of a shot's file; null for others")


class LookState(StrEnum):
    """Of words that are looked for in a shot's picture. What waits or runs outlasts a restart."""

    WAITING = "waiting"
    RUNNING = "running"
    FOUND = "found"
    FAILED = "failed"
    CANCELLED = "cancelled"


class LookView(Part):
    """Words that are looked for in a shot's picture, or wait for that."""

    words: list[str]
    state: LookState
    done: int | None = Field(default=None, ge=0, description="readings of the picture")
    total: int | None = Field(default=None, ge=0, description="null until the model is loaded")


class WordView(Part):
    """A word, and how the model's attention to it lies in the picture."""

    word: str
    coverage: float = Field(description="0..1, share of the picture that it is about")
    compactness: float = Field(description="1 one round patch .. 0 everywhere")
    png: str | None = Field(
        default=None, description="grey, in Base64; as bright as the attention is strong"
    )
