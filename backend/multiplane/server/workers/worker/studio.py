"""The worker's models: laid out in memory as the server says, watched while they paint."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from multiplane.contract.frames import PreviewInfo, pack_preview
from multiplane.models import load
from multiplane.models.step_preview import StepPreview, step_previews
from multiplane.produce.studio import Studio
from multiplane.server.workers.worker.link import Link
from multiplane.server.workers.worker.messages import PainterLoads, Preview

if TYPE_CHECKING:
    from multiplane.models.load import Painter

_JPEG_QUALITY = 85


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

    def _show(self, preview: StepPreview) -> None:
        from PIL import Image

        if self._shown is None:
            return
        job, shot = self._shown
        height, width = preview.picture.shape[:2]
        info = PreviewInfo(
            job=job, shot=shot, done=preview.done, total=preview.total, width=width, height=height
        )
        file = io.BytesIO()
        Image.fromarray(preview.picture).save(file, "JPEG", quality=_JPEG_QUALITY)
        self._link.say(Preview(pack_preview(info, file.getvalue())))

    @cached_property
    def _painter(self) -> Painter:
        self._link.say(PainterLoads(self._plan))
        return load.load_painter(self.profile, self._device, lacks=self._plan)

    @cached_property
    def _reading(self) -> Painter:
        self._link.say(PainterLoads(self._plan))
        return load.load_reading(self.profile, self._device, lacks=self._plan)
