"""What clients say to the server. Every request has one answer, which its type names."""

from __future__ import annotations

import json
from typing import Annotated, Any, Generic, Self, TypeVar, cast

from pydantic import AfterValidator, Field, StringConstraints, ValidationError

from multiplane.contract.layer_edits import LayerEdit, ShotEdits
from multiplane.contract.messages import Payload, kinds
from multiplane.contract.messages_common import DroppedFile, JobId, JobState, ShotId
from multiplane.contract.messages_server import (
    About,
    Accepted,
    CameraApplied,
    Done,
    FileList,
    Findings,
    History,
    JobDetail,
    Jobs,
    Machine,
    Models,
    Notice,
    PairingCode,
    Paths,
    State,
    StoryboardRead,
    SubjectsFound,
    TokenList,
    Variations,
    Welcome,
    WordMaps,
)
from multiplane.contract.storyboard import CameraEntry, LongText, Seed, SubjectEntry
from multiplane.contract.validation import input_error

ShortName = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Path = Annotated[str, StringConstraints(min_length=1, max_length=4096)]
Text = Annotated[str, StringConstraints(max_length=1000)]


def _finite(document: dict[str, Any]) -> dict[str, Any]:
    try:
        json.dumps(document, allow_nan=False)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"It should be plain JSON; {error}") from None
    return document


Document = Annotated[dict[str, Any], AfterValidator(_finite)]


AnswerT = TypeVar("AnswerT", bound=Notice)


class Request(Payload, Generic[AnswerT]):
    """A message that wants an answer of the class `AnswerT`, or an `error`."""

    @classmethod
    def of(cls, **fields: Any) -> Self:
        """The request with these fields, which somebody has typed.

        Raises InputError as the server would say it of the message.
        """
        try:
            return cls.model_validate(fields)
        except ValidationError as error:
            raise input_error(error, fields, kind=f"message.{cls.TYPE}") from None

    @classmethod
    def answer_class(cls) -> type[AnswerT]:
        """The class of this request's answer."""
        for base in cls.__mro__:
            if args := getattr(base, "__pydantic_generic_metadata__", {}).get("args"):
                return cast("type[AnswerT]", args[0])
        raise TypeError(f"{cls.__name__} does not say what answers it")


class Hello(Request[Welcome]):
    """The first message of every connection."""

    TYPE = "hello"
    client: ShortName = Field(description="who speaks, such as multiplane-panel 0.1.0")
    version: int = Field(ge=0, le=10**6, description="of the protocol")
    features: list[ShortName] = Field(default=[], max_length=100)


class Submit(Request[Accepted]):
    """A storyboard to make. The same job id is the same job, any number of times."""

    TYPE = "submit"
    job: JobId
    storyboard: Document = Field(description="a storyboard, as in storyboard.schema.json")
    folder: Path | None = Field(
        default=None, description="where its relative paths start, on the server's computer"
    )
    model: ShortName | None = Field(default=None, description="instead of the storyboard's")
    depth_model: ShortName = "auto"
    cut: ShortName | None = Field(
        default=None, description="what cuts the pictures, instead of the storyboard's"
    )
    paused: bool = Field(default=False, description="wait for resume before the first shot")


class Cancel(Request[Done]):
    """Stop a job, or one shot of it. What is finished stays.

    A finished shot that is made anew, as after `camera.apply`, is what it was before once more; so
    is one whose change has failed, where it is named.
    """

    TYPE = "cancel"
    job: JobId
    shot: ShotId | None = None


class Retry(Request[Done]):
    """Put failed and cancelled shots, or one shot, into the queue again."""

    TYPE = "retry"
    job: JobId
    shot: ShotId | None = None


class Reorder(Request[Done]):
    """Put a job before another one in the queue, or at its end."""

    TYPE = "reorder"
    job: JobId
    before: JobId | None = None


class Pause(Request[Done]):
    """Begin no further shot of this job, or of any."""

    TYPE = "pause"
    job: JobId | None = None


class Resume(Request[Done]):
    """Undo `pause`."""

    TYPE = "resume"
    job: JobId | None = None


class Remove(Request[Done]):
    """Forget a job and its folder, running or not.

    Results that another job has too are kept.
    """

    TYPE = "remove"
    job: JobId


