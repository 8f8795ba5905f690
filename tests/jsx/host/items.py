"""The application, the project and what lies in its panel."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import py_aep
from py_aep import AlphaMode, ImportAsType, Label

from tests.jsx.host.bridge import ASG, PYA, REF, HostObject, Refusal
from tests.jsx.host.files import FileModel
from tests.jsx.host.properties import HIGHEST_LABEL, one_based

LONGEST_NAME = 255
LONGEST_COMMENT = 15_999
STILLS, SOUNDS = (".png", ".psd"), (".wav", ".mp3", ".aif", ".aiff", ".m4a")


def checked_name(name: Any) -> str:
    """A name for an item or layer, or a refusal."""
    if not isinstance(name, str) or len(name.encode("utf-8", "surrogatepass")) > LONGEST_NAME:
        raise Refusal(f"names are texts of at most {LONGEST_NAME} bytes", REF)
    name.encode("utf-8")  # half a character
    return name


def checked_label(label: Any) -> Label:
    if not isinstance(label, int) or isinstance(label, bool) or not 0 <= label <= HIGHEST_LABEL:
        raise Refusal(f"label {label} is out of range 0 to {HIGHEST_LABEL}", ASG)
    return Label(label)


class Application(HostObject):
    READS: ClassVar[str] = "version buildName isoLanguage project preferences"
    CALLS: ClassVar[str] = (
        "beginUndoGroup endUndoGroup beginSuppressDialogs endSuppressDialogs newProject"
    )

    def get_version(self) -> str:
        return self.host.version

    def get_build_name(self) -> str:
        return self.host.version

    def get_iso_language(self) -> str:
        return "de_DE" if self.host.localised else "en_US"

    def get_project(self) -> Any:
        return self.host.project

    def get_preferences(self) -> Any:
        return self.host.preferences

    def call_begin_undo_group(self, name: Any) -> None:
        if not isinstance(name, str) or not name:
            raise Refusal("beginUndoGroup takes a name", ASG)
        self.host.undo_depth += 1
        self.host.undo_names.append(name)

    def call_end_undo_group(self) -> None:
        if self.host.undo_depth == 0:
            raise Refusal("Undo group mismatch", ERG_UNDO)
        self.host.undo_depth -= 1

    def call_begin_suppress_dialogs(self) -> None:
        self.host.quiet_depth += 1

    def call_end_suppress_dialogs(self, alert: Any) -> None:
        if not isinstance(alert, bool):
            raise Refusal("endSuppressDialogs takes a boolean", ASG)
        self.host.quiet_depth -= 1


ERG_UNDO = f"{REF}: an undo group left open raises Undo group mismatch"


class Preferences(HostObject):
    CALLS: ClassVar[str] = "getPrefAsLong havePref"

    def call_get_pref_as_long(self, section: str, key: str, *kind: int) -> int:
        if key == "Pref_SCRIPTING_FILE_NETWORK_SECURITY":
            return int(self.host.may_write)
        raise Refusal(f"there is no preference {section}/{key}", ASG)

    def call_have_pref(self, section: str, key: str, *kind: int) -> bool:
        return key == "Pref_SCRIPTING_FILE_NETWORK_SECURITY"


class Project(HostObject):
    READS: ClassVar[str] = "file rootFolder items numItems activeItem renderQueue"
    CALLS: ClassVar[str] = "item itemByID importFile save"

    def get_file(self) -> Any:
        return FileModel(str(self.host.saved_as)) if self.host.saved_as else None

    def get_render_queue(self) -> Any:
        return self.host.render_queue

    def get_active_item(self) -> Any:
        return self.host.viewer

    def get_items(self) -> Any:
        return ItemsOf(self.host.project)

    def call_item(self, index: Any) -> Any:
        items = self.host.item_list()
        return items[one_based(index, len(items), "item")]

    def get_num_items(self) -> int:
        return len(self.host.item_list())

    def call_item_by_id(self, number: Any) -> Any:
        found = self.model.items.get(number)
        if found is None or number == 0:
            raise Refusal(f"there is no item with the id {number}", ASG)
        return found

    def call_import_file(self, options: Any) -> Any:
        if not isinstance(options, ImportModel):
            raise Refusal("importFile takes ImportOptions", ASG)
        path = self.host.path_of(options.file)
        if not path.is_file():
            raise Refusal(f"file {path} does not exist", ASG)
        if options.sequence is None:
            raise Refusal("sequence was not set: the import dialog's last choice would count", REF)
        given = py_aep.ImportOptions(path)
        if options.import_as is not None and not given.can_import_as(options.import_as):
            raise Refusal(f"{path.name} cannot be imported in this way", ASG)
        given.sequence = options.sequence
        item = self.model.import_file(given)
        self.host.imported.append(path)
        return item

    def call_save(self, file: Any = None) -> None:
        if file is None and self.host.saved_as is None:
            raise Refusal("save() without a file opens a dialog for a new project", ASG)
        self.host.save(self.host.path_of(file) if file is not None else self.host.saved_as)


class ItemsOf:
    """The items of a project (all of them) or of a folder."""

    def __init__(self, owner: Any) -> None:
        self.owner = owner


class ItemCollection(HostObject):
    READS: ClassVar[str] = "length"
    CALLS: ClassVar[str] = "addFolder addComp"

    def _folder(self) -> Any:
        owner = self.model.owner
        return owner if isinstance(owner, py_aep.FolderItem) else owner.root_folder

    def _list(self) -> list[Any]:
        owner = self.model.owner
        return list(owner.items) if isinstance(owner, py_aep.FolderItem) else self.host.item_list()

    def get_length(self) -> int:
        return len(self._list())

    def get(self, name: str) -> Any:
        if name.lstrip("-").isdigit():
            items = self._list()
            return items[one_based(int(name), len(items), "item")]
        return super().get(name)

    def call_add_folder(self, name: Any) -> Any:
        return self._folder().add_folder(checked_name(name))

    def call_add_comp(
        self, name: Any, width: Any, height: Any, aspect: Any, duration: Any, rate: Any
    ) -> Any:
        for value, low, high, what in (
            (width, 4, 30_000, "width"),
            (height, 4, 30_000, "height"),
            (aspect, 0.01, 100, "pixel aspect"),
            (duration, 0, 10_800, "duration"),
            (rate, 1, 99, "frame rate"),
        ):
            if not isinstance(value, int | float) or not low <= value <= high:
                raise Refusal(f"addComp: {what} {value} is out of range {low} to {high}", ASG)
        if width != int(width) or height != int(height):
            raise Refusal("addComp: sizes are whole pixels", ASG)
        comp = self._folder().add_comp(
            checked_name(name), int(width), int(height), float(aspect), float(duration), float(rate)
        )
        if self.host.new_renderer is not None:
            comp.renderer = self.host.new_renderer
        return comp


class Item(HostObject):
    READS: ClassVar[str] = "id typeName"
    WRITES: ClassVar[str] = "name comment label parentFolder selected"
    CALLS: ClassVar[str] = "remove"

    def get_label(self) -> int:
        return int(self.model.label)

    def set_name(self, name: Any) -> None:
        self.model.name = checked_name(name)

    def set_label(self, label: Any) -> None:
        self.model.label = checked_label(label)

    def get_comment(self) -> str:
        return self.host.comment_of(self.model.comment)

    def set_comment(self, text: Any) -> None:
        if not isinstance(text, str) or len(text.encode()) > LONGEST_COMMENT:
            raise Refusal(f"comments are texts of at most {LONGEST_COMMENT} bytes", ASG)
        self.model.comment = text

    def set_parent_folder(self, folder: Any) -> None:
        self.model.parent_folder = folder

    def call_remove(self) -> None:
        self.model.remove()
        self.host.forget(self.model)


class FolderItem(Item):
    READS: ClassVar[str] = "items numItems"
    CALLS: ClassVar[str] = "item"

    def get_items(self) -> Any:
        return ItemsOf(self.model)

    def get_num_items(self) -> int:
        return len(self.model.items)

    def call_item(self, index: Any) -> Any:
        return self.model.items[one_based(index, len(self.model.items), "item")]


class AVItem(Item):
    READS: ClassVar[str] = (
        "width height pixelAspect duration frameRate frameDuration footageMissing hasVideo "
        "hasAudio usedIn time"
    )

    def get_frame_duration(self) -> float:
        return 1.0 / self.model.frame_rate if self.model.frame_rate else 0.0

    def get_used_in(self) -> Any:
        return list(self.model.used_in)


class FootageItem(AVItem):
    READS: ClassVar[str] = "file mainSource"
    CALLS: ClassVar[str] = "replace"

    def get_file(self) -> Any:
        return FileModel(self.host.as_seen(self.model.file)) if self.model.file else None

    def get_footage_missing(self) -> bool:
        return bool(self.model.file) and not Path(self.model.file).is_file()

    def call_replace(self, file: Any) -> None:
        if not isinstance(file, FileModel):
            raise Refusal("replace takes a File", ASG)
        path = self.host.path_of(file)
        if not path.is_file():
            raise Refusal(f"file {path} does not exist", ASG)
        # A source of another size takes the anchors of its layers along: py-aep does that.
        self.model.replace(path)


class FileSource(HostObject):
    READS: ClassVar[str] = "file hasAlpha isStill missingFootagePath"
    WRITES: ClassVar[str] = "alphaMode"
    CALLS: ClassVar[str] = "reload"

    def get_file(self) -> Any:
        return FileModel(self.host.as_seen(self.model.file)) if self.model.file else None

    def get_alpha_mode(self) -> int:
        return int(self.model.alpha_mode)

    def set_alpha_mode(self, mode: Any) -> None:
        if not self.model.has_alpha:
            raise Refusal("alphaMode: this footage has no alpha channel", ASG)
        self.model.alpha_mode = AlphaMode(mode)

    def call_reload(self) -> None:
        if not Path(self.model.file).is_file():
            raise Refusal("reload: the file is missing", PYA)
        self.model.reload()
        self.host.reloaded.append(Path(self.model.file))


class SolidSource(HostObject):
    READS: ClassVar[str] = "color"


class ImportModel:
    """ImportOptions as a script fills them in. Nothing is set unless it sets it."""

    def __init__(self, file: Any) -> None:
        self.file = file
        self.sequence: bool | None = None
        self.import_as: ImportAsType | None = None


class ImportOptions(HostObject):
    WRITES: ClassVar[str] = "file sequence importAs forceAlphabetical"
    CALLS: ClassVar[str] = "canImportAs"

    @staticmethod
    def make(file: Any = None) -> Any:
        if file is not None and not isinstance(file, FileModel):
            raise Refusal("ImportOptions takes a File", ASG)
        return ImportModel(file)

    def set_import_as(self, kind: Any) -> None:
        self.model.import_as = ImportAsType(kind)

    def set_sequence(self, value: Any) -> None:
        if not isinstance(value, bool):
            raise Refusal("sequence is a boolean", ASG)
        self.model.sequence = value

    def call_can_import_as(self, kind: Any) -> bool:
        path = self.host.path_of(self.model.file)
        if not path.is_file():
            return False
        return bool(py_aep.ImportOptions(path).can_import_as(ImportAsType(kind)))
