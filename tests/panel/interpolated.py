"""How the sentences of the server's errors and notices are written, and what is put into them."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from multiplane.contract.doubts import DoubtReason
from tests.panel import said

_PASSED_ON = {"message", "text", "remedy", "too_large"}
"""Attributes of another error or notice, whose own place is looked at."""


@dataclass(frozen=True)
class Sentences:
    """What one place tells.

    code: with "*" for what is put in when it runs.
    message, remedy: all that each may be, with ``{name}`` as the source has it.
    values: names that are given with them; None where they are not written out in the place.
    hidden: expressions whose text is put into a sentence without a name.
    """

    where: str
    code: str
    message: tuple[str, ...]
    remedy: tuple[str, ...]
    values: frozenset[str] | None
    hidden: tuple[str, ...] = field(default=())

    @property
    def names(self) -> frozenset[str]:
        """All ``{name}`` in its sentences."""
        return names_in("".join((*self.message, *self.remedy)))


def names_in(sentence: str) -> frozenset[str]:
    """Each ``{name}`` in a sentence."""
    return frozenset(re.findall(r"\{(\w+)\}", sentence))


@functools.cache
def of_the_server() -> tuple[Sentences, ...]:
    """Every place in the rooms whose errors a panel shows."""
    return tuple(place for where, tree in _trees().items() for place in in_module(tree, where))


def in_module(tree: ast.Module, where: str) -> Iterator[Sentences]:
    names = said.names_of(tree)
    for scope, call in _in_tree(tree):
        if said.kind_of(call) not in said.ERRORS - {"PydanticCustomError"}:
            continue
        given = {word.arg: word.value for word in call.keywords}
        if isinstance(call.func, ast.Attribute) and call.func.attr == "of" and len(call.args) > 2:
            given["values"] = call.args[2]
        text = given.get("message") or given.get("text") or said.second(call)
        remedy = given.get("remedy") or said.third(call)
        code = given.get("code") or next(iter(call.args), None)
        if None in given or text is None or code is None:
            continue  # made from another one
        read = _Reader(scope, tree)
        message, help_ = tuple(read(text)), tuple(read(remedy)) if remedy is not None else ()
        told_with = _names(given.get("values"))
        for shape in _codes(code, names, scope, tree):
            place = f"{where}:{call.lineno}"
            yield Sentences(place, shape, message, help_, told_with, tuple(read.hidden))


def _codes(
    code: ast.expr, names: dict[str, str], scope: ast.AST | None, tree: ast.Module
) -> Iterator[str]:
    """Shapes of the codes that an expression may be; "*" for one that is another error's."""
    if isinstance(code, said.TEXTS) or (isinstance(code, ast.Name) and code.id in names):
        yield said.shape(code, names)
    elif isinstance(code, ast.IfExp):
        yield from _codes(code.body, names, scope, tree)
        yield from _codes(code.orelse, names, scope, tree)
    elif isinstance(code, ast.Name) and (bound := list(_bound(code.id, scope, tree))):
        for inner, value in bound:
            yield from _codes(value, names, inner, tree)
    elif (doubt := ast.unparse(code)).startswith("DoubtReason."):
        yield DoubtReason[doubt.split(".")[1]].code
    else:
        yield "*"


class _Reader:
    """The texts that an expression may be, as far as the function around it tells."""

    def __init__(self, scope: ast.AST | None, tree: ast.Module) -> None:
        self.scope = scope
        self.tree = tree
        self.hidden: list[str] = []
        self._seen: set[tuple[str, int]] = set()

    def __call__(self, node: ast.expr) -> Iterator[str]:
        match node:
            case ast.Constant(value=None):
                return
            case ast.Constant(value=text):
                yield str(text)
            case ast.IfExp(body=body, orelse=orelse):
                yield from self(body)
                yield from self(orelse)
            case ast.BoolOp(values=values):
                for value in values:
                    yield from self(value)
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                for first in self(left):
                    yield from (first + second for second in self(right))
            case ast.JoinedStr(values=parts):
                yield "".join(self._part(part) for part in parts)
            case ast.Name(id=name):
                yield from self._named(name)
            case ast.Attribute(attr=attribute) if attribute in _PASSED_ON:
                return
            case ast.Call(func=ast.Attribute(value=ast.Name(id=table), attr="get"), args=given):
                yield from self._of_table(table, node)
                for otherwise in given[1:]:
                    yield from self(otherwise)
            case ast.Subscript(value=ast.Name(id=table)):
                yield from self._of_table(table, node)
            case _:
                self.hidden.append(ast.unparse(node))

    def _of_table(self, table: str, node: ast.expr) -> Iterator[str]:
        places = (*_bound(table, self.scope, self.tree), *_bound(table, self.tree, self.tree))
        made = [value for _, value in places]
        if not made or not all(isinstance(value, ast.Dict) for value in made):
            self.hidden.append(ast.unparse(node))
        for value in made:
            for text in value.values if isinstance(value, ast.Dict) else ():
                yield from self(text)

    def _part(self, part: ast.expr) -> str:
        if isinstance(part, ast.Constant):
            return str(part.value)
        self.hidden.append(ast.unparse(part.value) if isinstance(part, ast.FormattedValue) else "")
        return "*"

    def _named(self, name: str) -> Iterator[str]:
        if name.lstrip("_").isupper():
            yield ""  # a sentence or a figure of the module's own
            return
        here = self.scope
        place = (name, id(here))
        if place in self._seen:
            return
        self._seen.add(place)
        bound = list(_bound(name, here, self.tree)) or list(_bound(name, self.tree, self.tree))
        if not bound:
            self.hidden.append(name)
        for scope, value in bound:
            self.scope = scope
            yield from list(self(value))
            self.scope = here
        self._seen.discard(place)