class Subscribe(Request[Done]):
    """Which events to send. Without it all but previews and logs are sent."""

    TYPE = "subscribe"
    jobs: list[JobId] | None = Field(default=None, max_length=1000, description="null: all")
    steps: bool = True
    previews: bool = False
    logs: bool = False


class GetState(Request[State]):
    """All jobs that have not ended, with their shots."""

    TYPE = "state.get"


class GetJob(Request[JobDetail]):
    """One job with its shots and its storyboard."""

    TYPE = "job.get"
    job: JobId


class JobFiles(Request[FileList]):
    """Every file of a job's folder, to be fetched from /jobs/{job}/{path}."""

    TYPE = "job.files"
    job: JobId


class Search(Request[History]):
    """Finished shots that match all that is given, the newest first."""

    TYPE = "search"
    prompt: Text | None = Field(
        default=None, description="words in the prompt or the title, in any case"
    )
    model: ShortName | None = None
    seed: int | None = Field(default=None, ge=0, le=2**32 - 1)
    since: str | None = Field(default=None, max_length=40, description="RFC 3339")
    until: str | None = Field(default=None, max_length=40, description="RFC 3339")
    favourite: bool | None = Field(default=None, description="only those that are, or are not")
    limit: int = Field(default=50, ge=1, le=500)
    offset: int = Field(default=0, ge=0, le=10**9)


class MarkFavourite(Request[Done]):
    """Mark a shot as one to be found again, or take the mark away."""

    TYPE = "shot.favourite"
    job: JobId
    shot: ShotId
    favourite: bool


class ListJobs(Request[Jobs]):
    """Jobs, the newest first, also those that have ended."""

    TYPE = "jobs.list"
    state: JobState | None = None
    limit: int = Field(default=50, ge=1, le=500)
    offset: int = Field(default=0, ge=0, le=10**9)


class CameraApply(Request[CameraApplied]):
    """Give a shot another camera and make it again from the same layers.

    The answer has the new keyframes; the shot's files follow.

    No model is loaded and nothing is painted, even where the move would show more of the picture:
    then it is shown somewhat larger, or the move is weaker.
    """

    TYPE = "camera.apply"
    job: JobId
    shot: ShotId
    camera: CameraEntry
    dry_run: bool = Field(
        default=False,
        description="only say the keyframes; change nothing. Of a shot whose film is being made, "
        "those of its new layers",
    )
    check: bool = Field(
        default=False,
        description="with dry_run: look at the worst frames, too, which takes about a second",
    )


class EditLayer(Request[Done]):
    """Change a finished shot's layers by hand.

    Answered at once; the shot is made again without any model, with the same picture and camera,
    and its files follow. An edit that turns out to be impossible, such as a split of what is one
    piece, changes nothing: the shot's notices name it.
    """

    TYPE = "layer.edit"
    job: JobId
    shot: ShotId
    edit: LayerEdit


class UndoEdit(Request[Done]):
    """Take the last edit of a shot's layers back."""

    TYPE = "layer.undo"
    job: JobId
    shot: ShotId


class RedoEdit(Request[Done]):
    """Do the edit of a shot's layers again that was taken back last."""

    TYPE = "layer.redo"
    job: JobId
    shot: ShotId


class GetWords(Request[WordMaps]):
    """The words of a finished shot's prompt that layers can be made of, by `words` edits."""

    TYPE = "layer.words"
    job: JobId
    shot: ShotId
    maps: bool = Field(default=True, description="send their heatmaps, too")


class LookFor(Request[Done]):
    """Look for words, any words, in a finished shot's picture: no layer changes.

    Answered at once; `look` events follow. A model reads the picture once more, before anything
    else that waits in the queue. What it finds is kept with the words of `layer.words`, for every
    shot with that picture.
    """

    TYPE = "layer.look"
    job: JobId
    shot: ShotId
    words: list[Word] = Field(min_length=1, max_length=16)


class StopLook(Request[Done]):
    """Call off what is looked for in a shot's picture, and what waits to be."""

    TYPE = "layer.look_stop"
    job: JobId
    shot: ShotId


class MakeVariations(Request[Variations]):
    """Paint a shot with other seeds as well, without changing it.

    Each is a job of its own with that one shot, before all others in the queue; what the shot is
    now is one of them, so that it can be had again. The answer has those that there were, too.
    """

    TYPE = "shot.variations"
    job: JobId
    shot: ShotId
    seeds: list[Seed] = Field(default=[], max_length=16, description="without: new ones")
    count: int = Field(default=4, ge=1, le=16, description="how many new ones, without `seeds`")


