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
_ERRORS = {
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
    "reason.code", "cutout.reason.code", "DoubtReason.WORD_UNKNOWN.code",
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
    for path in sorted(BACKEND.rglob("*.py")):
        if path.relative_to(BACKEND).parts[0] not in _NOT_SHOWN:
            found += _in_file(path)
    return found


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
        yield "\n".join(_shape(node, {}) for node in ast.walk(tree) if isinstance(node, _TEXTS))
    for path in (*(PANEL / "hosts").rglob("*.js"), *(ROOT / "jsx").rglob("*.jsx")):
        yield path.read_text(encoding="utf-8")
    for bound in (Field(gt=1), Field(ge=1), Field(lt=1), Field(le=1)):
        try:
            TypeAdapter(list[Annotated[int, bound]]).validate_python([0, 2])
        except ValidationError as error:
            yield error.errors()[0]["msg"].replace("Input should", "It should")


_TEXTS = (ast.Constant, ast.JoinedStr)


@functools.cache
def _constants() -> dict[str, str]:
    """Texts in capitals of all modules, for those that import them."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in BACKEND.rglob("*.py"))
    found = [(name, text) for tree in trees for name, text in _assigned(tree) if name.isupper()]
    return {name: text for name, text in found if re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", text)}


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
    names = {**_constants(), **dict(_assigned(tree))}
    where = str(path.relative_to(BACKEND))
    for node in ast.walk(tree):
        # What is first put into a variable, or handed on to a function that tells it.
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "code":
            yield from _codes(where, node.value, names, has_message=True)
        if not isinstance(node, ast.Call):
            continue
        given = {word.arg: word.value for word in node.keywords}
        if _name(node.func) in _ERRORS:
            code = given.get("code") or next(iter(node.args), None)
            message = given.get("message") or given.get("text") or _second(node)
            if _name(node.func) == "PydanticCustomError" and where != "contract/storyboard.py":
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
    elif isinstance(code, _TEXTS) or (isinstance(code, ast.Name) and code.id in names):
        shape = _shape(code, names)
        if (where, shape) == ("contract/validation.py", "*.*"):
            for reason in {*validation._REASONS.values(), "out_of_bounds", "wrong_type", "invalid"}:
                yield Said(where, f"*.{reason}", has_message)
            return
        if re.fullmatch(r"[a-z_*]+(\.[a-zA-Z_*]+)+", shape):
            # A custom error of pydantic gets its document's kind before it.
            yield Said(
                where,
                f"storyboard.{shape}"
                if shape.startswith("shot.") and where == "contract/storyboard.py"
                else shape,
                has_message,
            )


def unresolved() -> set[str]:
    """Codes that are neither literal nor known to be another error's: they must be none."""
    found = set()
    for path in sorted(BACKEND.rglob("*.py")):
        if path.relative_to(BACKEND).parts[0] in _NOT_SHOWN:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {*_constants(), *dict(_assigned(tree))}
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and _name(node.func) in _ERRORS):
                continue
            given = {word.arg: word.value for word in node.keywords}
            code = given.get("code") or next(iter(node.args), None)
            if code is None or isinstance(code, (*_TEXTS, ast.IfExp)):
                continue
            text = ast.unparse(code)
            if text not in names | _PASSED_ON:
                found.add(f"{path.relative_to(BACKEND)}: {text}")
    return found


def _shape(node: ast.expr, names: dict[str, str]) -> str:
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


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _second(call: ast.Call) -> ast.expr | None:
    """The message, where it has no keyword; a doubt of Photoshop's names its layer first."""
    at = 2 if _name(call.func) == "PsdDoubt" else 1
    return call.args[at] if len(call.args) > at else None
