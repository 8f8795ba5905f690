"""ES modules as one classic script: for Adobe's programs, and for pages that lie alone on a disk.

No parser: the modules keep to a subset that this file reads line by line and refuses to leave.
At the very start of a line may stand

    import { a, b as c } from "./x.js";     (over several lines too)
    import * as x from "./x.js";
    import "./x.js";
    export function | async function | class | const NAME ...
    export { a, b as c };                   (over several lines too)

and anywhere `await import("./x.js")` with a literal path. Everything else that says import or
export at the start of a line is refused, as are circular imports and paths out of the folder.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from multiplane.contract.errors import InputError

_STATEMENT = re.compile(
    r"^(?:(?:import|export)\s*\{[^}]*\}[^;\n]*;?|(?:import|export)\b(?!\s*\()[^;\n]*;?)",
    re.MULTILINE,
)
_NAME = r"[A-Za-z_$][\w$]*"
_FROM = r'from\s+"(?P<path>[^"]+)"\s*;'
_NAMED = re.compile(rf"import\s*\{{(?P<names>[^}}]*)\}}\s*{_FROM}$")
_WHOLE = re.compile(rf"import\s*\*\s*as\s+(?P<name>{_NAME})\s+{_FROM}$")
_BARE = re.compile(r'import\s+"(?P<path>[^"]+)"\s*;$')
_DECLARED = re.compile(rf"export\s+(?:async\s+function|function|class|const)\s+(?P<name>{_NAME})")
_LISTED = re.compile(r"export\s*\{(?P<names>[^}]*)\}\s*;$")
_PAIR = re.compile(rf"^(?P<name>{_NAME})(?:\s+as\s+(?P<other>{_NAME}))?$")
_LATER = re.compile(r'\bawait\s+import\(\s*"(?P<path>[^"]+)"\s*\)')
_LATER_AT_ALL = re.compile(r"\bimport\s*\(")
_META = re.compile(r"\bimport\.meta\b")

_START = """\
"use strict";
(function (host) {
  const modules = {
"""
_END = """\
  };
  const loaded = {};
  function load(name) {
    if (!(name in loaded)) {
      loaded[name] = {};
      modules[name](loaded[name], load, host);
    }
    return loaded[name];
  }
  load(%s);
  if (typeof module === "object" && module !== null) {
    module.exports = load;
  }
}(typeof require === "function" ? require : undefined));
"""


@dataclass
class _Module:
    name: str
    text: str
    needs: list[str] = field(default_factory=list)  # before it runs
    later: list[str] = field(default_factory=list)  # by import()


def bundle(root: Path, entry: str, *, beside: Path | None = None) -> str:
    """The script that runs the module `entry` (relative to `root`) with all that it imports.

    beside: a folder whose modules count as if they lay in `root`, too, under its own name.

    Inside a module `require` is the page's own. Where there are CommonJS modules, `module.exports`
    becomes the function that gives a module of the bundle by its path; that is for tests.
    Raises InputError `panel.module` for what lies outside the subset.
    """
    modules: dict[str, _Module] = {}
    _read(_Roots(root, beside), entry, modules, ())
    parts = [_START]
    for name, module in sorted(modules.items()):
        head = f"    {json.dumps(name)}: function (exports, load, require) {{\n"
        parts.append(f"{head}{module.text}\n    }},\n")
    parts.append(_END % json.dumps(entry))
    return "".join(parts)


@dataclass(frozen=True)
class _Roots:
    """Where modules are, by their names."""

    root: Path
    beside: Path | None

    def path(self, name: str) -> Path:
        own = self.beside
        if own is not None and name.startswith(f"{own.name}/"):
            return own.parent / name
        return self.root / name


def _read(roots: _Roots, name: str, modules: dict[str, _Module], above: tuple[str, ...]) -> None:
    if name in above:
        ring = " -> ".join([*above[above.index(name) :], name])
        raise _refused(roots.path(name), "Modules import each other in a circle.", ring)
    if name in modules:
        return
    path = roots.path(name)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _refused(path, "A module cannot be read: {why}.", name, why=str(error)) from error
    module = _Module(name, "")
    module.text = _rewritten(path, name, text, module)
    for needed in module.needs:
        _read(roots, needed, modules, (*above, name))
    modules[name] = module
    for needed in module.later:
        _read(roots, needed, modules, ())


def _rewritten(path: Path, name: str, text: str, module: _Module) -> str:
    exported: list[tuple[str, str]] = []  # (name outside, name inside)

    def statement(found: re.Match[str]) -> str:
        said = found[0]
        lines = "\n" * said.count("\n")  # so that line numbers stay
        for imported, other, where in _imports(said):
            target = _target(path, name, where)
            module.needs.append(target)
            call = f"load({json.dumps(target)});"
            if imported == "*":
                return f"const {other} = {call}{lines}"
            return f"const {{ {other} }} = {call}{lines}" if other else call + lines
        declared = _DECLARED.match(said)
        if declared:
            exported.append((declared["name"], declared["name"]))
            return said[len("export ") :]
        listed = _LISTED.match(said)
        if listed:
            exported.extend((outside, inside) for inside, outside in _pairs(path, listed["names"]))
            return lines
        raise _refused(path, "Modules here do not use this form.", said)

    def later(found: re.Match[str]) -> str:
        target = _target(path, name, found["path"])
        module.later.append(target)
        return f"await Promise.resolve().then(() => load({json.dumps(target)}))"

    body = _STATEMENT.sub(statement, text)
    body = _LATER.sub(later, body)
    for pattern in (_LATER_AT_ALL, _META):
        found = pattern.search(_without_comments(body))
        if found:
            raise _refused(
                path, "Only `await import()` of a literal path can be bundled.", found[0]
            )
    getters = "".join(
        f"Object.defineProperty(exports, {json.dumps(outside)}, "
        f"{{ enumerable: true, get: () => {inside} }}); "
        for outside, inside in exported
    )
    return getters + body


def _imports(said: str) -> Iterator[tuple[str, str, str]]:
    """("*" or "", what stands left of the call, path) of an import; nothing for an export."""
    named, whole, bare = _NAMED.match(said), _WHOLE.match(said), _BARE.match(said)
    if named:
        pairs = [_PAIR.match(pair.strip()) for pair in named["names"].split(",") if pair.strip()]
        if all(pairs):
            left = [f"{p['name']}: {p['other']}" if p["other"] else p["name"] for p in pairs if p]
            yield "", ", ".join(left), named["path"]
    elif whole:
        yield "*", whole["name"], whole["path"]
    elif bare:
        yield "", "", bare["path"]


def _pairs(path: Path, names: str) -> Iterator[tuple[str, str]]:
    for name in filter(None, (part.strip() for part in names.split(","))):
        pair = _PAIR.match(name)
        if pair is None:
            raise _refused(path, "Modules here do not use this form.", name)
        yield pair["name"], pair["other"] or pair["name"]


def _target(path: Path, name: str, where: str) -> str:
    if not where.startswith(("./", "../")):
        raise _refused(path, "Modules are imported by relative paths.", where)
    target = posixpath.normpath(posixpath.join(posixpath.dirname(name), where))
    if target.startswith("../"):
        raise _refused(path, "A module lies outside the folder.", where)
    return target


def _without_comments(text: str) -> str:
    # JSDoc names types by import(). Only for a look at what is left: strings are not minded.
    return re.sub(r"/\*\*.*?\*/|^\s*//[^\n]*$", "", text, flags=re.DOTALL | re.MULTILINE)


def _refused(path: Path, message: str, value: str, **values: str) -> InputError:
    return InputError(
        "panel.module",
        message,
        file=str(path),
        value=value,
        remedy="Write it as one of the forms that multiplane/deliver/bundle.py names.",
        values=values,
    )
