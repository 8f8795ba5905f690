"""The models that shots are made with: chosen once, loaded at the first shot that needs them."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from multiplane.models import load
from multiplane.models.fingerprint import fingerprint
from multiplane.models.loras import wear
from multiplane.models.machine import look_at_machine
from multiplane.models.memory import MemoryPlan
from multiplane.models.places import reading, require, require_all, require_together
from multiplane.models.profiles import DepthProfile, ModelProfile
from multiplane.models.room import has_room_beside
from multiplane.models.vision.load import load_vision

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from multiplane.models.facts import VisionProfile
    from multiplane.models.load import DepthModel, Painter
    from multiplane.models.lora_file import Lora


class Studio:
    """A picture model, a depth model and what cutters beside attention need, on a device.

    model, depth: names of profiles, paths of model folders, or "auto" for the best that is
    installed and fits the memory. device: "auto", "cpu", "cuda", "cuda:1", "mps". Choosing and
    fingerprinting read small files only; weights are loaded when first asked for, and once.
    """

    def __init__(self, model: str = "auto", depth: str = "auto", device: str = "auto") -> None:
        self._model, self._depth, self._device = model, depth, device
        self._lock = threading.RLock()
        self._lacks, self._begun = 0, False
        self._visions: dict[VisionProfile, Any] = {}
        self._vision_weights: dict[VisionProfile, str] = {}
        self._worn: tuple[Lora, ...] = ()  # by the picture model

    @property
    def chooses_model(self) -> bool:
        """Whether nobody named the picture model."""
        return self._model == load.AUTO

    def check(self, *, painter: bool = True, beside: Sequence[VisionProfile] = ()) -> None:
        """See that the models are known and on this computer, without loading them.

        painter: whether the picture model is needed. beside: further models. Raises InputError
        `models.unknown`, Failure `models.missing` for all that are not.
        """
        painters = (self.profile,) if painter else ()
        require_together([*painters, self.depth_profile, *beside])

    def show(self, picture: NDArray[np.uint8]) -> None:
        """A drawing (H, W, 3) is about to be cut; whoever watches the studio sees it."""

    @cached_property
    def chosen(self) -> load.Choice:
        """The picture model, and why it is this one. Raises as `models.load.chosen`."""
        return load.chosen(self._model, self._device)

    @property
    def profile(self) -> ModelProfile:
        """Facts of the picture model. Raises as `chosen`."""
        return self.chosen.profile

    @property
    def lacks(self) -> int:
        """How often memory has run out with the picture model: so many memory plans are passed."""
        return self._lacks

    def lay_out(self, lacks: int) -> None:
        """Load the picture model as if memory had run out so often. Without effect once loaded."""
        self._lacks = lacks

    def next_plan(self) -> MemoryPlan | None:
        """After memory has run out with the picture model: the plan that it is loaded with next.

        The loaded model goes. None, and nothing changes, where it was never loaded or no plan is
        left. Raises as `models.load.plans_for`.
        """
        with self._lock:
            if not self._begun:
                return None
            self._unload()
            facts = self.profile if self.profile.reader is None else self.reading_profile
            fitting = load.plans_for(facts, look_at_machine(self._device))
            if self._lacks + 1 >= len(fitting):
                return None
            self._lacks += 1
            return fitting[self._lacks]

    def _unload(self) -> None:
        for name in ("_painter", "_reading"):
            self.__dict__.pop(name, None)
        self._worn = ()
        load.free_memory()

    @cached_property
    def reading_profile(self) -> ModelProfile:
        """Facts of what reads drawings: the picture model's reader, or itself.

        Raises as `models.places.reading`.
        """
        return reading(self.profile)

    @cached_property
    def depth_profile(self) -> DepthProfile:
        """Facts of the depth model. Raises as `models.load.choose_depth`."""
        return load.choose_depth(self._depth)

    @cached_property
    def picture_weights(self) -> str:
        """Fingerprint of the picture model's files. Raises Failure `models.missing`."""
        return fingerprint(require(self.profile), without=self.profile.reader)

    @cached_property
    def reading_weights(self) -> str:
        """Fingerprint of the files that drawings are read by. Raises Failure `models.missing`."""
        folder = require(self.profile)
        if self.profile.reader is None:
            return self.picture_weights
        return fingerprint(folder / self.profile.reader) + fingerprint(folder / "vae")

    @cached_property
    def depth_weights(self) -> str:
        """Fingerprint of the depth model's files. Raises Failure `models.missing`."""
        return fingerprint(require(self.depth_profile))

    def vision_weights(self, wanted: VisionProfile) -> str:
        """Fingerprint of the files of the model, and of the one that it changes.

        Raises Failure `models.missing`.
        """
        if wanted not in self._vision_weights:
            self._vision_weights[wanted] = " ".join(map(fingerprint, require_all(wanted)))
        return self._vision_weights[wanted]

    def vision(self, wanted: VisionProfile) -> Any:
        """The loaded model. Raises as `models.vision.load.load_vision`."""
        with self._lock:
            if wanted not in self._visions:
                self._visions[wanted] = load_vision(wanted, self._device)
            return self._visions[wanted]

    @property
    def painter(self) -> Painter:
        """The loaded picture model as it is. Raises as `models.load.load_painter`."""
        return self.painter_with(())

    def painter_with(self, loras: tuple[Lora, ...]) -> Painter:
        """The loaded picture model with these LoRAs on it, until it is asked for with others.

        Raises as `models.load.load_painter` and `models.loras.wear`.
        """
        with self._lock:
            painter = self._painter
            if loras != self._worn:
                self._worn = ()
                wear(painter, loras)
                self._worn = loras
            return painter

    def has_room_beside(self) -> bool:
        """Whether the picture model is loaded, and memory allows it to paint beside another shot.

        Raises as `models.load.plans_for`.
        """
        painter = self.__dict__.get("_painter")
        return painter is not None and has_room_beside(painter)

    @contextlib.contextmanager
    def painting_ahead(self, shot: str) -> Iterator[None]:
        """Within, this thread paints for the shot of this id, which is not being made yet."""
        yield

    @property
    def reading(self) -> Painter:
        """The loaded model that drawings are read by; the picture model itself without a reader.

        Raises as `models.load.load_reading`.
        """
        with self._lock:
            return self.painter if self.profile.reader is None else self._reading

    @property
    def depth_model(self) -> DepthModel:
        """The loaded depth model. Raises as `models.load.load_depth`."""
        with self._lock:
            return self._depth_model

    @cached_property
    def _painter(self) -> Painter:
        self._begun = True
        return load.load_painter(self.profile, self._device, lacks=self._lacks)

    @cached_property
    def _reading(self) -> Painter:
        self._begun = True
        return load.load_reading(self.profile, self._device, lacks=self._lacks)

    @cached_property
    def _depth_model(self) -> DepthModel:
        return load.load_depth(self.depth_profile, self._device)
