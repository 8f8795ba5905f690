"""After Effects as a UXP plugin finds it: a modern engine, its own module, texts for paths.

Under it is the object model that the ExtendScript tests have too; what is different names its page
in Adobe's reference (AdobeDocs/uxp-after-effects, src/pages/after-effects-api).
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, ClassVar

from multiplane.deliver.bundle import bundle
from multiplane.panel.scripts import as_module
from multiplane.panel.sources import ENTRY
from tests.jsx.conftest import SCRIPT
from tests.jsx.host import items, render_queue
from tests.jsx.host.aftereffects import CREATABLE, OBJECTS, PRELUDE, AfterEffects
from tests.jsx.host.bridge import UNDEFINED, HostObject, Refusal
from tests.jsx.host.files import FileModel
from tests.uxp.bundles import PANEL

ADAPTER = "hosts/uxp/after_effects.js"
UXP_VERSION = "27.0x1"
_MODERN = PRELUDE.replace("  prune();\n", "")
assert _MODERN != PRELUDE, "prelude.js no longer has a line prune();"
# application.md: require("aftereffects"); others have seen .app, the enumerations and the classes
# on it (so does Adobe's own plugin). No page has File, Folder or $.
_MODULE = """
(() => {
  const all = globalThis;
  const module = { app: all.app };
  for (const name of %s) { module[name] = all[name]; }
  for (const name of %s) delete all[name];
  all.aftereffects = module;
})();
"""
_FS = """
(() => {
  // The engine does not survive exceptions of Python's.
  const ask = (name, ...given) => {
    const answer = JSON.parse(__fs(JSON.stringify([name, ...given])));
    if ("e" in answer) throw new Error(answer.e);
    return answer.v;
  };
  globalThis.uxpFs = {
    readFileSync: (path, options) => {
      const read = ask("read", path, options !== undefined);
      return options ? read : Uint8Array.from(read).buffer;
    },
    writeFileSync: (path, data, options) =>
      ask("write", path, options ? data : [...new Uint8Array(data)], options !== undefined),
    lstatSync: (path) => {
      const found = ask("lstat", path);
      return {
        size: found.size, mtime: new Date(found.mtime),
        isDirectory: () => found.folder, isFile: () => !found.folder,
      };
    },
  };
})();
"""


class Project(items.Project):
    """project.md: `file` is a path, "" while it was never saved."""

    def get_file(self) -> Any:
        return str(self.host.saved_as) if self.host.saved_as else ""

    def call_import_file(self, options: Any) -> Any:
        if isinstance(options, items.ImportModel):
            given = items.ImportModel(file_of(options.file))
            given.sequence, given.import_as = options.sequence, options.import_as
            options = given
        return super().call_import_file(options)


class FootageItem(items.FootageItem):
    """footageitem.md: `file` is a path or null; `replace` takes a path."""

    def get_file(self) -> Any:
        return shown(self.host, self.model.file)

    def call_replace(self, path: Any) -> None:
        super().call_replace(file_of(path))


class FileSource(items.FileSource):
    """filesource.md: `file` is a path."""

    def get_file(self) -> Any:
        return shown(self.host, self.model.file)


class ImportOptions(items.ImportOptions):
    """importoptions.md: `file` is a path."""

    @staticmethod
    def make(file: Any = None) -> Any:
        if file is not None:
            file_of(file)
        return items.ImportModel(file)

    def get(self, name: str) -> Any:
        return self.model.file if name == "file" else super().get(name)

    def call_can_import_as(self, kind: Any) -> bool:
        given = items.ImportModel(file_of(self.model.file))
        return items.ImportOptions(self.host, given).call_can_import_as(kind)


class OutputModule(render_queue.OutputModule):
    """outputmodule.md: `file` is a path."""

    def get_file(self) -> Any:
        return shown(self.host, self.model.file.path)

    def set_file(self, path: Any) -> None:
        super().set_file(file_of(path))


OTHERS: dict[type[HostObject], type[HostObject]] = {
    items.Project: Project,
    items.FootageItem: FootageItem,
    items.FileSource: FileSource,
    items.ImportOptions: ImportOptions,
    render_queue.OutputModule: OutputModule,
}


def file_of(path: Any) -> FileModel:
    """The file of a path as the system writes it; nothing in it is a URI."""
    if not isinstance(path, str):
        raise Refusal("paths are strings", "importoptions.md, footageitem.md")
    return FileModel(path.replace("\\", "/") if re.match(r"[A-Za-z]:|\\\\", path) else path)


def shown(host: Any, file: str | None) -> str | None:
    if not file:
        return None
    path = host.as_seen(file)
    return path.replace("/", "\\") if host.windows else path


class UxpAfterEffects(AfterEffects):
    """One running After Effects 27 with our plugin in it."""

    prelude: ClassVar[str] = _MODERN
    without: ClassVar[tuple[str, ...]] = ()  # what this version's module lacks
    panel: ClassVar[Path] = PANEL

    def __init__(self, **setting: Any) -> None:
        super().__init__(version=UXP_VERSION, **setting)
        self.used: set[tuple[str, str]] = set()
        enumerations = list(self._setup()["enumerations"])
        classes = [name for name in CREATABLE if name not in ("File", "Folder")]
        offered = [name for name in (*enumerations, *classes) if name not in self.without]
        gone = [found.__name__ for _, found in OBJECTS]
        gone += [*CREATABLE, *enumerations, "Application", "Dollar", "Preferences", "app", "$"]
        gone += ["alert"]
        self._engine.eval(_MODULE % (json.dumps(offered), json.dumps(gone)))
        self._engine.add_callable("__fs", self._fs)
        self._engine.eval(_FS)
        self._engine.eval(f"var module = {{exports: null}};\n{bundle(self.panel, ADAPTER)}")
        self._engine.eval("globalThis.panel = module.exports;")
        scripts = f"{as_module(SCRIPT.parent / ENTRY)}\nreturn module.exports;"
        self._engine.eval(f"globalThis.loadScripts = (module => {{{scripts}}})({{}});")
        self._engine.eval(
            f"globalThis.host = panel({json.dumps(ADAPTER)}).createAfterEffectsUxp("
            f"aftereffects, uxpFs, {{platform: () => {'win32' if self.windows else 'darwin'!r}}}, "
            "() => loadScripts);"
        )

    def ask(self, method: str, request: Any = None, *more: str) -> Any:
        """Call the adapter; its answer. Raises HostRefusal for what it rejects with."""
        given = "" if request is None else json.dumps(request)
        arguments = ", ".join(filter(None, (given, *more)))
        self._engine.eval(
            "globalThis.answer = null;"
            f"host.{method}({arguments}).then("
            "value => { answer = {value}; },"
            "error => { answer = {error: {name: error.name, code: error.code, "
            "message: error.message, file: error.file, remedy: error.remedy}}; });"
        )
        while self._engine.execute_pending_job():
            pass
        depth, self.undo_depth = self.undo_depth, 0
        assert depth == 0, "an undo group was left open"
        answer = json.loads(self._engine.eval("JSON.stringify(answer)"))
        assert answer is not None, "the adapter never answered"
        if "error" in answer:
            raise HostRefusal(answer["error"])
        return answer.get("value")

    def eval(self, text: str) -> Any:
        return self._engine.eval(text)

    # ---- What is different

    def _kind(self, model: Any) -> type[HostObject]:
        kind = super()._kind(model)
        return OTHERS.get(kind, kind)

    def _make(self, name: str, given: list[Any]) -> Any:
        if name in ("File", "Folder"):
            raise Refusal(f"there is no {name}", "index.md")
        return ImportOptions.make(*given) if name == "ImportOptions" else super()._make(name, given)

    def _do(self, operation: str, handle: int, name: str, arguments: list[Any]) -> dict[str, Any]:
        if operation in ("get", "set", "call"):
            kind = self._kind(self._references[handle])
            known = {one for part in ("READS", "WRITES", "CALLS") for one in kind.names(part)}
            if operation == "get" and name not in known and not name.isdigit():
                # A name that is not there is undefined, as of any object.
                return {"v": UNDEFINED}
            self.used.add((kind.__name__, name))
        if operation == "call" and name == "setParentWithJump" and not arguments:
            raise Refusal("setParentWithJump takes a layer", "layer.md")
        return super()._do(operation, handle, name, arguments)

    # ---- UXP's fs

    def _fs(self, question: str) -> str:
        name, path, *given = json.loads(question)
        real = self.path_of(file_of(path))
        try:
            return json.dumps({"v": getattr(self, f"_{name}")(real, *given)})
        except OSError as error:
            return json.dumps({"e": str(error)})

    def _read(self, real: Path, as_text: bool) -> Any:
        data = real.read_bytes()
        return data.decode("utf-8") if as_text else list(data)

    def _write(self, real: Path, data: Any, as_text: bool) -> int:
        return real.write_bytes(data.encode("utf-8") if as_text else bytes(data))

    def _lstat(self, real: Path) -> dict[str, Any]:
        found = real.stat()
        return {
            "size": found.st_size,
            "mtime": round(found.st_mtime * 1000),
            "folder": real.is_dir(),
        }


class HostRefusal(Exception):
    """What the adapter rejected with."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error["message"])
        self.error = error
