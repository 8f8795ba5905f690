"""The manifest: a finished shot, as hosts and programs read it; and the sequence of all shots.

Paths are relative to the document's folder, with forward slashes. Lengths are px of the comp
unless said otherwise; frames count from 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field

from multiplane.contract.document import MANIFEST_SCHEMA, SEQUENCE_SCHEMA, Entry, ErrorEntry
from multiplane.contract.doubts import DoubtReason, is_doubt
from multiplane.contract.layer_edits import EditList, LeftEdits
from multiplane.contract.layer_kinds import ReadLayerKind
from multiplane.contract.layout import WORDS
from multiplane.contract.told_values import Value, Values, told

# No drive, no backslash, no way up: a manifest may never reach out of its folder.
_RELATIVE = r"^(?!/)(?![A-Za-z]:)(?!(?:.*/)?\.\.(?:/|$))[^\\\u0000]+$"


def _is_relative(path: str) -> str:
    if not re.fullmatch(_RELATIVE, path):
        raise ValueError("must be a relative path with forward slashes, inside the folder")
    return path


RelativePath = Annotated[
    str, AfterValidator(_is_relative), Field(json_schema_extra={"pattern": _RELATIVE})
]
Unit = Annotated[float, Field(ge=0, le=1)]
Vector2 = tuple[float, float]
Vector3 = tuple[float, float, float]


NO_MODEL = "none"
"""The name of the model of a drawing in which none looked for anything."""


class LoraEntry(Entry):
    """A LoRA that the model wore while it painted the picture."""

    name: str = Field(description="as the style names it")
    weight: float
    sha256: str = Field(description="of its file")


class ModelEntry(Entry):
    """What painted the picture; null fields where a drawing was taken instead.

    `name` is then the model that found the subjects in it, or "none" where nothing had to be found.
    """

    name: str
    version: str | None = None
    seed: int | None = Field(default=None, ge=0)
    take: int | None = Field(default=None, ge=1, description="which was kept; 1 has `seed` itself")
    take_seed: int | None = Field(default=None, ge=0, description="the seed of that take's noise")
    steps: int | None = Field(default=None, ge=1)
    guidance: float | None = None
    loras: list[LoraEntry] = Field(default=[], description="that it wore")
    memory_plan: str | None = Field(
        default=None,
        description="how the model was laid out where that changes its pictures: weights in fewer "
        "bits, a VAE in tiles, a smaller picture that was enlarged",
    )
    calibrated: bool = Field(
        default=False,
        description="whether `confidence` is a measured chance that a layer is right, or a rule "
        "of thumb",
    )


class PlateUse(Entry):
    """The place that the shot shares with others of the same plate."""

    name: str = Field(description="as the storyboard has it")
    sha256: str = Field(description="of all that makes the plate: the same in every shot in it")
    share: Unit = Field(
        description="of what no subject covers, how much the shot showed of the plate by itself"
    )


class Comp(Entry):
    width: int = Field(ge=1, description="px")
    height: int = Field(ge=1, description="px")
    fps: float = Field(gt=0)
    duration_frames: int = Field(ge=1)


class LayerEntry(Entry):
    """One plane of the shot, facing the camera, at depth `z`."""

    id: str = Field(description="unique in the shot, stays the same when the shot is made again")
    name: str
    kind: ReadLayerKind = Field(description="what it shows; the lowest layer is a background")
    file: RelativePath
    phrase: str | None = Field(default=None, description="the words of the prompt that mean it")
    token_indices: list[int] = Field(default=[], description="in the model's text sequence")
    bbox: tuple[int, int, int, int] = Field(description="x, y, width, height in picture px")
    depth: Unit = Field(description="nearness: 0 far, 1 near")
    z: float = Field(description="px; the comp plane is 0, farther is more")
    position: Vector3 = Field(description="where the anchor is, comp px")
    anchor: Vector2 = Field(description="px in the layer's own picture")
    scale: Vector2 = Field(description="percent")
    confidence: Unit = Field(
        default=1.0, description="how sure the cut is: the chance that most of it is right"
    )
    reason: DoubtReason | None = Field(
        default=None, description="why the layer is doubtful; null where it is not"
    )
    cut_by: str | None = Field(
        default=None, description="what cut it: attention, another model, or two; null: a hand"
    )


class UncorrectedLayer(Entry):
    """A layer as it was before anybody changed it by hand: what undoing goes back to."""

    id: str
    name: str
    kind: ReadLayerKind
    file: RelativePath
    phrase: str | None = None
    token_indices: list[int] = Field(default=[])
    bbox: tuple[int, int, int, int] = Field(description="x, y, width, height in picture px")
    depth: Unit
    confidence: Unit = 1.0
    reason: DoubtReason | None = None
    cut_by: str | None = None


class WordEntry(Entry):
    """A word of the prompt, and how the model's attention to it lies in the picture."""

    word: str
    coverage: Unit = Field(description="share of the picture that it is about")
    compactness: Unit = Field(description="1 for one round patch, near 0 where it is everywhere")


