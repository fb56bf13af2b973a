"""Names that a statement binds in the namespace it stands in, nested blocks included, nested functions and classes not."""

from __future__ import annotations

import ast

UNITS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def bound_names(node: ast.stmt) -> list[str]:
    """Each once, in order. `*` stands for the names of a star import."""
    if isinstance(node, UNITS):
        return [node.name]
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        own = [node.targets[0].id]
        return own if isinstance(node.value, (ast.Constant, ast.Name)) else [*dict.fromkeys([*own, *collect(node.value)])]
    return list(dict.fromkeys(collect(node)))


def collect(node: ast.AST) -> list[str]:
    names: list[str] = []
    waiting: list[ast.AST] = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, UNITS):
            names.append(one.name)
            waiting.extend(one.decorator_list)
            continue
        if isinstance(one, ast.Lambda):
            continue
        if isinstance(one, ast.Name):
            if not isinstance(one.ctx, ast.Load):
                names.append(one.id)
            continue
        if isinstance(one, ast.alias):
            names.append(one.asname or one.name.partition(".")[0])
        elif isinstance(one, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and one.name:
            names.append(one.name)
        elif isinstance(one, ast.MatchMapping) and one.rest:
            names.append(one.rest)
        elif isinstance(one, (ast.Global, ast.Nonlocal)):
            names.extend(one.names)
        waiting.extend(reversed(list(ast.iter_child_nodes(one))))
    return names
