"""What the server and the hosts can say: codes of errors and notices, read from the sources."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from multiplane.contract import validation
from multiplane.contract.doubts import DoubtReason
from tests.panel.showing import PANEL

ROOT = PANEL.parent
BACKEND = ROOT / "backend" / "multiplane"
_NOT_SHOWN = {"cli", "client", "panel", "service"}
"""Rooms whose errors only a terminal or a program sees."""
ERRORS = {
    "InputError",
    "Failure",
    "MultiplaneError",
    "PydanticCustomError",
    "NoticeEntry",
    "Notice",
    "PsdDoubt",
}
_PASSED_ON = {
    # Another error's own code, which is found where that is raised.
    "error.code", "entry.code", "read.code", "doubt.code", "code",
    # Of these there is one each.
    "reason.code", "DoubtReason.NOT_FOUND.code", "DoubtReason.WORD_UNKNOWN.code",
    "DoubtReason.PICTURE_UNFAMILIAR.code",
}  # fmt: skip
_HOST = re.compile(
    r"""(?:new\ HostError\(|HostError\.(?:of|told)\([^,()]*,|\#refusal\(|multiplane\.failure\()
    \s*"([a-z_]+\.[a-z_]+)" """,
    re.VERBOSE,
)
_ELSE = re.compile(r'\.code \|\| "([a-z_]+\.[a-z_]+)"')


@dataclass(frozen=True)
class Said:
    """A place that tells an error or a notice. code: "*" for what is put in when it runs."""

    where: str
    code: str
    has_message: bool


def of_the_server() -> list[Said]:
    """Every error and notice that the server can tell, by the calls that make them."""
    found = [
        Said("contract/doubts.py", reason.code, bool(reason.because)) for reason in DoubtReason
    ]
    for path in shown():
        found += _in_file(path)
    return found


def shown() -> Iterator[Path]:
    """Source files of the rooms whose errors the panel shows."""
    for path in sorted(BACKEND.rglob("*.py")):
        if path.relative_to(BACKEND).parts[0] not in _NOT_SHOWN:
            yield path


def values() -> Iterator[tuple[str, set[str]]]:
    """Shapes of codes, "*" where they are put together elsewhere, and the values told with them."""
    for path in BACKEND.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = names_of(tree)
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and kind_of(node) in ERRORS):
                continue
            given = {word.arg: word.value for word in node.keywords}
            code = given.get("code") or node.args[0]
            literal = isinstance(code, TEXTS) or (isinstance(code, ast.Name) and code.id in names)
            told = given.get("values") or (node.args[2] if len(node.args) > 2 else None)
            # Also those that are put together from several, or before.
            inner = ast.walk(told) if told is not None else ()
            keys = [key for one in inner if isinstance(one, ast.Dict) for key in one.keys]
            found = {str(key.value) for key in keys if isinstance(key, ast.Constant)}
            yield (shape(code, names) if literal else "*"), found
    for path in BACKEND.rglob("*.py"):
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        yield "*", {key for node in nodes for key in _keys_made_before(node)}
    # Of pydantic's own findings.
    yield "*", {"ge", "le", "gt", "lt", "max_length", "ram"}


def _keys_made_before(node: ast.AST) -> Iterator[str]:
    """Names of values that are put together before, or elsewhere than, the error is made."""
    match node:
        case ast.Assign(value=value) | ast.AnnAssign(value=value) | ast.AugAssign(value=value):
            made = value
        case ast.Return(value=value) | ast.keyword(arg="values", value=value):
            made = value
        case ast.Call() if kind_of(node) in ("_refused", "_invalid", "_failed"):
            yield from (word.arg for word in node.keywords if word.arg)
            made = node
        case _:
            made = None
    for inner in ast.walk(made) if made is not None else ():
        if isinstance(inner, ast.Dict):
            yield from (str(key.value) for key in inner.keys if isinstance(key, ast.Constant))
    match node:
        case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=str(key)))]):
            yield key


def of_the_hosts() -> list[Said]:
    """Every error of the host adapters and of the scripts in After Effects."""
    found = []
    for path in (*(PANEL / "hosts").rglob("*.js"), *(ROOT / "jsx").rglob("*.jsx")):
        text = path.read_text(encoding="utf-8")
        where = str(path.relative_to(ROOT))
        found += [Said(where, code, True) for code in (*_HOST.findall(text), *_ELSE.findall(text))]
    return found


def texts() -> Iterator[str]:
    """All literal texts of each source file; then pydantic's, as the contract has them."""
    for path in BACKEND.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        yield "\n".join(shape(node, {}) for node in ast.walk(tree) if isinstance(node, TEXTS))
    for path in (*(PANEL / "hosts").rglob("*.js"), *(ROOT / "jsx").rglob("*.jsx")):
        yield path.read_text(encoding="utf-8")
    for bound in (Field(gt=1), Field(ge=1), Field(lt=1), Field(le=1)):
        try:
            TypeAdapter(list[Annotated[int, bound]]).validate_python([0, 2])
        except ValidationError as error:
            yield error.errors()[0]["msg"].replace("Input should", "It should")


TEXTS = (ast.Constant, ast.JoinedStr)


@functools.cache
def _constants() -> dict[str, str]:
    """Texts in capitals of all modules, for those that import them."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in BACKEND.rglob("*.py"))
    found = [(name, text) for tree in trees for name, text in _assigned(tree) if name.isupper()]
    return {name: text for name, text in found if re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", text)}


def names_of(tree: ast.Module) -> dict[str, str]:
    """Texts by the names that the module knows them by."""
    return {**_constants(), **dict(_assigned(tree))}


def _assigned(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The module's own names of texts."""
    for node in tree.body:
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            pairs = [(target, node.value)]
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = list(zip(target.elts, node.value.elts, strict=True))
            for name, value in pairs:
                text = value.value if isinstance(value, ast.Constant) else None
                if isinstance(name, ast.Name) and isinstance(text, str):
                    yield name.id, text


def _in_file(path: Path) -> Iterator[Said]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = names_of(tree)
    where = str(path.relative_to(BACKEND))
    for node in ast.walk(tree):
        # What is first put into a variable, or handed on to a function that tells it.
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "code":
            yield from _codes(where, node.value, names, has_message=True)
        if not isinstance(node, ast.Call):
            continue
        given = {word.arg: word.value for word in node.keywords}
        if kind_of(node) in ERRORS:
            code = given.get("code") or next(iter(node.args), None)
            message = given.get("message") or given.get("text") or second(node)
            if kind_of(node) == "PydanticCustomError" and where != "contract/storyboard.py":
                continue  # its document gives it a code that ends in "invalid"
            has_message = message is not None and ast.unparse(message) not in ("''", "None")
            if code is not None:
                yield from _codes(where, code, names, has_message=has_message)
        elif "code" in given:
            yield from _codes(where, given["code"], names, has_message=True)


def _codes(
    where: str, code: ast.expr, names: dict[str, str], *, has_message: bool
) -> Iterator[Said]:
    if isinstance(code, ast.IfExp):
        yield from _codes(where, code.body, names, has_message=has_message)
        yield from _codes(where, code.orelse, names, has_message=has_message)
    elif isinstance(code, TEXTS) or (isinstance(code, ast.Name) and code.id in names):
        found = shape(code, names)
        if (where, found) == ("contract/validation.py", "*.*"):
            for reason in {*validation._REASONS.values(), "out_of_bounds", "wrong_type", "invalid"}:
                yield Said(where, f"*.{reason}", has_message)
            return
        if re.fullmatch(r"[a-z_*]+(\.[a-zA-Z_*]+)+", found):
            # A custom error of pydantic gets its document's kind before it.
            yield Said(
                where,
                f"storyboard.{found}"
                if found.startswith(("shot.", "plates.")) and where == "contract/storyboard.py"
                else found,
                has_message,
            )


def unresolved() -> set[str]:
    """Codes that are neither literal nor known to be another error's: they must be none."""
    found = set()
    for path in shown():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = set(names_of(tree))
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and kind_of(node) in ERRORS):
                continue
            given = {word.arg: word.value for word in node.keywords}
            code = given.get("code") or next(iter(node.args), None)
            if code is None or isinstance(code, (*TEXTS, ast.IfExp)):
                continue
            text = ast.unparse(code)
            if text not in names | _PASSED_ON:
                found.add(f"{path.relative_to(BACKEND)}: {text}")
    return found


def shape(node: ast.expr, names: dict[str, str]) -> str:
    """A literal text with "*" for its values, or a module's constant."""
    if isinstance(node, ast.Name):
        return names[node.id]
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant)
            else names.get(ast.unparse(getattr(part, "value", part)), "*")
            for part in node.values
        )  # fmt: skip
    return str(getattr(node, "value", ""))


def kind_of(call: ast.Call) -> str:
    """The name of what is called."""
    function = call.func
    if isinstance(function, ast.Attribute) and function.attr == "of":
        function = function.value  # NoticeEntry.of
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def second(call: ast.Call) -> ast.expr | None:
    """The message, where it has no keyword; a doubt of Photoshop's names its layer first."""
    at = 2 if kind_of(call) == "PsdDoubt" else 1
    return call.args[at] if len(call.args) > at else None


def third(call: ast.Call) -> ast.expr | None:
    """The remedy, where it has no keyword: only a doubt of Photoshop's takes it by its place."""
    return call.args[3] if kind_of(call) == "PsdDoubt" and len(call.args) > 3 else None
