"""After Effects, as far as our scripts can tell: an ES3 engine over py-aep's object model.

What it does is what the project it holds will be saved with; what it refuses, After Effects
refuses too, and each refusal names its source. It shows nothing and renders nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import py_aep
import quickjs
from py_aep import enums as aep_enums

from tests.jsx.host import bridge, comps, files, items, properties, render_queue
from tests.jsx.host.bridge import UNDEFINED, HostObject, Refusal
from tests.jsx.host.expressions import Evaluator

PRELUDE = Path(__file__).with_name("prelude.js").read_text(encoding="utf-8")
VERSION = "22.6x64"
CREATABLE: dict[str, type] = {
    "KeyframeEase": properties.KeyframeEase,
    "MarkerValue": properties.MarkerValue,
    "ImportOptions": items.ImportOptions,
    "File": files.File,
    "Folder": files.Folder,
}
OBJECTS: tuple[tuple[type, type[HostObject]], ...] = (
    (py_aep.Project, items.Project),
    (items.ItemsOf, items.ItemCollection),
    (render_queue.QueueModel, render_queue.RenderQueue),
    (render_queue.ItemsOfQueue, render_queue.RQItemCollection),
    (render_queue.ItemModel, render_queue.RenderQueueItem),
    (render_queue.ModuleModel, render_queue.OutputModule),
    (py_aep.CompItem, comps.CompItem),
    (py_aep.FolderItem, items.FolderItem),
    (py_aep.FootageItem, items.FootageItem),
    (py_aep.SolidSource, items.SolidSource),
    (py_aep.FileSource, items.FileSource),
    (comps.LayersOf, comps.LayerCollection),
    (py_aep.CameraLayer, comps.CameraLayer),
    (py_aep.TextLayer, comps.OtherLayer),
    (py_aep.ShapeLayer, comps.OtherLayer),
    (py_aep.AVLayer, comps.AVLayer),
    (py_aep.Layer, comps.OtherLayer),
    (py_aep.PropertyGroup, properties.PropertyGroup),
    (py_aep.Property, properties.Property),
    (py_aep.KeyframeEase, properties.KeyframeEase),
    (py_aep.MarkerValue, properties.MarkerValue),
    (items.ImportModel, items.ImportOptions),
    (files.FolderModel, files.Folder),
    (files.FileModel, files.File),
)
"""Which host object stands before which model; the first that fits."""
ENUMERATIONS = (
    "AlphaMode",
    "AutoOrientType",
    "BlendingMode",
    "ImportAsType",
    "KeyframeInterpolationType",
    "PREFType",
    "PropertyType",
    "PropertyValueType",
    "RQItemStatus",
)
READING = ("can", "get", "has", "item", "key", "layer", "nearest", "property", "read", "value")
"""How calls begin that change nothing."""
SAVING = ("save", "exportAsMotionGraphicsTemplate")
FOR_IN = re.compile(r"\bfor \(var (\w+) in (\w+)\)")
INCLUDE = re.compile(r'^//@include "([^"]+)"[^\n]*$', re.MULTILINE)


class ScriptError(Exception):
    """What a script did that no script may do, whatever it answered."""


class AfterEffects:
    """One running After Effects with one project.

    prelude: what makes the engine look like the host's; another one makes it look like UXP's.

    windows: paths have backslashes, drives and shares; ``roots`` say where these lie here.
    localised: display names are in another language, so that they find nothing.
    layers_at_current_time, straight_paths, still_seconds: preferences set the other way: where
    new layers begin, whether new spatial keys curve, how long stills and nulls last.
    bad_expressions_throw: as the guide says, and not as others have measured.
    new_renderer: what a new comp's renderer is, as the newest comp before it had; None: Classic 3D.
    line_end: what comments of items, layers and markers have for a line end when they are read.
    hidden_extensions: macOS shows names of files without them.
    """

    prelude: ClassVar[str] = PRELUDE

    def __init__(
        self,
        *,
        version: str = VERSION,
        project: Any = None,
        windows: bool = False,
        roots: Mapping[str, Path] | None = None,
        localised: bool = False,
        may_write: bool = True,
        layers_at_current_time: bool = False,
        straight_paths: bool = False,
        still_seconds: float | None = None,
        bad_expressions_throw: bool = False,
        new_renderer: str | None = None,
        line_end: str = "\n",
        hidden_extensions: bool = False,
        desktop: Path | None = None,
    ) -> None:
        self.version = version
        self.major = float(version.split("x", maxsplit=1)[0])
        self.project: Any = project if project is not None else py_aep.new(version).project
        self.windows = windows
        self.roots = dict(roots or {})
        self.localised = localised
        self.may_write = may_write
        self.layers_at_current_time = layers_at_current_time
        self.straight_paths = straight_paths
        self.still_seconds = still_seconds
        self.bad_expressions_throw = bad_expressions_throw
        self.new_renderer = new_renderer
        self.line_end = line_end
        self.hidden_extensions = hidden_extensions
        self.desktop = desktop or Path("/nowhere")
        self.render_queue = render_queue.QueueModel()
        self.saved_as: Path | None = None
        self.viewer: Any = None
        self.running: Path | None = None
        self.script = Path()
        self.undo_depth = self.quiet_depth = 0
        self.undo_names: list[str] = []
        self.alerts: list[str] = []
        self.chosen: Path | None = None  # in a folder dialog; None: cancelled
        self.imported: list[Path] = []
        self.reloaded: list[Path] = []
        self.changes: list[str] = []  # what scripts set and called on host objects: "Class.name"
        self.is_dirty = False  # whether scripts changed something since the project was saved
        self.templates: list[tuple[str, Any, Any]] = []
        self.evaluator = Evaluator()
        self.preferences = object()
        self._application, self._dollar = object(), object()
        self._references: list[Any] = []  # what each handle stands for
        self._valid_from: dict[int, int] = {}  # by id of a model: older handles are void
        self._kept: list[Any] = []
        self._kinds: dict[type, type[HostObject]] = {}
        self._engine = quickjs.Context()
        self._engine.add_callable("__bridge", self._answer)
        self._engine.eval(self.prelude)
        self._globals = self._names()

    # ---- Running scripts

    def load(self, script: Path) -> None:
        """Run a script file, as the panel does when it starts. Raises ScriptError for leaks."""
        self.running = self.script = script
        self.run(strict_for_in(with_includes(script)))
        self.running = None
        for name in ("Object", "Array", "String", "Function", "Number", "Date", "RegExp"):
            if self._engine.eval(f"(function(){{for (var n in {name}.prototype) return n}})()"):
                raise ScriptError(f"the script adds to the prototype of {name}")

    def run(self, text: str) -> Any:
        """Evaluate a piece of script; what it throws becomes a ScriptError."""
        try:
            result = self._engine.eval(text)
        except quickjs.JSException as error:
            raise ScriptError(f"EvalScript error. {error}") from error
        finally:
            depth, self.undo_depth = self.undo_depth, 0
            quiet, self.quiet_depth = self.quiet_depth, 0
        if depth or quiet:
            raise ScriptError(f"{depth} undo groups and {quiet} dialog locks were left open")
        return result

    def call(self, entry: str, arguments: Any = None, space: str = "multiplane") -> Any:
        """Call an entry as the panel does: text in, text out. The answer, read as JSON."""
        given = json.dumps(json.dumps({} if arguments is None else arguments))
        text = self.run(f"String({space}.{entry}({given}))")
        if not text.isascii():
            raise ScriptError("the answer is not ASCII")
        try:
            return json.loads(text)
        except ValueError:
            raise ScriptError(f"the answer is no JSON: {text[:80]}") from None

    def new_globals(self) -> set[str]:
        """Names that scripts have added to the shared engine."""
        return self._names() - self._globals

    def _names(self) -> set[str]:
        names = self._engine.eval(
            "(function(){var a=[];for(var n in $.global)a.push(n);return a.join()})()"
        )
        return set(str(names).split(","))

    # ---- What tests and host objects ask

    def save(self, path: Path | None) -> Any:
        """Save the project, and read it back as After Effects would open it."""
        assert path is not None
        path.unlink(missing_ok=True)
        self.project.save(path)
        self.saved_as = path
        self.is_dirty = False
        return py_aep.parse(path).project

    def item_list(self) -> list[Any]:
        return [item for number, item in self.project.items.items() if number != 0]

    def path_of(self, file: files.FileModel) -> Path:
        """Where a path of the host lies on this disk."""
        for root, real in self.roots.items():
            if file.path.lower().startswith(root.lower()):
                return real / file.path[len(root) :].lstrip("/")
        return Path(file.path)

    def comment_of(self, text: str) -> str:
        """A comment as scripts read it."""
        return text.replace("\n", self.line_end)

    def as_seen(self, path: str) -> str:
        """The host's path for a file on this disk."""
        for root, real in self.roots.items():
            if path.startswith(f"{real}/"):
                return root + path[len(str(real)) + 1 :]
        return path

    def layer_of(self, found: Any) -> Any:
        while not isinstance(found, py_aep.Layer):
            found = found.parent_property
        return found

    def comp_of(self, found: Any) -> Any:
        return self.layer_of(found).containing_comp

    def evaluate(self, found: Any, time: float) -> Any:
        """A property's value after its expression."""
        return self.evaluator.evaluate(self.layer_of(found), found, time)

    def invalidate(self, group: Any, apart_from: Any = None) -> None:
        """References into the group (not to it) are void from now on."""
        for child in getattr(group, "properties", ()):
            if child is apart_from:
                continue
            self._valid_from[id(child)] = len(self._references)
            self.invalidate(child)

    def forget(self, model: Any) -> None:
        """References to something removed are void."""
        self._valid_from[id(model)] = 1 << 62
        self._kept.append(model)

    # ---- The bridge

    def _answer(self, question: str) -> str:
        try:
            operation, handle, name, arguments = json.loads(question)
            return json.dumps(self._do(operation, handle, name, arguments))
        except Refusal as refusal:
            return json.dumps({"e": str(refusal)})
        except Exception as error:  # what py-aep refuses
            return json.dumps({"e": f"After Effects error: {error} [{bridge.PYA}]"})

    def _do(self, operation: str, handle: int, name: str, arguments: list[Any]) -> dict[str, Any]:
        if operation == "setup":
            return self._setup()
        if operation == "alert":
            self.alerts.append(name)
            return {"v": None}
        if operation == "select":
            folder = files.FolderModel(str(self.chosen)) if self.chosen else None
            return {"v": self._pack(folder)}
        if operation == "include":
            path = self.path_of(files.FileModel(name.replace("\\", "/")))
            if not path.is_file():
                raise Refusal(f"evalFile: file {path} does not exist", bridge.REF)
            return {"v": strict_for_in(with_includes(path))}
        given = [self._unpack(value) for value in arguments]
        if operation == "new":
            return {"v": self._pack(self._make(name, given))}
        target = self._object(handle)
        if operation == "has":
            return {"v": target.has(name)}
        if operation == "set":
            self._changed(target, name)
            target.set(name, given[0])
            return {"v": None}
        if operation == "call":
            if not name.startswith(READING):
                self._changed(target, name)
            return {"v": self._pack(target.call(name, given))}
        if target.is_method(name):
            return {"m": 1}
        return {"v": self._pack(target.get(name))}

    def _changed(self, target: HostObject, name: str) -> None:
        self.changes.append(f"{target.class_name}.{name}")
        outside = (files.File, files.Folder, files.Dollar, items.Application)
        if not isinstance(target, outside) and name not in SAVING:
            self.is_dirty = True

    def _setup(self) -> dict[str, Any]:
        classes = {found.__name__: False for _, found in OBJECTS} | dict.fromkeys(CREATABLE, True)
        for name in ("Application", "Dollar", "Preferences"):
            classes[name] = False
        kinds = {name: getattr(aep_enums, name) for name in ENUMERATIONS}
        return {
            "classes": list(classes.items()),
            "enumerations": {
                name: {member.name: int(member) for member in kind} for name, kind in kinds.items()
            },
            "app": self._hold(self._application),
            "dollar": self._hold(self._dollar),
            "desktop": self._hold(files.FolderModel(str(self.desktop))),
        }

    def _make(self, name: str, given: list[Any]) -> Any:
        if name in ("File", "Folder"):
            kind = files.FileModel if name == "File" else files.FolderModel
            return kind.named(str(given[0]) if given else "", self.windows)
        return CREATABLE[name].make(*given)  # type: ignore[attr-defined]

    def _hold(self, model: Any) -> int:
        self._references.append(model)
        return len(self._references) - 1

    def _object(self, handle: int) -> HostObject:
        model = self._references[handle]
        if handle < self._valid_from.get(id(model), 0):
            raise Refusal("Object is invalid", bridge.REF)
        return self._kind(model)(self, model)

    def _kind(self, model: Any) -> type[HostObject]:
        special = {
            id(self._application): items.Application,
            id(self._dollar): files.Dollar,
            id(self.preferences): items.Preferences,
        }
        if id(model) in special:
            return special[id(model)]
        kind = type(model)
        if kind not in self._kinds:
            self._kinds[kind] = next(found for known, found in OBJECTS if issubclass(kind, known))
        return self._kinds[kind]

    def _pack(self, value: Any) -> Any:
        value = bridge.plain(value)
        if value is None or isinstance(value, bool | int | float | str):
            return value
        if isinstance(value, list | tuple):
            return [self._pack(one) for one in value]
        if isinstance(value, dict):
            return value
        return {"$": self._hold(value), "c": self._kind(value).__name__}

    def _unpack(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._unpack(one) for one in value]
        if not isinstance(value, dict):
            return value
        if "$" in value:
            self._object(value["$"])
            return self._references[value["$"]]
        if "$number" in value:
            raise Refusal(f"{value['$number']} is not a number", bridge.ASG)
        return UNDEFINED if "$undefined" in value else value


def strict_for_in(text: str) -> str:
    """The text with loops that throw for null and undefined, as ExtendScript's do [REF]."""
    return FOR_IN.sub(r"for (var \1 in $.there(\2))", text)


def with_includes(script: Path) -> str:
    """The script's text with its includes in place, as ExtendScript's preprocessor has it."""
    return INCLUDE.sub(
        lambda found: with_includes(script.parent / found[1]), script.read_text(encoding="utf-8")
    )
