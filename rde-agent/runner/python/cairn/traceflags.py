"""
Code that notes that it ran, for CPython before 3.12: the first thing that a function or class body does is to set its flag. Nothing that
the code can name changes; what a look at its byte code shows (`co_consts`, `co_names` of lambdas) does, and that counts the whole file.
"""

from __future__ import annotations

import ast
import functools
import marshal
from collections.abc import Callable
from types import CodeType
from typing import Any

Unit = tuple[int, str]
# Stands in the source tree for the flags that are put into its place in the code: the compiler takes no mutable constant.
PLACE = b"\0cairn: flags of the units of this file\0"


class Flags(dict[int, int]):
    """By number of the unit. A constant of code, which has to have a hash, and to survive being pickled with it."""

    __slots__ = ()

    def __hash__(self) -> int:  # type: ignore[override]
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __reduce__(self) -> tuple[Any, ...]:
        # A copy of the code is not the task's any more; it still needs something to set.
        return dict, ()


class Flagged:
    """One compiled file, and how to find out what of it ran."""

    def __init__(self, code: CodeType, flags: Flags, units: list[Unit]) -> None:
        self.code = code
        self.flags = flags
        self.units = units


_loaded: dict[str, list[Flagged]] = {}


class Marker(ast.NodeTransformer):
    """Puts the flags in; `units[i]` is told by `flags[i]`."""

    def __init__(self) -> None:
        self.units: list[Unit] = []

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self.mark_body(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self.mark_body(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return self.mark_body(node)

    def mark_body(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> ast.AST:
        first = node.decorator_list[0].lineno if node.decorator_list else node.lineno
        number = self.add(first, node.name)
        self.generic_visit(node)
        position = 1 if ast.get_docstring(node, clean=False) is not None else 0
        at = node.body[min(position, len(node.body) - 1)]
        target = ast.Subscript(value=ast.Constant(PLACE), slice=ast.Constant(number), ctx=ast.Store())
        node.body.insert(position, ast.fix_missing_locations(ast.copy_location(ast.Assign([target], ast.Constant(1)), at)))
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        number = self.add(node.lineno, "<lambda>")
        self.generic_visit(node)
        setter = ast.Attribute(value=ast.Constant(PLACE), attr="__setitem__", ctx=ast.Load())
        call = ast.Call(func=setter, args=[ast.Constant(number), ast.Constant(1)], keywords=[])
        # It answers None, so the second is the value.
        body = ast.BoolOp(op=ast.Or(), values=[call, node.body])
        node.body = ast.fix_missing_locations(ast.copy_location(body, node.body))
        return node

    def add(self, line: int, name: str) -> int:
        self.units.append((line, name))
        return len(self.units) - 1


def compile_flagged(source: bytes, name: str, compile_plain: Callable[[bytes, str], CodeType]) -> Flagged:
    """Raises what compiling raises. Where the tree cannot be worked on, all units count as run."""
    try:
        tree = ast.parse(source, name)
        marker = Marker()
        marked = compile(marker.visit(tree), name, "exec", dont_inherit=True)
    except (RecursionError, MemoryError):
        code = compile_plain(source, name)
        units = list(walk(code))
        return Flagged(code, Flags(dict.fromkeys(range(len(units)), 1)), units)
    flags = Flags()
    return Flagged(put_in(marked, flags), flags, marker.units)


def put_in(code: CodeType, flags: Flags) -> CodeType:
    return change_constants(code, lambda one: flags if type(one) is bytes and one == PLACE else one)


def change_constants(code: CodeType, change: Callable[[Any], Any]) -> CodeType:
    constants = tuple(change_constants(one, change) if isinstance(one, CodeType) else change(one) for one in code.co_consts)
    return code.replace(co_consts=constants)


def watch_marshal() -> None:
    """Which takes no constants but its own: of these only a dict can be set."""
    marshal.dumps, marshal.dump = _writers


def make_writer(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def write(value: Any, *args: Any) -> Any:
        if isinstance(value, CodeType):
            value = change_constants(value, lambda one: {} if type(one) is Flags else one)
        return original(value, *args)

    return write


_writers = make_writer(marshal.dumps), make_writer(marshal.dump)


def walk(code: CodeType) -> list[Unit]:
    found = []
    for one in code.co_consts:
        if isinstance(one, CodeType):
            found += [(one.co_firstlineno, one.co_name), *walk(one)]
    return found


def forget() -> None:
    _loaded.clear()


def loaded(file: str, flagged: Flagged) -> CodeType:
    """Its code is about to run as `file`."""
    _loaded.setdefault(file, []).append(flagged)
    return flagged.code


def collect() -> dict[str, set[Unit]]:
    """What ran since `forget`, by file."""
    return {file: set().union(*map(to_ran, compiled)) for file, compiled in list(_loaded.items())}


def to_ran(flagged: Flagged) -> set[Unit]:
    # The module body has no flag: it runs when it is loaded.
    ran = {flagged.units[number] for number in list(flagged.flags)}
    return ran | {(flagged.code.co_firstlineno, "<module>")}


def list_ran() -> list[CodeType]:
    """Code objects of units that ran, and those that only run as a part of these (comprehensions)."""
    return [code for compiled in _loaded.values() for flagged in compiled for code in list_inside(flagged.code, to_ran(flagged))]


def list_inside(code: CodeType, ran: set[Unit]) -> list[CodeType]:
    found = [code]
    for one in code.co_consts:
        if isinstance(one, CodeType) and ((one.co_firstlineno, one.co_name) in ran or is_part(one)):
            found += list_inside(one, ran)
    return found


def is_part(code: CodeType) -> bool:
    return code.co_name.startswith("<") and code.co_name != "<lambda>"
