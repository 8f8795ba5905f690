"""The worker's models: laid out in memory as the server says, watched while they paint."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from multiplane.models import load
from multiplane.produce.studio import Studio
from multiplane.server.worker.link import Link

if TYPE_CHECKING:
    from multiplane.models.load import Painter


class WorkerStudio(Studio):
    """A Studio whose pictures can be seen while they are painted.

    plan: how many times memory ran out before; each time the model is laid out more sparingly.
    """

    def __init__(self, model: str, depth: str, device: str, *, plan: int, link: Link) -> None:
        super().__init__(model, depth, device)
        self._plan, self._link = plan, link
        self._shown: tuple[str, str] | None = None

    @contextlib.contextmanager
    def showing(self, job: str, shot: str) -> Iterator[None]:
        """Previews sent within belong to this shot."""
        self._shown = (job, shot)
        try:
            yield
        finally:
            self._shown = None

    @cached_property
    def _painter(self) -> Painter:
        return load.load_painter(self.profile, self._device, lacks=self._plan)
