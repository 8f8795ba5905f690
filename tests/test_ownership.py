"""State has an owner: an object's fields are set in the file that defines its class, only there."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator

from tests.test_packaging import ROOT

SOURCES = {
    path.relative_to(ROOT / "backend").as_posix(): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "backend").rglob("*.py"))
}
OTHERS_OBJECTS = {"av", "py_aep", "opentimelineio", "psd_tools", "tokenizers", "typer", "xml"}
"""Libraries whose objects are made to be set from outside: a stream's width, a clip's name."""
ALLOWED = {
    "scheduler.step",  # of diffusers, which has no hook there; it is put back at the end
    "pipeline.processor",  # of diffusers, whose own loader cannot make it
    "unet.conv_in",  # of diffusers: a wider layer in the place of the one that is there
    "results.blobs",  # no collection: its `add` is its own method
    "self._results.blobs",
}
OF_MODULES = {"weight", "bias"}
"""Fields of torch's modules, in files that import torch."""
CHANGERS = {"add", "append", "clear", "discard", "extend", "insert", "pop", "remove", "update"}


def own(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id in ("self", "cls")


def set_fields(tree: ast.AST) -> Iterator[ast.Attribute]:
    """Every field that is set, deleted, or whose collection is changed in place."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(ctx=ast.Store() | ast.Del()):
                yield node
            case ast.Subscript(value=ast.Attribute() as field, ctx=ast.Store() | ast.Del()):
                yield field
            case ast.Call(func=ast.Attribute(value=ast.Attribute() as field, attr=called)):
                if called in CHANGERS:
                    yield field


def declared(tree: ast.AST) -> Iterator[str]:
    """Names of the fields that the classes of a file have."""
    for definition in ast.walk(tree):
        if isinstance(definition, ast.ClassDef):
            for node in ast.walk(definition):
                match node:
                    case ast.AnnAssign(target=ast.Name(id=name)):
                        yield name
                    case ast.Attribute(attr=name, ctx=ast.Store(), value=value) if own(value):
                        yield name


def test_no_field_is_set_from_another_file() -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for path, tree in SOURCES.items():
        for name in declared(tree):
            owners[name].add(path)
    poked = [
        f"{path}:{field.lineno} {ast.unparse(field)}"
        for path, tree in SOURCES.items()
        if not OTHERS_OBJECTS & imported(tree)
        for field in set_fields(tree)
        if not own(field.value) and ast.unparse(field) not in ALLOWED
        if not (field.attr in OF_MODULES and "torch" in imported(tree))
        if field.attr in owners and path not in owners[field.attr]
    ]
    assert poked == []


def imported(tree: ast.AST) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return {name.partition(".")[0] for name in names}