class Ease(Entry):
    """One side of a keyframe as After Effects has it: units per second, and percent of time."""

    speed: float = 0.0
    influence: float = Field(default=33.33, ge=0.1, le=100)


class Keyframe(Entry):
    """A null ease is linear. `value`: 1 number for zoom, 3 for positions."""

    frame: int
    value: list[float] = Field(min_length=1, max_length=3)
    ease_in: Ease | None = None
    ease_out: Ease | None = None


class HandSway(Entry):
    """A hand that holds the camera: sums of sines, so that no key is needed for it.

    Each wave is its amplitude, its frequency (Hz) and its phase (radians): amplitude * sin(2 pi *
    frequency * time + phase).
    """

    time: list[Keyframe] = Field(
        min_length=1, description="s, the time that the waves are taken at"
    )
    waves: dict[str, list[Vector3]] = Field(
        description="`x`, `y`, `z`: px, of the null; `look_x`, `look_y`: px, of the camera's point "
        "of interest on top; `roll`: degrees, of the camera"
    )


class CameraRig(Entry):
    """The same move by a null that the camera hangs on: few keys, so that it can be retimed.

    The null's anchor and position are `pivot`; while it is not turned, it changes nothing.
    """

    pivot: Vector3 = Field(description="px")
    y_rotation: list[Keyframe] = Field(
        default=[], description="degrees, of the null; positive brings the right side nearer"
    )
    sway: HandSway | None = None
    keyframes: dict[str, list[Keyframe]] = Field(
        default={}, description="of the camera under the null, instead of its own of these names"
    )


class CameraEntry(Entry):
    """The camera. Keyed properties: `position`, `point_of_interest`, `zoom`, all in px."""

    zoom: float = Field(gt=0, description="px from the camera to the plane seen at 100 %")
    preset: str
    amount: float = Field(ge=0, description="after lowering, so that no edge shows")
    keyframes: dict[str, list[Keyframe]] = Field(default={}, description="by property")
    rig: CameraRig | None = Field(
        default=None, description="where the move can be had with fewer keys; null: it cannot"
    )


ComparedWith = Literal["pictures", "shots"]
Likeness = Annotated[float, Field(ge=-1, le=1)]


class CastLook(Entry):
    """What somebody of the storyboard's cast looks like in the shot."""

    name: str
    layer: str | None = Field(default=None, description="id of theirs; null: there is none")
    by: str = Field(description="what the features are of: a model, or colour-and-shape")
    features: str = Field(
        default="", description="base64 of half precision numbers, little endian, of length 1"
    )
    likeness: Likeness | None = Field(
        default=None, description="cosine to the likest of what it was compared with"
    )
    against: ComparedWith | None = Field(
        default=None, description="the cast's pictures, or the median of other shots; null: nothing"
    )


class TriedTake(Entry):
    """A picture of the shot that was painted and not kept, because its cast was less like itself.

    As the seed of a shot, `seed` paints it again; take 1 has the shot's own seed, and is painted
    again where the shot is made anew by force, without being ensured.
    """

    take: int = Field(ge=1)
    seed: int = Field(ge=0)
    likeness: Likeness | None = Field(default=None, description="of the least like; null: nobody")
    file: RelativePath


MarkerKind = Literal["dialogue", "action", "notes"]


