"""What is known about a model, as data.

A profile holds facts only: where the weights come from, under which licence, how the model likes
to be run, and where in it attention is best read. It has no code of its own: what an architecture
does differently is in its family's file (`multiplane.models.families`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from multiplane.models.calibration import Calibration

BUNDLED = Path(__file__).parent / "bundled"

_GIB = 1024**3
_BYTES_PER_VALUE = {"float32": 4, "float16": 2, "bfloat16": 2}


def bytes_of(dtype: str) -> int:
    """Of a value in torch's `dtype`."""
    return _BYTES_PER_VALUE[dtype]


@dataclass(frozen=True)
class CaptureChoice:
    """Where a model's attention says most about what is where."""

    blocks: tuple[int, ...]  # indices into the blocks that the family's layout lists
    sigma_low: float  # noise levels that count, 0 = picture, 1 = noise
    sigma_high: float
    hops: int = 2  # times the maps go through image-to-image attention
    sharpness: float = 1.0  # factor on the logits of that image-to-image attention
    background_floor: float = 0.0  # least share of the background channel, 0..1
    decompose_sigma: float = 0.5  # noise put on a drawing before its single pass
    draws: int = 1  # noise draws averaged for a drawing
    source: str = ""  # who found that these are good, and on what
    # per block what each head's attention to words counts, as `CapturePlan` has it
    head_weights: tuple[tuple[int, tuple[float, ...]], ...] = ()


@dataclass(frozen=True)
class Variant:
    """The same model with its weights in fewer bits, as somebody publishes it.

    file: of `repository`, the denoiser in GGUF; the rest comes from the model's own repository.
    Without one `repository` holds the whole pipeline.
    """

    name: str
    repository: str
    bits: float  # that a value takes
    package: str  # that reads it, see `multiplane.models.quantisers`
    licence: str
    source: str  # who says that it is there, and what nobody here could look up
    file: str | None = None


@dataclass(frozen=True)
class ModelProfile:
    """A text-to-image model, and how to run it."""

    name: str
    title: str
    licence: str
    family: str  # whose name a `PipelineFamily` has
    steps: int
    guidance: float  # as the family's pipeline counts it
    native_short_side: int  # px
    capture: CaptureChoice
    parameters: Mapping[str, int] = field(hash=False)  # values per component of the pipeline
    repository: str | None = None  # on the Hugging Face hub; None = not to be pulled
    folder: Path | None = None  # a fixed place, for the bundled model and for a folder of one's own
    licence_url: str = ""
    download_bytes: int = 0
    size_multiple: int = 16  # px; the pipeline refuses other sizes
    longest_aspect: float = 2.5  # beyond it the long side is held and the short side shrinks
    dtype_on_accelerator: str = "bfloat16"
    cpu_threads: int | None = None  # None: as many as PyTorch takes
    working_gb: float = 1.0  # activations and text features on top of the weights, in GiB
    max_text_tokens: int = 512
    style_names: Mapping[str, str] = field(default_factory=dict, hash=False)  # short -> taught
    takes: int = 1  # how often a shot is tried before the clearest try is painted
    take_steps: int = 8  # of such a try
    # Subfolder with weights that drawings are read by, a pipeline of the same family that shares
    # this model's autoencoder and has a profile.json of its own. None: it reads what it paints by.
    reader: str | None = None
    cutter: str = "attention"  # that cuts its pictures where nobody names one, see `layers.cutters`
    known_words: frozenset[str] = frozenset()  # of a small model, see `known_words`; empty: no list
    calibration: Calibration | None = field(
        default=None, hash=False
    )  # None: its confidence is a rule of thumb
    variants: tuple[Variant, ...] = ()  # best first
    about: str = ""
    version: str = "1"
    rank: int = 0  # `--model auto` takes the highest that is installed and fits

    def dtype(self, device: str) -> str:
        """float32 on a CPU; on a GPU what the profile names (`dtype_on_accelerator`)."""
        return "float32" if device == "cpu" else self.dtype_on_accelerator

    def memory_gb(self, dtype: str) -> float:
        """Memory for the whole pipeline at once, in GiB: weights in `dtype` plus activations."""
        weights = sum(self.parameters.values()) * _BYTES_PER_VALUE[dtype] / _GIB
        return weights + self.working_gb

    def style_words(self, style: str | None) -> str:
        """The style as the model was taught to call it; "" for none."""
        style = " ".join((style or "").split())
        return self.style_names.get(style.casefold().replace("_", " "), style)


@dataclass(frozen=True, kw_only=True)
class LookingProfile:
    """A model that looks at pictures and paints none."""

    name: str
    title: str
    licence: str
    parameters: Mapping[str, int] = field(hash=False)
    repository: str | None = None
    folder: Path | None = None
    licence_url: str = ""
    download_bytes: int = 0
    working_gb: float = 0.5  # GiB
    dtype_on_accelerator: str = "float32"
    about: str = ""
    version: str = "1"
    rank: int = 0

    def dtype(self, device: str) -> str:
        """As `ModelProfile.dtype`."""
        return "float32" if device == "cpu" else self.dtype_on_accelerator

    def memory_gb(self, dtype: str) -> float:
        """Memory for the model and its activations, in GiB."""
        return sum(self.parameters.values()) * _BYTES_PER_VALUE[dtype] / _GIB + self.working_gb


@dataclass(frozen=True, kw_only=True)
class DepthProfile(LookingProfile):
    """A monocular depth model.

    trust: 0..1, what it counts against the subjects' outlines when they are put in order.
    """

    trust: float = 1.0


class VisionRole(StrEnum):
    """What a model that looks at pictures makes of them."""

    SEGMENTER = "segmenter"  # words to one soft mask each
    FINDER = "finder"  # words to a mask for each of the things that they mean
    DETECTOR = "detector"  # words to boxes
    MASKER = "masker"  # boxes and points to masks
    MATTER = "matter"  # masks to soft mattes
    LAYERER = "layerer"  # a picture to layers, whatever the words
    COMPARER = "comparer"  # a cut out subject to features that tell how like another it is


@dataclass(frozen=True, kw_only=True)
class VisionProfile(LookingProfile):
    """A model that the cutters beside attention use, or that compares what was cut out.

    pipeline: the facts of a pipeline of diffusers, where it runs one; it is laid out by memory
    plans as those that paint are. files: all that is taken of the repository; empty: what a whole
    model has. upon: the model that paints whose weights those files change: it must be there too,
    and is pulled with it.
    """

    architecture: str  # whose loader `models.vision.load` has
    role: VisionRole
    packages: tuple[str, ...] = ()  # that it needs beside Multiplane's own
    pipeline: ModelProfile | None = None
    files: tuple[str, ...] = ()
    upon: ModelProfile | None = None


AnyProfile = ModelProfile | DepthProfile | VisionProfile
