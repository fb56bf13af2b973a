"""What stands for each kind of node, and which of its fields count."""

from __future__ import annotations

import ast

SKIPPED = {"ctx", "kind", "type_comment", "type_ignores"}


def list_kinds(kind: type) -> list[type]:
    return [kind, *(inner for one in kind.__subclasses__() for inner in list_kinds(one))]


def to_plan(kind: type) -> tuple[str, tuple[str, ...]]:
    fields = tuple(field for field in getattr(kind, "_fields", ()) if field not in SKIPPED)
    return kind.__name__ + "(" if fields else kind.__name__, fields


PLANS = {kind: to_plan(kind) for kind in list_kinds(ast.AST)}
