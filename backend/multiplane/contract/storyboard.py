"""The storyboard: what a user asks for, shot by shot.

The smallest valid one is ``{"shots": [{"prompt": "a warrior and a princess in a forest"}]}``.
Names of presets and models are checked later (`contract.known_names`), by those who know them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from multiplane.contract.document import STORYBOARD_SCHEMA, Entry
from multiplane.contract.layer_edits import ShotEdits
from multiplane.contract.layer_kinds import LayerKind
from multiplane.contract.shot_files import named_files
from multiplane.contract.style import names_lora, read_style


def _composed(text: str) -> str:
    """Letters with accents as one character each (NFC), so that equal names are equal texts."""
    return unicodedata.normalize("NFC", text)


_ShortAsGiven = Annotated[
    str, StringConstraints(max_length=300, strip_whitespace=True, min_length=1)
]
ShortText = Annotated[_ShortAsGiven, AfterValidator(_composed)]
Name = Annotated[
    str, StringConstraints(max_length=300, strip_whitespace=True), AfterValidator(_composed)
]
LongText = Annotated[str, StringConstraints(max_length=10_000)]
CastPicture = Annotated[str, StringConstraints(min_length=1, max_length=10_000)]


def _style_is_read(style: str) -> str:
    try:
        read_style(style)
    except ValueError as error:
        raise PydanticCustomError("shot.style_lora", "{said}", {"said": str(error)}) from error
    return style


def _lora_is_read(lora: str) -> str:
    _style_is_read(f"<lora:{lora}>")
    return lora


LoraText = Annotated[ShortText, AfterValidator(_lora_is_read)]
StyleText = Annotated[LongText, AfterValidator(_style_is_read)]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1, strict=True)]
Takes = Annotated[int, Field(ge=1, le=16, strict=True)]
Ensured = Annotated[int, Field(ge=0, le=8, strict=True)]
Fill = Literal["pixels", "model"]
Side = Annotated[int, Field(ge=64, le=16_384)]

MIN_DURATION_S, MAX_DURATION_S = 1 / 120, 600.0
"""The shortest is one frame at the highest rate; `shortest_s` says it for a rate."""
_MAX_FRAMES = 64
"""Frames that fit side by side into the longest panorama, with room to spare."""


def _word_to_subject(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


def _words_to_member(value: object) -> object:
    return {"prompt": value} if isinstance(value, str) else value


def _words_to_plate(value: object) -> object:
    return {"prompt": value} if isinstance(value, str) else value


def _name_to_file(value: object) -> object:
    return {"file": value} if isinstance(value, str) else value


def _preset_to_move(value: object) -> object:
    return {"preset": value} if isinstance(value, str) else value


class Subject(Entry):
    """Somebody or something that becomes a layer of its own (with ``count`` > 1: several)."""

    name: ShortText = Field(description="the layer's name")
    phrase: ShortText | None = Field(
        default=None, description="the words of the prompt that mean it; without: its name"
    )
    count: int = Field(default=1, ge=1, le=16, description="how many of it there are")
    in_prompt: bool = Field(
        default=True,
        description="false: the prompt need not say it; it is looked for in the picture that is "
        "painted without it",
    )
    kind: LayerKind | None = Field(
        default=None, description="the layer's; without: by what its noun means"
    )


class MoveEase(Entry):
    """How softly a move leaves its first key (`in`) and arrives at its last (`out`).

    Influence in percent of the move's time, as in After Effects: 0 is linear, 33.33 "easy ease".
    """

    in_: float = Field(default=33.33, ge=0, le=100, alias="in", description="percent, start")
    out: float = Field(default=33.33, ge=0, le=100, description="percent, end")


class FrameRect(Entry):
    """A part of the frame, in fractions of its width and height; the whole is 0, 0, 1, 1.

    It may reach beyond the frame as far as the picture does. What the camera shows has the
    comp's aspect ratio, so the smallest such rectangle around this one is taken.
    """

    x: float = Field(default=0.0, ge=-_MAX_FRAMES, le=_MAX_FRAMES, description="left edge")
    y: float = Field(default=0.0, ge=-_MAX_FRAMES, le=_MAX_FRAMES, description="top edge")
    width: float = Field(default=1.0, ge=0.02, le=_MAX_FRAMES)
    height: float = Field(default=1.0, ge=0.02, le=_MAX_FRAMES)


class Framing(Entry):
    """What the camera shows at the start and at the end of its move (Ken Burns, in depth)."""

    start: FrameRect = FrameRect()
    end: FrameRect = FrameRect()


class CameraMove(Entry):
    """One camera move over the shot. In JSON a preset's name alone will do as well."""

    preset: ShortText = Field(default="push_in", description="name of a camera preset")
    amount: float = Field(
        default=1.0,
        ge=0,
        le=10,
        description="strength; 1 is the preset's own; lowered where an edge would show",
    )
    direction: ShortText | float | None = Field(
        default=None, description="a word that the preset knows, or degrees"
    )
    start: float = Field(
        default=0.0, ge=0, le=MAX_DURATION_S, description="seconds after the shot begins"
    )
    duration: float | None = Field(
        default=None, gt=0, le=MAX_DURATION_S, description="seconds; without: to the shot's end"
    )
    ease: MoveEase = MoveEase()
    framing: Framing | None = Field(
        default=None, description="start and end by rectangles, instead of the preset"
    )
    focus: ShortText | list[ShortText] | None = Field(
        default=None, description="subject in focus, or the subjects that focus goes between"
    )
    loop: bool = Field(default=False, description="end where it began, without a seam")
    seed: Seed | None = Field(default=None, description="of moves that have chance in them")


