"""Names that a statement binds in the namespace it stands in, nested blocks included, nested functions and classes not."""

from __future__ import annotations

import ast
from collections.abc import Iterator

UNITS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
BLOCKS = ("body", "orelse", "finalbody")


class Bindings:
    """Of one file. Only one with a `:=` anywhere has to be looked through as a whole."""

    def __init__(self, source: bytes) -> None:
        self._has_walrus = b":=" in source

    def names(self, node: ast.stmt) -> list[str]:
        """Each once, in order; deleted ones too. `*` stands for the names of a star import."""
        return list(dict.fromkeys(of_tree(node) if self._has_walrus else of_statement(node)))


def of_statement(node: ast.AST) -> Iterator[str]:
    if isinstance(node, UNITS):
        yield node.name
    elif isinstance(node, (ast.Assign, ast.Delete)):
        for target in node.targets:
            yield from of_target(target)
    elif isinstance(node, (ast.AnnAssign, ast.AugAssign)):
        yield from of_target(node.target)
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        for alias in node.names:
            yield alias.asname or alias.name.partition(".")[0]
    elif isinstance(node, (ast.Global, ast.Nonlocal)):
        yield from node.names
    elif not isinstance(node, (ast.Expr, ast.Pass, ast.Assert, ast.Raise)):
        yield from of_block(node)


def of_block(node: ast.AST) -> Iterator[str]:
    """A compound statement, an exception handler, a case."""
    if isinstance(node, (ast.For, ast.AsyncFor)):
        yield from of_target(node.target)
    for item in getattr(node, "items", ()):
        if item.optional_vars is not None:
            yield from of_target(item.optional_vars)
    if isinstance(node, ast.ExceptHandler) and node.name:
        yield node.name
    if isinstance(node, ast.match_case):
        yield from of_tree(node.pattern)
    for block in BLOCKS:
        for inner in getattr(node, block, ()):
            yield from of_statement(inner)
    for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield from of_block(part)


def of_target(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, (ast.Tuple, ast.List)):
        for one in node.elts:
            yield from of_target(one)
    elif isinstance(node, ast.Starred):
        yield from of_target(node.value)


def of_tree(node: ast.AST) -> Iterator[str]:
    """Whatever is bound by any syntax."""
    waiting: list[ast.AST] = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, UNITS):
            yield one.name
            waiting.extend(one.decorator_list)
            continue
        if isinstance(one, ast.Lambda):
            continue
        if isinstance(one, ast.Name):
            if not isinstance(one.ctx, ast.Load):
                yield one.id
            continue
        if isinstance(one, ast.alias):
            yield one.asname or one.name.partition(".")[0]
        elif isinstance(one, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and one.name:
            yield one.name
        elif isinstance(one, ast.MatchMapping) and one.rest:
            yield one.rest
        elif isinstance(one, (ast.Global, ast.Nonlocal)):
            yield from one.names
        waiting.extend(reversed(list(ast.iter_child_nodes(one))))
