"""Layers changed by hand: every operation that there is, as messages and manifests carry it.

Places are fractions of the picture's width and height; of a drawing that was made wider, of the
artist's own part of it. So an edit fits its picture at any size.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from multiplane.contract.document import Entry
from multiplane.contract.layer_kinds import LayerKind

MOST_EDITS = 500
"""Of one shot."""
MOST_PNG = 4 * 2**20
"""Characters of a matte in Base64."""

LayerName = Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True)]
Place = Annotated[float, Field(ge=-1, le=2)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True)]


class EditPart(Entry):
    """Of edits, which storyboards, messages and manifests have in the same words."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)


class Stroke(EditPart):
    """A line drawn over the picture; one point is a dab."""

    points: list[tuple[Place, Place]] = Field(
        min_length=1, max_length=4000, description="x, y in fractions of the picture"
    )
    width: float = Field(
        default=0.01, gt=0, le=0.5, description="of the brush, as a share of the picture's width"
    )


Strokes = Annotated[list[Stroke], Field(min_length=1, max_length=200)]


class Area(EditPart):
    """A rectangle in fractions of the picture."""

    x: Place
    y: Place
    width: float = Field(gt=0, le=3)
    height: float = Field(gt=0, le=3)


class KeepEdit(EditPart):
    """What was stroked belongs to the layer, as far as the picture's edges."""

    op: Literal["keep"] = "keep"
    layer: LayerName = Field(description="its id, or its name")
    strokes: Strokes


class RemoveEdit(EditPart):
    """What was stroked does not belong to the layer: it goes to the background."""

    op: Literal["remove"] = "remove"
    layer: LayerName
    strokes: Strokes


class BoxEdit(EditPart):
    """The layer is what stands in the box, and nothing outside of it."""

    op: Literal["box"] = "box"
    layer: LayerName
    box: Area


class MatteEdit(EditPart):
    """The layer is where the matte says; its alpha counts, or where it is opaque its brightness."""

    op: Literal["matte"] = "matte"
    layer: LayerName
    png: Annotated[str, StringConstraints(min_length=1, max_length=MOST_PNG)] = Field(
        description="a PNG of the picture's aspect ratio, in Base64"
    )


class NewEdit(EditPart):
    """A new layer of what was stroked, or of what stands in a box."""

    op: Literal["new"] = "new"
    name: Name
    strokes: list[Stroke] = Field(default=[], max_length=200)
    apart: list[Stroke] = Field(default=[], max_length=200, description="what does not belong")
    box: Area | None = None
    near: float | None = Field(
        default=None, ge=0, le=1, description="nearness; without: by the depth of the picture"
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.strokes) == (self.box is not None):
            raise PydanticCustomError("new.strokes_or_box", "Give either strokes or a box.")
        return self


class WordsEdit(EditPart):
    """A new layer of what the model attended to with these words of the prompt."""

    op: Literal["words"] = "words"
    words: list[Name] = Field(min_length=1, max_length=32)
    name: Name | None = Field(default=None, description="without: the words")
    near: float | None = Field(default=None, ge=0, le=1)


class MergeEdit(EditPart):
    """Several layers become the first of them, at the place of the nearest."""

    op: Literal["merge"] = "merge"
    layers: list[LayerName] = Field(min_length=2, max_length=64)
    name: Name | None = Field(default=None, description="without: the first one's")


class PartStrokes(EditPart):
    """One part of a layer that is split."""

    name: Name
    strokes: Strokes


class SplitEdit(EditPart):
    """A layer becomes several: the parts that hang together, or those that were stroked.

    The largest part keeps the layer's id.
    """

    op: Literal["split"] = "split"
    layer: LayerName
    parts: list[PartStrokes] = Field(
        default=[], max_length=16, description="without: what does not hang together"
    )

    @model_validator(mode="after")
    def _two_parts(self) -> Self:
        if len(self.parts) == 1:
            raise PydanticCustomError(
                "split.one_part", "One part alone splits nothing: stroke at least two."
            )
        return self


class RenameEdit(EditPart):
    """The layer's name; its id stays, so that it is updated in place."""

    op: Literal["rename"] = "rename"
    layer: LayerName
    name: Name


class OrderEdit(EditPart):
    """The layer's place in the stack, just before or just behind another one."""

    op: Literal["order"] = "order"
    layer: LayerName
    in_front_of: LayerName | None = None
    behind: LayerName | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.in_front_of is None) == (self.behind is None):
            raise PydanticCustomError("order.one", "Give either in_front_of or behind.")
        return self


class NearEdit(EditPart):
    """How near the layer is to the camera; its place in the stack follows."""

    op: Literal["near"] = "near"
    layer: LayerName
    nearness: float = Field(ge=0, le=1, description="0 far, 1 near")


class KindEdit(EditPart):
    """What the layer shows."""

    op: Literal["kind"] = "kind"
    layer: LayerName
    kind: LayerKind


class FillEdit(EditPart):
    """What nearer layers hide of the layer is filled again."""

    op: Literal["fill"] = "fill"
    layer: LayerName = "background"
    seed: int = Field(default=1, ge=0, le=2**32 - 1, description="another one fills differently")


LayerEdit = Annotated[
    KeepEdit | RemoveEdit | BoxEdit | MatteEdit | NewEdit | WordsEdit | MergeEdit | SplitEdit
    | RenameEdit | OrderEdit | NearEdit | KindEdit | FillEdit,
    Field(discriminator="op"),
]  # fmt: skip
EditList = Annotated[list[LayerEdit], Field(max_length=MOST_EDITS)]


class LeftEdits(EditPart):
    """Edits of a picture that this shot no longer has."""

    picture: str = Field(description="the fingerprint of the picture that they were made on")
    edits: EditList


class ShotEdits(EditPart):
    """A storyboard's word on what hands have changed in a shot."""

    edits: EditList = Field(default=[], description="in their order")
    undone: EditList = Field(default=[], description="that can be done again, the next one last")
    picture: str | None = Field(
        default=None, description="the fingerprint of the picture that they were made on"
    )