SubjectEntry = Annotated[
    Subject, BeforeValidator(_word_to_subject, json_schema_input_type=str | Subject)
]
CameraEntry = Annotated[
    CameraMove, BeforeValidator(_preset_to_move, json_schema_input_type=str | CameraMove)
]


class DrawnLayer(Entry):
    """One layer of a drawing that is already cut: a picture with transparency."""

    name: ShortText = Field(description="the layer's name")
    picture: LongText = Field(description="file, relative to the storyboard; PNG with alpha")
    opacity: float = Field(default=1.0, ge=0, le=1)
    position: tuple[int, int] = Field(
        default=(0, 0), description="of its top left corner, px in the lowest layer's picture"
    )
    drawing: ShortText | None = Field(
        default=None,
        description="of neighbours with the same name here: they are one drawing (its ink, its "
        "tones) and stand in one plane",
    )


class MatteEntry(Entry):
    """What belongs to one layer, corrected by hand."""

    layer: ShortText = Field(description="the layer's id, as the shot's manifest has it")
    matte: LongText = Field(
        description="file, relative to the storyboard, of the aspect ratio of the picture (of a "
        "drawing: without what was filled in around it); opaque, or white, is the layer's"
    )


class Shot(Entry):
    """One shot: painted from a prompt, cut from a picture, or set up from drawn layers.

    `**word**` in a prompt marks a subject.
    """

    id: Name = Field(default="", description='any text; without: given, as "shot-001"')
    scene: Name | None = Field(default=None, description="name of the scene that it belongs to")
    prompt: LongText | None = Field(default=None, description="what to paint")
    picture: LongText | None = Field(
        default=None, description="file to cut instead, relative to the storyboard"
    )
    whole: bool = Field(
        default=False,
        description="take a Photoshop file as the one picture that Photoshop merged, and cut that",
    )
    artboard: ShortText | None = Field(
        default=None, description="of a Photoshop file with artboards: the name of the one to take"
    )
    layers: list[DrawnLayer] = Field(
        default=[],
        max_length=64,
        description="layers that are already cut, back to front, instead of a picture",
    )
    subjects: list[SubjectEntry] = Field(
        default=[], max_length=32, description="words, or objects; without: marked or found"
    )
    mattes: list[MatteEntry] = Field(
        default=[],
        max_length=200,
        description="mattes by hand for layers of its picture; of several for one layer the last",
    )
    edits: ShotEdits | None = Field(
        default=None,
        description="what hands have changed in its layers; without: what an earlier result has",
    )
    style: StyleText | None = Field(default=None, description="instead of the storyboard's")
    plate: ShortText | None = Field(
        default=None,
        description="name of the storyboard's plate that it is painted over, or drawn on",
    )
    duration: float = Field(
        default=4.0,
        ge=MIN_DURATION_S,
        le=MAX_DURATION_S,
        description="seconds; one frame of the storyboard at least",
    )
    camera: CameraEntry = CameraMove()
    dialogue: LongText | None = None
    action: LongText | None = None
    notes: LongText | None = None
    audio: LongText | None = Field(default=None, description="file, relative to the storyboard")
    seed: Seed | None = Field(default=None, description="instead of the storyboard's")
    takes: Takes | None = Field(default=None, description="instead of the storyboard's")
    cut: ShortText | None = Field(default=None, description="instead of the storyboard's")
    fill: Fill | None = Field(default=None, description="instead of the storyboard's")

    def files(self) -> list[tuple[str, str]]:
        """(field, name) of every file that the shot names."""
        return named_files(self)

    @field_validator("prompt")
    @classmethod
    def _prompt_has_words(cls, prompt: str | None) -> str | None:
        if prompt is not None and not any(character.isalnum() for character in prompt):
            raise PydanticCustomError("shot.prompt_empty", "The prompt has no words in it.")
        if prompt is not None and names_lora(prompt):
            raise PydanticCustomError("shot.prompt_lora", "LoRAs are named in the style.")
        return prompt and _composed(prompt)

    @field_validator("picture")
    @classmethod
    def _picture_is_named(cls, picture: str | None) -> str | None:
        if picture is not None and (not picture.strip() or "\0" in picture):
            raise PydanticCustomError("shot.picture_empty", "The picture names no file.")
        return picture

    @model_validator(mode="after")
    def _prompt_or_picture(self) -> Self:
        if self.prompt is None and self.picture is None and not self.layers:
            raise PydanticCustomError(
                "shot.prompt_missing", "The shot has neither a prompt nor a picture."
            )
        if self.layers and (self.prompt is not None or self.picture is not None):
            raise PydanticCustomError(
                "shot.layers_and_more", "The shot has layers, and a prompt or a picture as well."
            )
        if self.layers and self.mattes:
            raise PydanticCustomError(
                "shot.layers_and_mattes", "The shot's layers are drawn: their own alpha counts."
            )
        if self.picture is None and (self.whole or self.artboard is not None):
            raise PydanticCustomError(
                "shot.whole_without_picture",
                "The shot has no picture of which to take the whole or an artboard.",
            )
        if self.prompt is not None and self.picture is not None:
            raise PydanticCustomError(
                "shot.prompt_and_picture", "The shot has both a prompt and a picture."
            )
        names = [subject.name.casefold() for subject in self.subjects]
        if len(set(names)) < len(names):
            raise PydanticCustomError(
                "shot.subject_twice", "The same subject is listed more than once."
            )
        if self.camera.start >= self.duration:
            raise PydanticCustomError(
                "shot.camera_late", "The camera's move starts after the shot's end."
            )
        return self


