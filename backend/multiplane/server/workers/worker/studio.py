"""The worker's models: laid out in memory as the server says, watched while they paint."""

from __future__ import annotations

import contextlib
import io
import threading
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from PIL import Image

from multiplane.contract.events import Log
from multiplane.contract.frames import PreviewInfo, pack_preview
from multiplane.models import load
from multiplane.models.machine import look_at_machine
from multiplane.models.step_preview import StepPreview, step_previews
from multiplane.produce.studio import Studio
from multiplane.server.workers.worker.link import Link
from multiplane.server.workers.worker.messages import PainterLoads, Preview, Progressed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from multiplane.models.load import Painter
    from multiplane.models.lora_file import Lora
    from multiplane.models.profiles import ModelProfile

_JPEG_QUALITY = 85
_LONG_SIDE = 512
"""px, of a picture that is shown."""


class _Here(threading.local):
    """What a thread paints ahead, if it does."""

    ahead: str | None = None
    watched: contextlib.ExitStack


class WorkerStudio(Studio):
    """A Studio whose pictures can be seen while they are painted."""

    def __init__(self, model: str, depth: str, device: str, *, link: Link) -> None:
        super().__init__(model, depth, device)
        self._link = link
        self._shown: tuple[str, str] | None = None  # job and shot
        self._watched: contextlib.ExitStack | None = None
        self._here = _Here()

    @contextlib.contextmanager
    def showing(self, job: str, shot: str) -> Iterator[None]:
        """Previews sent within belong to this shot."""
        self._shown = (job, shot)
        try:
            yield
        finally:
            self._shown = None
            self._unwatch()

    @contextlib.contextmanager
    def painting_ahead(self, shot: str) -> Iterator[None]:
        """Previews of what this thread paints are sent from when the shot is the shown one."""
        self._unwatch()  # the shot that is made now needs the picture model no more
        with contextlib.ExitStack() as watched:
            self._here.ahead, self._here.watched = shot, watched
            try:
                yield
            finally:
                self._here.ahead = None

    def _unwatch(self) -> None:
        watched, self._watched = self._watched, None
        if watched is not None:
            watched.close()

    def painter_with(self, loras: tuple[Lora, ...]) -> Painter:
        painter = super().painter_with(loras)
        ahead = self._here.ahead
        if ahead is not None:

            def wanted_now() -> bool:
                return self._link.previews_wanted() and self._shows(ahead)

            self._here.watched.enter_context(step_previews(painter, self._show, wanted=wanted_now))
        elif self._shown is not None and self._watched is None:
            self._watched = contextlib.ExitStack()
            wanted = self._link.previews_wanted
            self._watched.enter_context(step_previews(painter, self._show, wanted=wanted))
        return painter

    def _shows(self, shot: str) -> bool:
        shown = self._shown
        return shown is not None and shown[1] == shot

    def show(self, picture: NDArray[np.uint8]) -> None:
        if self._link.previews_wanted():
            self._say(Image.fromarray(picture), 0, 0)

    def _show(self, preview: StepPreview) -> None:
        self._say(Image.fromarray(preview.picture), preview.done, preview.total)

    def _say(self, picture: Image.Image, done: int, total: int) -> None:
        """Tell who watches how the picture looks after `done` steps."""
        shown = self._shown
        if shown is None:
            return
        job, shot = shown
        picture.thumbnail((_LONG_SIDE, _LONG_SIDE))
        width, height = picture.size
        info = PreviewInfo(job=job, shot=shot, done=done, total=total, width=width, height=height)
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=_JPEG_QUALITY)
        self._link.say(Preview(pack_preview(info, file.getvalue())))

    @cached_property
    def _painter(self) -> Painter:
        return self._told(self.profile, load.load_painter)

    @cached_property
    def _reading(self) -> Painter:
        return self._told(self.reading_profile, load.load_reading)

    def _told(self, facts: ModelProfile, loaded: Callable[..., Painter]) -> Painter:
        """Load the model, and tell the server with which of its memory plans."""
        fitting = load.plans_for(facts, look_at_machine(self._device))
        self._link.say(PainterLoads(self.lacks, len(fitting)))
        if 0 < self.lacks < len(fitting):
            said = f"{facts.name} is loaded with {fitting[self.lacks].in_words()}."
            shot = None if self._shown is None else self._shown[1]
            self._link.say(Progressed(Log(level="warning", text=said, shot_id=shot)))
        return loaded(self.profile, self._device, lacks=self.lacks)
