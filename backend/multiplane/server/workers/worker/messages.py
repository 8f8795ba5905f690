"""What the server and a worker say to each other: two unions of typed messages.

`frames` writes and reads them; on a farm they go as they are. Whoever reads one matches its class,
and mypy sees to it that none is forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from multiplane.contract.document import ErrorEntry
from multiplane.contract.errors import InputError, MultiplaneError
from multiplane.contract.events import Event
from multiplane.contract.manifest import NoticeEntry
from multiplane.contract.messages_server import Machine, TokenList
from multiplane.server.jobs.blobs import StoredFile

# From the server


@dataclass(frozen=True)
class SetUp:
    """Which models on which device, and where files are.

    work: the folder of unfinished shots. only, own: folders in which a storyboard may name files,
    and those of the server itself (`intake.reach`).
    """

    model: str
    depth_model: str
    device: str
    work: str
    blobs: str
    only: tuple[str, ...] = ()
    own: tuple[str, ...] = ()


@dataclass(frozen=True)
class Board:
    """The storyboard of the job that comes next. folder: where its relative paths start."""

    job: str
    document: dict[str, Any]
    folder: str


@dataclass(frozen=True)
class Make:
    """Make a shot of the board. number: from 0. plan: how sparingly the model is laid out.

    keep_layers: whatever the camera needs. after: number of the shot that will come next, as it
    seems. task: the number that `begin` gives it.
    """

    job: str
    number: int
    plan: int
    keep_layers: bool = False
    after: int | None = None
    task: int = 0


@dataclass(frozen=True)
class Go:
    """Make the shot that was hashed. earlier: files of a shot of the same picture, for its layers.

    As (path in the shot's folder, SHA-256). ahead: the picture of the shot that was named as coming
    next is to be painted, once the picture model has no more to do in this one.
    """

    task: int
    earlier: tuple[tuple[str, str], ...] = ()
    ahead: bool = False


@dataclass(frozen=True)
class Skip:
    """The shot that was hashed need not be made."""

    task: int


@dataclass(frozen=True)
class Committed:
    """The result is noted: its folder among the unfinished ones may go."""

    result: str


@dataclass(frozen=True)
class Deliver:
    """Write the files of the whole board into `out`.

    made: ids of shots made for this job. errors: of failed shots, by number from 0.
    """

    job: str
    out: str
    made: tuple[str, ...]
    errors: dict[int, ErrorEntry]
    task: int = 0


@dataclass(frozen=True)
class LookFor:
    """Look for words in a result's picture. files: of the result, (path, SHA-256), as blobs.

    plan: how sparingly the model is laid out.
    """

    result: str
    files: tuple[tuple[str, str], ...]
    words: tuple[str, ...]
    plan: int
    task: int = 0


@dataclass(frozen=True)
class ReadTokens:
    """What does a model read in a prompt? subjects: as a storyboard's shot has them."""

    prompt: str
    subjects: list[Any]
    style: str | None
    model: str
    task: int = 0


@dataclass(frozen=True)
class Pull:
    """Download a model."""

    model: str
    task: int = 0


@dataclass(frozen=True)
class LookAtMachine:
    """Which device and memory are there, and which models fit? device: as `models.memory`."""

    device: str
    task: int = 0


@dataclass(frozen=True)
class Cancel:
    """The task of this number is called off."""

    task: int


@dataclass(frozen=True)
class Abandon:
    """What is painted ahead is not wanted any more."""


@dataclass(frozen=True)
class Previews:
    """Whether anybody wants to see pictures while they are painted."""

    on: bool


@dataclass(frozen=True)
class Stop:
    """End."""


Task = Make | Deliver | LookFor | ReadTokens | Pull | LookAtMachine
"""What is answered in the end: by what it made, `TaskCancelled` or `TaskFailed`."""
ToWorker = Task | SetUp | Board | Go | Skip | Committed | Cancel | Abandon | Previews | Stop


# From the worker


@dataclass(frozen=True)
class Ready:
    """The process takes tasks."""

    pid: int


@dataclass(frozen=True)
class PainterLoads:
    """The picture model is loaded from now on. plan: how sparingly, of so many `plans`."""

    plan: int
    plans: int


@dataclass(frozen=True)
class Progressed:
    """An event of what is being made."""

    event: Event


@dataclass(frozen=True)
class Preview:
    """The shot as it is painted now. frame: as clients get it (`contract.frames`)."""

    frame: bytes


@dataclass(frozen=True)
class ShotHashes:
    """A shot's content hash, and that of its picture, with and without corrections by hand."""

    result: str
    picture: str
    uncorrected: str


@dataclass(frozen=True)
class Hashed(ShotHashes):
    """The shot's hashes, and those of the one that comes next, where that is painted from words.

    `Go` or `Skip` is waited for.
    """

    after: ShotHashes | None = None


@dataclass(frozen=True)
class LayersCut:
    """The shot's layers are among the blobs, with a manifest of them; its film is made now.

    files: the manifest, of a shot without film, and the layers that it names.
    """

    files: tuple[StoredFile, ...]


@dataclass(frozen=True)
class Made:
    """The shot's files are among the blobs. model: that painted it."""

    result: str
    picture: str
    model: str
    seconds: float
    files: tuple[StoredFile, ...]


@dataclass(frozen=True)
class NotWritten:
    """A file of the whole board, and why it is not there."""

    name: str
    error: ErrorEntry


@dataclass(frozen=True)
class Delivered:
    """The files of a storyboard are written, but for these."""

    not_written: tuple[NotWritten, ...] = ()


@dataclass(frozen=True)
class Reading:
    """So many readings of the picture in which words are looked for are done."""

    done: int
    total: int


@dataclass(frozen=True)
class Found:
    """The answer to `LookFor`: the files of the result that have changed are among the blobs."""

    files: tuple[StoredFile, ...]
    notices: tuple[NoticeEntry, ...]


@dataclass(frozen=True)
class Tokens:
    """The answer to `ReadTokens`."""

    tokens: TokenList


@dataclass(frozen=True)
class Downloading:
    """Bytes that are there, of all."""

    done: int
    total: int


@dataclass(frozen=True)
class Pulled:
    """The model is there."""


@dataclass(frozen=True)
class Looked:
    """The answer to `LookAtMachine`."""

    machine: Machine


@dataclass(frozen=True)
class TaskCancelled:
    """The task was called off, and has ended."""


@dataclass(frozen=True)
class TaskFailed:
    """kind: whether the input was bad, or what was right could not be made."""

    kind: Literal["input", "failure"]
    error: ErrorEntry

    @classmethod
    def of(cls, error: MultiplaneError) -> TaskFailed:
        kind: Literal["input", "failure"] = "input" if isinstance(error, InputError) else "failure"
        return cls(kind, ErrorEntry.model_validate(error.as_dict()))


@dataclass(frozen=True)
class Stopped:
    """The process stands still, as by SIGSTOP, or goes on again; said by who watches it."""

    pid: int
    still: bool


FromWorker = (
    Ready | PainterLoads | Progressed | Preview | Hashed | LayersCut | Made | Delivered | Reading
    | Found | Tokens | Downloading | Pulled | Looked | TaskCancelled | TaskFailed | Stopped
)  # fmt: skip