class CastMember(Entry):
    """Somebody who is in several shots: what "@name" in their prompts stands for. In JSON the words
    alone will do as well."""

    prompt: ShortText = Field(description='how they look: "a tall pilot with red hair"')
    lora: LoraText | None = Field(
        default=None, description='a LoRA of them: its name, or "mira:0.8" with its weight'
    )
    seed: Seed | None = Field(
        default=None, description="of shots that name them and have none of their own"
    )
    pictures: list[CastPicture] = Field(
        default=[],
        max_length=8,
        description="files that show them, relative to the storyboard: what is painted follows "
        "them where the model takes pictures, and is compared with them",
    )
    shared_attention: bool = Field(
        default=False,
        description="where no picture shows them, they are painted beside every shot of theirs, "
        "alone, and the shot's attention takes from there how they look; this takes about as long "
        "again",
    )


CastEntry = Annotated[
    CastMember, BeforeValidator(_words_to_member, json_schema_input_type=str | CastMember)
]
CastName = Annotated[str, StringConstraints(pattern=r"^\w(?:[\w-]*\w)?$", max_length=60)]


class Plate(Entry):
    """A place that several shots are in: one background for all of them. In JSON the words alone
    will do as well."""

    prompt: LongText | None = Field(
        default=None,
        description='what the place looks like, with nobody in it: "a forest at night"',
    )
    picture: LongText | None = Field(
        default=None,
        description="file that is the plate, instead of one that is painted; relative to the "
        "storyboard",
    )
    seed: Seed | None = Field(default=None, description="without: by the storyboard's and its name")

    @model_validator(mode="after")
    def _words_or_picture(self) -> Self:
        words = self.prompt or ""
        if self.picture is not None and (not self.picture.strip() or "\0" in self.picture):
            raise PydanticCustomError("plates.picture_empty", "The picture names no file.")
        if self.picture is None and not any(character.isalnum() for character in words):
            raise PydanticCustomError(
                "plates.nothing", "The plate has neither words nor a picture."
            )
        if names_lora(words):
            raise PydanticCustomError("plates.prompt_lora", "LoRAs are named in the style.")
        return self


