"""The worker's models: laid out in memory as the server says, watched while they paint."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from PIL import Image

from multiplane.contract.frames import PreviewInfo, pack_preview
from multiplane.models import load
from multiplane.models.step_preview import StepPreview, step_previews
from multiplane.produce.studio import Studio
from multiplane.server.workers.worker.link import Link
from multiplane.server.workers.worker.messages import PainterLoads, Preview

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from multiplane.models.load import Painter

_JPEG_QUALITY = 85
_LONG_SIDE = 512
"""px, of a picture that is shown."""


class WorkerStudio(Studio):
    """A Studio whose pictures can be seen while they are painted."""

    def __init__(self, model: str, depth: str, device: str, *, link: Link) -> None:
        super().__init__(model, depth, device)
        self._plan, self._link = 0, link
        self._shown: tuple[str, str] | None = None  # job and shot
        self._watched: contextlib.ExitStack | None = None

    def lay_out(self, plan: int) -> None:
        """Load the picture model more sparingly by `plan`: how often memory ran out before.

        Without effect once it is loaded.
        """
        self._plan = plan

    @contextlib.contextmanager
    def showing(self, job: str, shot: str) -> Iterator[None]:
        """Previews sent within belong to this shot."""
        self._shown = (job, shot)
        try:
            yield
        finally:
            self._shown = None
            if self._watched is not None:
                self._watched.close()
                self._watched = None

    @property
    def painter(self) -> Painter:
        painter = super().painter
        if self._shown is not None and self._watched is None:
            self._watched = contextlib.ExitStack()
            wanted = self._link.previews_wanted
            self._watched.enter_context(step_previews(painter, self._show, wanted=wanted))
        return painter

    def show(self, picture: NDArray[np.uint8]) -> None:
        if self._link.previews_wanted():
            self._say(Image.fromarray(picture), 0, 0)

    def _show(self, preview: StepPreview) -> None:
        self._say(Image.fromarray(preview.picture), preview.done, preview.total)

    def _say(self, picture: Image.Image, done: int, total: int) -> None:
        """Tell who watches how the picture looks after `done` steps."""
        if self._shown is None:
            return
        job, shot = self._shown
        picture.thumbnail((_LONG_SIDE, _LONG_SIDE))
        width, height = picture.size
        info = PreviewInfo(job=job, shot=shot, done=done, total=total, width=width, height=height)
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=_JPEG_QUALITY)
        self._link.say(Preview(pack_preview(info, file.getvalue())))

    @cached_property
    def _painter(self) -> Painter:
        self._link.say(PainterLoads(self._plan))
        return load.load_painter(self.profile, self._device, lacks=self._plan)

    @cached_property
    def _reading(self) -> Painter:
        self._link.say(PainterLoads(self._plan))
        return load.load_reading(self.profile, self._device, lacks=self._plan)