class Marker(Entry):
    frame: int = Field(ge=0)
    text: str
    kind: MarkerKind | None = Field(default=None, description="null: none of these, or not said")
    duration_frames: int = Field(default=0, ge=0)


class Files(Entry):
    picture: RelativePath
    depth: RelativePath | None = None
    preview: RelativePath | None = None
    psd: RelativePath | None = None
    words: RelativePath | None = Field(
        default=None,
        description="heatmaps of the manifest's `words`, equally high strips of one grey picture, "
        "each as bright as its strongest place",
    )
    difference: RelativePath | None = Field(
        default=None,
        description="where a Photoshop file's layers differed from the picture merged of them",
    )


class NoticeEntry(Entry):
    """What the user should know of a shot that is good all the same."""

    code: str = Field(description="stays the same between versions")
    text: str
    layers: list[str] = Field(default=[], description="names of the layers that it concerns")
    file: RelativePath | None = Field(default=None, description="picture that shows it")
    remedy: str | None = None
    values: dict[str, Value] = Field(
        default={}, description="what the sentences were told with, by name, for other languages"
    )

    @classmethod
    def of(
        cls,
        code: str,
        text: str,
        values: Values,
        *,
        layers: Iterable[str] = (),
        file: RelativePath | None = None,
        remedy: str | None = None,
    ) -> Self:
        """Told with `values` for each ``{name}`` in the text and the remedy."""
        return cls(
            code=code,
            text=told(text, values),
            layers=list(layers),
            file=file,
            remedy=told(remedy, values) if remedy else remedy,
            values=dict(values),
        )

    def __str__(self) -> str:
        return f"{self.text} {self.remedy}" if self.remedy else self.text


class FilmFinding(Entry):
    """What must not show in a film, in the worst frame.

    edge: the frame's border is open. hole: something within it is. bite: a subject ends where it
    was completed behind a nearer one. fringe: old background goes with a subject's edge.
    """

    frame: int = Field(ge=0)
    kind: Literal["edge", "hole", "bite", "fringe"]
    share: Unit = Field(description="of the frame's pixels")
    layers: list[str] = Field(default=[], description="names of the layers that it concerns")
    places: list[tuple[Unit, Unit, Unit, Unit]] = Field(
        default=[],
        description="where in that frame, the largest first, at most 6: x, y, width, height as "
        "shares of the frame's; of a film that was mended, in the move as it was asked for",
    )
    action: Literal["widened", "weakened", "none"] = Field(
        description="widened, weakened: it showed in the move as it was asked for, and does not in "
        "the film, because a subject was completed farther, or the move was weakened"
    )


class FilmChecks(Entry):
    """The worst frames of the move, looked at before it was filmed."""

    preset: str
    amount: float = Field(ge=0, description="of the move that was filmed")
    frames: list[int] = Field(description="that were looked at: where near and far part most")
    found: list[FilmFinding] = Field(default=[])


class Checks(Entry):
    """What was verified on this very shot."""

    recomposition_max_error: int = Field(
        ge=0, le=255, description="layers at rest against the picture, largest difference of 255"
    )
    film: FilmChecks | None = Field(
        default=None, description="null where the move was changed and not filmed again"
    )