def _calls(node: ast.AST, scope: ast.AST | None) -> Iterator[tuple[ast.AST | None, ast.Call]]:
    """Every call with the function that it stands in."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield scope, child
        inner = child if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else scope
        yield from _calls(child, inner)


_Scoped = tuple[ast.AST | None, ast.expr]
"""An expression and the function that it stands in."""


def _bound(name: str, scope: ast.AST | None, tree: ast.Module) -> Iterator[_Scoped]:
    """What is put into a name of a function; for a parameter, what is given for it anywhere."""
    if scope is None:
        return
    for node in ast.walk(scope):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=target)], value=value)
                | ast.AugAssign(target=ast.Name(id=target), value=value)
                | ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value)
            ) if target == name:
                yield scope, value
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=value):
                for index, each in enumerate(targets):
                    if isinstance(each, ast.Name) and each.id == name:
                        yield from ((scope, item) for item in _items(value, index))
    if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
        yield from _given(name, scope, tree)


def _given(
    name: str, function: ast.FunctionDef | ast.AsyncFunctionDef, tree: ast.Module
) -> Iterator[_Scoped]:
    taken = function.args
    parameters = [each.arg for each in (*taken.args, *taken.kwonlyargs)]
    if name not in parameters:
        return
    at = parameters.index(name) - (parameters[0] in ("self", "cls"))
    own = [made for made in _in_tree(tree) if said.kind_of(made[1]) == function.name]
    for scope, call in own or _everywhere(function.name):
        by_name = {word.arg: word.value for word in call.keywords}
        if name in by_name:
            yield scope, by_name[name]
        elif at < len(call.args):
            yield scope, call.args[at]
    defaults = [
        *zip(taken.args[len(taken.args) - len(taken.defaults) :], taken.defaults, strict=True),
        *zip(taken.kwonlyargs, taken.kw_defaults, strict=True),
    ]
    for parameter, default in defaults:
        if parameter.arg == name and default is not None:
            yield None, default


@functools.cache
def _everywhere(function: str) -> list[tuple[ast.AST | None, ast.Call]]:
    made = (pair for tree in _trees().values() for pair in _in_tree(tree))
    return [(scope, call) for scope, call in made if said.kind_of(call) == function]


@functools.cache
def _in_tree(tree: ast.Module) -> list[tuple[ast.AST | None, ast.Call]]:
    return list(_calls(tree, None))


@functools.cache
def _trees() -> dict[str, ast.Module]:
    """Of every module in the rooms whose errors a panel shows, by its place."""
    return {
        str(path.relative_to(said.BACKEND)): ast.parse(path.read_text(encoding="utf-8"))
        for path in said.shown()
    }


def _items(value: ast.expr, index: int) -> Iterator[ast.expr]:
    """What stands at `index` of a tuple, or of both that it may be."""
    if isinstance(value, ast.Tuple):
        yield value.elts[index]
    elif isinstance(value, ast.IfExp):
        yield from _items(value.body, index)
        yield from _items(value.orelse, index)
    else:
        yield value


def _names(values: ast.expr | None) -> frozenset[str] | None:
    """Keys of the values, also of those put together from several; None where they are not seen."""
    if values is None:
        return frozenset()
    if not any(isinstance(node, ast.Dict) for node in ast.walk(values)):
        return None
    keys = [key for node in ast.walk(values) if isinstance(node, ast.Dict) for key in node.keys]
    found = frozenset(str(key.value) for key in keys if isinstance(key, ast.Constant))
    return None if None in keys else found
