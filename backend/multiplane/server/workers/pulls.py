"""Downloads of models: one at a time, each in a process of its own that may be ended any time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from multiplane.contract.document import ErrorEntry
from multiplane.contract.errors import Failure, InputError, MultiplaneError
from multiplane.contract.events import Log
from multiplane.contract.known_names import unknown_name
from multiplane.contract.messages_common import ModelView
from multiplane.server.jobs.catalogue import models
from multiplane.server.jobs.hub import Hub
from multiplane.server.workers.utility_worker import UtilityWorker
from multiplane.server.workers.worker.messages import Pull


class Pulls:
    """The models that are being downloaded."""

    def __init__(self, hub: Hub, log: Path) -> None:
        self._hub, self._log = hub, log
        self._running: dict[str, asyncio.Task[None]] = {}
        self._turn = asyncio.Lock()

    def views(self) -> list[ModelView]:
        """All models, with those that are being downloaded."""
        return [
            model.model_copy(update={"pulling": model.name in self._running}) for model in models()
        ]

    def begin(self, name: str, licence: str, licences: Mapping[str, str] | None = None) -> None:
        """Start a download, unless it runs, and before it those of the models that it needs.

        licences: of those that are not there, by their names. Raises InputError before anything
        begins; later trouble is an event.
        """
        from multiplane.models import hub

        model = self._view(name)
        _check_licence(model, licence, "licence")
        if not model.bytes:
            raise InputError(
                "models.bundled", "This model comes with Multiplane.", field="model", value=name
            )
        names = [one.name for one in hub.to_pull(name)]
        for needed in names:
            if needed != name:
                said = (licences or {}).get(needed)
                _check_licence(self._view(needed), said, f"licences.{needed}")
        for one in names:
            if one not in self._running:
                self._running[one] = asyncio.create_task(self._pull(one))

    async def stop(self, name: str) -> None:
        """End a download; its parts stay. Nothing happens when there is none."""
        self._view(name)
        task = self._running.get(name)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def remove(self, name: str) -> None:
        """Delete what was downloaded, after stopping it. Raises as `models.hub.remove`."""
        from multiplane.models import hub
        from multiplane.models.profiles import any_profile

        await self.stop(name)
        await asyncio.to_thread(hub.remove, any_profile(name))
        self._tell(name)

    async def close(self) -> None:
        for name in list(self._running):
            await self.stop(name)

    async def _pull(self, name: str) -> None:
        error: MultiplaneError | None = None
        worker = UtilityWorker(self._log)

        def on_bytes(done: int, total: int) -> None:
            self._tell(name, done=done, total=total)

        def on_line(line: Log) -> None:
            self._hub.say(line.level, f"{name}: {line.text}")

        try:
            self._tell(name)
            async with self._turn:
                await worker.pull(Pull(name), on_bytes, on_line)
        except MultiplaneError as met:
            error = met
        finally:
            await worker.close()
            del self._running[name]
            entry = None if error is None else ErrorEntry.model_validate(error.as_dict())
            self._tell(name, error=entry)

    def _tell(self, name: str, **fields: Any) -> None:
        with contextlib.suppress(Failure, InputError):
            self._hub.model(self._view(name), **fields)

    def _view(self, name: str) -> ModelView:
        found = {model.name: model for model in self.views()}
        if name not in found:
            raise unknown_name("models.unknown", "model", name, list(found), field="model")
        return found[name]


def _check_licence(model: ModelView, said: str | None, field: str) -> None:
    """See that the user was shown the licence of a model that is downloaded."""
    if said == model.licence:
        return
    raise InputError(
        "models.licence",
        "The licence of {model} is {licence}.",
        field=field,
        value=said,
        remedy="Show it first: {page}.",
        values={
            "model": model.name,
            "licence": model.licence,
            "page": model.licence_url or model.licence,
        },
    )
