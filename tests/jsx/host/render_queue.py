"""The render queue, and what Media Encoder is given of it. Nothing is rendered."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import py_aep
from py_aep.enums import RQItemStatus

from tests.jsx.host.bridge import ASG, HostObject, Refusal
from tests.jsx.host.files import FileModel
from tests.jsx.host.properties import one_based

TEMPLATES = {
    "H.264 - Match Render Settings - 15 Mbps": ".mp4",
    "High Quality": ".mov",
    "PNG Sequence with Alpha": "_[#####].png",
    "_HIDDEN X-Factor 8": ".avi",
}
"""Output modules of this installation, and how their files end."""
USUAL = "High Quality"


class QueueModel:
    """The queue of a project; ``sent``: what Media Encoder got, and whether it began at once."""

    def __init__(self) -> None:
        self.items: list[ItemModel] = []
        self.sent: list[tuple[list[ItemModel], bool]] = []
        self.has_encoder = True

    def waiting(self) -> list[ItemModel]:
        return [one for one in self.items if one.status == RQItemStatus.QUEUED]


class ItemModel:
    def __init__(self, queue: QueueModel, comp: Any) -> None:
        self.queue, self.comp, self.comment = queue, comp, ""
        self.status = RQItemStatus.QUEUED
        self.module = ModuleModel(comp)


class ModuleModel:
    def __init__(self, comp: Any) -> None:
        self.template = USUAL
        # After Effects fills in a name; the folder is that of the last render.
        self.file = FileModel(f"/last/render/{comp.name}{TEMPLATES[USUAL]}")


class RenderQueue(HostObject):
    READS: ClassVar[str] = "items numItems canQueueInAME rendering"
    CALLS: ClassVar[str] = "item queueInAME"

    def get_items(self) -> Any:
        return ItemsOfQueue(self.model)

    def get_num_items(self) -> int:
        return len(self.model.items)

    def get_can_queue_in_ame(self) -> bool:
        return bool(self.model.has_encoder and self.model.waiting())

    def call_item(self, index: Any) -> Any:
        return self.model.items[one_based(index, len(self.model.items), "render queue item")]

    def call_queue_in_ame(self, immediately: Any) -> bool:
        if not isinstance(immediately, bool):
            raise Refusal("queueInAME takes a boolean", ASG)
        if not self.get_can_queue_in_ame():
            raise Refusal("queueInAME: nothing in the queue is queued", ASG)
        self.model.sent.append((self.model.waiting(), immediately))
        return True


class ItemsOfQueue:
    def __init__(self, queue: QueueModel) -> None:
        self.queue = queue


class RQItemCollection(HostObject):
    READS: ClassVar[str] = "length"
    CALLS: ClassVar[str] = "add"

    def get_length(self) -> int:
        return len(self.model.queue.items)

    def call_add(self, comp: Any) -> Any:
        if not isinstance(comp, py_aep.CompItem):
            raise Refusal("the render queue takes compositions", ASG)
        item = ItemModel(self.model.queue, comp)
        self.model.queue.items.append(item)
        return item


class RenderQueueItem(HostObject):
    READS: ClassVar[str] = "comp status numOutputModules"
    WRITES: ClassVar[str] = "render comment"
    CALLS: ClassVar[str] = "outputModule remove"

    def get_num_output_modules(self) -> int:
        return 1

    def get_render(self) -> bool:
        return bool(self.model.status == RQItemStatus.QUEUED)

    def set_render(self, value: Any) -> None:
        if self.model.status not in (RQItemStatus.QUEUED, RQItemStatus.UNQUEUED):
            raise Refusal("render: the item was rendered already", ASG)
        self.model.status = RQItemStatus.QUEUED if value else RQItemStatus.UNQUEUED

    def call_output_module(self, index: Any) -> Any:
        one_based(index, 1, "output module")
        return self.model.module

    def call_remove(self) -> None:
        self.model.queue.items.remove(self.model)
        self.host.forget(self.model)


class OutputModule(HostObject):
    READS: ClassVar[str] = "name templates"
    WRITES: ClassVar[str] = "file"
    CALLS: ClassVar[str] = "applyTemplate"

    def get_templates(self) -> Any:
        return list(TEMPLATES)

    def get_name(self) -> str:
        return str(self.model.template)

    def set_file(self, file: Any) -> None:
        if not isinstance(file, FileModel):
            raise Refusal("file takes a File", ASG)
        if not Path(self.host.path_of(file)).parent.is_dir():
            raise Refusal(f"the folder of {file.path} does not exist", ASG)
        self.model.file = file

    def call_apply_template(self, name: Any) -> None:
        if name not in TEMPLATES:
            raise Refusal(f"there is no output module {name}", ASG)
        self.model.template = name
        stem = self.model.file.path.rpartition(".")[0]
        self.model.file = FileModel(stem + TEMPLATES[name])