PlateEntry = Annotated[Plate, BeforeValidator(_words_to_plate, json_schema_input_type=str | Plate)]


class Soundtrack(Entry):
    """One sound below the whole storyboard. In JSON a file's name alone will do as well."""

    file: LongText = Field(min_length=1, description="relative to the storyboard")
    offset: float = Field(
        default=0.0,
        ge=-36_000,
        le=36_000,
        description="seconds of the film at which it begins; below 0: so much of its beginning "
        "is cut off",
    )


SoundtrackEntry = Annotated[
    Soundtrack, BeforeValidator(_name_to_file, json_schema_input_type=str | Soundtrack)
]


class Storyboard(Entry):
    """A whole storyboard. Bounds: 1 to 120 fps, sides of 64 to 16384 px, overscan 1 to 2."""

    schema_: Literal["multiplane/storyboard/1"] = Field(default=STORYBOARD_SCHEMA, alias="schema")
    title: str = Field(default="Untitled", max_length=300)
    fps: float = Field(default=24.0, ge=1, le=120, description="frames per second")
    size: tuple[Side, Side] = Field(default=(1920, 1080), description="width and height, px")
    style: StyleText | None = Field(
        default=None,
        description="said after every prompt; <lora:name:weight> in it has the model wear a LoRA",
    )
    model: _ShortAsGiven = Field(default="auto", description='a model\'s name, or "auto"')
    seed: Seed = Field(default=0, description="a shot without its own takes this + its index")
    takes: Takes | None = Field(
        default=None,
        description="try every picture so often, with seeds of its own, and paint the try that "
        "shows its subjects most surely; without: as the model needs",
    )
    ensure: Ensured = Field(
        default=0,
        description="paint a shot whose cast is unlike itself so often again at most, with other "
        "seeds, and keep what is likest",
    )
    cut: ShortText | None = Field(
        default=None,
        description="what cuts the pictures: attention, another model, or two joined by a +; "
        'without, or "auto": as the model has it',
    )
    fill: Fill | None = Field(
        default=None,
        description="what is behind layers: continued from the pixels around it (so without), or "
        "painted by the model where the move shows it",
    )
    overscan: float | None = Field(
        default=None, ge=1, le=2, description="paint this much wider; without: as the move needs"
    )
    cast: dict[CastName, CastEntry] = Field(
        default={},
        max_length=200,
        description='who plays in it, by name: "@name" in a prompt stands for their words',
    )
    plates: dict[ShortText, PlateEntry] = Field(
        default={},
        max_length=1000,
        description='places by name: shots with the same "plate" have one background',
    )
    soundtrack: SoundtrackEntry | None = Field(
        default=None, description="one sound below all shots, beside their own audio"
    )
    folder: LongText | None = Field(
        default=None,
        description="where relative paths start, seen from the file; without: beside it",
    )
    shots: list[Shot] = Field(min_length=1, max_length=10_000)

    @field_validator("shots")
    @classmethod
    def _every_shot_has_its_own_id(cls, shots: list[Shot]) -> list[Shot]:
        ids = given_ids([shot.id for shot in shots])
        if len(set(ids)) < len(ids):
            raise PydanticCustomError("shot.id_twice", "Two shots have the same id.")
        return [shot.model_copy(update={"id": id_}) for shot, id_ in zip(shots, ids, strict=True)]


def shortest_s(fps: float) -> float:
    """The shortest duration of a shot at this rate, s: one frame."""
    return max(MIN_DURATION_S, 1.0 / fps)


def given_ids(ids: Sequence[str]) -> list[str]:
    """The same ids, with "shot-001" and so on in place of empty ones, never one that is taken."""
    taken = set(ids)
    complete = []
    for number, id_ in enumerate(ids, start=1):
        candidate, attempt = id_ or f"shot-{number:03d}", 2
        while not id_ and candidate in taken:
            candidate, attempt = f"shot-{number:03d}-{attempt}", attempt + 1
        taken.add(candidate)
        complete.append(candidate)
    return complete
