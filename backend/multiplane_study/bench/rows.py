"""The methods that are measured on the same pictures in the same run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from multiplane.models import places
from multiplane.models.facts import VisionProfile
from multiplane.models.fingerprint import fingerprint
from multiplane.models.vision.profiles import vision_profile
from multiplane_study.bench import attention_rows, box_rows, vision_rows
from multiplane_study.bench.answer import Answer
from multiplane_study.bench.look import Look

if TYPE_CHECKING:
    from multiplane.models.load import Painter

OURS = "ours"
_BOXED = "given the true boxes"
_SAME = "by the same weights as ours"


@dataclass(frozen=True)
class Row:
    """A method. missing: why it cannot run here; note: what it is given, or comes of.

    noisy: whether the noise's seed changes what it answers. weights: what identifies those that it
    has beside the run's models.
    """

    name: str
    title: str
    cut: Callable[[Look], Answer]
    note: str = ""
    missing: str | None = None
    noisy: bool = True
    weights: str = ""


@dataclass(frozen=True)
class VisionRow:
    """A method by models beside the picture model, which may not be on this computer.

    make: the method, of the loaded models in the order of `models`. noisy: as in `Row`.
    """

    name: str
    title: str
    models: tuple[str, ...]
    make: Callable[..., Callable[[Look], Answer]]
    note: str = ""
    noisy: bool = False


@dataclass(frozen=True)
class Beside:
    """Another picture model. weights: what identifies it."""

    name: str
    painter: Painter
    weights: str


VISION_ROWS: tuple[VisionRow, ...] = (
    VisionRow(
        "sam-2-point", "SAM 2, point at the picture's centre", ("sam-2.1-tiny",),
        vision_rows.sam_centre, "the paper's row",
    ),
    VisionRow(
        "ours-sam-2", "Multiplane, refined by SAM 2", ("sam-2.1-tiny",), vision_rows.ours_refined,
        "the paper's row for photographs", noisy=True,
    ),
    VisionRow("sam-2-box", "SAM 2, box", ("sam-2.1-tiny",), vision_rows.true_boxes, _BOXED),
    VisionRow("sam-clip", "SAM 2 + CLIP", ("sam-2.1-tiny", "clipseg"), vision_rows.sam_clip,
              "CLIP is that in CLIPSeg"),
    VisionRow("clipseg", "CLIPSeg", ("clipseg",), vision_rows.soft_masks),
    VisionRow(
        "grounding-dino-sam-2", "Grounding DINO + SAM 2", ("grounding-dino-tiny", "sam-2.1-tiny"),
        vision_rows.boxes_and_masks,
    ),
    VisionRow(
        "layered", "Qwen-Image-Layered", ("qwen-image-layered",), vision_rows.layered,
        "its layers, named by our attention", noisy=True,
    ),
    VisionRow(
        "layerdiffuse", "LayerDiffuse, box", ("layerdiffuse-sdxl",), vision_rows.true_boxes,
        f"{_BOXED}; the background in them is guessed from around them",
    ),
)  # fmt: skip


def rows_for(
    load: Callable[[VisionProfile], Any],
    *,
    beside: Sequence[Beside] = (),
    profile: Callable[[str], VisionProfile] = vision_profile,
) -> Iterator[Row]:
    """All rows, ours first; a model that is not there is named and how to get it.

    load: a vision model of a profile; profile: of its name. beside: other picture models, which cut
    by our method and by the paper's too.
    """
    yield Row(OURS, "Multiplane", attention_rows.ours)
    for other in beside:
        name, painter = other.name, other.painter
        yield Row(
            f"ours:{name}", f"Multiplane on {name}", attention_rows.ours_by(painter),
            "our method on other weights", weights=other.weights,
        )  # fmt: skip
        yield Row(
            f"paper:{name}", f"the paper's method on {name}", attention_rows.paper_by(painter),
            "on the same weights", weights=other.weights,
        )  # fmt: skip
    yield Row("paper", "the paper's method", attention_rows.paper, _SAME)
    yield Row("daam", "DAAM-style", attention_rows.daam, _SAME)
    yield Row("single-layer", "one block's attention, raw", attention_rows.single_layer, _SAME)
    yield Row("grabcut", "GrabCut", box_rows.grabcut, _BOXED, noisy=False)
    yield Row("slic", "SLIC + colour", box_rows.slic_colour, _BOXED, noisy=False)
    for one in VISION_ROWS:
        profiles = [profile(name) for name in one.models]
        absent = [known.name for known in profiles if not places.all_here(known)]
        if absent:
            pulls = ", ".join(f"`multiplane models pull {name}`" for name in absent)
            missing = f"weights absent, {pulls}"
            yield Row(one.name, one.title, _nothing, one.note, missing, one.noisy)
        else:
            found = [folder for known in profiles for folder in places.require_all(known)]
            weights = " ".join(map(fingerprint, found))
            yield Row(
                one.name, one.title, one.make(*map(load, profiles)), one.note,
                noisy=one.noisy, weights=weights,
            )  # fmt: skip


def _nothing(look: Look) -> Answer:
    raise ValueError("this row's weights are absent")