class Manifest(Entry):
    """A finished shot. Layers stand back to front, so the last one is the nearest."""

    schema_: Literal["multiplane/manifest/1"] = Field(default=MANIFEST_SCHEMA, alias="schema")
    shot_id: str
    original_prompt: str | None = Field(default=None, description="null for a drawing")
    model: ModelEntry
    comp: Comp
    layers: list[LayerEntry] = Field(min_length=1)
    camera: CameraEntry
    markers: list[Marker] = Field(default=[])
    files: Files
    checks: Checks
    notices: list[NoticeEntry] = Field(
        default=[],
        description="what was left out of a drawing, or corrected in it, and what is doubtful "
        "(codes `doubt.*`)",
    )
    drawing_area: tuple[int, int, int, int] | None = Field(
        default=None,
        description="where the artist's own pixels are in the picture: x, y, width, height px; "
        "what is around them was filled in; null when nothing was",
    )
    start_timecode: str | None = Field(
        default=None,
        pattern=r"^[0-9]{2}:[0-9]{2}:[0-9]{2}[:;][0-9]{2,3}$",
        description="of the film's first frame, with a semicolon where it is drop-frame; null: "
        "the film counts from 00:00:00:00",
    )
    style: str | None = Field(default=None, description="said after the prompt")
    filled_by: str | None = Field(
        default=None,
        description="the model that painted what layers hide; null: continued from what is around",
    )
    plate: PlateUse | None = Field(
        default=None, description="the place whose background this is; null: it has its own"
    )
    sha256: dict[RelativePath, str] = Field(
        default={},
        description="of every other file here as it was written; what is not so is a user's own",
    )
    edits: EditList = Field(
        default=[], description="by hand, in their order; the layers are as they are after these"
    )
    undone_edits: EditList = Field(
        default=[], description="that can be done again, the next one last"
    )
    edits_picture: str | None = Field(
        default=None, description="the fingerprint of the picture that they were made on"
    )
    left_edits: list[LeftEdits] = Field(
        default=[], description="edits of pictures that the shot had earlier: kept, not applied"
    )
    uncorrected_layers: list[UncorrectedLayer] = Field(
        default=[], description="as they were before the first edit; empty without any"
    )
    uncorrected_notices: list[NoticeEntry] = Field(
        default=[], description="as they were before the first edit"
    )
    words: list[WordEntry] = Field(
        default=[], description="of the prompt, that layers can be made of by hand"
    )
    cast: list[CastLook] = Field(default=[], description="who of the cast is in the shot")
    tries: list[TriedTake] = Field(default=[], description="that were painted and not kept")
    picture_hash: str | None = Field(
        default=None, description="of all that made the layers; the same: they can be kept"
    )
    content_hash: str | None = Field(
        default=None, description="of all that made the shot; the same: nothing is to be done"
    )

    @property
    def cut_layers(self) -> list[LayerEntry]:
        """All but the ground, which is the lowest layer where that is a background."""
        return self.layers[1:] if self.layers[0].kind == "background" else self.layers

    @property
    def doubts(self) -> list[NoticeEntry]:
        """The notices of what may be wrong in the shot."""
        return [notice for notice in self.notices if is_doubt(notice.code)]

    def with_words(self, words: list[WordEntry], digest: str) -> Manifest:
        """The same with heatmaps of these words. digest: SHA-256 of the file `WORDS`."""
        updates: dict[str, Any] = {
            "files": self.files.model_copy(update={"words": WORDS}),
            "words": words,
            "sha256": {**self.sha256, WORDS: digest} if self.sha256 else {},
        }
        return self.model_copy(update=updates)

    def named_files(self) -> list[str]:
        """Every file that it names, relative to its folder."""
        files = self.files
        named = [files.picture, files.depth, files.preview, files.psd, files.difference]
        named += [files.words, *(one.file for one in self.uncorrected_layers)]
        named += [one.file for one in self.tries]
        return [name for name in [*named, *(one.file for one in self.layers)] if name is not None]


class ShotLikeness(Entry):
    """How like itself somebody of the cast is in a shot."""

    name: str
    layer: str | None = Field(description="id of theirs in the shot's manifest")
    likeness: Likeness
    by: str = Field(description="as in the manifest's `cast`")
    against: ComparedWith
    unlike: bool = Field(description="so little that it is worth a doubt")


class SequenceShot(Entry):
    id: str
    manifest: RelativePath | None = Field(default=None, description="null when the shot failed")
    start_frame: int = Field(ge=0)
    duration_frames: int = Field(ge=0)
    status: Literal["made", "unchanged", "failed", "missing"]
    error: ErrorEntry | None = None
    cast: list[ShotLikeness] = Field(default=[], description="compared with pictures or shots")


class Sequence(Entry):
    """All shots in order. Cumulative time is rounded to frames, never each shot by itself."""

    schema_: Literal["multiplane/sequence/1"] = Field(default=SEQUENCE_SCHEMA, alias="schema")
    title: str
    fps: float = Field(gt=0)
    size: tuple[int, int]
    shots: list[SequenceShot]