class GetPictures(Request[Variations]):
    """All variations of a shot that there are: what else it can be, and what it has been.

    They are found for every shot with the same words, subjects, style, size and model.
    """

    TYPE = "shot.pictures"
    job: JobId
    shot: ShotId


class SetSeed(Request[Done]):
    """Give a shot another seed and make it anew, of a picture that is there where one is.

    What it is now is kept among its variations.
    """

    TYPE = "shot.seed"
    job: JobId
    shot: ShotId
    seed: Seed | None = Field(description="null: the storyboard's own")
    edits: ShotEdits | None = Field(
        default=None, description="of its layers by hand, in the picture with that seed"
    )


class GetTokens(Request[TokenList]):
    """What a model reads in a prompt, and what would become layers."""

    TYPE = "tokens.get"
    prompt: LongText = Field(description="with **marks**, if it has any")
    subjects: list[SubjectEntry] = Field(default=[], max_length=32)
    style: LongText | None = None
    model: ShortName = "auto"


class ListModels(Request[Models]):
    """The models that there are, installed or not."""

    TYPE = "models.list"


class PullModel(Request[Done]):
    """Download a model: it is answered at once, and `model` events follow.

    An earlier download that was interrupted goes on where it stopped. The models that it needs are
    downloaded before it where they are not there yet, each with events of its own.
    """

    TYPE = "models.pull"
    model: ShortName
    licence: ShortName = Field(description="that models.list names for it, and the user has seen")
    licences: dict[ShortName, ShortName] = Field(
        default={},
        max_length=8,
        description="by their names those of the models that it needs and that are not there",
    )


class StopPull(Request[Done]):
    """Stop downloading a model. What is there is kept for the next time."""

    TYPE = "models.stop"
    model: ShortName


class RemoveModel(Request[Done]):
    """Delete what `models.pull` has fetched of a model, whole or not; it is stopped first."""

    TYPE = "models.remove"
    model: ShortName


class GetMachine(Request[Machine]):
    """What this computer has, and how each model would fit. The first answer takes seconds."""

    TYPE = "machine.get"


class GetAbout(Request[About]):
    """Versions, folders and disk space of the server."""

    TYPE = "server.about"


class StopServer(Request[Done]):
    """End the server, from its own computer; what is not finished goes on at the next start."""

    TYPE = "server.stop"


class HostPaths(Request[Paths]):
    """Where a finished shot's files are on the server's computer."""

    TYPE = "host.paths"
    job: JobId
    shot: ShotId


class CheckStoryboard(Request[Findings]):
    """What is wrong with a storyboard, such as a picture that is missing; nothing is made."""

    TYPE = "storyboard.check"
    storyboard: Document = Field(description="a storyboard, as in storyboard.schema.json")
    folder: Path | None = Field(
        default=None, description="where its relative paths start, on the server's computer"
    )


class FindSubjects(Request[SubjectsFound]):
    """What would become layers of prompts that list no subjects, while they are written."""

    TYPE = "subjects.find"
    prompts: list[LongText] = Field(
        min_length=1, max_length=50, description="with **marks**, if they have any"
    )


class ReadStoryboard(Request[StoryboardRead]):
    """A storyboard of any format that `multiplane render` takes, from uploaded files.

    One of them is the storyboard; without any their pictures are, a shot each.
    """

    TYPE = "storyboard.read"
    files: list[DroppedFile] = Field(min_length=1, max_length=10_000)


class NewCode(Request[PairingCode]):
    """A code for another program that cannot read the token's file, such as a browser."""

    TYPE = "pair.code"


REQUESTS: dict[str, type[Request[Any]]] = kinds(
    Hello, Submit, Cancel, Retry, Reorder, Pause, Resume, Remove, Subscribe, GetState, GetJob,
    JobFiles, Search, MarkFavourite, ListJobs, CameraApply, EditLayer, UndoEdit, RedoEdit, GetWords,
    LookFor, StopLook,
    MakeVariations, GetPictures, SetSeed, GetTokens, ListModels, PullModel, StopPull, RemoveModel,
    GetMachine, GetAbout, StopServer, HostPaths,
    NewCode, CheckStoryboard, FindSubjects, ReadStoryboard,
)  # fmt: skip
